package reach

import (
	"iter"
	"maps"
	"math/bits"
	"slices"
)

// A bitmap is a set of numbers below 64 times its length.
type bitmap []uint64

func newBitmap(n int) bitmap { return make(bitmap, (n+63)/64) }

func (b bitmap) has(i uint32) bool { return b[i>>6]>>(i&63)&1 != 0 }
func (b bitmap) set(i uint32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitmap) clear(i uint32)    { b[i>>6] &^= 1 << (i & 63) }

// and returns what is in both, which are of one length.
func (b bitmap) and(c bitmap) bitmap {
	both := make(bitmap, len(b))
	for i, w := range b {
		both[i] = w & c[i]
	}
	return both
}

func (b bitmap) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// all yields the members in ascending order.
func (b bitmap) all() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i, w := range b {
			for ; w != 0; w &= w - 1 {
				if !yield(uint32(i<<6 + bits.TrailingZeros64(w))) {
					return
				}
			}
		}
	}
}

// An EdgeSet is a set of edge numbers of one Graph. The zero value is empty; nil
// is the same as empty. Adding while a query reads it is a race.
type EdgeSet struct{ m map[uint32]struct{} }

// NewEdgeSet returns the set of these edges.
func NewEdgeSet(edges ...uint32) *EdgeSet {
	s := &EdgeSet{}
	for _, e := range edges {
		s.Add(e)
	}
	return s
}

// Add puts an edge in.
func (s *EdgeSet) Add(e uint32) {
	if s.m == nil {
		s.m = map[uint32]struct{}{}
	}
	s.m[e] = struct{}{}
}

// Has reports whether e is in.
func (s *EdgeSet) Has(e uint32) bool {
	if s == nil {
		return false
	}
	_, ok := s.m[e]
	return ok
}

// Len is the number of edges in it.
func (s *EdgeSet) Len() int {
	if s == nil {
		return 0
	}
	return len(s.m)
}

// All yields the edges in ascending order.
func (s *EdgeSet) All() iter.Seq[uint32] {
	if s == nil {
		return func(func(uint32) bool) {}
	}
	return slices.Values(slices.Sorted(maps.Keys(s.m)))
}

// NodeBits are a set of nodes of a graph, a bit each: for sets that may be large.
type NodeBits struct{ b bitmap }

// NewNodeBits returns an empty set of nodes below n.
func NewNodeBits(n int) NodeBits { return NodeBits{newBitmap(n)} }

// Add puts a node in, and Has reports whether it is; of nodes not below n they panic.
func (s NodeBits) Add(n uint32)      { s.b.set(n) }
func (s NodeBits) Has(n uint32) bool { return s.b.has(n) }

// A NodeSet is a set of nodes; nil and the zero value are empty. Adding while a
// query reads it is a race.
type NodeSet struct{ EdgeSet }

// NewNodeSet returns the set of these nodes.
func NewNodeSet(nodes ...uint32) *NodeSet {
	return &NodeSet{*NewEdgeSet(nodes...)}
}

func (s *NodeSet) set() *EdgeSet {
	if s == nil {
		return nil
	}
	return &s.EdgeSet
}
