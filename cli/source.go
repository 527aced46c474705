package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) sourceCmd() *cobra.Command {
	c := &cobra.Command{Use: "source", Short: "Configure what is scanned", Example: "  drover source list\n  drover source add orders-db postgres dsn='${file:/run/secrets/pg}'\n  drover source perms orders-db\n  drover source test orders-db"}
	list := &cobra.Command{Use: "list", Short: "List the configured sources and the connectors of this binary", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), true, func(e *engine.Engine) error {
			states, err := e.SourceStates(cmd.Context())
			if err != nil {
				return err
			}
			var rows []any
			for _, s := range states {
				rows = append(rows, s)
			}
			get := func(f func(engine.SourceState) string) func(any) string {
				return func(i any) string { return f(i.(engine.SourceState)) }
			}
			err = a.list(listing{Schema: "drover/v1/sources", Total: len(rows), Items: items(rows), Empty: "No source is configured: `drover scan` reads this machine. Add one: drover source add ID KIND OPTION=VALUE…", Columns: []column{
				{Name: "ID", Get: get(func(s engine.SourceState) string { return s.ID })},
				{Name: "KIND", Get: get(func(s engine.SourceState) string { return s.Kind })},
				{Name: "FROM", Get: get(func(s engine.SourceState) string { return s.Origin })},
				{Name: "STATE", Get: get(func(s engine.SourceState) string { return s.State })},
				{Name: "LAST OK", Get: get(func(s engine.SourceState) string { return ago(s.LastOK, a.now()) })},
				{Name: "SECTIONS", Get: get(func(s engine.SourceState) string { return fmt.Sprintf("%d of %d ok", s.SectionsOK, s.Sections) })},
			}})
			if err == nil && a.format == "table" {
				var names []string
				for _, c := range e.Connectors() {
					names = append(names, c.Name)
				}
				a.hint("connectors: %s", strings.Join(names, ", "))
			}
			return err
		})
	}}
	add := &cobra.Command{Use: "add ID KIND [OPTION=VALUE...]", Short: "Add or change a source", Args: cobra.MinimumNArgs(2),
		Long:    "Secret options take only a reference: ${env:NAME} or ${file:PATH}. A list is given by repeating its option. What executes a command is configured in drover.yaml only.",
		Example: "  drover source add orders-db postgres dsn='${env:PG_DSN}'\n  drover source add hr file path=./hr.csv mapping=hr",
		RunE: func(cmd *cobra.Command, args []string) error {
			options := map[string][]string{}
			for _, o := range args[2:] {
				k, v, ok := strings.Cut(o, "=")
				if !ok {
					return fmt.Errorf("option %q: write OPTION=VALUE: %w", o, drover.ErrInvalid)
				}
				options[k] = append(options[k], v)
			}
			return a.with(cmd.Context(), false, func(e *engine.Engine) error {
				if err := e.AddSource(cmd.Context(), args[0], args[1], options); err != nil {
					return err
				}
				a.hint("next: drover source perms %s, drover source test %s, drover scan %s", args[0], args[0], args[0])
				return a.object(map[string]any{"schema": "drover/v1/source", "id": args[0], "kind": args[1]}, func(w io.Writer) { fmt.Fprintf(w, "Added %s\n", args[0]) })
			})
		}}
	test := &cobra.Command{Use: "test ID", Short: "Check that a source can be reached and read", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), true, func(e *engine.Engine) error {
			if err := e.TestSource(cmd.Context(), args[0]); err != nil {
				return err
			}
			return a.object(map[string]any{"schema": "drover/v1/source_test", "id": args[0], "ok": true}, func(w io.Writer) { fmt.Fprintf(w, "OK   %s can be reached and read\n", args[0]) })
		})
	}}
	c.AddCommand(list, add, test, a.permsCmd(),
		a.sourceAct("disable ID", "Stop scanning a source; what it said stays", func(e *engine.Engine, cmd *cobra.Command, id string) error {
			return e.DisableSource(cmd.Context(), id, true)
		}),
		a.sourceAct("enable ID", "Scan a disabled source again", func(e *engine.Engine, cmd *cobra.Command, id string) error {
			return e.DisableSource(cmd.Context(), id, false)
		}),
		a.sourceAct("remove ID", "Forget a source; what only it said ends now and stays in the history", func(e *engine.Engine, cmd *cobra.Command, id string) error {
			if err := a.confirm(fmt.Sprintf("Remove source %s? What only it said ends now; the history stays.", id)); err != nil {
				return err
			}
			return e.RemoveSource(cmd.Context(), id)
		}))
	return c
}

func (a *app) sourceAct(use, short string, act func(*engine.Engine, *cobra.Command, string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), false, func(e *engine.Engine) error {
			if err := act(e, cmd, args[0]); err != nil {
				return err
			}
			return a.object(map[string]any{"schema": "drover/v1/source", "id": args[0], "done": strings.Fields(use)[0]}, func(w io.Writer) { fmt.Fprintf(w, "Done: %s %s\n", strings.Fields(use)[0], args[0]) })
		})
	}}
}

func (a *app) permsCmd() *cobra.Command {
	return &cobra.Command{Use: "perms ID|KIND", Short: "Print the least privileges that reading needs, as commands to run", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), true, func(e *engine.Engine) error {
			p, err := e.Perms(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.object(p, func(w io.Writer) {
				for _, s := range p.Scopes {
					fmt.Fprintf(w, "-- %s: %s\n%s\n\n", s.Name, s.Why, s.Grant)
				}
			})
		})
	}}
}

// confirm asks before something that cannot be undone by one command.
func (a *app) confirm(question string) error {
	if a.yes {
		return nil
	}
	if a.noInput || !terminalIn(a.in) {
		return fmt.Errorf("%s Add --yes: %w", question, drover.ErrInvalid)
	}
	fmt.Fprintf(a.errs, "%s [y/N] ", question)
	var answer string
	fmt.Fscanln(a.in, &answer)
	if strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes") {
		return nil
	}
	return fmt.Errorf("nothing was done: %w", drover.ErrInvalid)
}
