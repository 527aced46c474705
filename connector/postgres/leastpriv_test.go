package postgres_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/postgres"
)

const readerPassword = "Canary-least-5e6f7a"

// reader makes the role that the first scopes describe, and no more.
func reader(t *testing.T, f fixture, name string, grants ...string) string {
	t.Helper()
	f.Psql(t, "postgres", `CREATE ROLE `+name+` LOGIN PASSWORD '`+readerPassword+`' CONNECTION LIMIT 8; ALTER ROLE `+name+` SET default_transaction_read_only = on;`+strings.Join(grants, ";"))
	t.Cleanup(func() { f.Psql(t, "postgres", "DROP OWNED BY "+name+"; DROP ROLE "+name) })
	return f.DSNAs(name, readerPassword, "postgres")
}

// The least role cannot write, with nothing but its own credentials and even
// when it turns off its own read-only setting; and with it all sections are read
// except what the notes say.
func TestLeastPrivilege(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		dsn := reader(t, f, "drover_least")
		denied(t, f, dsn)
		cannotWrite(t, f, "drover_least")

		config := f.config()
		want := connectortest.Collect(t, postgres.Connector, config)
		config["dsn"], config["privileges"] = []string{dsn}, []string{"login"}
		got := connectortest.Collect(t, postgres.Connector, config)
		if got.Err != nil || got.Status() != drover.StatusOK {
			for _, s := range got.Sections {
				if s.Status != drover.StatusOK && s.Status != drover.StatusSkipped {
					t.Errorf("%s is %s: %s %+v", s.Name, s.Status, s.Error, s.Notes)
				}
			}
			t.Fatalf("scan is %s: %v", got.Status(), got.Err)
		}
		// What only more privilege shows is kept, not taken for absent, and said.
		for section, grant := range levelGrants {
			s, _ := got.Section(section)
			if s.Status != drover.StatusSkipped || s.Objects != 0 || !strings.Contains(s.Error, grant) {
				t.Errorf("%s is %s with %d objects: %q; want it skipped for want of %s", section, s.Status, s.Objects, s.Error, grant)
			}
		}
		for section, grant := range map[string]string{"subscriptions": "GRANT SELECT (subconninfo)", "user_mappings": `ALTER ROLE "drover_least" SUPERUSER`, "activity": "pg_read_all_stats"} {
			s, _ := got.Section(section)
			if !slices.ContainsFunc(s.Notes, func(n drover.Note) bool { return strings.Contains(n.Text, grant) }) {
				t.Errorf("%s: no note says what could not be seen and why: %+v", section, s.Notes)
			}
			if section != "activity" && !slices.ContainsFunc(got.Kept, func(k string) bool { return strings.HasPrefix(k, s.Coverage+"#") }) {
				t.Errorf("%s: nothing is kept: %q", section, got.Kept)
			}
		}
		hidden := func(s string) bool {
			for _, part := range []string{"/postgres.password/", "/postgres.hba_rule/", "/postgres.ident_mapping/", "secret/-/postgres.option/", "secret/-/postgres.conninfo/"} {
				if strings.Contains(s, part) {
					return true
				}
			}
			return false
		}
		if d := cmp.Diff(slices.DeleteFunc(contents(want), hidden), contents(got)); d != "" {
			t.Errorf("superuser (-) and least role (+) see other things than the notes say:\n%s", d)
		}
		connectortest.NoCanary(t, strings.Join(contents(got), "\n")+got.Logs, append(canaries(t), readerPassword))
	})
}

var levelGrants = map[string]string{
	"hba":       `GRANT SELECT ON pg_hba_file_rules TO "drover_least"; GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO "drover_least"`,
	"ident":     `GRANT SELECT ON pg_ident_file_mappings TO "drover_least"; GRANT EXECUTE ON FUNCTION pg_ident_file_mappings() TO "drover_least"`,
	"passwords": `GRANT SELECT (oid, rolname, rolpassword, rolvaliduntil) ON pg_authid TO "drover_least"`,
}

// What the role is meant to hold and does not is an error that names the grant,
// of its section and of the probe; what it is not meant to hold is skipped.
func denied(t *testing.T, f fixture, dsn string) {
	t.Helper()
	for level, want := range map[string]map[string]drover.Status{
		"monitor":   {"hba": drover.StatusFailed, "ident": drover.StatusFailed, "passwords": drover.StatusSkipped, "activity": drover.StatusPartial, "user_mappings": drover.StatusOK, "subscriptions": drover.StatusOK, "roles": drover.StatusOK},
		"superuser": {"hba": drover.StatusFailed, "ident": drover.StatusFailed, "passwords": drover.StatusFailed, "activity": drover.StatusPartial, "user_mappings": drover.StatusPartial, "subscriptions": drover.StatusPartial, "roles": drover.StatusOK},
	} {
		config := f.config("privileges", level)
		config["dsn"] = []string{dsn}
		session, err := pgx.Connect(t.Context(), f.DSN(f.db)) // whose details are hidden
		if err != nil {
			t.Fatal(err)
		}
		r := connectortest.Collect(t, postgres.Connector, config)
		session.Close(t.Context())
		for section, status := range want {
			s, _ := r.Section(section)
			if s.Status != status || status != drover.StatusOK && s.Error == "" || !strings.Contains(s.Error, levelGrants[section]) {
				t.Errorf("%s: %s is %s: %s %+v; want %s, naming the grant", level, section, s.Status, s.Error, s.Notes, status)
			}
		}
		err = postgres.Connector.Probe(t.Context(), connectortest.Session(t, postgres.Connector, config, new(bytes.Buffer)))
		for _, grant := range strings.Split(levelGrants["hba"]+"; "+levelGrants["ident"], "; ") {
			if !errors.Is(err, drover.ErrPermission) || !strings.Contains(err.Error(), grant) {
				t.Errorf("%s: the probe says %v, want %s", level, err, grant)
			}
		}
	}
}

func cannotWrite(t *testing.T, f fixture, role string) {
	t.Helper()
	for _, prepare := range []string{"", "SET default_transaction_read_only = off"} {
		conn, err := pgx.Connect(t.Context(), f.DSNAs(role, readerPassword, f.db))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), "SET search_path = public;"+prepare); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			"CREATE TABLE t (id int)", "CREATE TABLE app.t (id int)", "CREATE SCHEMA s", "CREATE ROLE x", "ALTER ROLE app_nopw SUPERUSER", "ALTER ROLE " + role + " SUPERUSER",
			"GRANT team_owner TO " + role, "GRANT SELECT ON app.secured TO " + role, "INSERT INTO app.plain VALUES (1)", "UPDATE app.plain SET id = 1", "DELETE FROM app.plain",
			"TRUNCATE app.plain", "DROP TABLE app.plain", "ALTER TABLE app.plain ADD COLUMN z int", "COPY (SELECT 1) TO PROGRAM 'true'", "COPY (SELECT 1) TO '/tmp/drover'",
			"SELECT rolpassword FROM pg_authid", "SELECT subconninfo FROM pg_subscription", "SELECT pg_read_file('postgresql.conf')", "ALTER SYSTEM SET work_mem = '1MB'",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'", "SET ROLE team_owner", "CREATE EXTENSION hstore",
		} {
			_, err := conn.Exec(t.Context(), sql)
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || pg.Code != "42501" && pg.Code != "25006" {
				t.Errorf("%q as %s after %q: got %v, want permission denied", sql, role, prepare, err)
			}
		}
	}
}

// Each scope, granted as printed, makes its note go away; the probe names what
// is missing and is content once it is there.
func TestScopes(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		dsn := reader(t, f, "drover")
		config := f.config("privileges", "monitor")
		config["dsn"] = []string{dsn}
		probe := func() error {
			return postgres.Connector.Probe(t.Context(), connectortest.Session(t, postgres.Connector, config, new(bytes.Buffer)))
		}
		if err := probe(); !errors.Is(err, drover.ErrPermission) || !strings.Contains(err.Error(), `GRANT pg_monitor TO "drover"`) || !strings.Contains(err.Error(), "pg_hba_file_rules") {
			t.Errorf("probe: %v, want the missing grants", err)
		}
		for _, s := range postgres.Connector.Scopes {
			if strings.Contains(s.Grant, "…") { // the role and its databases are there
				continue
			}
			f.Psql(t, "postgres", s.Grant)
			if s.Name == "SUPERUSER" {
				t.Cleanup(func() { f.Psql(t, "postgres", "ALTER ROLE drover NOSUPERUSER") })
				continue
			}
			cannotWriteTables(t, f)
		}
		if err := probe(); err != nil {
			t.Errorf("probe with all grants: %v", err)
		}
		session, err := pgx.Connect(t.Context(), f.DSN(f.db)) // for activity to see
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close(t.Context())
		r := connectortest.Collect(t, postgres.Connector, config)
		if r.Status() != drover.StatusOK {
			t.Fatalf("scan is %s: %+v", r.Status(), r.Sections)
		}
		for _, section := range []string{"passwords", "hba", "ident", "subscriptions", "user_mappings", "activity"} {
			s, _ := r.Section(section)
			s.Notes = slices.DeleteFunc(s.Notes, func(n drover.Note) bool { return n.Where == `database "template0"` })
			if len(s.Notes) > 0 || s.Objects == 0 && section != "ident" {
				t.Errorf("%s: %d objects, notes %+v, want everything seen", section, s.Objects, s.Notes)
			}
		}
		connectortest.NoCanary(t, strings.Join(contents(r), "\n")+r.Logs, append(canaries(t), readerPassword))
	})
}

func cannotWriteTables(t *testing.T, f fixture) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.DSNAs("drover", readerPassword, f.db))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "SET default_transaction_read_only = off"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"INSERT INTO app.plain VALUES (1)", "CREATE ROLE x", "ALTER ROLE app_nopw LOGIN", "CREATE TABLE public.t (id int)"} {
		var pg *pgconn.PgError
		if _, err := conn.Exec(t.Context(), sql); !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("%q: got %v, want permission denied", sql, err)
		}
	}
}
