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
	"github.com/droverhq/drover/filter"
)

// Head is what a file of the findings of a run says beside them. Min is the
// severity below which findings are left out, 0 where none are.
func (r *CheckResult) Head(min drover.Severity) export.Head {
	h := export.Head{Kind: "finding", Now: r.At, Subject: part(HoldingFilter, min), Gaps: r.NotChecked, Rules: rulesOf(r.checks, r.Failed)}
	if r.rules != nil {
		h.Rules = r.rules
	}
	if min <= drover.Info {
		AddFixes(&h, r.fixes)
	}
	return h
}

// FindingHead is what a file of the findings that a query keeps says beside
// them.
func (e *Engine) FindingHead(ctx context.Context, q FindingQuery) (export.Head, error) {
	checks, err := e.Checks()
	if err != nil {
		return export.Head{}, err
	}
	h := HeadOf(q, e.o.Now())
	run, err := e.lastRun(ctx, q.AsOf)
	if err != nil {
		return export.Head{}, err
	}
	if run == nil {
		h.Gaps = []string{"No check was run yet: drover check"}
		if !q.AsOf.IsZero() {
			h.Gaps = []string{"No check had been run then"}
		}
		return h, nil
	}
	var last struct {
		Checks []string      `json:"checks"`
		Failed []FailedCheck `json:"failed"`
	}
	if err := json.Unmarshal([]byte(run.Body), &last); err != nil {
		return export.Head{}, fmt.Errorf("the last run of checks: %w", err)
	}
	// A check that was not asked found nothing because nobody asked it.
	asked := slices.DeleteFunc(slices.Clone(checks), func(c *check.Check) bool {
		return !slices.Contains(last.Checks, c.ID) && !slices.ContainsFunc(last.Failed, func(f FailedCheck) bool { return f.ID == c.ID })
	})
	h.Rules = rulesOf(asked, last.Failed)
	return h, nil
}

// HeadOf is what the query itself says of a file of findings.
func HeadOf(q FindingQuery, now time.Time) export.Head {
	h := export.Head{Kind: "finding", Now: q.AsOf, Subject: part(q.Filter, q.MinSeverity)}
	if h.Now.IsZero() {
		h.Now = now
	}
	return h
}

// AddFixes tells a head the acts that end findings, as `fix list` lists them.
func AddFixes(h *export.Head, fixes []*FixItem) {
	of := map[string]string{}
	h.Fixes = []export.Fix{}
	for _, f := range fixes {
		h.Fixes = append(h.Fixes, export.Fix{ID: f.ID, Title: f.Title, Ends: f.Findings, RiskRemoved: f.RiskRemoved})
		for _, c := range f.Closes {
			of[c.Key] = f.ID
		}
	}
	h.FixOf = func(f *drover.Finding) string { return of[f.Key()] }
}

// HoldingFilter keeps every finding that holds, also what is accepted.
const HoldingFilter = "state=open,regressed,unchecked,accepted"

// Holding is a filter over findings with what is fixed left out, unless it speaks of
// state itself. What is no filter stays as it is, to be refused in its own words.
func Holding(text string) string {
	f, err := filter.Parse(text, FindingFields, time.Time{})
	switch {
	case err != nil || f.Mentions("state"):
		return text
	case strings.TrimSpace(text) == "":
		return HoldingFilter
	}
	return "(" + text + ") AND " + HoldingFilter
}

// part says which findings of all are meant; "": all.
func part(filter string, min drover.Severity) string {
	switch filter {
	case HoldingFilter:
		filter = ""
	case "":
		filter = "what nobody has accepted"
	}
	if min > drover.Info {
		filter = strings.TrimSpace(filter + " severity of " + min.String() + " or worse")
	}
	return filter
}

func rulesOf(checks []*check.Check, failed []FailedCheck) []export.Rule {
	var list []export.Rule
	for _, c := range checks {
		r := export.Rule{ID: c.ID, Title: c.Title, Area: string(c.Area), Severity: c.Severity, Controls: c.Controls, Why: c.Why, How: c.How, False: c.False, References: c.References}
		for _, f := range failed {
			if f.ID == c.ID {
				r.Failed = f.Error
			}
		}
		list = append(list, r)
	}
	return list
}
