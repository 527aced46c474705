package engine

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The first of a list are those that sorting all of it puts first.
func TestLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.IntRange(0, 500), 0, 900).Draw(t, "list")
		n := rapid.IntRange(1, 60).Draw(t, "n")
		want := slices.Clone(list)
		slices.Sort(want)
		want = want[:min(n, len(want))]
		if got := least(slices.Clone(list), n, cmp.Compare[int]); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
