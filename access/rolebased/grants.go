package rolebased

import (
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// Grants is everything that who is given, symbolically: one grant for each
// permission of each assignment, without what is denied. What is allowed under a
// condition carries it. Of roles that were not read nothing is listed; where such
// a role denies, that it may is a condition ("Unread").
func (c *Compiled) Grants(id drover.Ref, who Principal) []access.Grant {
	list := c.assignments(who)
	if c.Specific {
		return c.closestGrants(id, list)
	}
	var denied access.Region
	var denies []access.Proof
	for _, a := range list {
		if a.Deny {
			for _, b := range c.boxes(a) {
				denied = append(denied, b)
				denies = append(denies, c.proof(a, "deny", c.title(a)+" "+at(a.Scope)+" denies "+clip(b.Actions.String())))
			}
		}
	}
	var out []access.Grant
	for _, a := range list {
		if a.Deny {
			continue
		}
		for _, b := range c.boxes(a) {
			proof := []access.Proof{c.proof(a, "allow", c.title(a)+" "+at(a.Scope)+" allows "+clip(b.Actions.String()))}
			out = append(out, c.without(id, b, denied, proof, denies)...)
		}
	}
	return out
}

// without is a box as grants, less what is denied.
func (c *Compiled) without(id drover.Ref, b access.Box, denied access.Region, proof, denies []access.Proof) []access.Grant {
	rest, err := access.Region{b}.Minus(denied)
	if err != nil { // what cannot be taken out is left as a condition
		open := []drover.Attrs{b.Condition}
		for i := range denied {
			open = append(open, access.Not(drover.NewAttrs(map[string]any{"Denied": map[string]any{"by": string(denies[i].Ref) + " " + denies[i].Statement}})))
		}
		b.Condition = access.All(open...)
		rest = access.Region{b}
	}
	var out []access.Grant
	for _, x := range rest {
		g := access.Grant{
			Identity: id, Actions: x.Actions, Resources: x.Resources, Level: c.level(x.Actions),
			Condition: x.Condition, Proof: slices.Clone(proof),
		}
		if string(x.Condition) != string(b.Condition) {
			for i, d := range denied {
				if len(d.Condition) > 0 {
					g.Proof = append(g.Proof, denies[i])
				}
			}
		}
		out = append(out, g)
	}
	return out
}

// boxes are what an assignment speaks of.
func (c *Compiled) boxes(a *Assignment) []access.Box {
	permissions, whole := c.permissions(a)
	where := c.within(a)
	var out []access.Box
	for i := range permissions {
		p := &permissions[i]
		out = append(out, access.Box{Actions: c.actions(p), Resources: where, Condition: both(a.Condition, p.Condition)})
	}
	if !whole && a.Deny {
		unread := drover.NewAttrs(map[string]any{"Unread": map[string]any{"denies": a.Role}})
		out = append(out, access.Box{Actions: access.Set{In: []string{"*"}, Fold: c.Fold}, Resources: where, Condition: both(a.Condition, unread)})
	}
	return out
}

// within is the set of the scopes that an assignment's scope holds: itself, what
// its path begins, and what is known to lie in it.
func (c *Compiled) within(a *Assignment) access.Set {
	s := access.Set{Fold: c.Fold}
	scope := strings.TrimSuffix(a.Scope, "/")
	switch {
	case every(a.Scope) && a.Here:
		s.In = []string{"", "/"}
		return s
	case every(a.Scope):
		s.In = []string{"*"}
		return s
	case a.Here:
		s.In = []string{access.Literal(scope), access.Literal(scope) + "/"}
		return s
	}
	add := func(scope string) { s.In = append(s.In, access.Literal(scope), access.Literal(scope)+"/*") }
	add(scope)
	for _, below := range slices.Sorted(maps.Keys(c.Parents)) {
		if b := c.normal(below); b != c.normal(scope) && c.above(b)[c.normal(scope)] {
			add(strings.TrimSuffix(below, "/"))
		}
	}
	return s.Simplify()
}

// closestGrants gives each rule the paths on which it is the closest.
func (c *Compiled) closestGrants(id drover.Ref, list []*Assignment) []access.Grant {
	rules, _ := c.rules(list)
	var out []access.Grant
	for i := range rules {
		r := &rules[i]
		if slices.Contains(r.actions, DenyAll) {
			continue
		}
		on := closest(rules, i)
		others := slices.Clone(r.actions)
		for _, action := range []string{listing, scanning} {
			where := closestListing
			if action == scanning {
				where = closestScanning
			}
			if !(access.Set{In: r.actions, Fold: c.Fold}).Contains(action) {
				continue
			}
			listed := where(rules, i)
			if same, err := access.Equal(on, listed); err == nil && same {
				continue
			}
			others = slices.DeleteFunc(others, func(a string) bool { return a == action })
			out = c.grant(out, id, r, []string{action}, listed)
		}
		out = c.grant(out, id, r, others, on)
	}
	return out
}

// closest is the set of paths on which rule i decides.
func closest(rules []rule, i int) access.Set {
	s := access.Set{In: []string{rules[i].pattern()}}
	for k := range rules[:i] {
		s.Out = append(s.Out, rules[k].pattern())
	}
	return s
}

// closestListing is the same for listing, where a path with a trailing slash is
// first tried exactly, then exactly without the slash, then by pattern without
// it, then by pattern with it.
func closestListing(rules []rule, i int) access.Set {
	var exact, dirs, higher, higherDirs, allDirs []string
	for k := range rules {
		r := &rules[k]
		switch {
		case r.exact():
			exact, dirs = append(exact, r.pattern()), append(dirs, r.pattern()+"/")
		case k < i:
			higher, higherDirs = append(higher, r.pattern()), append(higherDirs, r.pattern()+"/")
			fallthrough
		default:
			allDirs = append(allDirs, r.pattern()+"/")
		}
	}
	p := rules[i].pattern()
	if rules[i].exact() {
		return access.Set{In: []string{p}, Or: []access.Set{{In: []string{p + "/"}, Out: exact}}}
	}
	return access.Set{
		In: []string{p}, Out: slices.Concat([]string{"*/"}, exact, higher),
		Or: []access.Set{
			{In: []string{p + "/"}, Out: slices.Concat(exact, dirs, higherDirs)},
			{In: endingInSlash(p), Out: slices.Concat(exact, dirs, allDirs, higher)},
		},
	}
}

// closestScanning is the same for scanning, where patterns are tried as they are.
func closestScanning(rules []rule, i int) access.Set {
	s := closestListing(rules, i)
	if rules[i].exact() {
		return s
	}
	s = closest(rules, i)
	for k := range rules {
		if rules[k].exact() {
			s.Out = append(s.Out, rules[k].pattern()+"/")
		}
	}
	return s
}

// endingInSlash writes the paths of a pattern that end in a slash.
func endingInSlash(p string) []string {
	s, err := access.Intersect(access.Set{In: []string{p}}, access.Set{In: []string{"*/"}})
	if err != nil {
		return []string{p}
	}
	return s.In
}

func (c *Compiled) grant(out []access.Grant, id drover.Ref, r *rule, actions []string, on access.Set) []access.Grant {
	on = on.Simplify()
	set := access.Set{In: actions, Fold: c.Fold}.Simplify()
	none, err := on.Empty()
	if len(set.In) == 0 || err == nil && none {
		return out
	}
	var proof []access.Proof
	for _, m := range r.from {
		proof = append(proof, m.proof)
	}
	return append(out, access.Grant{Identity: id, Actions: set, Resources: on, Level: c.level(set), Condition: r.condition(), Proof: proof})
}

// pattern writes the rule's path as access.Set does.
func (r *rule) pattern() string {
	text := access.Literal(r.path)
	if r.segmented() {
		parts := strings.Split(r.path, "/")
		for i, p := range parts {
			if parts[i] = access.Literal(p); p == "+" {
				parts[i] = "${!/}"
			}
		}
		text = strings.Join(parts, "/")
	}
	if r.prefix {
		text += "*"
	}
	return text
}
