package cli

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) findingCmd() *cobra.Command {
	c := &cobra.Command{Use: "finding", Aliases: []string{"findings"}, Short: "List findings, and decide about them",
		Example: "  drover finding list\n  drover finding list 'severity=critical,high owner:none'\n  drover finding list state=accepted\n  drover finding show F-7K2\n  drover finding accept F-7K2 --reason 'replaced in Q1' --approver grace --until 2027-01-31"}
	c.AddCommand(a.findingListCmd(), a.findingShowCmd(), a.findingAssignCmd(), a.findingAcceptCmd(), a.findingReopenCmd(), a.findingExportCmd())
	return c
}

func (a *app) findingListCmd() *cobra.Command {
	var g gateFlags
	var sort string
	var limit int
	var all bool
	c := historic(shaped(shapeFindings, &cobra.Command{
		Use: "list [FILTER]", Aliases: []string{"ls"}, Short: "List findings, the worst first",
		Long: "Without a state in the filter it lists what holds and nobody has accepted: open, regressed and unchecked. The list shows what the last run of `drover check` found.\n\nFields:\n" + findingFieldHelp(),
		Example: "  drover finding list\n  drover finding list 'area=secrets severity=critical'\n  drover finding list state=fixed --sort -last_seen\n" +
			"  drover finding list 'control=OWASP-NHI7:2025' -o csv\n  drover finding list owner:none -o json\n  drover finding list --as-of 30d",
		RunE: func(cmd *cobra.Command, words []string) error {
			failOn, show, err := g.read()
			if err != nil {
				return err
			}
			if limit < 0 {
				return fmt.Errorf("--limit %d: write a number above 0: %w", limit, drover.ErrInvalid)
			}
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				n := limit
				if n == 0 && !all && a.format == "table" {
					n = shown
				}
				q := engine.FindingQuery{Filter: strings.Join(words, " "), MinSeverity: show, AsOf: at, Sort: sort}
				return a.runFindings(cmd.Context(), e, q, n, failOn)
			})
		},
	}))
	g.add(c)
	c.Flags().StringVar(&sort, "sort", "", "order by a `FIELD`; -FIELD for descending (default: the worst first)")
	c.Flags().IntVar(&limit, "limit", 0, "at most `N` findings")
	c.Flags().BoolVar(&all, "all", false, "every finding, in a table too")
	return c
}

// runFindings lists findings; n bounds them, 0 for all.
func (a *app) runFindings(ctx context.Context, e estate, q engine.FindingQuery, n int, failOn drover.Severity) error {
	list, hidden, err := e.Findings(ctx, q)
	if err != nil {
		return err
	}
	l := a.findingListing(ctx, 0, list, n)
	l.Head = findingHead(ctx, e, q)
	if err := a.list(l); err != nil {
		return err
	}
	a.findingHints(ctx, e, list, hidden, n)
	if at, err := e.LastCheck(ctx, time.Time{}); err == nil && at.IsZero() && failOn > 0 && len(list) == 0 {
		return gateless("no check was run yet", "drover check")
	}
	return gate(list, failOn)
}

// findingHead says what stands beside a list of findings; the fixes, which cost a
// walk over the estate, only where findings are grouped by them.
func findingHead(ctx context.Context, e estate, q engine.FindingQuery) func(format string) (export.Head, error) {
	return func(format string) (export.Head, error) {
		head, err := e.FindingHead(ctx, q)
		if err != nil || format != "html" && format != "md" {
			return head, err
		}
		fixes, err := e.Fixes(ctx, q)
		if err != nil {
			return head, err
		}
		engine.AddFixes(&head, fixes)
		return head, nil
	}
}

// findingHints says what a table of findings leaves out, and what to do next.
func (a *app) findingHints(ctx context.Context, e estate, list []drover.Finding, hidden, n int) {
	if hidden > 0 {
		a.hint("%s accepted until a date: drover finding list state=accepted", plural(hidden, "more finding"))
	}
	if len(list) == 0 {
		if at, err := e.LastCheck(ctx, time.Time{}); err == nil && at.IsZero() {
			a.hint("No check was run yet. next: drover check")
		}
		return
	}
	if n > 0 && len(list) > n {
		a.hint("%d of %d; --all shows all", n, len(list))
	}
	a.hint("next: drover explain %s   drover fix list", list[0].ID())
}

func findingFieldHelp() string {
	var b strings.Builder
	for _, x := range engine.FindingFields {
		fmt.Fprintf(&b, "  %-14s %s\n", x.Name, x.Help)
	}
	return b.String()
}

// findingListing is a list of findings for every format; n bounds it, 0: all.
func (a *app) findingListing(_ context.Context, generation int64, list []drover.Finding, n int) listing {
	items := list
	if n > 0 && len(items) > n {
		items = items[:n]
	}
	return listing{Schema: "drover/v1/findings", Generation: generation, Total: len(list), Items: seq(items), Columns: findingColumns(), Item: drover.Finding{}, Empty: "No findings.",
		Records: func(yield func(drover.Record, error) bool) {
			for i := range items {
				if !yield(drover.Record{Finding: &items[i]}, nil) {
					return
				}
			}
		}}
}

// records are the findings of a listing, for formats that others read.
type records = iter.Seq2[drover.Record, error]

func findingColumns() []column {
	f := func(name string, get func(f drover.Finding) string) column { return of(name, get) }
	w := func(name string, get func(f drover.Finding) string) column { return wide(name, get) }
	return []column{
		f("ID", func(f drover.Finding) string { return f.ID() }),
		f("SEVERITY", func(f drover.Finding) string { return glyphs[f.Severity] + " " + f.Severity.String() }),
		f("STATE", func(f drover.Finding) string { return string(f.State) }),
		f("CHECK", func(f drover.Finding) string { return f.Check }),
		f("SUBJECT", func(f drover.Finding) string { return f.Subject.Name }),
		f("WHAT", func(f drover.Finding) string { return f.What }),
		f("OWNER", func(f drover.Finding) string { return dash(f.Owner) }),
		f("RISK", func(f drover.Finding) string { return fmt.Sprint(f.Risk) }),
		w("TYPE", func(f drover.Finding) string { return f.Subject.Type }),
		w("REF", func(f drover.Finding) string { return string(f.Subject.Ref) }),
		w("WHY", func(f drover.Finding) string { return f.Why }),
		w("EVIDENCE", func(f drover.Finding) string {
			var out []string
			for _, p := range f.Evidence {
				out = append(out, p.Text+" ("+p.Source+", "+string(p.Grade)+")")
			}
			return strings.Join(out, "; ")
		}),
		w("FIX", func(f drover.Finding) string { return f.Fix.Text }),
		w("COMMAND", func(f drover.Finding) string { return f.Fix.Command }),
		w("BREAKS", func(f drover.Finding) string { return f.Breaks.Text }),
		w("CONTROLS", func(f drover.Finding) string { return strings.Join(f.Controls, " ") }),
		w("FIRST SEEN", func(f drover.Finding) string { return stampOf(f.FirstSeen) }),
		w("LAST SEEN", func(f drover.Finding) string { return stampOf(f.LastSeen) }),
		w("FIXED BY", func(f drover.Finding) string { return f.FixedBy }),
		w("EXCEPTION", func(f drover.Finding) string { return f.Exception }),
		w("FINGERPRINT", func(f drover.Finding) string { return f.Fingerprint() }),
	}
}

// stampOf is a moment as RFC 3339, "" where it is not known.
func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
