package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/internal/realtest"
)

// A sketch is a small estate written by hand: what real servers of the tests do
// not have, such as a provider's roles or a pg_hba.conf that trusts.
type sketch struct {
	nodes []drover.Node
	edges []drover.Edge
}

func (k *sketch) ref(typ, id string) drover.Ref {
	return drover.NewRef("postgres", "7", "postgres."+typ, id)
}

func (k *sketch) node(typ, id, name string, attrs map[string]any, aliases ...string) drover.Ref {
	kind := map[string]drover.Kind{"role": drover.KindIdentity, "password": drover.KindCredential, "hba_rule": drover.KindPolicy, "public": drover.KindGroup, "user_mapping": drover.KindPlace, "subscription": drover.KindWorkload}[typ]
	if kind == "" {
		kind = drover.KindResource
	}
	n := drover.Node{Ref: k.ref(typ, id), Kind: kind, Type: "postgres." + typ, Name: name, Aliases: aliases, Attrs: drover.NewAttrs(attrs)}
	k.nodes = append(k.nodes, n)
	return n.Ref
}

func (k *sketch) edge(from, to drover.Ref, kind drover.EdgeKind, part string) {
	k.edges = append(k.edges, drover.Edge{From: from, To: to, Kind: kind, Part: part})
}

func (k *sketch) role(id, name string, attrs ...string) drover.Ref {
	m := map[string]any{"rolinherit": true}
	for _, a := range attrs {
		m[a] = true
	}
	return k.node("role", id, name, m)
}

// start has a cluster, its superuser, a role app and a database.
func start(attrs ...string) (k *sketch, app drover.Ref) {
	k = &sketch{}
	k.node("cluster", "7", "orders", map[string]any{"server_version_num": 180000})
	k.role("10", "postgres", "rolsuper", "rolcanlogin")
	k.node("database", "5", "orders", map[string]any{"datallowconn": true})
	k.node("schema", "5.2200", "orders.public", nil)
	return k, k.role("16385", "app", append(attrs, "rolcanlogin")...)
}

func (k *sketch) build(t testing.TB) *world { return build(t, k.nodes, k.edges, nil) }

// lines are the effects of one role or node, by name, as "to kind technique grade".
func (w *world) lines(from string) []string {
	var out []string
	for _, e := range w.edges {
		if w.name(e.From) == from {
			move := "touches " + string(e.Level)
			if e.Move {
				move = "moves"
			}
			out = append(out, fmt.Sprintf("%s %s %s %s %s", w.name(e.To), move, e.Kind, e.Technique, e.Grade))
		}
	}
	slices.Sort(out)
	return out
}

// dblink_connect_u opens the cluster where pg_hba.conf lets local connections in
// without a password, or was not read, and nowhere else.
func TestTrustedLocal(t *testing.T) {
	for _, x := range []struct {
		rules []map[string]any
		find  bool
	}{
		{nil, true},
		{[]map[string]any{{"type": "local", "database": []string{"all"}, "user_name": []string{"all"}, "auth_method": "peer"}}, true},
		{[]map[string]any{{"type": "host", "database": []string{"all"}, "user_name": []string{"all"}, "auth_method": "trust"}}, true},
		{[]map[string]any{{"type": "host", "database": []string{"all"}, "user_name": []string{"all"}, "auth_method": "scram-sha-256"}}, false},
	} {
		k, app := start()
		k.edge(app, k.ref("database", "5"), drover.EdgeCanAccess, "CONNECT")
		f := k.node("function", "5.20000", "orders.public.dblink_connect_u(text)", map[string]any{"lanname": "c"})
		k.edge(app, f, drover.EdgeCanAccess, "EXECUTE")
		for i, r := range x.rules {
			k.node("hba_rule", fmt.Sprint(i), "rule", r)
		}
		got := slices.Contains(k.build(t).lines("app"), "orders moves escalates PG_DBLINK inferred")
		if got != x.find {
			t.Errorf("%v: found is %v, want %v", x.rules, got, x.find)
		}
	}
}

// REPLICATION is of use where pg_hba.conf has a rule for it.
func TestReplicationRule(t *testing.T) {
	for _, x := range []struct {
		database, user, method string
		find                   bool
	}{{"replication", "all", "scram-sha-256", true}, {"replication", "app", "md5", true}, {"replication", "+app", "md5", true}, {"all", "all", "trust", false}, {"replication", "other", "trust", false}, {"replication", "all", "reject", false}} {
		k, _ := start("rolreplication")
		k.node("hba_rule", "1", "rule", map[string]any{"type": "host", "database": []string{x.database}, "user_name": []string{x.user}, "auth_method": x.method})
		if got := slices.Contains(k.build(t).lines("app"), "orders touches secrets can_access PG_REPLICATION inferred"); got != x.find {
			t.Errorf("%+v: found is %v", x, got)
		}
	}
}

// What is granted to PUBLIC is for those who may connect to the database that it is
// in: for everybody, or for each who may.
func TestPublicConnects(t *testing.T) {
	const lo = "host of orders touches write can_access PG_WRITE_SERVER_FILES proven"
	for _, x := range []struct {
		connect           string // to whom
		public, app, stay bool
	}{{"PUBLIC", true, false, false}, {"app", false, true, false}, {"", false, false, false}} {
		k, app := start()
		public := k.node("public", "PUBLIC", "PUBLIC", nil)
		k.role("16386", "stay", "rolcanlogin")
		f := k.node("function", "5.767", "orders.pg_catalog.lo_export(oid, text)", map[string]any{"lanname": "internal"})
		k.edge(public, f, drover.EdgeCanAccess, "EXECUTE")
		switch x.connect {
		case "PUBLIC":
			k.edge(public, k.ref("database", "5"), drover.EdgeCanAccess, "CONNECT")
		case "app":
			k.edge(app, k.ref("database", "5"), drover.EdgeCanAccess, "CONNECT")
		}
		w := k.build(t)
		for name, want := range map[string]bool{"PUBLIC": x.public, "app": x.app, "stay": x.stay} {
			if got := slices.Contains(w.lines(name), lo); got != want {
				t.Errorf("CONNECT to %q: %s: found is %v, want %v", x.connect, name, got, want)
			}
		}
		if got := slices.Contains(w.lines("app"), "PUBLIC moves member_of  proven"); got != x.public {
			t.Errorf("CONNECT to %q: app is led to PUBLIC: %v", x.connect, got)
		}
	}
}

// A provider's server has no machine that its customers reach, and that is said.
func TestProvider(t *testing.T) {
	k, _ := start()
	k.node("role", "16390", "rdsadmin", map[string]any{"rolsuper": true, "provider": "aws-rds"})
	w := k.build(t)
	for _, e := range w.edges {
		if e.Technique == "PG_COPY_PROGRAM" || w.typ(e.To) == "postgres.host" {
			t.Errorf("a way to the provider's machine: %+v", e)
		}
	}
	if !strings.Contains(fmt.Sprint(w.model.Gaps), "aws-rds") {
		t.Errorf("not said: %v", w.model.Gaps)
	}
}

// The server's account is joined to the computer whose loopback the server is on.
func TestMachine(t *testing.T) {
	k, _ := start()
	k.nodes[0].Aliases = []string{"dsn:postgres://[machine:abc]:5432", "pg:7"}
	k.nodes = append(k.nodes, drover.Node{Ref: drover.NewRef("machine", "abc", "host", "abc"), Kind: drover.KindIdentity, Type: "machine.host", Name: "build-7"})
	got := k.build(t).lines("build-7")
	if d := cmp.Diff([]string{"host of orders moves contains  inferred"}, got); d != "" {
		t.Error(d)
	}
	if got := k.build(t).lines("host of orders"); !slices.Contains(got, "build-7 touches execute can_access  inferred") {
		t.Errorf("got %q", got)
	}
}

// An md5 hash logs in as it is; a SCRAM verifier has to be guessed.
func TestVerifiers(t *testing.T) {
	k, _ := start()
	k.role("6181", "pg_read_all_data")
	k.node("password", "16385", "password of app", map[string]any{"method": "md5"})
	k.node("password", "10", "password of postgres", map[string]any{"method": "scram-sha-256"})
	want := []string{"password of app moves reads_secret PG_READ_AUTHID proven", "password of postgres moves reads_secret PG_READ_AUTHID inferred"}
	if d := cmp.Diff(want, k.build(t).lines("pg_read_all_data")); d != "" {
		t.Error(d)
	}
}

// The secret of a subscription is read by who was granted it, and by the cluster.
func TestSubscriptionSecret(t *testing.T) {
	k, app := start()
	k.edge(app, k.ref("database", "5"), drover.EdgeCanAccess, "CONNECT")
	sub := k.node("subscription", "30000", "sub", nil)
	cred := drover.SecretRef("postgres.conninfo", "hs256:00")
	k.nodes = append(k.nodes, drover.Node{Ref: cred, Kind: drover.KindCredential, Type: "postgres.conninfo", Name: "secret"})
	k.edge(cred, sub, drover.EdgeStoredIn, "password")
	if got := k.build(t).lines("app"); len(got) != 0 {
		t.Errorf("without the grant: %q", got)
	}
	cat := k.node("relation", "5.6100", "orders.pg_catalog.pg_subscription", nil)
	k.edge(app, cat, drover.EdgeCanAccess, "SELECT(subconninfo)")
	if d := cmp.Diff([]string{"secret moves reads_secret PG_CATALOG_SECRET proven"}, k.build(t).lines("app")); d != "" {
		t.Error(d)
	}
	if !slices.Contains(k.build(t).lines("orders"), "secret moves reads_secret PG_CATALOG_SECRET proven") {
		t.Error("the cluster does not read it")
	}
}

// What a hostile or broken scan asserts stops nothing: circles of membership,
// ends that are not there, numbers that are none.
func TestBrokenRecords(t *testing.T) {
	k, app := start()
	other := k.role("16386", "other")
	k.edge(app, other, drover.EdgeMemberOf, "grantor=x")
	k.edge(other, app, drover.EdgeMemberOf, "")
	k.edge(app, k.ref("role", "99999999999"), drover.EdgeMemberOf, "")
	k.node("role", "not a number", "odd", nil)
	k.node("relation", "5.x", "odd", nil)
	k.node("relation", "77.88", "no.such.database", nil)
	k.edge(app, k.ref("relation", "77.88"), drover.EdgeCanAccess, "SELECT")
	k.edge(app, k.ref("relation", "77.88"), drover.EdgeCanAccess, "FLY")
	k.edge(other, k.ref("cluster", "7"), drover.EdgeOwns, "")
	w := k.build(t)
	q, _ := w.model.Question(string(k.ref("relation", "77.88")), "SELECT")
	i, _ := w.in.Find(app)
	if d := w.model.Decide(uint32(i), q); d.Verdict != access.Unknown {
		t.Errorf("a table of no database: %+v", d)
	}
	if !strings.Contains(fmt.Sprint(w.model.Gaps), "1 objects of databases") {
		t.Errorf("not said: %v", w.model.Gaps)
	}
	if p, ok := w.model.Profile(uint32(i)); !ok {
		t.Error("no profile")
	} else {
		for range w.model.Touch(p) {
		}
	}
	for range w.model.Touch(1 << 30) {
		t.Error("a profile that there is not touches something")
	}
}

// Every technique that an effect names is described, once, with its source; and
// each is tried, here or on a server.
func TestTechniquesListed(t *testing.T) {
	tried := map[string]bool{"PG_DATA_DIRECTORY": true, "PG_DBLINK": true}
	for _, x := range slices.Concat(truths, truthsOfCode) {
		tried[x.technique] = tried[x.technique] || x.find
	}
	seen := map[string]bool{}
	for _, x := range techniques {
		if seen[x.ID] || x.Title == "" || x.Doc == "" || len(x.Needs) == 0 || !strings.HasPrefix(x.Cite, "https://www.postgresql.org/docs/") {
			t.Errorf("%+v", x)
		}
		if seen[x.ID] = true; !tried[x.ID] {
			t.Errorf("no test finds %s", x.ID)
		}
	}
	for id := range tried {
		if !seen[id] {
			t.Errorf("%s is tested and not described", id)
		}
	}
}

// The numbers and names of predefined roles, and since when there are any, are the
// server's.
func TestPredefinedRoles(t *testing.T) {
	for _, major := range []string{"15", "18"} {
		t.Run(major, func(t *testing.T) {
			pg := realtest.Postgres(t, major)
			want := strings.Split(strings.TrimSpace(pg.Psql(t, "postgres", "select oid || ' ' || rolname from pg_roles where rolname like 'pg\\_%' and oid < 16384")), "\n")
			slices.Sort(want)
			version := strings.TrimSpace(pg.Psql(t, "postgres", "show server_version_num"))
			var got []string
			for _, p := range pgacl.PredefinedRoles {
				if fmt.Sprintf("%06d", p.Since) <= version {
					got = append(got, fmt.Sprintf("%d %s", p.OID, p.Name))
				}
			}
			slices.Sort(got)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-server +ours):\n%s", d)
			}
		})
	}
}

// Effects are the same each time, and each is complete.
func TestEffectsStable(t *testing.T) {
	w := large(t, 100, 300)
	again := large(t, 100, 300)
	if d := cmp.Diff(w.edges, again.edges); d != "" {
		t.Errorf("two builds differ:\n%s", d)
	}
	for _, e := range w.edges {
		if e.From == e.To || e.Grade == "" || len(e.Proof) == 0 || (len(e.Cond) > 0) != (e.Grade == drover.GradeInferred) || !e.Move && e.Level == "" {
			t.Errorf("incomplete: %+v", e)
		}
	}
}
