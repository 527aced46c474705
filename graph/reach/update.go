package reach

import (
	"bytes"
	"maps"
	"slices"
)

// Update makes the Batch of a graph that differs from this one's in little, and
// numbers the same nodes alike; it is equal to what g.All would make. Only what
// leads to a difference is looked at again; where that is most of the graph, or
// the hub that most of it leads through, everything is. Changed are the nodes
// whose edges out differ, kinds, levels and grades included; nil: they are found
// by comparing. Options.Without names edges of one graph: it must not be set.
func (b *Batch) Update(g *Graph, changed []uint32) *Batch {
	if changed = slices.Clone(changed); changed == nil {
		changed = changes(b.g, g)
	}
	for n := uint32(b.g.n); int64(n) < int64(g.n); n++ {
		changed = append(changed, n)
	}
	u := newBatch(g, b.targets, b.options)
	node, found := g.pivot(u.lens)
	u.hub = b.hub
	if node != b.hub.node || found != b.hub.found || g.n < b.g.n || len(b.comps) > 2*g.n {
		return g.All(b.targets, b.options)
	}
	again := g.searchMoves(changed, u.lens)
	if again.Len() > g.n/2 || found && again.Has(node) {
		return g.All(b.targets, b.options)
	}
	u.comp = append(slices.Clone(b.comp), make([]uint32, g.n-b.g.n)...)
	u.comps = slices.Clone(b.comps)
	u.store.chunks = slices.Clip(b.store.chunks)
	u.sets.words, u.sets.numbers = slices.Clip(b.sets.words), maps.Clone(b.sets.numbers)
	u.hub.reach = append(slices.Clip(b.hub.reach), make(bitmap, (g.n+63)/64-len(b.hub.reach))...)
	u.fill(again.held)
	u.rank()
	return u
}

// changes are the nodes of both graphs whose edges out differ.
func changes(old, new *Graph) (list []uint32) {
	for n := range uint32(min(old.n, new.n)) {
		a, z := old.out.all(n)
		b, y := new.out.all(n)
		if z-a != y-b || old.out.at[n].mid-a != new.out.at[n].mid-b || !slices.Equal(old.out.ends[a:z], new.out.ends[b:y]) ||
			!bytes.Equal(old.out.class[a:z], new.out.class[b:y]) || !bytes.Equal(old.out.level[a:z], new.out.level[b:y]) {
			list = append(list, n)
		}
	}
	return list
}
