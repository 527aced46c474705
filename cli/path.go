package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) pathCmd() *cobra.Command {
	var o engine.ReachOptions
	var from, to, level string
	c := historic(shaped(shapeGraph, &cobra.Command{
		Use:   "path --from A --to B",
		Short: "Show the ways from one thing to another, best first",
		Long: "A and B are each one thing, or a filter: tier0, tag:tier0, env=prod, type=aws.s3.bucket. B may also be a resource that was never scanned, as its system spells it.\n" +
			"Paths are distinct and simple; proven ones come before inferred ones, short ones before long ones.",
		Example: "  drover path --from agent-triage --to tier0\n  drover path --from env=dev --to env=prod --limit 20\n  drover path --from orders-api --to arn:aws:s3:::payroll -o json\n  drover path --from agent-triage --to tier0 -O way.mermaid",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" || to == "" {
				return usage(fmt.Errorf("path needs --from and --to"), "drover path --from svc-bi-export --to tier0")
			}
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			if o.Level, err = levelOf(level); err != nil {
				return err
			}
			if o.Limit <= 0 {
				return fmt.Errorf("--limit %d: write a number above 0: %w", o.Limit, drover.ErrInvalid)
			}
			if err := o.Valid(); err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.Paths(cmd.Context(), from, to, at, o)
				if err != nil {
					return err
				}
				return a.graph(v, func(w io.Writer) { a.pathTable(w, v) }, func() []drover.Record { return drawPaths(v) })
			})
		},
	}))
	c.Flags().StringVar(&from, "from", "", "where it begins: `ID` or filter")
	c.Flags().StringVar(&to, "to", "", "where it leads: `ID`, filter or resource")
	c.Flags().StringVar(&level, "level", "", "what is reached at this `LEVEL` or above")
	c.Flags().IntVar(&o.Limit, "limit", 10, "at most `N` paths")
	a.withFlag(c, &o)
	c.Flags().IntVar(&o.MaxHops, "max-hops", 0, "at most `N` steps")
	return c
}

func (a *app) pathTable(w io.Writer, v *engine.PathsView) {
	if len(v.Paths) == 0 {
		fmt.Fprintf(w, "No path from %s to %s is known.\n", safe(v.From), safe(v.To))
	}
	i := 0
	for _, p := range v.Paths {
		if p.Variant {
			continue // the one before names its techniques
		}
		i++
		fmt.Fprintf(w, "%d  %s   %s   %s\n", i, safe(lane(p)), plural(p.Hops, "hop"), grade(p.Grade))
		proofs(w, "     ", p.Edges)
	}
	if v.More {
		fmt.Fprintln(w, "There are more: --limit")
	}
	a.age(w, v.Age)
	if len(v.Paths) > 0 {
		a.hint("next: drover cut --from %s --to %s", safe(shellWord(v.From)), safe(shellWord(v.To)))
	}
}
