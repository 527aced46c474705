package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/postgres"
)

// same compares two sets by id, both ways.
func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	slices.Sort(got)
	if len(want) == 0 {
		t.Errorf("%s: the foreign count is 0: nothing is compared", what)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: missing (-) and extra (+):\n%s", what, d)
	}
}

func edges(r *connectortest.Result, kind drover.EdgeKind, keep func(e drover.Edge) (string, bool)) []string {
	var out []string
	for _, e := range r.Edges {
		if e.Kind == kind {
			if s, ok := keep(e); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// What psql counts and what the connector saw are the same sets, by id.
func TestForeignCount(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		r := connectortest.Collect(t, postgres.Connector, f.config())
		if r.Err != nil || r.Status() != drover.StatusOK {
			t.Fatalf("scan is %s: %v %+v", r.Status(), r.Err, r.Sections)
		}
		var identities, roles []string
		for _, n := range r.ByType("postgres.role") {
			if n.Kind == drover.KindIdentity {
				identities = append(identities, string(n.Ref))
			} else {
				roles = append(roles, string(n.Ref))
			}
			if !n.Created.IsZero() {
				t.Errorf("%s has a creation time, which PostgreSQL does not know", n.Ref)
			}
		}
		role := "'" + f.ref("postgres.role", "") + "' || "
		same(t, "identities", f.lines(t, f.db, "select "+role+"oid from pg_roles where rolcanlogin"), identities)
		same(t, "roles", f.lines(t, f.db, "select "+role+"oid from pg_roles where not rolcanlogin"), roles)
		t.Logf("%d identities, %d roles", len(identities), len(roles))

		options := "admin_option"
		if f.Version() >= "16" {
			options = "admin_option || ' ' || inherit_option || ' ' || set_option"
		}
		same(t, "memberships", f.lines(t, f.db, "select "+role+"member || ' ' || "+role+"roleid || ' grantor=' || grantor || ' ' || "+options+" from pg_auth_members"),
			edges(r, drover.EdgeMemberOf, func(e drover.Edge) (string, bool) {
				s := fmt.Sprintf("%s %s %s %v", e.From, e.To, e.Part, e.Cond.Get("admin_option"))
				if v := e.Cond.Get("inherit_option"); v != nil {
					s += fmt.Sprintf(" %v %v", v, e.Cond.Get("set_option"))
				}
				return s, true
			}))
		var passwords []string
		for _, n := range r.ByType("postgres.password") {
			it, _ := n.Attrs.Int("iterations")
			passwords = append(passwords, fmt.Sprintf("%s %s %d", n.Ref, n.Attrs.Str("method"), it))
		}
		same(t, "passwords", f.lines(t, f.db, "select '"+f.ref("postgres.password", "")+"' || oid || ' ' || case left(rolpassword, 3) when 'md5' then 'md5 0' else 'scram-sha-256 ' || split_part(split_part(rolpassword, '$', 2), ':', 1) end from pg_authid where rolpassword is not null"), passwords)
		objects(t, f, r)
		grants(t, f, r)
	})
}

func objects(t *testing.T, f fixture, r *connectortest.Result) {
	t.Helper()
	dboid := strings.TrimSpace(f.Psql(t, f.db, "select oid from pg_database where datname = current_database()"))
	for typ, sql := range map[string]string{
		"postgres.schema":               "pg_namespace where nspname not like 'pg\\_toast%' and nspname not like 'pg\\_temp%'",
		"postgres.relation":             "pg_class where relkind in ('r','p','v','m','S','f') and oid >= 16384",
		"postgres.function":             "pg_proc where oid >= 16384",
		"postgres.extension":            "pg_extension",
		"postgres.event_trigger":        "pg_event_trigger",
		"postgres.foreign_server":       "pg_foreign_server",
		"postgres.foreign_data_wrapper": "pg_foreign_data_wrapper",
		"postgres.user_mapping":         "pg_user_mapping",
		"postgres.policy":               "pg_policy",
		"postgres.default_acl":          "pg_default_acl",
		"postgres.publication":          "pg_publication",
	} {
		prefix := f.ref(typ, dboid+".")
		var got []string
		for _, n := range r.Nodes {
			if strings.HasPrefix(string(n.Ref), prefix) && !systemObject(n) {
				got = append(got, string(n.Ref))
			}
		}
		same(t, typ, f.lines(t, f.db, "select '"+prefix+"' || oid from "+sql), got)
	}
	same(t, "databases", f.lines(t, f.db, "select '"+f.ref("postgres.database", "")+"' || oid from pg_database"), refs(r.ByType("postgres.database")))
	same(t, "subscriptions", f.lines(t, f.db, "select '"+f.ref("postgres.subscription", "")+"' || oid from pg_subscription"), refs(r.ByType("postgres.subscription")))
	same(t, "hba rules", f.lines(t, f.db, "select line_number from pg_hba_file_rules"), lineNumbers(r.ByType("postgres.hba_rule")))
	owner := "'" + f.ref("postgres.role", "") + "' || relowner || ' " + f.ref("postgres.relation", dboid+".") + "' || oid"
	same(t, "owners of relations", f.lines(t, f.db, "select "+owner+" from pg_class where relkind in ('r','p','v','m','S','f') and oid >= 16384"),
		edges(r, drover.EdgeOwns, func(e drover.Edge) (string, bool) {
			n, _ := r.Node(e.To)
			return string(e.From) + " " + string(e.To), strings.HasPrefix(string(e.To), f.ref("postgres.relation", dboid+".")) && !systemObject(n)
		}))
	same(t, "definer functions", f.lines(t, f.db, "select '"+f.ref("postgres.function", dboid+".")+"' || oid || ' "+f.ref("postgres.role", "")+"' || proowner from pg_proc where prosecdef and oid >= 16384"),
		edges(r, drover.EdgeRunsAs, func(e drover.Edge) (string, bool) {
			return string(e.From) + " " + string(e.To), strings.HasPrefix(string(e.From), f.ref("postgres.function", dboid+"."))
		}))
}

// systemObject tells the few objects of initdb that the connector shows because
// somebody granted them anew.
func systemObject(n drover.Node) bool {
	return (strings.HasPrefix(n.Type, "postgres.") && strings.Contains(n.Name, ".pg_catalog.")) && n.Type != "postgres.schema"
}

func refs(nodes []drover.Node) (out []string) {
	for _, n := range nodes {
		out = append(out, string(n.Ref))
	}
	return out
}

func lineNumbers(nodes []drover.Node) (out []string) {
	for _, n := range nodes {
		line := n.Attrs.Str("line")
		out = append(out, line[strings.LastIndexByte(line, ':')+1:])
	}
	return out
}

// grants compares every access edge with what the server's own aclexplode says,
// relation by relation and column by column.
func grants(t *testing.T, f fixture, r *connectortest.Result) {
	t.Helper()
	dboid := strings.TrimSpace(f.Psql(t, f.db, "select oid from pg_database where datname = current_database()"))
	grantee := "case a.grantee when 0 then '" + f.ref("postgres.public", "PUBLIC") + "' else '" + f.ref("postgres.role", "") + "' || a.grantee end || ' "
	option := "case when bool_or(a.is_grantable) then ' WITH GRANT OPTION' else '' end"
	for what, q := range map[string]struct{ prefix, sql string }{
		"databases": {f.ref("postgres.database", ""), "pg_database o, aclexplode(coalesce(datacl, acldefault('d', datdba))) a where a.grantee <> datdba"},
		"schemas":   {f.ref("postgres.schema", dboid+"."), "pg_namespace o, aclexplode(nspacl) a where a.grantee <> nspowner and nspname not like 'pg\\_toast%'"},
		"relations": {f.ref("postgres.relation", dboid+"."), "pg_class o, aclexplode(relacl) a where a.grantee <> relowner and (o.oid >= 16384 or o.relname = 'pg_authid')"},
		"functions": {f.ref("postgres.function", dboid+"."), "pg_proc o, aclexplode(coalesce(proacl, acldefault('f', proowner))) a where a.grantee <> proowner and (o.oid >= 16384 or o.oid = 'pg_read_file(text)'::regprocedure)"},
		"servers":   {f.ref("postgres.foreign_server", dboid+"."), "pg_foreign_server o, aclexplode(srvacl) a where a.grantee <> srvowner"},
	} {
		got := edges(r, drover.EdgeCanAccess, func(e drover.Edge) (string, bool) {
			return fmt.Sprintf("%s %s %s", e.From, e.To, e.Part), strings.HasPrefix(string(e.To), q.prefix) && !strings.Contains(e.Part, "(") && !strings.HasPrefix(string(e.From), f.ref("postgres.event_trigger", ""))
		})
		same(t, "grants on "+what, f.lines(t, f.db, "select "+grantee+q.prefix+"' || o.oid || ' ' || a.privilege_type || "+option+" from "+q.sql+" group by a.grantee, o.oid, a.privilege_type"), got)
	}
	got := edges(r, drover.EdgeCanAccess, func(e drover.Edge) (string, bool) {
		return fmt.Sprintf("%s %s %s", e.From, e.To, e.Part), strings.HasPrefix(string(e.To), f.ref("postgres.relation", dboid+".")) && strings.Contains(e.Part, "(")
	})
	same(t, "grants on columns", f.lines(t, f.db, "select "+grantee+f.ref("postgres.relation", dboid+".")+"' || o.attrelid || ' ' || a.privilege_type || '(' || o.attname || ')' || "+option+
		" from pg_attribute o join pg_class c on c.oid = o.attrelid, aclexplode(o.attacl) a where a.grantee <> c.relowner and (o.attrelid >= 16384 or o.attrelid = 'pg_subscription'::regclass and o.attname = 'subconninfo') group by a.grantee, o.attrelid, o.attname, a.privilege_type"), got)
}
