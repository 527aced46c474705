package reach

import (
	"iter"
	"slices"
)

// A Change is what differs for one node between two batches.
type Change struct {
	Node          uint32
	Before, After Summary  // Reach 0 and inexact where the batch has no such node
	Gained, Lost  []uint32 // targets, ascending
}

// Diff yields the nodes for which the size of what they reach, or the targets
// that they reach, differ from an older batch, in ascending order. The graphs of
// both number the same nodes alike. Two sets of one size, or estimated alike,
// that hold no different targets are no change: compare two searches with Differ
// to see what a node reaches now.
func (b *Batch) Diff(old *Batch) iter.Seq[Change] {
	type pair struct{ old, new uint32 }
	type delta struct{ gained, lost []uint32 }
	known := map[pair]delta{} // sets are few
	return func(yield func(Change) bool) {
		for n := range uint32(max(b.g.n, old.g.n)) {
			c := Change{Node: n, Before: Summary{Node: n}, After: Summary{Node: n}}
			var p pair
			if int64(n) < int64(old.g.n) {
				c.Before, p.old = old.At(n), old.comps[old.comp[n]].targets
			}
			if int64(n) < int64(b.g.n) {
				c.After, p.new = b.At(n), b.comps[b.comp[n]].targets
			}
			d, ok := known[p]
			if !ok {
				d.gained, d.lost = compare(old.reached(p.old), b.reached(p.new))
				known[p] = d
			}
			c.Gained, c.Lost = d.gained, d.lost
			if (c.Before != c.After || c.Gained != nil || c.Lost != nil) && !yield(c) {
				return
			}
		}
	}
}

// reached lists the targets of a set.
func (b *Batch) reached(set uint32) []uint32 {
	var list []uint32
	for i := range b.sets.members(set) {
		list = append(list, b.targets[i])
	}
	return list
}

// compare lists what is only in new, and what is only in old; both ascend.
func compare(old, new []uint32) (gained, lost []uint32) {
	for len(old) > 0 || len(new) > 0 {
		switch {
		case len(old) == 0 || len(new) > 0 && new[0] < old[0]:
			gained, new = append(gained, new[0]), new[1:]
		case len(new) == 0 || old[0] < new[0]:
			lost, old = append(lost, old[0]), old[1:]
		default:
			old, new = old[1:], new[1:]
		}
	}
	return gained, lost
}

// Differ compares two answers of Blast, or of Reverse: nodes, ascending, that
// only the second holds or touches, and that only the first does. They may be of
// two graphs that number the same nodes alike, or of one with two Options.
func Differ(before, after *Reach) (gained, lost []uint32) {
	return compare(before.everything(), after.everything())
}

// everything lists what is held or touched, ascending.
func (r *Reach) everything() []uint32 {
	list := slices.Collect(r.All())
	for t := range r.Touched() {
		list = append(list, t.Node)
	}
	slices.Sort(list)
	return list
}
