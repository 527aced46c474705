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
	"github.com/droverhq/drover/internal/report"
)

// Report fills one of report.Names, as of a moment; the zero time is now. The
// error wraps drover.ErrInvalid for another name.
func (e *Engine) Report(ctx context.Context, name string, asOf time.Time) (*report.Report, error) {
	if !slices.Contains(report.Names, name) {
		return nil, fmt.Errorf("report %q is none of %s: %w", name, strings.Join(report.Names, ", "), drover.ErrInvalid)
	}
	b, err := e.builder(ctx, asOf, name)
	if err != nil {
		return nil, err
	}
	parts := map[string][]func() error{
		"four-questions": {b.questions, b.coverage},
		"inventory":      {b.inventory, b.coverage},
		"posture":        {b.posture, b.fixes, b.exceptions, b.coverage},
		"executive":      {b.questions, b.posture, b.trend, b.due, b.fixes, b.exceptions, b.coverage},
	}[name]
	b.r.Title = map[string]string{"four-questions": "The four questions", "inventory": "Inventory of non-human identities", "posture": "Posture of non-human identities", "executive": "Non-human identities: executive report"}[name]
	for _, part := range parts {
		if err := part(); err != nil {
			return nil, fmt.Errorf("report %s: %w", name, err)
		}
	}
	return b.r, nil
}

// What the questions count: identities that are not a person's.
const reportBase = "verdict=nhi,shared"

// A reportBuilder fills a report.
type reportBuilder struct {
	e    *Engine
	ctx  context.Context
	asOf time.Time
	x    *Effects
	s    *Snapshot
	r    *report.Report

	base     []uint32         // rows of reportBase
	findings []drover.Finding // that hold
	checked  time.Time        // when checks were last run; zero: never
	failed   []FailedCheck
	checks   []*check.Check
	sources  []SourceState
	system   *filter.Column // what systems returns
}

// prepare reads what several parts need.
func (b *reportBuilder) prepare() (err error) {
	if b.base, err = b.list(reportBase); err != nil {
		return err
	}
	if b.checks, err = b.e.Checks(); err != nil {
		return err
	}
	if b.sources, err = b.e.SourceStates(b.ctx); err != nil {
		return err
	}
	if err := b.lastRun(); err != nil || b.checked.IsZero() {
		return err
	}
	b.findings, _, err = b.e.Findings(b.ctx, FindingQuery{Filter: HoldingFilter, AsOf: b.asOf})
	return err
}

// lastRun says when checks were last run. Of the past they are run anew.
func (b *reportBuilder) lastRun() error {
	if !b.asOf.IsZero() {
		if b.s.Generation > 0 {
			b.checked = b.s.now
		}
		return nil
	}
	runs, err := b.e.store.CheckRuns(b.ctx, 1)
	if err != nil || len(runs) == 0 {
		return err
	}
	b.checked = runs[0].At
	var body struct {
		Checks []string      `json:"checks"`
		Failed []FailedCheck `json:"failed"`
	}
	if err := json.Unmarshal([]byte(runs[0].Body), &body); err != nil {
		return fmt.Errorf("the last run of checks: %w", err)
	}
	b.failed = body.Failed
	b.checks = slices.DeleteFunc(slices.Clone(b.checks), func(c *check.Check) bool { return !slices.Contains(body.Checks, c.ID) })
	return nil
}

// list is what `drover list identities` lists for a filter.
func (b *reportBuilder) list(filter string) ([]uint32, error) {
	noun, _ := LookupNoun("identities")
	return b.s.List(Query{Noun: noun, Filter: filter})
}

func (b *reportBuilder) unknown(format string, args ...any) {
	b.r.Unknowns = append(b.r.Unknowns, fmt.Sprintf(format, args...))
}

// posture counts what is wrong.
func (b *reportBuilder) posture() error {
	p := &report.Posture{Checks: len(b.checks), Failed: []string{}, Severities: []report.Severity{}, Areas: []report.Area{}, Worst: []drover.Finding{}, Clean: b.clean()}
	b.r.Posture = p
	if b.checked.IsZero() {
		b.unknown("No check was run yet, so nothing is known of what is wrong.")
		return nil
	}
	at := b.checked.UTC()
	p.CheckedAt = &at
	for _, f := range b.failed {
		p.Failed = append(p.Failed, f.ID+": "+check.Clean(f.Error))
	}
	open, accepted := map[drover.Severity]int{}, map[drover.Severity]int{}
	for i := range b.findings {
		f := &b.findings[i]
		if f.State == drover.FindingAccepted {
			accepted[f.Severity]++
			continue
		}
		open[f.Severity]++
		if len(p.Worst) < worstShown && f.Severity >= drover.High {
			p.Worst = append(p.Worst, *f)
		}
	}
	for _, s := range drover.Severities {
		p.Severities = append(p.Severities, report.Severity{Severity: s, Open: open[s], Accepted: accepted[s], List: "drover finding list severity=" + s.String()})
	}
	p.Areas = b.areas()
	return nil
}

// worstShown is how many findings a report tells whole.
const worstShown = 10

func (b *reportBuilder) areas() (list []report.Area) {
	area := map[string]check.Area{}
	checks, found, worst := map[check.Area]int{}, map[check.Area]int{}, map[check.Area]drover.Severity{}
	for _, c := range b.checks {
		area[c.ID] = c.Area
		checks[c.Area]++
	}
	for i := range b.findings {
		if f := &b.findings[i]; f.State != drover.FindingAccepted {
			found[area[f.Check]]++
			worst[area[f.Check]] = max(worst[area[f.Check]], f.Severity)
		}
	}
	for _, a := range check.Areas {
		if checks[a] == 0 && found[a] == 0 {
			continue
		}
		x := report.Area{Area: string(a), Checks: checks[a], Findings: found[a]}
		if worst[a] > 0 {
			x.Worst = worst[a].String()
		}
		list = append(list, x)
	}
	return list
}

// fixes are the acts that help most.
func (b *reportBuilder) fixes() error {
	b.r.Fixes = &report.Fixes{Top: []report.FixItem{}}
	if b.checked.IsZero() {
		return nil
	}
	list, err := b.e.Fixes(b.ctx, FindingQuery{AsOf: b.asOf})
	if err != nil {
		return err
	}
	b.r.Fixes.Total = len(list)
	for _, f := range list[:min(len(list), 10)] {
		b.r.Fixes.Top = append(b.r.Fixes.Top, report.FixItem{ID: f.ID, Title: f.Title, Severity: f.Severity, Findings: f.Findings, RiskRemoved: f.RiskRemoved, Breaks: f.Breaks, Owners: f.Owners})
	}
	return nil
}

// exceptions are the decisions to live with something, and those that have ended.
func (b *reportBuilder) exceptions() error {
	by := map[string]*report.ExceptionItem{}
	v := &report.Exceptions{Items: []report.ExceptionItem{}}
	b.r.Exceptions = v
	for i := range b.findings {
		f := &b.findings[i]
		if f.Exception == "" {
			continue
		}
		x := by[f.Exception]
		if x == nil {
			x = &report.ExceptionItem{Says: f.Exception, Until: untilOf(f.Exception)}
			by[f.Exception] = x
		}
		x.Findings++
		x.Worst = max(x.Worst, f.Severity)
		if f.State == drover.FindingAccepted {
			v.Findings++
		} else {
			x.Lapsed = true
		}
	}
	for _, x := range by {
		v.Items = append(v.Items, *x)
	}
	end := func(x report.ExceptionItem) time.Time {
		if x.Until == nil {
			return time.Unix(1<<40, 0) // those that name no day come last
		}
		return *x.Until
	}
	slices.SortFunc(v.Items, func(a, b report.ExceptionItem) int {
		return cmp.Or(end(a).Compare(end(b)), cmp.Compare(b.Worst, a.Worst), cmp.Compare(a.Says, b.Says))
	})
	return nil
}

// untilOf is the day in the words of an exception, nil where none is.
func untilOf(says string) *time.Time {
	_, rest, ok := strings.Cut(says, "until ")
	if !ok || len(rest) < len(time.DateOnly) {
		return nil
	}
	t, err := time.Parse(time.DateOnly, rest[:len(time.DateOnly)])
	if err != nil {
		return nil
	}
	return &t
}
