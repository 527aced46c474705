// Package storetest is the contract of the store: one suite that every database
// must pass. There is no expectation in it that depends on the database.
package storetest

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// Run runs the suite. dsn makes an empty database and returns its dsn.
func Run(t *testing.T, dsn func(t testing.TB) string) {
	b := bench{dsn}
	t.Run("replay", b.replay)
	t.Run("clock", b.clock)
	t.Run("parts", b.parts)
	t.Run("conflicts", b.conflicts)
	t.Run("late", b.late)
	t.Run("use", b.use)
	t.Run("merge", b.merge)
	t.Run("scope", b.scope)
	t.Run("hostile", b.hostile)
	t.Run("documents", b.documents)
	t.Run("fold", b.fold)
	t.Run("entities", b.entities)
	t.Run("tags", b.tags)
	t.Run("findings", b.findings)
	t.Run("many findings", b.manyFindings)
	t.Run("decisions", b.decisions)
	t.Run("sources", b.sources)
	t.Run("views", b.views)
	t.Run("watches", b.watches)
	t.Run("operations", b.operations)
	t.Run("answers", b.answers)
	t.Run("forget", b.forget)
	t.Run("scans", b.scans)
	t.Run("jobs", b.jobs)
	t.Run("fence", b.fence)
	t.Run("race", b.race)
	t.Run("stages", b.stages)
	t.Run("reopen", b.reopen)
	t.Run("export", b.export)
	t.Run("backup", b.backup)
	t.Run("compact", b.compact)
	t.Run("spooled", b.spooled)
}

type bench struct{ dsn func(testing.TB) string }

var day0 = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// at is a time of the tests, n hours after the first.
func at(n int) time.Time { return day0.Add(time.Duration(n) * time.Hour) }

// clock returns a clock that moves a minute at every look.
func clock() func() time.Time {
	now := day0
	return func() time.Time { now = now.Add(time.Minute); return now }
}

func (b bench) open(t testing.TB) *store.Store {
	t.Helper()
	return openAt(t, b.dsn(t), store.Options{Now: clock()})
}

func openAt(t testing.TB, dsn string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A section is what a test lets one section of a scan see.
type section struct {
	source, coverage string
	at               int
	status           drover.Status // "": ok
	puts             []put
	keeps            []string
}

type put struct {
	part string
	drover.Record
}

type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

// commit runs the section in a scan of its own.
func commit(t fatal, s *store.Store, sec section) store.SectionResult {
	t.Helper()
	ctx := context.Background()
	run, err := s.BeginScan(ctx, store.ScanStart{Started: at(sec.at)})
	if err != nil {
		t.Fatalf("begin scan: %v", err)
	}
	if sec.status == "" {
		sec.status = drover.StatusOK
	}
	st, err := run.Stage(ctx, store.StageInfo{Source: sec.source, Name: "test", Coverage: sec.coverage, Observed: at(sec.at)})
	if err != nil {
		t.Fatalf("stage: %v", err)
	}
	for _, p := range sec.puts {
		if err := st.Put(p.part, p.Record); err != nil {
			t.Fatalf("put: %v", err)
		}
	}
	for _, k := range sec.keeps {
		if err := st.Keep(k); err != nil {
			t.Fatalf("keep: %v", err)
		}
	}
	r, err := st.Commit(ctx, drover.Section{Status: sec.status})
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	if err := run.End(ctx, store.ScanEnd{Status: sec.status, Sources: []store.ScanSource{{ID: sec.source, Kind: "test", Status: sec.status}}}); err != nil {
		t.Fatalf("end: %v", err)
	}
	return r
}

func ref(name string) drover.Ref { return drover.NewRef("test", "t", "thing", name) }

func node(name string) drover.Node {
	return drover.Node{Ref: ref(name), Kind: drover.KindIdentity, Type: "test.thing", Name: name}
}

func nodePut(part string, n drover.Node) put         { return put{part, drover.Record{Node: &n}} }
func edgePut(part string, e drover.Edge) put         { return put{part, drover.Record{Edge: &e}} }
func evidencePut(part string, e drover.Evidence) put { return put{part, drover.Record{Evidence: &e}} }

func list[T any](t fatal, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var out []T
	for v, err := range seq {
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		out = append(out, v)
	}
	return out
}

func latest(t fatal, s *store.Store) int64 {
	t.Helper()
	g, err := s.Latest(context.Background())
	if err != nil {
		t.Fatalf("latest: %v", err)
	}
	return g.ID
}

// names lists the nodes' names at a generation.
func names(t fatal, s *store.Store, gen int64, scope drover.Scope) map[string]bool {
	t.Helper()
	m := map[string]bool{}
	for _, f := range list(t, s.Nodes(context.Background(), gen, scope)) {
		m[f.Node.Name] = true
	}
	return m
}

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}
