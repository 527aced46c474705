package reach

import (
	"fmt"
	"slices"
	"testing"

	"github.com/droverhq/drover"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Blast holds, at the right hops and grade, what relaxing every edge finds, also in the
// memory of the search before it.
func TestBlast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := worlds(t, 24).build(t)
		for range rapid.IntRange(1, 3).Draw(t, "times") {
			o := options(t, g)
			from := rapid.SliceOfN(rapid.Uint32Range(0, uint32(g.Len()-1)), 1, 3).Draw(t, "from")
			r := g.Blast(from, o)
			checkBlast(t, g, r, from, o)
			r.Free()
		}
	})
}

func checkBlast(t *rapid.T, g *Graph, r *Reach, from []uint32, o Options) {
	want := blastSlowly(g, from, o)
	held, far := 0, 0
	for n := range uint32(g.Len()) {
		far = max(far, want.held[n])
		if got := r.Hops(n); got != want.held[n] {
			t.Fatalf("hops of %d: got %d, want %d", n, got, want.held[n])
		}
		if r.Has(n) != (want.held[n] >= 0) {
			t.Fatalf("Has(%d) = %v", n, r.Has(n))
		}
		if !r.Has(n) {
			continue
		}
		held++
		if got := slices.Index(drover.Grades, r.Grade(n)); got != want.heldGrade[n] {
			t.Fatalf("grade of %d: got %d, want %d", n, got, want.heldGrade[n])
		}
		p, ok := r.Path(n)
		if !ok || len(p.Edges) != want.held[n] {
			t.Fatalf("path to %d: %v %v, want %d hops", n, p, ok, want.held[n])
		}
		checkPath(t, g, p, o)
		checkBefore(t, r, n, p)
	}
	if r.Len() != held || r.Farthest() != far {
		t.Fatalf("Len and Farthest: got %d and %d, want %d and %d", r.Len(), r.Farthest(), held, far)
	}
	checkTouched(t, g, r, want, o)
}

// checkBefore asks for the step before the end of a path, or after its beginning where
// the search went backward.
func checkBefore(t *rapid.T, r *Reach, n uint32, p Path) {
	got, ok := r.Before(n)
	if ok != (len(p.Nodes) > 1) {
		t.Fatalf("before %d: %v; the path is %v", n, ok, p.Nodes)
	}
	want := func() uint32 {
		if r.reverse {
			return p.Nodes[1]
		}
		return p.Nodes[len(p.Nodes)-2]
	}
	if ok && got != want() {
		t.Fatalf("before %d: got %d, the path is %v", n, got, p.Nodes)
	}
}

func checkTouched(t *rapid.T, g *Graph, r *Reach, want *naive, o Options) {
	last := -1
	seen := map[uint32]bool{}
	for x := range r.Touched() {
		if int(x.Node) <= last {
			t.Fatalf("touched %d after %d", x.Node, last)
		}
		last = int(x.Node)
		seen[x.Node] = true
		if want.held[x.Node] >= 0 || x.Hops != want.touched[x.Node] || x.Level.Rank() != want.level[x.Node] {
			t.Fatalf("touched %+v; want hops %d, level %d", x, want.touched[x.Node], want.level[x.Node])
		}
		p, ok := r.Path(x.Node)
		if !ok || len(p.Edges) != x.Hops {
			t.Fatalf("path to touched %+v: %v %v", x, p, ok)
		}
		checkPath(t, g, p, o)
		checkBefore(t, r, x.Node, p)
	}
	for n := range uint32(g.Len()) {
		if want.held[n] < 0 && seen[n] != (want.touched[n] >= 0) {
			t.Fatalf("touched %d: got %v", n, seen[n])
		}
	}
}

// Who can reach x are those whose blast holds or touches x, as many hops away.
func TestReverseIsTransposedBlast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := worlds(t, 16).build(t)
		o := options(t, g)
		to := rapid.Uint32Range(0, uint32(g.Len()-1)).Draw(t, "to")
		r := g.Reverse([]uint32{to}, o)
		for n := range uint32(g.Len()) {
			want := -1
			b := g.Blast([]uint32{n}, o)
			if b.Has(to) {
				want = b.Hops(to)
			}
			for x := range b.Touched() {
				if x.Node == to {
					want = x.Hops
				}
			}
			// a row both held and touched is as near as the nearer of both
			if slow := blastSlowly(g, []uint32{n}, o); want > 0 && slow.touched[to] > 0 {
				want = min(want, slow.touched[to])
			}
			if got := r.Hops(n); got != want {
				t.Fatalf("%d to %d: got %d hops, want %d", n, to, got, want)
			}
			p, ok := r.Path(n)
			s, found := g.Shortest(n, to, o)
			if ok != (want >= 0) || found != ok {
				t.Fatalf("%d to %d: path %v, shortest %v, want %d hops", n, to, ok, found, want)
			}
			if !ok {
				continue
			}
			checkPath(t, g, p, o)
			checkBefore(t, r, n, p)
			checkPath(t, g, s, o)
			if len(p.Edges) != want || len(s.Edges) != want || s.Nodes[0] != n || s.Nodes[want] != to {
				t.Fatalf("%d to %d: path %v, shortest %v, want %d hops", n, to, p, s, want)
			}
		}
	})
}

// Paths are simple, distinct, valid and in the order promised: the same list as
// walking everywhere and sorting.
func TestPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := worlds(t, 9).build(t)
		o := options(t, g)
		node := rapid.Uint32Range(0, uint32(g.Len()-1))
		from, to := rapid.SliceOfN(node, 1, 2).Draw(t, "from"), rapid.SliceOfN(node, 1, 2).Draw(t, "to")
		want := pathsSlowly(g, slices.Clone(from), to, o)
		limit := rapid.IntRange(1, len(want)+2).Draw(t, "limit")
		paths, more := g.Paths(from, to, o, limit)
		var got []string
		for _, p := range paths {
			checkPath(t, g, p, o)
			got = append(got, fmt.Sprint(p.Grade, p.Nodes))
		}
		if len(want) > limit {
			want = want[:limit]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("paths from %v to %v (-want +got):\n%s", from, to, diff)
		}
		if !more && len(got) == limit {
			t.Fatalf("the list is full, and says that there are no more")
		}
	})
}

// What was asked before changes no answer: paths of one graph, again and again between
// few sets, some with cuts.
func TestPathsAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := worlds(t, 9).build(t)
		node := rapid.Uint32Range(0, uint32(g.Len()-1))
		sets := rapid.SliceOfN(rapid.SliceOfN(node, 1, 4), 1, 3).Draw(t, "sets")
		narrow := []Options{{}, options(t, g), options(t, g)}
		for range rapid.IntRange(2, 14).Draw(t, "asked") {
			from, to := []uint32{node.Draw(t, "from")}, rapid.SampledFrom(sets).Draw(t, "to")
			o := rapid.SampledFrom(narrow).Draw(t, "options")
			paths, _ := g.Paths(from, to, o, 1000)
			var got []string
			for _, p := range paths {
				got = append(got, fmt.Sprint(p.Grade, p.Nodes))
			}
			if diff := cmp.Diff(pathsSlowly(g, slices.Clone(from), to, o), got); diff != "" {
				t.Fatalf("paths from %v to %v, %+v (-want +got):\n%s", from, to, o, diff)
			}
			if len(g.backs.list) > maxBacks {
				t.Fatalf("%d searches are kept", len(g.backs.list))
			}
		}
	})
}

// A chain is as long as it is: hops do not wrap round, and nothing recurses.
func TestChain(t *testing.T) {
	const n = 100_000
	b := NewBuilder(n)
	for i := range uint32(n - 1) {
		if err := b.Add(Edge{From: i, To: i + 1, Kind: drover.EdgeCanAssume, Move: true}); err != nil {
			t.Fatal(err)
		}
	}
	g := b.Build()
	ahead, back := g.Blast([]uint32{0}, Options{}), g.Reverse([]uint32{n - 1}, Options{})
	for _, at := range []uint32{0, 1, 254, 255, 256, 257, 65_535, 65_536, n - 1} {
		if ahead.Hops(at) != int(at) || back.Hops(at) != n-1-int(at) {
			t.Errorf("hops of %d: %d from the start, %d to the end", at, ahead.Hops(at), back.Hops(at))
		}
		p, ok := ahead.Path(at)
		s, found := g.Shortest(0, at, Options{})
		if !ok || !found || len(p.Edges) != int(at) || len(s.Edges) != int(at) {
			t.Errorf("path to %d: %v %d edges, %v %d edges", at, ok, len(p.Edges), found, len(s.Edges))
		}
	}
	if paths, more := g.Paths([]uint32{0}, []uint32{n - 1}, Options{}, 1); len(paths) != 0 || !more {
		t.Errorf("a path of %d hops: %d listed, more %v", n-1, len(paths), more)
	}
	if paths, more := g.Paths([]uint32{0}, []uint32{pathHops}, Options{}, 2); len(paths) != 1 || more {
		t.Errorf("a path of %d hops: %d listed, more %v", pathHops, len(paths), more)
	}
	all := g.All([]uint32{n - 1}, Options{})
	top := all.Top()
	if got := all.At(n / 2); got.Tier0 != 1 || len(top) != topMost || top[0] != (Summary{Node: top[0].Node, Reach: n - 1 - int(top[0].Node), Exact: true, Tier0: 1}) {
		t.Errorf("middle %+v, top %+v", got, top[0])
	}
	if got := g.Choke([]uint32{0}, []uint32{n - 1}, Options{}); len(got) != chokeMost || got[0].Pairs != 1 {
		t.Errorf("%d chokes", len(got))
	}
}
