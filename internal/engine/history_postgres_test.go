package engine_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/postgres"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/pgscript"
	"github.com/droverhq/drover/internal/realtest"
)

// The history of a real PostgreSQL, over both stores.
func TestHistory(t *testing.T) {
	for _, store := range []string{"sqlite", "postgres"} {
		t.Run(store, func(t *testing.T) {
			history(t, store, steps(500), postgresWorld(t, store))
		})
	}
}

func postgresWorld(t *testing.T, store string) *world {
	pg := realtest.Postgres(t, "15")
	realtest.Suite(t, "history over PostgreSQL, store in "+store, pg.Version())
	db := pg.NewDatabase(t)
	conn, err := pgx.Connect(t.Context(), pg.DSN(db))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	line := newLine(t, fmt.Sprintf("127.0.0.1:%d", pg.Port()))
	t.Setenv("DROVER_TEST_DSN", strings.Replace(pg.DSN(db), fmt.Sprintf(":%d/", pg.Port()), ":"+line.port+"/", 1))
	prefix := "hist" + store[:1]
	script := pgscript.New(prefix)
	t.Cleanup(func() {
		for _, s := range script.Clear() {
			if _, err := conn.Exec(context.Background(), string(s)); err != nil {
				t.Errorf("clear: %s: %v", s, err)
			}
		}
	})
	ids := scriptedIDs(t, conn)
	return &world{
		connector: postgres.Connector,
		source:    config.Source{ID: "pg", Kind: "postgres", Options: map[string][]string{"dsn": {"${env:DROVER_TEST_DSN}"}, "databases": {db}, "connect_timeout": {"60s"}, "retry_wait": {"1ms"}}},
		only:      []string{"roles", "memberships", "relations"},
		parts:     postgresParts,
		apply:     func(rng *rand.Rand) error { return script.Apply(t.Context(), conn, script.Step(rng)) },
		truth:     func() inventory { return postgresTruth(script.State(), ids, db) },
		listed:    func(s *engine.Snapshot, edges []drover.Edge) inventory { return postgresListed(t, s, edges, prefix) },
		meant:     itself,
		harm:      func(rng *rand.Rand, _ func()) string { line.cutAfter(200 + rng.Int64N(12000)); return "cut" },
		mend:      line.mend,
	}
}

var postgresParts = []part{
	{"roles", []string{"roles"}, func(k string) bool { return !strings.Contains(k, " ") && strings.Contains(k, "/postgres.role/") }, nil},
	{"memberships", []string{"memberships"}, func(k string) bool { return strings.Contains(k, " member_of ") }, nil},
	{"relations", []string{"relations"}, func(k string) bool {
		return !strings.Contains(k, " ") && strings.Contains(k, "/postgres.relation/") || strings.Contains(k, " owns ") || strings.Contains(k, " can_access ")
	}, nil},
}

// postgresListed reads the inventory of the scripted world out of what is known.
func postgresListed(t *testing.T, s *engine.Snapshot, edges []drover.Edge, prefix string) inventory {
	t.Helper()
	inv := inventory{}
	mine := func(i int) bool {
		name := s.Name(i)
		return !s.Unseen(i) && (strings.HasPrefix(name, prefix) || s.Ref(i).Type() == "postgres.relation" && strings.Contains(name, ".public."))
	}
	listedNodes(t, s, func(i int) {
		if mine(i) && (s.Ref(i).Type() == "postgres.role" || s.Ref(i).Type() == "postgres.relation") {
			inv[string(s.Ref(i))] = string(s.Kind(i)) + " " + s.Name(i)
		}
	})
	for _, edge := range edges {
		to, _ := s.Find(edge.To)
		if edge.Kind == drover.EdgeMemberOf && madeRole(edge.From) && madeRole(edge.To) {
			admin, _ := edge.Cond.Bool("admin_option")
			inv[edge.Key()] = fmt.Sprintf("admin_option=%t", admin)
		}
		if (edge.Kind == drover.EdgeCanAccess || edge.Kind == drover.EdgeOwns) && to >= 0 && s.Ref(to).Type() == "postgres.relation" && mine(to) {
			inv[edgeKey(edge)] = ""
		}
	}
	return inv
}

// madeRole reports whether a role was made after the server was. The role itself
// may be known to be gone while its memberships could not be read since.
func madeRole(ref drover.Ref) bool {
	oid, err := strconv.Atoi(ref.ID())
	return err == nil && oid >= 16384 && ref.Type() == "postgres.role"
}

type postgresIDs struct {
	tenant        string
	db, superuser int64
}

func scriptedIDs(t *testing.T, conn *pgx.Conn) postgresIDs {
	t.Helper()
	var v postgresIDs
	if err := conn.QueryRow(t.Context(), "select system_identifier::text, (select oid::bigint from pg_database where datname = current_database()), (select oid::bigint from pg_roles where rolname = current_user) from pg_control_system()").
		Scan(&v.tenant, &v.db, &v.superuser); err != nil {
		t.Fatal(err)
	}
	return v
}

func postgresTruth(s pgscript.State, v postgresIDs, db string) inventory {
	inv := inventory{}
	maps.Copy(inv, s.Nodes(v.tenant, v.db, db))
	for k, x := range s.Edges(v.tenant, v.db, v.superuser) {
		inv[strings.TrimSpace(k)] = x
	}
	return inv
}
