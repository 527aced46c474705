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

func (a *app) riskCmd() *cobra.Command {
	var o engine.RiskOptions
	var by, keep, since string
	c := historic(shaped(shapeList, &cobra.Command{
		Use:   "risk [ID]",
		Short: "Say how risky something is, and why",
		Long: "A score is a sum of points, 0 to 100, each with its reason: what falls with it, where its credentials lie, how old they are, whether it is used, who answers, what data and\n" +
			"environment it is in. The weights stand in drover.yaml (risk.weights). What is not known is said, with the points that not knowing costs.\n" +
			"Without ID: the identities that score most. --by sums up: by " + strings.Join(engine.RiskGroups, ", ") + ".",
		Example: "  drover risk svc-bi-export\n  drover risk --limit 20\n  drover risk --by owner --since 90d\n  drover risk --filter env=prod -o csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.AsOf, err = a.past(a.asOf); err != nil {
				return err
			}
			if o.Since, err = sinceOf(since); err != nil {
				return err
			}
			if o.Limit < 0 {
				return fmt.Errorf("--limit %d: write 0 (no limit) or more: %w", o.Limit, drover.ErrInvalid)
			}
			if !cmd.Flags().Changed("limit") && a.format != "table" {
				o.Limit = 0
			}
			switch {
			case len(args) == 1 && (by != "" || keep != ""):
				return fmt.Errorf("--by and --filter are about many identities, %q names one: %w", args[0], drover.ErrInvalid)
			case len(args) == 1:
				if err := a.fits(cmd.CommandPath(), shapeObject); err != nil {
					return err
				}
				return a.riskOne(cmd, args[0], o)
			case by != "":
				return a.riskBy(cmd, by, keep, o)
			case o.Since > 0:
				return fmt.Errorf("--since wants an ID or --by: %w", drover.ErrInvalid)
			}
			return a.riskList(cmd, keep, o)
		},
	}))
	c.Flags().StringVar(&by, "by", "", "sum up by `FIELD`: "+strings.Join(engine.RiskGroups, ", "))
	c.Flags().StringVarP(&keep, "filter", "f", "", "only identities that `FILTER` keeps")
	c.Flags().StringVar(&since, "since", "", "also the scores of earlier moments, this `AGE` back: 90d")
	c.Flags().IntVar(&o.Limit, "limit", 50, "show at most `N` identities or groups; 0: all")
	return c
}

func sinceOf(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := drover.ParseDuration(text)
	if err == nil && d <= 0 {
		err = fmt.Errorf("write more than zero: %w", drover.ErrInvalid)
	}
	if err != nil {
		return 0, fmt.Errorf("--since: %w", err)
	}
	return d, nil
}

func (a *app) riskOne(cmd *cobra.Command, id string, o engine.RiskOptions) error {
	return a.with(cmd.Context(), true, func(e estate) error {
		v, err := e.RiskOf(cmd.Context(), id, o)
		if err != nil {
			return err
		}
		if err := a.object(v, func(w io.Writer) { a.riskText(w, v) }); err != nil {
			return err
		}
		a.overridden(cmd.Context(), e)
		a.hint("next: drover blast-radius %s   drover explain %s   drover policy explain %s", safe(v.Subject.ID), safe(v.Subject.ID), safe(v.Subject.ID))
		return nil
	})
}

// overridden says which intervals the house sets otherwise than what is shipped.
func (a *app) overridden(ctx context.Context, e estate) {
	for _, v := range e.Overrides(ctx) {
		a.hint("%s", safe(v.Text))
	}
}

var levelSeverity = map[string]drover.Severity{"critical": drover.Critical, "high": drover.High, "medium": drover.Medium, "low": drover.Low}

func (a *app) riskText(w io.Writer, v *engine.RiskView) {
	fmt.Fprintf(w, "%s%s%s  ·  %s  ·  %s   %s %s %d of 100\n", a.style(w, "1"), safe(v.Subject.Name), a.style(w, "0"), safe(v.Subject.Type), v.Subject.ID,
		a.mark(w, levelSeverity[v.Score.Level]), strings.ToUpper(v.Score.Level), v.Score.Total)
	if v.Of != nil {
		fmt.Fprintf(w, "That of %s %s, which it proves, runs as or gives away.\n", safe(v.Of.Type), safe(v.Of.Name))
	}
	for _, p := range v.Score.Parts {
		mark := " "
		if p.Unknown {
			mark = "?"
		}
		fmt.Fprintf(w, "  %3d of %-3d %s %-12s %s\n", p.Points, p.Of, mark, strings.ReplaceAll(p.Name, "_", " "), safe(p.Because))
		for _, ref := range p.About {
			fmt.Fprintf(w, "                            %s\n", safe(string(ref)))
		}
	}
	for _, h := range v.History {
		said := "not known then"
		if h.Total != nil {
			said = fmt.Sprintf("%3d  %s", *h.Total, points(h.Parts))
		}
		fmt.Fprintf(w, "%s  %s\n", h.At.Format("2006-01-02 15:04"), safe(said))
	}
	a.age(w, v.Age)
}

func points(list []engine.PointsView) string {
	var parts []string
	for _, p := range list {
		parts = append(parts, fmt.Sprintf("%d %s", p.Points, strings.ReplaceAll(p.Name, "_", " ")))
	}
	return strings.Join(parts, " + ")
}

func (a *app) riskList(cmd *cobra.Command, keep string, o engine.RiskOptions) error {
	return a.with(cmd.Context(), true, func(e estate) error { return a.runRisks(cmd.Context(), e, keep, o) })
}

// runRisks lists the identities of a filter by their risk.
func (a *app) runRisks(ctx context.Context, e estate, keep string, o engine.RiskOptions) error {
	v, err := e.Risks(ctx, keep, o)
	if err != nil {
		return err
	}
	if err := a.list(listing{Schema: "drover/v1/risks", Generation: v.Generation, Total: v.Total, Items: seq(v.Items), Age: &v.Age, Empty: "No identities match.", Columns: []column{
		of("NAME", func(r engine.RiskItem) string { return r.Name }),
		of("TYPE", func(r engine.RiskItem) string { return r.Type }),
		of("ENV", func(r engine.RiskItem) string { return text(r.Env) }),
		of("OWNER", func(r engine.RiskItem) string { return text(r.Owner) }),
		of("RISK", func(r engine.RiskItem) string { return fmt.Sprint(r.Total) }),
		of("LEVEL", func(r engine.RiskItem) string {
			return glyphs[levelSeverity[r.Level]] + " " + r.Level
		}),
		of("BECAUSE", func(r engine.RiskItem) string { return strings.ReplaceAll(r.Because, "_", " ") }),
		wide("REF", func(r engine.RiskItem) string { return string(r.Ref) }),
	}}); err != nil {
		return err
	}
	a.overridden(ctx, e)
	if len(v.Items) > 0 {
		a.hint("%d of %d   next: drover risk %s   drover risk --by owner", len(v.Items), v.Total, safe(v.Items[0].ID))
	}
	return nil
}

func (a *app) riskBy(cmd *cobra.Command, by, keep string, o engine.RiskOptions) error {
	return a.with(cmd.Context(), true, func(e estate) error {
		list, gen, err := e.RiskBy(cmd.Context(), by, keep, o)
		if err != nil {
			return err
		}
		n := len(list)
		if o.Limit > 0 {
			n = min(n, o.Limit)
		}
		columns := []column{
			of(strings.ToUpper(strings.ReplaceAll(by, "_", " ")), func(g engine.RiskGroup) string { return dash(g.Name) }),
			of("IDENTITIES", func(g engine.RiskGroup) string { return fmt.Sprint(g.Identities) }),
			of("SUM", func(g engine.RiskGroup) string { return fmt.Sprint(g.Sum) }),
			of("MEDIAN", func(g engine.RiskGroup) string { return fmt.Sprint(g.Median) }),
			of("P90", func(g engine.RiskGroup) string { return fmt.Sprint(g.P90) }),
			of("MAX", func(g engine.RiskGroup) string { return fmt.Sprint(g.Max) }),
			of("WORST", func(g engine.RiskGroup) string { return g.Worst }),
		}
		if o.Since > 0 {
			columns = append(columns, of("BEFORE", func(g engine.RiskGroup) string { return sums(g.History) }))
		}
		if err := a.list(listing{Schema: "drover/v1/risk_groups", Generation: gen, Total: len(list), Items: seq(list[:n]), Columns: columns, Empty: "No identities match."}); err != nil {
			return err
		}
		a.overridden(cmd.Context(), e)
		return nil
	})
}

// sums are the sums of earlier moments, the oldest first.
func sums(list []engine.RiskSum) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, fmt.Sprint(s.Sum))
	}
	return strings.Join(parts, " > ")
}
