package graph

import (
	"cmp"
	"slices"
	"strings"
)

// byName returns the place of each row that is asserted in the order of name,
// then ref: lists are shown in it, and sorting a million names for each of them
// would take longer than all else.
func (s *Snapshot) byName() []uint32 {
	type key struct {
		head uint64 // the first eight bytes of the name
		row  uint32
	}
	keys := make([]key, s.seen)
	for i := range keys {
		keys[i].row = uint32(i)
		name := s.Name(i)
		for b := range min(8, len(name)) {
			keys[i].head |= uint64(name[b]) << (56 - 8*b)
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if c := cmp.Compare(a.head, b.head); c != 0 {
			return c
		}
		if c := strings.Compare(s.Name(int(a.row)), s.Name(int(b.row))); c != 0 {
			return c
		}
		return strings.Compare(s.rows.ref(int(a.row)), s.rows.ref(int(b.row)))
	})
	place := make([]uint32, s.seen)
	for i, k := range keys {
		place[k.row] = uint32(i)
	}
	return place
}

// SortByName orders rows that sources assert by name, from the last on when desc,
// then by ref.
func (s *Snapshot) SortByName(rows []uint32, desc bool) {
	if len(rows) < s.seen/16 {
		slices.SortFunc(rows, func(a, b uint32) int { return cmp.Compare(s.order[a], s.order[b]) })
	} else {
		at := make([]uint32, s.seen) // row + 1 by place
		for _, r := range rows {
			at[s.order[r]] = r + 1
		}
		n := 0
		for _, r := range at {
			if r > 0 {
				rows[n] = r - 1
				n++
			}
		}
	}
	if !desc {
		return
	}
	slices.Reverse(rows)
	for from := 0; from < len(rows); { // refs ascend among equal names
		to := from + 1
		for to < len(rows) && s.Name(int(rows[to])) == s.Name(int(rows[from])) {
			to++
		}
		slices.Reverse(rows[from:to])
		from = to
	}
}
