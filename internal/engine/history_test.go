package engine_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/pgscript"
	"github.com/droverhq/drover/internal/realtest"
)

// steps is how many change scripts one history has.
func steps() int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_TEST_STEPS")); err == nil && n > 0 {
		return n
	}
	return 500
}

// An inventory is what is known of the scripted world at one moment: keys of
// nodes and edges with what they say.
type inventory map[string]string

// History in earnest: random change scripts run against a real PostgreSQL, and
// faults are injected into a third of the scans. At every step the inventory,
// as it is and as of every earlier moment, and the differences between moments
// equal an independent replay of the scripts. Nothing is ever removed falsely.
func TestHistory(t *testing.T) {
	for _, store := range []string{"sqlite", "postgres"} {
		t.Run(store, func(t *testing.T) { history(t, store) })
	}
}

func history(t *testing.T, storeDriver string) {
	pg := realtest.Postgres(t, "15")
	realtest.Suite(t, "history over PostgreSQL, store in "+storeDriver, pg.Version())
	db := pg.NewDatabase(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, pg.DSN(db))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	line := newLine(t, fmt.Sprintf("127.0.0.1:%d", pg.Port()))
	t.Setenv("DROVER_TEST_DSN", strings.Replace(pg.DSN(db), fmt.Sprintf(":%d/", pg.Port()), ":"+line.port+"/", 1))
	clock := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := openHistory(t, storeDriver, db, clock)

	prefix := "hist" + storeDriver[:1]
	world := pgscript.New(prefix)
	t.Cleanup(func() {
		for _, s := range world.Clear() {
			if _, err := conn.Exec(context.Background(), string(s)); err != nil {
				t.Errorf("clear: %s: %v", s, err)
			}
		}
	})
	ids := scriptedIDs(t, conn)
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("DROVER_TEST_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("seed %d: DROVER_TEST_SEED=%d repeats it", seed, seed)
	rng := rand.New(rand.NewPCG(seed, 1))

	known := inventory{}
	var moments []moment
	faults := 0
	for step := range steps() {
		if err := world.Apply(ctx, conn, world.Step(rng)); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		now := truth(world.State(), ids, db)
		fault := rng.IntN(3) == 0
		if fault {
			faults++
			line.cutAfter(200 + rng.Int64N(12000))
		}
		clock.advance()
		res, err := e.Scan(ctx, engine.ScanRequest{Only: []string{"roles", "memberships", "relations"}})
		line.mend()
		if err != nil {
			t.Fatalf("step %d: scan: %v", step, err)
		}
		got := listed(t, e, time.Time{}, prefix)
		checkStep(t, step, known, now, got, sectionsOK(res))
		if t.Failed() {
			return
		}
		known = got
		// Generations of one instant are told apart by microseconds.
		moments = append(moments, moment{clock.read().Add(time.Second), got})
		clock.advance()
		verifyPast(t, e, moments, prefix, rng)
		if t.Failed() {
			t.Fatalf("after step %d (seed %d)", step, seed)
		}
	}
	if faults == 0 || len(known) == 0 {
		t.Fatalf("%d faults and %d things known: the test proves nothing", faults, len(known))
	}
	t.Logf("%d scripts, %d scans with a fault, %d things known at the end", steps(), faults, len(known))
}

// checkStep compares the inventory after a scan with the replay. A section that
// was read to its end must equal the world; of another one nothing known may be
// missing, and nothing may be there that neither was known nor is in the world.
func checkStep(t *testing.T, step int, before, world, got inventory, ok map[string]bool) {
	t.Helper()
	for section, mine := range sectionKeys {
		b, w, g := pick(before, mine), pick(world, mine), pick(got, mine)
		if ok[section] {
			if d := cmp.Diff(w, g); d != "" {
				t.Errorf("step %d: %s were read to the end (-world +listed):\n%s", step, section, d)
			}
			continue
		}
		for key := range b {
			if _, there := g[key]; !there {
				t.Errorf("step %d: %s were not read to the end, and %s was removed", step, section, key)
			}
		}
		for key, v := range g {
			if b[key] != v && w[key] != v {
				t.Errorf("step %d: %s: %s says %q, which it never was (known %q, world %q)", step, section, key, v, b[key], w[key])
			}
		}
	}
}

// A moment is what was known at a time.
type moment struct {
	at    time.Time
	known inventory
}

// verifyPast asks for a few earlier moments and the difference between two.
func verifyPast(t *testing.T, e *engine.Engine, moments []moment, prefix string, rng *rand.Rand) {
	t.Helper()
	a, b := moments[rng.IntN(len(moments))], moments[len(moments)-1]
	if d := cmp.Diff(a.known, listed(t, e, a.at, prefix)); d != "" {
		t.Errorf("as of %s (-known then +answer now):\n%s", a.at, d)
	}
	d, err := e.Diff(t.Context(), engine.DiffRequest{From: a.at, To: b.at})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for key, v := range b.known {
		if was, ok := a.known[key]; !ok {
			want[key] = "added"
		} else if was != v {
			want[key] = "changed"
		}
	}
	for key := range a.known {
		if _, ok := b.known[key]; !ok {
			want[key] = "removed"
		}
	}
	got := map[string]string{}
	for _, c := range d.Items {
		key := string(c.Ref)
		if c.What == "edge" {
			key = strings.TrimSpace(fmt.Sprintf("%s %s %s %s", c.Ref, c.Kind, c.To, c.Part))
		}
		_, was := a.known[key]
		_, is := b.known[key]
		if was || is {
			got[key] = c.Change
		}
	}
	// A node changes in more ways than the replay follows; what it follows must be there.
	for key, change := range got {
		if change == "changed" && want[key] == "" {
			delete(got, key)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("diff from %s to %s (-replay +answer):\n%s", a.at, b.at, d)
	}
}

// sectionKeys says which keys each section speaks of.
var sectionKeys = map[string]func(key string) bool{
	"roles":       func(k string) bool { return !strings.Contains(k, " ") && strings.Contains(k, "/postgres.role/") },
	"memberships": func(k string) bool { return strings.Contains(k, " member_of ") },
	"relations": func(k string) bool {
		return !strings.Contains(k, " ") && strings.Contains(k, "/postgres.relation/") || strings.Contains(k, " owns ") || strings.Contains(k, " can_access ")
	},
}

func pick(inv inventory, mine func(string) bool) inventory {
	out := inventory{}
	for k, v := range inv {
		if mine(k) {
			out[k] = v
		}
	}
	return out
}

func sectionsOK(r *engine.ScanResult) map[string]bool {
	ok := map[string]bool{}
	for _, s := range r.Sources {
		for _, x := range s.Sections {
			ok[x.Name] = x.Status == drover.StatusOK
		}
	}
	return ok
}

// listed reads the inventory of the scripted world out of the engine.
func listed(t *testing.T, e *engine.Engine, at time.Time, prefix string) inventory {
	t.Helper()
	s, err := e.Snapshot(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	inv := inventory{}
	mine := func(i int) bool {
		name := s.Name(i)
		return !s.Unseen(i) && (strings.HasPrefix(name, prefix) || s.Ref(i).Type() == "postgres.relation" && strings.Contains(name, ".public."))
	}
	nodes, err := s.List(engine.Query{Noun: engine.Nouns[len(engine.Nouns)-1]})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range nodes {
		if i := int(r); mine(i) && (s.Ref(i).Type() == "postgres.role" || s.Ref(i).Type() == "postgres.relation") {
			inv[string(s.Ref(i))] = string(s.Kind(i)) + " " + s.Name(i)
		}
	}
	for x := range s.Edges() {
		edge := s.Edge(x)
		to, _ := s.Find(edge.To)
		if edge.Kind == drover.EdgeMemberOf && made(edge.From) && made(edge.To) {
			admin, _ := edge.Cond.Bool("admin_option")
			inv[edge.Key()] = fmt.Sprintf("admin_option=%t", admin)
		}
		if (edge.Kind == drover.EdgeCanAccess || edge.Kind == drover.EdgeOwns) && to >= 0 && s.Ref(to).Type() == "postgres.relation" && mine(to) {
			inv[strings.TrimSpace(edge.Key())] = ""
		}
	}
	return inv
}

// made reports whether a role was made after the server was. The role itself may
// be known to be gone while its memberships could not be read since.
func made(ref drover.Ref) bool {
	oid, err := strconv.Atoi(ref.ID())
	return err == nil && oid >= 16384 && ref.Type() == "postgres.role"
}

type ids struct {
	tenant        string
	db, superuser int64
}

func scriptedIDs(t *testing.T, conn *pgx.Conn) ids {
	t.Helper()
	var v ids
	if err := conn.QueryRow(t.Context(), "select system_identifier::text, (select oid::bigint from pg_database where datname = current_database()), (select oid::bigint from pg_roles where rolname = current_user) from pg_control_system()").
		Scan(&v.tenant, &v.db, &v.superuser); err != nil {
		t.Fatal(err)
	}
	return v
}

func truth(s pgscript.State, v ids, db string) inventory {
	inv := inventory{}
	maps.Copy(inv, s.Nodes(v.tenant, v.db, db))
	for k, x := range s.Edges(v.tenant, v.db, v.superuser) {
		inv[strings.TrimSpace(k)] = x
	}
	return inv
}

func openHistory(t *testing.T, driver, db string, c *clock) *engine.Engine {
	t.Helper()
	cfg := &config.Config{Version: 1, Sources: []config.Source{{ID: "pg", Kind: "postgres", Options: map[string][]string{"dsn": {"${env:DROVER_TEST_DSN}"}, "databases": {db}, "connect_timeout": {"2s"}, "retry_wait": {"1ms"}}}}}
	if driver == "postgres" {
		pg := realtest.Postgres(t, "18")
		t.Setenv("DROVER_TEST_STORE", pg.DSN(pg.NewDatabase(t)))
		cfg.Store = config.Store{Driver: "postgres", DSN: "${env:DROVER_TEST_STORE}"}
	}
	e, err := engine.Open(t.Context(), engine.Options{Connectors: builtin.Connectors, Formats: builtin.Formats, Config: cfg, Home: t.TempDir(), Now: c.read, User: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// clock is the time of the test: it moves when the test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Minute)
}

// line is a TCP proxy that can be cut: once the server has said so many bytes,
// every connection breaks and none is accepted until it is mended.
type line struct {
	port   string
	target string
	left   atomic.Int64 // bytes until the cut; negative: whole
	mu     sync.Mutex
	conns  map[net.Conn]bool
}

func newLine(t *testing.T, target string) *line {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	p := &line{port: port, target: target, conns: map[net.Conn]bool{}}
	p.left.Store(-1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *line) cutAfter(n int64) { p.left.Store(n) }
func (p *line) mend()            { p.left.Store(-1) }

func (p *line) serve(client net.Conn) {
	defer client.Close()
	if p.left.Load() == 0 {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	go func() { io.Copy(server, client); server.Close() }()
	buf := make([]byte, 4096)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if left := p.left.Load(); left >= 0 {
			if int64(n) >= left {
				client.Write(buf[:left])
				p.left.Store(0)
				p.breakAll()
				return
			}
			p.left.Add(-int64(n))
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *line) breakAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
		delete(p.conns, c)
	}
}
