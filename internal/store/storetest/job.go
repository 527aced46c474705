package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// jobs: one claim at a time, each with an epoch of its own; what a claim that was
// lost would write is refused.
func (b bench) jobs(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	claim := func(seen int64, now, until int, force bool) (int64, bool) {
		t.Helper()
		epoch, ok, err := s.ClaimJob(ctx, "scan a", seen, at(now), at(until), force)
		if err != nil {
			t.Fatal(err)
		}
		return epoch, ok
	}
	first, ok := claim(0, 1, 2, false)
	equal(t, "first claim", [2]any{first, ok}, [2]any{int64(1), true})
	_, ok = claim(0, 1, 2, false)
	equal(t, "claimed by who saw nothing of it", ok, false)
	_, ok = claim(1, 1, 2, false)
	equal(t, "claimed while it is held", ok, false)
	ok, err := s.RenewJob(ctx, store.Lease{Job: "scan a", Epoch: 1}, at(3))
	equal(t, "renewed", [2]any{ok, err}, [2]any{true, nil})
	_, ok = claim(1, 2, 4, false)
	equal(t, "claimed after it was renewed", ok, false)
	second, ok := claim(1, 4, 5, false)
	equal(t, "claimed after its end", [2]any{second, ok}, [2]any{int64(2), true})
	third, ok := claim(2, 4, 5, true)
	equal(t, "claimed by force", [2]any{third, ok}, [2]any{int64(3), true})
	for name, got := range map[string]func() (bool, error){
		"renewed by who lost it": func() (bool, error) { return s.RenewJob(ctx, store.Lease{Job: "scan a", Epoch: 1}, at(9)) },
		"ended by who lost it":   func() (bool, error) { return s.EndJob(ctx, store.Lease{Job: "scan a", Epoch: 2}, store.Job{}) },
	} {
		ok, err := got()
		equal(t, name, [2]any{ok, err}, [2]any{false, nil})
	}
	want := store.Job{ID: "scan a", Epoch: 3, Due: at(10), Started: at(4), Ended: at(5), OK: at(5), Failures: 2, Error: "not reached \x00"}
	ok, err = s.EndJob(ctx, store.Lease{Job: "scan a", Epoch: 3}, want)
	equal(t, "ended", [2]any{ok, err}, [2]any{true, nil})
	list, err := s.Jobs(ctx)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	want.Error = list[0].Error // bytes that cannot be stored are replaced
	equal(t, "kept", list[0], want)
	if err := s.ForgetJobs(ctx, []string{"scan a", "unknown"}); err != nil {
		t.Fatal(err)
	}
	list, err = s.Jobs(ctx)
	equal(t, "forgotten", [2]any{len(list), err}, [2]any{0, nil})
	_, _, err = s.ClaimJob(ctx, "", 0, at(1), at(2), false)
	wantErr(t, "no id", err, drover.ErrInvalid)
}

// fence: a scan that another process took over writes nothing more.
func (b bench) fence(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	epoch, ok, err := s.ClaimJob(ctx, "scan a", 0, at(1), at(2), false)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	begin := func(epoch int64) (*store.ScanRun, *store.Stage) {
		t.Helper()
		run, err := s.BeginScan(ctx, store.ScanStart{Lease: &store.Lease{Job: "scan a", Epoch: epoch}})
		if err != nil {
			t.Fatal(err)
		}
		st, err := run.Stage(ctx, store.StageInfo{Source: "a", Name: "n", Coverage: "c", Observed: at(1)})
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Put(nodePut("", node("x")).part, nodePut("", node("x")).Record); err != nil {
			t.Fatal(err)
		}
		return run, st
	}
	run, st := begin(epoch)
	if epoch, ok, err = s.ClaimJob(ctx, "scan a", epoch, at(3), at(4), false); err != nil || !ok {
		t.Fatal(ok, err)
	}
	_, err = st.Commit(ctx, drover.Section{Status: drover.StatusOK})
	wantErr(t, "commit of who lost the lease", err, drover.ErrConflict)
	wantErr(t, "end of who lost the lease", run.End(ctx, store.ScanEnd{Status: drover.StatusOK}), drover.ErrConflict)
	_, err = s.BeginScan(ctx, store.ScanStart{Lease: &store.Lease{Job: "scan a", Epoch: 1}})
	wantErr(t, "begin of who lost the lease", err, drover.ErrConflict)
	_, err = s.BeginScan(ctx, store.ScanStart{Lease: &store.Lease{Job: "never claimed", Epoch: 1}})
	wantErr(t, "begin without a lease", err, drover.ErrConflict)
	if g, err := s.Latest(ctx); err != nil || g.ID != 0 {
		t.Errorf("what was refused made generation %d (%v)", g.ID, err)
	}
	run, st = begin(epoch)
	r, err := st.Commit(ctx, drover.Section{Status: drover.StatusOK})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "added by who holds it", r.Added, int64(1))
	if err := run.End(ctx, store.ScanEnd{Status: drover.StatusOK}); err != nil {
		t.Fatal(err)
	}
}

// race: of many that claim one job at the same time one gets it.
func (b bench) race(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	var seen int64
	for round := range 5 {
		var got atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, ok, err := s.ClaimJob(ctx, "scan a", seen, at(2*round+1), at(2*round+2), false)
				if err != nil {
					t.Error(err)
				}
				if ok {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		equal(t, "claims that were granted", got.Load(), int64(1))
		seen++
	}
}
