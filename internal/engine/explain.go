package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// An ExplainView is `explain`: exactly one of Finding, Check and Subject is set.
type ExplainView struct {
	Schema   string           `json:"schema"`
	Finding  *drover.Finding  `json:"finding"`
	Check    *CheckPage       `json:"check"`
	Subject  *drover.Subject  `json:"subject"`
	Findings []drover.Finding `json:"findings"` // on the subject and its credentials, fixed ones left out
}

// A CheckPage is what there is to know about a check.
type CheckPage struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Area       string          `json:"area"`
	Severity   drover.Severity `json:"severity"`
	Controls   []string        `json:"controls"`
	Why        string          `json:"why"`
	How        string          `json:"how"`
	False      string          `json:"false"`
	References []string        `json:"references"`
	Fix        []string        `json:"fix"`
	Systems    []string        `json:"systems"` // empty: all
	ByHand     []ByHand        `json:"by_hand"`
}

// ByHand is how a check's findings are ended in one system without Drover.
type ByHand struct {
	System string `json:"system"`
	Text   string `json:"text"`
}

// Explain explains a finding, a check, or what was found on a thing.
func (e *Engine) Explain(ctx context.Context, text string, asOf time.Time) (*ExplainView, error) {
	v := &ExplainView{Schema: "drover/v1/explain", Findings: []drover.Finding{}}
	checks, err := e.Checks()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(checks, func(c *check.Check) bool { return c.ID == text }); i >= 0 {
		v.Check = pageOf(checks[i])
		return v, nil
	}
	f, err := e.FindFinding(ctx, text, asOf)
	if err == nil {
		v.Finding = f
		return v, nil
	}
	if !errors.Is(err, drover.ErrNotFound) || strings.HasPrefix(strings.ToUpper(text), "F-") {
		return nil, err
	}
	s, err := e.Snapshot(ctx, asOf)
	if err != nil {
		return nil, err
	}
	row, err := s.Lookup(text)
	if err != nil {
		return nil, fmt.Errorf("it is no finding and no check, and %w", err)
	}
	v.Subject = &drover.Subject{Ref: s.Ref(row), Name: s.Name(row), Type: s.Type(row)}
	v.Findings, err = e.findingsOn(ctx, s, row, asOf)
	return v, err
}

// findingsOn are the findings that hold about a thing and its credentials, the
// worst first.
func (e *Engine) findingsOn(ctx context.Context, s *Snapshot, row int, asOf time.Time) ([]drover.Finding, error) {
	var refs []drover.Ref
	for _, m := range s.MemberRows(row) {
		refs = append(refs, s.Ref(m))
	}
	for h := range s.In(row) {
		if h.Kind == drover.EdgeAuthenticates {
			refs = append(refs, s.Ref(h.Row))
		}
	}
	list, err := e.findingsAbout(ctx, refs, asOf)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(f drover.Finding) bool { return f.State == drover.FindingFixed })
	slices.SortFunc(list, FindingOrder)
	return list, nil
}

// findingsAbout are the findings about some subjects as they stood at a moment.
func (e *Engine) findingsAbout(ctx context.Context, refs []drover.Ref, asOf time.Time) ([]drover.Finding, error) {
	out := []drover.Finding{}
	if !asOf.IsZero() {
		all, err := e.findingsAt(ctx, asOf)
		for i := range all {
			if slices.Contains(refs, all[i].Subject.Ref) {
				out = append(out, all[i])
			}
		}
		return out, err
	}
	if e.memory != nil || !e.sight.All() {
		return e.narrowAbout(ctx, refs)
	}
	kept, err := e.store.FindingsAbout(ctx, refs)
	if err != nil || len(kept) == 0 {
		return out, err
	}
	shapes := map[string]string{}
	for _, f := range kept {
		out = append(out, f.Finding)
		shapes[f.Fingerprint()] = f.Shape
	}
	if err := e.decided(ctx, out, shapes, e.o.Now(), time.Time{}); err != nil {
		return nil, err
	}
	return out, e.doubt(ctx, out)
}

func pageOf(c *check.Check) *CheckPage {
	p := &CheckPage{ID: c.ID, Title: c.Title, Area: string(c.Area), Severity: c.Severity, Controls: c.Controls, Why: c.Why, How: c.How, False: c.False,
		References: c.References, Fix: c.Fix, Systems: c.Systems, ByHand: []ByHand{}}
	for _, x := range remedy.ByHand(c) {
		p.ByHand = append(p.ByHand, ByHand{System: x[0], Text: x[1]})
	}
	return p
}

// A FindingLine is a finding in one line.
type FindingLine struct {
	ID       string              `json:"id"`
	Check    string              `json:"check"`
	Severity drover.Severity     `json:"severity"`
	State    drover.FindingState `json:"state"`
	What     string              `json:"what"`
}

func (e *Engine) findingLines(ctx context.Context, s *Snapshot, row int) ([]FindingLine, error) {
	list, err := e.findingsOn(ctx, s, row, time.Time{})
	if err != nil {
		return nil, err
	}
	lines := []FindingLine{}
	for _, f := range list {
		lines = append(lines, FindingLine{ID: f.ID(), Check: f.Check, Severity: f.Severity, State: f.State, What: f.What})
	}
	return lines, nil
}
