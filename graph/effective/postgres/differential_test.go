package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/internal/realtest"
)

// What we say of random catalogues is what the server says: has_*_privilege,
// pg_has_role, and statements that are really tried by the role in question. The
// catalogue comes to the evaluator as the connector reads it, so that what the
// connector leaves out shows.
func TestDifferential(t *testing.T) {
	worlds := 3
	if os.Getenv("DROVER_TEST_FULL") != "" {
		worlds = 16
	}
	base := uint64(20261122)
	if s := os.Getenv("DROVER_TEST_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		base = n
	}
	var total tally
	for _, major := range []string{"15", "18"} {
		t.Run(major, func(t *testing.T) {
			pg := realtest.Postgres(t, major)
			for n := range worlds {
				seed := base + uint64(n)
				w := newRandom(t, pg, seed)
				if part := w.compare(); t.Failed() {
					t.Fatalf("seed %d: DROVER_TEST_SEED=%d repeats it", seed, seed)
				} else {
					total.add(part)
				}
			}
		})
	}
	if t.Failed() {
		return
	}
	t.Logf("seed %d, %d worlds each: %d privileges asked, %d of roles, %d statements tried; %d of all held or passed; 0 differences", base, worlds, total.privileges, total.roles, total.tried, total.yes)
	if n := total.privileges + total.roles + total.tried; n < 2000 || os.Getenv("DROVER_TEST_FULL") != "" && n < 20000 {
		t.Errorf("only %d triples were compared", n)
	}
	if total.yes == 0 || total.yes == total.privileges+total.roles+total.tried {
		t.Error("all answers are the same: nothing was compared")
	}
}

type tally struct{ privileges, roles, tried, yes int }

func (a *tally) add(b tally) {
	a.privileges, a.roles, a.tried, a.yes = a.privileges+b.privileges, a.roles+b.roles, a.tried+b.tried, a.yes+b.yes
}

// A random is a database whose roles, objects and grants a seed decides.
type random struct {
	t      testing.TB
	pg     *realtest.PG
	rnd    *rand.Rand
	conn   *pgx.Conn
	db     string
	prefix string
	new    bool // 16 and later: memberships have options

	roles, schemas          []string
	tables, views, seqs, fn []string // with their schema
	acl                     *pgacl.Cluster
	oids                    map[string]pgacl.OID // of roles
	dbOID                   pgacl.OID
	world                   *world
	tally                   tally
}

func newRandom(t testing.TB, pg *realtest.PG, seed uint64) *random {
	t.Helper()
	w := &random{t: t, pg: pg, rnd: rand.New(rand.NewPCG(seed, 7)), db: pg.NewDatabase(t), prefix: fmt.Sprintf("d%d_", seed%1_000_000), new: pg.Version() >= "16"}
	w.conn = w.connect(pg.DSN(w.db))
	t.Cleanup(w.end)
	w.make()
	w.world = scan(t, map[string][]string{"dsn": {pg.DSN("postgres")}, "databases": {w.db}, "privileges": {"superuser"}})
	e := newEstate(w.world.in)
	if err := e.read(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.acl = e.clusters[0].acl
	w.oids = map[string]pgacl.OID{}
	for i := range w.acl.Roles {
		w.oids[w.acl.Roles[i].Name] = w.acl.Roles[i].OID
	}
	for i := range w.acl.Databases {
		if d := &w.acl.Databases[i]; d.Name == w.db {
			w.dbOID = d.OID
		}
	}
	return w
}

func (w *random) connect(dsn string) *pgx.Conn {
	w.t.Helper()
	c, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		w.t.Fatalf("connect: %v", err)
	}
	return c
}

// end drops the roles, which belong to the whole server.
func (w *random) end() {
	ctx := context.Background()
	for _, sql := range []string{"reset session authorization", "reset role", `alter database ` + w.db + ` owner to postgres`} {
		_, _ = w.conn.Exec(ctx, sql)
	}
	for _, n := range w.schemas {
		if _, err := w.conn.Exec(ctx, "drop schema "+n+" cascade"); err != nil {
			w.t.Errorf("drop schema: %v", err)
		}
	}
	for _, r := range w.roles {
		_, _ = w.conn.Exec(ctx, "drop owned by "+r+" cascade")
	}
	// A role that granted a membership cannot go before the membership.
	rows, err := w.conn.Query(ctx, `select format('revoke %I from %I%s cascade', m.roleid::regrole, m.member::regrole, case when current_setting('server_version_num')::int >= 160000 then format(' granted by %I', m.grantor::regrole) end)
 from pg_auth_members m where m.grantor::regrole::text like $1 or m.member::regrole::text like $1 or m.roleid::regrole::text like $1`, w.prefix+"%")
	if err != nil {
		w.t.Error(err)
		return
	}
	revokes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Error(err)
	}
	for _, sql := range revokes {
		_, _ = w.conn.Exec(ctx, sql)
	}
	for _, r := range w.roles {
		if _, err := w.conn.Exec(ctx, "drop role if exists "+r); err != nil {
			var pgErr *pgconn.PgError
			if errors.As(err, &pgErr) {
				err = fmt.Errorf("%w: %s", err, pgErr.Detail)
			}
			w.t.Errorf("drop role: %v", err)
		}
	}
	_ = w.conn.Close(ctx)
}

// do runs a statement that may be refused: a circle of memberships, a grant
// without grant option. What the server refuses changes nothing.
func (w *random) do(format string, args ...any) bool {
	sql := fmt.Sprintf(format, args...)
	_, err := w.conn.Exec(context.Background(), sql)
	var pgErr *pgconn.PgError
	if err != nil && (!errors.As(err, &pgErr) || strings.HasPrefix(pgErr.Code, "42601") || strings.HasPrefix(pgErr.Code, "42P01") || pgErr.Code == "42883") {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return err == nil
}

func (w *random) chance(percent int) bool { return w.rnd.IntN(100) < percent }

func pick[T any](w *random, list []T) T { return list[w.rnd.IntN(len(list))] }

func (w *random) grantee() string {
	if w.chance(12) {
		return "public"
	}
	if w.chance(6) {
		return "pg_database_owner"
	}
	return pick(w, w.roles)
}

func (w *random) make() {
	for i := range 9 {
		r := fmt.Sprintf("%sr%d", w.prefix, i)
		w.roles = append(w.roles, r)
		attrs := pick(w, []string{"login", "login", "nologin"}) + " " + pick(w, []string{"inherit", "inherit", "noinherit"})
		if i == 0 {
			attrs = "login superuser"
		}
		if w.chance(15) {
			attrs += " createrole"
		}
		if w.chance(12) {
			attrs += " bypassrls"
		}
		w.do("create role %s %s password 'x'", r, attrs)
	}
	dba := pick(w, w.roles[1:])
	w.do("alter database %s owner to %s", w.db, dba)
	if w.chance(50) {
		w.do("alter role %s noinherit", dba)
	}
	w.memberships()
	w.databases()
	for i := range 3 {
		s := fmt.Sprintf("s%d", i)
		w.schemas = append(w.schemas, s)
		w.do("create schema %s", s)
		w.do("alter schema %s owner to %s", s, pick(w, append(w.roles, "pg_database_owner")))
		for range 4 {
			w.do("grant %s on schema %s to %s%s", pick(w, []string{"usage", "usage", "create", "all"}), s, w.grantee(), w.option())
		}
		if w.chance(30) {
			w.do("revoke usage on schema %s from %s", s, w.ownerOf("nspowner", "pg_namespace where nspname = '"+s+"'"))
		}
	}
	w.defaults()
	w.tablesAndViews()
	w.others()
	for range 12 {
		w.asGrantor()
	}
}

func (w *random) option() string {
	if w.chance(25) {
		return " with grant option"
	}
	return ""
}

func (w *random) memberships() {
	predefined := []string{"pg_read_all_data", "pg_write_all_data", "pg_monitor", "pg_read_all_settings"}
	if w.pg.Version() >= "17" {
		predefined = append(predefined, "pg_maintain")
	}
	for range 12 {
		w.do("grant %s to %s%s", pick(w, w.roles), pick(w, w.roles), w.memberOptions())
	}
	for range 2 {
		w.do("grant %s to %s%s", pick(w, predefined), pick(w, w.roles[1:]), w.memberOptions())
	}
	if w.chance(30) {
		w.do("revoke %s from %s", pick(w, w.roles), pick(w, w.roles))
	}
}

func (w *random) memberOptions() string {
	if !w.new {
		return pick(w, []string{"", "", " with admin option"})
	}
	tf := func() string { return pick(w, []string{"true", "false"}) }
	return pick(w, []string{"", " with admin option", " with inherit " + tf() + ", set " + tf(), " with inherit " + tf() + ", set " + tf() + ", admin " + tf(), " with inherit true, set false"})
}

func (w *random) databases() {
	if w.chance(60) {
		w.do("revoke connect on database %s from public", w.db)
	}
	if w.chance(50) {
		w.do("revoke temporary on database %s from public", w.db)
	}
	for range 3 {
		w.do("grant %s on database %s to %s%s", pick(w, []string{"connect", "connect", "create", "temporary", "all"}), w.db, w.grantee(), w.option())
	}
	if w.chance(30) {
		w.do("revoke %s on database %s from %s", pick(w, []string{"connect", "create", "all"}), w.db, w.ownerOf("datdba", "pg_database where datname = current_database()"))
	}
}

func (w *random) ownerOf(column, from string) string {
	var name string
	if err := w.conn.QueryRow(context.Background(), "select pg_get_userbyid("+column+") from "+from).Scan(&name); err != nil {
		w.t.Fatal(err)
	}
	return name
}

func (w *random) defaults() {
	for range 3 {
		w.do("alter default privileges for role %s%s grant %s to %s", pick(w, w.roles), pick(w, []string{"", " in schema s1"}), pick(w, []string{"select on tables", "insert on tables", "usage on sequences"}), w.grantee())
	}
	w.do("alter default privileges for role %s revoke execute on functions from public", pick(w, w.roles))
}

var tablePrivileges = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}

func (w *random) privileges() []string {
	if w.pg.Version() >= "17" {
		return tablePrivileges
	}
	return tablePrivileges[:7:7]
}

func (w *random) tablesAndViews() {
	for i := range 6 {
		name := fmt.Sprintf("%s.t%d", pick(w, w.schemas), i)
		w.tables = append(w.tables, name)
		w.do("create table %s (a int, b int, c int)", name)
		w.do("insert into %s values (1, 1, 1)", name)
		w.do("alter table %s owner to %s", name, pick(w, w.roles))
		w.grantTable(name)
		if w.chance(45) {
			w.rowSecurity(name)
		}
	}
	// One that its owner makes itself, so that default privileges are applied.
	if r := pick(w, w.roles); w.do("grant all on schema s1 to %s", r) {
		w.do("set role %s", r)
		if w.do("create table s1.made (a int, b int, c int)") {
			w.tables = append(w.tables, "s1.made")
			w.do("insert into s1.made values (1, 1, 1)")
		}
		w.do("reset role")
	}
	v := pick(w, w.schemas) + ".v0"
	w.views = append(w.views, v)
	w.do("create view %s as select 1 as a, 2 as b, 3 as c", v)
	w.do("alter view %s owner to %s", v, pick(w, w.roles))
	w.grantTable(v)
}

func (w *random) grantTable(name string) {
	for range 5 {
		w.do("grant %s on %s to %s%s", pick(w, w.privileges()), name, w.grantee(), w.option())
	}
	for range 4 {
		w.do("grant %s (%s) on %s to %s%s", pick(w, []string{"select", "insert", "update", "references"}), pick(w, []string{"a", "b", "a, b", "a, b, c"}), name, w.grantee(), w.option())
	}
	owner := w.ownerOf("relowner", "pg_class where oid = '"+name+"'::regclass")
	if w.chance(45) {
		w.do("revoke %s on %s from %s", pick(w, append(w.privileges(), "all", "all")), name, owner)
		if w.chance(60) {
			w.do("grant select (b), update (a) on %s to %s", name, owner)
		}
	}
	if w.chance(25) {
		w.do("revoke %s on %s from %s cascade", pick(w, w.privileges()), name, w.grantee())
	}
}

func (w *random) rowSecurity(name string) {
	w.do("alter table %s enable row level security", name)
	if w.chance(40) {
		w.do("alter table %s force row level security", name)
	}
	for i := range w.rnd.IntN(4) {
		cmd := pick(w, []string{"all", "select", "insert", "update", "delete"})
		check := map[string]string{"all": "using (true) with check (true)", "update": "using (true) with check (true)", "insert": "with check (true)"}[cmd]
		if check == "" {
			check = "using (true)"
		}
		w.do("create policy p%d on %s as %s for %s to %s %s", i, name, pick(w, []string{"permissive", "permissive", "restrictive"}), cmd, w.grantee(), check)
	}
}

func (w *random) others() {
	for i := range 3 {
		name := fmt.Sprintf("%s.f%d()", pick(w, w.schemas), i)
		w.fn = append(w.fn, name)
		w.do("create function %s returns int language sql %s as 'select 1'", name, pick(w, []string{"security definer", "security invoker"}))
		w.do("alter function %s owner to %s", name, pick(w, w.roles))
		if w.chance(70) {
			w.do("revoke execute on function %s from public", name)
		}
		if w.chance(30) {
			w.do("revoke execute on function %s from %s", name, w.ownerOf("proowner", "pg_proc where oid = '"+name+"'::regprocedure"))
		}
		for range 2 {
			w.do("grant execute on function %s to %s%s", name, w.grantee(), w.option())
		}
	}
	for i := range 2 {
		name := fmt.Sprintf("%s.q%d", pick(w, w.schemas), i)
		w.seqs = append(w.seqs, name)
		w.do("create sequence %s", name)
		w.do("alter sequence %s owner to %s", name, pick(w, w.roles))
		for range 3 {
			w.do("grant %s on sequence %s to %s%s", pick(w, []string{"usage", "select", "update"}), name, w.grantee(), w.option())
		}
	}
	w.do("create foreign data wrapper fdw0")
	w.do("create server srv0 foreign data wrapper fdw0")
	w.do("alter server srv0 owner to %s", w.roles[0])
	w.do("grant usage on foreign server srv0 to %s%s", w.grantee(), w.option())
	w.do("grant usage on foreign data wrapper fdw0 to %s%s", w.grantee(), w.option())
	if w.chance(50) {
		w.do("revoke usage on language plpgsql from public")
		w.do("grant usage on language plpgsql to %s", w.grantee())
	}
	// A system catalog granted anew.
	w.do("grant %s on pg_catalog.pg_authid to %s", pick(w, []string{"select", "update", "select (rolpassword)"}), pick(w, w.roles))
	w.do("grant execute on function pg_catalog.lo_import(text) to %s", pick(w, w.roles))
}

// asGrantor lets a role grant what it may, so that grantors differ.
func (w *random) asGrantor() {
	w.do("set role %s", pick(w, w.roles))
	w.do("grant %s on %s to %s%s", pick(w, w.privileges()), pick(w, w.tables), w.grantee(), w.option())
	w.do("grant usage on schema %s to %s", pick(w, w.schemas), w.grantee())
	if w.chance(20) {
		w.do("revoke %s on %s from %s", pick(w, w.privileges()), pick(w, w.tables), w.grantee())
	}
	w.do("reset role")
}

// A triple is one question and both answers.
type triple struct {
	what string // the SQL that the server is asked
	want bool
	got  bool
	why  func() access.Decision
}

func (w *random) compare() tally {
	w.t.Helper()
	w.comparePrivileges()
	w.compareRoles()
	w.compareAttempts()
	return w.tally
}

// ask lets the server answer a list of boolean expressions and compares.
func (w *random) ask(list []triple) {
	w.t.Helper()
	for len(list) > 0 {
		n := min(len(list), 400)
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(list[i].what)
		}
		var answers []bool
		if err := w.conn.QueryRow(context.Background(), "select array["+b.String()+"]").Scan(&answers); err != nil {
			w.t.Fatalf("ask: %v", err)
		}
		for i, want := range answers {
			list[i].want = want
			w.check(list[i])
		}
		list = list[n:]
	}
}

func (w *random) check(x triple) {
	w.t.Helper()
	if x.want {
		w.tally.yes++
	}
	if x.got != x.want {
		why := ""
		if x.why != nil {
			why = fmt.Sprintf("%+v", x.why())
		}
		w.t.Errorf("%s: we say %v, the server %v %s", x.what, x.got, x.want, why)
	}
}

// objects of the evaluator by class, by the name without the database.
func (w *random) object(name string) (int, *pgacl.Object) {
	w.t.Helper()
	for i := range w.acl.Objects {
		if o := &w.acl.Objects[i]; o.Class != pgacl.ClassOther && o.Name == w.db+"."+name || o.Name == name && o.Class == pgacl.ClassDatabase {
			return i, o
		}
	}
	w.t.Fatalf("the connector did not emit %s", name)
	return 0, nil
}

// everybody are the roles that are asked about, those of the server's too.
func (w *random) everybody() []string {
	out := []string{"pg_read_all_data", "pg_write_all_data", "pg_database_owner", "pg_monitor", "postgres"}
	if w.pg.Version() >= "17" {
		out = append(out, "pg_maintain")
	}
	return append(out, w.roles...)
}

func (w *random) comparePrivileges() {
	var list []triple
	add := func(fn, name, object string, column string, privileges []string) {
		_, o := w.object(name)
		for _, r := range w.everybody() {
			for _, p := range privileges {
				for _, option := range []bool{false, true} {
					text := p
					if option {
						text += " with grant option"
					}
					role, priv := w.oids[r], pgacl.Parse(p)
					x := triple{what: fmt.Sprintf("%s('%s', %s, '%s')", fn, r, object, text)}
					if column != "" {
						x.what = fmt.Sprintf("%s('%s', %s, '%s', '%s')", fn, r, object, column, text)
						x.got = w.acl.HoldsColumn(role, o, column, priv, option).Held()
					} else {
						x.got = w.acl.Holds(role, o, priv, option).Held()
					}
					list = append(list, x)
				}
			}
		}
	}
	for _, name := range append(append([]string(nil), w.tables...), w.views...) {
		add("has_table_privilege", name, "'"+name+"'", "", w.privileges())
		for _, c := range []string{"a", "b", "c"} {
			add("has_column_privilege", name, "'"+name+"'", c, []string{"SELECT", "INSERT", "UPDATE", "REFERENCES"})
		}
	}
	for _, name := range w.seqs {
		add("has_sequence_privilege", name, "'"+name+"'", "", []string{"SELECT", "UPDATE", "USAGE"})
	}
	for _, name := range append([]string{"pg_catalog.lo_import(text)"}, w.fn...) {
		shown := strings.Replace(name, "pg_catalog.lo_import(text)", "pg_catalog.lo_import(text)", 1)
		add("has_function_privilege", shown, "'"+name+"'", "", []string{"EXECUTE"})
	}
	for _, name := range append([]string{"public", "pg_catalog"}, w.schemas...) {
		add("has_schema_privilege", name, "'"+name+"'", "", []string{"USAGE", "CREATE"})
	}
	add("has_database_privilege", w.db, "'"+w.db+"'", "", []string{"CONNECT", "CREATE", "TEMPORARY"})
	add("has_server_privilege", "srv0", "'srv0'", "", []string{"USAGE"})
	add("has_foreign_data_wrapper_privilege", "fdw0", "'fdw0'", "", []string{"USAGE"})
	add("has_language_privilege", "plpgsql", "'plpgsql'", "", []string{"USAGE"})
	add("has_table_privilege", "pg_catalog.pg_authid", "'pg_catalog.pg_authid'", "", w.privileges())
	add("has_column_privilege", "pg_catalog.pg_authid", "'pg_catalog.pg_authid'", "rolpassword", []string{"SELECT", "UPDATE"})
	w.tally.privileges += len(list)
	w.ask(list)
}

func (w *random) compareRoles() {
	var list []triple
	for _, a := range w.everybody() {
		for _, b := range w.everybody() {
			m, r := w.oids[a], w.oids[b]
			list = append(list,
				triple{what: fmt.Sprintf("pg_has_role('%s', '%s', 'USAGE')", a, b), got: w.acl.Inherits(m, r, w.dbOID)},
				triple{what: fmt.Sprintf("pg_has_role('%s', '%s', 'MEMBER')", a, b), got: w.acl.Member(m, r, w.dbOID)},
				triple{what: fmt.Sprintf("pg_has_role('%s', '%s', 'MEMBER WITH ADMIN OPTION')", a, b), got: w.acl.Admin(m, r)})
			if w.new {
				list = append(list, triple{what: fmt.Sprintf("pg_has_role('%s', '%s', 'SET')", a, b), got: w.acl.SetRole(m, r, w.dbOID)})
			}
		}
	}
	w.tally.roles += len(list)
	w.ask(list)
}
