package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/internal/report"
)

const (
	trendSpan   = 90 * drover.Day
	trendPoints = 12
	// rerunUpTo is how many identities an estate may have for the checks to be run
	// again on it as it was before they were first run.
	rerunUpTo = 20_000
	rerun     = 3
)

// trend is how many findings held over the last 90 days: what the runs of the
// checks recorded, and before the first one what today's checks say of the estate
// as it was.
func (b *reportBuilder) trend() error {
	t := &report.Trend{Points: []report.Point{}}
	b.r.Trend = t
	if b.checked.IsZero() {
		t.Why = "No check was run yet."
		return nil
	}
	runs, err := b.e.recordedRuns(b.ctx)
	if err != nil {
		return err
	}
	runs = slices.DeleteFunc(runs, func(r RecordedRun) bool { return r.At.After(b.s.now) })
	first := b.s.now
	if len(runs) > 0 {
		first = runs[0].At
	}
	if err := b.before(t, first); err != nil {
		return err
	}
	b.since(t, runs)
	t.Points = append(t.Points, b.present())
	if len(t.Points) == 1 {
		t.Why = "There is one moment only: checks were first run on " + check.Day(first) + ", and the inventory is no older or too large to check as it was."
	}
	return nil
}

// before runs the checks on the estate as it was before they were first run.
func (b *reportBuilder) before(t *report.Trend, first time.Time) error {
	if len(b.base) > rerunUpTo {
		return nil
	}
	n := 0
	for i := range rerun {
		at := b.s.now.Add(-trendSpan + time.Duration(i)*trendSpan/rerun)
		if !at.Before(first.Add(-drover.Day)) {
			break
		}
		gen, err := b.e.store.AsOf(b.ctx, at)
		if err != nil {
			return err
		}
		if gen.ID == 0 {
			continue
		}
		r, err := b.e.Check(b.ctx, CheckOptions{AsOf: at})
		if err != nil {
			return err
		}
		t.Points = append(t.Points, pointOf(at, report.AskedAnew, r.Counts))
		n++
	}
	if n > 0 {
		t.Why = fmt.Sprintf("Checks were first run on %s. The %s before that are today's checks asked of the inventory as it was known then.", check.Day(first), check.Count(n, "point"))
	}
	return nil
}

// since adds what runs recorded, the oldest first: all of them where they are few,
// else the last one of each of equal spans.
func (b *reportBuilder) since(t *report.Trend, runs []RecordedRun) {
	from := b.s.now.Add(-trendSpan)
	step := trendSpan / trendPoints
	runs = slices.DeleteFunc(slices.Clone(runs), func(r RecordedRun) bool { return r.At.Before(from.Add(-drover.Day)) || !r.At.Before(b.checked) })
	for i, r := range runs {
		if len(runs) > trendPoints && i+1 < len(runs) && r.At.Sub(from)/step == runs[i+1].At.Sub(from)/step {
			continue
		}
		t.Points = append(t.Points, pointOf(r.At, report.Recorded, r.Counts))
	}
}

// present is the last point: what the rest of the report counts.
func (b *reportBuilder) present() report.Point {
	counts := map[string]int{}
	for i := range b.findings {
		counts[b.findings[i].Severity.String()]++
	}
	if b.asOf.IsZero() {
		return pointOf(b.checked, report.Recorded, counts)
	}
	return pointOf(b.s.now, report.AskedAnew, counts)
}

func pointOf(at time.Time, basis string, counts map[string]int) report.Point {
	p := report.Point{At: at.UTC(), Basis: basis, Open: map[string]int{}}
	for _, s := range drover.Severities {
		n := counts[s.String()]
		p.Open[s.String()] = n
		p.Total += n
	}
	return p
}

// staleAfter is how old what a source last said may be.
const staleAfter = 7 * drover.Day

// coverage is what was looked at.
func (b *reportBuilder) coverage() error {
	c := &report.Coverage{Sources: []report.SourceItem{}, Gaps: []string{}, Unseen: b.s.Len() - b.s.Seen()}
	b.r.Coverage = c
	for _, s := range b.sources {
		x := report.SourceItem{ID: s.ID, Kind: s.Kind, Status: "never", LastOK: s.LastOK}
		if s.LastStatus != nil {
			x.Status = *s.LastStatus
		}
		x.Stale = s.LastOK == nil || s.Observed == nil || b.e.o.Now().Sub(*s.Observed) > staleAfter
		switch {
		case s.State == "disabled":
			x.Status, x.Says = "disabled", "It is switched off."
		case s.LastOK == nil:
			x.Says = "It was never read."
		case x.Stale && b.e.o.Now().Sub(*s.LastOK) <= staleAfter && s.Observed != nil:
			x.Says = "It was read " + check.Ago(b.e.o.Now(), *s.LastOK) + "; what it says is of " + check.Ago(b.e.o.Now(), *s.Observed) + "."
		case x.Stale:
			x.Says = "Its last success is " + check.Ago(b.e.o.Now(), *s.LastOK) + "."
		case s.SectionsOK < s.Sections:
			x.Says = fmt.Sprintf("%d of %d sections were read.", s.SectionsOK, s.Sections)
		default:
			x.Says = "Read."
		}
		if x.Stale && s.State != "disabled" {
			b.unknown("Source %s: %s What it would say today is not known.", check.Clean(s.ID), x.Says)
		}
		c.Sources = append(c.Sources, x)
	}
	if !b.asOf.IsZero() {
		b.unknown("How the sources stood then is not kept: they are shown as they stand now.")
	}
	for _, g := range b.x.Gaps() {
		text := check.Clean(g.System) + ": " + g.What + " (" + g.Why + ")"
		if !slices.Contains(c.Gaps, text) {
			c.Gaps = append(c.Gaps, text)
		}
	}
	return nil
}

// inventory lists what there is.
func (b *reportBuilder) inventory() error {
	v := &report.Inventory{Identities: len(b.base), Counts: []report.Breakdown{}, Items: []report.IdentityItem{}, Listed: "drover list identities " + reportBase}
	b.r.Inventory = v
	for i := range b.s.Seen() {
		v.Humans += btoi(b.s.Kind(i) == drover.KindHuman && !b.s.IsMember(i))
	}
	for _, x := range []struct {
		by, column string
	}{
		{"type", "nhi_type"}, {"system", "system"}, {"environment", "env"}, {"state", "lifecycle"}, {"data class", "data_class"}, {"business unit", "business_unit"},
	} {
		if counts := b.tally(x.column); len(counts) > 1 || len(counts) == 1 && counts[0].Name != "unknown" {
			v.Counts = append(v.Counts, report.Breakdown{By: x.by, Counts: counts})
		}
	}
	risks := b.e.risks(b.ctx, b.x)
	for _, row := range b.base {
		v.Items = append(v.Items, b.identityItem(int(row), risks.of(int(row))))
	}
	if risks.err != nil {
		return risks.err
	}
	return nil
}

func (b *reportBuilder) identityItem(i, risk int) report.IdentityItem {
	f := b.s.Facts(i)
	or := func(s string) string {
		if s == "" {
			return "unknown"
		}
		return s
	}
	x := report.IdentityItem{ID: b.s.shortID(i), Name: b.s.Name(i), Type: b.s.Type(i), NHIType: or(string(f.NHIType)), Env: or(f.Env), Owner: f.Owner, Lifecycle: or(string(f.Lifecycle)),
		LastUsed: when(f.LastUsed), Created: when(b.s.Node(i).Created), Keys: f.Credentials, Risk: risk}
	if f.Tier != filter.Unknown && f.Tier == 0 {
		x.Tier0 = true
	}
	return x
}
