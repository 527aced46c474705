package aws

import (
	"context"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// edges finds every effect, in the order of the takers' rows.
func (x *engine) edges(ctx context.Context) []effective.Edge {
	w := &writer{x: x, shared: map[*profile][]found{}, entered: map[*profile][]found{}, usable: map[*profile][]*technique{}, rulers: map[*profile]*found{}, joined: map[*principal]bool{}}
	for _, p := range x.e.principals {
		if ctx.Err() != nil {
			return nil
		}
		w.of(p)
	}
	for _, g := range x.e.groups {
		if w.joined[g] {
			w.member(g)
		}
	}
	w.outsiders()
	w.secrets()
	return w.out
}

// A writer makes the edges.
type writer struct {
	x       *engine
	out     []effective.Edge
	shared  map[*profile][]found // what any principal of a profile can do to others
	entered map[*profile][]found // the roles it can assume that tell nobody apart
	usable  map[*profile][]*technique
	rulers  map[*profile]*found // administrators
	joined  map[*principal]bool // groups that somebody can join
}

// A found is an edge whose taker is not filled in.
type found struct {
	effective.Edge
	to *principal
}

// of makes the edges of one principal.
func (w *writer) of(p *principal) {
	x := w.x
	if p.sort == "root" {
		w.add(p, effective.Edge{To: x.accountRow(p.account), Kind: drover.EdgeCanAccess, Move: true, Level: access.LevelEscalate, Grade: drover.GradeProven,
			Proof: []access.Proof{{Text: "the root user may do everything in its account"}}})
		return
	}
	if r := w.ruler(p); r != nil {
		w.add(p, r.Edge)
		w.assumes(p)
		return
	}
	for _, t := range w.within(p.profile) {
		switch t.gives {
		case givesSelf, givesNew:
			w.raise(p, t)
		case givesFreed:
			w.frees(p, t)
		}
	}
	for _, f := range w.others(p.profile) {
		if f.to != p {
			w.add(p, f.Edge)
		}
	}
	w.joins(p)
	w.assumes(p)
}

// member makes the edges of whoever joins a group: what its policies alone let a
// user do to others.
func (w *writer) member(g *principal) {
	if r := w.ruler(g); r != nil {
		w.add(g, r.Edge)
		return
	}
	for _, f := range w.others(g.profile) {
		w.add(g, f.Edge)
	}
	w.assumes(g)
}

func (w *writer) add(p *principal, e effective.Edge) {
	e.From = p.row
	if e.From != e.To {
		w.out = append(w.out, e)
	}
}

// accountRow is the row of an account, which is made where no source named it.
func (x *engine) accountRow(a *account) uint32 {
	if !a.known {
		a.row = x.e.in.Node(drover.Node{Ref: drover.NewRef("aws", a.id, "account", a.id), Kind: drover.KindResource, Type: "aws.account", Name: a.id, Aliases: []string{"aws-account:" + a.id}})
		a.known = true
		x.e.byRow[a.row] = a.owner
	}
	return a.row
}

// ruler is the edge of an administrator to its account: who may do everything, or
// so much that the rest is a matter of asking. Its other edges would say no more.
func (w *writer) ruler(p *principal) *found {
	f := p.profile
	if r, ok := w.rulers[f]; ok {
		return r
	}
	w.rulers[f] = nil
	var want actionBits
	for _, n := range adminNeeds {
		want.set(actionBit(n.action))
	}
	if !f.may.covers(want) {
		return nil
	}
	x := w.x
	t := &technique{needs: adminNeeds}
	search := func(v view) *answer { return x.holds(try{t: t, v: &v, who: p}) }
	a := search(x.whole(f))
	if a == nil {
		return nil
	}
	e := x.edge(a, func(v view) *answer { return search(v) }, f)
	e.To, e.Kind = x.accountRow(p.account), drover.EdgeCanAccess
	w.rulers[f] = &found{Edge: e}
	return w.rulers[f]
}

// raise is a technique that gives its taker more rights in the account.
func (w *writer) raise(p *principal, t *technique) {
	x := w.x
	search := func(v view) *answer {
		a := x.holds(try{t: t, v: &v, who: p})
		if a == nil {
			return nil
		}
		if t.gives == givesNew {
			return x.commands(a, nil, p, &v)
		}
		return x.commands(a, p.profile, p, &v)
	}
	a := search(x.whole(p.profile))
	if a == nil {
		return
	}
	e := x.edge(a, search, p.profile)
	e.To, e.Kind, e.Technique = x.accountRow(p.account), drover.EdgeEscalates, t.id
	w.add(p, e)
}

// commands adds what has to hold for somebody with an unrestricted policy to rule
// the account: what its boundary and its organization leave is enough to make an
// administrator. A principal that is made for the purpose has no boundary.
func (x *engine) commands(a *answer, f *profile, who *principal, v *view) *answer {
	if f == nil {
		clone := *who.profile.policies
		clone.Identity, clone.Boundary = nil, nil
		f = &profile{account: who.account, policies: &clone}
	}
	rules := x.raised(v, f)
	best := x.commandsAs(&view{rules: rules, pol: f.policies}, who)
	if best == nil {
		return nil
	}
	a.conds = append(a.conds, best.conds...)
	return a
}

// within are the techniques whose every action some statement of a profile allows.
func (w *writer) within(f *profile) []*technique {
	list, ok := w.usable[f]
	if !ok {
		for i := range techniques {
			if t := &techniques[i]; f.may.covers(t.bits()) {
				list = append(list, t)
			}
		}
		w.usable[f] = list
	}
	return list
}

// others are what any principal of a profile can do to others: found once.
func (w *writer) others(f *profile) []found {
	if list, ok := w.shared[f]; ok {
		return list
	}
	var list []found
	for _, t := range w.within(f) {
		switch t.gives {
		case givesUser, givesRole:
			if t.id != assumeRole {
				list = append(list, w.takes(f, t)...)
			}
		case givesPass:
			list = append(list, w.passes(f, t)...)
		}
	}
	for i := range techniques { // also of those whose actions only a thing's own policy allows
		if t := &techniques[i]; t.gives == givesThing {
			list = append(list, w.reuses(f, t)...)
		}
	}
	w.shared[f] = list
	return list
}

// assumeRole is the technique of plain sts:AssumeRole, whose edges are of a kind
// of their own.
const assumeRole = "sts-001"

// takes is a technique that gains a user or role of the same account.
func (w *writer) takes(f *profile, t *technique) (list []found) {
	x := w.x
	var gained []func(view) *answer
	for _, to := range f.account.principals {
		who := f.members[0]
		if to == who && len(f.members) > 1 {
			who = f.members[1]
		}
		if to.sort != string(t.gives) || to.linked() || to == who {
			continue
		}
		search := func(v view) *answer { return x.holds(try{t: t, v: &v, who: who, to: to}) }
		a := search(x.whole(f))
		if a == nil {
			continue
		}
		list = append(list, x.found(a, search, f, t, to))
		if t.writes {
			gained = append(gained, func(v view) *answer {
				if a := search(v); a != nil {
					return x.commands(a, to.profile, to, &v)
				}
				return nil
			})
		}
	}
	if one, ok := w.rules(f, t, gained); ok {
		list = append(list, one)
	}
	return list
}

// rules is the edge to the account, where whoever gains a principal has written
// its policies, too. Any of those that can be gained so will do.
func (w *writer) rules(f *profile, t *technique, gained []func(view) *answer) (found, bool) {
	search := func(v view) *answer { return firstOf(gained, v) }
	a := search(w.x.whole(f))
	if a == nil {
		return found{}, false
	}
	e := w.x.edge(a, search, f)
	e.To, e.Kind, e.Technique = w.x.accountRow(f.account), drover.EdgeEscalates, t.id
	return found{Edge: e}, true
}

// firstOf is the best of several answers, the first that leaves nothing open.
func firstOf(searches []func(view) *answer, v view) *answer {
	var best *answer
	for _, s := range searches {
		if a := s(v); a != nil && a.better(best) {
			if best = a; a.sure() {
				break
			}
		}
	}
	return best
}

// passes is a technique that passes a role to a service.
func (w *writer) passes(f *profile, t *technique) (list []found) {
	x, who := w.x, f.members[0]
	// All but the role itself is the same for every role: asked first.
	free := *t
	free.needs, free.requires = slices.DeleteFunc(slices.Clone(t.needs), func(n need) bool { return n.on == passed }), nil
	v := x.whole(f)
	if x.holds(try{t: &free, v: &v, who: who}) == nil {
		return nil
	}
	for _, r := range x.trustedBy(t.service, f.account) {
		search := func(v view) *answer {
			p := r
			if v.ref != "" && v.ref == r.role.trust.Ref {
				cut, ok := x.trustWithout(t.service, r.role, &v)
				if !ok {
					return nil
				}
				p = cut
			}
			return x.holds(try{t: t, v: &v, who: who, to: r.role, pass: &p})
		}
		if a := search(x.whole(f)); a != nil {
			list = append(list, x.found(a, search, f, t, r.role))
		}
	}
	return list
}

// trustWithout asks a role's trust policy again, without a statement.
func (x *engine) trustWithout(services string, r *principal, v *view) (trusted, bool) {
	for _, s := range splitServices(services) {
		if d := serviceTrust(s, r, x.document(v, r.trust)); d.Verdict == access.Allow || d.Verdict == access.Conditional {
			return trusted{role: r, cond: d.Condition, proof: d.Proof}, true
		}
	}
	return trusted{}, false
}

// reuses is a technique that makes something that is there act for the taker. Of
// several things that run as one role the first that serves is named.
func (w *writer) reuses(f *profile, t *technique) (list []found) {
	x, who := w.x, f.members[0]
	own := f.may.coversNeeds(t)
	byRole := map[*principal][]*thing{}
	var roles []*principal
	for _, typ := range t.types {
		for _, th := range x.e.byType[typ] {
			if th.account != f.account && th.policy == nil || !own && th.policy == nil {
				continue
			}
			for _, u := range th.roles {
				if t.parts != nil && !slices.Contains(t.parts, u.part) {
					continue
				}
				if byRole[u.role] == nil {
					roles = append(roles, u.role)
				}
				byRole[u.role] = append(byRole[u.role], th)
			}
		}
	}
	for _, role := range roles {
		var ways []func(view) *answer
		for _, th := range byRole[role] {
			ways = append(ways, func(v view) *answer { return x.holds(try{t: t, v: &v, who: who, to: role, via: th}) })
		}
		search := func(v view) *answer { return firstOf(ways, v) }
		if a := search(x.whole(f)); a != nil {
			list = append(list, x.found(a, search, f, t, role))
		}
	}
	return list
}

// found fills in an edge to a principal.
func (x *engine) found(a *answer, search func(view) *answer, f *profile, t *technique, to *principal) found {
	e := x.edge(a, search, f)
	e.To, e.Kind, e.Technique = to.row, drover.EdgeEscalates, t.id
	return found{Edge: e, to: to}
}

// joins is the technique of adding oneself to a group: its rights become one's own.
func (w *writer) joins(p *principal) {
	for _, t := range w.within(p.profile) {
		if t.gives != givesGroup {
			continue
		}
		for _, g := range p.account.groups {
			if !slices.Contains(p.groups, g) {
				w.join(p, t, g)
			}
		}
	}
}

func (w *writer) join(p *principal, t *technique, g *principal) {
	x := w.x
	search := func(v view) *answer { return x.holds(try{t: t, v: &v, who: p, to: g}) }
	a := search(x.whole(p.profile))
	if a == nil {
		return
	}
	w.add(p, x.found(a, search, p.profile, t, g).Edge)
	w.joined[g] = true
	further := func(v view) *answer {
		a := search(v)
		if a == nil {
			return nil
		}
		return x.administers(a, p, g, &v)
	}
	if a = further(x.whole(p.profile)); a == nil {
		return
	}
	e := x.edge(a, further, p.profile)
	e.To, e.Kind, e.Technique = x.accountRow(p.account), drover.EdgeEscalates, t.id
	w.add(p, e)
}

// administers adds what has to hold for the taker to rule the account once it is
// in a group.
func (x *engine) administers(a *answer, p, g *principal, v *view) *answer {
	pol, _ := x.cutPolicies(p.profile.policies, v.ref, v.index)
	joined, _ := x.cutPolicies(g.profile.policies, v.ref, v.index)
	up := *pol
	up.Identity = slices.Concat(pol.Identity, joined.Identity)
	key := view{pol: &up, rules: compile(&up), ref: v.ref, index: v.index}
	best := x.commandsAs(&key, p)
	if best == nil {
		return nil
	}
	a.join(best)
	return a
}
