package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/internal/realtest"
)

const questions = `
create role q_reader login; create role q_group; grant q_group to q_reader; create role q_owner; create role q_nobody login; create role q_app login noinherit; grant q_group to q_app;
create role q_twin_a login; create role q_twin_b login; grant q_group to q_twin_a, q_twin_b;
create schema sales; grant usage on schema sales to q_group; create table sales.invoice (id int, secret text); alter table sales.invoice owner to q_owner; grant usage on schema sales to q_owner;
grant select on sales.invoice to q_group; create table sales.note (id int, body text); grant select (id) on sales.note to q_group;
create table sales.rows (id int); alter table sales.rows enable row level security; grant select, insert on sales.rows to q_group; create policy mine on sales.rows for select to q_group using (id = 1);
create table public.rows (id int); create function sales.total(int) returns int language sql as 'select 1';
alter default privileges in schema sales grant select on tables to q_group;
revoke connect on database %s from public; grant connect on database %s to q_group;`

// Questions in every spelling, with the verdict and the words that decide.
func TestQuestions(t *testing.T) {
	pg := realtest.Postgres(t, "18")
	db := pg.NewDatabase(t)
	pg.Psql(t, db, sprintf(questions, db, db))
	t.Cleanup(func() {
		pg.Psql(t, db, "drop owned by q_reader, q_group, q_owner, q_nobody, q_app, q_twin_a, q_twin_b cascade; drop role q_reader, q_group, q_owner, q_nobody, q_app, q_twin_a, q_twin_b")
	})
	w := scan(t, map[string][]string{"dsn": {pg.DSN("postgres")}, "databases": {db}, "hosts": {"db.example.com"}})
	who := func(name string) uint32 {
		q, ok := w.model.Question(name, "SET ROLE") // a role goes before a database of the name
		if !ok || q.Row < 0 {
			t.Fatalf("no role %s", name)
		}
		return uint32(q.Row)
	}
	q, _ := w.model.Question(db+".sales.invoice", "")
	ref := string(w.in.Ref(q.Row))
	for _, x := range []struct {
		who, resource, action string
		want                  access.Verdict
		text                  string
	}{
		{"q_reader", db + ".sales.invoice", "SELECT", access.Allow, "granted to role q_group"},
		{"q_reader", "sales.invoice", "select", access.Allow, "q_reader is a member of role q_group"},
		{"q_reader", "invoice", "SELECT", access.Allow, "CONNECT"},
		{"q_reader", db + "/invoice", "SELECT", access.Allow, "USAGE"},
		{"q_reader", ref, " Select ", access.Allow, "granted"},
		{"q_reader", "sales.invoice", "INSERT", access.Deny, "no grant of INSERT"},
		{"q_reader", "sales.invoice(secret)", "SELECT", access.Allow, "granted"},
		{"q_reader", db + ".sales.note(id)", "SELECT", access.Allow, "SELECT(id)"},
		{"q_reader", db + ".sales.note(body)", "SELECT", access.Deny, "SELECT(body)"},
		{"q_reader", db + ".sales.note", "SELECT", access.Deny, "only on 1 of its columns: id"},
		{"q_reader", "sales.rows", "SELECT", access.Conditional, "mine"},
		{"q_reader", "sales.rows", "INSERT", access.Deny, "no row is left"},
		{"q_reader", "sales.total(integer)", "EXECUTE", access.Allow, "PUBLIC"},
		{"q_reader", "sales.invoice", "", access.Allow, "SELECT"},
		{"q_reader", "sales.invoice", "SELECT WITH GRANT OPTION", access.Deny, "WITH GRANT OPTION"},
		{"q_reader", "sales.invoice", "FLY", access.Unknown, "knows no action"},
		{"q_reader", "rows", "SELECT", access.Unknown, "2 objects have this name"},
		{"q_reader", db + ".sales.nothing", "SELECT", access.Unknown, "no object of this name"},
		{"q_reader", db + ".pg_catalog.pg_class", "SELECT", access.Unknown, "initdb"},
		{"q_reader", "q_group", "SET ROLE", access.Allow, "member"},
		{"q_reader", "q_owner", "SET ROLE", access.Deny, "may not SET ROLE"},
		{"q_reader", "q_group", "ADMIN", access.Deny, "may not grant"},
		{"q_reader", db, "CONNECT", access.Allow, "granted"},
		{"q_reader", "plpgsql", "USAGE", access.Allow, "PUBLIC"}, // the extension of the name has no privileges
		{"q_app", "sales.invoice", "SELECT", access.Deny, "after SET ROLE role q_group"},
		{"q_app", "q_group", "INHERIT", access.Deny, "inherit"},
		{"q_nobody", "sales.invoice", "SELECT", access.Deny, "no grant"},
		{"q_nobody", "sales.total(integer)", "EXECUTE", access.Deny, "CONNECT"},
		{"q_owner", "sales.invoice", "OWN", access.Allow, "owns"},
		{"q_owner", "sales.invoice", "", access.Allow, "OWN"},
		{"postgres", "sales.invoice", "DELETE", access.Allow, "superuser"},
		{"pg:" + w.in.Ref(q.Row).Tenant() + "/q_nobody", "sales.invoice", "SELECT", access.Deny, ""},
		{"dsn:postgres://db.example.com:5432/q_reader", "sales.invoice", "SELECT", access.Allow, ""},
	} {
		q, ok := w.model.Question(x.resource, x.action)
		if !ok {
			t.Errorf("%s is no question of ours", x.resource)
			continue
		}
		d := w.model.Decide(who(x.who), q)
		if d.Verdict != x.want || !strings.Contains(sprintf("%+v", d.Proof), x.text) {
			t.Errorf("%s %s %q: %s %+v; want %s with %q", x.who, x.action, x.resource, d.Verdict, d.Proof, x.want, x.text)
		}
		if q.Known != (x.action != "FLY") {
			t.Errorf("action %q: known is %v", x.action, q.Known)
		}
	}
	for _, other := range []string{"arn:aws:s3:::bucket", "pods", "nothing.at.all", "github:org/repo"} {
		if q, ok := w.model.Question(other, "SELECT"); ok {
			t.Errorf("%s is taken for one of ours: %+v", other, q)
		}
	}
	profiles(t, w, who)
	answers(t, w, who)
}

// answers: over the whole graph, each of two roles with one profile is told by
// what it itself may, and who may only after SET ROLE by the way there.
func answers(t *testing.T, w *world, who func(string) uint32) {
	t.Helper()
	g, err := effective.Build(context.Background(), w.in, []*effective.System{System})
	if err != nil {
		t.Fatal(err)
	}
	q, err := g.Question("sales.invoice", "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"q_twin_a", "q_twin_b", "q_app"} {
		a, err := g.Why(context.Background(), who(name), q)
		if err != nil || a.Decision.Verdict != access.Allow || !strings.Contains(sprintf("%+v", a.Decision.Proof), "role "+name+" is a member") {
			t.Errorf("why %s: %v %+v", name, err, a.Decision)
		}
		if via := len(a.Via.Edges); (via > 0) != (name == "q_app") {
			t.Errorf("why %s: %d steps", name, via)
		}
	}
	holders, err := g.WhoCan(context.Background(), q, effective.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range holders {
		if name := g.Name(h.Row); strings.HasPrefix(name, "q_twin") && !strings.Contains(sprintf("%+v", h.Decision.Proof), "member "+name) {
			t.Errorf("who-can: %s by %+v", name, h.Decision.Proof)
		}
	}
}

// profiles: twins share one, and what a profile touches is what it may do.
func profiles(t *testing.T, w *world, who func(string) uint32) {
	t.Helper()
	of := func(name string) uint32 {
		p, ok := w.model.Profile(who(name))
		if !ok {
			t.Fatalf("%s has no profile", name)
		}
		return p
	}
	if of("q_twin_a") != of("q_twin_b") || of("q_twin_a") != of("q_reader") {
		t.Error("roles with the same memberships and nothing of their own have different profiles")
	}
	if of("q_app") == of("q_reader") || of("q_nobody") == of("q_reader") || of("q_group") == of("q_reader") {
		t.Error("roles with different rights have one profile")
	}
	got := map[string][]string{}
	for touch := range w.model.Touch(of("q_reader")) {
		if name := w.in.Name(int(touch.Row)); strings.Contains(name, ".sales") {
			name = name[strings.Index(name, ".sales")+1:]
			got[name] = append(got[name], string(touch.Level)+" "+string(touch.Grade))
		}
	}
	want := map[string][]string{"sales": {"list proven"}, "sales.invoice": {"read proven"}, "sales.note": {"read proven"}, "sales.rows": {"read inferred"}, "sales.total(integer)": {"execute proven"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("touches (-want +got):\n%s", d)
	}
	future := 0
	for _, g := range w.model.Grants(who("q_reader")) {
		if g.Identity == "" || len(g.Actions.In) == 0 || len(g.Resources.In) == 0 || g.Level == "" || len(g.Proof) == 0 {
			t.Errorf("incomplete grant %+v", g)
		}
		if g.Condition.Str("future", "maker") == "postgres" {
			future++
		}
	}
	if future != 1 {
		t.Errorf("%d grants of default privileges, want 1", future)
	}
}

// What is not known is said: a database that was not read, a version that was not,
// and who asks about nothing of ours.
func TestGaps(t *testing.T) {
	ref := func(typ, id string) drover.Ref { return drover.NewRef("postgres", "7", typ, id) }
	role := func(oid string, attrs map[string]any) drover.Node {
		return drover.Node{Ref: ref("postgres.role", oid), Kind: drover.KindIdentity, Type: "postgres.role", Name: "r" + oid, Attrs: drover.NewAttrs(attrs)}
	}
	w := build(t, []drover.Node{role("16385", map[string]any{"rolcanlogin": true}), role("16386", map[string]any{"rolcreaterole": true, "rolcanlogin": true}),
		{Ref: ref("postgres.database", "16400"), Kind: drover.KindResource, Type: "postgres.database", Name: "orders", Attrs: drover.NewAttrs(map[string]any{"datallowconn": true})},
		{Ref: ref("postgres.relation", "16400.16401"), Kind: drover.KindResource, Type: "postgres.table", Name: "orders.public.t"}}, nil, nil)
	text := sprintf("%+v", w.model.Gaps)
	for _, want := range []string{"1 databases of", "the version of", "initdb"} {
		if !strings.Contains(text, want) {
			t.Errorf("no gap %q in %s", want, text)
		}
	}
	q, ok := w.model.Question("orders.public.t", "SELECT")
	if d := w.model.Decide(0, q); !ok || d.Verdict != access.Unknown {
		t.Errorf("a table of a database that was not read: %v %+v", ok, d)
	}
	k := &sketch{nodes: append(w.records.nodes, drover.Node{Ref: drover.NewRef("kubernetes", "c", "kubernetes.service_account", "r16385"), Kind: drover.KindIdentity, Type: "kubernetes.service_account", Name: "r16385"})}
	both := k.build(t)
	if _, ok := both.model.Question("r16385", ""); ok {
		t.Error("a bare name of two systems is taken for ours")
	}
	if _, ok := both.model.Question("r16385", "SET ROLE"); !ok {
		t.Error("an action of ours does not tell")
	}
	if d := w.model.Decide(uint32(w.in.Len()+99), q); d.Verdict != access.Unknown {
		t.Errorf("no role at all: %+v", d)
	}
	for _, e := range w.edges {
		if e.Technique == "PG_CREATEROLE" && (e.Grade == drover.GradeProven || len(e.Cond) == 0) {
			t.Errorf("CREATEROLE on a version that is not known: %+v", e)
		}
	}
}
