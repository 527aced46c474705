package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
)

// FindingFields are the fields that lists of findings can be filtered and sorted
// by.
var FindingFields = []filter.Field{
	{Name: "id", Help: "short id, such as F-7K2"},
	{Name: "key", Help: "check, subject and part"},
	{Name: "check", Enum: true, Help: "id of the check"},
	{Name: "area", Enum: true, Closed: words(check.Areas), Help: "lifecycle, ownership, secrets, credentials, sign_in, privilege, isolation, trust, agents, data, custom"},
	{Name: "severity", Enum: true, Closed: severityWords(), Help: "critical, high, medium, low, info"},
	{Name: "state", Enum: true, Closed: words(drover.FindingStates), Help: "open, regressed, accepted, fixed, unchecked"},
	{Name: "subject", Help: "ref of what it is about"},
	{Name: "name", Help: "name of what it is about"},
	{Name: "type", Enum: true, Help: "vendor type of what it is about"},
	{Name: "system", Enum: true, Help: "first segment of its ref: aws, postgres"},
	{Name: "env", Enum: true, Canon: classify.Env, Help: "environment of what it is about; production, prd, stage and the like mean the same as there"},
	{Name: "owner", Help: "who answers for it; none"},
	{Name: "assignee", Help: "who was asked to act; none"},
	{Name: "control", Type: filter.List, Help: "OWASP-NHI7:2025 and the like"},
	{Name: "action", Enum: true, Help: "what ends it: disable, rotate, set_owner and others"},
	{Name: "risk", Type: filter.Number, Help: "of its subject, 0 to 100"},
	{Name: "dependents", Type: filter.Number, Help: "how many things depend on what the fix changes"},
	{Name: "first_seen", Type: filter.Time, Help: "when it was first found"},
	{Name: "last_seen", Type: filter.Time, Help: "when it was last found"},
	{Name: "fixed", Type: filter.Time, Help: "when it was seen to hold no more"},
}

// filterFindings lists the places of the findings that a query keeps.
func (e *Engine) filterFindings(ctx context.Context, all []drover.Finding, q FindingQuery) ([]uint32, error) {
	now := e.o.Now()
	if !q.AsOf.IsZero() {
		now = q.AsOf
	}
	f, err := filter.Parse(q.Filter, FindingFields, now)
	if err != nil {
		return nil, err
	}
	t, err := e.findingTable(ctx, all, q.AsOf, f.Mentions("env"))
	if err != nil {
		return nil, err
	}
	return f.Eval(t)
}

// findingTable is the findings of a moment by field; env says whether the environments of
// their subjects, as they were then, are asked for.
func (e *Engine) findingTable(ctx context.Context, all []drover.Finding, asOf time.Time, env bool) (*filter.Table, error) {
	areas, err := e.areas()
	if err != nil {
		return nil, err
	}
	text := func(get func(f *drover.Finding) string) *filter.Column {
		return &filter.Column{Text: func(i int) string { return get(&all[i]) }}
	}
	none := func(get func(f *drover.Finding) string) *filter.Column {
		c := text(get)
		c.None = true
		return c
	}
	number := func(get func(f *drover.Finding) int64) *filter.Column {
		ints := make([]int64, len(all))
		for i := range all {
			ints[i] = get(&all[i])
		}
		return &filter.Column{Ints: ints}
	}
	moment := func(get func(f *drover.Finding) time.Time) *filter.Column {
		return number(func(f *drover.Finding) int64 {
			if t := get(f); !t.IsZero() {
				return t.Unix()
			}
			return filter.Unknown
		})
	}
	t := &filter.Table{Rows: len(all), Columns: map[string]*filter.Column{
		"id":         text(func(f *drover.Finding) string { return f.ID() }),
		"key":        text(func(f *drover.Finding) string { return f.Key() }),
		"check":      text(func(f *drover.Finding) string { return f.Check }),
		"area":       text(func(f *drover.Finding) string { return string(areas[f.Check]) }),
		"severity":   text(func(f *drover.Finding) string { return f.Severity.String() }),
		"state":      text(func(f *drover.Finding) string { return string(f.State) }),
		"subject":    text(func(f *drover.Finding) string { return string(f.Subject.Ref) }),
		"name":       text(func(f *drover.Finding) string { return f.Subject.Name }),
		"type":       text(func(f *drover.Finding) string { return f.Subject.Type }),
		"system":     text(func(f *drover.Finding) string { return f.Subject.Ref.System() }),
		"owner":      none(func(f *drover.Finding) string { return f.Owner }),
		"assignee":   none(func(f *drover.Finding) string { return f.Assignee }),
		"action":     text(func(f *drover.Finding) string { return f.Fix.Action }),
		"control":    {Texts: func(i int) []string { return all[i].Controls }},
		"risk":       number(func(f *drover.Finding) int64 { return int64(f.Risk) }),
		"dependents": number(func(f *drover.Finding) int64 { return int64(f.Breaks.Dependents) }),
		"first_seen": moment(func(f *drover.Finding) time.Time { return f.FirstSeen }),
		"last_seen":  moment(func(f *drover.Finding) time.Time { return f.LastSeen }),
		"fixed":      moment(func(f *drover.Finding) time.Time { return f.FixedAt }),
	}, Words: func(i int) []string { return []string{all[i].Subject.Name, all[i].What, all[i].Check, all[i].ID()} }}
	envs := func(*drover.Finding) string { return "" }
	if env {
		s, err := e.Snapshot(ctx, asOf)
		if err != nil {
			return nil, err
		}
		envs = func(f *drover.Finding) string {
			if row, ok := s.Find(f.Subject.Ref); ok {
				return s.Facts(row).Env
			}
			return ""
		}
	}
	t.Columns["env"] = text(envs)
	return t, nil
}

// areas are the areas of the checks, by id.
func (e *Engine) areas() (map[string]check.Area, error) {
	checks, err := e.Checks()
	if err != nil {
		return nil, err
	}
	out := make(map[string]check.Area, len(checks))
	for _, c := range checks {
		out[c.ID] = c.Area
	}
	return out, nil
}

// sortFindings orders by one field; a minus turns it round.
func sortFindings(list []drover.Finding, by string) error {
	field, desc := strings.CutPrefix(by, "-")
	var order func(a, b drover.Finding) int
	switch field {
	case "severity":
		order = func(a, b drover.Finding) int { return cmp.Compare(a.Severity, b.Severity) }
	case "risk":
		order = func(a, b drover.Finding) int { return cmp.Compare(a.Risk, b.Risk) }
	case "dependents":
		order = func(a, b drover.Finding) int { return cmp.Compare(a.Breaks.Dependents, b.Breaks.Dependents) }
	case "first_seen":
		order = func(a, b drover.Finding) int { return a.FirstSeen.Compare(b.FirstSeen) }
	case "last_seen":
		order = func(a, b drover.Finding) int { return a.LastSeen.Compare(b.LastSeen) }
	case "check":
		order = func(a, b drover.Finding) int { return cmp.Compare(a.Check, b.Check) }
	case "name":
		order = func(a, b drover.Finding) int { return cmp.Compare(a.Subject.Name, b.Subject.Name) }
	case "owner":
		order = func(a, b drover.Finding) int { return cmp.Compare(a.Owner, b.Owner) }
	default:
		return fmt.Errorf("--sort %s: findings are sorted by severity, risk, dependents, first_seen, last_seen, check, name or owner: %w", check.Clean(by), drover.ErrInvalid)
	}
	slices.SortFunc(list, func(a, b drover.Finding) int {
		o := order(a, b)
		if desc {
			o = -o
		}
		return cmp.Or(o, FindingOrder(a, b))
	})
	return nil
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

func severityWords() []string {
	out := make([]string, len(drover.Severities))
	for i, s := range drover.Severities {
		out[i] = s.String()
	}
	return out
}
