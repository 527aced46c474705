package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/internal/engine"
)

func (a *app) grantsCmd() *cobra.Command {
	var o engine.ReachOptions
	var f listFlags
	var level string
	c := historic(shaped(shapeList, &cobra.Command{
		Use:   "grants ID",
		Short: "List everything that an identity itself is given, as patterns",
		Long: "Each row is any of its actions on any of its resources, as long as its condition holds; a wildcard stays one pattern. Boundaries, guardrails and denies are taken off already.\n" +
			"What the identity gets by becoming others is not in it: see `drover blast-radius` and `drover resources`.",
		Example: "  drover access grants ci-deployer\n  drover access grants ci-deployer --level permissions -o json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			if o.Level, err = levelOf(level); err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.Grants(cmd.Context(), args[0], at, o)
				if err != nil {
					return err
				}
				n := a.most(len(v.Items), f)
				if err := a.list(listing{Schema: "drover/v1/grants", Generation: v.Generation, Age: &v.Age, Total: len(v.Items), Items: seq(v.Items[:n]), Columns: grantColumns(), Empty: ungiven(v)}); err != nil {
					return err
				}
				if n < len(v.Items) {
					a.hint("%d of %d shown; --all shows all", n, len(v.Items))
				}
				if a.format == "table" || a.format == "wide" {
					a.age(a.errs, v.Age)
				}
				return nil
			})
		},
	}))
	c.Flags().StringVar(&level, "level", "", "at this `LEVEL` or above")
	c.Flags().IntVar(&f.limit, "limit", 0, "at most `N` rows")
	c.Flags().BoolVar(&f.all, "all", false, "every row, in a table too")
	a.withFlag(c, &o)
	return c
}

func grantColumns() []column {
	return []column{
		of("SYSTEM", func(g engine.GrantItem) string { return g.System }),
		of("LEVEL", func(g engine.GrantItem) string { return string(g.Level) }),
		of("ACTIONS", func(g engine.GrantItem) string { return shortened(g.Actions.String(), 200) }),
		of("RESOURCES", func(g engine.GrantItem) string { return shortened(g.Resources.String(), 200) }),
		of("IF", func(g engine.GrantItem) string {
			if len(g.Condition) == 0 || string(g.Condition) == "null" {
				return "-"
			}
			return shortened(string(g.Condition), 200)
		}),
		of("BECAUSE", func(g engine.GrantItem) string {
			var out []string
			for _, p := range g.Proof {
				out = append(out, shortened(proofLine(p), 300))
			}
			return strings.Join(out, "; ")
		}),
	}
}

// ungiven says that something is given nothing, or that this is not known.
func ungiven(v *engine.GrantsView) string {
	for _, g := range v.NotAnalysed {
		if g.What == engine.OwnGrants {
			return "What it is given by itself is not known: " + g.Why + "."
		}
	}
	return "It is given nothing by itself."
}
