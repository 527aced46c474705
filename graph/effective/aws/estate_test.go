package aws

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	awsconnector "github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/internal/realtest"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A lab is an estate with its effects.
type lab struct {
	in    *effective.Input
	model *effective.Model
	edges []effective.Edge
}

// scan reads a folder of exports as the connector does.
func scan(t testing.TB, dir string) *connectortest.Result {
	t.Helper()
	r := connectortest.Collect(t, awsconnector.Connector, map[string][]string{"path": {dir}})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

// snapshot builds the read model of what a scan saw.
func snapshot(r *connectortest.Result) *effective.Input {
	nodes := map[drover.Ref]*drover.Node{}
	for _, n := range r.Nodes {
		have := nodes[n.Ref]
		if have == nil {
			c := n
			nodes[n.Ref] = &c
			continue
		}
		if have.Name == "" {
			have.Name = n.Name
		}
		have.Aliases = append(slices.Clone(have.Aliases), n.Aliases...)
		slices.Sort(have.Aliases)
		have.Aliases = slices.Compact(have.Aliases)
		m := have.Attrs.Map()
		if m == nil {
			m = map[string]any{}
		}
		for k, v := range n.Attrs.Map() {
			m[k] = v
		}
		have.Attrs = drover.NewAttrs(m)
	}
	ids := map[drover.Ref]int64{}
	var refs []drover.Ref
	for ref := range nodes {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	b := graph.NewBuilder(1, now)
	for i, ref := range refs {
		ids[ref] = int64(i + 1)
		b.Node(graph.Row{ID: int64(i + 1), Entity: int64(i + 1), Sources: []string{"lab"}, Node: *nodes[ref]})
	}
	unseen := map[int64]drover.Ref{}
	id := func(ref drover.Ref) int64 {
		if _, ok := ids[ref]; !ok {
			ids[ref] = int64(len(ids) + 1)
			unseen[ids[ref]] = ref
		}
		return ids[ref]
	}
	for i := range r.Edges {
		e := r.Edges[i]
		b.Edge(id(e.From), id(e.To), &e)
	}
	b.Name(unseen)
	b.Index()
	s := b.Build(now, func(int) graph.Facts { return graph.Facts{Tier: filter.Unknown} })
	docs := map[string]drover.Document{}
	for _, d := range r.Documents {
		docs[d.Hash] = d
	}
	return &effective.Input{Snapshot: s, Now: now, Document: func(h string) (drover.Document, bool) { d, ok := docs[h]; return d, ok }}
}

func open(t testing.TB, dir string) *lab {
	t.Helper()
	return evaluate(t, snapshot(scan(t, dir)))
}

func evaluate(t testing.TB, in *effective.Input) *lab {
	t.Helper()
	m, err := System.Load(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return &lab{in: in, model: m, edges: slices.Collect(m.Edges)}
}

// row finds what an alias or the name of an account means.
func (l *lab) row(alias string) (uint32, bool) {
	if id, ok := strings.CutPrefix(alias, "account:"); ok {
		r, ok := l.in.Find(drover.NewRef("aws", id, "account", id))
		return uint32(r), ok
	}
	for i := range l.in.Len() {
		if slices.Contains(l.in.Aliases(i), alias) {
			return uint32(l.in.Head(i)), true
		}
	}
	return 0, false
}

func (l *lab) name(row uint32) string {
	if int(row) >= l.in.Len() {
		return string(l.in.Extra()[int(row)-l.in.Len()].Ref)
	}
	for _, a := range l.in.Aliases(int(row)) {
		if strings.HasPrefix(a, "arn:") && !strings.Contains(a, ":assumed-role/") {
			return a[strings.LastIndexByte(a, ':')+1:]
		}
	}
	return string(l.in.Ref(int(row)))
}

func shared(t testing.TB, path ...string) string {
	t.Helper()
	return realtest.SharedData(t, strings.Join(path, "/"))
}
