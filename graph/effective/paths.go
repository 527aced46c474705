package effective

import (
	"context"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/reach"
)

// A Path leads from one row to another. Nodes has one more than Edges, which are
// numbers for Graph.Edge.
type Path struct {
	Nodes []uint32
	Edges []uint32
	Grade drover.Grade // the weakest of its edges'
}

// Hops is the number of its edges.
func (p Path) Hops() int { return len(p.Edges) }

// Techniques names those that its edges use, in order.
func (g *Graph) Techniques(p Path) (out []string) {
	for _, e := range p.Edges {
		if t := g.reach.Edge(e).Info.Technique; t != "" {
			out = append(out, t)
		}
	}
	return out
}

// Paths lists distinct paths from any of from to any of to: the surest first,
// then the shortest. More is true where there may be others beyond o.Limit.
// o.Level is asked of a touch at the end of a path. What is both is no path; where
// that is the only one of from, the ways are listed from it to the others.
func (g *Graph) Paths(ctx context.Context, from, to []uint32, o Options) (paths []Path, more bool) {
	if ctx.Err() != nil {
		return nil, true
	}
	a, b := g.heads(from), g.heads(to)
	if len(a) == 1 {
		b = slices.DeleteFunc(b, func(n uint32) bool { return n == a[0] })
	}
	list, more := g.reach.Paths(a, b, o.reach(), o.limit())
	for _, p := range list {
		paths = append(paths, Path(p))
	}
	return paths, more
}

func (g *Graph) heads(rows []uint32) []uint32 {
	out := make([]uint32, 0, len(rows))
	for _, r := range rows {
		if int(r) < g.Len() {
			out = append(out, g.in.head(r))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A surest finds the best path that a search found to a row: the surest, of those
// the shortest. A search finds a shortest path whatever its grade, so where there
// is a surer one it searches again over the surer edges, once a grade.
type surest struct {
	*reach.Reach
	again  func(o reach.Options) *reach.Reach
	o      reach.Options
	better map[drover.Grade]*reach.Reach
}

func (g *Graph) forth(from []uint32, o Options) *surest {
	again := func(o reach.Options) *reach.Reach { return g.reach.Blast(from, o) }
	return &surest{again(o.reach()), again, o.reach(), map[drover.Grade]*reach.Reach{}}
}

func (g *Graph) back(to []uint32, o reach.Options) *surest {
	again := func(o reach.Options) *reach.Reach { return g.reach.Reverse(to, o) }
	return &surest{again(o), again, o, map[drover.Grade]*reach.Reach{}}
}

// free gives the memory of its searches back.
func (s *surest) free() {
	s.Free()
	for _, r := range s.better {
		r.Free()
	}
}

// path is the best path to a row that is held, or touched at that grade at best.
func (s *surest) path(row uint32, touched drover.Grade) (Path, bool) {
	p, ok := s.Path(row)
	want := touched
	if s.Has(row) {
		want = s.Grade(row)
	}
	if !ok || want == "" || gradeRank(p.Grade) <= gradeRank(want) {
		return Path(p), ok
	}
	if s.better[want] == nil {
		o := s.o
		o.MinGrade = want
		s.better[want] = s.again(o)
	}
	if q, ok := s.better[want].Path(row); ok {
		p = q
	}
	return Path(p), true
}
