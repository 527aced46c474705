package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/engine"
)

// gateFlags are what a run of checks shows and what it fails on.
type gateFlags struct {
	failOn, minSeverity string
	allowPartial        bool
}

func (g *gateFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&g.failOn, "fail-on", "", "exit 10 when an open finding is of this `SEVERITY` or worse: critical, high, medium, low, info")
	c.Flags().StringVar(&g.minSeverity, "min-severity", "", "show only findings of this `SEVERITY` or worse; the counts stay whole")
	c.Flags().BoolVar(&g.allowPartial, "allow-partial", false, "exit 10 rather than 3 where a source or a check failed and the gate is hit as well")
}

// read returns both severities, 0 where none was asked for.
func (g *gateFlags) read() (failOn, show drover.Severity, err error) {
	if failOn, err = severityOf("--fail-on", g.failOn); err != nil {
		return 0, 0, err
	}
	show, err = severityOf("--min-severity", g.minSeverity)
	return failOn, show, err
}

func severityOf(flag, text string) (drover.Severity, error) {
	if text == "" {
		return 0, nil
	}
	var s drover.Severity
	if err := s.UnmarshalText([]byte(strings.ToLower(text))); err != nil {
		return 0, fmt.Errorf("%s: %w", flag, err)
	}
	return s, nil
}

// gate is errGate when what is open reaches the severity that was asked for.
func gate(list []drover.Finding, failOn drover.Severity) error {
	if failOn == 0 {
		return nil
	}
	for i := range list {
		if s := list[i].State; list[i].Severity >= failOn && s != drover.FindingAccepted && s != drover.FindingFixed {
			return errGate
		}
	}
	return nil
}

// gateless is the error of a gate that has nothing to look at: passing would say
// that all is well.
func gateless(why, fix string) error {
	return &hinted{fmt.Errorf("%s, so --fail-on has nothing to judge: %w", why, drover.ErrNotFound), fix}
}

func (a *app) checkCmd() *cobra.Command {
	var g gateFlags
	c := historic(shaped(shapeFindings, &cobra.Command{
		Use:   "check [CHECK...]",
		Short: "Ask what is wrong, and what would end it",
		Long: "Runs the posture checks over what is known, all of them or those that are named, and keeps what they find: new findings are opened, those that hold no more\n" +
			"are fixed. The text ends with the five acts that help most. --fail-on is a gate for pipelines, --min-severity only hides; neither changes what is kept.",
		Example: "  drover check\n  drover check stalekey noexpiry\n  drover check --fail-on high -O findings.sarif\n  drover check --as-of 2026-06-30 -o json\n  drover policy list",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, k := range a.config.Checks {
				ids = append(ids, k.ID+"\t"+k.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			failOn, show, err := g.read()
			if err != nil {
				return err
			}
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), !at.IsZero(), func(e estate) error {
				r, err := e.Check(cmd.Context(), engine.CheckOptions{IDs: args, AsOf: at, Progress: a.progress("checked")})
				if err != nil {
					return err
				}
				if err := a.checked(cmd.Context(), r, show); err != nil {
					return err
				}
				return g.verdict(r, failOn)
			})
		},
	}))
	g.add(c)
	return c
}

// verdict is the exit of a run of checks: partial before the gate, unless the
// user allows partial.
func (g *gateFlags) verdict(r *engine.CheckResult, failOn drover.Severity) error {
	if failOn > 0 && r.Generation == 0 {
		return gateless("nothing was scanned yet", "drover scan")
	}
	hit := gate(r.List(), failOn)
	if len(r.Failed) > 0 && (!g.allowPartial || hit == nil) {
		return errPartial
	}
	return hit
}

// checked writes the result of a run.
func (a *app) checked(ctx context.Context, r *engine.CheckResult, show drover.Severity) error {
	shown := atLeast(r.List(), show)
	return a.write(func(w io.Writer, format string) error {
		switch {
		case format == "table" || format == "wide":
			a.checkText(w, r, shown, format == "wide")
			return nil
		case slices.Contains(formatsOfJSON, format) && format != "ndjson":
			return a.objectTo(w, format, CheckView{r, shown}, nil)
		}
		l := a.findingListing(ctx, r.Generation, shown, 0)
		l.Head = func(string) (export.Head, error) { return r.Head(show), nil }
		return a.listTo(w, format, l)
	})
}

// CheckView is `check -o json`: the run, and what it found.
type CheckView struct {
	*engine.CheckResult
	Items []drover.Finding `json:"items"`
}

// progress shows how far a long walk is, on a terminal only.
func (a *app) progress(what string) func(done, all int) {
	if a.quiet || !terminal(a.errs) {
		return nil
	}
	return func(done, all int) {
		if all > 100_000 {
			fmt.Fprintf(a.errs, "\r%s %d of %d", what, done, all)
			if done >= all {
				fmt.Fprint(a.errs, "\r\033[K")
			}
		}
	}
}

func (a *app) checkText(w io.Writer, r *engine.CheckResult, shown []drover.Finding, all bool) {
	fmt.Fprintf(w, "Checked %s and %s with %s in %s\n", plural(r.Identities, "non-human identity"), plural(r.Humans, "human"), plural(r.Checks, "check"), took(r.TookMS))
	fmt.Fprintf(w, "%s     %s in %s\n", a.severityLine(w, r.Counts), plural(r.Findings, "finding"), plural(r.FixesTotal, "fix"))
	if c := r.Changes; c != nil && c.New+c.Regressed+c.Fixed > 0 {
		fmt.Fprintf(w, "  since the last run: %d new, %d came back, %d fixed\n", c.New, c.Regressed, c.Fixed)
	}
	if x := r.Recorded; x != nil {
		fmt.Fprintf(w, "  this is what today's checks say of then; the run of %s recorded %s\n", x.At.Local().Format("2006-01-02 15:04"), plural(x.Findings, "finding"))
	}
	if r.Accepted > 0 {
		fmt.Fprintf(w, "  %d accepted until a date: drover finding list state=accepted\n", r.Accepted)
	}
	if len(r.Fixes) > 0 {
		fmt.Fprintln(w, "Start with")
		for i, f := range r.Fixes {
			a.fixLine(w, i+1, f)
		}
	}
	if all && len(shown) > 0 {
		fmt.Fprintln(w)
		for i := range shown {
			fmt.Fprintf(w, "  %s %s  %s  %s\n", a.mark(w, shown[i].Severity), fmt.Sprintf("%-8s", shown[i].Severity), shown[i].ID(), safe(shown[i].What))
		}
	}
	for _, n := range r.NotChecked {
		fmt.Fprintf(w, "Not checked: %s\n", safe(n))
	}
	for _, o := range r.Overrides {
		a.hint("%s", safe(o.Text))
	}
	for _, f := range r.Failed {
		fmt.Fprintf(w, "Failed: %s: %s\n", f.ID, safe(f.Error))
	}
	if n := exempted(r.Exempt); n > 0 {
		fmt.Fprintf(w, "Exempt: %s, of which %s\n", plural(n, "hit"), safe(exemptReasons(r.Exempt)))
	}
	if len(r.Age.NotAnalysed) > 0 {
		fmt.Fprintf(w, "Not analysed: %s\n", safe(gaps(r.Age.NotAnalysed)))
	}
	if r.Findings == 0 && r.Identities+r.Undecided+r.Humans == 0 {
		a.hint("Nothing was scanned yet. next: drover scan   drover demo load")
		return
	}
	if len(r.Fixes) > 0 {
		a.hint("next: drover fix show %s   drover finding list   drover explain %s", r.Fixes[0].ID, r.Fixes[0].Closes[0].ID)
	}
}

func took(ms int64) string {
	if ms < 1000 {
		return fmt.Sprintf("%d ms", ms)
	}
	return fmt.Sprintf("%.1f s", float64(ms)/1000)
}

func exempted(list []engine.ExemptGroup) (n int) {
	for _, g := range list {
		n += g.Count
	}
	return n
}

// exemptReasons names the reasons that cover most.
func exemptReasons(list []engine.ExemptGroup) string {
	by := map[string]int{}
	var reasons []string
	for _, g := range list {
		if by[g.Reason] == 0 {
			reasons = append(reasons, g.Reason)
		}
		by[g.Reason] += g.Count
	}
	slices.SortStableFunc(reasons, func(x, y string) int { return by[y] - by[x] })
	var out []string
	for _, r := range reasons {
		out = append(out, fmt.Sprintf("%d %s", by[r], r))
	}
	return some(out, 2)
}

// severityLine counts by severity: glyph, word and number.
func (a *app) severityLine(w io.Writer, counts map[string]int) string {
	var b strings.Builder
	for _, s := range drover.Severities {
		fmt.Fprintf(&b, "  %s %s %d", a.mark(w, s), strings.ToUpper(s.String()), counts[s.String()])
	}
	return b.String()
}

// glyphs tell severities apart without colour.
var glyphs = map[drover.Severity]string{drover.Critical: "◆", drover.High: "▲", drover.Medium: "■", drover.Low: "●", drover.Info: "○"}

var severityStyles = map[drover.Severity]string{drover.Critical: "1;35", drover.High: "31", drover.Medium: "33", drover.Low: "34", drover.Info: "2"}

func (a *app) mark(w io.Writer, s drover.Severity) string {
	return a.style(w, severityStyles[s]) + glyphs[s] + a.style(w, "0")
}

func (a *app) fixLine(w io.Writer, n int, f *engine.FixItem) {
	fmt.Fprintf(w, "%3d %s %s\n", n, a.mark(w, f.Severity), safe(f.Title))
	said := fmt.Sprintf("closes %s", plural(f.Findings, "finding"))
	if f.RiskRemoved > 0 {
		said += fmt.Sprintf(", risk -%d", f.RiskRemoved)
	}
	switch {
	case f.Breaks.Dependents > 0:
		said += ", " + plural(f.Breaks.Dependents, "dependent")
	case len(f.Breaks.Unknowns) > 0:
		said += ", dependents not known"
	}
	fmt.Fprintf(w, "      %s   drover fix show %s\n", said, f.ID)
}
