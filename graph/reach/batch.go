package reach

import (
	"iter"
	"slices"
)

// A Batch says of every node how much falls with it. It is immutable but for
// what Update makes of it, and safe for concurrent use.
type Batch struct {
	g        *Graph
	options  Options
	lens     *lens
	targets  []uint32 // ascending, each once
	targetN  map[uint32]int
	isTarget bitmap

	comp  []uint32 // of each node; nodes of one hold each other
	comps []component
	store sketchStore
	sets  *setTable
	hub   hub
	top   []Summary

	counted map[uint32]int // sizes of components that were estimated first, for top
}

// A component reaches a set of nodes, itself included. Most of large sets is the
// same, what the hub reaches: a component that leads to the hub reaches all of
// that, so only what it reaches beyond is kept. Others keep both parts.
type component struct {
	beyond, within place  // of the hub's reach; within is not kept if toHub
	reach          uint32 // how many nodes, one apart
	targets        uint32 // number of a set
	toHub, exact   bool
}

// The hub is the component of the node that most goes through.
type hub struct {
	node  uint32
	found bool
	reach bitmap // what it holds or touches
	size  int
}

// A Summary is what a Batch says of one node.
type Summary struct {
	Node  uint32
	Reach int  // nodes that it holds or touches, itself apart
	Exact bool // whether Reach was counted; else it is an estimate, its standard error 4.6 %
	Tier0 int  // of the targets, those that it is, holds or touches; always exact
}

// All counts for every node at once what Blast finds for one. MaxHops does not
// count here. Targets are exact. So are sizes of what leads to the hub and not far
// beyond it, and of sets of up to 128; others are estimated, and of these the
// ones among the thousand that then reach most are counted.
func (g *Graph) All(tier0 []uint32, o Options) *Batch {
	b := newBatch(g, tier0, o)
	b.comp = make([]uint32, g.n)
	b.hub.node, b.hub.found = g.pivot(b.lens)
	b.fill(nil)
	b.rank()
	return b
}

func newBatch(g *Graph, tier0 []uint32, o Options) *Batch {
	o.MaxHops = 0
	b := &Batch{g: g, options: o, lens: g.lens(o), targetN: map[uint32]int{}, isTarget: newBitmap(g.n)}
	for _, n := range slices.Compact(slices.Sorted(slices.Values(tier0))) {
		if int64(n) < int64(g.n) {
			b.targetN[n] = len(b.targets)
			b.isTarget.set(n)
			b.targets = append(b.targets, n)
		}
	}
	b.sets = newSetTable(len(b.targets))
	return b
}

// pivot is the node with most ways through it; false if nothing leads through any.
func (g *Graph) pivot(l *lens) (node uint32, ok bool) {
	most := uint64(0)
	for n := range uint32(g.n) {
		inLo, inHi := g.in.moves(n)
		outLo, outHi := g.out.moves(n)
		if ways := uint64(inHi-inLo) * uint64(outHi-outLo); ways > most && !l.gone.Has(n) {
			node, most, ok = n, ways, true
		}
	}
	return node, ok
}

// Len is the number of nodes.
func (b *Batch) Len() int { return b.g.n }

// At returns what falls with one node.
func (b *Batch) At(n uint32) Summary {
	x := &b.comps[b.comp[n]]
	s := Summary{Node: n, Reach: int(x.reach), Exact: x.exact, Tier0: b.sets.size(x.targets)}
	if !s.Exact {
		if counted, ok := b.counted[b.comp[n]]; ok {
			s.Reach, s.Exact = counted, true
		}
	}
	return s
}

// All yields the summary of every node, in order.
func (b *Batch) All() iter.Seq[Summary] {
	return func(yield func(Summary) bool) {
		for n := range uint32(b.g.n) {
			if !yield(b.At(n)) {
				return
			}
		}
	}
}

// Tier0 yields the targets that a node is, holds or touches, ascending.
func (b *Batch) Tier0(n uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i := range b.sets.members(b.comps[b.comp[n]].targets) {
			if !yield(b.targets[i]) {
				return
			}
		}
	}
}

// Top lists the nodes that reach most, at most a thousand, the greatest first;
// of equals, the one with the lower number. Each is exact; one whose estimate was
// too low to be among the thousand is missed.
func (b *Batch) Top() []Summary { return slices.Clone(b.top) }
