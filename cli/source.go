package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/internal/engine"
)

// SourceView is what the commands that change or test a source print.
type SourceView struct {
	Schema string `json:"schema"`
	ID     string `json:"id"`
	Done   string `json:"done"` // added, tested, enabled, disabled, removed
}

func (a *app) sourceCmd() *cobra.Command {
	c := &cobra.Command{Use: "source", Short: "Configure what is scanned",
		Example: "  drover source list\n  drover source add orders-db postgres dsn='${file:/run/secrets/pg}'\n  drover source perms orders-db\n  drover source test orders-db"}
	c.AddCommand(a.sourceListCmd(), a.sourceAddCmd(), a.sourceTestCmd(), a.permsCmd(),
		a.sourceAct("disable", "Stop scanning a source; what it said stays", "disabled", func(ctx context.Context, e estate, id string) error {
			return e.DisableSource(ctx, id, true)
		}),
		a.sourceAct("enable", "Scan a disabled source again", "enabled", func(ctx context.Context, e estate, id string) error {
			return e.DisableSource(ctx, id, false)
		}),
		a.sourceAct("remove", "Forget a source; what only it said ends now and stays in the history", "removed", func(ctx context.Context, e estate, id string) error {
			if err := a.confirm(fmt.Sprintf("Remove source %s? What only it said ends now; the history stays.", id)); err != nil {
				return err
			}
			return e.RemoveSource(ctx, id)
		}))
	return c
}

func (a *app) sourceListCmd() *cobra.Command {
	return shaped(shapeList, &cobra.Command{Use: "list", Short: "List the configured sources, and how their last scan went", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), true, func(e estate) error {
			states, err := e.SourceStates(cmd.Context())
			if err != nil {
				return err
			}
			err = a.list(listing{Schema: "drover/v1/sources", Total: len(states), Items: seq(states), Columns: a.sourceColumns(),
				Empty: "No source is configured: `drover scan` reads this machine. Add one: drover source add ID KIND OPTION=VALUE…"})
			if err == nil && (a.format == "table" || a.format == "wide") {
				var kinds []string
				for _, c := range a.config.Connectors {
					kinds = append(kinds, c.Name)
				}
				a.hint("kinds: %s   next: drover source perms KIND, drover source add ID KIND", strings.Join(kinds, ", "))
			}
			return err
		})
	}})
}

func (a *app) sourceColumns() []column {
	return []column{
		of("ID", func(s engine.SourceState) string { return s.ID }),
		of("KIND", func(s engine.SourceState) string { return s.Kind }),
		of("FROM", func(s engine.SourceState) string { return s.Origin }),
		of("STATE", func(s engine.SourceState) string { return s.State }),
		of("LAST SCAN", func(s engine.SourceState) string { return text(s.LastStatus) }),
		of("LAST OK", func(s engine.SourceState) string { return ago(s.LastOK, a.now()) }),
		of("DUE", func(s engine.SourceState) string { return dueText(s, a.now()) }),
		of("FAILED IN A ROW", func(s engine.SourceState) string {
			if s.Every == nil {
				return "-"
			}
			return strconv.Itoa(s.Failures)
		}),
		of("SECTIONS", func(s engine.SourceState) string { return fmt.Sprintf("%d of %d ok", s.SectionsOK, s.Sections) }),
		wide("EVERY", func(s engine.SourceState) string { return text(s.Every) }),
		wide("OPTIONS", func(s engine.SourceState) string { return strings.Join(s.Options, " ") }),
	}
}

// dueText says when a server scans a source by itself next.
func dueText(s engine.SourceState, now time.Time) string {
	switch {
	case s.Every == nil:
		return "-" // nobody does
	case s.NextScan == nil:
		return "unknown"
	case !s.NextScan.After(now):
		return "now"
	}
	return ago(s.NextScan, now)
}

func (a *app) sourceAddCmd() *cobra.Command {
	c := shaped(shapeObject, &cobra.Command{Use: "add ID KIND [OPTION=VALUE...]", Short: "Add or change a source", Args: cobra.MinimumNArgs(2),
		Long: "Secret options take only a reference: ${env:NAME} or ${file:PATH}. A list is given by repeating its option. What executes a command is configured in drover.yaml only.\n" +
			"The kinds: drover source list; the options of one: drover source add ID KIND --help; what it needs to be granted: drover source perms KIND.",
		Example: "  drover source add orders-db postgres dsn='${env:PG_DSN}'\n  drover source add hr file paths=./hr.csv mapping=hr\n  drover source add code git paths=~/src public='github.com/acme/*'\n" +
			"  drover source add aws aws profile=audit role=DroverRead accounts=all\n  drover source add aws-export aws path=./exports\n  drover source add prod kubernetes kubeconfig=~/.kube/config context=prod\n  drover source add manifests kubernetes path=./deploy cluster=prod",
		RunE: func(cmd *cobra.Command, args []string) error {
			options := map[string][]string{}
			for _, o := range args[2:] {
				k, v, ok := strings.Cut(o, "=")
				if !ok {
					// The word may be a secret that lacks its name: it is not repeated.
					return usage(fmt.Errorf("an option is written OPTION=VALUE, and one of the words has no ="), "drover source add --help")
				}
				options[k] = append(options[k], v)
			}
			return a.with(cmd.Context(), false, func(e estate) error {
				note, err := e.AddSource(cmd.Context(), args[0], args[1], options)
				if err != nil {
					return err
				}
				if note != "" {
					a.hint("%s", note)
				}
				if len(options["path"]) > 0 { // files need no right that somebody grants
					a.hint("next: drover scan %s", args[0])
				} else {
					a.hint("next: drover source perms %[1]s, drover source test %[1]s, drover scan %[1]s", args[0])
				}
				return a.sourceDone(args[0], "added")
			})
		}})
	c.SetHelpFunc(func(c *cobra.Command, words []string) {
		help(a.out, c)
		a.optionHelp(words)
	})
	return c
}

// optionHelp lists the options of the kind that the words of `source add` name, if
// they do.
func (a *app) optionHelp(words []string) {
	var given []string
	for i, w := range words {
		if w == "add" {
			given = slices.DeleteFunc(slices.Clone(words[i+1:]), func(w string) bool { return strings.HasPrefix(w, "-") })
			break
		}
	}
	if len(given) == 0 {
		return
	}
	for _, c := range a.config.Connectors {
		if c.Name != given[min(1, len(given)-1)] {
			continue
		}
		fmt.Fprintf(a.out, "\nOptions of %s:\n", c.Name)
		width := 0
		for _, o := range c.Options {
			width = max(width, len(o.Name))
		}
		for _, o := range c.Options {
			more := ""
			switch {
			case o.Required:
				more = "; required"
			case o.Secret:
				more = "; a reference"
			case o.Default != "":
				more = "; default " + o.Default
			}
			fmt.Fprintf(a.out, "  %-*s  %s%s\n", width, o.Name, o.Help, more)
		}
	}
}

func (a *app) sourceTestCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "test ID", Short: "Check that a source can be reached and read", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), true, func(e estate) error {
			if err := e.TestSource(cmd.Context(), args[0]); err != nil {
				return err
			}
			return a.sourceDone(args[0], "tested")
		})
	}})
}

func (a *app) sourceAct(verb, short, done string, act func(context.Context, estate, string) error) *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: verb + " ID", Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), false, func(e estate) error {
			if err := act(cmd.Context(), e, args[0]); err != nil {
				return err
			}
			return a.sourceDone(args[0], done)
		})
	}})
}

func (a *app) sourceDone(id, done string) error {
	return a.object(SourceView{"drover/v1/source", id, done}, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\n", safe(id), map[string]string{"added": "added", "tested": "can be reached and read", "enabled": "enabled", "disabled": "disabled", "removed": "removed"}[done])
	})
}

func (a *app) permsCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "perms ID|KIND", Short: "Print the least privileges that reading needs, as commands to run", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), true, func(e estate) error {
			p, err := e.Perms(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.object(p, func(w io.Writer) {
				for _, s := range p.Scopes {
					fmt.Fprintf(w, "-- %s: %s\n%s\n\n", safe(s.Name), safeLines(s.Why), s.Grant)
				}
			})
		})
	}})
}
