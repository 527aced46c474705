package pgscript_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover/internal/pgscript"
	"github.com/droverhq/drover/internal/realtest"
)

// The model follows statements; psql asks the catalogs. After every one of many
// random steps they agree.
func TestModelAgreesWithServer(t *testing.T) {
	for _, major := range []string{"15", "18"} {
		t.Run(major, func(t *testing.T) {
			pg := realtest.Postgres(t, major)
			db := pg.NewDatabase(t)
			conn, err := pgx.Connect(t.Context(), pg.DSN(db))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(t.Context())
			rng := rand.New(rand.NewPCG(1, 2))
			w := pgscript.New("agree")
			defer func() {
				for _, s := range w.Clear() {
					if _, err := conn.Exec(t.Context(), string(s)); err != nil {
						t.Errorf("clear: %s: %v", s, err)
					}
				}
			}()
			for range 120 {
				step := w.Step(rng)
				if err := w.Apply(t.Context(), conn, step); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(catalog(t, pg, db), model(w.State())); d != "" {
					t.Fatalf("after %q: server (-), model (+):\n%s", step, d)
				}
			}
			if s := w.State(); len(s.Roles) < 5 || len(s.Tables) < 2 || len(s.Members) < 2 || len(s.Grants) < 2 {
				t.Errorf("the world stayed too small to mean anything: %+v", s)
			}
		})
	}
}

// The same seed makes the same script.
func TestStepRepeats(t *testing.T) {
	script := func() (all []pgscript.Statement) {
		w, rng := pgscript.New("same"), rand.New(rand.NewPCG(7, 7))
		for range 200 {
			all = append(all, w.Step(rng)...)
		}
		return all
	}
	if d := cmp.Diff(script(), script()); d != "" {
		t.Error(d)
	}
}

func model(s pgscript.State) []string {
	var out []string
	for oid, r := range s.Roles {
		out = append(out, fmt.Sprintf("role|%d|%x|%t|%d", oid, r.Name, r.Login, r.ConnLimit))
	}
	for oid, t := range s.Tables {
		owner := t.Owner
		if owner == 0 {
			owner = 10
		}
		out = append(out, fmt.Sprintf("table|%d|%x|%d", oid, t.Name, owner))
	}
	for m, admin := range s.Members {
		out = append(out, fmt.Sprintf("member|%d|%d|%t", m.Role, m.Member, admin))
	}
	for g, option := range s.Grants {
		out = append(out, fmt.Sprintf("grant|%d|%d|%s|%t", g.Grantee, g.Table, g.Privilege, option))
	}
	slices.Sort(out)
	return out
}

func catalog(t *testing.T, pg *realtest.PG, db string) []string {
	t.Helper()
	out := strings.Fields(pg.Psql(t, db, `
select 'role', oid, encode(convert_to(rolname, 'UTF8'), 'hex'), case when rolcanlogin then 'true' else 'false' end, rolconnlimit from pg_roles where rolname like 'agree\_%';
select 'table', oid, encode(convert_to(relname, 'UTF8'), 'hex'), relowner from pg_class where relkind = 'r' and relname like 'agree\_%';
select 'member', roleid, member, case when admin_option then 'true' else 'false' end from pg_auth_members m join pg_roles r on r.oid = m.roleid where r.rolname like 'agree\_%';
select 'grant', a.grantee, c.oid, a.privilege_type, case when a.is_grantable then 'true' else 'false' end from pg_class c, aclexplode(c.relacl) a where c.relname like 'agree\_%' and a.grantee <> c.relowner;`))
	slices.Sort(out)
	return out
}
