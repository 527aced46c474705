package k8srbac

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Aggregation is the aggregationRule of a ClusterRole: its rules are those of
// all ClusterRoles that one of the selectors matches.
type Aggregation struct {
	Selectors []Selector `json:"clusterRoleSelectors"`
}

// A Selector is a LabelSelector: all of it must match. The empty one matches
// every role.
type Selector struct {
	MatchLabels      map[string]string `json:"matchLabels"`
	MatchExpressions []Requirement     `json:"matchExpressions"`
}

// A Requirement is one expression over one label.
type Requirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"` // In, NotIn, Exists, DoesNotExist
	Values   []string `json:"values"`
}

// Matches reports whether the labels are selected. An operator that is none
// selects nothing, as the API server refuses it.
func (s *Selector) Matches(labels map[string]string) bool {
	for k, v := range s.MatchLabels {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		v, ok := labels[e.Key]
		switch e.Operator {
		case "In":
			ok = ok && slices.Contains(e.Values, v)
		case "NotIn":
			ok = !ok || !slices.Contains(e.Values, v)
		case "Exists":
		case "DoesNotExist":
			ok = !ok
		default:
			ok = false
		}
		if !ok {
			return false
		}
	}
	return true
}

// Aggregate computes the rules of the ClusterRoles with an aggregationRule among
// roles, as the aggregation controller comes to have them: of the roles that are
// selected, by name, each rule once, never its own. Selected roles that are
// aggregated themselves count with what they end up with.
//
// It changes Role.Rules in place. Roles as read from a live cluster are filled
// by its controller and need no call.
func Aggregate(roles []Role) {
	order := make([]int, 0, len(roles))
	for i := range roles {
		if roles[i].Namespace == "" {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(roles[a].Name, roles[b].Name) })
	type aggregated struct {
		role  int
		from  []int
		known map[string]bool
	}
	var list []aggregated
	for _, i := range order {
		a := roles[i].Aggregation
		if a == nil || len(a.Selectors) == 0 {
			continue
		}
		one := aggregated{role: i, known: map[string]bool{}}
		for _, j := range order {
			if j != i && slices.ContainsFunc(a.Selectors, func(s Selector) bool { return s.Matches(roles[j].Labels) }) {
				one.from = append(one.from, j)
			}
		}
		roles[i].Rules = nil
		list = append(list, one)
	}
	// Rules only ever spread: it ends when none did.
	for changed := true; changed; {
		changed = false
		for _, a := range list {
			for _, j := range a.from {
				for _, r := range roles[j].Rules {
					if k := r.String(); !a.known[k] {
						a.known[k], changed = true, true
						roles[a.role].Rules = append(roles[a.role].Rules, r)
					}
				}
			}
		}
	}
}

// String is the rule in one line, the same for equal rules.
func (r *Rule) String() string {
	var b strings.Builder
	for _, f := range []struct {
		name string
		list []string
	}{{"verbs", r.Verbs}, {"apiGroups", r.APIGroups}, {"resources", r.Resources}, {"resourceNames", r.ResourceNames}, {"nonResourceURLs", r.NonResourceURLs}} {
		if len(f.list) > 0 {
			fmt.Fprintf(&b, "%s=%q ", f.name, f.list)
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}
