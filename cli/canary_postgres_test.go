package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// Canaries in a real PostgreSQL, in every place where it keeps secrets of others
// and its own, are found nowhere after scans that succeed and scans that fail.
func TestCanariesInPostgres(t *testing.T) {
	pg := realtest.Postgres(t, "15")
	c := &cage{t: t}
	dir := fresh(t)
	out := filepath.Join(dir, "out")
	if err := os.MkdirAll(out, 0o700); err != nil {
		t.Fatal(err)
	}
	db := pg.NewDatabase(t)
	role := "svc_" + strings.ToLower(c.make("no secret", "", "abcdefghijklmnopqrstuvwxyz", 10))
	c.all = c.all[:0] // a name is no secret
	pw := func(name string) string { return c.make(name, "", alnum, 28) }
	reader := pw("the reader's own password")
	pg.Psql(t, db, fmt.Sprintf(`
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE ROLE %[1]s LOGIN PASSWORD '%[2]s';
CREATE ROLE %[1]s_reader LOGIN PASSWORD '%[3]s';
GRANT pg_read_all_settings, pg_read_all_stats TO %[1]s_reader;
ALTER ROLE %[1]s SET app.api_key = '%[4]s';
ALTER DATABASE %[11]s SET app.token = '%[5]s';
COMMENT ON ROLE %[1]s IS 'password: %[6]s';
CREATE SERVER remote FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.example.com', dbname 'x');
CREATE USER MAPPING FOR %[1]s SERVER remote OPTIONS (user 'svc', password '%[7]s');
CREATE SUBSCRIPTION %[1]s_sub CONNECTION 'host=127.0.0.1 port=1 user=svc dbname=x password=%[8]s' PUBLICATION p WITH (connect = false);
CREATE FUNCTION call_out() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN RETURN dblink('host=db.example.com user=svc password=%[9]s', 'SELECT 1'); END $f$;
CREATE FUNCTION call_api() RETURNS text LANGUAGE sql SECURITY DEFINER AS $f$ SELECT 'Authorization: Bearer %[10]s'::text $f$;
SET ROLE %[1]s; SELECT 1; RESET ROLE;
`, role, pw("role password"), reader, pw("role setting"), pw("database setting"), pw("role comment"), pw("user mapping"), pw("subscription"), pw("function body dsn"), pw("function body bearer"), db))
	t.Cleanup(func() {
		pg.Psql(t, db, fmt.Sprintf("ALTER SUBSCRIPTION %[1]s_sub DISABLE; ALTER SUBSCRIPTION %[1]s_sub SET (slot_name = NONE); DROP SUBSCRIPTION %[1]s_sub", role))
		pg.Psql(t, db, fmt.Sprintf("DROP OWNED BY %[1]s, %[1]s_reader CASCADE; ALTER DATABASE %[2]s RESET ALL; DROP ROLE %[1]s, %[1]s_reader", role, db))
	})
	t.Setenv("ADMIN_DSN", pg.DSN(db))
	t.Setenv("READER_DSN", pg.DSNAs(role+"_reader", reader, db))
	t.Setenv("WRONG_DSN", pg.DSNAs(role+"_reader", pw("a wrong password"), db))
	t.Setenv("NOWHERE_DSN", "postgres://svc:"+pw("password for nowhere")+"@127.0.0.1:1/x?connect_timeout=2")
	config := write(t, filepath.Join(dir, "in", "drover.yaml"), `version: 1
sources:
  - {id: admin, kind: postgres, dsn: "${env:ADMIN_DSN}"}
  - {id: reader, kind: postgres, dsn: "${env:READER_DSN}"}
  - {id: wrong, kind: postgres, dsn: "${env:WRONG_DSN}"}
  - {id: nowhere, kind: postgres, dsn: "${env:NOWHERE_DSN}"}
`)
	t.Chdir(out)
	for _, v := range []string{"table", "json"} {
		if _, code := c.run("--config", config, "scan", "-v", "-o", v); code != 3 {
			t.Errorf("scan with sources that fail: exit code %d, want 3", code)
		}
	}
	names := must(t, 0, "list", "nodes", "-o", "name")
	for _, want := range []string{role, "remote", "call_out", role + "_sub"} {
		if !strings.Contains(names, want) {
			t.Errorf("%s was not found: the hunt proves little", want)
		}
	}
	c.run("list", "nodes", "-f", "name:"+role, "-o", "json")
	for _, noun := range []string{"nodes", "credentials", "edges", "documents", "identities"} {
		for _, format := range []string{"wide", "json", "csv", "md", "yaml"} {
			c.run("list", noun, "-o", format)
		}
	}
	for _, name := range []string{role, role + "_reader"} {
		c.run("show", name)
		c.run("show", name, "-o", "json")
	}
	for _, args := range [][]string{{"scan", "--dry-run"}, {"doctor", "--bundle"}, {"source", "test", "wrong"}, {"source", "test", "nowhere", "-o", "json"}, {"config", "view", "--origin"}, {"source", "perms", "reader"}} {
		c.run(append([]string{"--config", config}, args...)...)
	}
	c.run("store", "export", filepath.Join(out, "all.jsonl"))
	c.run("store", "backup", filepath.Join(out, "copy.backup"))
	c.sweep(filepath.Join(dir, "data"), out)
}
