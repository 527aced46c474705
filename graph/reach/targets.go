package reach

import (
	"iter"
	"math/bits"
)

// A setTable numbers sets of targets; equal sets have one number, 0 is none.
type setTable struct {
	width   int // words of a set
	words   []uint64
	numbers map[uint64][]uint32 // by hash
}

func newSetTable(targets int) *setTable {
	t := &setTable{width: (targets + 63) / 64, numbers: map[uint64][]uint32{}}
	t.number(make([]uint64, t.width))
	return t
}

func (t *setTable) set(number uint32) []uint64 {
	at := int(number) * t.width
	return t.words[at : at+t.width]
}

func (t *setTable) number(set []uint64) uint32 {
	h := uint64(0)
	for _, w := range set {
		h = mix(h ^ w)
	}
	for _, n := range t.numbers[h] {
		if equalWords(t.set(n), set) {
			return n
		}
	}
	n := uint32(0)
	if t.width > 0 {
		n = uint32(len(t.words) / t.width)
	}
	t.words = append(t.words, set...)
	t.numbers[h] = append(t.numbers[h], n)
	return n
}

func equalWords(a, b []uint64) bool {
	for i, w := range a {
		if w != b[i] {
			return false
		}
	}
	return true
}

func (t *setTable) size(number uint32) int {
	n := 0
	for _, w := range t.set(number) {
		n += bits.OnesCount64(w)
	}
	return n
}

func (t *setTable) members(number uint32) iter.Seq[uint32] { return bitmap(t.set(number)).all() }

// A setGather makes the union of sets and of single targets.
type setGather struct {
	table *setTable
	last  uint32 // what it is, as long as words are not in use
	words []uint64
	used  bool
}

func (a *setGather) begin() { a.last, a.used = 0, false }

func (a *setGather) spread() {
	if !a.used {
		a.words = append(a.words[:0], a.table.set(a.last)...)
		a.used = true
	}
}

func (a *setGather) add(target int) {
	a.spread()
	a.words[target>>6] |= 1 << (target & 63)
}

func (a *setGather) union(number uint32) {
	if number == 0 || !a.used && number == a.last {
		return
	}
	if !a.used && a.last == 0 {
		a.last = number
		return
	}
	a.spread()
	for i, w := range a.table.set(number) {
		a.words[i] |= w
	}
}

func (a *setGather) number() uint32 {
	if a.used {
		return a.table.number(a.words)
	}
	return a.last
}
