package check_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/policy"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// every is a check that hits each row that it is asked about.
func every(id string) *check.Check {
	return &check.Check{ID: id, Area: check.Lifecycle, Severity: drover.Low, Why: "because", Kinds: []drover.Kind{drover.KindIdentity},
		Each: func(p *check.Pass, row int) {
			p.Report(check.Hit{Row: row, What: p.Say(row) + " is there.", Evidence: []drover.FindingProof{p.Said(row, "it is there")}})
		}}
}

// crowd is an estate of n identities, of which nothing is known but their names.
func crowd(t testing.TB, n int) *check.Estate {
	t.Helper()
	b := graph.NewBuilder(1, now)
	for i := range n {
		b.Node(graph.Row{ID: int64(i + 1), Entity: int64(i + 1), FirstSeen: now, Observed: now, Sources: []string{"crowd"},
			Node: drover.Node{Ref: drover.NewRef("crowd", "1", "user", fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "crowd.user", Name: fmt.Sprint("svc-", i)}})
	}
	s := b.Index()
	p := &policy.Policy{Thresholds: policy.Thresholds{Idle: policy.DefaultIdle, Dormant: policy.DefaultDormant}}
	set, err := judge.NewSettings(p, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	b.Build(now, judge.New(s, set, now).Facts)
	return &check.Estate{Graph: s, Policy: p, Now: now}
}

// A check that panics, and one that fails, silence no other; the error names both.
func TestFailures(t *testing.T) {
	a, z := every("first"), every("last")
	panics := every("panics")
	panics.Each = func(p *check.Pass, row int) {
		if row == 3 {
			var none []int
			_ = none[row]
		}
	}
	whole := &check.Check{ID: "whole", Run: func(*check.Pass) error { panic("whole") }}
	fails := &check.Check{ID: "fails", Run: func(*check.Pass) error { return fmt.Errorf("look: %w", drover.ErrNotFound) }}
	found := map[string]int{}
	err := check.Run(t.Context(), crowd(t, 10), []*check.Check{a, panics, whole, fails, z}, check.Options{Finding: func(f drover.Finding) error { found[f.Check]++; return nil }})
	if found["first"] != 10 || found["last"] != 10 {
		t.Errorf("found %v, want 10 of each of the others", found)
	}
	var ids []string
	for _, f := range check.Failures(err) {
		ids = append(ids, f.ID)
	}
	if fmt.Sprint(ids) != "[panics whole fails]" || !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("failures %v of %v", ids, err)
	}
}

// A cancelled run ends within one block of rows, and hands out nothing after it.
func TestCancel(t *testing.T) {
	const rows, at, block = 40_000, 9_000, 4096
	ctx, cancel := context.WithCancel(t.Context())
	asked, after := 0, 0
	c := every("slow")
	report := c.Each
	c.Each = func(p *check.Pass, row int) {
		if asked++; row == at {
			cancel()
		}
		report(p, row)
	}
	err := check.Run(ctx, crowd(t, rows), []*check.Check{c}, check.Options{Finding: func(drover.Finding) error {
		if ctx.Err() != nil {
			after++
		}
		return nil
	}})
	if !errors.Is(err, context.Canceled) || asked > at+block || after > 0 {
		t.Errorf("asked about %d of %d rows, %d findings came after it was cancelled at %d: %v", asked, rows, after, at, err)
	}
	if len(check.Failures(err)) > 0 {
		t.Error("a cancelled check has failed")
	}
}

// An error of whoever takes the findings ends the run.
func TestFindingError(t *testing.T) {
	n := 0
	err := check.Run(t.Context(), crowd(t, 20_000), []*check.Check{every("all")}, check.Options{Finding: func(drover.Finding) error {
		if n++; n == 3 {
			return drover.ErrConflict
		}
		return nil
	}})
	if !errors.Is(err, drover.ErrConflict) || n != 3 {
		t.Errorf("%d findings, %v", n, err)
	}
}

// Findings are handed out one by one: what a run keeps does not grow with them.
// Progress is told at every block.
func TestProgress(t *testing.T) {
	blocks := 0
	if err := check.Run(t.Context(), crowd(t, 20_000), []*check.Check{every("all")}, check.Options{Finding: func(drover.Finding) error { return nil }, Progress: func(done, all int) {
		if blocks++; done%4096 != 0 || all != 20_000 {
			t.Errorf("progress %d of %d", done, all)
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if blocks != 5 {
		t.Errorf("%d blocks", blocks)
	}
}

// The helpers that every check asks of every row allocate nothing where they have
// nothing to say.
func TestSilentHelpers(t *testing.T) {
	e := crowd(t, 100)
	e.Prepare()
	for name, ask := range map[string]func(row int) bool{
		"Off": e.Off, "New": func(row int) bool { return !e.New(row) }, "NonHuman": func(row int) bool { return false && e.NonHuman(row) }, "Monitored": e.Monitored,
		"Unused":      func(row int) bool { _, ok := e.Unused(row); return ok },
		"BreakGlass":  func(row int) bool { _, ok := e.BreakGlass(row); return ok },
		"Exempt":      func(row int) bool { _, ok := e.Exempt(row); return ok },
		"Credentials": func(row int) bool { return len(e.Credentials(row)) > 0 },
		"Consumers":   func(row int) bool { return len(e.Consumers(row)) > 0 },
		"Tag":         func(row int) bool { _, _, ok := e.Tag(row, "break_glass"); return ok },
		"Env":         func(row int) bool { return e.Env(row) != "" },
		"HasIn":       func(row int) bool { return e.HasIn(row, drover.EdgeOwns) },
		"Secret":      func(row int) bool { _, ok := e.Secret(row); return ok },
		"Standing":    func(row int) bool { _, ok := e.Standing(row); return ok },
		"Strays":      func(row int) bool { return len(e.Strays(row)) > 0 },
		"Owner":       func(row int) bool { _, ok := e.Ownership().Current(row); return ok },
		"Revived":     func(row int) bool { _, ok := e.Revived(row); return ok },
		"PastEnd":     e.PastEnd, "Managed": e.Managed, "Broad": e.Broad,
	} {
		t.Run(name, func(t *testing.T) {
			if n := testing.AllocsPerRun(10, func() {
				for row := range 100 {
					if ask(row) {
						t.Error("it says something of a row of which nothing is known")
					}
				}
			}); n > 0 {
				t.Errorf("%v allocations in 100 rows of which nothing is known", n)
			}
		})
	}
}
