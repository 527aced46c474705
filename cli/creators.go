package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/internal/engine"
)

func (a *app) creatorsCmd() *cobra.Command {
	return historic(shaped(shapeGraph, &cobra.Command{
		Use:     "creators ID",
		Short:   "Show who made a thing, and who made that one, up to a human",
		Example: "  drover creators svc-bi-export\n  drover creators aws-key:AKIA0123456789ABCDEF -o json",
		Args:    cobra.ExactArgs(1),
		RunE:    aboutGraph(a, estate.Creators, a.creatorsTable, drawCreators),
	}))
}

func (a *app) creatorsTable(w io.Writer, v *engine.CreatorsView) {
	fmt.Fprintf(w, "%s  ·  %s  ·  %s\n", safe(v.Subject.Name), safe(v.Subject.Type), v.Subject.ID)
	for _, c := range v.Chain {
		how := "created by"
		if c.How == "owns" {
			how = "owned by"
		}
		left := ""
		if c.Left != nil && *c.Left {
			left = ", has left"
		}
		fmt.Fprintf(w, "%s%s %s (%s%s)   %s%s\n", strings.Repeat("   ", c.Depth), how, safe(c.Name), safe(c.Type), left, grade(c.Grade), detail(c.Proof))
	}
	switch {
	case len(v.Chain) == 0:
		fmt.Fprintln(w, "No source says who made it or who owns it.")
	case !v.Human:
		fmt.Fprintln(w, "The chain ends without a human.")
	}
	a.age(w, v.Age)
}

func (a *app) depsCmd() *cobra.Command {
	return historic(shaped(shapeGraph, &cobra.Command{
		Use:     "deps ID",
		Short:   "Show what breaks if a thing stops",
		Long:    "Lists what runs as it, who holds its credentials, who assumes it, reads it or delegates to it, and what it issues. What uses it without a trace that was scanned is not in the list.",
		Example: "  drover deps svc-bi-export\n  drover deps orders-api -o json",
		Args:    cobra.ExactArgs(1),
		RunE:    aboutGraph(a, estate.Dependents, a.depsTable, drawDependents),
	}))
}

func (a *app) depsTable(w io.Writer, v *engine.DepsView) {
	rows := [][]string{}
	for _, d := range v.Items {
		through := "-"
		if d.Through != nil {
			through = d.Through.Name
		}
		rows = append(rows, []string{d.Name, d.Type, d.How, through, strings.ToUpper(string(d.Grade)), ago(d.LastUsed, a.now()), d.Proof})
	}
	if len(rows) == 0 {
		fmt.Fprintf(w, "Nothing is known to depend on %s.\n", safe(v.Subject.Name))
	} else {
		a.table(w, []string{"NAME", "TYPE", "HOW", "THROUGH", "GRADE", "LAST USED", "PROOF"}, rows)
	}
	a.age(w, v.Age)
}
