package reach

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A diff lists every node whose size or targets changed, with what it gained and
// lost, and no other.
func TestDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t, 20)
		next := &world{n: w.n + rapid.IntRange(0, 2).Draw(t, "new nodes"), edges: slices.Clone(w.edges)}
		for range rapid.IntRange(0, 3).Draw(t, "dropped") {
			if len(next.edges) > 0 {
				i := rapid.IntRange(0, len(next.edges)-1).Draw(t, "drop")
				next.edges = slices.Delete(next.edges, i, i+1)
			}
		}
		next.edges = append(next.edges, worlds(t, w.n).edges...)
		old, g := w.build(t), next.build(t)
		targets := rapid.SliceOfN(rapid.Uint32Range(0, uint32(w.n-1)), 0, 5).Draw(t, "targets")
		var want []Change
		for n := range uint32(g.n) {
			c := Change{Node: n, Before: Summary{Node: n}, After: counted(g, n, distinct(targets), Options{})}
			if int(n) < old.n {
				c.Before = counted(old, n, distinct(targets), Options{})
			}
			c.Gained, c.Lost = Differ(old.Blast([]uint32{n}, Options{}), g.Blast([]uint32{n}, Options{}))
			other := func(x uint32) bool { return !slices.Contains(targets, x) }
			c.Gained, c.Lost = slices.DeleteFunc(c.Gained, other), slices.DeleteFunc(c.Lost, other)
			if c.Before != c.After || len(c.Gained)+len(c.Lost) > 0 {
				want = append(want, c)
			}
		}
		got := slices.Collect(g.All(targets, Options{}).Diff(old.All(targets, Options{})))
		if diff := cmp.Diff(want, got, equateEmpty); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

var equateEmpty = cmp.FilterValues(func(a, b []uint32) bool { return len(a) == 0 && len(b) == 0 }, cmp.Comparer(func(a, b []uint32) bool { return true }))

// Cutting edges loses what every path to it went through, gains nothing, and more
// edges never lose anything.
func TestReachIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t, 20)
		more := &world{w.n, append(slices.Clone(w.edges), w.edges...)}
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			more.edges = append(more.edges, worlds(t, w.n).edges...)
		}
		g := w.build(t)
		from := []uint32{rapid.Uint32Range(0, uint32(w.n-1)).Draw(t, "from")}
		before := g.Blast(from, Options{})
		if _, lost := Differ(before, more.build(t).Blast(from, Options{})); lost != nil {
			t.Fatalf("more edges lose %v", lost)
		}
		if g.Edges() == 0 {
			return
		}
		cut := NewEdgeSet(rapid.SliceOfN(rapid.Uint32Range(0, uint32(g.Edges()-1)), 1, 3).Draw(t, "cut")...)
		after := g.Blast(from, Options{Without: cut})
		gained, lost := Differ(before, after)
		if gained != nil {
			t.Fatalf("a cut gains %v", gained)
		}
		for _, n := range lost {
			paths, more := g.Paths(from, []uint32{n}, Options{}, 1000)
			for _, p := range paths {
				if !more && !slices.ContainsFunc(p.Edges, func(e uint32) bool {
					u, v := g.Ends(e)
					for other := range g.Between(u, v) { // a path names one of those that join the two
						if !cut.Has(other) && (g.Edge(other).Move || v == n) {
							return false
						}
					}
					return true
				}) {
					t.Fatalf("%d is lost, and reached by %+v", n, p)
				}
			}
		}
		for n := range after.All() {
			if p, ok := after.Path(n); !ok || slices.ContainsFunc(p.Edges, cut.Has) {
				t.Fatalf("path to %d: %v %+v with %v cut", n, ok, p, slices.Collect(cut.All()))
			}
		}
	})
}
