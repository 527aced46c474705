package cli

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// scanFlags are what a scan reads, and whether checks follow.
type scanFlags struct {
	words, only []string
	check       bool
	gate        gateFlags
}

// ScanView is `scan -o json`: the scan and, with --check, what the checks found.
type ScanView struct {
	*engine.ScanResult
	Check *CheckView `json:"check,omitempty"`
}

// scanAndCheck scans, and runs the checks where a flag or a format of findings
// asks for it.
func (a *app) scanAndCheck(cmd *cobra.Command, f scanFlags) error {
	failOn, show, err := f.gate.read()
	if err != nil {
		return err
	}
	f.check = f.check || failOn > 0 || show > 0 || slices.Contains(formatsOfFindings, a.format)
	if !f.check {
		if err := a.fits("drover scan", shapeObject); err != nil {
			return err
		}
	}
	return a.with(cmd.Context(), false, func(e estate) error {
		ctx := cmd.Context()
		res, naming, err := a.scan(ctx, e, f)
		if res == nil {
			return err
		}
		var r *engine.CheckResult
		if f.check && ctx.Err() == nil {
			var cerr error
			if r, cerr = e.Check(ctx, engine.CheckOptions{Progress: a.progress("checked")}); cerr != nil {
				return errors.Join(err, cerr)
			}
		}
		if werr := a.scanned(ctx, res, naming, r, show); werr != nil {
			return errors.Join(err, werr)
		}
		a.readied(ctx, e, res)
		if err != nil {
			return err
		}
		return f.verdict(res, r, failOn)
	})
}

func (a *app) scan(ctx context.Context, e estate, f scanFlags) (*engine.ScanResult, *engine.NamingCount, error) {
	if !a.quiet {
		a.announce(e.Preview(ctx, f.words), f.words)
	}
	p := &progress{a: a}
	res, err := e.Scan(ctx, engine.ScanRequest{Words: f.words, Only: f.only, Progress: p.show})
	p.end()
	if res == nil {
		return nil, nil, err
	}
	naming, nerr := e.Naming(context.WithoutCancel(ctx))
	return res, naming, errors.Join(err, nerr)
}

// scanned writes the result of a scan and of the checks after it.
func (a *app) scanned(ctx context.Context, res *engine.ScanResult, naming *engine.NamingCount, r *engine.CheckResult, show drover.Severity) error {
	if r == nil {
		return a.object(ScanView{ScanResult: res}, func(w io.Writer) { a.scanTable(w, res, naming) })
	}
	items := atLeast(r.List(), show)
	return a.write(func(w io.Writer, format string) error {
		switch {
		case format == "table" || format == "wide":
			a.scanTable(w, res, naming)
			a.checkText(w, r, items, format == "wide")
			return nil
		case format == "json" || format == "yaml":
			return a.objectTo(w, format, ScanView{res, &CheckView{r, items}}, nil)
		}
		return a.listTo(w, format, a.findingListing(ctx, r.Generation, items, 0))
	})
}

// readied makes what the first list of a large estate needs, after what was scanned
// is shown. Whoever interrupts it has lost nothing: the first list makes it then.
func (a *app) readied(ctx context.Context, e estate, res *engine.ScanResult) {
	here, ok := e.(interface {
		Prepare(context.Context, engine.ScanCounts, func()) error
	})
	if !ok || ctx.Err() != nil {
		return
	}
	begins := func() {
		a.hint("Making ready what lists are answered from. To leave that to the first list: Ctrl-C, the scan is saved.")
	}
	if err := here.Prepare(ctx, res.Counts, begins); err != nil && ctx.Err() == nil {
		a.hint("That did not work, and the first list will say so: %s", safe(err.Error()))
	}
}

// verdict is the exit of a scan with checks: partial before the gate.
func (f *scanFlags) verdict(res *engine.ScanResult, r *engine.CheckResult, failOn drover.Severity) error {
	var hit error
	if r != nil {
		hit = gate(r.List(), failOn)
	}
	partial := errPartial
	switch res.Status {
	case string(drover.StatusOK):
		partial = nil
	case string(drover.StatusPartial):
		partial = errPart
	}
	if partial == nil && r != nil && len(r.Failed) > 0 {
		partial = errPart
	}
	if f.gate.allowPartial && (hit != nil || errors.Is(partial, errPart)) {
		return hit
	}
	if partial != nil {
		return partial
	}
	return hit
}

// atLeast keeps findings of a severity or worse.
func atLeast(list []drover.Finding, least drover.Severity) []drover.Finding {
	out := []drover.Finding{}
	for _, f := range list {
		if f.Severity >= least {
			out = append(out, f)
		}
	}
	return out
}
