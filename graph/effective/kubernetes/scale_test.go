package kubernetes

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// large is a cluster of many namespaces, each with accounts, workloads, Secrets,
// roles and bindings, and controllers that have rights everywhere.
func large(spaces, each int) *connectortest.Result {
	r := &connectortest.Result{}
	ref := func(typ, name string) drover.Ref { return drover.NewRef(system, "c", typ, drover.Named(name)) }
	node := func(kind drover.Kind, typ, ns, name string, attrs map[string]any) drover.Ref {
		id := name
		if ns != "" {
			id = ns + "/" + name
			attrs["namespace"] = ns
		}
		n := drover.Node{Ref: ref(typ, id), Kind: kind, Type: system + "." + typ, Name: name, Attrs: drover.NewAttrs(attrs)}
		r.Nodes = append(r.Nodes, n)
		return n.Ref
	}
	edge := func(from, to drover.Ref, kind drover.EdgeKind) {
		r.Edges = append(r.Edges, drover.Edge{From: from, To: to, Kind: kind})
	}
	binds := func(binding, who, role drover.Ref) {
		edge(binding, who, drover.EdgeAttached)
		r.Edges = append(r.Edges, drover.Edge{From: who, To: role, Kind: drover.EdgeMemberOf, Part: binding.ID()})
	}
	doc := func(rules string) string {
		d := drover.NewDocument("k8s-rbac", `{"rules":[`+rules+`]}`)
		r.Documents = append(r.Documents, d)
		return d.Hash
	}
	exec := doc(`{"verbs":["create"],"apiGroups":[""],"resources":["pods/exec"]},{"verbs":["get","list"],"apiGroups":[""],"resources":["pods"]}`)
	read := doc(`{"verbs":["get","list","watch"],"apiGroups":[""],"resources":["secrets","configmaps"]}`)
	node(drover.KindResource, "cluster", "", "c", map[string]any{})
	node(drover.KindRole, "cluster_role", "", "reader", map[string]any{"document": read})
	authenticated := node(drover.KindGroup, "group", "", "system:authenticated", map[string]any{})
	for m := range 100 {
		node(drover.KindWorkload, "node", "", fmt.Sprint("n", m), map[string]any{})
	}
	for s := range spaces {
		ns := fmt.Sprint("ns", s)
		node(drover.KindResource, "namespace", "", ns, map[string]any{})
		node(drover.KindRole, "role", ns, "execs", map[string]any{"document": exec})
		for i := range each {
			name := fmt.Sprint("a", i)
			sa := node(drover.KindIdentity, "service_account", ns, name, map[string]any{})
			edge(sa, authenticated, drover.EdgeMemberOf)
			edge(node(drover.KindWorkload, "deployment", ns, name, map[string]any{"containers": []any{map[string]any{"name": "c"}}}), sa, drover.EdgeRunsAs)
			node(drover.KindResource, "secret", ns, name, map[string]any{})
			if i%10 == 0 {
				binds(node(drover.KindPolicy, "role_binding", ns, name, map[string]any{"roleRef": map[string]any{"kind": "Role", "name": "execs"}}), sa, ref("role", ns+"/execs"))
			}
			if s%20 == 0 && i == 1 {
				binds(node(drover.KindPolicy, "cluster_role_binding", "", ns+name, map[string]any{"roleRef": map[string]any{"kind": "ClusterRole", "name": "reader"}}), sa, ref("cluster_role", "reader"))
			}
		}
	}
	return r
}

// The edges of a cluster grow with what is in it, not with who may do it times
// what it is done to.
func TestEdgesGrowWithTheCluster(t *testing.T) {
	in := input(large(40, 40))
	m, err := System.Load(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range m.Edges {
		n++
	}
	if most := 12 * in.Len(); n > most {
		t.Errorf("%d edges for %d rows, want at most %d", n, in.Len(), most)
	}
}

func BenchmarkLoad(b *testing.B) {
	in := input(large(300, 100))
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		m, err := System.Load(b.Context(), in)
		if err != nil {
			b.Fatal(err)
		}
		n = 0
		for range m.Edges {
			n++
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	b.ReportMetric(float64(in.Len()), "rows")
	b.ReportMetric(float64(n), "edges")
	b.ReportMetric(float64(stats.HeapInuse)/(1<<20), "heap-MiB")
}
