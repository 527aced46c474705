package check

import (
	"context"
	"errors"

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
	r := &runner{ctx: ctx, e: e, o: o, byKind: map[drover.Kind][]*Pass{}}
	e.Prepare()
	for _, c := range checks {
		p := r.pass(c)
		r.passes = append(r.passes, p)
		for _, k := range c.Kinds {
			if c.Each != nil {
				r.byKind[k] = append(r.byKind[k], p)
			}
		}
	}
	for _, p := range r.passes {
		if p.Check.Run != nil {
			r.whole(p)
		}
		if r.stop() {
			return r.end()
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
		if passes := r.byKind[e.Graph.Kind(row)]; len(passes) > 0 && !e.Graph.IsMember(row) {
			for i := 0; i < len(passes); {
				i = r.each(passes, i, row)
			}
		}
	}
	return r.end()
}

type runner struct {
	ctx    context.Context
	e      *Estate
	o      Options
	passes []*Pass
	byKind map[drover.Kind][]*Pass
	err    error // of Finding
}

func (r *runner) pass(c *Check) *Pass {
	p := &Pass{Estate: r.e, Check: c, Context: r.ctx}
	p.report = func(h Hit) { r.report(p, h) }
	p.exempt = func(row int, reason string) { r.exempted(c, row, reason) }
	return p
}

func (r *runner) stop() bool { return r.err != nil || r.ctx.Err() != nil }

// whole asks a check that looks at everything by itself.
func (r *runner) whole(p *Pass) {
	defer func() {
		if why := recover(); why != nil {
			p.fail(why)
		}
	}()
	if err := p.Check.Run(p); err != nil && r.ctx.Err() == nil {
		p.failed = &Failure{p.Check.ID, err}
	}
}

// each asks the checks from the i-th on about a row, and returns where to go on:
// past the one that panicked.
func (r *runner) each(passes []*Pass, i, row int) (next int) {
	defer func() {
		if why := recover(); why != nil {
			passes[i].fail(why)
			next = i + 1
		}
	}()
	for ; i < len(passes); i++ {
		if p := passes[i]; p.failed == nil && p.applies(row) {
			p.Check.Each(p, row)
		}
	}
	return i
}

func (r *runner) end() error {
	errs := []error{r.err, r.ctx.Err()}
	for _, p := range r.passes {
		if p.failed != nil {
			errs = append(errs, p.failed)
		}
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
		Fix: h.Fix, Controls: controlsOf(p.Check.Controls, r.e.Graph.Ref(h.Row).System()), Breaks: r.e.breaks(h)}
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
