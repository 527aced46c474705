package reach

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// separated counts by asking for everything again without the cut.
func separated(g *Graph, from, to []uint32, o Options, x Choke) Choke {
	c := o
	if x.IsEdge {
		c.Without = NewEdgeSet(x.Edge)
		for e := range o.Without.All() {
			c.Without.Add(e)
		}
	} else {
		c.CutNodes = NewNodeSet(x.Node)
		for n := range o.CutNodes.set().All() {
			c.CutNodes.Add(n)
		}
	}
	x.Pairs, x.Sources, x.Targets = 0, 0, 0
	met, left := map[uint32]int{}, map[uint32]int{}
	for _, s := range from {
		before, after := counts(g, s, to, o), counts(g, s, to, c)
		if !x.IsEdge && s == x.Node {
			continue
		}
		for t := range before {
			met[t]++
			if after[t] {
				left[t]++
			} else if x.IsEdge || t != x.Node {
				x.Pairs++
			}
		}
		if len(before) > 0 && len(after) == 0 && !touches(g, s, x, to, o, c) {
			x.Sources++
		}
	}
	for t := range met {
		if left[t] == 0 && (x.IsEdge || t != x.Node) {
			x.Targets++
		}
	}
	return x
}

// touches reports whether x is a target that s touches without going through it.
func touches(g *Graph, s uint32, x Choke, to []uint32, o, c Options) bool {
	r := g.Blast([]uint32{s}, c)
	return !x.IsEdge && slices.Contains(to, x.Node) && slices.ContainsFunc(usable(g, o), func(e uint32) bool {
		edge := g.Edge(e)
		return edge.To == x.Node && !edge.Move && r.Has(edge.From)
	})
}

func counts(g *Graph, s uint32, to []uint32, o Options) map[uint32]bool {
	r, hit := g.Blast([]uint32{s}, o), map[uint32]bool{}
	for n := range r.All() {
		hit[n] = slices.Contains(to, n)
	}
	for x := range r.Touched() {
		hit[x.Node] = slices.Contains(to, x.Node)
	}
	for n, ok := range hit {
		if !ok {
			delete(hit, n)
		}
	}
	return hit
}

// Every node and edge that separates anything is listed with what it separates,
// as removing it one at a time finds.
func TestChoke(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := worlds(t, 14).build(t)
		o := options(t, g)
		o.MaxHops = 0
		node := rapid.Uint32Range(0, uint32(g.Len()-1))
		from, to := distinct(rapid.SliceOfN(node, 1, 6).Draw(t, "from")), distinct(rapid.SliceOfN(node, 1, 6).Draw(t, "to"))
		var want []Choke
		for n := range uint32(g.Len()) {
			want = append(want, separated(g, from, to, o, Choke{Node: n}))
		}
		for e := range uint32(g.Edges()) {
			want = append(want, separated(g, from, to, o, Choke{IsEdge: true, Edge: e}))
		}
		want = slices.DeleteFunc(want, func(x Choke) bool { return x.Pairs == 0 || !x.IsEdge && o.CutNodes.set().Has(x.Node) })
		got := g.Choke(from, to, o)
		for i := 1; i < len(got); i++ {
			if got[i].Pairs > got[i-1].Pairs {
				t.Fatalf("%+v after %+v", got[i], got[i-1])
			}
		}
		key := func(a, b Choke) int {
			if a.IsEdge != b.IsEdge {
				return map[bool]int{true: 1, false: -1}[a.IsEdge]
			}
			return int(a.Node+a.Edge) - int(b.Node+b.Edge)
		}
		slices.SortFunc(got, key)
		slices.SortFunc(want, key)
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 && len(want) <= chokeMost {
			t.Fatalf("from %v to %v (-want +got):\n%s", from, to, diff)
		}
	})
}

// What is found without looking at everything is exact as well.
func TestChokeOfMany(t *testing.T) {
	tried := 0
	rapid.Check(t, func(t *rapid.T) {
		g := worlds(t, 30).build(t)
		o := options(t, g)
		o.MaxHops = 0
		node := rapid.Uint32Range(0, uint32(g.Len()-1))
		from, to := distinct(rapid.SliceOfN(node, 5, 20).Draw(t, "from")), distinct(rapid.SliceOfN(node, 5, 20).Draw(t, "to"))
		for _, got := range g.choke(from, to, o, 0) {
			if diff := cmp.Diff(separated(g, from, to, o, got), got); diff != "" {
				t.Fatalf("from %v to %v (-want +got):\n%s", from, to, diff)
			}
			tried++
		}
	})
	if tried == 0 {
		t.Error("nothing was found")
	}
}
