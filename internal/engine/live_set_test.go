package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The part of a set in an order is the same whether few of its rows are picked out of
// all or most: the first so many from a place on.
func TestSorted(t *testing.T) {
	const all = 200_000
	rnd := rand.New(rand.NewPCG(1, 2))
	rows := make([]uint32, all)
	for i := range rows {
		rows[i] = uint32(i)
	}
	rnd.Shuffle(all, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	o := placed1(slices.Clone(rows))
	for _, many := range []int{0, 1, 63, 5000, 6249, 60_000} {
		s := &set{bits: newBitset(all)}
		for s.n < many {
			if r := uint32(rnd.IntN(all)); !s.bits.has(r) {
				s.bits.set(r)
				s.n++
			}
		}
		for _, n := range []int{0, 1, 7, 51, 3000, all + 1} {
			for _, from := range []int{0, 1, 777, all / 2, all - 3, all} {
				want := []uint32{}
				for at := from; at < all && len(want) < n; at++ {
					if s.bits.has(rows[at]) {
						want = append(want, rows[at])
					}
				}
				if got := o.sorted(s, from, n); !slices.Equal(got, want) {
					t.Fatalf("%d of %d from %d on: %d rows, want %d", n, many, from, len(got), len(want))
				}
			}
		}
		if got := s.bits.count(); got != many || s.bits.common(s.bits) != many {
			t.Errorf("%d of %d are counted", got, many)
		}
	}
}
