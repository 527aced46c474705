package engine

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

// An order is every row that a source asserts in the order of one field, equal
// ones by ref.
type order struct {
	rows  []uint32 // in order
	place []uint32 // of each row in rows
}

// maxOrders bounds how many orders a snapshot keeps: 8 bytes a row each.
const maxOrders = 12

// orderBy returns the order of a field, "-field" for descending; "" is name.
func (s *Snapshot) orderBy(ctx context.Context, by string) (*order, error) {
	name, desc := strings.CutPrefix(by, "-")
	if name == "" {
		name = "name"
	}
	col := s.Table().Columns[name]
	if col == nil || col.Ends != nil || col.Texts != nil {
		return nil, fmt.Errorf("cannot sort by %q: %w", name, drover.ErrInvalid)
	}
	ints := col.Int64s() // of risk also says that it was asked for
	if err := s.risk.failed(); err != nil {
		return nil, err
	}
	h := s.held
	key := name
	if desc {
		key = "-" + name
	}
	h.mu.Lock()
	l := h.orders[key]
	if l == nil {
		if len(h.orders) >= maxOrders {
			clear(h.orders)
		}
		l = &lazy[*order]{}
		h.orders[key] = l
	}
	h.mu.Unlock()
	return l.get(ctx, h.apart(), func(ctx context.Context) (*order, error) { return h.order(ctx, name, col, ints, desc) })
}

func (h *held) order(ctx context.Context, name string, col *filter.Column, ints []int64, desc bool) (*order, error) {
	rows := make([]uint32, h.s.Seen())
	for i := range rows {
		rows[i] = uint32(i)
	}
	if name == "name" {
		h.s.SortByName(rows, desc)
		return placed1(rows), ctx.Err()
	}
	refs, err := h.refOrder(ctx)
	if err != nil {
		return nil, err
	}
	copy(rows, refs)
	sortByKey(rows, sortKeys(len(rows), name, col, ints, desc))
	return placed1(rows), ctx.Err()
}

func placed1(rows []uint32) *order {
	o := &order{rows, make([]uint32, len(rows))}
	for i, r := range rows {
		o.place[r] = uint32(i)
	}
	return o
}

// sortKeys are numbers that order rows as sort does: what is not known comes last
// among numbers, whichever way the rest is ordered, and the older has more age.
func sortKeys(n int, name string, col *filter.Column, ints []int64, desc bool) []uint64 {
	keys := make([]uint64, n)
	if ints != nil {
		for i := range keys {
			k := uint64(ints[i]) ^ 1<<63
			if desc != (name == "age") {
				k = ^k
			}
			if ints[i] == filter.Unknown {
				k = ^uint64(0)
			}
			keys[i] = k
		}
		return keys
	}
	codes, dict := col.Codes, col.Dict
	if codes == nil {
		codes, dict = code(n, col.Text)
	}
	rank := ranks(dict)
	for i := range keys {
		keys[i] = uint64(rank[codes[i]])
		if desc {
			keys[i] = uint64(len(dict)) - keys[i]
		}
	}
	return keys
}

// code gives each distinct text a number.
func code(n int, text func(i int) string) (codes []uint32, dict []string) {
	of := map[string]uint32{"": 0}
	dict = []string{""}
	codes = make([]uint32, n)
	for i := range codes {
		t := text(i)
		c, ok := of[t]
		if !ok {
			c = uint32(len(dict))
			of[t] = c
			dict = append(dict, t)
		}
		codes[i] = c
	}
	return codes, dict
}

// ranks is the place of each text in the order of all, the same for equal ones.
func ranks(dict []string) []uint32 {
	by := make([]uint32, len(dict))
	for i := range by {
		by[i] = uint32(i)
	}
	slices.SortFunc(by, func(a, b uint32) int { return strings.Compare(dict[a], dict[b]) })
	rank := make([]uint32, len(dict))
	for i, c := range by {
		switch {
		case i > 0 && dict[c] == dict[by[i-1]]:
			rank[c] = rank[by[i-1]]
		default:
			rank[c] = uint32(i)
		}
	}
	return rank
}

// sortByKey sorts rows by their keys and keeps the order of equal ones: a pass over
// all for each 16 bits in which keys differ.
func sortByKey(rows []uint32, keys []uint64) {
	var differ uint64
	for _, k := range keys {
		differ |= k ^ keys[0]
	}
	to := make([]uint32, len(rows))
	from := rows
	for shift := 0; shift < 64; shift += 16 {
		if differ>>shift&0xffff == 0 {
			continue
		}
		var at [1<<16 + 1]uint32
		for _, k := range keys {
			at[k>>shift&0xffff+1]++
		}
		for i := range 1 << 16 {
			at[i+1] += at[i]
		}
		for _, r := range from {
			d := keys[r] >> shift & 0xffff
			to[at[d]] = r
			at[d]++
		}
		from, to = to, from
	}
	copy(rows, from)
}

// refOrder is the rows in the order of their refs.
func (h *held) refOrder(ctx context.Context) ([]uint32, error) {
	return h.refs.get(ctx, h.apart(), func(ctx context.Context) ([]uint32, error) {
		n := h.s.Seen()
		// Refs begin alike: system, tenant and type are few, and the rest tells apart.
		_, rank, rest := h.refParts(n)
		type key struct {
			head uint64
			rank uint32
			row  uint32
		}
		keys := make([]key, n)
		for i := range keys {
			var b [8]byte
			copy(b[:], rest(i))
			keys[i] = key{binary.BigEndian.Uint64(b[:]), rank[i], uint32(i)}
		}
		slices.SortFunc(keys, func(a, b key) int {
			switch {
			case a.rank != b.rank:
				return int(a.rank) - int(b.rank)
			case a.head < b.head:
				return -1
			case a.head > b.head:
				return 1
			}
			return strings.Compare(rest(int(a.row)), rest(int(b.row)))
		})
		rows := make([]uint32, n)
		for i, k := range keys {
			rows[i] = k.row
		}
		return rows, ctx.Err()
	})
}

// refParts says of each row the place of its system, tenant and type among all,
// and the rest of its ref: ordering by both is ordering by ref, since the three
// end with the last slash that a ref has.
func (h *held) refParts(n int) (dict []string, rank []uint32, rest func(i int) string) {
	cut := func(i int) int { return strings.LastIndexByte(string(h.s.Ref(i)), '/') + 1 }
	codes, dict := code(n, func(i int) string { return string(h.s.Ref(i))[:cut(i)] })
	of := ranks(dict)
	for i, c := range codes {
		codes[i] = of[c]
	}
	return dict, codes, func(i int) string { return string(h.s.Ref(i))[cut(i):] }
}
