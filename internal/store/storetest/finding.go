package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// findings: what a run finds is opened, what it finds no more is ended with a
// reason, what comes back is the same finding again; a check that did not run
// ends nothing.
func (b bench) findings(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	run := func(hour int, checks []string, list ...drover.Finding) store.FindingCounts {
		t.Helper()
		g := s.StageFindings(at(hour))
		for _, f := range list {
			if err := g.Put(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		c, err := g.Finish(ctx, store.CheckRun{At: at(hour), Body: "{}"}, checks, func(f drover.Finding) string { return "gone: " + f.What })
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	both := []string{"old", "weak"}
	a, w := found("old", "n1", "is 90 days old"), found("weak", "n1", "is weak")
	equal(t, "first", run(1, both, a, w, a), store.FindingCounts{New: 2})
	older := a
	older.What = "is 91 days old"
	equal(t, "again", run(2, both, older, w), store.FindingCounts{})
	equal(t, "one check", run(3, []string{"old"}), store.FindingCounts{Fixed: 1})
	equal(t, "states", states(t, s), "old fixed 1 gone: is 91 days old\nweak open 1 \n")
	equal(t, "back", run(4, both, a, w), store.FindingCounts{Regressed: 1})
	equal(t, "states", states(t, s), "old regressed 2 \nweak open 1 \n")
	spans, err := s.FindingSpans(ctx)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "spans", len(spans), 3)
	runs, err := s.CheckRuns(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "last runs", []time.Time{runs[0].At, runs[1].At}, []time.Time{at(4), at(3)})
	bad := a
	bad.Severity = 0
	wantErr(t, "no severity", s.StageFindings(at(5)).Put(ctx, bad), drover.ErrInvalid)
}

// manyFindings: more than one batch, with hostile text, is kept whole.
func (b bench) manyFindings(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	g := s.StageFindings(at(1))
	const n = 2500
	for i := range n {
		f := found("old", fmt.Sprintf("n%d", i), "a\x00b\u202e'; DROP TABLE finding;--\x1b[31m")
		if err := g.Put(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.Finish(ctx, store.CheckRun{At: at(1), Body: "{}"}, []string{"old"}, func(drover.Finding) string { return "" }); err != nil {
		t.Fatal(err)
	}
	got := 0
	if err := s.EachFinding(ctx, func(f store.StoredFinding) error {
		want := found("old", fmt.Sprintf("n%d", got), "")
		if f.Key() != want.Key() {
			t.Errorf("got %q, want %q", f.Key(), want.Key())
		}
		got++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	equal(t, "findings", got, n)
}

// decisions: they are only added, and those until a moment can be read.
func (b bench) decisions(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, b.dsn(t), store.Options{Now: func() time.Time { return at(9) }})
	f := found("old", "n1", "x")
	for h, kind := range []string{"accept", "reopen", "assign"} {
		if err := s.Decide(ctx, []store.Decision{{Fingerprint: f.Fingerprint(), Kind: kind, At: at(h), Who: "asha", Body: `{}`}}); err != nil {
			t.Fatal(err)
		}
	}
	for until, want := range map[int]int{0: 1, 1: 2, 2: 3} {
		list, err := s.Decisions(ctx, at(until))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "decisions", len(list), want)
		equal(t, "about", list[0].Fingerprint, f.Fingerprint())
	}
	wantErr(t, "no text", s.Decide(ctx, []store.Decision{{Fingerprint: f.Fingerprint(), Kind: "accept", At: at(3), Who: "\xff", Body: `{}`}}), drover.ErrInvalid)
}

func found(check, id, what string) drover.Finding {
	return drover.Finding{Check: check, Subject: drover.Subject{Ref: drover.NewRef("t", "-", "thing", id), Name: id, Type: "t.thing"}, Severity: drover.High, What: what}
}

func states(t *testing.T, s *store.Store) (out string) {
	t.Helper()
	if err := s.EachFinding(context.Background(), func(f store.StoredFinding) error {
		out += fmt.Sprintf("%s %s %d %s\n", f.Check, f.State, f.Opened, f.FixedBy)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}
