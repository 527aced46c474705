package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/realtest"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// A stage is one database of a real server on which all truths of its version are
// set up side by side, each with roles of its own.
type stage struct {
	t     testing.TB
	pg    *realtest.PG
	db    string
	admin *pgx.Conn
	cases []truth
	world *world
}

func newStage(t testing.TB, major string) *stage {
	t.Helper()
	pg := realtest.Postgres(t, major)
	s := &stage{t: t, pg: pg, db: pg.NewDatabase(t)}
	s.admin = s.connect(pg.DSN(s.db))
	t.Cleanup(s.end)
	s.must("revoke temporary on database " + s.db + " from public; create foreign data wrapper fdw_truth; create extension dblink; " +
		"create trusted language plpython3u handler plpgsql_call_handler; revoke usage on language plpython3u from public; create language plperlu handler plpgsql_call_handler")
	for _, x := range slices.Concat(truths, truthsOfCode) {
		if x.versions == "" || x.versions == major {
			s.cases = append(s.cases, x)
		}
	}
	for i := range s.cases {
		s.must(s.fill(i, "create role {a} login password 'x'; create role {v} password 'y'; create role {x}; create schema {s}; grant usage on schema {s} to {a}, {v}, {x}; "+
			"create table {s}.loot (who text); grant insert on {s}.loot to public; create schema {o}"))
		s.must(s.fill(i, s.cases[i].setup))
	}
	s.world = scan(t, map[string][]string{"dsn": {pg.DSN("postgres")}, "databases": {s.db}, "privileges": {"superuser"}})
	return s
}

func (s *stage) connect(dsn string) *pgx.Conn {
	s.t.Helper()
	c, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		s.t.Fatalf("connect: %v", err)
	}
	return c
}

// must runs statements as the superuser.
func (s *stage) must(sql string) {
	s.t.Helper()
	for _, one := range statements(sql) {
		if _, err := s.admin.Exec(context.Background(), one); err != nil {
			s.t.Fatalf("%s: %v", one, err)
		}
	}
}

// statements splits at semicolons outside of quotes.
func statements(sql string) []string {
	var out []string
	quoted, from := false, 0
	atomic := strings.Contains(sql, "begin atomic")
	for i, c := range sql {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == ';' && !quoted && !(atomic && strings.Count(sql[:i], "begin atomic") > strings.Count(sql[:i+5], " end;")+strings.Count(sql[:i], " end;")):
			out, from = append(out, strings.TrimSpace(sql[from:i])), i+1
		}
	}
	out = append(out, strings.TrimSpace(sql[from:]))
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func (s *stage) fill(i int, text string) string {
	p := fmt.Sprintf("w%d", i)
	return strings.NewReplacer("{a}", p+"_a", "{v}", p+"_v", "{x}", p+"_x", "{s}", p+"_s", "{o}", p+"_o", "{db}", s.db, "{dir}", s.pg.Dir(), "{port}", fmt.Sprint(s.pg.Port())).Replace(text)
}

func (s *stage) end() {
	ctx := context.Background()
	_, _ = s.admin.Exec(ctx, "reset session authorization")
	for i := range s.cases {
		for _, r := range []string{"{a}", "{v}", "{x}"} {
			r = s.fill(i, r)
			_, _ = s.admin.Exec(ctx, "drop owned by "+r+" cascade")
		}
	}
	for _, sql := range []string{"alter system reset archive_command"} {
		_, _ = s.admin.Exec(ctx, sql)
	}
	for i := range s.cases {
		for _, r := range []string{"{a}", "{v}", "{x}"} {
			if _, err := s.admin.Exec(ctx, "drop role if exists "+s.fill(i, r)); err != nil {
				s.t.Errorf("drop role: %v", err)
			}
		}
	}
	_ = s.admin.Close(ctx)
}

// works lets the attacker try, and says whether the server let it.
func (s *stage) works(i int) bool {
	x := &s.cases[i]
	s.t.Helper()
	if x.attack == "replication" {
		return s.replicates(i)
	}
	c, err := pgx.Connect(context.Background(), s.pg.DSNAs(s.fill(i, "{a}"), "x", s.db))
	if err != nil {
		s.t.Fatalf("%s: connect: %v", x.name, err)
	}
	defer c.Close(context.Background())
	passed := true
	for _, sql := range statements(s.fill(i, x.attack)) {
		if _, err := c.Exec(context.Background(), sql); err != nil {
			s.refusal(x, sql, err)
			passed = false
			break
		}
	}
	for _, sql := range statements(s.fill(i, x.then)) {
		if _, err := s.admin.Exec(context.Background(), sql); err != nil {
			_, _ = s.admin.Exec(context.Background(), "reset session authorization")
			s.refusal(x, sql, err)
		}
	}
	if x.loot != "" {
		var n int
		if err := s.admin.QueryRow(context.Background(), s.fill(i, "select count(*) from {s}.loot where who = '"+x.loot+"'")).Scan(&n); err != nil {
			s.t.Fatal(err)
		}
		return n > 0
	}
	return passed
}

// refusal accepts an error that says that something may not be done, or is not
// there; a fault of the test's own SQL is none.
func (s *stage) refusal(x *truth, sql string, err error) {
	s.t.Helper()
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code == "42601" || pgErr.Code == "42P01" {
		s.t.Errorf("%s, %s: %s: %v", x.technique, x.name, sql, err)
	}
	s.t.Logf("%s, %s: refused: %s: %v", x.technique, x.name, sql, err)
}

func (s *stage) replicates(i int) bool {
	cfg, err := pgconn.ParseConfig(s.pg.DSNAs(s.fill(i, "{a}"), "x", s.db))
	if err != nil {
		s.t.Fatal(err)
	}
	cfg.RuntimeParams["replication"] = "true"
	c, err := pgconn.ConnectConfig(context.Background(), cfg)
	if err != nil {
		return false
	}
	defer c.Close(context.Background())
	_, err = c.Exec(context.Background(), "IDENTIFY_SYSTEM").ReadAll()
	return err == nil
}

// target is the row that a truth asks about.
func (s *stage) target(i int) uint32 {
	s.t.Helper()
	x := &s.cases[i]
	find := func(typ, name string) uint32 {
		for r := range s.world.in.Len() + len(s.world.in.Extra()) {
			if s.world.typ(uint32(r)) == typ && s.world.name(uint32(r)) == name {
				return uint32(r)
			}
		}
		s.t.Fatalf("%s, %s: no row of type %s called %q", x.technique, x.name, typ, name)
		return 0
	}
	switch x.to {
	case "", "{v}":
		return find("postgres.role", s.fill(i, "{v}"))
	case "password":
		return find("postgres.password", "password of "+s.fill(i, "{v}"))
	case "secret":
		return s.secret(i)
	case "mapping":
		return s.mapping(i)
	}
	for r := range s.world.in.Len() + len(s.world.in.Extra()) {
		if s.world.typ(uint32(r)) == "postgres."+x.to {
			return uint32(r)
		}
	}
	s.t.Fatalf("no row of type postgres.%s", x.to)
	return 0
}

// secret is the credential that lies in the case's own mapping or setting.
func (s *stage) secret(i int) uint32 {
	in, names := s.world.in, []string{s.fill(i, "{s}_srv"), s.fill(i, "{v}")}
	for r := range in.Seen() {
		if !slices.Contains([]string{"postgres.user_mapping", "postgres.db_role_setting"}, in.Type(r)) || !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(in.Name(r), n) }) {
			continue
		}
		for h := range in.In(r) {
			if h.Kind == drover.EdgeStoredIn {
				return uint32(h.Row)
			}
		}
	}
	s.t.Fatalf("%s: no stored secret", s.cases[i].name)
	return 0
}

func (s *stage) mapping(i int) uint32 {
	for r := range s.world.in.Seen() {
		if s.world.in.Type(r) == "postgres.user_mapping" && strings.Contains(s.world.in.Name(r), s.fill(i, "{s}_srv")) {
			return uint32(r)
		}
	}
	s.t.Fatalf("%s: no user mapping", s.cases[i].name)
	return 0
}

func (w *world) typ(row uint32) string {
	if int(row) < w.in.Len() {
		return w.in.Type(int(row))
	}
	return w.in.Extra()[int(row)-w.in.Len()].Type
}

// found reports whether the effects lead from the attacker to the target: by moves
// of any technique, at the end by a touch where one is asked for; or by one edge of
// the technique itself.
func (s *stage) found(i int) bool {
	x := &s.cases[i]
	var from uint32
	for r := range s.world.in.Rows(drover.KindIdentity) {
		if s.world.in.Name(r) == s.fill(i, "{a}") {
			from = uint32(r)
		}
	}
	if from == 0 { // without LOGIN
		for r := range s.world.in.Rows(drover.KindRole) {
			if s.world.in.Name(r) == s.fill(i, "{a}") {
				from = uint32(r)
			}
		}
	}
	to, reached, technique := s.target(i), map[uint32]bool{from: true}, false
	for again := true; again; {
		again = false
		for _, e := range s.world.edges {
			if !reached[e.From] {
				continue
			}
			if e.To == to && e.Technique == x.technique && (e.Move || x.touch) {
				technique = true
			}
			if e.Move && !reached[e.To] && (!x.edge || e.Technique == "PG_SET_ROLE") {
				reached[e.To], again = true, true
			}
		}
	}
	if x.edge || x.touch {
		return technique
	}
	return reached[to]
}

// A score counts what was found of what is there.
type score struct{ positives, found, negatives, false_ int }

func (s *stage) score() score {
	var n score
	for i := range s.cases {
		x, got := &s.cases[i], s.found(i)
		if x.find {
			n.positives++
		} else {
			n.negatives++
		}
		switch {
		case x.find && got:
			n.found++
		case !x.find && got:
			n.false_++
		}
	}
	return n
}

// Each technique is found where the server lets it be done, and nowhere else:
// positives, and controls where a privilege, an option or the version is missing.
// What a proof names decides.
func TestTechniques(t *testing.T) {
	for _, major := range []string{"15", "18"} {
		t.Run(major, func(t *testing.T) {
			s := newStage(t, major)
			s.proofs(t)
			for i := range s.cases {
				x := &s.cases[i]
				if got := s.found(i); got != x.find {
					t.Errorf("%s, %s: found is %v, want %v%s", x.technique, x.name, got, x.find, s.paths(i))
				}
				if x.unasked != "" || x.attack == "" {
					continue
				}
				if got := s.works(i); got != x.find {
					t.Errorf("%s, %s: on the server it works: %v, want %v", x.technique, x.name, got, x.find)
				}
			}
			n := s.score()
			t.Logf("%d of %d positives found, %d of %d controls too", n.found, n.positives, n.false_, n.negatives)
		})
	}
}

// paths shows what leads away from the attacker.
func (s *stage) paths(i int) string {
	var b strings.Builder
	for _, e := range s.world.edges {
		if n := s.world.name(e.From); n == s.fill(i, "{a}") || n == "PUBLIC" {
			fmt.Fprintf(&b, "\n  %s -> %s %s %v %s %s", n, s.world.name(e.To), e.Kind, e.Move, e.Technique, e.Cond)
		}
	}
	return b.String()
}
