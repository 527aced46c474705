// Package overprivileged finds machine identities that use less than half of what
// they were given, as far as their system counts it.
package overprivileged

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

const (
	least    = 4               // grants below which a share means nothing
	shortest = 90 * drover.Day // of a window that allows to say that something is not needed
)

// Check is the question.
var Check = &check.Check{
	ID: "overprivileged", Title: "uses less than half of what it was given", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6(7)", "CIS-8.1:6.8", "PCI-DSS-4.0:7.2.5.1", "ISO-27001-2022:A.5.18", "SOC2:CC6.3"}, Fix: []string{"narrow"},
	Why: "What it does not use serves nobody but a thief: the day its key is stolen, all of it is used.",
	How: "Only where the system itself counts use against grants, over at least 90 days: AWS `ServicesLastAccessed` (get-service-last-accessed-details; a service counts as used where LastAuthenticated lies in the window of 400 days), Google Cloud policy insights (`currentTotalPermissionsCount` and `exercisedPermissions`), or `granted_permissions` and `used_permissions` with `usage_window` and `usage_source` from an inventory. " +
		"High where less than a tenth of twenty or more is used. Without such a count its use is unknown and the check is silent; so it is where the identity is younger than the window, or break-glass.",
	False:      "What runs once a year (closing the books, a recovery drill) lies outside of most windows; AWS counts denied calls and leaves out iam:PassRole and data events. Look at the list before you narrow anything.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html", "https://cloud.google.com/policy-intelligence/docs/policy-insights", "https://owasp.org/www-project-non-human-identities-top-10/2025/5-overprivileged-nhi/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		a := p.Graph.Attrs(row)
		if !counted(a) || !p.NonHuman(row) || p.Off(row) || p.Emergency(row) {
			return
		}
		u, ok := read(a.Map(), p.Now)
		if !ok || u.granted < least || 2*u.used >= u.granted || u.window < shortest {
			return
		}
		if born := p.Graph.Node(row).Created; !born.IsZero() && p.Now.Sub(born) < u.window && p.Now.Sub(born) < shortest {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}}
		if 10*u.used < u.granted && u.granted >= 20 {
			h.Severity = drover.High
		}
		h.What = fmt.Sprintf("%s used %d of %s in %s.", p.Say(row), u.used, check.Count(u.granted, u.unit), check.Span(u.window))
		h.Evidence = []drover.FindingProof{check.Proof(fmt.Sprintf("%d of %s used in %s", u.used, check.Count(u.granted, u.unit), check.Span(u.window)), u.source, p.Now, "")}
		to := "nothing: it used none of it"
		if len(u.names) > 0 {
			to = "what it used: " + check.List(u.names)
			h.Evidence = append(h.Evidence, check.Proof("used "+check.List(u.names), u.source, p.Now, ""))
		}
		h.Fix, h.Loses = remedy.Narrow(p.Estate, row, to), fmt.Sprintf("%s that it was not seen to use", check.Count(u.granted-u.used, u.unit))
		h.Unknowns = []string{"what runs less often than every " + check.Span(u.window)}
		p.Report(h)
	},
}

// counted is a quick look that no count of use passes by.
func counted(a drover.Attrs) bool {
	return check.Mentions(a, `"ServicesLastAccessed"`) || check.Mentions(a, `"currentTotalPermissionsCount"`) || check.Mentions(a, `"used_permissions"`)
}

// A usage is how much of what was given was used.
type usage struct {
	granted, used int
	unit, source  string
	window        time.Duration
	names         []string // of what was used, the first few
}

func read(a map[string]any, now time.Time) (usage, bool) {
	switch {
	case a["ServicesLastAccessed"] != nil:
		return services(a, now)
	case a["currentTotalPermissionsCount"] != nil:
		u := usage{unit: "permission", source: "policy insight", window: span(a["observationPeriod"], shortest)}
		u.granted = number(a["currentTotalPermissionsCount"])
		u.add(a["exercisedPermissions"])
		u.add(a["inferredPermissions"])
		return u, true
	}
	u := usage{unit: "permission", source: "inventory", window: span(a["usage_window"], 0)}
	if s, ok := a["usage_source"].(string); ok && s != "" {
		u.source = check.Clean(s)
	}
	if u.granted = number(a["granted_permissions"]); u.granted == 0 {
		list, _ := a["granted_permissions"].([]any)
		u.granted = len(list)
	}
	if list, ok := a["used_permissions"].([]any); ok {
		u.add(list)
	} else {
		u.used = number(a["used_permissions"])
	}
	return u, u.granted > 0
}

// services reads what AWS prints of the services that an identity called.
func services(a map[string]any, now time.Time) (usage, bool) {
	list, ok := a["ServicesLastAccessed"].([]any)
	u := usage{granted: len(list), unit: "service", source: "ServicesLastAccessed", window: 400 * drover.Day}
	for _, x := range list {
		m, _ := x.(map[string]any)
		s, _ := m["LastAuthenticated"].(string)
		if at, err := time.Parse(time.RFC3339, s); err == nil && now.Sub(at) <= u.window {
			name, _ := m["ServiceNamespace"].(string)
			u.name(name)
			u.used++
		}
	}
	return u, ok
}

func (u *usage) add(v any) {
	list, _ := v.([]any)
	u.used += len(list)
	for _, x := range list {
		if s, ok := x.(string); ok {
			u.name(s)
		}
	}
}

// maxNames is how many used grants are named.
const maxNames = 8

func (u *usage) name(s string) {
	if s != "" && len(u.names) < maxNames {
		u.names = append(u.names, check.Clean(s))
	}
}

func number(v any) int {
	n, _ := v.(json.Number)
	i, _ := n.Int64()
	return int(min(max(i, 0), 1<<30))
}

// span reads a duration: "90d" as we write it, "7776000s" as Google does.
func span(v any, otherwise time.Duration) time.Duration {
	s, _ := v.(string)
	if d, err := drover.ParseDuration(s); err == nil {
		return d
	}
	if d, err := time.ParseDuration(s); err == nil {
		return d
	}
	return otherwise
}
