package reach

import (
	"math"
	"slices"
	"testing"

	"github.com/droverhq/drover"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// counted is what Blast says of one node.
func counted(g *Graph, n uint32, targets []uint32, o Options) Summary {
	o.MaxHops = 0
	r := g.Blast([]uint32{n}, o)
	s := Summary{Node: n, Reach: max(r.Len()-1, 0), Exact: true}
	hit := slices.Collect(r.All())
	for x := range r.Touched() {
		s.Reach++
		hit = append(hit, x.Node)
	}
	for _, x := range hit {
		if slices.Contains(targets, x) {
			s.Tier0++
		}
	}
	return s
}

// bigWorld is too big for lists of nodes; acyclic or not, local or not.
func bigWorld(t *rapid.T) *world {
	w := &world{n: rapid.IntRange(300, 700).Draw(t, "nodes")}
	s := &estate{rand: rapid.Uint64().Draw(t, "seed")}
	far := rapid.SampledFrom([]int{20, w.n}).Draw(t, "how far edges lead")
	acyclic := rapid.Bool().Draw(t, "acyclic")
	for range w.n * rapid.IntRange(1, 4).Draw(t, "edges a node") {
		from := s.below(w.n)
		to := (from + 1 + s.below(far)) % w.n
		if acyclic && to < from {
			continue
		}
		w.edges = append(w.edges, Edge{From: uint32(from), To: uint32(to), Kind: drover.EdgeCanAssume, Move: s.below(5) > 0, Level: "read", Grade: drover.Grades[s.below(2)]})
	}
	return w
}

// What a Batch says of each node is what Blast says of it: targets always, sizes
// where they are exact, and about that where they are not. The top is exact.
func TestAll(t *testing.T) {
	var errs []float64
	rapid.Check(t, func(t *rapid.T) {
		w, o := worlds(t, 24), Options{}
		if rapid.Bool().Draw(t, "big") {
			w = bigWorld(t)
		}
		g := w.build(t)
		if w.n < 100 {
			o = options(t, g)
		}
		targets := rapid.SliceOfN(rapid.Uint32Range(0, uint32(g.Len()-1)), 0, 70).Draw(t, "targets")
		b := g.All(targets, o)
		for got := range b.All() {
			want := counted(g, got.Node, distinct(targets), o)
			if x := b.comps[b.comp[got.Node]]; !x.exact { // before it was counted, being of the top
				errs = append(errs, math.Abs(float64(int(x.reach)-want.Reach))/float64(want.Reach))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("of %d nodes, targets %v (-blast +batch):\n%s", g.Len(), targets, diff)
			}
			if n := len(slices.Collect(b.Tier0(got.Node))); n != got.Tier0 {
				t.Fatalf("%d targets listed, %d counted", n, got.Tier0)
			}
		}
		last := Summary{Reach: math.MaxInt}
		for _, got := range b.Top() {
			if want := counted(g, got.Node, distinct(targets), o); got != want || got.Reach > last.Reach || got.Reach == last.Reach && got.Node < last.Node {
				t.Fatalf("top: got %+v after %+v, blast says %+v", got, last, want)
			}
			last = got
		}
		if len(b.Top()) != min(g.Len(), topMost) {
			t.Fatalf("%d in the top", len(b.Top()))
		}
	})
	sum := 0.0
	for _, e := range errs {
		sum += e
	}
	t.Logf("%d estimates, off by %.1f %% on average", len(errs), 100*sum/float64(len(errs)))
	if len(errs) == 0 || sum/float64(len(errs)) > .1 {
		t.Errorf("estimates are off by more than a tenth on average, or there were none")
	}
}

func distinct(list []uint32) []uint32 { return slices.Compact(slices.Sorted(slices.Values(list))) }

// A Batch brought up to date is the Batch of the new graph, whatever changed.
func TestUpdate(t *testing.T) {
	partial := 0
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t, 24)
		if rapid.Bool().Draw(t, "big") {
			w = bigWorld(t)
		}
		old := w.build(t)
		targets := rapid.SliceOfN(rapid.Uint32Range(0, uint32(old.Len()-1)), 0, 10).Draw(t, "targets")
		o := Options{}
		if rapid.Bool().Draw(t, "gone") {
			o.CutNodes = NewNodeSet(rapid.Uint32Range(0, uint32(w.n+1)).Draw(t, "cut node"))
		}
		b := old.All(targets, o)
		for range rapid.IntRange(1, 3).Draw(t, "updates") {
			next := &world{n: w.n + rapid.IntRange(0, 2).Draw(t, "new nodes"), edges: slices.Clone(w.edges)}
			node := rapid.Uint32Range(0, uint32(next.n-1))
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				next.edges = append(next.edges, Edge{From: node.Draw(t, "from"), To: node.Draw(t, "to"), Kind: drover.EdgeCanAssume, Move: rapid.Bool().Draw(t, "move")})
				if i := rapid.IntRange(0, len(next.edges)-1).Draw(t, "drop"); rapid.Bool().Draw(t, "drop one") {
					next.edges = slices.Delete(next.edges, i, i+1)
				}
			}
			g := next.build(t)
			fresh := g.All(targets, o)
			before := slices.Collect(b.All())
			u := b.Update(g, nil)
			if diff := cmp.Diff(slices.Collect(fresh.All()), slices.Collect(u.All())); diff != "" {
				t.Fatalf("(-fresh +updated):\n%s", diff)
			}
			if diff := cmp.Diff(fresh.Top(), u.Top()); diff != "" {
				t.Fatalf("top (-fresh +updated):\n%s", diff)
			}
			for n := range uint32(next.n) {
				if !slices.Equal(slices.Collect(fresh.Tier0(n)), slices.Collect(u.Tier0(n))) {
					t.Fatalf("targets of %d differ", n)
				}
			}
			if diff := cmp.Diff(before, slices.Collect(b.All())); diff != "" {
				t.Fatalf("the old batch changed:\n%s", diff)
			}
			if len(u.comps) > len(fresh.comps) {
				partial++
			}
			w, b = next, u
		}
	})
	if partial == 0 {
		t.Error("every update was made afresh: nothing was tested")
	}
	t.Logf("%d updates were of a part", partial)
}

// Sizes over a list, and of sets that are joined from both forms, are near.
func TestSketch(t *testing.T) {
	for _, size := range []int{0, 1, 128, 129, 300, 1000, 20_000} {
		sum := 0.0
		for round := range 50 {
			var store sketchStore
			a := gather{stamps: make([]uint32, 2*size*(round+1)+2)}
			a.begin(1)
			for i := range size / 2 {
				a.add(uint32(round*size + i))
			}
			half := store.keep(&a)
			a.begin(2)
			for i := size / 3; i < size; i++ {
				a.add(uint32(round*size + i))
			}
			a.union(store.at(half))
			n, exact := a.size()
			if exact != (size <= listMost) || exact && n != size {
				t.Fatalf("%d: got %d, exact %v", size, n, exact)
			}
			sum += math.Abs(float64(n-size)) / float64(max(size, 1))
		}
		if sum/50 > .1 {
			t.Errorf("%d: off by %.1f %% on average", size, 2*sum)
		}
	}
}
