package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/store"
)

// CheckOptions say what a run of checks asks, and of which moment.
type CheckOptions struct {
	IDs      []string  // of checks; empty: all
	AsOf     time.Time // zero: now, and what is found is kept
	Progress func(done, all int)
}

// A CheckResult is what one run of checks came to.
type CheckResult struct {
	Schema     string          `json:"schema"`
	Generation int64           `json:"generation"`
	At         time.Time       `json:"at"`
	TookMS     int64           `json:"took_ms"`
	Identities int             `json:"identities"` // non-human identities that were looked at
	Undecided  int             `json:"undecided"`  // identities of which it is not known whether a person is behind them: checks of non-human ones pass over them
	Humans     int             `json:"humans"`
	Checks     int             `json:"checks"`   // that ran
	Failed     []FailedCheck   `json:"failed"`   // that did not run to their end
	Counts     map[string]int  `json:"counts"`   // open and accepted findings by severity
	Findings   int             `json:"findings"` // that hold, accepted ones included
	Accepted   int             `json:"accepted"` // of these
	Changes    *FindingChanges `json:"changes"`  // null: nothing was kept, the run was of the past
	Recorded   *RecordedRun    `json:"recorded"` // what was said then, of a run of the past: by the last run before; null: none
	Exempt     []ExemptGroup   `json:"exempt"`   // what checks would have said and why they did not
	Fixes      []*FixItem      `json:"fixes"`    // the worst five
	FixesTotal int             `json:"fixes_total"`
	NotChecked []string        `json:"not_checked"` // what could not be looked at, in words
	Overrides  []PolicyFault   `json:"overrides"`   // intervals of rotation that the house sets otherwise than what is shipped
	Age        Age             `json:"age"`

	list   []drover.Finding
	checks []*check.Check // that were asked
	fixes  []*FixItem     // all of them
	rules  []export.Rule  // of a run elsewhere, in place of checks
}

// Elsewhere completes the result of a run that another process made: what was
// found, every fix, and the checks that were asked.
func (r *CheckResult) Elsewhere(list []drover.Finding, fixes []*FixItem, rules []export.Rule) {
	r.list, r.fixes, r.rules = list, fixes, rules
}

// List is what the run found, in the order of FindingOrder.
func (r *CheckResult) List() []drover.Finding { return r.list }

// AllFixes are the fixes of what the run found, not the worst five only.
func (r *CheckResult) AllFixes() []*FixItem { return r.fixes }

// FindingChanges say how one run differs from the one before.
type FindingChanges = store.FindingCounts

// A FailedCheck is a check that did not run to its end: what it found before is
// kept, and none of it is taken for fixed.
type FailedCheck struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

// An ExemptGroup counts the exemptions of one check for one reason.
type ExemptGroup struct {
	Check  string `json:"check"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
	First  string `json:"first"` // the name of the first one
}

// Check runs checks over the estate. What they find of the present is kept: new
// findings are opened, those that hold no more are fixed, and what was fixed and
// holds again has regressed.
func (e *Engine) Check(ctx context.Context, o CheckOptions) (*CheckResult, error) {
	e, err := e.asking()
	if err != nil {
		return nil, err
	}
	checks, err := e.pick(o.IDs)
	if err != nil {
		return nil, err
	}
	x, err := e.exact(ctx, o.AsOf)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	r := &CheckResult{Schema: "drover/v1/check", Generation: x.s.Generation, At: x.s.now.UTC(), Checks: len(checks), Failed: []FailedCheck{}, Counts: map[string]int{},
		Exempt: []ExemptGroup{}, Fixes: []*FixItem{}, Overrides: e.Overrides(ctx), Age: x.age(x.Gaps())}
	r.Identities, r.Undecided, r.Humans = x.s.population()
	r.checks, r.NotChecked = checks, x.s.passedOver(r.Undecided)
	run := &checkRun{all: len(o.IDs) == 0, e: e, x: x, r: r, at: x.s.now, exempt: map[[2]string]*ExemptGroup{}}
	if o.AsOf.IsZero() && !e.o.ReadOnly && e.sight.All() {
		run.stage = e.store.StageFindings(run.at)
	}
	failed, err := run.run(ctx, checks, o.Progress)
	if err != nil {
		return nil, err
	}
	ran := slices.DeleteFunc(slices.Clone(checks), func(c *check.Check) bool { return failed[c.ID] })
	r.Checks = len(ran)
	if err := run.keep(ctx, o.IDs, func(ctx context.Context) error { return run.finish(ctx, ran, time.Since(started)) }); err != nil {
		return nil, err
	}
	if !o.AsOf.IsZero() && e.sight.All() {
		if r.Recorded, err = e.recordedAt(ctx, r.At); err != nil {
			return nil, err
		}
	}
	r.TookMS = time.Since(started).Milliseconds()
	return r, nil
}

// pick finds checks by id; what is not there is said with what is near.
func (e *Engine) pick(ids []string) ([]*check.Check, error) {
	all, err := e.Checks()
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return all, nil
	}
	var out []*check.Check
	for _, id := range ids {
		i := slices.IndexFunc(all, func(c *check.Check) bool { return c.ID == id })
		if why := e.switchedOff(id); i < 0 && why != "" {
			return nil, fmt.Errorf("check %s is %s: %w", id, why, drover.ErrInvalid)
		}
		if i < 0 {
			return nil, fmt.Errorf("there is no check %q%s; `drover policy list` lists them: %w", id, nearest(id, all), drover.ErrNotFound)
		}
		if !slices.Contains(out, all[i]) {
			out = append(out, all[i])
		}
	}
	return out, nil
}

func nearest(id string, all []*check.Check) string {
	best := ""
	for _, c := range all {
		if strings.Contains(c.ID, id) || strings.Contains(id, c.ID) || len(id) > 3 && strings.HasPrefix(c.ID, id[:4]) {
			if best == "" || len(c.ID) < len(best) {
				best = c.ID
			}
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// A checkRun is one run under way.
type checkRun struct {
	all     bool // every check was asked
	e       *Engine
	x       *Effects
	r       *CheckResult
	at      time.Time
	stage   *store.FindingStage // nil: nothing is kept
	exempt  map[[2]string]*ExemptGroup
	changed map[drover.Ref][]string // see changes
	risks   *riskOf
	fixed   []drover.Finding // the first that were fixed, to be told
}

func (c *checkRun) run(ctx context.Context, checks []*check.Check, progress func(done, all int)) (failed map[string]bool, err error) {
	estate, err := c.e.estate(ctx, c.x)
	if err != nil {
		return nil, err
	}
	c.risks = c.e.risks(ctx, c.x)
	err = check.Run(ctx, estate, checks, check.Options{Progress: progress,
		Exempt: func(x check.Exemption) { c.exempted(x) },
		Finding: func(f drover.Finding) error {
			c.add(&f)
			if c.stage != nil {
				if err := c.stage.Put(ctx, f); err != nil {
					return err
				}
			}
			c.r.list = append(c.r.list, f)
			return nil
		}})
	failed = map[string]bool{}
	for _, one := range check.Failures(err) {
		failed[one.ID] = true
		c.r.Failed = append(c.r.Failed, FailedCheck{ID: one.ID, Error: one.Err.Error()})
	}
	if err != nil && (len(failed) == 0 || ctx.Err() != nil) {
		return nil, err
	}
	c.r.NotChecked = append(c.r.NotChecked, c.e.undecided()...)
	return failed, nil
}

// add says what the engine knows of a finding's subject.
func (c *checkRun) add(f *drover.Finding) {
	c.e.judged(f)
	f.State, f.FirstSeen, f.LastSeen = drover.FindingOpen, c.at, c.at
	if row, ok := c.x.s.Find(f.Subject.Ref); ok {
		f.Owner = c.ownerOf(row)
		f.Risk = c.risks.of(row)
	}
}

// ownerOf is who answers for a row: of a credential its own owner, else that of
// what it proves.
func (c *checkRun) ownerOf(row int) string {
	facts := c.x.s.Facts(row)
	if facts.Owner == "" && facts.Identity != "" {
		if i, ok := c.x.s.Find(drover.Ref(facts.Identity)); ok {
			return c.x.s.Facts(i).Owner
		}
	}
	return facts.Owner
}

func (c *checkRun) exempted(x check.Exemption) {
	key := [2]string{x.Check, x.Reason}
	g := c.exempt[key]
	if g == nil {
		g = &ExemptGroup{Check: x.Check, Reason: x.Reason, First: x.Name}
		c.exempt[key] = g
	}
	g.Count++
}

// keep ends a run; one whose findings are kept is recorded with them.
func (c *checkRun) keep(ctx context.Context, named []string, finish func(context.Context) error) error {
	if c.stage == nil {
		return finish(ctx)
	}
	a := &AuditEntry{Action: "check.run", Detail: map[string]any{"checks": c.r.Checks, "failed": len(c.r.Failed), "findings": len(c.r.list)}}
	if len(c.r.Failed) > 0 {
		a.Outcome = AuditPartial
	}
	if len(named) > 0 {
		a.Detail["named"] = named[:min(len(named), 50)]
	}
	return c.e.audited(ctx, a, finish)
}

func (c *checkRun) finish(ctx context.Context, ran []*check.Check, took time.Duration) error {
	r := c.r
	for _, g := range c.exempt {
		r.Exempt = append(r.Exempt, *g)
	}
	slices.SortFunc(r.Exempt, func(a, b ExemptGroup) int {
		return strings.Compare(a.Check+"\x00"+a.Reason, b.Check+"\x00"+b.Reason)
	})
	if c.stage != nil {
		var ids []string
		for _, k := range ran {
			ids = append(ids, k.ID)
		}
		gone, err := c.gone(ctx)
		if err != nil {
			return err
		}
		ids = append(ids, gone...)
		held, err := c.held(ctx, ids)
		if err != nil {
			return err
		}
		body, err := json.Marshal(map[string]any{"checks": ids, "failed": r.Failed, "identities": r.Identities, "findings": len(r.list), "held": held})
		if err != nil {
			return err
		}
		counts, err := c.stage.Finish(ctx, store.CheckRun{Generation: r.Generation, At: c.at, Took: took, Body: string(body)}, ids, func(f drover.Finding) string {
			if len(c.fixed) < toldFindings {
				c.fixed = append(c.fixed, f)
			}
			return c.why(ctx, f)
		})
		if err != nil {
			return err
		}
		r.Changes = &counts
	}
	if err := c.e.recall(ctx, r.list, c.at); err != nil {
		return err
	}
	slices.SortFunc(r.list, FindingOrder)
	for i := range r.list {
		r.Counts[r.list[i].Severity.String()]++
		if r.list[i].State == drover.FindingAccepted {
			r.Accepted++
		}
	}
	r.Findings = len(r.list)
	fixes := c.e.groupFixes(c.x, r.list)
	r.FixesTotal = len(fixes)
	c.e.weigh(ctx, c.x, fixes)
	r.Fixes, r.fixes = fixes[:min(len(fixes), 5)], fixes
	c.tell()
	return nil
}

// gone are the checks that have findings and are asked no more: taken out of the
// policy, or switched off. A run of named checks says nothing of them.
func (c *checkRun) gone(ctx context.Context) (ids []string, err error) {
	if !c.all {
		return nil, nil
	}
	open, err := c.e.store.OpenChecks(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range open {
		if !slices.ContainsFunc(c.r.checks, func(k *check.Check) bool { return k.ID == id }) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// passedOver says in words what the checks could not look at.
func (s *Snapshot) passedOver(undecided int) []string {
	out := []string{}
	if undecided > 0 {
		out = append(out, fmt.Sprintf("%s of which it is not known whether a person is behind them: most checks pass over them (drover list verdict:unknown)", check.Count(undecided, "identity")))
	}
	blind, all := 0, 0
	for i := range s.Seen() {
		if s.Kind(i) == drover.KindIdentity && !s.IsMember(i) && s.Facts(i).Verdict != drover.VerdictHuman {
			if all++; !s.Facts(i).Monitored {
				blind++
			}
		}
	}
	if blind > 0 {
		out = append(out, fmt.Sprintf("whether %d of %d identities are used: no source of usage covers them", blind, all))
	}
	return out
}

// population counts identities that are not people's, those of which that is not
// known, and people.
func (s *Snapshot) population() (identities, undecided, humans int) {
	for i := range s.Seen() {
		if s.IsMember(i) {
			continue
		}
		switch s.Kind(i) {
		case drover.KindHuman:
			humans++
		case drover.KindIdentity:
			switch s.Facts(i).Verdict {
			case drover.VerdictHuman:
			case drover.VerdictNHI, drover.VerdictShared:
				identities++
			default:
				undecided++
			}
		}
	}
	return identities, undecided, humans
}
