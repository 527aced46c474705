package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) fixCmd() *cobra.Command {
	c := &cobra.Command{Use: "fix", Aliases: []string{"fixes"}, Short: "List what would end findings, the acts that help most first",
		Example: "  drover fix list --top 10\n  drover fix show X-1A2B3C4D"}
	c.AddCommand(a.fixListCmd(), a.fixShowCmd())
	return c
}

func (a *app) fixListCmd() *cobra.Command {
	var top int
	var minSeverity string
	c := historic(shaped(shapeList, &cobra.Command{Use: "list [FILTER]", Aliases: []string{"ls"}, Short: "List the acts that end findings",
		Long:    "One row is one act: taking a policy from 14 tokens, revoking a key. It says how many findings it closes, how much risk it removes, and what depends on what it changes.\nThe filter is over findings, as for `drover finding list`.",
		Example: "  drover fix list --top 10\n  drover fix list area=secrets\n  drover fix list 'owner=team-bi' -o json",
		RunE: func(cmd *cobra.Command, words []string) error {
			show, err := severityOf("--min-severity", minSeverity)
			if err != nil {
				return err
			}
			if top < 0 {
				return fmt.Errorf("--top %d: write a number above 0: %w", top, drover.ErrInvalid)
			}
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				n := top
				if n == 0 && a.format == "table" {
					n = shown
				}
				return a.runFixes(cmd.Context(), e, engine.FindingQuery{Filter: strings.Join(words, " "), AsOf: at, MinSeverity: show}, n)
			})
		}}))
	c.Flags().IntVar(&top, "top", 0, "the `N` that help most")
	c.Flags().StringVar(&minSeverity, "min-severity", "", "only what ends findings of this `SEVERITY` or worse")
	return c
}

// runFixes lists what ends findings; most bounds the list, 0 for all.
func (a *app) runFixes(ctx context.Context, e estate, q engine.FindingQuery, most int) error {
	list, err := e.Fixes(ctx, q)
	if err != nil {
		return err
	}
	n := len(list)
	if most > 0 {
		n = min(n, most)
	}
	if err := a.list(listing{Schema: "drover/v1/fixes", Total: len(list), Items: seq(list[:n]), Columns: fixColumns(), Item: engine.FixItem{}, Empty: "Nothing to fix."}); err != nil {
		return err
	}
	if n > 0 {
		a.hint("%d of %d   next: drover fix show %s", n, len(list), list[0].ID)
	}
	return nil
}

func fixColumns() []column {
	return []column{
		of("ID", func(f *engine.FixItem) string { return f.ID }),
		of("SEVERITY", func(f *engine.FixItem) string { return glyphs[f.Severity] + " " + f.Severity.String() }),
		of("FIX", func(f *engine.FixItem) string { return f.Title }),
		of("RISK CUT", func(f *engine.FixItem) string { return fmt.Sprintf("-%d", f.RiskRemoved) }),
		of("CLOSES", func(f *engine.FixItem) string { return fmt.Sprint(f.Findings) }),
		of("BREAKS", func(f *engine.FixItem) string { return breaksWord(f.Breaks) }),
		of("OWNER", func(f *engine.FixItem) string { return dash(some(f.Owners, 2)) }),
		wide("ACTION", func(f *engine.FixItem) string { return f.Action }),
		wide("OBJECTS", func(f *engine.FixItem) string { return fmt.Sprint(len(f.Objects)) }),
		wide("COUNTED", func(f *engine.FixItem) string { return f.How }),
	}
}

func breaksWord(b drover.Breaks) string {
	switch {
	case b.Dependents > 0:
		return plural(b.Dependents, "dependent")
	case len(b.Unknowns) > 0:
		return "not known"
	}
	return "nothing seen"
}

func (a *app) fixShowCmd() *cobra.Command {
	return historic(shaped(shapeObject, &cobra.Command{Use: "show FIX", Short: "Show one act: its commands, what it ends and what it breaks", Args: cobra.ExactArgs(1),
		Example: "  drover fix show X-1A2B3C4D",
		RunE: about(a, func(e estate, ctx context.Context, id string, at time.Time) (FixView, error) {
			f, err := e.FindFix(ctx, id, engine.FindingQuery{AsOf: at})
			return FixView{"drover/v1/fix", f}, err
		}, func(w io.Writer, v FixView) { a.fixText(w, v.Fix) })}))
}

// FixView is `fix show -o json`.
type FixView struct {
	Schema string          `json:"schema"`
	Fix    *engine.FixItem `json:"fix"`
}

func (a *app) fixText(w io.Writer, f *engine.FixItem) {
	fmt.Fprintf(w, "%s  %s %s%s%s\n", f.ID, a.mark(w, f.Severity), a.style(w, "1"), safe(f.Title), a.style(w, "0"))
	fmt.Fprintf(w, "Closes %s on %s; risk -%d (%s)\n", plural(f.Findings, "finding"), plural(f.Subjects, "subject"), f.RiskRemoved, safe(f.How))
	const few = 20
	fmt.Fprintln(w, "DO")
	for i, o := range f.Objects {
		if i == few {
			fmt.Fprintf(w, "  … and %d more: -o json\n", len(f.Objects)-few)
			break
		}
		fmt.Fprintf(w, "  %s\n", safe(o.Text))
		if o.Command != "" {
			for _, l := range strings.Split(o.Command, "\n") {
				fmt.Fprintf(w, "    $ %s\n", safe(l))
			}
		}
	}
	fmt.Fprintf(w, "BREAKS  %s\n", safe(f.Breaks.Text))
	for _, u := range f.Breaks.Unknowns {
		fmt.Fprintf(w, "        not known: %s\n", safe(u))
	}
	fmt.Fprintln(w, "CLOSES")
	for i, c := range f.Closes {
		if i == few {
			fmt.Fprintf(w, "  … and %d more: -o json\n", len(f.Closes)-few)
			break
		}
		fmt.Fprintf(w, "  %s %s  %s\n", a.mark(w, c.Severity), c.ID, safe(c.What))
	}
	if len(f.Closes) > 0 {
		a.hint("next: drover explain %s", f.Closes[0].ID)
	}
}
