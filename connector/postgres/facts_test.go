package postgres_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/postgres"
	"github.com/droverhq/drover/decode"
)

// What the catalogs say of expiry, providers, aliases and stored secrets is said
// in the right words, at the right place.
func TestFacts(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.Psql(t, f.db, "SET ROLE app_super; SELECT 1")
		r := connectortest.Collect(t, postgres.Connector, f.config())
		node := func(typ, name string) drover.Node {
			i := slices.IndexFunc(r.Nodes, func(n drover.Node) bool { return n.Type == typ && n.Name == name })
			if i < 0 {
				t.Fatalf("no %s %q", typ, name)
			}
			return r.Nodes[i]
		}
		edge := func(from drover.Ref, kind drover.EdgeKind, to drover.Ref) {
			t.Helper()
			if !slices.ContainsFunc(r.Edges, func(e drover.Edge) bool { return e.From == from && e.Kind == kind && e.To == to }) {
				t.Errorf("no edge %s %s %s", from, kind, to)
			}
		}
		for name, want := range map[string]time.Time{
			"app_expired":  time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC),
			"app_expiring": time.Date(2031, 5, 6, 5, 8, 9, 123456000, time.UTC),
			"app_before":   time.Unix(0, 0).UTC(),
			"app_forever":  {}, "app_far": {}, "app_super": {},
		} {
			n := node("postgres.password", "password of "+name)
			never, _ := n.Attrs.Bool("no_expiry")
			if !n.Expires.Equal(want) || never != want.IsZero() {
				t.Errorf("%s expires %v, no_expiry %t, want %v", name, n.Expires, never, want)
			}
			edge(n.Ref, drover.EdgeAuthenticates, node("postgres.role", name).Ref)
		}
		for name, provider := range map[string]string{"pg_monitor": "postgresql", "rds_superuser": "aws-rds", "cloudsqladmin": "gcp-cloudsql", "app_super": ""} {
			if got := node("postgres.role", name).Attrs.Str("provider"); got != provider {
				t.Errorf("%s: provider %q, want %q", name, got, provider)
			}
		}
		// By name, by the loopback port of this machine, by the cluster.
		want := []string{`dsn:postgres://pg.example.com:5432/percent%25s%2Fslash%5Cback`, "pg:" + f.tenant + `/percent%s/slash\back`}
		here, err := decode.ParseDSN(f.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		here.User = `percent%s/slash\back`
		want = append(here.UserAliases(connector.ThisMachine()), want...)
		if got := node("postgres.role", here.User).Aliases; len(want) != 3 || !slices.Equal(got, want) {
			t.Errorf("aliases %q, want %q", got, want)
		}

		mapping := node("postgres.user_mapping", "user mapping of rot_a on "+f.db+".billing")
		sub := node("postgres.subscription", "sub_"+f.db)
		setting := node("postgres.db_role_setting", "settings of role rot_b")
		for secret, where := range map[string]struct {
			class  string
			place  drover.Ref
			target string
		}{
			"Canary-fdw-44ee55ff":   {"postgres.option", mapping.Ref, "dsn:postgres://billing.example.com:6432/remote_svc"},
			"Canary-sub-12ab34":     {"postgres.conninfo", sub.Ref, "dsn:postgres://up.example.com:5433/sub_user"},
			"Canary-url-sub9":       {"postgres.conninfo", node("postgres.subscription", "sub2_"+f.db).Ref, "dsn:postgres://up.example.com:5432/sub2"},
			"Canary-jwt-9d8c7b6a5f": {"postgres.setting", setting.Ref, ""},
			"Canary-proconfig-3f":   {"postgres.setting", node("postgres.function", f.db+".app.definer_config()").Ref, ""},
		} {
			cred := drover.SecretRef(where.class, drover.NewFingerprinter(connectortest.Key).Of([]byte(secret)))
			edge(cred, drover.EdgeStoredIn, where.place)
			if where.target != "" {
				edge(cred, drover.EdgeAuthenticates, drover.UnseenRef(where.target))
			}
		}
		definer := node("postgres.function", f.db+".app.definer()")
		i := slices.IndexFunc(r.Documents, func(d drover.Document) bool { return d.Hash == definer.Attrs.Str("document") })
		if i < 0 || !strings.Contains(r.Documents[i].Body, "select count(*) from orders") || !strings.Contains(r.Documents[i].Body, "REDACTED") {
			t.Errorf("the body of the definer function is not kept, or not scrubbed: %+v", definer)
		}
		if rls, _ := node("postgres.table", f.db+".app.secured").Attrs.Bool("relforcerowsecurity"); !rls {
			t.Error("row-level security is not seen")
		}
		if n := node("postgres.large_objects", "large objects of "+f.db); !slices.ContainsFunc(r.Evidence, func(e drover.Evidence) bool { return e.Subject == n.Ref && e.Count == 7 }) {
			t.Error("large objects are not counted")
		}
		says := func(ref drover.Ref, claim, source string) bool {
			return slices.ContainsFunc(r.Evidence, func(e drover.Evidence) bool { return e.Subject == ref && e.Claim == claim && e.Source == source })
		}
		us, other := node("postgres.role", "postgres"), node("postgres.role", "app_super")
		if !says(other.Ref, drover.ClaimCalls, "pg_stat_statements") || says(us.Ref, drover.ClaimCalls, "pg_stat_statements") {
			t.Error("calls are not counted, or our own are")
		}
		for _, n := range []drover.Node{us, other} {
			if reader, _ := n.Attrs.Bool("drover_reader"); reader != (n.Ref == us.Ref) || says(n.Ref, drover.ClaimLastUsed, "this scan") != reader {
				t.Errorf("%s: drover_reader is %t, or its use by this scan is said of another: %+v", n.Name, reader, r.Evidence)
			}
		}
	})
}
