package check

import (
	"context"
	"errors"
	"fmt"

	"github.com/droverhq/drover"
)

// Options say what a run reports to.
type Options struct {
	Finding  func(drover.Finding) error // called for each finding, in the order of rows and checks; an error ends the run
	Exempt   func(Exemption)            // nil: not wanted
	Progress func(done, all int)        // rows; nil: not wanted
}

// An Exemption is a hit that was dropped, and why.
type Exemption struct {
	Check  string     `json:"check"`
	Ref    drover.Ref `json:"ref"`
	Name   string     `json:"name"`
	Reason string     `json:"reason"`
}

// Run asks all checks in one walk over the estate. One that fails or panics
// never silences the others: the error joins what failed, by check; what the
// others found was handed out. It ends early when ctx does, or Finding errors.
func Run(ctx context.Context, e *Estate, checks []*Check, o Options) error {
	r := &runner{ctx: ctx, e: e, o: o, failed: map[*Check]error{}, byKind: map[drover.Kind][]*Pass{}}
	e.Prepare()
	var passes []*Pass
	for _, c := range checks {
		p := r.pass(c)
		passes = append(passes, p)
		for _, k := range c.Kinds {
			r.byKind[k] = append(r.byKind[k], p)
		}
	}
	for _, p := range passes {
		if p.Check.Run != nil {
			r.protect(p.Check, func() error { return p.Check.Run(p) })
		}
		if r.stop() {
			return r.end(checks)
		}
	}
	rows := e.Graph.Seen()
	for row := range rows {
		if row%4096 == 0 {
			if r.stop() {
				break
			}
			if o.Progress != nil {
				o.Progress(row, rows)
			}
		}
		if !e.Graph.IsMember(row) {
			r.row(row)
		}
	}
	return r.end(checks)
}

type runner struct {
	ctx    context.Context
	e      *Estate
	o      Options
	byKind map[drover.Kind][]*Pass
	failed map[*Check]error
	err    error // of Finding
}

func (r *runner) pass(c *Check) *Pass {
	p := &Pass{Estate: r.e, Check: c, Context: r.ctx}
	p.report = func(h Hit) { r.report(p, h) }
	p.exempt = func(row int, reason string) { r.exempted(c, row, reason) }
	return p
}

func (r *runner) stop() bool { return r.err != nil || r.ctx.Err() != nil }

func (r *runner) row(row int) {
	for _, p := range r.byKind[r.e.Graph.Kind(row)] {
		if p.Check.Each != nil && r.failed[p.Check] == nil && p.applies(row) {
			r.protect(p.Check, func() error { p.Check.Each(p, row); return nil })
		}
	}
}

func (r *runner) protect(c *Check, fn func() error) {
	defer func() {
		if p := recover(); p != nil {
			r.failed[c] = &Failure{c.ID, fmt.Errorf("it panicked: %v", p)}
		}
	}()
	if err := fn(); err != nil {
		r.failed[c] = &Failure{c.ID, err}
	}
}

func (r *runner) end(checks []*Check) error {
	errs := []error{r.err, r.ctx.Err()}
	for _, c := range checks {
		errs = append(errs, r.failed[c])
	}
	return errors.Join(errs...)
}

func (r *runner) exempted(c *Check, row int, reason string) {
	if r.o.Exempt != nil {
		r.o.Exempt(Exemption{Check: c.ID, Ref: r.e.Graph.Ref(row), Name: Clean(r.e.Graph.Name(row)), Reason: reason})
	}
}

// report makes a finding of a hit.
func (r *runner) report(p *Pass, h Hit) {
	if r.stop() {
		return
	}
	if reason, ok := r.e.Exempt(h.Row); ok {
		r.exempted(p.Check, h.Row, reason)
		return
	}
	f := drover.Finding{Check: p.Check.ID, Subject: r.e.subject(h.Row), Part: h.Part, Severity: h.Severity, What: h.What, Why: h.Why, Evidence: h.Evidence,
		Fix: h.Fix, Controls: p.Check.Controls, Breaks: r.e.breaks(h)}
	if f.Severity == 0 {
		f.Severity = p.Check.Severity
	}
	if f.Why == "" {
		f.Why = p.Check.Why
	}
	for _, row := range h.Path {
		f.Path = append(f.Path, r.e.Graph.Ref(row))
	}
	r.err = r.o.Finding(f)
}
