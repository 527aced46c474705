package reach

import (
	"errors"
	"slices"
	"testing"

	"github.com/droverhq/drover"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func edgesOf(g *Graph) (list []Edge) {
	for e := range uint32(g.Edges()) {
		list = append(list, g.Edge(e))
	}
	return list
}

// A graph has every edge once, at its best grade, however they came; In is Out
// turned round.
func TestBuild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t, 20)
		g := w.build(t)
		best := map[Edge]int{}
		for _, e := range w.edges {
			if e.From == e.To {
				continue
			}
			c := slices.Index(drover.Grades, e.Grade)
			e.Grade = ""
			if old, ok := best[e]; !ok || c < old {
				best[e] = c
			}
		}
		got := map[Edge]int{}
		for i, e := range edgesOf(g) {
			if from, to := g.Ends(uint32(i)); from != e.From || to != e.To {
				t.Fatalf("ends of %d: %d %d, edge %+v", i, from, to, e)
			}
			c := slices.Index(drover.Grades, e.Grade)
			e.Grade = ""
			got[e] = c
		}
		if diff := cmp.Diff(best, got); diff != "" || len(got) != g.Edges() {
			t.Fatalf("edges (-want +got), %d:\n%s", g.Edges(), diff)
		}
		checkSides(t, g)
		shuffled := &world{w.n, rapid.Permutation(w.edges).Draw(t, "order")}
		if diff := cmp.Diff(edgesOf(g), edgesOf(shuffled.build(t))); diff != "" {
			t.Fatalf("in another order (-want +got):\n%s", diff)
		}
	})
}

func checkSides(t *rapid.T, g *Graph) {
	var out, in []uint32
	for n := range uint32(g.Len()) {
		for e := range g.Out(n) {
			if from, _ := g.Ends(e); from != n {
				t.Fatalf("out of %d: edge %d begins at %d", n, e, from)
			}
			out = append(out, e)
		}
		last := uint32(0)
		for e := range g.In(n) {
			from, to := g.Ends(e)
			if to != n || g.Edge(e).Move && from < last {
				t.Fatalf("in of %d: edge %d is %+v", n, e, g.Edge(e))
			}
			last = from
			in = append(in, e)
			if !slices.Contains(slices.Collect(g.Between(from, to)), e) {
				t.Fatalf("edge %d is not between its ends", e)
			}
		}
	}
	if !slices.IsSorted(out) || len(out) != g.Edges() {
		t.Fatalf("out: %v", out)
	}
	slices.Sort(in)
	if !slices.Equal(out, in) {
		t.Fatalf("in: %v, out: %v", in, out)
	}
}

// What is not in the vocabulary, or of no node, is refused with its place.
func TestAddRefuses(t *testing.T) {
	b := NewBuilder(2)
	for _, e := range []Edge{
		{From: 2, To: 0, Kind: drover.EdgeOwns}, {From: 0, To: 1 << 31, Kind: drover.EdgeOwns}, {From: 0, To: 1, Kind: "rules"},
		{From: 0, To: 1, Kind: drover.EdgeOwns, Grade: "sure"}, {From: 0, To: 1, Kind: drover.EdgeOwns, Level: "all"},
	} {
		if err := b.Add(e); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("Add(%+v) = %v", e, err)
		}
	}
	if err := b.SetRef(2, "a/b/c/d"); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("SetRef beyond the nodes: %v", err)
	}
	if g := b.Build(); g.Edges() != 0 || g.Len() != 2 {
		t.Errorf("%d edges, %d nodes", g.Edges(), g.Len())
	}
}

// Refs come back as given, and are found.
func TestRefs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "nodes")
		b := NewBuilder(n)
		want := make([]drover.Ref, n)
		for range rapid.IntRange(0, 60).Draw(t, "refs") {
			at := rapid.IntRange(0, n-1).Draw(t, "node")
			want[at] = drover.Ref(rapid.SampledFrom([]string{"", "a", "b/-/c/d", "\x00\xff", "aws/123456789012/iam.user/AIDA"}).Draw(t, "ref"))
			if err := b.SetRef(uint32(at), want[at]); err != nil {
				t.Fatal(err)
			}
		}
		g := b.Build()
		for i, ref := range want {
			if got := g.Ref(uint32(i)); got != ref {
				t.Fatalf("ref of %d: %q, want %q", i, got, ref)
			}
			got, ok := g.Find(ref)
			if ok != (ref != "") || ok && int(got) != slices.Index(want, ref) {
				t.Fatalf("Find(%q) = %d, %v", ref, got, ok)
			}
		}
		if _, ok := g.Find("nobody"); ok {
			t.Fatal("found nobody")
		}
	})
}
