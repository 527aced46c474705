package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/postgres"
)

// queries are the marks of the queries, by section.
var queries = map[string][]string{
	"roles": {"roles"}, "memberships": {"memberships"}, "role_settings": {"role_settings"}, "passwords": {"passwords"}, "hba": {"hba", "role names"}, "ident": {"ident"},
	"databases": {"databases"}, "tablespaces": {"tablespaces"}, "parameters": {"parameters"}, "subscriptions": {"subscriptions"}, "replication_slots": {"replication_slots"},
	"activity": {"activity"}, "schemas": {"schemas"}, "relations": {"relations"}, "column_grants": {"column_grants"}, "row_policies": {"row_policies"},
	"large_objects": {"large_objects", "large_object grants"}, "functions": {"functions"}, "languages": {"languages"}, "extensions": {"extensions"},
	"event_triggers": {"event_triggers"}, "default_privileges": {"default_privileges"}, "foreign_servers": {"foreign_data_wrappers", "foreign_servers"},
	"user_mappings": {"user_mappings"}, "publications": {"publications"}, "statements": {"statements extension", "statements"},
}

// A harm is what goes wrong at a query. Where only the limit of a statement ends
// it, a short one is tried first, and a longer one if it hit another statement, as
// it does on a busy machine.
type harm struct {
	name   string
	once   bool
	limits []string
	proxy  func(p *proxy, f fixture, cancel context.CancelCauseFunc)
}

var errStopped = errors.New("stopped by the test")

var harms = []harm{
	{"cut once", true, nil, func(p *proxy, _ fixture, _ context.CancelCauseFunc) { p.after = 90 }},
	{"cut always", false, nil, func(p *proxy, _ fixture, _ context.CancelCauseFunc) { p.after = 90 }},
	{"terminated once", true, nil, func(p *proxy, f fixture, _ context.CancelCauseFunc) {
		p.harm = func(_, server net.Conn) { terminate(f, server) }
	}},
	{"terminated always", false, nil, func(p *proxy, f fixture, _ context.CancelCauseFunc) {
		p.harm = func(_, server net.Conn) { terminate(f, server) }
	}},
	{"hang", false, []string{"200ms", "2s", "20s"}, func(p *proxy, _ fixture, _ context.CancelCauseFunc) {
		p.harm = func(client, _ net.Conn) {
			for { // swallow what the client says until it gives up
				if _, err := client.Read(make([]byte, 512)); err != nil {
					return
				}
			}
		}
	}},
	{"refused from then on", false, nil, func(p *proxy, _ fixture, _ context.CancelCauseFunc) {
		p.harm = func(client, server net.Conn) {
			p.refuse.Store(true)
			client.Close()
			server.Close()
		}
	}},
	{"cancelled", false, nil, func(p *proxy, _ fixture, cancel context.CancelCauseFunc) {
		p.harm = func(_, _ net.Conn) { cancel(errStopped) }
	}},
}

// terminate ends the backend behind a connection, as an administrator would.
func terminate(f fixture, server net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, f.DSN("postgres"))
	if err != nil {
		return
	}
	defer conn.Close(ctx)
	_, _ = conn.Exec(ctx, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where client_port = $1", server.LocalAddr().(*net.TCPAddr).Port)
}

// Whatever goes wrong at whichever query of whichever section: the section is
// not ok, or it holds all that it holds without the fault.
func TestFaults(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		// Most of the time goes by in waiting to try again, so many run at once.
		var wg sync.WaitGroup
		defer wg.Wait()
		slots := make(chan bool, 20)
		for section, marks := range queries {
			want := connectortest.CollectContext(t.Context(), t, postgres.Connector, f.config("databases", f.db, "page_size", "11"), section)
			for _, query := range marks {
				for _, h := range harms {
					for _, page := range []int64{1, 2} {
						slots <- true
						wg.Go(func() {
							defer func() { <-slots }()
							t.Run(fmt.Sprintf("%s/%s/page %d", query, h.name, page), func(t *testing.T) { fault(t, f, h, section, query, page, want) })
						})
					}
				}
			}
		}
	})
}

// harmed reads a section with the harm done to it.
func harmed(t *testing.T, f fixture, h harm, section, query string, page int64, limit string) (*proxy, *connectortest.Result) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	p := &proxy{mark: mark(query), page: page, once: h.once}
	h.proxy(p, f, cancel)
	config := f.config("databases", f.db, "page_size", "11", "statement_timeout", limit, "connect_timeout", "60s")
	config["dsn"] = []string{p.start(t, f.DSN("postgres"))}
	return p, connectortest.CollectContext(ctx, t, postgres.Connector, config, section)
}

func fault(t *testing.T, f fixture, h harm, section, query string, page int64, want *connectortest.Result) {
	limits := h.limits
	if len(limits) == 0 {
		limits = []string{"60s"}
	}
	p, got := harmed(t, f, h, section, query, page, limits[0])
	for _, limit := range limits[1:] {
		if s, _ := got.Section(section); got.Err == nil && (p.harmed.Load() > 0 || s.Status == drover.StatusOK) {
			break
		}
		p, got = harmed(t, f, h, section, query, page, limit)
	}
	if p.harmed.Load() == 0 {
		if page == 1 && query != "parameters" && query != "ident" && query != "role names" {
			t.Errorf("the fault never happened: no query %q", query)
		}
		return // one page was all there is
	}
	if h.name == "cancelled" {
		if !errors.Is(got.Err, errStopped) {
			t.Errorf("discover returned %v, want %v", got.Err, errStopped)
		}
	} else if got.Err != nil {
		t.Errorf("discover returned %v; a fault in one part is in its section", got.Err)
	}
	s, ok := got.Section(section)
	if !ok {
		t.Fatalf("section %s is missing", section)
	}
	if s.Status == drover.StatusOK {
		if d := cmp.Diff(contents(want), contents(got)); d != "" || !h.once {
			t.Errorf("section %s is ok after the fault, with less (-want +got):\n%s", section, d)
		}
	} else {
		if h.once {
			t.Errorf("section %s is %s after one passing fault: %s %+v", section, s.Status, s.Error, s.Notes)
		}
		if s.Error == "" {
			t.Errorf("section %s is %s and does not say why", section, s.Status)
		}
		extra := contents(got)
		for _, c := range contents(want) {
			extra = slices.DeleteFunc(extra, func(e string) bool { return e == c })
		}
		if len(extra) > 0 {
			t.Errorf("the fault made things up: %q", extra)
		}
	}
	password := strings.TrimPrefix(strings.SplitN(f.DSN(""), "@", 2)[0], "postgres://postgres:")
	connectortest.NoCanary(t, fmt.Sprintf("%+v %v %s", got.Sections, got.Err, got.Logs), append(canaries(t), password))
}

// contents are the ids of what a scan saw.
func contents(r *connectortest.Result) []string {
	var out []string
	for _, n := range r.Nodes {
		out = append(out, string(n.Ref))
	}
	for _, e := range r.Edges {
		out = append(out, e.Key())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A server that is not there is an error that says so, and no section.
func TestRefused(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	dsn := "postgres://drover:Canary-refused-1a2b@" + ln.Addr().String() + "/x?sslmode=disable"
	r := connectortest.Collect(t, postgres.Connector, map[string][]string{"dsn": {dsn}})
	if !errors.Is(r.Err, drover.ErrTransient) || len(r.Sections) != 0 {
		t.Errorf("got %v and %d sections, want ErrTransient and none", r.Err, len(r.Sections))
	}
	if !strings.Contains(fmt.Sprint(r.Err), "connect to the server: ") {
		t.Errorf("got %v, want it to speak of the server", r.Err)
	}
	connectortest.NoCanary(t, fmt.Sprint(r.Err), []string{"Canary-refused-1a2b"})
}

// Why a database is not read is said once, not in every section that would read it.
func TestDatabaseWithoutConnect(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		closed := f.NewDatabase(t)
		f.Psql(t, "postgres", `REVOKE CONNECT ON DATABASE "`+closed+`" FROM PUBLIC`)
		config := f.config("privileges", "login")
		config["dsn"] = []string{reader(t, f, "drover_outside")}
		full := connectortest.Collect(t, postgres.Connector, config)
		alone := connectortest.CollectContext(t.Context(), t, postgres.Connector, config, "schemas")
		grant := `GRANT CONNECT ON DATABASE "` + closed + `" TO "drover_outside"`
		for place, want := range map[string]int{closed: 1, "template0": 1} {
			n := 0
			for _, s := range full.Sections {
				for _, note := range s.Notes {
					if strings.Contains(note.Where, place) {
						n++
					}
				}
			}
			if n != want {
				t.Errorf("%s is spoken of %d times, want %d", place, n, want)
			}
		}
		oid := strings.TrimSpace(f.Psql(t, "postgres", "select oid from pg_database where datname = '"+closed+"'"))
		for _, c := range []struct {
			r       *connectortest.Result
			section string
			status  drover.Status
			says    bool
		}{{full, "databases", drover.StatusPartial, true}, {full, "schemas", drover.StatusOK, false}, {full, "relations", drover.StatusOK, false}, {alone, "schemas", drover.StatusPartial, true}} {
			s, _ := c.r.Section(c.section)
			says := slices.ContainsFunc(s.Notes, func(n drover.Note) bool { return n.Lost && strings.Contains(n.Text, grant) })
			if s.Status != c.status || says != c.says {
				t.Errorf("%s is %s and says the grant: %t; want %s, %t: %+v", c.section, s.Status, says, c.status, c.says, s.Notes)
			}
			if c.section != "databases" && !slices.Contains(c.r.Kept, s.Coverage+"#db/"+oid) {
				t.Errorf("%s: what is known of the database would be removed; kept: %q", c.section, c.r.Kept)
			}
		}
	})
}

// A database that cannot be entered is lost by name, the others are read, and
// one left out by option stays as it was without weakening the section.
func TestDatabaseThatCannotBeRead(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		closed, out := f.NewDatabase(t), f.NewDatabase(t)
		f.Psql(t, "postgres", `ALTER DATABASE "`+closed+`" CONNECTION LIMIT 0; DO $$ BEGIN CREATE ROLE plain_reader LOGIN PASSWORD 'Canary-reader-77'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
		config := f.config("exclude_databases", out)
		config["dsn"] = []string{f.DSNAs("plain_reader", "Canary-reader-77", f.db)}
		r := connectortest.CollectContext(t.Context(), t, postgres.Connector, config, "schemas")
		s, _ := r.Section("schemas")
		if s.Status != drover.StatusPartial || r.Err != nil {
			t.Fatalf("schemas is %s: %s %v", s.Status, s.Error, r.Err)
		}
		oid := func(db string) string {
			return strings.TrimSpace(f.Psql(t, "postgres", "select oid from pg_database where datname = '"+db+"'"))
		}
		for db, lost := range map[string]bool{closed: true, out: false} {
			if !slices.Contains(r.Kept, s.Coverage+"#db/"+oid(db)) {
				t.Errorf("what is known of %s would be removed; kept: %q", db, r.Kept)
			}
			if !slices.ContainsFunc(s.Notes, func(n drover.Note) bool { return strings.Contains(n.Where, db) && n.Lost == lost }) {
				t.Errorf("no note with lost=%t about %s: %+v", lost, db, s.Notes)
			}
		}
		if len(r.ByType("postgres.schema")) < 4 {
			t.Error("the other databases were not read")
		}
	})
}
