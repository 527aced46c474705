package effective

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/reach"
)

// A Blast is what falls if one thing is taken over.
type Blast struct {
	Subject   uint32
	Resources Counts
	Next      []uint32 // identities that are taken without going through another one
	Taken     []uint32 // all identities that are taken, the subject not among them
	Tier0     []uint32 // all of tier 0 that is taken or reached, the subject not among them
	Hops      int      // to the farthest that is taken
	Holds     []Hold   // of a person, an authority, a place: what comes with it, each labelled
	Paths     []Path   // the best path to each tier-0 target, or else to the most telling ones
	More      bool     // there are further targets than Paths lists
	Gaps      []Gap    // what was not analysed and may matter
}

// A Hold is one thing that comes with a person, an authority or a place.
type Hold struct {
	Row   uint32
	As    string // "created", "owns", "impersonates", "credential" (can read it, or its), "issued"
	Grade drover.Grade
	Edges []uint32 // the way there
}

// Counts sums up what is reached. A row counts once, at its strongest level.
type Counts struct {
	Total       int
	ByLevel     map[access.Level]int
	ByDataClass map[string]int // "": not known
	ByEnv       map[string]int // "": not known
	Tier0       int
}

// A Target is one row that is reached.
type Target struct {
	Row   uint32
	Level access.Level // the strongest; "escalate" for what is taken over entirely
	Grade drover.Grade // of the best path at that level
	Via   uint32       // who reaches it: the subject, or the last identity taken on the way
	Hops  int          // steps of the shortest way
	Moved bool         // taken over, not only touched
}

// Blast answers what falls if a row is stolen: what is held, going from move to
// move, and what the permissions of everything held touch. It errors when ctx
// ends or a model cannot be loaded. What it returns may be shared: it is not to be
// changed.
func (g *Graph) Blast(ctx context.Context, row uint32, o Options) (*Blast, error) {
	if int(row) >= g.Len() {
		return nil, fmt.Errorf("blast radius of row %d of %d: %w", row, g.Len(), drover.ErrNotFound)
	}
	row = g.in.head(row)
	if b := g.blasts.get(row, o); b != nil {
		return b, nil
	}
	b := &Blast{Subject: row, Gaps: g.gaps}
	r := g.forth([]uint32{row}, o)
	t, err := g.targets(ctx, []uint32{row}, r.Reach, o, false)
	if err != nil {
		return nil, err
	}
	defer t.free()
	defer r.free()
	b.Resources = t.counts()
	b.Taken, b.Next = slices.Clone(t.taken), g.next(row, r.Reach, o)
	b.Tier0 = slices.DeleteFunc(t.tier0(), func(n uint32) bool { return n == row }) // a circle leads back to it
	b.Hops = r.Farthest()
	b.Holds = g.holds(row, o)
	b.Paths, b.More = g.telling(row, r, t, o)
	if t.found() > keptFrom {
		g.blasts.put(row, o, b)
	}
	return b, nil
}

// next lists the identities that are taken with no other in between.
func (g *Graph) next(row uint32, r *reach.Reach, o Options) []uint32 {
	passing := passer(g.reach, o.reach())
	var out []uint32
	seen := reach.NewNodeBits(g.Len())
	seen.Add(row)
	queue := []uint32{row}
	for hops := 0; len(queue) > 0 && (o.MaxHops == 0 || hops < o.MaxHops); hops++ {
		var more []uint32
		for _, n := range queue {
			for e, x := range g.reach.Moves(n) {
				if seen.Has(x.To) || !r.Has(x.To) || !passing(e, &x) {
					continue
				}
				seen.Add(x.To)
				if g.Taker(x.To) {
					out = append(out, x.To)
				} else {
					more = append(more, x.To)
				}
			}
		}
		queue = more
	}
	slices.Sort(out)
	return out
}

// A passing says whether options leave an edge. It reads neither From nor Info.
type passing func(e uint32, x *reach.Edge) bool

func passer(g *reach.Graph, o reach.Options) passing {
	if o.CutNodes == nil {
		o.CutNodes = reach.NewNodeSet()
	}
	worst := len(drover.Grades)
	if o.MinGrade != "" {
		worst = slices.Index(drover.Grades, o.MinGrade)
	}
	return func(e uint32, x *reach.Edge) bool {
		return slices.Index(drover.Grades, x.Grade) <= worst && !o.Without.Has(e) && !o.CutNodes.Has(x.To) && (x.Move || x.Level.Rank() >= o.Level.Rank())
	}
}

// telling is the best path to each tier-0 row that is reached; where there is
// none, to what else says most: tagged resources, then what is taken over.
func (g *Graph) telling(row uint32, r *surest, t *targets, o Options) (paths []Path, more bool) {
	rows := t.tier0()
	tier0 := len(rows) > 0
	if !tier0 {
		rows = g.second(row, r.Reach, t, o.limit()+1)
	}
	touched := map[uint32]reach.Touch{}
	for _, x := range t.touch {
		if g.marks.tagged[x.Node] {
			touched[x.Node] = x
		}
	}
	far := func(n uint32) int {
		if x, ok := touched[n]; ok && !r.Has(n) {
			return x.Hops
		}
		return r.Hops(n)
	}
	if tier0 {
		slices.SortStableFunc(rows, func(a, b uint32) int { return cmp.Or(cmp.Compare(far(a), far(b)), cmp.Compare(a, b)) })
	}
	for _, n := range rows {
		if len(paths) >= o.limit() {
			more = true
			break
		}
		if p, ok := r.path(n, touched[n].Grade); ok && len(p.Edges) > 0 {
			paths = append(paths, p)
		}
	}
	slices.SortStableFunc(paths, func(a, b Path) int {
		return cmp.Or(cmp.Compare(gradeRank(a.Grade), gradeRank(b.Grade)), cmp.Compare(len(a.Edges), len(b.Edges)))
	})
	return paths, more
}

// second lists up to n of the most telling rows where nothing of tier 0 is reached:
// those that users tagged, else credentials and resources that are taken, then
// identities that lead on, then others, the nearest of each first.
func (g *Graph) second(row uint32, r *reach.Reach, t *targets, n int) []uint32 {
	var tagged []uint32
	for _, x := range t.rows {
		if g.marks.tagged[x] && x != row {
			tagged = append(tagged, x)
		}
	}
	if len(tagged) > 0 {
		return tagged
	}
	last := min(r.Farthest(), maxTelling)
	at := make([][3][]uint32, last+1) // by hops, up to n of each
	for x := range r.All() {
		hops := r.Hops(x)
		if hops < 1 || hops > last {
			continue
		}
		of := &at[hops]
		switch kind := g.Kind(x); {
		case kind == drover.KindCredential || kind == drover.KindResource:
			of[0] = first(of[0], n, x)
		case len(of[1]) == n && len(of[2]) == n || !g.Taker(x):
		case g.leadsOn(x):
			of[1] = first(of[1], n, x)
		default:
			of[2] = first(of[2], n, x)
		}
	}
	var taken [3][]uint32
	for hops := 1; hops <= last && len(taken[0]) < n; hops++ {
		for i, list := range at[hops] {
			taken[i] = append(taken[i], list...)
		}
	}
	all := slices.Concat(taken[:]...)
	return all[:min(len(all), n)]
}

// first adds to a list of n at most.
func first(list []uint32, n int, x uint32) []uint32 {
	if len(list) < n {
		list = append(list, x)
	}
	return list
}

// leadsOn reports whether a row gives anything further.
func (g *Graph) leadsOn(row uint32) bool {
	for range g.reach.Out(row) {
		return true
	}
	return false
}

// maxTelling bounds how far from the subject telling rows are looked for.
const maxTelling = 16

func gradeRank(g drover.Grade) int { return slices.Index(drover.Grades, g) }
