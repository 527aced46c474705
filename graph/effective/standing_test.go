package effective_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover/graph/effective"
)

// What most ways go through comes first.
func TestChokes(t *testing.T) {
	g := build(t, "a identity t.x\nb identity t.x\nc identity t.x\nhub identity t.x\nz resource t.x tier=0\ny resource t.x tier=0\na -can_assume-> hub\nb -can_assume-> hub\nhub -can_access-> z\nhub -can_access-> y\nc -can_access-> z")
	list, err := g.Chokes(t.Context(), nil, nil, effective.Options{Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if c := list[0]; c.IsEdge || g.Name(c.Row) != "hub" || c.Targets != 1 || c.Sources != 2 {
		t.Errorf("got %+v, want the hub", c)
	}
}

// The batch says of every identity what its own blast radius says of tier 0.
func TestStandings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := build(t, drawEstate(rt).text())
		n := 0
		for s := range g.Standings(g.Batch(effective.Options{})) {
			n++
			b, err := g.Blast(t.Context(), s.Row, effective.Options{})
			if err != nil {
				rt.Fatal(err)
			}
			if s.Tier0 != len(b.Tier0) {
				rt.Fatalf("%s: got %d of tier 0, want %d", g.Name(s.Row), s.Tier0, len(b.Tier0))
			}
			if s.Reach < len(b.Taken) {
				rt.Fatalf("%s: reaches %d rows, and takes %d", g.Name(s.Row), s.Reach, len(b.Taken))
			}
		}
		if n != len(takers(g)) {
			rt.Fatalf("got %d, want %d", n, len(takers(g)))
		}
	})
}

// More of anything is never less risk, and nothing is none.
func TestRisk(t *testing.T) {
	for _, c := range []struct{ rows, tier0, want int }{{0, 0, 0}, {9, 0, 6}, {1e6, 0, 30}, {1, 1, 52}, {1e6, 5, 100}, {1e9, 1000, 100}} {
		if got := effective.Risk(c.rows, c.tier0); got != c.want {
			t.Errorf("%d rows, %d of tier 0: got %d, want %d", c.rows, c.tier0, got, c.want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := rapid.IntRange(0, 1e7).Draw(rt, "rows"), rapid.IntRange(0, 100).Draw(rt, "tier0")
		if r := effective.Risk(a, b); r < 0 || r > 100 || effective.Risk(a+1, b) < r || effective.Risk(a, b+1) < r {
			rt.Fatalf("risk of %d, %d: %d", a, b, r)
		}
	})
}
