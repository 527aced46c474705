package effective

import (
	"context"
	"iter"
	"math"

	"github.com/droverhq/drover/graph/reach"
)

// A Choke is one row or one edge without which sources would not get to targets.
type Choke struct {
	Row    uint32 // where IsEdge is false
	Edge   uint32 // where it is true
	IsEdge bool

	Pairs   int // of a source and a target that it joins
	Sources int // that would get to no target any more
	Targets int // that no source would get to any more
}

// Chokes lists what most ways to tier 0 go through, the most first. From empty: all
// identities. To empty: all of tier 0. At most o.Limit are listed.
func (g *Graph) Chokes(ctx context.Context, from, to []uint32, o Options) ([]Choke, error) {
	from, to = g.heads(from), g.heads(to)
	if len(to) == 0 {
		to = g.Tier0Rows()
	}
	if len(from) == 0 {
		for i := range g.Len() {
			if row := uint32(i); g.Taker(row) && g.in.head(row) == row {
				from = append(from, row)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []Choke
	for _, c := range g.reach.Choke(from, to, o.reach()) {
		if len(out) == o.limit() {
			break
		}
		out = append(out, Choke{Row: c.Node, Edge: c.Edge, IsEdge: c.IsEdge, Pairs: c.Pairs, Sources: c.Sources, Targets: c.Targets})
	}
	return out, ctx.Err()
}

// A Standing is the blast radius of one identity in numbers.
type Standing struct {
	Row   uint32
	Reach int  // rows that it takes over or touches by edges of the graph; what profiles let it do to other resources is not in it
	Exact bool // else Reach is within a tenth
	Tier0 int  // of tier 0, exactly
	Risk  int  // 0 to 100: see Risk
}

// Risk puts a blast radius in one number from 0 to 100: 50 for the first of tier 0
// and 5 for each further one, 20 at most; and 6 for each tenfold of rows reached,
// 30 at most. It orders identities by what falls with them, and says nothing of
// how likely that is.
func Risk(rows, tier0 int) int {
	risk := min(30, 6*math.Log10(1+float64(max(rows, 0))))
	if tier0 > 0 {
		risk += 50 + 5*float64(min(tier0-1, 4))
	}
	return int(math.Round(risk))
}

// Batch counts the reach of all rows at once. It can be brought up to date with
// Update for a graph of the same rows; Standings reads it.
func (g *Graph) Batch(o Options) *reach.Batch { return g.reach.All(g.Tier0Rows(), o.reach()) }

// Standings yields the standing of every identity, by row.
func (g *Graph) Standings(b *reach.Batch) iter.Seq[Standing] {
	return func(yield func(Standing) bool) {
		for s := range b.All() {
			if !g.Taker(s.Node) || g.in.head(s.Node) != s.Node {
				continue
			}
			x := Standing{Row: s.Node, Reach: s.Reach, Exact: s.Exact, Tier0: s.Tier0}
			if g.Tier0(s.Node) {
				x.Tier0-- // not itself
			}
			if x.Risk = Risk(x.Reach, x.Tier0); !yield(x) {
				return
			}
		}
	}
}
