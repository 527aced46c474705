package filter

import (
	"math/bits"
	"slices"
)

// A Table is what a filter is evaluated over: columns of equal length, filled
// once and then only read. Rows are numbered from 0.
type Table struct {
	Rows    int
	Columns map[string]*Column // by field name

	// Words lists the texts of a row that a bare word is looked for in.
	Words func(row int) []string
	// Searched, when set, are the columns that hold the texts of Words, each with its
	// Folded.
	Searched []string
	// Attr returns a function that returns the raw JSON of the vendor's field at
	// the path in a row, nil where there is none or it is null.
	Attr func(path []string) func(row int) []byte

	// Masks, when set, keeps what comparisons came to.
	Masks *Masks
}

// A Column holds the values of one field. Exactly one of its forms is filled.
type Column struct {
	// Dict and Codes: one of few values per row. Dict[0] must be "", unknown.
	Dict  []string
	Codes []uint32

	// Dict, Codes and Ends: several values per row; those of row i are
	// Codes[Ends[i-1]:Ends[i]]. An empty list is known to be empty.
	Ends []uint32

	// Ints: one number or moment (Unix seconds) per row; Unknown where not known.
	// Numbers is the same, made when it is first asked for.
	Ints    []int64
	Numbers func() []int64

	// Text: one of many values per row, "" where not known.
	Text func(row int) string
	// Texts: several of many values per row. An empty list is known to be empty.
	Texts func(row int) []string

	// Folded, when set, holds what Text or Texts return.
	Folded func() *Folded

	// None is what the value "none" stands for: rows that are known to have no
	// value. It is set for fields such as owner, where nothing is an answer.
	None bool

	// Bare, when set, is compared where a value has no dot: `type=bot`.
	Bare *Column
}

// Int64s are the numbers of a column, nil where it holds none.
func (c *Column) Int64s() []int64 {
	if c.Ints == nil && c.Numbers != nil {
		return c.Numbers()
	}
	return c.Ints
}

// Unknown is the number that stands for no known number.
const Unknown = -1 << 63

// A mask is the outcome of one step for all rows. A row in neither is unknown.
type mask struct {
	yes, no bitset
	shared  bool // others read it: it is not changed
}

// and joins two, in the memory of one that nobody else has.
func (m mask) and(o mask) mask {
	m, o = owned(m, o)
	for i := range m.yes {
		m.yes[i] &= o.yes[i]
		m.no[i] |= o.no[i]
	}
	return m
}

// or joins two, in the memory of one that nobody else has.
func (m mask) or(o mask) mask {
	m, o = owned(m, o)
	for i := range m.yes {
		m.yes[i] |= o.yes[i]
		m.no[i] &= o.no[i]
	}
	return m
}

// owned returns both, first one that may be changed.
func owned(m, o mask) (mask, mask) {
	if m.shared {
		m, o = o, m
	}
	return m.own(), o
}

// own is the mask, or a copy where others read it.
func (m mask) own() mask {
	if m.shared {
		m = mask{yes: slices.Clone(m.yes), no: slices.Clone(m.no)}
	}
	return m
}

type bitset []uint64

func newBitset(rows int) bitset { return make(bitset, (rows+63)/64) }

func (b bitset) set(i int) { b[i>>6] |= 1 << (i & 63) }

func (b bitset) and(o bitset) bitset {
	out := make(bitset, len(b))
	for i := range b {
		out[i] = b[i] & o[i]
	}
	return out
}

func (b bitset) rows() []uint32 {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	out := make([]uint32, 0, n)
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			out = append(out, uint32(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return out
}

// each fills a mask from a function of the row: 1 yes, -1 no, 0 unknown.
func each(rows int, f func(i int) int) mask {
	m := mask{yes: newBitset(rows), no: newBitset(rows)}
	for base := 0; base < rows; base += 64 {
		var yes, no uint64
		for i := base; i < min(base+64, rows); i++ {
			switch f(i) {
			case 1:
				yes |= 1 << (i & 63)
			case -1:
				no |= 1 << (i & 63)
			}
		}
		m.yes[base>>6], m.no[base>>6] = yes, no
	}
	return m
}
