package postgres_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/postgres"
	"github.com/droverhq/drover/internal/pgscript"
)

// After every step of a random script the scan says exactly what the replay of
// the script says. A scan with a fault says less only where it says so, and never
// says what is not so.
func TestHistory(t *testing.T) {
	steps := 16
	if n, err := strconv.Atoi(os.Getenv("DROVER_TEST_STEPS")); err == nil {
		steps = n
	}
	each(t, func(t *testing.T, f fixture) {
		db := f.NewDatabase(t)
		conn, err := pgx.Connect(t.Context(), f.DSN(db))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		var dboid int64
		if err := conn.QueryRow(t.Context(), "select oid::int8 from pg_database where datname = $1", db).Scan(&dboid); err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(42, uint64(len(f.Version()))))
		w := pgscript.New("hist")
		defer func() {
			for _, s := range w.Clear() {
				if _, err := conn.Exec(t.Context(), string(s)); err != nil {
					t.Errorf("%s: %v", s, err)
				}
			}
		}()
		whole, faulty := 0, 0
		for step := range steps {
			if err := w.Apply(t.Context(), conn, w.Step(rng)); err != nil {
				t.Fatal(err)
			}
			want := worldRecords(w.State(), f.tenant, dboid, db)
			config := f.config("databases", db)
			if step%3 == 2 {
				h := pick(rng, []int{0, 1, 2, 3, 5})
				sections := slices.Sorted(maps.Keys(queries))
				p := &proxy{mark: mark(queries[sections[rng.IntN(len(sections))]][0]), page: 1, once: harms[h].once}
				harms[h].proxy(p, f, func(error) {})
				config["dsn"] = []string{p.start(t, f.DSN("postgres"))}
			}
			r := connectortest.CollectContext(context.WithoutCancel(t.Context()), t, postgres.Connector, config)
			got := scanRecords(r, f.tenant, dboid, want)
			if r.Status() == drover.StatusOK {
				whole++
				if d := cmp.Diff(want, got); d != "" {
					t.Fatalf("step %d: replay (-) and scan (+) differ:\n%s", step, d)
				}
				continue
			}
			faulty++
			for k, v := range got {
				if want[k] != v {
					t.Errorf("step %d: the faulty scan says %s = %q, the replay %q", step, k, v, want[k])
				}
			}
		}
		t.Logf("%d scans whole, %d partial", whole, faulty)
		if whole == 0 || faulty == 0 {
			t.Error("want whole scans and partial ones")
		}
	})
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func worldRecords(s pgscript.State, tenant string, db int64, name string) map[string]string {
	out := s.Nodes(tenant, db, name)
	for k, v := range s.Edges(tenant, db, 10) {
		out[k] = v
	}
	return out
}

// scanRecords takes out of a scan what concerns the world: its roles, the tables
// of its database, and edges between them.
func scanRecords(r *connectortest.Result, tenant string, db int64, want map[string]string) map[string]string {
	out := map[string]string{}
	tables := fmt.Sprintf("postgres/%s/postgres.relation/%d.", tenant, db)
	ours := map[drover.Ref]bool{}
	for _, n := range r.Nodes {
		if n.Type == "postgres.role" && strings.HasPrefix(n.Name, "hist_") || strings.HasPrefix(string(n.Ref), tables) {
			ours[n.Ref] = true
			out[string(n.Ref)] = string(n.Kind) + " " + n.Name
		}
	}
	for _, e := range r.Edges {
		key := e.Key()
		_, known := want[key]
		switch {
		case !ours[e.From] && !ours[e.To] && !known:
		case e.Kind == drover.EdgeMemberOf:
			admin, _ := e.Cond.Bool("admin_option")
			out[key] = fmt.Sprintf("admin_option=%t", admin)
		case (e.Kind == drover.EdgeCanAccess || e.Kind == drover.EdgeOwns) && strings.HasPrefix(string(e.To), tables):
			out[key] = ""
		}
	}
	return out
}
