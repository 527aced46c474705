package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// ViewRemoved is what `view delete` prints.
type ViewRemoved struct {
	Schema string `json:"schema"`
	ID     string `json:"id"`
	Name   string `json:"name"`
}

func (a *app) viewCmd() *cobra.Command {
	c := &cobra.Command{Use: "view", Aliases: []string{"views"}, Short: "Keep ways of looking at a list, and share them",
		Long:    "A view is a list with its filter and order under a name. Twelve are shipped; `drover list @NAME` and `drover view run NAME` list what one shows, here as on the page.",
		Example: "  drover view list\n  drover view run due-30d\n  drover list @unowned env=prod\n  drover view save 'Old agents' identities 'nhi_type=ai_agent age>400d' --sort -risk\n  drover view share 'Old agents' org"}
	c.AddCommand(a.viewListCmd(), a.viewShowCmd(), a.viewRunCmd(), a.viewSaveCmd(), a.viewShareCmd(), a.viewWatchCmd(), a.viewUnwatchCmd(), a.viewDeleteCmd())
	return c
}

func (a *app) viewListCmd() *cobra.Command {
	return shaped(shapeList, &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the views that you may see: yours first, the shipped ones last", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), true, func(e estate) error {
				list, err := e.Views(cmd.Context())
				if err != nil {
					return err
				}
				if err := a.list(listing{Schema: "drover/v1/views", Total: len(list), Items: seq(list), Columns: viewColumns()}); err != nil {
					return err
				}
				a.hint("next: drover list @unowned   drover view save NAME NOUN FILTER")
				return nil
			})
		}})
}

func viewColumns() []column {
	return []column{
		of("ID", func(v engine.SavedView) string { return v.ID }),
		of("NAME", func(v engine.SavedView) string { return v.Name }),
		of("LISTS", func(v engine.SavedView) string { return v.Noun }),
		of("FILTER", func(v engine.SavedView) string { return v.Filter }),
		of("SHARED", shared),
		of("OWNER", func(v engine.SavedView) string { return dash(v.Owner) }),
		of("WATCHED", watched),
	}
}

// shared says with whom a view is.
func shared(v engine.SavedView) string {
	if v.Share == "team" {
		return "team " + v.Team
	}
	return v.Share
}

// watched says what changed since the caller looked: "3 new, 1 gone".
func watched(v engine.SavedView) string {
	switch n := v.News; {
	case !v.Watched:
		return "-"
	case n == nil:
		return "yes"
	case n.Why != nil:
		return *n.Why
	case n.Added+n.Removed == 0:
		return "nothing new"
	default:
		return fmt.Sprintf("%d new, %d gone", n.Added, n.Removed)
	}
}

func (a *app) viewShowCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "show NAME", Short: "Show what a view asks", Args: cobra.ExactArgs(1), Example: "  drover view show unowned",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.View(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.object(v, viewText(v))
			})
		}})
}

func viewText(v *engine.SavedView) func(w io.Writer) {
	return func(w io.Writer) {
		fmt.Fprintf(w, "%s  (%s)\n", safe(v.Name), safe(v.ID))
		for _, line := range [][2]string{{"Shows", v.Doc}, {"Lists", v.Noun}, {"Filter", v.Filter}, {"Order", v.Sort}, {"Shared", shared(*v)}, {"Owner", v.Owner}, {"Watched", map[bool]string{true: "yes"}[v.Watched]}} {
			if line[1] != "" {
				fmt.Fprintf(w, "%-7s %s\n", line[0], safe(line[1]))
			}
		}
	}
}

func (a *app) viewRunCmd() *cobra.Command {
	var f listFlags
	c := historic(shaped(shapeFindings, &cobra.Command{Use: "run NAME [FILTER]", Short: "List what a view shows, as `drover list @NAME` does", Args: cobra.MinimumNArgs(1),
		Example: "  drover view run unowned\n  drover view run public-leak severity=critical -o sarif\n  drover view run due-30d --as-of 7d -o csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkList(cmd, nil, f); err != nil {
				return err
			}
			return a.runView(cmd, args[0], args[1:], f)
		}}))
	c.Flags().BoolVar(&f.all, "all", false, "every row, in a table too")
	c.Flags().IntVar(&f.limit, "limit", 0, "at most `N` rows")
	c.Flags().StringVar(&f.sort, "sort", "", "order by a `FIELD` instead; -FIELD for descending")
	return c
}

// runView lists what a view shows, of that what more keeps.
func (a *app) runView(cmd *cobra.Command, name string, more []string, f listFlags) error {
	at, err := a.past(a.asOf)
	if err != nil {
		return err
	}
	return a.with(cmd.Context(), true, func(e estate) error {
		v, err := e.View(cmd.Context(), name)
		if err != nil {
			return err
		}
		text := joinFilter([]string{v.Filter}, joinFilter(more, f.filter))
		f.filter, f.sort = "", cmp.Or(f.sort, v.Sort)
		if f.watch && !slices.Contains(engine.Listed(), v.Noun) {
			return fmt.Errorf("--watch follows what is found of the estate; view %s lists %s: %w", v.ID, v.Noun, drover.ErrInvalid)
		}
		switch v.Noun {
		case "findings":
			return a.runFindings(cmd.Context(), e, engine.FindingQuery{Filter: text, AsOf: at, Sort: f.sort}, a.limit(f), 0)
		case "fixes":
			return a.runFixes(cmd.Context(), e, engine.FindingQuery{Filter: text, AsOf: at}, a.limit(f))
		case "risks":
			return a.runRisks(cmd.Context(), e, text, engine.RiskOptions{AsOf: at, Limit: a.limit(f)})
		}
		return a.runList(cmd.Context(), e, []string{v.Noun, text}, f)
	})
}

func (a *app) viewSaveCmd() *cobra.Command {
	var v engine.SavedView
	var replace bool
	c := shaped(shapeObject, &cobra.Command{Use: "save NAME [NOUN] [FILTER]", Short: "Keep a list with its filter and order under a name", Args: cobra.MinimumNArgs(1),
		Long:    "NOUN is one of " + strings.Join(engine.ViewNouns(), ", ") + "; identities without one.\nA view is yours alone until you share it. A name that you have already is refused unless --replace is given.",
		Example: "  drover view save 'Old agents' identities 'nhi_type=ai_agent age>400d' --sort -risk\n  drover view save 'My findings' findings owner=team-bi --share team --team team-bi",
		RunE: func(cmd *cobra.Command, args []string) error {
			v.Name = args[0]
			if rest := args[1:]; len(rest) > 0 {
				v.Filter = strings.Join(rest, " ")
				if noun := strings.ToLower(rest[0]); slices.Contains(engine.ViewNouns(), noun) {
					v.Noun, v.Filter = noun, strings.Join(rest[1:], " ")
				}
			}
			var out *engine.SavedView
			err := a.act(cmd.Context(), func(e estate) error {
				if replace {
					have, err := e.View(cmd.Context(), v.Name)
					switch {
					case err == nil:
						v.ID, v.Version = have.ID, have.Version
					case !errors.Is(err, drover.ErrNotFound):
						return err
					}
				}
				var err error
				out, err = e.SaveView(cmd.Context(), v)
				return err
			})
			if err != nil {
				return err
			}
			a.hint("next: drover list @%s", safe(out.ID))
			return a.object(out, viewText(out))
		}})
	c.Flags().StringVar(&v.Sort, "sort", "", "order by a `FIELD`; -FIELD for descending")
	c.Flags().StringVar(&v.Doc, "doc", "", "a `SENTENCE` that says what it shows")
	c.Flags().StringVar(&v.Share, "share", "", "`WHO` may see it: private, team, org (default private)")
	c.Flags().StringVar(&v.Team, "team", "", "the `TEAM` of --share team")
	c.Flags().BoolVar(&replace, "replace", false, "change the view of this name, if there is one")
	return c
}

func (a *app) viewShareCmd() *cobra.Command {
	var team string
	c := shaped(shapeObject, &cobra.Command{Use: "share NAME private|team|org", Short: "Say who may see a view of yours", Args: cobra.ExactArgs(2), ValidArgs: engine.ViewShares,
		Example: "  drover view share 'Old agents' org\n  drover view share 'Old agents' team --team team-bi",
		RunE: func(cmd *cobra.Command, args []string) error {
			var out *engine.SavedView
			err := a.act(cmd.Context(), func(e estate) error {
				v, err := e.View(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if v.Share == "shipped" {
					return fmt.Errorf("view %s is shipped and is not changed: save it under another name: %w", v.ID, drover.ErrPermission)
				}
				v.Share, v.Team = args[1], team
				out, err = e.SaveView(cmd.Context(), *v)
				return err
			})
			if err != nil {
				return err
			}
			return a.object(out, viewText(out))
		}})
	c.Flags().StringVar(&team, "team", "", "the `TEAM` to share with")
	return c
}

func (a *app) viewDeleteCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "delete NAME", Aliases: []string{"rm"}, Short: "Delete a view of yours", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var v *engine.SavedView
			err := a.act(cmd.Context(), func(e estate) (err error) { v, err = e.RemoveView(cmd.Context(), args[0], 0); return err })
			if err != nil {
				return err
			}
			return a.object(ViewRemoved{"drover/v1/view_removed", v.ID, v.Name}, func(w io.Writer) { fmt.Fprintf(w, "Deleted view %s\n", safe(v.Name)) })
		}})
}

func (a *app) viewWatchCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "watch NAME", Short: "Be told when what a view lists changes", Args: cobra.ExactArgs(1),
		Long:    "`drover view list` and the first page say what is new in it since you looked; a server sends an event view.changed and tells the webhooks of the house after each scan and check. Only what you may see is counted. To watch again says that you have looked.",
		Example: "  drover view watch unowned\n  drover view list",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.watching(cmd, func(e estate) (*engine.SavedView, error) { return e.WatchView(cmd.Context(), args[0]) })
		}})
}

func (a *app) viewUnwatchCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "unwatch NAME", Short: "Stop being told of a view", Args: cobra.ExactArgs(1), Example: "  drover view unwatch unowned",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.watching(cmd, func(e estate) (*engine.SavedView, error) { return e.UnwatchView(cmd.Context(), args[0]) })
		}})
}

func (a *app) watching(cmd *cobra.Command, do func(estate) (*engine.SavedView, error)) error {
	var v *engine.SavedView
	if err := a.act(cmd.Context(), func(e estate) (err error) { v, err = do(e); return err }); err != nil {
		return err
	}
	a.hint("next: drover view list")
	return a.object(v, viewText(v))
}
