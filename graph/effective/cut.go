package effective

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/reach"
)

// A CutOption is one change and what it does, found by making it: everything it
// says is the difference between this graph and one built after the change.
type CutOption struct {
	What    string  // in the imperative: "remove statement 0 of orders-admin"
	Change  *Change // what to hand to Apply
	Removes Removed
	Loses   []Loser  // who else loses something
	More    int      // identities that may lose something and were not compared
	Unknown []string // what could not be told about the losses
}

// Removed is what a change takes from those who were asked about: what they
// reach together before and after.
type Removed struct {
	Resources  Span
	Tier0      Span
	Identities Span // taken; where nobody was named, identities that get to a target
	Targets    Span // of those asked about
}

// A Span is a number before and after.
type Span struct{ Before, After int }

// A Loser is an identity that a cut takes something from besides.
type Loser struct {
	Ref                          drover.Ref
	Name                         string
	Resources, Tier0, Identities int       // how many it no longer reaches
	Used                         time.Time // when it was last seen used, at all; zero: not known
	Never                        bool      // a source that would have seen any use saw none
}

const (
	cutPaths    = 200    // whose edges are looked at for causes
	cutEdges    = 20_000 // in which each cause is looked for
	cutTries    = 200    // causes whose effect is estimated: as many as cutWork edges can be searched for, between these
	cutFewTries = 16
	cutWork     = 10_000_000
	cutCheap    = 200_000 // edges up to which a few more are made than are asked for
	cutBuilds   = 5       // changes that are made and measured, unless o.Limit says so
)

// Cut finds single changes that keep from from reaching to, those that remove
// most first and, of equals, those that take least from others. From empty:
// whoever gets there. To empty: what of tier 0 from reaches. Each option was
// made, not guessed: o.Limit bounds how many (5 if 0), since each costs a build.
// There is none where nothing that could be removed is named by a proof.
func (g *Graph) Cut(ctx context.Context, from, to []uint32, o Options) ([]CutOption, error) {
	c := &cutting{g: g, o: o, from: g.heads(from), to: g.heads(to), anybody: len(from) == 0}
	if !c.settle() {
		return nil, nil
	}
	if err := c.candidates(ctx); err != nil {
		return nil, err
	}
	limit := cutBuilds
	if o.Limit > 0 {
		limit = o.Limit
	}
	more := 0 // of those that look alike the best is not known before they are made
	if g.reach.Edges() < cutCheap {
		more = cutBuilds
	}
	var out []CutOption
	for tries, x := range c.list {
		if len(out) >= limit+more || tries >= 2*limit+cutBuilds || x.left >= c.before && len(out) > 0 {
			break
		}
		opt, err := c.make(ctx, x)
		if err != nil {
			return nil, err
		}
		if opt.Removes.removes() {
			out = append(out, opt)
		}
	}
	slices.SortStableFunc(out, func(a, b CutOption) int {
		return cmp.Or(cmp.Compare(b.Removes.Targets.gone(), a.Removes.Targets.gone()), cmp.Compare(b.Removes.Identities.gone(), a.Removes.Identities.gone()),
			cmp.Compare(b.Removes.Tier0.gone(), a.Removes.Tier0.gone()), cmp.Compare(b.Removes.Resources.gone(), a.Removes.Resources.gone()),
			cmp.Compare(len(a.Loses)+a.More, len(b.Loses)+b.More), cmp.Compare(len(a.Change.Remove)+len(a.Change.Add), len(b.Change.Remove)+len(b.Change.Add)), cmp.Compare(a.What, b.What))
	})
	return out[:min(len(out), limit)], nil
}

func (s Span) gone() int { return s.Before - s.After }

func (r *Removed) removes() bool {
	return r.Targets.gone() > 0 || r.Tier0.gone() > 0 || r.Resources.gone() > 0 || r.Identities.gone() > 0
}

// A cutting looks for single changes.
type cutting struct {
	g        *Graph
	o        Options
	from, to []uint32
	anybody  bool // nobody was named: whoever gets there
	back     *reach.Reach
	before   int         // what is reached, as left counts it
	list     []candidate // best estimate first
}

// A candidate is a cause with the edges that it would take along.
type candidate struct {
	cause
	kills []uint32
	left  int // estimate of what stays reached
}

// settle fills in who and what was not named; false: there is nothing to cut.
func (c *cutting) settle() bool {
	if len(c.to) == 0 && !c.anybody {
		r := c.g.reach.Blast(c.from, c.o.reach())
		for n := range r.All() {
			if c.g.Tier0(n) && !slices.Contains(c.from, n) {
				c.to = append(c.to, n)
			}
		}
		for t := range r.Touched() {
			if c.g.Tier0(t.Node) {
				c.to = append(c.to, t.Node)
			}
		}
		slices.Sort(c.to)
	}
	if len(c.to) == 0 {
		return false
	}
	c.back = c.g.reach.Reverse(c.to, c.o.reach())
	if c.anybody {
		for n := range c.back.All() {
			if c.g.Taker(n) && !slices.Contains(c.to, n) {
				c.from = append(c.from, n)
			}
		}
	}
	return len(c.from) > 0
}

// candidates finds the causes of edges on the ways from from to to, and estimates
// over the graph what each would leave.
func (c *cutting) candidates(ctx context.Context) error {
	edges, err := c.edges(ctx)
	if err != nil {
		return err
	}
	by := map[string]int{}
	for _, e := range edges {
		for _, x := range c.g.causes(e) {
			if slices.ContainsFunc(x.gone, func(n uint32) bool { return slices.Contains(c.to, n) || !c.anybody && slices.Contains(c.from, n) }) {
				continue
			}
			i, ok := by[x.key]
			if !ok {
				i = len(c.list)
				by[x.key] = i
				c.list = append(c.list, candidate{cause: x})
			}
			c.list[i].kills = append(c.list[i].kills, e)
		}
	}
	slices.SortStableFunc(c.list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(len(b.kills), len(a.kills)), cmp.Compare(a.key, b.key))
	})
	tries := min(cutTries, max(cutFewTries, cutWork/(c.g.reach.Edges()+1)))
	c.list = c.list[:min(len(c.list), tries)]
	c.before = c.left(c.g, c.from, c.to, nil)
	for i := range c.list {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.list[i].left = c.left(c.g, c.from, c.to, c.list[i].kills)
	}
	slices.SortStableFunc(c.list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.left, b.left), cmp.Compare(len(a.kills), len(b.kills)), cmp.Compare(a.key, b.key))
	})
	return nil
}

// edges lists the edges on ways from from to to: all, where they are few; else
// those at choke points and on the best paths.
func (c *cutting) edges(ctx context.Context) ([]uint32, error) {
	forth := c.g.reach.Blast(c.from, c.o.reach())
	pass := passer(c.g.reach, c.o.reach())
	var out []uint32
	n := 0
	for row := range forth.All() {
		if n++; n%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !c.back.Has(row) {
			continue
		}
		for e := range c.g.reach.Out(row) {
			x := c.g.reach.Edge(e)
			if c.back.Has(x.To) && (x.Move || slices.Contains(c.to, x.To)) && pass(e, &x) {
				out = append(out, e)
			}
		}
		if len(out) > cutEdges {
			break
		}
	}
	if len(out) <= cutEdges {
		return out, nil
	}
	out = out[:0]
	for _, x := range c.g.reach.Choke(c.from, c.to, c.o.reach()) {
		if x.IsEdge {
			out = append(out, x.Edge)
			continue
		}
		for e := range c.g.reach.Out(x.Node) { // whatever leads on from there
			if y := c.g.reach.Edge(e); c.back.Has(y.To) && len(out) < cutEdges {
				out = append(out, e)
			}
		}
	}
	paths, _ := c.g.reach.Paths(c.from, c.to, c.o.reach(), cutPaths)
	for _, p := range paths {
		out = append(out, p.Edges...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// left counts what stays: targets that from reaches, or identities that get to one.
func (c *cutting) left(g *Graph, from, to, without []uint32) (n int) {
	o := c.in(g).reach()
	if len(without) > 0 {
		o.Without = reach.NewEdgeSet(slices.AppendSeq(slices.Clone(without), o.Without.All())...)
	}
	if c.anybody {
		r := g.reach.Reverse(to, o)
		for _, f := range from {
			if r.Has(f) {
				n++
			}
		}
		return n
	}
	return len(g.hit(g.reach.Blast(from, o), to))
}

// hit lists which of to a search reached.
func (g *Graph) hit(r *reach.Reach, to []uint32) (out []uint32) {
	want := map[uint32]bool{}
	for _, n := range to {
		want[n] = true
		if r.Has(n) {
			out = append(out, n)
		}
	}
	for t := range r.Touched() {
		if want[t.Node] && !r.Has(t.Node) {
			out = append(out, t.Node)
		}
	}
	return out
}

// make makes a change and measures it.
func (c *cutting) make(ctx context.Context, x candidate) (CutOption, error) {
	change := x.change
	change.Schema = ChangeSchema
	opt := CutOption{What: x.what, Change: &change}
	in, err := Apply(c.g.in, &change)
	if err != nil {
		return opt, nil //nolint:nilerr // what its proof names cannot be removed by itself: no option
	}
	after, err := Build(ctx, in, c.g.systems)
	if err != nil {
		return opt, fmt.Errorf("try %q: %w", x.what, err)
	}
	if opt.Removes, err = c.removed(ctx, after); err != nil {
		return opt, err
	}
	d, err := Diff(ctx, c.g, after, Options{MaxHops: c.o.MaxHops, MinGrade: c.o.MinGrade, Level: c.o.Level})
	if err != nil {
		return opt, err
	}
	opt.More = d.More
	for i := range d.Changed {
		c.loser(&d.Changed[i], &opt)
	}
	return opt, nil
}

// loser notes what somebody else loses, apart from the targets themselves.
func (c *cutting) loser(x *Changed, opt *CutOption) {
	if x.Old < 0 || x.New < 0 || slices.Contains(c.from, uint32(x.Old)) && !c.anybody {
		return
	}
	other := func(d Delta) (n int) {
		if !c.anybody {
			return d.LostN
		}
		n = d.LostN
		for _, t := range c.to {
			if _, ok := slices.BinarySearch(d.Lost, c.g.Ref(t)); ok {
				n--
			}
		}
		return n
	}
	l := Loser{Ref: x.Ref, Name: x.Name, Resources: other(x.Resources), Tier0: other(x.Tier0), Identities: other(x.Identities)}
	if l.Resources+l.Tier0+l.Identities == 0 {
		return
	}
	u, ok := c.g.in.Use(x.Old)
	l.Used = u.LastUsed
	l.Never = ok && u.LastUsed.IsZero() && u.NeverSource != ""
	switch {
	case l.Never:
	case ok && u.Monitored:
		opt.Unknown = append(opt.Unknown, "whether "+x.Name+" used what it loses: it was last seen used "+said(u.LastUsed)+", and not for what")
	default:
		opt.Unknown = append(opt.Unknown, "whether "+x.Name+" used what it loses: no source of use covers it")
	}
	opt.Loses = append(opt.Loses, l)
}

func said(t time.Time) string {
	if t.IsZero() {
		return "at a time that is not known"
	}
	return "on " + t.UTC().Format(time.DateOnly)
}

// removed measures what from reaches before and after.
func (c *cutting) removed(ctx context.Context, after *Graph) (r Removed, err error) {
	from, to := c.inside(after, c.from), c.inside(after, c.to)
	r.Targets = Span{c.left(c.g, c.from, c.to, nil), c.left(after, from, to, nil)}
	if c.anybody {
		r.Identities, r.Targets = r.Targets, Span{len(c.reached(c.g, c.from, c.to)), len(c.reached(after, from, to))}
		return r, nil
	}
	for i, g := range []*Graph{c.g, after} {
		rows, o := c.from, c.in(g)
		if i == 1 {
			rows = from
		}
		t, err := g.targets(ctx, rows, g.reach.Blast(rows, o.reach()), o, false)
		if err != nil {
			return r, err
		}
		n := t.counts()
		set := func(s *Span, v int) {
			if i == 0 {
				s.Before = v
			} else {
				s.After = v
			}
		}
		set(&r.Resources, n.Total)
		set(&r.Tier0, len(t.tier0()))
		set(&r.Identities, len(t.taken))
		t.free()
	}
	return r, nil
}

func (c *cutting) reached(g *Graph, from, to []uint32) []uint32 {
	return g.hit(g.reach.Blast(from, c.in(g).reach()), to)
}

// in are the options as they apply to a graph: what is taken as gone is of c.g.
func (c *cutting) in(g *Graph) Options {
	o := c.o
	if g != c.g {
		o.Without = nil
	}
	return o
}

// inside are the same things' rows in another graph; those that are gone are not.
func (c *cutting) inside(g *Graph, rows []uint32) (out []uint32) {
	for _, n := range rows {
		if row, ok := g.in.row(c.g.Ref(n)); ok {
			out = append(out, row)
		}
	}
	slices.Sort(out)
	return out
}
