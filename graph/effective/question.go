package effective

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/reach"
)

// Question reads a resource and an action as a user writes them. A resource of a
// system without an evaluator is found by ref, alias or name, with System "".
// Errors wrap drover.ErrNotFound, or drover.ErrConflict where several are meant;
// an action that the system does not know is no error: Known is false.
func (g *Graph) Question(resource, action string) (Question, error) {
	models, err := g.models()
	if err != nil {
		return Question{}, err
	}
	// A short id or a name may be all that a user gives: the ref that it leads to
	// is what systems understand.
	spellings := []string{resource}
	row, missing := g.Find(resource)
	if missing == nil {
		spellings = append(spellings, string(g.Ref(row)))
	}
	for _, name := range sortedKeys(models) {
		for _, text := range spellings {
			if m := models[name]; m.Question != nil {
				if q, ok := m.Question(text, action); ok {
					q.System = name
					return q, nil
				}
			}
		}
	}
	if missing != nil {
		return Question{}, fmt.Errorf("resource %w", missing)
	}
	return Question{Resource: string(g.Ref(row)), Row: int(row), Action: action, Known: action == ""}, nil
}

// A Holder is somebody who may do what a question asks, or becomes somebody who may.
type Holder struct {
	Row      uint32
	Decision access.Decision // of the one who may: of Row where Path is empty, else of Path's last node
	Path     Path            // how Row gets there; no edges: by itself
}

// WhoCan lists who may do what a question asks by their own rights, then who
// becomes one of them, nearest first. At most o.Limit are listed.
func (g *Graph) WhoCan(ctx context.Context, q Question, o Options) ([]Holder, error) {
	direct, err := g.direct(ctx, q, o)
	if err != nil {
		return nil, err
	}
	var out []Holder
	rows := slices.Sorted(maps.Keys(direct))
	for _, row := range rows {
		if g.container(row) {
			continue // whoever takes it over is listed, by that way
		}
		out = append(out, Holder{Row: row, Decision: direct[row], Path: Path{Nodes: []uint32{row}, Grade: drover.GradeProven}})
	}
	r := g.back(rows, g.movesInto(rows, o))
	type far struct {
		row  uint32
		hops int
	}
	var others []far
	for n := range r.All() {
		if hops := r.Hops(n); hops > 0 && !g.container(n) {
			others = append(others, far{n, hops})
		}
	}
	slices.SortFunc(others, func(a, b far) int { return cmp.Or(cmp.Compare(a.hops, b.hops), cmp.Compare(a.row, b.row)) })
	for _, x := range others {
		if len(out) >= o.limit() {
			break
		}
		if p, ok := r.path(x.row, ""); ok {
			end := p.Nodes[len(p.Nodes)-1]
			out = append(out, Holder{Row: x.row, Decision: direct[end], Path: p})
		}
	}
	out = out[:min(len(out), o.limit())]
	for i := range out {
		nodes := out[i].Path.Nodes
		out[i].Decision = g.itself(nodes[len(nodes)-1], q, out[i].Decision)
	}
	return out, nil
}

// itself is the decision about a row in its own words: that of another row with
// the same profile says the same, and its proof names the other's memberships.
func (g *Graph) itself(row uint32, q Question, d access.Decision) access.Decision {
	m := g.Models()[q.System]
	if m == nil || m.Profile == nil || m.Decide == nil {
		return d
	}
	if _, ok := m.Profile(row); ok {
		if own := m.Decide(row, q); own.Verdict == d.Verdict {
			return own
		}
	}
	return d
}

// container reports whether a row only holds others together: nobody is an
// account or a group.
func (g *Graph) container(row uint32) bool {
	switch g.Kind(row) {
	case drover.KindGroup, drover.KindRole, drover.KindPolicy, drover.KindVendor:
		return true
	}
	return g.marks.tier0[row] && g.Kind(row) == drover.KindResource
}

// movesInto are options under which a search back from rows begins with moves:
// who merely touches somebody does not become them.
func (g *Graph) movesInto(rows []uint32, o Options) reach.Options {
	ro := o.reach()
	var touches []uint32
	for _, n := range rows {
		for e := range g.reach.In(n) {
			if !g.reach.Edge(e).Move {
				touches = append(touches, e)
			}
		}
	}
	if len(touches) > 0 {
		for e := range ro.Without.All() {
			touches = append(touches, e)
		}
		ro.Without = reach.NewEdgeSet(touches...)
	}
	return ro
}

// direct finds who may do what a question asks without becoming somebody else:
// whom the evaluator says yes to, once per profile, and whom a stored edge joins
// to the resource. Whoever the resource itself would let in, holding it, counts.
func (g *Graph) direct(ctx context.Context, q Question, o Options) (map[uint32]access.Decision, error) {
	models, err := g.models()
	if err != nil {
		return nil, err
	}
	out := map[uint32]access.Decision{}
	if m := models[q.System]; m != nil && m.Profile != nil && m.Decide != nil {
		members := profiles(g.in, m)
		for _, p := range slices.Sorted(maps.Keys(members)) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			d := m.Decide(members[p][0], q)
			if !allows(d, o) {
				continue
			}
			for _, who := range members[p] {
				out[who] = d
			}
		}
	}
	if q.Row >= 0 && q.Row < g.Len() {
		g.joined(uint32(q.Row), q, o, out)
	}
	if c := o.Without; c != nil {
		for _, row := range c.Rows {
			delete(out, row)
		}
	}
	return out, nil
}

// joined adds who reaches a row by edges that are not one evaluator's: a touch
// where the question names no action or no evaluator knows the resource, and a
// move, by which the row is taken over.
func (g *Graph) joined(row uint32, q Question, o Options, out map[uint32]access.Decision) {
	pass := passer(g.reach, o.reach())
	for e := range g.reach.In(row) {
		x := g.reach.Edge(e)
		if _, known := out[x.From]; known || !pass(e, &x) || !x.Move && q.System != "" {
			continue
		}
		full := g.Edge(e)
		d := access.Decision{Verdict: access.Allow, Proof: full.Proof}
		if full.Cond != nil || x.Grade != drover.GradeProven {
			d.Verdict, d.Condition = access.Conditional, full.Cond
		}
		out[x.From] = d
	}
}

func allows(d access.Decision, o Options) bool {
	return d.Verdict == access.Allow || d.Verdict == access.Conditional && (o.MinGrade == "" || o.MinGrade != drover.GradeProven)
}

// An Answer says whether somebody may do what a question asks.
type Answer struct {
	Decision access.Decision // what it comes to, the way there taken into account
	Direct   access.Decision // of who was asked about, by its own rights
	Via      Path            // the way to somebody who may; no edges: by its own rights, or not at all
	Gaps     []Gap           // what was not analysed and could change the answer
}

// Why answers whether a row may do what a question asks: by its own rights; or by
// the best path to somebody who may; or not, with what denies.
func (g *Graph) Why(ctx context.Context, who uint32, q Question) (Answer, error) {
	if int(who) >= g.Len() {
		return Answer{}, fmt.Errorf("why of row %d of %d: %w", who, g.Len(), drover.ErrNotFound)
	}
	who = g.in.head(who)
	direct, err := g.direct(ctx, q, Options{})
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Gaps: g.gaps}
	a.Direct = g.own(who, q, direct)
	if a.Direct.Verdict == access.Allow {
		a.Decision = a.Direct
		return a, nil
	}
	r := g.forth([]uint32{who}, Options{})
	best, found := g.nearest(who, r.Reach, direct)
	switch {
	case found:
		a.Via, _ = r.path(best, "")
		a.Decision = g.along(a.Via, g.itself(best, q, direct[best]))
		if a.Direct.Verdict == access.Conditional && a.Decision.Verdict != access.Allow {
			a.Via, a.Decision = Path{}, a.Direct // its own condition is the shorter story
		}
	default:
		a.Decision = a.Direct
	}
	return a, nil
}

// own is the decision on somebody's own rights.
func (g *Graph) own(who uint32, q Question, direct map[uint32]access.Decision) access.Decision {
	if d, ok := direct[who]; ok {
		return g.itself(who, q, d)
	}
	m := g.Models()[q.System]
	if m != nil && m.Decide != nil {
		if m.Profile == nil {
			return m.Decide(who, q)
		}
		if _, ok := m.Profile(who); ok {
			return m.Decide(who, q)
		}
	}
	d := access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: g.Ref(who), Effect: "deny", Text: "nothing that was read gives it this, and no path leads from it to anybody who may"}}}
	for _, name := range []string{q.System, g.Ref(who).System()} {
		if g.Models()[name] == nil && !slices.Contains(plain, name) {
			d.Verdict = access.Unknown
			d.Proof[0].Effect, d.Proof[0].Text = "", "no evaluator knows the permission language of "+cmp.Or(name, "the system of "+q.Resource)+", and what was read gives it nothing"
		}
	}
	return d
}

// nearest chooses, of those who may and are reached, the one of the surest, then
// the shortest way, an unconditional right before a conditional one.
func (g *Graph) nearest(who uint32, r *reach.Reach, direct map[uint32]access.Decision) (best uint32, found bool) {
	rank := func(n uint32) [3]int {
		sure := gradeRank(r.Grade(n))
		if direct[n].Verdict != access.Allow {
			sure = max(sure, gradeRank(drover.GradeInferred))
		}
		return [3]int{sure, r.Hops(n), int(n)}
	}
	for _, n := range slices.Sorted(maps.Keys(direct)) {
		if n == who || !r.Has(n) {
			continue
		}
		if a, b := rank(n), rank(best); !found || slices.Compare(a[:], b[:]) < 0 {
			best, found = n, true
		}
	}
	return best, found
}

// along is what a decision comes to at the end of a path: whatever the path leaves
// open, the answer does.
func (g *Graph) along(p Path, d access.Decision) access.Decision {
	out := access.Decision{Verdict: d.Verdict}
	var open []any
	for _, e := range p.Edges {
		x := g.Edge(e)
		out.Proof = append(out.Proof, x.Proof...)
		if x.Cond != nil {
			open = append(open, x.Cond.Map())
		}
		if x.Grade != drover.GradeProven {
			out.Verdict = access.Conditional
		}
	}
	out.Proof = append(out.Proof, d.Proof...)
	if d.Condition != nil {
		open = append(open, d.Condition.Map())
	}
	switch len(open) {
	case 0:
	case 1:
		out.Condition = drover.NewAttrs(open[0])
	default:
		out.Condition = drover.NewAttrs(map[string]any{"all": open})
	}
	return out
}
