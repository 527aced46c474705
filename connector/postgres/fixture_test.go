package postgres_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/postgres"
	"github.com/droverhq/drover/internal/realtest"
)

var majors = []string{"15", "18"}

// clusters remembers on which servers the roles of testdata/cluster.sql are.
var clusters sync.Map

// A fixture is a real server with roles and objects of every kind.
type fixture struct {
	*realtest.PG
	db     string
	tenant string
}

func newFixture(t *testing.T, major string) fixture {
	t.Helper()
	pg := realtest.Postgres(t, major)
	if _, done := clusters.LoadOrStore(major, true); !done {
		pg.Psql(t, "postgres", read(t, "cluster.sql"))
	}
	db := pg.NewDatabase(t)
	t.Cleanup(func() {
		pg.Psql(t, db, `SELECT format('ALTER SUBSCRIPTION %1$I DISABLE; ALTER SUBSCRIPTION %1$I SET (slot_name = NONE); DROP SUBSCRIPTION %1$I', subname)
 FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database() \gexec`)
	})
	pg.Psql(t, db, read(t, "database.sql"))
	return fixture{pg, db, strings.TrimSpace(pg.Psql(t, db, "SELECT system_identifier FROM pg_control_system()"))}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (f fixture) config(more ...string) map[string][]string {
	c := map[string][]string{"dsn": {f.DSN("postgres")}, "hosts": {"PG.example.com:5432"}, "page_size": {"37"}}
	for p := range slices.Chunk(more, 2) {
		c[p[0]] = []string{p[1]}
	}
	return c
}

// ref is the test's own spelling of a ref.
func (f fixture) ref(typ, id string) string { return "postgres/" + f.tenant + "/" + typ + "/" + id }

// lines runs a query of the foreign client and returns its sorted rows.
func (f fixture) lines(t *testing.T, db, sql string) []string {
	t.Helper()
	var out []string
	for _, l := range strings.Split(f.Psql(t, db, sql), "\n") {
		if l != "" {
			out = append(out, l)
		}
	}
	slices.Sort(out)
	return out
}

// quiet waits until the sessions of those who made the fixture are gone: a server ends
// them a moment after their clients did, and one scan would see what the next does not.
// It asks under the connector's own name, which scans leave out.
func (f fixture) quiet(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.DSN("postgres")+"?application_name=drover")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var n int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'drover'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d sessions of others do not end", n)
		}
	}
}

// canaries are all the secret values of the fixture.
func canaries(t *testing.T) []string {
	t.Helper()
	found := regexp.MustCompile(`Canary[-0-9a-zA-Z]{6,}`).FindAllString(read(t, "cluster.sql")+read(t, "database.sql"), -1)
	if len(found) < 20 {
		t.Fatalf("only %d canaries in the fixtures", len(found))
	}
	return append(found, "Canary-url-sub9", "Canary%2Durl%2Dsub9")
}

func each(t *testing.T, fn func(t *testing.T, f fixture)) {
	for _, major := range majors {
		t.Run(major, func(t *testing.T) { fn(t, newFixture(t, major)) })
	}
}

func TestContract(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.quiet(t)
		connectortest.Run(t, connectortest.Case{Connector: postgres.Connector, Config: f.config(), Canaries: canaries(t)})
	})
}
