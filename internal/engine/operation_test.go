package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/store"
)

// waiting is a scan that waits for its context or for release.
func (b *bench) waiting(began chan<- struct{}, release <-chan struct{}) {
	b.run = func(ctx context.Context, s *connector.Scan) error {
		return s.Section(ctx, "things", "scripted:things", func(ctx context.Context, out *connector.Out) error {
			out.Node(account("a"))
			close(began)
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}
}

func TestScanOperation(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	sub, err := b.Subscribe(ctx, "", "kind=scan.row,scan.section,scan.done,operation")
	if err != nil {
		t.Fatal(err)
	}
	began, release := make(chan struct{}), make(chan struct{})
	b.waiting(began, release)
	b.clock.advance()
	op, err := b.StartScan(ctx, engine.ScanRequest{}, true)
	if err != nil || op.State != engine.OpRunning {
		t.Fatalf("got %+v, %v", op, err)
	}
	<-began
	if _, err := b.StartScan(ctx, engine.ScanRequest{}, true); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("a second scan of a source: got %v", err)
	}
	if _, err := b.Scan(ctx, engine.ScanRequest{}); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("a second scan of a source, by another door: got %v", err)
	}
	close(release)
	op, err = b.WaitOperation(ctx, op.ID)
	if err != nil || op.State != engine.OpDone {
		t.Fatalf("got %+v, %v", op, err)
	}
	var out engine.ScanOutcome
	if err := json.Unmarshal(op.Result, &out); err != nil || out.Scan.Counts.Identities != 1 {
		t.Errorf("got %s, %v", op.Result, err)
	}
	kinds := map[string]int{}
	for kinds["operation"] < 2 || kinds["scan.done"] == 0 {
		list, err := sub.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			kinds[v.Kind]++
			if v.Kind == "scan.row" && !strings.Contains(string(v.Data), `"name"`) {
				t.Errorf("a row without a name: %s", v.Data)
			}
		}
	}
	if kinds["scan.row"] != 1 || kinds["scan.section"] != 1 {
		t.Errorf("got %v", kinds)
	}
}

func TestCancelOperation(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	began := make(chan struct{})
	b.waiting(began, nil)
	b.clock.advance()
	op, err := b.StartScan(ctx, engine.ScanRequest{}, true)
	if err != nil {
		t.Fatal(err)
	}
	<-began
	op, err = b.CancelOperation(ctx, op.ID)
	if err != nil || op.State != engine.OpCancelled || op.Ended == nil {
		t.Fatalf("got %+v, %v", op, err)
	}
	var out engine.ScanOutcome
	if err := json.Unmarshal(op.Result, &out); err != nil || out.Scan.Status != string(drover.StatusPartial) {
		t.Errorf("what was read is told: got %s, %v", op.Result, err)
	}
	if _, err := b.CancelOperation(ctx, op.ID); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("cancel again: got %v", err)
	}
	b.scan(t, func(_ context.Context, out *connector.Out) error { out.Node(account("a")); return nil }) // nobody has the source any more
}

// A process that ends leaves its operations interrupted, whether it could say so or
// not.
func TestInterrupted(t *testing.T) {
	ctx := t.Context()
	home := t.TempDir()
	b := &bench{clock: &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}}
	o := engine.Options{Connectors: []*connector.Connector{scripted(&b.run)}, Config: &config.Config{Version: 1, Sources: []config.Source{{ID: "s", Kind: "scripted"}}}, Home: home, Now: b.clock.read, User: "tester"}
	e, err := engine.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	began := make(chan struct{})
	b.waiting(began, nil)
	op, err := e.StartScan(ctx, engine.ScanRequest{}, false)
	if err != nil {
		t.Fatal(err)
	}
	<-began
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	// One that was killed could say nothing: only the store knows of it.
	s, err := store.Open(ctx, "sqlite:"+filepath.Join(home, "drover.db"), store.Options{Now: b.clock.read})
	if err != nil {
		t.Fatal(err)
	}
	killed := store.Operation{ID: "op_killed", Kind: "scan", State: store.Running, Holder: "gone", Started: b.clock.read(), Body: fmt.Sprintf(`{"id":"op_killed","kind":"scan","state":"running","started":%q}`, b.clock.read().Format(time.RFC3339))}
	if err := errors.Join(s.PutOperation(ctx, killed), s.Close()); err != nil {
		t.Fatal(err)
	}
	if e, err = engine.Open(ctx, o); err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, id := range []string{op.ID, "op_killed"} {
		got, err := e.Operation(ctx, id)
		if err != nil || got.State != engine.OpInterrupted || got.Ended == nil {
			t.Errorf("%s: got %+v, %v", id, got, err)
		}
	}
	list, err := e.Operations(ctx, 0)
	if err != nil || len(list) != 2 {
		t.Errorf("got %d operations, %v", len(list), err)
	}
	if _, err := e.Operation(ctx, "op_\x00"); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("hostile id: got %v", err)
	}
}

func TestEventsReplayAndReset(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	sub, err := b.Subscribe(ctx, "", "")
	if err != nil {
		t.Fatal(err)
	}
	start := sub.After()
	b.scan(t, func(_ context.Context, out *connector.Out) error { out.Node(account("a")); return nil })
	if _, err := b.Check(ctx, engine.CheckOptions{}); err != nil {
		t.Fatal(err)
	}
	first := next(t, sub, "check.done")
	again, err := b.Subscribe(ctx, start, "")
	if err != nil {
		t.Fatal(err)
	}
	if replay := next(t, again, "check.done"); replay.ID != first.ID {
		t.Errorf("replayed: got %s, want %s", replay.ID, first.ID)
	}
	for name, id := range map[string]string{"of before the hub": "1", "of the future": "99999999999999999"} {
		s, err := b.Subscribe(ctx, id, "kind=operation")
		if err != nil {
			t.Fatal(err)
		}
		if list, err := s.Next(ctx); err != nil || list[0].Kind != "reset" || list[0].ID == "" {
			t.Errorf("%s: got %v, %v, want a reset", name, list, err)
		}
	}
	for _, id := range []string{"x", "-1", "1\n2"} {
		if _, err := b.Subscribe(ctx, id, ""); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("after %q: got %v", id, err)
		}
	}
	if _, err := b.Subscribe(ctx, "", "color=red"); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("a bad filter: got %v", err)
	}
	quiet, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	none, err := b.Subscribe(ctx, "", "kind=scan.row")
	if err != nil {
		t.Fatal(err)
	}
	if list, err := none.Next(quiet); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing happened: got %v, %v", list, err)
	}
}

// next reads until an event of a kind.
func next(t *testing.T, s *engine.Subscription, kind string) engine.Event {
	t.Helper()
	for {
		list, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			if v.Kind == kind {
				return v
			}
		}
	}
}

// A scan that could not read is not recorded as done.
func TestAuditOfFailedScans(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	for want, failing := range map[string][]bool{engine.AuditDone: {false, false}, engine.AuditPartial: {false, true}, engine.AuditFailed: {true, true}} {
		b.clock.advance()
		b.run = func(ctx context.Context, s *connector.Scan) error {
			for i, fails := range failing {
				if err := s.Section(ctx, fmt.Sprint("things", i), fmt.Sprint("scripted:things", i), func(context.Context, *connector.Out) error {
					if fails {
						return errors.New("not reached")
					}
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		}
		for _, asOperation := range []bool{false, true} {
			if asOperation {
				op, err := b.StartScan(ctx, engine.ScanRequest{}, false)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = b.WaitOperation(ctx, op.ID)
			} else if _, err := b.Scan(ctx, engine.ScanRequest{}); err != nil {
				t.Fatal(err)
			}
			list, err := b.AuditList(ctx, engine.AuditQuery{Action: "scan.run", Limit: 2})
			if err != nil || len(list) != 2 || list[0].Outcome != want || list[1].Outcome != engine.AuditStarted {
				t.Errorf("sections that fail %v, as an operation %v: recorded as %+v, %v; want started, %s", failing, asOperation, list, err, want)
			}
		}
	}
}

// When a source was last read well is when it was read, however old the file is that
// it reads; of when that file is stands apart.
func TestLastOKOfOldFiles(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	file := filepath.Join(dir, "people.csv")
	old := time.Now().Add(-90 * 24 * time.Hour).Truncate(time.Second)
	if err := errors.Join(os.WriteFile(file, []byte("employee_id,first_name,last_name,email,status\nE1,Ana,Diaz,ana.diaz@acme.test,active\n"), 0o600), os.Chtimes(file, old, old)); err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{Version: 1, Path: "drover.yaml", Sources: []config.Source{{ID: "hr", Kind: "file", Options: map[string][]string{"paths": {file}, "mapping": {"hr"}}}}}
	e, err := engine.Open(ctx, engine.Options{Connectors: builtin.Connectors, Config: cfg, Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	before := time.Now().Add(-time.Second)
	if r, err := e.Scan(ctx, engine.ScanRequest{}); err != nil || r.Status != "ok" {
		t.Fatalf("%+v, %v", r, err)
	}
	d, err := e.SourceByID(ctx, "hr")
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Source; s.LastOK == nil || s.LastOK.Before(before.Truncate(time.Second)) || s.Observed == nil || !s.Observed.Equal(old.UTC()) {
		t.Errorf("read at %v, of %v; want just now, of %v", s.LastOK, s.Observed, old)
	}
	if x := d.Sections[0]; x.LastOK == nil || x.LastOK.Before(before.Truncate(time.Second)) || !x.Observed.Equal(old.UTC()) {
		t.Errorf("section: %+v", x)
	}
}
