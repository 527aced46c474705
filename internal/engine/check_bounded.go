package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
)

// checked runs checks for an operation and keeps what they find. Checks look at the
// whole estate, whoever asks: on a part of it what lies outside would be taken for
// absent, and what they found there for fixed. Who sees a part is answered with what
// lies in it, and with what changed of that.
func (e *Engine) checked(ctx context.Context, t *Task, ids []string) (*CheckResult, error) {
	n := 0
	o := CheckOptions{IDs: ids, Progress: func(done, all int) {
		n = all
		t.Step(int64(done), int64(all), fmt.Sprintf("checked %d of %d", done, all))
	}}
	r, err := e.checkWhole(ctx, o)
	if err == nil && n > 0 {
		t.Step(int64(n), int64(n), fmt.Sprintf("checked %d of %d", n, n))
	}
	return r, err
}

func (e *Engine) checkWhole(ctx context.Context, o CheckOptions) (*CheckResult, error) {
	if e.sight.All() {
		return e.Check(ctx, o)
	}
	c := e.caller
	c.Grants = []authz.Grant{{Role: authz.Responder}} // may run checks, sees all, and no more
	whole := e.For(c)
	before, err := e.held(ctx, whole)
	if err != nil {
		return nil, err
	}
	all, err := whole.Check(ctx, o)
	if err != nil {
		return nil, err
	}
	r, err := e.Check(ctx, CheckOptions{IDs: o.IDs})
	if err != nil {
		return nil, err
	}
	after, err := e.held(ctx, whole)
	if err != nil {
		return nil, err
	}
	r.Changes = changesOf(before, after)
	r.TookMS += all.TookMS
	return r, nil
}

// held are the findings that the runs found to hold, and of whose subject the caller
// may know, by what they are.
func (e *Engine) held(ctx context.Context, whole *Engine) (map[string]drover.Finding, error) {
	if err := whole.Refresh(ctx); err != nil {
		return nil, err
	}
	list, _, err := whole.Findings(ctx, FindingQuery{Filter: HoldingFilter})
	if err != nil {
		return nil, err
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	of := make(map[string]drover.Finding, len(list))
	for i := range list {
		if e.shows(s, list[i].Subject.Ref) {
			of[list[i].Fingerprint()] = list[i]
		}
	}
	return of, nil
}

func changesOf(before, after map[string]drover.Finding) *FindingChanges {
	v := &FindingChanges{}
	for key, f := range after {
		switch _, was := before[key]; {
		case was:
		case f.State == drover.FindingRegressed:
			v.Regressed++
		default:
			v.New++
		}
	}
	for key := range before {
		if _, still := after[key]; !still {
			v.Fixed++
		}
	}
	return v
}
