package kubernetes

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/k8srbac"
)

// The API groups of what is asked for.
const (
	core  = ""
	apps  = "apps"
	batch = "batch"
	rbac  = "rbac.authorization.k8s.io"
	certs = "certificates.k8s.io"
	admit = "admissionregistration.k8s.io"
)

// A right is one rule that one binding gives in its scope.
type right struct {
	binding int // in policy.Bindings; -1: of a role that could be bound
	role    int // in policy.Roles
	rule    int
	ns      string // "": everywhere
	r       *k8srbac.Rule

	also int // further rules that give what this was found for
}

// A match is what rights give of one question: everything of a kind, or the
// objects of some names.
type match struct {
	any   bool
	names []string // where not any; sorted
	by    []right  // that give it; of any the first
}

func (m match) ok() bool { return m.any || len(m.names) > 0 }

// over reports whether the match speaks of the object of a name.
func (m match) over(name string) bool {
	_, ok := slices.BinarySearch(m.names, name)
	return ok || m.any
}

// rightsOf are the rules of a role as a binding gives them.
func (c *cluster) rightsOf(binding, role int, ns string) []right {
	rules := c.policy.Roles[role].Rules
	out := make([]right, len(rules))
	for k := range rules {
		out[k] = right{binding: binding, role: role, rule: k, ns: ns, r: &rules[k]}
	}
	return out
}

// find looks for one of the verbs on a resource in a namespace, or everywhere
// where ns is "". A rule for names counts for requests that name an object: not
// for creating one.
func find(rs []right, ns, group, resource, sub string, verbs ...string) match {
	var m match
	for _, r := range rs {
		if r.ns != "" && r.ns != ns {
			continue
		}
		for _, v := range verbs {
			q := k8srbac.Request{Verb: v, Group: group, Resource: resource, Subresource: sub, Namespace: ns}
			if r.r.Allows(&q) {
				if m.any {
					m.by[0].also++
				} else {
					m = match{any: true, by: []right{r}}
				}
				break
			}
			if m.any || len(r.r.ResourceNames) == 0 || v == "create" && sub == "" {
				continue
			}
			q.Name = r.r.ResourceNames[0]
			if r.r.Allows(&q) {
				m.names = append(m.names, r.r.ResourceNames...)
				m.by = append(m.by, r)
				break
			}
		}
	}
	slices.Sort(m.names)
	m.names = slices.Compact(m.names)
	return m
}

// proof names the bindings and rules of rights, each once.
func (c *cluster) proof(by []right) []access.Proof {
	var out []access.Proof
	add := func(p access.Proof) {
		if !slices.ContainsFunc(out, func(x access.Proof) bool { return x.Ref == p.Ref && x.Statement == p.Statement }) {
			out = append(out, p)
		}
	}
	for _, r := range by {
		if r.binding >= 0 {
			for _, p := range c.policy.Proof(r.binding, r.rule) {
				add(p)
			}
		} else {
			role := &c.policy.Roles[r.role]
			add(access.Proof{Ref: role.Ref, Statement: itoa(r.rule), Effect: "allow", Text: "rule " + r.r.String()})
		}
		if r.also > 0 {
			out = append(out, access.Proof{Text: fmt.Sprintf("%d more rules give the same as rule %d", r.also, r.rule)})
		}
	}
	return out
}
