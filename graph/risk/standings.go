package risk

import (
	"context"

	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/reach"
)

// Standings counts what falls with every identity of a graph at once, and returns
// a function that says it. It errors when ctx ends.
func Standings(ctx context.Context, g *effective.Graph) (func(row int) (effective.Standing, bool), error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	batch := g.Batch(effective.Options{})
	return func(row int) (effective.Standing, bool) {
		return standing(g, row, func() reach.Summary { return batch.At(uint32(row)) })
	}, nil
}

// Standing counts what falls with single identities, one by one as they are asked
// for: what is to be known of a few rows of a large graph. Without, where not nil,
// is taken as gone.
func Standing(g *effective.Graph, without *effective.Cut) func(row int) (effective.Standing, bool) {
	return func(row int) (effective.Standing, bool) {
		return standing(g, row, func() reach.Summary { return summary(g, uint32(row), without) })
	}
}

func standing(g *effective.Graph, row int, of func() reach.Summary) (s effective.Standing, ok bool) {
	if row < 0 || row >= g.Len() || !g.Taker(uint32(row)) {
		return s, false
	}
	x := of()
	s = effective.Standing{Row: uint32(row), Reach: x.Reach, Exact: x.Exact, Tier0: x.Tier0}
	if g.Tier0(uint32(row)) {
		s.Tier0-- // not itself
	}
	s.Risk = effective.Risk(s.Reach, s.Tier0)
	return s, true
}

// summary is what a reach.Batch says of one row.
func summary(g *effective.Graph, row uint32, without *effective.Cut) reach.Summary {
	o := reach.Options{}
	if without != nil {
		o.Without, o.CutNodes = reach.NewEdgeSet(without.Edges...), reach.NewNodeSet(without.Rows...)
	}
	r := g.Reach().Blast([]uint32{row}, o)
	s := reach.Summary{Node: row, Reach: max(r.Len()-1, 0), Exact: true}
	for n := range r.All() {
		if g.Tier0(n) {
			s.Tier0++
		}
	}
	for t := range r.Touched() {
		s.Reach++
		if g.Tier0(t.Node) {
			s.Tier0++
		}
	}
	return s
}
