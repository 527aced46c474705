package effective_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
)

// Graphs in tests are written in two sorts of lines:
//
//	alice identity toy.user tags=tier0 env=prod data=restricted aliases=a:b,c:d status=active attrs={"k":1}
//	alice -can_assume-> admin part=p cond={"k":"v"} grade=declared proof=text
//
// A name stands for the ref toy/1/<last word of its type>/<name>; a name with a
// colon in it that is declared nowhere is an alias. Documents: `doc <name> <json>`.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

type notation struct {
	nodes map[string]*drover.Node
	facts map[drover.Ref]graph.Facts
	order []string
	edges []drover.Edge
	docs  map[string]drover.Document
	used  map[drover.Ref]time.Time // last use, by a source that would have seen any
}

func parse(t testing.TB, text string) *notation {
	t.Helper()
	n := &notation{nodes: map[string]*drover.Node{}, facts: map[drover.Ref]graph.Facts{}, docs: map[string]drover.Document{}, used: map[drover.Ref]time.Time{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "doc "); ok {
			name, body, _ := strings.Cut(rest, " ")
			n.docs[name] = drover.NewDocument("aws-iam", body)
			continue
		}
		f := fields(line)
		if len(f) > 2 && strings.HasPrefix(f[1], "-") && strings.HasSuffix(f[1], "->") {
			n.edge(t, f)
		} else if len(f) > 2 {
			n.node(t, f)
		} else {
			t.Fatalf("notation: %q is neither a node nor an edge", line)
		}
	}
	return n
}

// fields splits at spaces outside of braces.
func fields(line string) (out []string) {
	depth, from := 0, 0
	for i, c := range line {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ' ' && depth == 0:
			if i > from {
				out = append(out, line[from:i])
			}
			from = i + 1
		}
	}
	return append(out, line[from:])
}

func (n *notation) node(t testing.TB, f []string) {
	x := &drover.Node{Kind: drover.Kind(f[1]), Type: f[2], Name: f[0]}
	system, last, _ := strings.Cut(f[2], ".")
	x.Ref = drover.NewRef(system, "1", last, f[0])
	facts := graph.Facts{Verdict: drover.VerdictNHI, Tier: filter.Unknown}
	for _, kv := range f[3:] {
		k, v, _ := strings.Cut(kv, "=")
		switch k {
		case "tags":
			facts.Tags = strings.Split(v, ",")
		case "tier":
			facts.Tier = 0
		case "env":
			facts.Env = v
		case "data":
			facts.DataClass = v
		case "status":
			facts.Status = v
		case "aliases":
			x.Aliases = strings.Split(v, ",")
		case "used":
			n.used[x.Ref], _ = time.Parse(time.DateOnly, v)
		case "tenant":
			x.Ref = drover.NewRef(system, v, last, f[0])
		case "doc":
			x.Attrs = x.Attrs.With("document", n.docs[v].Hash)
		case "attrs":
			for k, v := range drover.Attrs(v).Map() {
				x.Attrs = x.Attrs.With(k, v)
			}
		default:
			t.Fatalf("notation: %q of a node", k)
		}
	}
	if n.nodes[f[0]] == nil {
		n.order = append(n.order, f[0])
	}
	n.nodes[f[0]] = x
	n.facts[x.Ref] = facts
}

func (n *notation) ref(name string) drover.Ref {
	if x := n.nodes[name]; x != nil {
		return x.Ref
	}
	if drover.Ref(name).Valid() == nil {
		return drover.Ref(name)
	}
	return drover.UnseenRef(name)
}

func (n *notation) edge(t testing.TB, f []string) {
	e := drover.Edge{From: n.ref(f[0]), To: n.ref(f[2]), Kind: drover.EdgeKind(f[1][1 : len(f[1])-2])}
	for _, kv := range f[3:] {
		k, v, _ := strings.Cut(kv, "=")
		switch k {
		case "part":
			e.Part = v
		case "cond":
			e.Cond = drover.Attrs(v)
		case "grade":
			e.Grade = drover.Grade(v)
		case "proof":
			e.Proof = v
		case "technique":
			e.Technique = v
		default:
			t.Fatalf("notation: %q of an edge", k)
		}
	}
	if err := e.Valid(); err != nil {
		t.Fatal(err)
	}
	n.edges = append(n.edges, e)
}

func rowID(ref drover.Ref) int64 {
	sum := sha256.Sum256([]byte(ref))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// input makes the snapshot.
func (n *notation) input() *effective.Input {
	b := graph.NewBuilder(1, now)
	var nodes []*drover.Node
	for _, name := range n.order {
		nodes = append(nodes, n.nodes[name])
	}
	slices.SortFunc(nodes, func(a, b *drover.Node) int { return cmp.Compare(rowID(a.Ref), rowID(b.Ref)) })
	for _, x := range nodes {
		b.Node(graph.Row{ID: rowID(x.Ref), Entity: rowID(x.Ref), Node: *x, Sources: []string{"test"}, FirstSeen: now, Observed: now})
	}
	refs := map[int64]drover.Ref{}
	for i := range n.edges {
		e := &n.edges[i]
		refs[rowID(e.From)], refs[rowID(e.To)] = e.From, e.To
		b.Edge(rowID(e.From), rowID(e.To), e)
	}
	for ref, at := range n.used {
		u := graph.Use{Monitored: true}
		u.LastUsed = at
		b.Use(rowID(ref), u)
	}
	for ref, f := range n.facts {
		for _, tag := range f.Tags {
			b.Label(rowID(ref), classify.Label{Key: tag, By: "test"})
		}
	}
	b.Name(refs)
	s := b.Index()
	b.Build(now, func(i int) graph.Facts { return n.facts[s.Ref(i)] })
	docs := map[string]drover.Document{}
	for _, d := range n.docs {
		docs[d.Hash] = d
	}
	return &effective.Input{Snapshot: s, Now: now, Document: func(hash string) (drover.Document, bool) { d, ok := docs[hash]; return d, ok }}
}

func build(t testing.TB, text string) *effective.Graph {
	t.Helper()
	g, err := effective.Build(t.Context(), parse(t, text).input(), []*effective.System{toy})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func find(t testing.TB, g *effective.Graph, name string) uint32 {
	t.Helper()
	row, err := g.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// say writes a path as `alice -can_assume-> admin [proven]`.
func say(g *effective.Graph, p effective.Path) string {
	var b strings.Builder
	b.WriteString(g.Name(p.Nodes[0]))
	for i, e := range p.Edges {
		x := g.Edge(e)
		word := string(x.Kind)
		if x.Technique != "" {
			word = x.Technique
		}
		fmt.Fprintf(&b, " -%s-> %s", word, g.Name(p.Nodes[i+1]))
	}
	fmt.Fprintf(&b, " [%s]", p.Grade)
	return b.String()
}

func names(g *effective.Graph, rows []uint32) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, g.Name(r))
	}
	slices.Sort(out)
	return out
}

func quote(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
