package postgres

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	connectorpg "github.com/droverhq/drover/connector/postgres"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A world is a snapshot with its model.
type world struct {
	t     testing.TB
	in    *effective.Input
	model *effective.Model
	edges []effective.Edge

	records struct { // that it was built of
		nodes []drover.Node
		edges []drover.Edge
		docs  map[string]drover.Document
	}
}

// build makes a world of records: what a connector emits is what is evaluated.
func build(t testing.TB, nodes []drover.Node, edges []drover.Edge, docs map[string]drover.Document) *world {
	t.Helper()
	ids := map[drover.Ref]int64{}
	b := graph.NewBuilder(1, now)
	nodes = slices.Clone(nodes)
	slices.SortStableFunc(nodes, func(a, b drover.Node) int { return strings.Compare(string(a.Ref), string(b.Ref)) })
	for _, n := range nodes {
		if ids[n.Ref] == 0 {
			ids[n.Ref] = int64(len(ids) + 1)
			b.Node(graph.Row{ID: ids[n.Ref], Entity: ids[n.Ref], Sources: []string{"db"}, Node: n})
		}
	}
	names := map[int64]drover.Ref{}
	end := func(r drover.Ref) int64 {
		if ids[r] == 0 {
			ids[r] = int64(len(ids) + 1)
			names[ids[r]] = r
		}
		return ids[r]
	}
	for i := range edges {
		b.Edge(end(edges[i].From), end(edges[i].To), &edges[i])
	}
	b.Name(names)
	b.Index()
	in := &effective.Input{Snapshot: b.Build(now, func(int) graph.Facts { return graph.Facts{} }), Now: now,
		Document: func(hash string) (drover.Document, bool) { d, ok := docs[hash]; return d, ok }}
	m, err := System.Load(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, in: in, model: m, edges: slices.Collect(m.Edges)}
	w.records.nodes, w.records.edges, w.records.docs = nodes, edges, docs
	return w
}

// scan reads a real server as the connector does.
func scan(t testing.TB, config map[string][]string) *world {
	t.Helper()
	r := connectortest.Collect(t, connectorpg.Connector, config)
	if r.Err != nil {
		t.Fatalf("scan: %v", r.Err)
	}
	for _, s := range r.Sections {
		if s.Status == drover.StatusFailed || s.Status == drover.StatusPartial {
			t.Fatalf("section %s is %s: %s %v", s.Name, s.Status, s.Error, s.Notes)
		}
	}
	docs := map[string]drover.Document{}
	for _, d := range r.Documents {
		docs[d.Hash] = d
	}
	return build(t, r.Nodes, r.Edges, docs)
}

func (w *world) name(row uint32) string {
	if int(row) < w.in.Len() {
		return w.in.Name(int(row))
	}
	return w.in.Extra()[int(row)-w.in.Len()].Name
}
