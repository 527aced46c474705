package k8srbac

import (
	"slices"
	"strings"
)

// Covers reports whether whoever has the rules of owner has every right of
// servant: the check by which the API server keeps people from giving away more
// than they have (Kubernetes documentation, Privilege escalation prevention and
// bootstrapping). A rule of servant must be covered verb by verb, group by group
// and resource by resource, each by one rule of owner.
func Covers(owner, servant []Rule) bool {
	for i := range servant {
		for _, one := range breakdown(&servant[i]) {
			if !slices.ContainsFunc(owner, func(r Rule) bool { return r.covers(&one) }) {
				return false
			}
		}
	}
	return true
}

// maxParts bounds what one rule is broken down into; a larger one is covered by
// equal wildcards only.
const maxParts = 100_000

// breakdown makes rules of one verb and one group, resource and name or URL.
func breakdown(r *Rule) []Rule {
	names := r.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	if len(r.Verbs)*(len(r.APIGroups)*len(r.Resources)*len(names)+len(r.NonResourceURLs)) > maxParts {
		return []Rule{*r}
	}
	var out []Rule
	for _, v := range r.Verbs {
		for _, g := range r.APIGroups {
			for _, res := range r.Resources {
				for _, n := range names {
					one := Rule{Verbs: []string{v}, APIGroups: []string{g}, Resources: []string{res}}
					if n != "" {
						one.ResourceNames = []string{n}
					}
					out = append(out, one)
				}
			}
		}
		for _, u := range r.NonResourceURLs {
			out = append(out, Rule{Verbs: []string{v}, NonResourceURLs: []string{u}})
		}
	}
	return out
}

func (r *Rule) covers(sub *Rule) bool {
	return hasAll(r.Verbs, sub.Verbs) && hasAll(r.APIGroups, sub.APIGroups) && r.resourcesCover(sub.Resources) && r.namesCover(sub.ResourceNames) && r.urlsCover(sub.NonResourceURLs)
}

func hasAll(owner, sub []string) bool {
	for _, s := range sub {
		if !has(owner, s) {
			return false
		}
	}
	return true
}

func (r *Rule) resourcesCover(sub []string) bool {
	for _, s := range sub {
		if has(r.Resources, s) {
			continue
		}
		_, part, ok := strings.Cut(s, "/")
		if !ok || !slices.Contains(r.Resources, "*/"+part) {
			return false
		}
	}
	return true
}

func (r *Rule) namesCover(sub []string) bool {
	if len(r.ResourceNames) == 0 {
		return true
	}
	for _, s := range sub {
		if !slices.Contains(r.ResourceNames, s) {
			return false
		}
	}
	return len(sub) > 0
}

func (r *Rule) urlsCover(sub []string) bool {
	for _, s := range sub {
		if !slices.ContainsFunc(r.NonResourceURLs, func(o string) bool {
			return o == all || o == s || strings.HasSuffix(o, all) && strings.HasPrefix(s, strings.TrimRight(o, all))
		}) {
			return false
		}
	}
	return true
}
