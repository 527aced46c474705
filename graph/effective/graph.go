package effective

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/reach"
	"github.com/droverhq/drover/link"
)

// A Graph is what follows from one snapshot: the effects of every system, the
// base's and those between systems, in one graph of moves and touches. Rows are
// those of the snapshot, heads of entities, and after them the nodes that
// systems added. It is immutable and safe for concurrent use.
type Graph struct {
	in      *Input
	reach   *reach.Graph
	marks   marks
	gaps    []Gap
	systems []*System

	catalogues []string

	models func() (map[string]*Model, error) // by system's name; loaded when first asked after Load
	touch  memo
	room   sync.Pool // of *targets
	blasts keptBlasts
	table  func() map[string]Technique
}

func newGraph(in *Input, systems []*System) *Graph {
	g := &Graph{in: in, systems: systems}
	g.table = sync.OnceValue(func() map[string]Technique {
		out := map[string]Technique{}
		for _, t := range Cross {
			out[t.ID] = t
		}
		for _, s := range systems {
			for _, t := range s.Techniques {
				out[t.ID] = t
			}
		}
		return out
	})
	return g
}

// Input is what the graph was made of.
func (g *Graph) Input() *Input { return g.in }

// Reach is the graph as numbered nodes and edges.
func (g *Graph) Reach() *reach.Graph { return g.reach }

// Models are the systems' answers, by name; those that have none are not in it.
// It is nil where a system failed to load after the graph was read from a file.
func (g *Graph) Models() map[string]*Model {
	m, err := g.models()
	if err != nil {
		return nil
	}
	return m
}

// Gaps are what was not analysed, in a stable order.
func (g *Graph) Gaps() []Gap { return g.gaps }

// Catalogues name the vendors' lists of actions that were used, with their age.
func (g *Graph) Catalogues() []string { return g.catalogues }

func cataloguesOf(models map[string]*Model) (out []string) {
	for _, name := range sortedKeys(models) {
		if c := models[name].Catalogue; c != "" {
			out = append(out, c)
		}
	}
	return out
}

// Technique is what an edge's Technique means; false: none of its systems.
func (g *Graph) Technique(id string) (Technique, bool) {
	t, ok := g.table()[id]
	return t, ok
}

// Len is the number of rows, those that systems added included.
func (g *Graph) Len() int { return g.reach.Len() }

// Node, Ref, Name, Kind and Type return a row, or one field of it.
func (g *Graph) Node(row uint32) drover.Node {
	if x := g.extra(row); x != nil {
		return *x
	}
	return g.in.Snapshot.Node(int(row))
}

func (g *Graph) extra(row uint32) *drover.Node {
	if n := g.in.Len(); int(row) >= n {
		return &g.in.extra[int(row)-n]
	}
	return nil
}

// Ref is the ref of a row.
func (g *Graph) Ref(row uint32) drover.Ref {
	if x := g.extra(row); x != nil {
		return x.Ref
	}
	return g.in.Ref(int(row))
}

// Name is what a row is called for a reader, its ref where it has no name.
func (g *Graph) Name(row uint32) string {
	name := ""
	if x := g.extra(row); x != nil {
		name = x.Name
	} else {
		name = g.in.Name(int(row))
	}
	if name == "" {
		return string(g.Ref(row))
	}
	return name
}

// Kind is the kind of a row.
func (g *Graph) Kind(row uint32) drover.Kind {
	if x := g.extra(row); x != nil {
		return x.Kind
	}
	return g.in.Kind(int(row))
}

// Type is the vendor's type of a row.
func (g *Graph) Type(row uint32) string {
	if x := g.extra(row); x != nil {
		return x.Type
	}
	return g.in.Type(int(row))
}

// Facts are what is concluded about a row; of a node that a system added nothing.
func (g *Graph) Facts(row uint32) graph.Facts {
	if x := g.extra(row); x != nil {
		return graph.Facts{Tier: unknownTier}
	}
	return g.in.Facts(int(row))
}

// Tier0 reports whether everything falls with a row: policy, a tag or what it is
// says so.
func (g *Graph) Tier0(row uint32) bool { return g.marks.tier0[row] }

// Tier0Rows lists them.
func (g *Graph) Tier0Rows() []uint32 {
	var out []uint32
	for i, t := range g.marks.tier0 {
		if t {
			out = append(out, uint32(i))
		}
	}
	return out
}

// Taker reports whether a row is an identity that can be taken: what blast
// radius counts.
func (g *Graph) Taker(row uint32) bool {
	k := g.Kind(row)
	return k == drover.KindIdentity || k == drover.KindHuman
}

// Find returns the row of what a user calls something: a ref, a short id, an
// alias, or a name that one thing has. Errors wrap drover.ErrNotFound, and
// drover.ErrConflict where several are meant.
func (g *Graph) Find(text string) (uint32, error) {
	rows, errs := g.in.lookups([]string{text})
	return rows[0], errs[0]
}

// lookups finds rows by what users call them, with one look over the snapshot:
// for each text its row, or why there is none.
func (in *Input) lookups(texts []string) ([]uint32, []error) {
	found := make([][]uint32, len(texts))
	named := map[string][]int{} // texts that are no ref, by canonical spelling
	for i, t := range texts {
		if row, ok := in.row(drover.Ref(t)); ok {
			found[i] = []uint32{row}
			continue
		}
		if lo, hi, ok := graph.ParseShortID(t); ok {
			found[i] = in.byEntity(lo, hi)
		}
		named[link.Canon(t)] = append(named[link.Canon(t)], i)
	}
	if len(named) > 0 {
		in.named(named, texts, found)
	}
	out, errs := make([]uint32, len(texts)), make([]error, len(texts))
	for i, rows := range found {
		switch {
		case len(rows) == 0:
			errs[i] = fmt.Errorf("find %.200q: nothing has this ref, alias or name: %w", texts[i], drover.ErrNotFound)
		case len(rows) > 1:
			errs[i] = fmt.Errorf("find %.200q: %d things are called so, among them %s and %s: give the ref: %w", texts[i], len(rows), in.refOf(rows[0]), in.refOf(rows[1]), drover.ErrConflict)
		default:
			out[i] = rows[0]
		}
	}
	return out, errs
}

// row finds a ref among the rows and the added nodes, and leads to its head.
func (in *Input) row(ref drover.Ref) (uint32, bool) {
	if i, ok := in.Snapshot.Find(ref); ok {
		return uint32(in.Head(i)), true
	}
	row, ok := in.byRef[ref]
	return row, ok
}

func (in *Input) refOf(row uint32) drover.Ref {
	if n := in.Len(); int(row) >= n {
		return in.extra[int(row)-n].Ref
	}
	return in.Ref(int(row))
}

func (in *Input) byEntity(lo, hi int64) (out []uint32) {
	for i := range in.Len() {
		if e := in.Entity(i); e >= lo && e <= hi && !in.IsMember(i) {
			out = append(out, uint32(i))
		}
	}
	return out
}

// named adds the rows that have one of the texts as an alias, or, where nothing
// has it as an alias, as a name.
func (in *Input) named(want map[string][]int, texts []string, found [][]uint32) {
	names := make([][]uint32, len(texts))
	for i := range in.Len() {
		if in.IsMember(i) {
			continue
		}
		for _, a := range in.Aliases(i) {
			for _, k := range want[link.Canon(a)] {
				if !slices.Contains(found[k], uint32(i)) {
					found[k] = append(found[k], uint32(i))
				}
			}
		}
		name := in.Name(i)
		for _, k := range want[link.Canon(name)] {
			if texts[k] == name {
				names[k] = append(names[k], uint32(i))
			}
		}
	}
	for i := range in.extra {
		for _, k := range want[link.Canon(in.extra[i].Name)] {
			names[k] = append(names[k], uint32(in.Len()+i))
		}
	}
	for k := range found {
		if len(found[k]) == 0 {
			found[k] = names[k]
		}
	}
}

// Edge returns an edge with its proofs.
func (g *Graph) Edge(e uint32) Edge {
	x := g.reach.Edge(e)
	out := Edge{From: x.From, To: x.To, Kind: x.Kind, Move: x.Move, Level: x.Level, Technique: x.Info.Technique, Grade: x.Grade}
	if x.Info.Cond != "" {
		out.Cond = drover.Attrs(x.Info.Cond)
	}
	if x.Info.Proof != "" {
		if json.Unmarshal([]byte(x.Info.Proof), &out.Proof) != nil {
			out.Proof = []access.Proof{{Text: "the proof in the file of effects cannot be read: build it again"}}
		}
		return out
	}
	if n := g.in.Len(); int(x.From) < n && int(x.To) < n {
		out.Proof = proofs(g.in.Snapshot, &out)
	}
	if out.Proof == nil && !out.Move {
		out.Proof = g.decided(&out)
	}
	return out
}

// decided is the proof of a touch that a profile gives, which is not kept.
func (g *Graph) decided(e *Edge) []access.Proof {
	models, ref := g.Models(), g.Ref(e.To)
	for _, name := range sortedKeys(models) {
		m := models[name]
		if m.Profile == nil || m.Question == nil || m.Decide == nil {
			continue
		}
		if _, ok := m.Profile(e.From); !ok {
			continue
		}
		q, ok := m.Question(string(ref), "")
		if !ok {
			continue
		}
		if d := m.Decide(e.From, q); len(d.Proof) > 0 {
			if e.Cond == nil && d.Verdict == access.Conditional {
				e.Cond = d.Condition
			}
			return d.Proof
		}
	}
	return []access.Proof{{Ref: ref, Text: "what its policies together allow on it at level " + string(e.Level)}}
}

// Say is an edge as one line for a reader: `alice -can_assume-> admin`.
func (g *Graph) Say(e uint32) string {
	x := g.reach.Edge(e)
	word := string(x.Kind)
	if x.Info.Technique != "" {
		word = x.Info.Technique
	}
	return strings.Join([]string{g.Name(x.From), "-" + word + "->", g.Name(x.To)}, " ")
}
