package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/internal/engine"
)

// reachDiff is `diff --reach`.
func (a *app) reachDiff(cmd *cobra.Command, req engine.DiffRequest, with string) error {
	return a.with(cmd.Context(), true, func(e estate) error {
		d, err := e.DiffReach(cmd.Context(), req, with)
		if err != nil {
			return err
		}
		return a.write(func(w io.Writer, format string) error {
			if slices.Contains(formatsOfLists, format) {
				return a.listTo(w, format, reaches(d))
			}
			return a.objectTo(w, format, d, func(w io.Writer) { a.reachTable(w, d) })
		})
	})
}

func reaches(d *engine.ReachDiffView) listing {
	delta := func(v [2]int) string { return fmt.Sprintf("%d -> %d", v[0], v[1]) }
	return listing{Schema: d.Schema, Total: len(d.Items), Items: seq(d.Items), Columns: []column{
		of("REF", func(x engine.ReachDiffItem) string { return string(x.Ref) }),
		of("NAME", func(x engine.ReachDiffItem) string { return x.Name }),
		of("CHANGE", func(x engine.ReachDiffItem) string { return x.Change }),
		of("RESOURCES", func(x engine.ReachDiffItem) string { return delta(x.Resources) }),
		of("IDENTITIES", func(x engine.ReachDiffItem) string { return delta(x.Identities) }),
		of("TIER0", func(x engine.ReachDiffItem) string { return delta(x.Tier0) }),
	}}
}

func (a *app) reachTable(w io.Writer, d *engine.ReachDiffView) {
	switch {
	case d.With != "":
		fmt.Fprintf(w, "With %s, which was made to a copy of generation %d only:\n", safe(d.With), d.To.Generation)
	default:
		fmt.Fprintf(w, "Between generation %d and %d:\n", d.From.Generation, d.To.Generation)
	}
	if len(d.Items) == 0 {
		fmt.Fprintln(w, "Nobody's reach is different.")
	}
	for _, x := range d.Items {
		mark := map[string]string{"added": "+", "removed": "-", "changed": "~"}[x.Change]
		fmt.Fprintf(w, "%s %s (%s)   resources %d -> %d   identities %d -> %d   tier 0 %d -> %d\n", mark, safe(x.Name), safe(x.Type),
			x.Resources[0], x.Resources[1], x.Identities[0], x.Identities[1], x.Tier0[0], x.Tier0[1])
		if len(x.Tier0Gained) > 0 {
			fmt.Fprintf(w, "    gains %s\n", safe(some(nodeNames(x.Tier0Gained), 5)))
		}
		if len(x.Tier0Lost) > 0 {
			fmt.Fprintf(w, "    loses %s\n", safe(some(nodeNames(x.Tier0Lost), 5)))
		}
		if x.Path != nil {
			fmt.Fprintf(w, "    by    %s   %s\n", safe(lane(*x.Path)), grade(x.Path.Grade))
		}
	}
	if d.More > 0 {
		fmt.Fprintf(w, "%s more may differ and were not compared: name one, `drover diff ID --reach`.\n", plural(d.More, "identity"))
	}
	a.age(w, d.Age)
}
