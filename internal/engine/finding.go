package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/policy"
)

// A FindingQuery narrows a list of findings.
type FindingQuery struct {
	Filter      string          // over FindingFields; one that does not speak of state shows what is open and has regressed
	MinSeverity drover.Severity // 0: all
	AsOf        time.Time       // zero: now
	Sort        string          // a field, -field for descending; "": the worst first

	anyState bool // a filter that does not speak of state shows every one
}

// FindingOrder is the order in which findings are worth reading: the worst first,
// then those whose subject matters most.
func FindingOrder(a, b drover.Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Subject.Ref, b.Subject.Ref), cmp.Compare(a.Part, b.Part))
}

// Findings lists what the checks found that a query keeps. Hidden counts what a
// query without a state left out because it is accepted. The list may be shared and
// must not be changed.
func (e *Engine) Findings(ctx context.Context, q FindingQuery) (list []drover.Finding, hidden int, err error) {
	if q.AsOf.IsZero() && e.memory != nil {
		return e.keptFindings(ctx, q)
	}
	all, err := e.findingsAt(ctx, q.AsOf)
	if err != nil {
		return nil, 0, err
	}
	return e.pickFindings(ctx, all, q)
}

// pickFindings are those of a list that a query keeps, in its order.
func (e *Engine) pickFindings(ctx context.Context, all []drover.Finding, q FindingQuery) (list []drover.Finding, hidden int, err error) {
	keep, err := e.filterFindings(ctx, all, q)
	if err != nil {
		return nil, 0, err
	}
	implied := !q.anyState && !filter.Mentions(q.Filter, FindingFields, "state")
	for _, i := range keep {
		f := &all[i]
		if implied && f.State != drover.FindingOpen && f.State != drover.FindingRegressed && f.State != drover.FindingUnchecked {
			if f.State == drover.FindingAccepted && f.Severity >= q.MinSeverity {
				hidden++
			}
			continue
		}
		if f.Severity >= q.MinSeverity {
			list = append(list, *f)
		}
	}
	if q.Sort == "" {
		slices.SortFunc(list, FindingOrder)
		return list, hidden, nil
	}
	return list, hidden, sortFindings(list, q.Sort)
}

// findingsAt are all findings as they stood at a moment. They may be shared and
// must not be changed.
func (e *Engine) findingsAt(ctx context.Context, asOf time.Time) ([]drover.Finding, error) {
	if asOf.IsZero() && e.memory != nil {
		return e.memory.findings(ctx, e)
	}
	if asOf.IsZero() {
		stored := e.storedFindings
		if !e.sight.All() {
			stored = e.narrowFindings
		}
		raw, err := stored(ctx)
		if err != nil || len(raw.list) == 0 {
			return raw.list, err
		}
		if err := e.decided(ctx, raw.list, raw.shapes, e.o.Now(), time.Time{}); err != nil {
			return nil, err
		}
		return raw.list, e.doubt(ctx, raw.list)
	}
	r, err := e.Check(ctx, CheckOptions{AsOf: asOf})
	if err != nil {
		return nil, err
	}
	return r.list, nil
}

// recall gives the findings of a run their history and what was decided.
func (e *Engine) recall(ctx context.Context, list []drover.Finding, at time.Time) error {
	shapes := map[string]string{}
	place := make(map[string]int, len(list))
	for i := range list {
		key := list[i].Fingerprint()
		place[key], shapes[key] = i, store.FindingShape(&list[i])
	}
	err := e.store.EachFinding(ctx, func(f store.StoredFinding) error {
		if i, ok := place[f.Fingerprint()]; ok && !f.FirstSeen.After(at) {
			list[i].FirstSeen = f.FirstSeen
			if f.Opened > 1 && !f.OpenedAt.After(at) {
				list[i].State = drover.FindingRegressed
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	until := time.Time{}
	if at.Before(e.o.Now()) {
		until = at
	}
	return e.decided(ctx, list, shapes, at, until)
}

// An acceptance is the body of a decision to accept, and of one to assign.
type acceptance struct {
	Reason   string    `json:"reason,omitempty"`
	Approver string    `json:"approver,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Shape    string    `json:"shape,omitempty"`
	To       string    `json:"to,omitempty"`
	By       string    `json:"-"`
	At       time.Time `json:"-"`
}

// decided applies what people and the policy decided until a moment.
func (e *Engine) decided(ctx context.Context, list []drover.Finding, shapes map[string]string, now, until time.Time) error {
	decisions, err := e.store.Decisions(ctx, until)
	if err != nil {
		return err
	}
	accepted, assigned := map[string]acceptance{}, map[string]string{}
	for _, d := range decisions {
		var a acceptance
		if err := json.Unmarshal([]byte(d.Body), &a); err != nil {
			return fmt.Errorf("decision about %s: %w", d.Fingerprint, err)
		}
		a.By, a.At = d.Who, d.At
		switch d.Kind {
		case "accept":
			accepted[d.Fingerprint] = a
		case "reopen":
			delete(accepted, d.Fingerprint)
		case "assign":
			assigned[d.Fingerprint] = a.To
		}
	}
	excepted, err := e.excepted(ctx, now)
	if err != nil {
		return err
	}
	for i := range list {
		f := &list[i]
		key := f.Fingerprint()
		f.Assignee = assigned[key]
		if f.State == drover.FindingFixed {
			continue
		}
		if a, ok := accepted[key]; ok {
			accept(f, a, shapes[key], now)
		}
		if x := excepted(f); x != nil && f.State != drover.FindingAccepted {
			f.State = drover.FindingAccepted
			f.Exception = fmt.Sprintf("%s until %s, approved by %s: %s (%s)", x.ID, check.Day(x.Until.Add(-time.Second)), x.ApprovedBy, check.Clean(x.Reason), x.Match.Pos)
		}
	}
	return nil
}

// accept marks a finding as accepted while the acceptance lasts and the finding
// is the one that was accepted: one that got worse is open again.
func accept(f *drover.Finding, a acceptance, shape string, now time.Time) {
	said := fmt.Sprintf("until %s, approved by %s: %s", check.Day(a.Until), check.Clean(a.Approver), check.Clean(a.Reason))
	switch {
	case !now.Before(a.Until):
		f.Exception = "It was accepted " + said + ". That has ended."
	case a.Shape != shape:
		f.Exception = "It was accepted " + said + ". It has changed since and is open again."
	default:
		f.State, f.Exception = drover.FindingAccepted, "Accepted "+said
	}
}

// excepted returns a function that finds the exception of drover.yaml for a
// finding, nil where there is none.
func (e *Engine) excepted(ctx context.Context, now time.Time) (func(*drover.Finding) *policy.Exception, error) {
	if len(e.policy.Exceptions) == 0 {
		return func(*drover.Finding) *policy.Exception { return nil }, nil
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	by := map[drover.Ref][]*policy.Exception{}
	for i := range e.policy.Exceptions {
		x := &e.policy.Exceptions[i]
		if !x.Active(now) {
			continue
		}
		match, err := judge.Matcher(x.Match, now)
		if err != nil {
			return nil, err
		}
		rows, err := match(s.Snapshot, s.Table())
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			ref := s.Ref(int(row))
			if e.forbids(s, ref, x.ApprovedBy, x.Until.Sub(now)) == "" { // drover policy lint says what is forbidden
				by[ref] = append(by[ref], x)
			}
		}
	}
	return func(f *drover.Finding) *policy.Exception {
		for _, x := range by[f.Subject.Ref] {
			if x.Rule == "*" || x.Rule == f.Check {
				return x
			}
		}
		return nil
	}, nil
}

// doubt marks what the last run could not look at.
func (e *Engine) doubt(ctx context.Context, list []drover.Finding) error {
	runs, err := e.store.CheckRuns(ctx, 1)
	if err != nil || len(runs) == 0 {
		return err
	}
	var body struct {
		Failed []FailedCheck `json:"failed"`
	}
	if err := json.Unmarshal([]byte(runs[0].Body), &body); err != nil {
		return fmt.Errorf("the last run of checks: %w", err)
	}
	for i := range list {
		f := &list[i]
		holds := f.State == drover.FindingOpen || f.State == drover.FindingRegressed
		if holds && f.LastSeen.Before(runs[0].At) && slices.ContainsFunc(body.Failed, func(x FailedCheck) bool { return x.ID == f.Check }) {
			f.State = drover.FindingUnchecked
		}
	}
	return nil
}

// LastCheck is when checks were last run until a moment, whose zero is now; zero: never.
func (e *Engine) LastCheck(ctx context.Context, asOf time.Time) (time.Time, error) {
	run, err := e.lastRun(ctx, asOf)
	if err != nil || run == nil {
		return time.Time{}, err
	}
	return run.At, nil
}

// lastRun is the last run of the checks until a moment, the last of all for the zero
// time; nil where there was none.
func (e *Engine) lastRun(ctx context.Context, asOf time.Time) (*store.CheckRun, error) {
	most := 1
	if !asOf.IsZero() {
		most = 0
	}
	runs, err := e.store.CheckRuns(ctx, most)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(runs, func(r store.CheckRun) bool { return asOf.IsZero() || !r.At.After(asOf) })
	if i < 0 {
		return nil, nil
	}
	return &runs[i], nil
}

// FindFinding finds a finding by its id, the beginning of its fingerprint, or its
// key.
func (e *Engine) FindFinding(ctx context.Context, text string, asOf time.Time) (*drover.Finding, error) {
	all, err := e.findingsAt(ctx, asOf)
	if err != nil {
		return nil, err
	}
	var hits []int
	digits := strings.ToUpper(strings.TrimPrefix(strings.TrimPrefix(text, "F-"), "f-"))
	for i := range all {
		f := &all[i]
		if f.Key() == text {
			found := *f
			return &found, nil
		}
		id := strings.TrimPrefix(f.ID(), "F-")
		if len(digits) >= 3 && strings.HasPrefix(id, digits) || len(text) >= 6 && strings.HasPrefix(f.Fingerprint(), strings.ToLower(text)) {
			hits = append(hits, i)
		}
	}
	switch len(hits) {
	case 0:
		return nil, fmt.Errorf("there is no finding %s; `drover finding list` lists them, and `drover check` looks again: %w", check.Clean(text), drover.ErrNotFound)
	case 1:
		found := all[hits[0]]
		return &found, nil
	}
	return nil, fmt.Errorf("%d findings begin with %s; write more of the id: %w", len(hits), check.Clean(text), drover.ErrConflict)
}
