package filter

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// Folded holds texts in lower case, end to end: a search for a part of a text
// goes over all rows at once, at the speed of memory.
type Folded struct {
	data []byte
	ends []uint64 // where each row ends in data
	some bitset   // rows that have a text

	once  sync.Once
	grams atomic.Pointer[grams] // nil: there is none yet
}

// border ends each text. It is no part of UTF-8, so that no search crosses it.
const border = 0xff

// NewFolded holds the texts of the rows, those that add is given by texts(row).
func NewFolded(rows int, texts func(row int, add func(string))) *Folded {
	f := &Folded{ends: make([]uint64, rows), some: newBitset(rows)}
	i := 0
	add := func(s string) {
		if s != "" {
			f.some.set(i)
			f.data = append(append(f.data, strings.ToLower(s)...), border)
		}
	}
	for i = range rows {
		texts(i, add)
		f.ends[i] = uint64(len(f.data))
	}
	return f
}

// Begins reports whether the first text of a row begins with another, which is in lower
// case, and whether it is that.
func (f *Folded) Begins(row int, lower string) (begins, whole bool) {
	from := uint64(0)
	if row > 0 {
		from = f.ends[row-1]
	}
	text := f.data[from:f.ends[row]]
	if len(text) <= len(lower) || string(text[:len(lower)]) != lower {
		return false, false
	}
	return true, text[len(lower)] == border
}

// search marks the rows of which a text holds lower.
func (f *Folded) search(lower string, hits bitset) {
	want, g := []byte(lower), f.grams.Load()
	find := newFinder(want, nil)
	if g != nil {
		find = newFinder(want, g.freq)
	}
	if g != nil && len(want) > 2 {
		if blocks, ok := g.blocks(want, len(f.ends)); ok {
			f.searchBlocks(blocks, find, hits)
			return
		}
	}
	parts := 1
	if len(f.data) > parallelFrom {
		parts = min(runtime.GOMAXPROCS(0), 8)
	}
	// Each part has words of the bitset of its own.
	words := (len(hits) + parts - 1) / parts
	var wg sync.WaitGroup
	for p := 1; p < parts; p++ {
		wg.Go(func() { f.searchRows(min(p*words*64, len(f.ends)), min((p+1)*words*64, len(f.ends)), find, hits) })
	}
	f.searchRows(0, min(words*64, len(f.ends)), find, hits)
	wg.Wait()
}

// parallelFrom is how many bytes are worth more than one core.
const parallelFrom = 1 << 20

// searchRows marks those of some rows of which a text holds what is looked for.
func (f *Folded) searchRows(from, to int, find *finder, hits bitset) {
	want := find.want
	if from >= to {
		return
	}
	row, at := from, 0
	if from > 0 {
		at = int(f.ends[from-1])
	}
	data := f.data[:f.ends[to-1]]
	for at < len(data) {
		if at = find.in(data, at); at < 0 {
			return
		}
		for f.ends[row] <= uint64(at) {
			row++
		}
		hits.set(row)
		// Names are made alike: the next may hold it at the same place.
		in := at
		if row > 0 {
			in -= int(f.ends[row-1])
		}
		for at = int(f.ends[row]); row+1 < to; at = int(f.ends[row]) {
			next := f.data[at:f.ends[row+1]]
			if in+len(want) > len(next) || string(next[in:in+len(want)]) != string(want) {
				break
			}
			row++
			hits.set(row)
		}
	}
}

// Lazily makes a Folded when it is first asked for.
func Lazily(make func() *Folded) func() *Folded { return sync.OnceValue(make) }

// searchable reports whether the comparison is a search for a part of a text,
// which folded texts answer.
func (c compare) searchable() bool {
	return !c.unknown && c.op == ":" && !c.field.Enum && c.text != "" && strings.IndexByte(c.text, '*') < 0 && strings.IndexByte(c.text, border) < 0
}

// inverse is every row that is not in b.
func (b bitset) inverse(rows int) bitset {
	out := make(bitset, len(b))
	for i := range b {
		out[i] = ^b[i]
	}
	if n := rows & 63; n > 0 {
		out[len(out)-1] &= 1<<n - 1
	}
	return out
}
