package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

//go:generate go run ../cmd/drover reference ../docs/reference

const generated = "Made from the code by `drover reference DIR`; a test keeps it fresh.\n\n"

// referenceCmd writes the pages of docs/reference that are about the command
// line, so that they cannot say anything else than the binary.
func (a *app) referenceCmd() *cobra.Command {
	return shaped(shapeText, &cobra.Command{Use: "reference DIR", Short: "Write the reference of commands, filters, configuration and JSON into a folder", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		pages := map[string]func(io.Writer){
			"cli.md":     func(w io.Writer) { commandReference(w, cmd.Root()) },
			"filters.md": filterReference,
			"config.md":  func(w io.Writer) { configReference(w, a.config.Connectors) },

			"policy_vocabulary.md": policyReference,
		}
		if err := os.MkdirAll(args[0], 0o755); err != nil {
			return fmt.Errorf("reference: %w", err)
		}
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			if err := toFile(filepath.Join(args[0], name), func(w io.Writer) error { pages[name](w); return nil }); err != nil {
				return err
			}
		}
		n, err := writeSchemas(filepath.Join(args[0], "json"))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "Wrote %s and %s to %s\n", plural(len(pages), "page"), plural(n, "schema"), safe(args[0]))
		return err
	}})
}

func commandReference(w io.Writer, root *cobra.Command) {
	fmt.Fprint(w, "# Commands\n\n"+generated)
	walk(root, func(c *cobra.Command) {
		if c.Name() == "help" || c.Hidden || c.HasParent() && c.Parent().Name() == "completion" {
			return
		}
		fmt.Fprintf(w, "## %s\n\n%s.\n", c.CommandPath(), escapes.Replace(c.Short))
		if c.Runnable() && c.Annotations[keyShape] != "" {
			fmt.Fprintf(w, "\n```\n%s\n```\n", c.UseLine())
		}
		if long := strings.TrimSpace(c.Long); long != "" && c.Name() != "list" {
			fmt.Fprintf(w, "\n%s\n", escapes.Replace(strings.ReplaceAll(long, "\n", " ")))
		}
		if c.Name() == "list" && c.Parent() == root {
			fmt.Fprint(w, "\nThe filter: [filters.md](filters.md).\n")
		}
		if c.Example != "" {
			fmt.Fprintf(w, "\n```sh\n%s\n```\n", unindent(c.Example))
		}
		flags := c.LocalNonPersistentFlags()
		if !c.HasParent() {
			flags = c.PersistentFlags()
		}
		flagTable(w, flags)
		fmt.Fprintln(w)
	})
	fmt.Fprint(w, "## Exit codes\n\n| code | meaning |\n|---|---|\n")
	for _, x := range exitMeanings {
		fmt.Fprintf(w, "| %d | %s |\n", x.code, x.meaning)
	}
}

func unindent(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "  ")
	}
	return strings.Join(lines, "\n")
}

func flagTable(w io.Writer, flags *pflag.FlagSet) {
	var rows []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		arg, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if arg != "" {
			name += " " + arg
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s |\n", name, escapes.Replace(text)))
	})
	if len(rows) > 0 {
		fmt.Fprintf(w, "\n| flag | meaning |\n|---|---|\n%s", strings.Join(rows, ""))
	}
}

func filterReference(w io.Writer) {
	fmt.Fprint(w, "# Filters\n\n"+generated+filterHead)
	kinds := map[filter.FieldType]string{filter.List: "several texts", filter.Number: "number", filter.Time: "time or age", filter.Future: "time or time left", filter.Attrs: "any"}
	for _, f := range graph.Fields {
		kind, ok := kinds[f.Type]
		if !ok {
			kind = "text"
		}
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", fieldName(f.Name), kind, escapes.Replace(f.Help))
	}
}

const filterHead = `One grammar for every list. Quote it in a shell: ` + "`drover list 'env=prod last_used>90d'`" + `. ` + "`--explain-filter`" + ` says what it means.

| written | means |
|---|---|
| ` + "`field=value`, `field!=value`" + ` | equals, does not equal |
| ` + "`field:value`" + ` | has, or contains |
| ` + "`<` `<=` `>` `>=`" + ` | compares numbers, times and ages |
| ` + "`a b`, `a AND b`" + ` | both |
| ` + "`a OR b`, `field=x,y`" + ` | either; AND and OR together need parentheses |
| ` + "`NOT a`, `-field:value`" + ` | not |
| ` + "`word`" + ` | any text of the row has it |
| ` + "`svc-*`" + ` | wildcards |
| ` + "`last_used<90d`" + ` | a duration (s, m, h, d, w, y) compares age: used less than 90 days ago |
| ` + "`expires<30d`" + ` | of what lies ahead, time left |
| ` + "`created>2026-01-31`" + ` | a date or RFC 3339 compares the moment |
| ` + "`field:unknown`" + ` | what nobody knows; nothing else matches it, and NOT does not either |

| field | type | meaning |
|---|---|---|
`

// writeSchemas writes the JSON Schema of every JSON output into a folder.
func writeSchemas(dir string) (int, error) {
	all, err := Schemas()
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("schemas: %w", err)
	}
	for _, n := range slices.Sorted(maps.Keys(all)) {
		raw, err := json.MarshalIndent(all[n], "", "  ")
		if err != nil {
			return 0, fmt.Errorf("schema %s: %w", n, err)
		}
		if err := toFile(filepath.Join(dir, n+".schema.json"), func(w io.Writer) error { return line(w, raw) }); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
