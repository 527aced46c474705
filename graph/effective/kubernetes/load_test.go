package kubernetes

import (
	"slices"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	connector "github.com/droverhq/drover/connector/kubernetes"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
)

// scanned is what a scan of manifests gives, as a snapshot.
func scanned(t testing.TB, paths ...string) *effective.Input {
	t.Helper()
	r := connectortest.Collect(t, connector.Connector, map[string][]string{"path": paths, "cluster": {"test"}})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return input(r)
}

// input makes a snapshot of what a scan gave.
func input(r *connectortest.Result) *effective.Input {
	if r == nil {
		r = &connectortest.Result{}
	}
	b := graph.NewBuilder(1, time.Unix(1_800_000_000, 0))
	ids := map[drover.Ref]int64{}
	add := func(ref drover.Ref) int64 {
		if ids[ref] == 0 {
			ids[ref] = int64(len(ids) + 1)
		}
		return ids[ref]
	}
	nodes := slices.Clone(r.Nodes)
	for _, n := range nodes {
		if n.Template != "" || ids[n.Ref] != 0 {
			continue
		}
		id := add(n.Ref)
		b.Node(graph.Row{ID: id, Entity: id, Node: n, Sources: []string{"test"}})
	}
	for _, e := range r.Edges {
		b.Edge(add(e.From), add(e.To), &e)
	}
	names := map[int64]drover.Ref{}
	for ref, id := range ids {
		names[id] = ref
	}
	b.Name(names)
	b.Index()
	s := b.Build(time.Unix(1_800_000_000, 0), func(int) graph.Facts { return graph.Facts{} })
	docs := map[string]drover.Document{}
	for _, d := range r.Documents {
		docs[d.Hash] = d
	}
	return &effective.Input{Snapshot: s, Document: func(h string) (drover.Document, bool) { d, ok := docs[h]; return d, ok }, Now: time.Unix(1_800_000_000, 0)}
}
