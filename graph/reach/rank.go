package reach

import (
	"cmp"
	"maps"
	"slices"
)

const topMost = 1000

// rank lists the nodes that reach most, and counts those among them that are
// only estimated.
func (b *Batch) rank() {
	order := func(x, y Summary) int { return cmp.Or(cmp.Compare(y.Reach, x.Reach), cmp.Compare(x.Node, y.Node)) }
	least := -1
	for n := range uint32(b.g.n) {
		if int(b.comps[b.comp[n]].reach) <= least {
			continue
		}
		b.top = append(b.top, b.At(n))
		if len(b.top) == 8*topMost {
			slices.SortFunc(b.top, order)
			b.top = b.top[:topMost]
			least = b.top[topMost-1].Reach
		}
	}
	slices.SortFunc(b.top, order)
	b.top = slices.Clone(b.top[:min(len(b.top), topMost)])
	wanted := map[uint32]int{}
	for i := range b.top {
		if !b.top[i].Exact {
			wanted[b.comp[b.top[i].Node]] = 0
		}
	}
	if len(wanted) == 0 {
		return
	}
	b.counted = b.count(slices.Sorted(maps.Keys(wanted)))
	for i := range b.top {
		b.top[i] = b.At(b.top[i].Node)
	}
	slices.SortFunc(b.top, order)
}

const (
	passWidth = 512 // components counted in one pass
	passWords = passWidth / 64
)

type passSet [passWords]uint64

// count counts what components reach, by what they lead to: each component hands
// the set of those that reach it on to the next.
func (b *Batch) count(comps []uint32) map[uint32]int {
	starts, nodes := b.members()
	counts := map[uint32]int{}
	sets := make([]passSet, len(b.comps))
	for part := range slices.Chunk(comps, passWidth) {
		clear(sets)
		for i, c := range part {
			sets[c][i>>6] |= 1 << (i & 63)
		}
		var t tally
		for c := int(part[len(part)-1]); c >= 0; c-- {
			if sets[c] == (passSet{}) {
				continue
			}
			members := nodes[starts[c]:starts[c+1]]
			t.add(&sets[c], len(members))
			b.handOn(sets, uint32(c), members)
		}
		b.countTouched(sets, &t)
		for i, c := range part {
			counts[c] = t.count(i) - 1
		}
	}
	return counts
}

func (b *Batch) handOn(sets []passSet, c uint32, members []uint32) {
	last := c
	for _, n := range members {
		lo, hi := b.g.out.moves(n)
		for i, to := range b.g.out.ends[lo:hi] {
			next := b.comp[to]
			if next == c || next == last || !b.passes(lo+uint32(i), to) {
				continue
			}
			last = next
			for w, v := range sets[c] {
				sets[next][w] |= v
			}
		}
	}
}

// countTouched adds the rows that are touched and not held.
func (b *Batch) countTouched(sets []passSet, t *tally) {
	g := b.g
	for n := range uint32(g.n) {
		lo, hi := g.in.touches(n)
		if lo == hi || b.lens.gone.Has(n) {
			continue
		}
		var by passSet
		last := b.comp[n]
		for i := lo; i < hi; i++ {
			c := b.comp[g.in.ends[i]]
			if c == last || !b.lens.plain && !b.lens.passesIn(n, i) {
				continue
			}
			last = c
			for w, v := range sets[c] {
				by[w] |= v
			}
		}
		for w, v := range sets[b.comp[n]] {
			by[w] &^= v
		}
		t.add(&by, 1)
	}
}

// members are the nodes of each component, those of c from starts[c] to
// starts[c+1].
func (b *Batch) members() (starts, nodes []uint32) {
	starts, nodes = make([]uint32, len(b.comps)+2), make([]uint32, b.g.n)
	for _, c := range b.comp {
		starts[c+2]++
	}
	for i := 2; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	for n, c := range b.comp {
		nodes[starts[c+1]] = uint32(n)
		starts[c+1]++
	}
	return starts[:len(b.comps)+1], nodes
}

// A tally counts, for each of 512 places, in how many sets it is: digit k of all
// counts of a word lies in one word.
type tally [passWords][32]uint64

func (t *tally) add(s *passSet, times int) {
	for w, v := range s {
		if v == 0 {
			continue
		}
		for k := 0; times>>k != 0; k++ {
			if times>>k&1 == 0 {
				continue
			}
			for d, carry := k, v; carry != 0; d++ {
				t[w][d], carry = t[w][d]^carry, t[w][d]&carry
			}
		}
	}
}

func (t *tally) count(i int) int {
	n := 0
	for d, word := range t[i>>6] {
		n |= int(word>>(i&63)&1) << d
	}
	return n
}
