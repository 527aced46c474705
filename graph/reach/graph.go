package reach

import (
	"iter"
	"sort"
	"sync"

	"github.com/droverhq/drover"
)

// A Graph is immutable and safe for concurrent use. Its edges are numbered from
// 0 by their From, then what moves before what touches, then by To, kind, level
// and info: equal sets of edges make equal graphs, in whatever order they came.
type Graph struct {
	n      int
	out    rows // of a node: its edges, by number
	in     rows // of a node: the edges that end there, by From
	infos  infoTable
	refs   refTable
	grades uint8  // those that occur, as bits
	fedOut bitmap // nodes that a move leads to
	fedIn  bitmap // nodes that a move leads from

	halves sync.Pool // room for Shortest
	room   sync.Pool // of *[]uint8: room for searches
	backs  backs     // for Paths
}

// rows are the edges of each node in one direction, end to end.
type rows struct {
	at    []bounds // one more than nodes
	ends  []uint32 // the other end of each
	class []uint8
	level []uint8
}

// bounds say where the edges of a node begin, and where, among them, those that
// only touch.
type bounds struct{ start, mid uint32 }

func (r *rows) all(n uint32) (lo, hi uint32)     { return r.at[n].start, r.at[n+1].start }
func (r *rows) moves(n uint32) (lo, hi uint32)   { return r.at[n].start, r.at[n].mid }
func (r *rows) touches(n uint32) (lo, hi uint32) { return r.at[n].mid, r.at[n+1].start }

// Len is the number of nodes.
func (g *Graph) Len() int { return g.n }

// Edges is the number of edges.
func (g *Graph) Edges() int { return len(g.out.ends) }

// Ends returns the two nodes of an edge.
func (g *Graph) Ends(e uint32) (from, to uint32) {
	next := g.out.at[1:]
	return uint32(sort.Search(len(next), func(i int) bool { return next[i].start > e })), g.out.ends[e]
}

// Edge returns an edge by its number.
func (g *Graph) Edge(e uint32) Edge {
	from, to := g.Ends(e)
	c := g.out.class[e]
	return Edge{From: from, To: to, Kind: drover.EdgeKinds[c&kindMask], Move: c&moveBit != 0, Level: levelAt(g.out.level[e]), Grade: drover.Grades[gradeOf(c)], Info: g.infos.of(e)}
}

// Out yields the edges that begin at n: moves first, then by To.
func (g *Graph) Out(n uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for e, end := g.out.all(n); e < end; e++ {
			if !yield(e) {
				return
			}
		}
	}
}

// Moves yields the moves that begin at n, by To, with their numbers and without Info.
func (g *Graph) Moves(n uint32) iter.Seq2[uint32, Edge] {
	return func(yield func(uint32, Edge) bool) {
		for e, end := g.out.moves(n); e < end; e++ {
			c := g.out.class[e]
			if !yield(e, Edge{From: n, To: g.out.ends[e], Kind: drover.EdgeKinds[c&kindMask], Move: true, Level: levelAt(g.out.level[e]), Grade: drover.Grades[gradeOf(c)]}) {
				return
			}
		}
	}
}

// In yields the edges that end at n: moves first, then by From.
func (g *Graph) In(n uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i, end := g.in.all(n); i < end; i++ {
			if !yield(g.inbound(n, i)) {
				return
			}
		}
	}
}

// Between yields the edges from one node to another, moves first: the other ways
// to take a step of a path.
func (g *Graph) Between(from, to uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		r := &g.out
		for _, part := range [2]func(uint32) (uint32, uint32){r.moves, r.touches} {
			lo, hi := part(from)
			for e := lowerBound(r.ends, lo, hi, to); e < hi && r.ends[e] == to; e++ {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// inbound returns the number of the edge at place i of the edges that end at n.
// It is found, not kept: of several between the same two nodes, both directions
// have the same order.
func (g *Graph) inbound(n, i uint32) uint32 {
	from := g.in.ends[i]
	first, last := g.in.moves(n)
	lo, hi := g.out.moves(from)
	if i >= last {
		first = last
		lo, hi = g.out.touches(from)
	}
	nth := i - lowerBound(g.in.ends, first, i, from)
	return lowerBound(g.out.ends, lo, hi, n) + nth
}

// lowerBound is the first place of s[lo:hi], which ascends, that is not below v.
func lowerBound(s []uint32, lo, hi, v uint32) uint32 {
	for lo < hi {
		if mid := lo + (hi-lo)/2; s[mid] < v {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
