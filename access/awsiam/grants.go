package awsiam

import (
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// Grants is everything that the principal's own side gives to whoever has this
// profile: what identity policies allow, within the permissions boundary, the
// session policy and every level of SCPs, without what any of them or an RCP
// denies. Nothing is known of the principal, so conditions and policy variables
// stay as conditions; GrantsTo resolves those that speak of it.
//
// Sets stay symbolic. A grant is cut where that separates access levels without
// listing actions: its Level is the strongest among the actions of the catalogue
// that its patterns match, "" where the catalogue knows none of them.
//
// Resources whose own policy must allow too (those of other accounts, KMS keys,
// the trust of roles) and what resource policies give by themselves are no part
// of this: ask Explain. RCPs are those of the principal's own account.
func (p *Profile) Grants(id drover.Ref) []access.Grant { return p.GrantsTo(id, nil) }

// GrantsTo is Grants for the principal and the context of r, whose other fields
// are not read. The context should hold only what is so for every request.
func (p *Profile) GrantsTo(id drover.Ref, r *Request) []access.Grant {
	g := granter{Profile: p}
	if r != nil {
		g.q = &query{who: newCaller(&r.Principal), ctx: &r.Context, bounded: p.boundary != nil}
	}
	var out []access.Grant
	for _, x := range g.effective() {
		x.box.Resources = x.box.Resources.Simplify()
		x.box.Condition = access.All(append(x.open, x.box.Condition)...)
		for _, part := range byLevel(x.box.Actions) {
			out = append(out, access.Grant{
				Identity: id, Actions: part.set, Resources: x.box.Resources,
				Level: part.level, Condition: x.box.Condition, Proof: x.proof,
			})
		}
	}
	return out
}

// A granter reads statements as boxes. Nil q: nothing is known of the request.
type granter struct {
	*Profile
	q *query
}

// A piece is a box and the statements that it rests on.
type piece struct {
	box   access.Box
	proof []access.Proof
	from  int            // number of the piece that it is cut from
	open  []drover.Attrs // conditions of denies that were not taken out
}

// effective is the formula of "Policy evaluation logic" over boxes.
func (g *granter) effective() []piece {
	own := g.pieces(g.identity, false)
	if g.q != nil && !g.q.who.inAWS() {
		return nil
	}
	if g.q != nil && g.q.who.typ == Root {
		own = []piece{{box: everything(), proof: []access.Proof{{Effect: "allow", Text: "the root user may do everything in its account"}}}}
	}
	if g.q != nil && g.q.who.typ == FederatedUser && g.session == nil {
		own = nil // has what resource policies give
	}
	guards, deniers := []*layer{g.boundary, g.session}, []*layer{g.identity, g.boundary, g.session}
	if g.q == nil || !g.q.who.linked {
		guards = append(guards, g.scps...)
		deniers = slices.Concat(deniers, g.scps, g.rcps)
	}
	for _, l := range guards {
		if l != nil {
			own = g.guard(own, l)
		}
	}
	var denies []piece
	for _, l := range deniers {
		if l == nil {
			continue
		}
		denies = append(denies, g.pieces(l, true)...)
		if l.unread != nil {
			open := everything()
			open.Condition = leaf("Unread", "denies", l.unread).attrs()
			denies = append(denies, piece{box: open, proof: []access.Proof{{Effect: "deny", Text: "not read: " + strings.Join(l.unread, ", ")}}})
		}
	}
	for i := range own {
		own[i].from = i
	}
	return append(take(own, denies), piece{
		box:   access.Box{Actions: access.Set{In: []string{"sts:GetCallerIdentity"}, Fold: true}, Resources: access.Everything()},
		proof: []access.Proof{{Text: "sts:GetCallerIdentity needs no permission and cannot be denied"}},
	})
}

func everything() access.Box {
	return access.Box{Actions: access.Set{In: []string{"*"}, Fold: true}, Resources: access.Everything()}
}

// guard keeps of each piece what the layer allows too.
func (g *granter) guard(own []piece, l *layer) []piece {
	var out []piece
	limits := g.pieces(l, false)
	if l.unread != nil {
		open := everything()
		open.Condition = leaf("Unread", "allows", l.unread).attrs()
		limits = append(limits, piece{box: open, proof: []access.Proof{{Effect: "allow", Text: "not read: " + strings.Join(l.unread, ", ")}}})
	}
	for _, x := range own {
		whole := slices.IndexFunc(limits, func(y piece) bool {
			rest, err := access.Region{x.box}.Minus(access.Region{y.box})
			return err == nil && len(rest) == 0
		})
		if whole >= 0 {
			out = append(out, piece{box: x.box, proof: slices.Concat(x.proof, limits[whole].proof)})
			continue
		}
		for _, y := range limits {
			both, err := access.Region{x.box}.Intersect(access.Region{y.box})
			if err != nil { // too entangled: what is left open is a condition
				both = access.Region{x.box}
				both[0].Condition = access.All(x.box.Condition, y.box.Condition, undecided(y, "Allowed"))
			}
			for _, b := range both {
				out = append(out, piece{box: b, proof: slices.Concat(x.proof, y.proof)})
			}
		}
	}
	return out
}

// Past these, what a statement takes away is left as a condition: parts that one
// piece falls into, and patterns of the pieces that are cut in all.
const (
	maxParts = 64
	maxWork  = 1 << 14
)

// weight is the number of patterns of a box.
func weight(b access.Box) int {
	n := 0
	for _, s := range []access.Set{b.Actions, b.Resources} {
		n += len(s.In) + len(s.Out)
		for _, o := range s.Or {
			n += len(o.In) + len(o.Out)
		}
	}
	return n
}

// take removes what is denied. A deny under a condition leaves its part under
// the negation, and is named in the proof.
func take(own, denies []piece) []piece {
	work := 0
	for _, d := range denies {
		var out []piece
		parts := map[int]int{} // by the piece that they come from
		for _, x := range own {
			parts[x.from]++
			if work < maxWork && !meet(x.box, d.box) {
				out = append(out, x)
				continue
			}
			rest, err := access.Region(nil), error(access.ErrUndecided)
			if work += weight(x.box) + weight(d.box); work < maxWork && parts[x.from] < maxParts {
				rest, err = access.Region{x.box}.Minus(access.Region{d.box})
			}
			if parts[x.from] += len(rest); err != nil {
				x.open = append(x.open[:len(x.open):len(x.open)], access.Not(undecided(d, "Denied")))
				out = append(out, x)
				continue
			}
			for _, b := range rest {
				y := piece{box: b, proof: x.proof, from: x.from, open: x.open}
				if string(b.Condition) != string(x.box.Condition) {
					y.proof = slices.Concat(x.proof, d.proof)
				}
				out = append(out, y)
			}
		}
		own = out
	}
	return slices.DeleteFunc(own, func(x piece) bool {
		rest, err := access.Region{x.box}.Minus(nil)
		return err == nil && len(rest) == 0
	})
}

// meet says whether actions and resources of two boxes overlap.
func meet(a, b access.Box) bool {
	x, err := access.Overlaps(a.Actions, b.Actions)
	if err != nil || !x {
		return err != nil
	}
	y, err := access.Overlaps(a.Resources, b.Resources)
	return err != nil || y
}

// undecided is the condition that a statement applies, for patterns that are too
// entangled to be compared.
func undecided(x piece, word string) drover.Attrs {
	var by []string
	for _, p := range x.proof {
		by = append(by, string(p.Ref)+" "+p.Statement)
	}
	return leaf(word, "statement", by).attrs()
}

// pieces are the boxes of a layer's statements of one effect.
func (g *granter) pieces(l *layer, deny bool) []piece {
	var out []piece
	effect, verb := "allow", " allows "
	if deny {
		effect, verb = "deny", " denies "
	}
	for i := range l.binds {
		b := &l.binds[i]
		if b.deny != deny {
			continue
		}
		at := l.at(b)
		st := &at.Doc.statements[b.index]
		proof := access.Proof{Ref: at.Ref, Statement: st.label(), Effect: effect}
		for _, box := range g.boxes(b.rule, st, l.kind, at.Doc.version == version2012) {
			proof.Text = "statement " + proof.Statement + " of " + l.title(at) + verb + clip(box.Actions.String()) + " on " + clip(box.Resources.String())
			out = append(out, piece{box: box, proof: []access.Proof{proof}})
		}
	}
	return out
}

// boxes is what one statement speaks of.
func (g *granter) boxes(r *rule, st *Statement, kind layerKind, variables bool) []access.Box {
	conds, applies := g.conditions(r, variables)
	if !applies {
		return nil
	}
	if kind == rcpLayer {
		who, applies := g.principals(r, st, kind)
		if !applies {
			return nil
		}
		conds = append(conds, who)
	}
	if r.guess {
		conds = append(conds, leaf("Unreadable", "Statement", []string{"parts that AWS refuses"}))
	}
	actions := access.Set{In: actionPatterns(st.Actions), Fold: true}
	if st.Actions == nil {
		actions = access.Set{In: []string{"*"}, Out: actionPatterns(st.NotActions), Fold: true}
	}
	var out []access.Box
	if kind == rcpLayer { // which bind some services only
		only, err := access.Intersect(actions, rcpActions())
		if err != nil {
			only = rcpActions()
			conds = append(conds, leaf("Denied", "statement", []string{st.label()}))
		}
		actions = only
	}
	for _, part := range g.resources(r) {
		out = append(out, access.Box{Actions: actions, Resources: part.set, Condition: conj(append(conds, part.cond)...).attrs()})
	}
	return out
}

// rcpActions are the actions of the services whose resources RCPs bind.
func rcpActions() access.Set {
	s := access.Set{Fold: true}
	for _, service := range slices.Sorted(maps.Keys(catalogue().rcps)) {
		s.In = append(s.In, service+":*")
	}
	return s
}

// conditions is what is left of the Condition block; false: it cannot hold.
func (g *granter) conditions(r *rule, variables bool) (left []*expr, applies bool) {
	for i := range r.clauses {
		c := &r.clauses[i]
		t := maybe
		if g.q != nil {
			t = c.eval(g.q)
		}
		switch t {
		case no:
			return nil, false
		case maybe:
			left = append(left, leaf(c.name, c.given, literalTexts(c, variables)))
		}
	}
	return left, true
}

// principals is what is left of the Principal element of a resource control
// policy.
func (g *granter) principals(r *rule, st *Statement, kind layerKind) (*expr, bool) {
	t := maybe
	if g.q != nil {
		_, t = r.matchPrincipal(kind, g.q)
	} else if r.noPrincipal || !r.notPrincipal && slices.ContainsFunc(r.principals, func(p principalPattern) bool { return p.kind == anyone }) {
		t = yes
	}
	if t == maybe {
		return r.principalExpr(st), true
	}
	return nil, t == yes
}
