package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) blastCmd() *cobra.Command {
	var o engine.ReachOptions
	var level string
	var all bool
	c := historic(shaped(shapeEither, &cobra.Command{
		Use:     "blast-radius ID | --all [FILTER]",
		Aliases: []string{"blast"},
		Short:   "Show what falls if one thing is stolen",
		Long: "ID is an identity, a credential, a human, a place such as a repository or a laptop, a certificate authority: anything that `drover show` knows.\n" +
			"The answer counts resources by level, what of tier 0 is reached, and the identities that can be taken over, with the best path to each of what matters most.\n" +
			"PROVEN: every step was read. INFERRED: a step depends on a condition that nobody here can know; it is printed.\n" +
			"For a human it starts from what they own, created, can impersonate or can read the credential of; for a place, from every credential that lies there.",
		Example: "  drover blast-radius svc-bi-export\n  drover blast-radius aws-key:AKIA0123456789ABCDEF --level write --max-hops 3\n  drover blast-radius github.com/acme/shop -o json\n  drover blast-radius --all env=prod --limit 20",
		Args: func(cmd *cobra.Command, args []string) error {
			if all {
				return cobra.MaximumNArgs(1)(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			if o.Level, err = levelOf(level); err != nil {
				return err
			}
			if err := o.Valid(); err != nil {
				return err
			}
			if all {
				if err := a.fits(cmd.CommandPath()+" --all", shapeList); err != nil {
					return err
				}
				if !cmd.Flags().Changed("limit") && a.format != "table" {
					o.Limit = 0
				}
				return a.blastAll(cmd, strings.Join(args, " "), at, o)
			}
			if err := a.fits(cmd.CommandPath(), shapeGraph); err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.Blast(cmd.Context(), args[0], at, o)
				if err != nil {
					return err
				}
				return a.graph(v, func(w io.Writer) { a.blastTable(w, v) }, func() []drover.Record { return drawBlast(v) })
			})
		},
	}))
	c.Flags().StringVar(&level, "level", "", "count what is reached at this `LEVEL` or above: "+strings.Join(words(access.Levels), ", "))
	a.withFlag(c, &o)
	c.Flags().IntVar(&o.MaxHops, "max-hops", 0, "go no farther than `N` steps")
	c.Flags().IntVar(&o.Limit, "limit", 10, "show at most `N` paths, with --all identities")
	c.Flags().BoolVar(&all, "all", false, "count for every identity at once, the worst first")
	c.Flags().BoolVar(&o.Cut, "cut", false, "look for the cheapest cut, however large the estate")
	return c
}

// blastAll is `blast-radius --all`.
func (a *app) blastAll(cmd *cobra.Command, filter string, at time.Time, o engine.ReachOptions) error {
	return a.with(cmd.Context(), true, func(e estate) error {
		v, err := e.BlastAll(cmd.Context(), filter, at, o)
		if err != nil {
			return err
		}
		if err := a.write(func(w io.Writer, format string) error {
			return a.listTo(w, format, listing{Schema: "drover/v1/blasts", Generation: v.Generation, Age: &v.Age, Total: v.Total, Items: seq(v.Items), Columns: blastColumns(), Empty: "No identities match."})
		}); err != nil {
			return err
		}
		if a.format == "table" || a.format == "wide" {
			a.age(a.errs, v.Age)
		}
		return nil
	})
}

func blastColumns() []column {
	return []column{
		of("NAME", func(b engine.BlastItem) string { return b.Name }),
		of("TYPE", func(b engine.BlastItem) string { return b.Type }),
		of("ENV", func(b engine.BlastItem) string { return text(b.Env) }),
		of("TIER0", func(b engine.BlastItem) string { return fmt.Sprint(b.ToTier0) }),
		of("REACH", func(b engine.BlastItem) string {
			return map[bool]string{false: "~"}[b.Exact] + fmt.Sprint(b.Reach)
		}),
		of("RISK", func(b engine.BlastItem) string { return fmt.Sprint(b.Risk) }),
		wide("REF", func(b engine.BlastItem) string { return string(b.Ref) }),
	}
}

// levelOf reads --level.
func levelOf(text string) (access.Level, error) {
	l := access.Level(strings.ToLower(text))
	if text != "" && l.Rank() < 0 {
		return "", fmt.Errorf("--level %s: write one of %s: %w", text, strings.Join(words(access.Levels), ", "), drover.ErrInvalid)
	}
	return l, nil
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}

func (a *app) blastTable(w io.Writer, v *engine.BlastView) {
	fmt.Fprintf(w, "%s%s%s  ·  %s  ·  %s\n", a.style(w, "1"), safe(v.Subject.Name), a.style(w, "0"), safe(v.Subject.Type), v.Subject.ID)
	const few = 12
	for i, h := range v.Holds {
		if i == few {
			fmt.Fprintf(w, "  … and %d more: -o json\n", v.HoldsTotal-few)
			break
		}
		fmt.Fprintf(w, "  %-16s %s  ·  %s\n", strings.ReplaceAll(h.How, "_", " "), safe(h.Name), safe(h.Type))
	}
	if v.Reach.Resources+v.Reach.Identities+v.Reach.Tier0 == 0 {
		fmt.Fprintln(w, "Reaches nothing that is known.")
	}
	for _, p := range v.Paths {
		fmt.Fprintf(w, "%s   %s   %s\n", safe(lane(p)), plural(p.Hops, "hop"), grade(p.Grade))
		proofs(w, "     ", p.Edges)
	}
	reach := fmt.Sprintf("Reach %s: %d tier-0", plural(v.Reach.Resources, "resource"), v.Reach.Tier0)
	if s := counts(v.Reach.ByLevel, levelNames()); s != "" {
		reach += "; " + s
	}
	if s := counts(v.Reach.ByDataClass, []string{"restricted", "confidential", "internal", "public"}); s != "" && len(v.Reach.ByDataClass) > 1 {
		reach += "; data " + s
	}
	if s := counts(v.Reach.ByEnv, []string{"prod"}); s != "" {
		reach += "; env " + s
	}
	fmt.Fprintln(w, safe(reach))
	fmt.Fprintf(w, "Identities that can be taken over: %d next, %d in all", v.NextTotal, v.Reach.Identities)
	if len(v.Next) > 0 {
		names := nodeNames(v.Next)
		fmt.Fprintf(w, " (next: %s)", safe(someOf(names, 5, v.NextTotal)))
	}
	fmt.Fprintln(w)
	if v.Cut != nil {
		fmt.Fprintf(w, "Cheapest cut: %s\n", safe(cutLine(*v.Cut)))
	}
	a.age(w, v.Age)
	if v.Reach.Resources+v.Reach.Identities+v.Reach.Tier0 == 0 {
		return // nothing to cut, and no path
	}
	a.hint("next: drover cut --from %s --to tier0   drover path --from %s --to tier0", safe(v.Subject.ID), safe(v.Subject.ID))
}

func nodeNames(list []engine.NodeView) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = n.Name
	}
	return out
}

// some lists the first few of many names.
func some(list []string, few int) string { return someOf(list, few, len(list)) }

// someOf is some of a list of which not all is there.
func someOf(list []string, few, all int) string {
	if all <= few {
		return strings.Join(list, ", ")
	}
	return strings.Join(slices.Clone(list[:min(few, len(list))]), ", ") + fmt.Sprintf(" and %d more", all-few)
}
