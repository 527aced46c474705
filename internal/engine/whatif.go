package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/internal/report"
)

// A WhatIf is a change that is made to a copy, and what is asked of that.
type WhatIf struct {
	Change   []byte       // JSON, schema drover/v1/change
	ID       string       // whose reach is compared; "": everybody's
	From, To string       // the ways that are left; "": not asked
	AsOf     time.Time    // the estate that is copied; zero: as it is
	Reach    ReachOptions // of the ways and of what falls
}

// A WhatIfView is what would be.
type WhatIfView struct {
	Schema string         `json:"schema"`
	Reach  *ReachDiffView `json:"reach"` // whose reach grows and shrinks
	Blast  *BlastView     `json:"blast"` // what would fall with the one that was named; null: none was
	Paths  *PathsView     `json:"paths"` // the ways that would be left; null: not asked
}

// WhatIf makes a change to a copy of the estate and says what it does. Nothing is
// changed. The error wraps drover.ErrInvalid for what is no change.
func (e *Engine) WhatIf(ctx context.Context, q WhatIf) (*WhatIfView, error) {
	if len(q.Change) > changeLimit {
		return nil, fmt.Errorf("the change is over %d bytes: %w", changeLimit, drover.ErrInvalid)
	}
	change, err := effective.ParseChange(q.Change)
	if err != nil {
		return nil, fmt.Errorf("change: %w", err)
	}
	old, err := e.asked(ctx, q.AsOf, ReachOptions{})
	if err != nil {
		return nil, err
	}
	now, err := e.effects(ctx, old.s, change)
	if err != nil {
		return nil, err
	}
	v := &WhatIfView{Schema: "drover/v1/what_if"}
	if v.Reach, err = reachDiff(ctx, old, now, q.ID); err != nil {
		return nil, err
	}
	if q.ID != "" {
		drop := q.Reach
		drop.With = "change"
		if v.Blast, err = e.blastOf(ctx, now, q.ID, drop); err != nil {
			return nil, err
		}
	}
	if q.From != "" {
		v.Paths, err = e.pathsOf(ctx, now, q.From, q.To, q.Reach)
	}
	return v, err
}

// Exceptions lists what somebody decided to live with, as of a moment, the first to
// end first.
func (e *Engine) Exceptions(ctx context.Context, asOf time.Time) (*report.Exceptions, int64, error) {
	s, err := e.Snapshot(ctx, asOf)
	if err != nil {
		return nil, 0, err
	}
	b := &reportBuilder{e: e, ctx: ctx, asOf: asOf, s: s, r: &report.Report{}}
	if b.findings, _, err = e.Findings(ctx, FindingQuery{Filter: HoldingFilter, AsOf: asOf}); err != nil {
		return nil, 0, err
	}
	err = b.exceptions()
	return b.r.Exceptions, s.Generation, err
}

// FindingFacets counts the values of fields over the findings that a query keeps,
// each without what its filter says of that field itself, as FacetsOf does; state
// without what a filter that does not speak of it leaves out.
func (e *Engine) FindingFacets(ctx context.Context, q FindingQuery, fields []string) (map[string][]FacetCount, error) {
	f, err := filter.Parse(q.Filter, FindingFields, e.o.Now())
	if err != nil {
		return nil, err
	}
	q.Sort = ""
	out := make(map[string][]FacetCount, len(fields))
	byFilter := map[FindingQuery][]string{}
	for _, name := range fields {
		of := q
		of.Filter, of.anyState = f.Without(name), name == "state"
		byFilter[of] = append(byFilter[of], name)
	}
	for of, names := range byFilter {
		list, _, err := e.Findings(ctx, of)
		if err != nil {
			return nil, err
		}
		if err := e.countFindings(ctx, list, q.AsOf, names, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *Engine) countFindings(ctx context.Context, list []drover.Finding, asOf time.Time, fields []string, out map[string][]FacetCount) error {
	t, err := e.findingTable(ctx, list, asOf, true)
	if err != nil {
		return err
	}
	rows := make([]uint32, len(list))
	for i := range rows {
		rows[i] = uint32(i)
	}
	for _, name := range fields {
		col := t.Columns[name]
		if col == nil || name == "id" || name == "key" {
			return fmt.Errorf("facets: findings are not counted by %q: %w", check.Clean(clip(name, 80)), drover.ErrInvalid)
		}
		counts := map[string]int{}
		switch {
		case col.Texts != nil:
			for _, i := range rows {
				for _, v := range col.Texts(int(i)) {
					counts[v]++
				}
			}
		case col.Text != nil:
			for _, i := range rows {
				counts[col.Text(int(i))]++
			}
		default:
			return fmt.Errorf("facets: %s has numbers, which are not counted: %w", name, drover.ErrInvalid)
		}
		out[name] = facet(counts, col.None)
	}
	return nil
}

// AllChecks lists every check that this binary has and the house wrote, those that
// are switched off too.
func (e *Engine) AllChecks() []*check.Check {
	out := append([]*check.Check(nil), e.o.Checks...)
	for _, r := range e.rules {
		out = append(out, r.Check)
	}
	return out
}

// StartCheck begins a run of the checks that are named, or of all.
func (e *Engine) StartCheck(ctx context.Context, ids ...string) (*Operation, error) {
	if _, err := e.pick(ids); err != nil {
		return nil, err
	}
	target := "all checks"
	if len(ids) > 0 {
		target = few(ids, 8)
	}
	return e.start(ctx, job{kind: "check", target: target, claims: []string{"run of all checks"}, run: func(ctx context.Context, t *Task) (any, error) {
		return e.checked(ctx, t, ids)
	}})
}
