package filter

import (
	"bytes"
	"strings"
	"sync"
)

// Folded holds texts in lower case, end to end: a search for a part of a text
// goes over all rows at once, at the speed of memory.
type Folded struct {
	data []byte
	ends []uint64 // where each row ends in data
	some bitset   // rows that have a text
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

// search marks the rows of which a text holds lower.
func (f *Folded) search(lower string, hits bitset) {
	want := []byte(lower)
	row, at := 0, 0
	for at < len(f.data) {
		k := bytes.Index(f.data[at:], want)
		if k < 0 {
			return
		}
		at += k
		for f.ends[row] <= uint64(at) {
			row++
		}
		hits.set(row)
		at = int(f.ends[row])
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
