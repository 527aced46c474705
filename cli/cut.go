package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) cutCmd() *cobra.Command {
	var o engine.ReachOptions
	var from, to, out string
	c := historic(shaped(shapeObject, &cobra.Command{
		Use:   "cut --to B [--from A]",
		Short: "Show the single changes that keep most from reaching something",
		Long: "Each change takes away one thing: a statement of a policy, an attachment, a membership, a copy of a credential. Its effect is computed by making the change to a copy of the estate\n" +
			"and asking again, so it removes what it says; who else loses something by it is listed, with whether they were seen to use it.",
		Example: "  drover cut --to tier0\n  drover cut --from svc-bi-export --to arn:aws:s3:::payroll\n  drover cut --to tier0 --save change.json && drover diff --reach --with change.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return usage(fmt.Errorf("cut needs --to"), "drover cut --to tier0")
			}
			if o.Limit <= 0 {
				return fmt.Errorf("--limit %d: write a number above 0: %w", o.Limit, drover.ErrInvalid)
			}
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.Cut(cmd.Context(), from, to, at, o)
				if err != nil {
					return err
				}
				if out != "" {
					if len(v.Options) == 0 {
						return fmt.Errorf("there is no cut to write to %s: %w", out, drover.ErrNotFound)
					}
					if err := toFile(out, func(w io.Writer) error { return line(w, v.Options[0].Change) }); err != nil {
						return err
					}
				}
				return a.object(v, func(w io.Writer) { a.cutTable(w, v) })
			})
		},
	}))
	c.Flags().StringVar(&to, "to", "", "what shall not be reached: `ID` or filter")
	c.Flags().StringVar(&from, "from", "", "by whom: `ID` or filter; default: any identity")
	c.Flags().StringVar(&out, "save", "", "write the first change to `FILE`, for --with")
	c.Flags().IntVar(&o.Limit, "limit", 5, "at most `N` changes")
	c.Flags().BoolVar(&o.Cut, "chokes", false, "look for choke points too, however large the estate")
	return c
}

func (a *app) cutTable(w io.Writer, v *engine.CutView) {
	if len(v.Options) == 0 {
		fmt.Fprintln(w, "No single change that is known helps: nothing reaches it, or by several ways at once.")
	}
	for i, c := range v.Options {
		fmt.Fprintf(w, "%d  %s\n", i+1, safe(cutLine(c)))
		for j, l := range c.Loses {
			if j == 5 {
				fmt.Fprintf(w, "     … and %d more lose something: -o json\n", len(c.Loses)-5)
				break
			}
			used := "not known whether it is used"
			if l.LastUsed != nil {
				used = "last seen used " + ago(l.LastUsed, a.now()) + " ago"
			} else if l.Never {
				used = "never seen used"
			}
			fmt.Fprintf(w, "     %s loses %s, %s, %d of tier 0; %s\n", safe(l.Name), plural(l.Resources, "resource"), plural(l.Identities, "identity"), l.Tier0, used)
		}
		for j, u := range c.Unknown {
			if j == 2 {
				fmt.Fprintf(w, "     … and %d more are not known: -o json\n", len(c.Unknown)-2)
				break
			}
			fmt.Fprintf(w, "     not known: %s\n", safe(u))
		}
	}
	for i, c := range v.Chokes {
		if i == 0 {
			fmt.Fprintln(w, "Most ways go through:")
		}
		what := ""
		if c.Node != nil {
			what = c.Node.Name
		} else {
			what = fmt.Sprintf("%s %s%s %s", c.Step.FromName, step(*c.Step), technique(*c.Step), c.Step.ToName)
		}
		fmt.Fprintf(w, "   %s   joins %s; without it %s get to none\n", safe(what), plural(c.Pairs, "pair"), plural(c.Sources, "source"))
	}
	a.age(w, v.Age)
	if len(v.Options) > 0 {
		a.hint("next: drover cut --to … --save change.json   drover diff --reach --with change.json")
	}
}

// cutLine is one option: what to do, what it takes away, who else loses.
func cutLine(c engine.CutOption) string {
	span := func(v engine.Span, what string) string {
		if v.Before == v.After {
			return ""
		}
		return fmt.Sprintf(", %s %d -> %d", what, v.Before, v.After)
	}
	s := c.What + "  ->" + strings.TrimPrefix(span(c.Removes.Targets, "targets")+span(c.Removes.Tier0, "tier 0")+span(c.Removes.Resources, "resources")+span(c.Removes.Identities, "identities"), ",")
	if n := len(c.Loses) + c.More; n > 0 {
		if n == 1 {
			return s + "; 1 other loses something"
		}
		return s + fmt.Sprintf("; %d others lose something", n)
	}
	return s + "; nobody else loses anything"
}

func (a *app) resourcesCmd() *cobra.Command {
	var o engine.ReachOptions
	var to, level string
	var f listFlags
	c := historic(shaped(shapeList, &cobra.Command{
		Use:     "resources --to ID",
		Short:   "List what an identity reaches, by itself or by becoming others",
		Example: "  drover resources --to svc-bi-export --level write\n  drover resources --to orders-api -o csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return usage(fmt.Errorf("resources needs --to"), "drover resources --to svc-bi-export; to list resources: drover list resources")
			}
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			if o.Level, err = levelOf(level); err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.Reached(cmd.Context(), to, at, o)
				if err != nil {
					return err
				}
				n := a.most(len(v.Items), f)
				if err := a.list(listing{Schema: "drover/v1/reached", Generation: v.Generation, Age: &v.Age, Total: len(v.Items), Items: seq(v.Items[:n]), Columns: reachedColumns(), Empty: "Reaches nothing that is known."}); err != nil {
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
	c.Flags().StringVar(&to, "to", "", "whose: `ID`")
	c.Flags().StringVar(&level, "level", "", "at this `LEVEL` or above")
	c.Flags().IntVar(&o.MaxHops, "max-hops", 0, "at most `N` steps")
	c.Flags().IntVar(&f.limit, "limit", 0, "at most `N` rows")
	c.Flags().BoolVar(&f.all, "all", false, "every row, in a table too")
	return c
}

func reachedColumns() []column {
	return []column{
		of("NAME", func(r engine.ReachedItem) string { return r.Name }),
		of("TYPE", func(r engine.ReachedItem) string { return r.Type }),
		of("ENV", func(r engine.ReachedItem) string { return text(r.Env) }),
		of("TIER0", func(r engine.ReachedItem) string { return map[bool]string{true: "yes", false: "-"}[r.Tier0] }),
		of("LEVEL", func(r engine.ReachedItem) string { return string(r.Level) }),
		of("GRADE", func(r engine.ReachedItem) string { return strings.ToUpper(string(r.Grade)) }),
		of("HOPS", func(r engine.ReachedItem) string { return fmt.Sprint(r.Hops) }),
		of("VIA", func(r engine.ReachedItem) string {
			if r.Via == nil {
				return "itself"
			}
			return r.Via.Name
		}),
		wide("REF", func(r engine.ReachedItem) string { return string(r.Ref) }),
	}
}
