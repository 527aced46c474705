package postgres

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// large is a cluster of a company: roles in groups, tables in schemas, grants to
// groups and to some roles themselves, functions that run as their owners.
func large(b testing.TB, roles, tables int) *world {
	ref := func(typ, id string) drover.Ref { return drover.NewRef("postgres", "7", typ, id) }
	var nodes []drover.Node
	var edges []drover.Edge
	add := func(typ, id, name string, kind drover.Kind, attrs map[string]any) drover.Ref {
		n := drover.Node{Ref: ref(typ, id), Kind: kind, Type: typ, Name: name, Attrs: drover.NewAttrs(attrs)}
		if typ == "postgres.relation" {
			n.Type = "postgres.table"
		}
		nodes = append(nodes, n)
		return n.Ref
	}
	edge := func(from, to drover.Ref, kind drover.EdgeKind, part string) {
		e := drover.Edge{From: from, To: to, Kind: kind, Part: part}
		if kind == drover.EdgeMemberOf {
			e.Cond = drover.NewAttrs(map[string]any{"admin_option": false, "inherit_option": true, "set_option": true})
		}
		edges = append(edges, e)
	}
	public := ref("postgres.public", "PUBLIC")
	add("postgres.cluster", "7", "orders", drover.KindResource, map[string]any{"server_version_num": 180000})
	add("postgres.public", "PUBLIC", "PUBLIC", drover.KindGroup, nil)
	add("postgres.role", "10", "postgres", drover.KindIdentity, map[string]any{"rolsuper": true, "rolcanlogin": true})
	role := func(i int) drover.Ref { return ref("postgres.role", fmt.Sprint(16384+i)) }
	for i := range roles {
		add("postgres.role", fmt.Sprint(16384+i), fmt.Sprintf("app_%d", i), drover.KindIdentity, map[string]any{"rolcanlogin": i >= roles/10, "rolinherit": true})
		if i >= roles/10 {
			edge(role(i), role(i%(roles/10)), drover.EdgeMemberOf, "grantor=10")
			edge(role(i), role((i*7)%(roles/10)), drover.EdgeMemberOf, "grantor=10")
		}
	}
	db := add("postgres.database", "5", "orders", drover.KindResource, map[string]any{"datallowconn": true})
	edge(public, db, drover.EdgeCanAccess, "CONNECT")
	edge(ref("postgres.role", "10"), db, drover.EdgeOwns, "")
	for i := range 50 {
		s := add("postgres.schema", fmt.Sprintf("5.%d", 100+i), fmt.Sprintf("orders.s%d", i), drover.KindResource, nil)
		edge(public, s, drover.EdgeCanAccess, "USAGE")
		edge(role(i), s, drover.EdgeOwns, "")
	}
	for i := range tables {
		t := add("postgres.relation", fmt.Sprintf("5.%d", 100_000+i), fmt.Sprintf("orders.s%d.t%d", i%50, i), drover.KindResource, nil)
		edge(ref("postgres.schema", fmt.Sprintf("5.%d", 100+i%50)), t, drover.EdgeContains, "")
		edge(role(i%50), t, drover.EdgeOwns, "")
		for k := range 4 {
			edge(role((i+k*13)%(roles/10)), t, drover.EdgeCanAccess, []string{"SELECT", "INSERT", "UPDATE", "DELETE"}[k])
		}
		edge(role(i%roles), t, drover.EdgeCanAccess, "SELECT")
		if i%20 == 0 {
			edge(role(i%(roles/10)), t, drover.EdgeCanAccess, "TRIGGER")
		}
		if i%50 == 0 {
			f := add("postgres.function", fmt.Sprintf("5.%d", 900_000+i), fmt.Sprintf("orders.s%d.f%d()", i%50, i), drover.KindResource, map[string]any{"prosecdef": true, "lanname": "plpgsql", "lanpltrusted": true})
			edge(ref("postgres.schema", fmt.Sprintf("5.%d", 100+i%50)), f, drover.EdgeContains, "")
			edge(role(i%50), f, drover.EdgeOwns, "")
			edge(role(i%(roles/10)), f, drover.EdgeCanAccess, "EXECUTE")
		}
	}
	return build(b, nodes, edges, nil)
}

// BenchmarkLoad makes the effects of a large cluster; the other two ask it.
func BenchmarkLoad(b *testing.B) {
	w := large(b, 2000, 20_000)
	for b.Loop() {
		m, err := System.Load(context.Background(), w.in)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(slices.Collect(m.Edges))), "edges")
	}
}

func BenchmarkTouch(b *testing.B) {
	w := large(b, 2000, 20_000)
	q, _ := w.model.Question("app_777", "SET ROLE")
	p, _ := w.model.Profile(uint32(q.Row))
	for b.Loop() {
		n := 0
		for range w.model.Touch(p) {
			n++
		}
		b.ReportMetric(float64(n), "touches")
	}
}

func BenchmarkDecide(b *testing.B) {
	w := large(b, 2000, 20_000)
	who, _ := w.model.Question("app_777", "SET ROLE")
	var qs []effective.Question
	for i := range 1000 {
		q, ok := w.model.Question(fmt.Sprintf("orders.s%d.t%d", i%50, i), "SELECT")
		if !ok || q.Row < 0 {
			b.Fatal("no such table")
		}
		qs = append(qs, q)
	}
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		w.model.Decide(uint32(who.Row), qs[i%len(qs)])
	}
}
