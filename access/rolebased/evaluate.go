package rolebased

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// Evaluate answers whether who may do action at scope (in a Specific table: on a
// path). A deny assignment wins over everything; then one permission is enough.
// A condition leaves the answer open, never decides it. Unknown: nothing that was
// read allows it, but there is an assignment whose role was not read.
func (c *Compiled) Evaluate(who Principal, action, scope string) access.Decision {
	list := c.assignments(who)
	if c.Specific {
		return c.closest(list, action, scope)
	}
	return c.decide(list, action, scope)
}

// A match is one permission that speaks of the question.
type match struct {
	proof     access.Proof
	condition drover.Attrs
}

func (c *Compiled) decide(list []*Assignment, action, scope string) access.Decision {
	var allows, denies []match
	var unread []access.Proof
	here := c.normal(scope)
	above := c.above(here)
	for _, a := range list {
		if !c.holds(a, here, above) {
			continue
		}
		effect, verb := "allow", "allows "
		if a.Deny {
			effect, verb = "deny", "denies "
		}
		permissions, whole := c.permissions(a)
		if !whole {
			unread = append(unread, c.proof(a, effect, c.title(a)+" "+at(a.Scope)+" was not read"))
		}
		for i := range permissions {
			p := &permissions[i]
			if !c.actions(p).Contains(action) {
				continue
			}
			m := match{c.proof(a, effect, c.title(a)+" "+at(a.Scope)+" "+verb+clip(action)), both(a.Condition, p.Condition)}
			if a.Deny {
				denies = append(denies, m)
			} else {
				allows = append(allows, m)
			}
		}
	}
	return conclude(allows, denies, unread, "no assignment allows "+clip(action)+" "+at(scope))
}

// conclude joins what was found.
func conclude(allows, denies []match, unread []access.Proof, nothing string) access.Decision {
	var (
		limits []drover.Attrs
		proof  []access.Proof
	)
	for _, d := range denies {
		if len(d.condition) == 0 {
			return access.Decision{Verdict: access.Deny, Proof: []access.Proof{d.proof}}
		}
		limits = append(limits, access.Not(d.condition))
		proof = append(proof, d.proof)
	}
	if len(allows) == 0 {
		if len(unread) > 0 {
			return access.Decision{Verdict: access.Unknown, Proof: unread}
		}
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Text: nothing}}}
	}
	for _, p := range unread {
		if p.Effect == "deny" {
			return access.Decision{Verdict: access.Unknown, Proof: unread}
		}
	}
	var ways []drover.Attrs
	var allowed []access.Proof
	for _, a := range allows {
		ways = append(ways, a.condition)
		allowed = append(allowed, a.proof)
		if len(a.condition) == 0 { // this one suffices
			ways, allowed = []drover.Attrs{nil}, []access.Proof{a.proof}
			break
		}
	}
	condition := access.All(append(limits, access.Any(ways...))...)
	if len(condition) == 0 {
		return access.Decision{Verdict: access.Allow, Proof: allowed}
	}
	return access.Decision{Verdict: access.Conditional, Condition: condition, Proof: append(allowed, proof...)}
}
