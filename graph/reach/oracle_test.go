package reach

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"pgregory.net/rapid"
)

// Everything here is the slow and plain way to the same answers.

// world is a graph as a list of edges.
type world struct {
	n     int
	edges []Edge
}

func (w *world) build(t interface{ Fatal(...any) }) *Graph {
	b := NewBuilder(w.n)
	for _, e := range w.edges {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Build()
}

// worlds draws graphs, some sparse, some dense, some of few grades.
func worlds(t *rapid.T, nodes int) *world {
	w := &world{n: rapid.IntRange(1, nodes).Draw(t, "nodes")}
	node := rapid.Uint32Range(0, uint32(w.n-1))
	worst := rapid.IntRange(0, 3).Draw(t, "worst grade")
	for range rapid.IntRange(0, 3*w.n).Draw(t, "edges") {
		w.edges = append(w.edges, Edge{
			From: node.Draw(t, "from"), To: node.Draw(t, "to"),
			Kind:  rapid.SampledFrom(drover.EdgeKinds[:4]).Draw(t, "kind"),
			Move:  rapid.IntRange(0, 3).Draw(t, "move") > 0,
			Level: rapid.SampledFrom(append([]access.Level{""}, access.Levels...)).Draw(t, "level"),
			Grade: drover.Grades[rapid.IntRange(0, worst).Draw(t, "grade")],
			Info:  Info{Technique: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "technique"), Cond: rapid.SampledFrom([]string{"", "{}"}).Draw(t, "cond")},
		})
	}
	return w
}

func options(t *rapid.T, g *Graph) Options {
	o := Options{}
	if rapid.Bool().Draw(t, "bound") {
		o.MaxHops = rapid.IntRange(1, 5).Draw(t, "hops")
	}
	if rapid.Bool().Draw(t, "by kind") {
		o.Kinds = drover.EdgeKinds[:rapid.IntRange(1, 4).Draw(t, "kinds")]
	}
	if rapid.Bool().Draw(t, "by grade") {
		o.MinGrade = rapid.SampledFrom(drover.Grades).Draw(t, "min grade")
	}
	if rapid.Bool().Draw(t, "by level") {
		o.Level = rapid.SampledFrom(access.Levels).Draw(t, "min level")
	}
	if g.Edges() > 0 && rapid.Bool().Draw(t, "without") {
		o.Without = NewEdgeSet(rapid.SliceOfN(rapid.Uint32Range(0, uint32(g.Edges()-1)), 0, 4).Draw(t, "cut")...)
	}
	if rapid.Bool().Draw(t, "gone") {
		o.CutNodes = NewNodeSet(rapid.SliceOfN(rapid.Uint32Range(0, uint32(g.Len()-1)), 0, 2).Draw(t, "cut nodes")...)
	}
	return o
}

// usable are the edges that pass o, read from the graph one by one.
func usable(g *Graph, o Options) (list []uint32) {
	for e := range uint32(g.Edges()) {
		x := g.Edge(e)
		worst := len(drover.Grades)
		if o.MinGrade != "" {
			worst = slices.Index(drover.Grades, o.MinGrade)
		}
		switch {
		case o.Kinds != nil && !slices.Contains(o.Kinds, x.Kind), slices.Index(drover.Grades, x.Grade) > worst,
			!x.Move && x.Level.Rank() < o.Level.Rank(), o.Without.Has(e), o.CutNodes.set().Has(x.From), o.CutNodes.set().Has(x.To):
		default:
			list = append(list, e)
		}
	}
	return list
}

// naive is reach by relaxing every edge until nothing changes: hops of what is
// held, and of what is touched (-1: not), and the best grade of each.
type naive struct {
	held, touched           []int
	heldGrade, touchedGrade []int
	level                   []int
}

func fill(n, v int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = v
	}
	return s
}

func blastSlowly(g *Graph, from []uint32, o Options) *naive {
	r := &naive{fill(g.n, -1), fill(g.n, -1), fill(g.n, 9), fill(g.n, 9), fill(g.n, -2)}
	for _, n := range from {
		if !o.CutNodes.set().Has(n) {
			r.held[n], r.heldGrade[n] = 0, 0
		}
	}
	edges := usable(g, o)
	// gradeAt[k][n]: the best grade of a walk of at most k edges
	for changed, rounds := true, 0; changed && (o.MaxHops == 0 || rounds < o.MaxHops); rounds++ {
		changed = false
		before, grade := slices.Clone(r.held), slices.Clone(r.heldGrade)
		for _, e := range edges {
			x := g.Edge(e)
			worst := max(grade[x.From], slices.Index(drover.Grades, x.Grade))
			if before[x.From] < 0 || !x.Move {
				continue
			}
			if r.held[x.To] < 0 {
				r.held[x.To], changed = rounds+1, true
			}
			if worst < r.heldGrade[x.To] {
				r.heldGrade[x.To], changed = worst, true
			}
		}
	}
	for _, e := range edges {
		x := g.Edge(e)
		if x.Move || r.held[x.From] < 0 || o.MaxHops > 0 && r.held[x.From] >= o.MaxHops {
			continue
		}
		if r.touched[x.To] < 0 || r.held[x.From]+1 < r.touched[x.To] {
			r.touched[x.To] = r.held[x.From] + 1
		}
		r.level[x.To] = max(r.level[x.To], x.Level.Rank())
	}
	return r
}

func checkPath(t interface{ Fatalf(string, ...any) }, g *Graph, p Path, o Options) {
	if len(p.Nodes) != len(p.Edges)+1 {
		t.Fatalf("path %v: %d nodes, %d edges", p, len(p.Nodes), len(p.Edges))
	}
	if o.MaxHops > 0 && len(p.Edges) > o.MaxHops {
		t.Fatalf("path %v is longer than %d", p, o.MaxHops)
	}
	ok := usable(g, o)
	worst := 0
	for i, e := range p.Edges {
		x := g.Edge(e)
		if x.From != p.Nodes[i] || x.To != p.Nodes[i+1] || !x.Move && i < len(p.Edges)-1 || !slices.Contains(ok, e) {
			t.Fatalf("path %v: edge %d is %+v", p, e, x)
		}
		worst = max(worst, slices.Index(drover.Grades, x.Grade))
	}
	if p.Grade != drover.Grades[worst] {
		t.Fatalf("path %v: its weakest edge is %s", p, drover.Grades[worst])
	}
	seen := slices.Clone(p.Nodes)
	slices.Sort(seen)
	if len(slices.Compact(seen)) != len(p.Nodes) {
		t.Fatalf("path %v meets a node twice", p)
	}
}

// pathsSlowly lists every simple path, ranked as Paths promises.
func pathsSlowly(g *Graph, from, to []uint32, o Options) []string {
	type found struct {
		grade int
		nodes []uint32
	}
	var all []found
	edges := usable(g, o)
	gone := o.CutNodes.set()
	var walk func(nodes []uint32, grade int)
	walk = func(nodes []uint32, grade int) {
		n := nodes[len(nodes)-1]
		best, moves := map[uint32]int{}, map[uint32]int{}
		for _, e := range edges {
			if x := g.Edge(e); x.From == n {
				c := slices.Index(drover.Grades, x.Grade)
				if old, ok := best[x.To]; !ok || c < old {
					best[x.To] = c
				}
				if old, ok := moves[x.To]; x.Move && (!ok || c < old) {
					moves[x.To] = c
				}
			}
		}
		if o.MaxHops > 0 && len(nodes) > o.MaxHops {
			return
		}
		for next, c := range best {
			path := append(slices.Clone(nodes), next)
			switch {
			case slices.Contains(nodes, next), slices.Contains(from, next) && !slices.Contains(to, next):
			case slices.Contains(to, next):
				all = append(all, found{max(grade, c), path})
			default:
				if c, ok := moves[next]; ok {
					walk(path, max(grade, c))
				}
			}
		}
	}
	from = slices.Compact(slices.Sorted(slices.Values(from)))
	for _, n := range from {
		if !slices.Contains(to, n) && !gone.Has(n) {
			walk([]uint32{n}, 0)
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		if a.grade != b.grade {
			return a.grade - b.grade
		}
		if len(a.nodes) != len(b.nodes) {
			return len(a.nodes) - len(b.nodes)
		}
		return slices.Compare(a.nodes, b.nodes)
	})
	var out []string
	for _, f := range all {
		out = append(out, fmt.Sprint(drover.Grades[f.grade], f.nodes))
	}
	return out
}
