package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) diffCmd() *cobra.Command {
	var from, to, since, with string
	var reach bool
	c := historic(shaped(shapeList, &cobra.Command{
		Use:   "diff [ID]",
		Short: "Show what changed between two moments",
		Long: "Without moments, shows what changed since before the last scan: nodes, edges, the tags that people set, and what was found to be one thing.\n" +
			"With --reach, shows whose reach grew or shrank instead. With --with, compares now with a change that is only thought of: a file of schema drover/v1/change, as `drover cut --save` writes it.",
		Example: "  drover diff\n  drover diff --since 7d\n  drover diff svc-bi-export --from 2026-09-01 --to 2026-10-01 -o json\n  drover diff --reach --since 7d\n  drover diff --reach --with change.json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if since != "" && from != "" {
				return fmt.Errorf("--since and --from say the same; use one: %w", drover.ErrInvalid)
			}
			if since != "" {
				from = since
			}
			if to == "" {
				to = a.asOf
			}
			var req engine.DiffRequest
			_, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			if req.From, err = a.moment(from); err != nil {
				return err
			}
			if req.To, err = a.moment(to); err != nil {
				return err
			}
			if len(args) > 0 {
				req.ID = args[0]
			}
			if with != "" && (from != "" || to != a.asOf) {
				return fmt.Errorf("--with compares one state with the same state changed; --from, --to and --since name others: %w", drover.ErrInvalid)
			}
			if reach || with != "" {
				return a.reachDiff(cmd, req, with)
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				d, err := e.Diff(cmd.Context(), req)
				if err != nil {
					return err
				}
				return a.write(func(w io.Writer, format string) error {
					if slices.Contains(formatsOfLists, format) {
						return a.listTo(w, format, changes(d))
					}
					return a.objectTo(w, format, d, func(w io.Writer) { a.diffTable(w, d) })
				})
			})
		},
	}))
	c.Flags().StringVar(&from, "from", "", "the earlier `TIME`")
	c.Flags().StringVar(&to, "to", "", "the later `TIME` (default now)")
	c.Flags().BoolVar(&reach, "reach", false, "whose reach grew or shrank")
	c.Flags().StringVar(&with, "with", "", "compare with the change in a `FILE`, which is made to a copy only; implies --reach")
	c.Flags().StringVar(&since, "since", "", "an age such as 7d, or a `TIME`")
	return c
}

// changes are the changes as rows, for CSV and Markdown.
func changes(d *engine.DiffView) listing {
	return listing{Schema: d.Schema, Total: len(d.Items), Items: seq(d.Items), Columns: []column{
		of("REF", func(c engine.ChangeView) string { return string(c.Ref) }),
		of("CHANGE", func(c engine.ChangeView) string { return c.Change }),
		of("WHAT", func(c engine.ChangeView) string { return c.What }),
		of("KIND", func(c engine.ChangeView) string { return c.Kind }),
		of("TYPE", func(c engine.ChangeView) string { return c.Type }),
		of("NAME", func(c engine.ChangeView) string { return c.Name }),
		of("TO", func(c engine.ChangeView) string { return string(c.To) }),
		of("PART", func(c engine.ChangeView) string { return c.Part }),
		of("FIELDS", func(c engine.ChangeView) string { return strings.Join(names(c.Fields), " ") }),
	}}
}

func names(m map[string]engine.Was) []string { return slices.Sorted(maps.Keys(m)) }

func (a *app) diffTable(w io.Writer, d *engine.DiffView) {
	marks := map[string]string{"added": a.style(w, "32") + "+", "changed": a.style(w, "33") + "~", "removed": a.style(w, "31") + "-"}
	for _, c := range d.Items {
		if c.What == "tag" {
			f := c.Fields["value"]
			fmt.Fprintf(w, "%s tag %s  %s  %s -> %s%s\n", marks[c.Change], safe(c.Kind), safe(string(c.Ref)), value(f.From), value(f.To), a.style(w, "0"))
			continue
		}
		if c.What == "join" {
			f := c.Fields["reason"]
			why := f.To
			if why == nil {
				why = f.From
			}
			fmt.Fprintf(w, "%s join %s  is %s  %s%s\n", marks[c.Change], safe(string(c.Ref)), safe(string(c.To)), value(why), a.style(w, "0"))
			continue
		}
		if c.What == "edge" {
			fmt.Fprintf(w, "%s edge %s  %s -> %s %s%s\n", marks[c.Change], safe(c.Kind), safe(string(c.Ref)), safe(string(c.To)), safe(c.Part), a.style(w, "0"))
			continue
		}
		fmt.Fprintf(w, "%s %s %s  %s%s\n", marks[c.Change], safe(c.Type), safe(c.Name), safe(string(c.Ref)), a.style(w, "0"))
		for _, n := range names(c.Fields) {
			f := c.Fields[n]
			fmt.Fprintf(w, "    %s: %s -> %s\n", safe(n), value(f.From), value(f.To))
		}
	}
	fmt.Fprintf(w, "Between generation %d and %d:\n", d.From.Generation, d.To.Generation)
	for _, c := range []struct {
		what string
		engine.ChangeCount
	}{{"Nodes", d.Nodes}, {"Edges", d.Edges}, {"Tags", d.Tags}, {"Joins", d.Joins}} {
		fmt.Fprintf(w, "%-6s %d added, %d changed, %d removed\n", c.what, c.Added, c.Changed, c.Removed)
	}
}

func value(v any) string {
	raw, err := encode(v)
	if err != nil {
		return "?"
	}
	return safe(string(raw))
}
