package effective

import (
	"slices"

	"github.com/droverhq/drover"
)

// told are what connectors keep beside an edge for a reader, which limits nothing.
var told = []string{"IamInstanceProfile", "namespace", "serviceAccount", "clusterName", "disableSessionTags", "ServicePrincipal", "DelegationEnabledDate", "Permission",
	"failed", "hosts", "runas", "nopasswd", "setenv", "restrict", "options", "principals", "tenant", "knowledgeBaseState", "Action", "subject"}

// residual is what of a stored edge's condition is left to hold; nil: nothing.
// Holds is false where it is known that it does not.
func residual(cond drover.Attrs) (left drover.Attrs, holds bool) {
	if len(cond) == 0 {
		return nil, true
	}
	m := cond.Map()
	if !empty(m["expired"]) {
		return nil, false // a trust policy's statement whose time is over
	}
	for k, v := range m {
		if on, ok := v.(bool); ok && k == "enabled" {
			if !on {
				return nil, false
			}
			delete(m, k)
		} else if slices.Contains(told, k) || empty(v) || k == "commands" && all(v) {
			delete(m, k)
		}
	}
	if len(m) == 0 {
		return nil, true
	}
	if c, ok := m["Condition"].(map[string]any); ok && len(m) == 1 {
		m = c // of a statement nothing else is left: in the vendor's own form
	}
	return drover.NewAttrs(m), true
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// all reports whether a list of sudo's commands is ALL.
func all(v any) bool {
	list, ok := v.([]any)
	return ok && len(list) == 1 && list[0] == "ALL"
}

// weaker is the weakest of grades; "" counts for nothing.
func weaker(grades ...drover.Grade) drover.Grade {
	worst := -1
	for _, g := range grades {
		worst = max(worst, slices.Index(drover.Grades, g))
	}
	if worst < 0 {
		return drover.GradeProven
	}
	return drover.Grades[worst]
}
