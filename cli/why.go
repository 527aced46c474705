package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/engine"
)

const resourceHelp = "RESOURCE is anything that `drover show` knows, or how its system spells it, scanned or not: an ARN, s3://bucket/key, secrets/NAME, NAMESPACE/pods, db.schema.table.\n" +
	"ACTION, after a colon or with --action, is the system's own: s3:GetObject, get, SELECT. Without one the strongest that is allowed counts."

func (a *app) whyCmd() *cobra.Command {
	var action string
	var o engine.ReachOptions
	c := historic(shaped(shapeObject, &cobra.Command{
		Use:   "why ID RESOURCE[:ACTION]",
		Short: "Show whether one identity may do something to a resource, and what decides",
		Long: resourceHelp + "\nThe decision is allow, deny, conditional (with what must hold) or unknown, with the statements that decide. Where the identity itself may not but can become one that may,\n" +
			"the decision is that one's, and via holds the steps.",
		Example: "  drover why ci-deployer arn:aws:s3:::payroll:s3:GetObject\n  drover why web-default secrets --action list\n  drover why svc-bi-export orders.public.orders:SELECT -o json",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.Why(cmd.Context(), args[0], args[1], action, at, o)
				if err != nil {
					return err
				}
				return a.object(v, func(w io.Writer) { a.whyTable(w, v) })
			})
		},
	}))
	c.Flags().StringVar(&action, "action", "", "the `ACTION`, where it is not part of RESOURCE")
	a.withFlag(c, &o)
	return c
}

func (a *app) whyTable(w io.Writer, v *engine.WhyView) {
	what := v.Resource
	if v.Action != "" {
		what = request(v.Action, what)
	}
	verdict := map[access.Verdict]string{access.Allow: "may", access.Deny: "may not", access.Conditional: "may, on a condition,", access.Unknown: "may or may not (unknown)"}[v.Decision]
	if v.Action == "" {
		verdict += " reach"
	}
	fmt.Fprintf(w, "%s%s: %s%s   %s %s %s\n", a.style(w, "1"), strings.ToUpper(string(v.Decision)), safe(v.Subject.Name), a.style(w, "0"), safe(v.Subject.Name), verdict, safe(what))
	if len(v.Condition) > 0 && string(v.Condition) != "null" {
		fmt.Fprintf(w, "  if %s\n", safe(shortened(string(v.Condition), 600)))
	}
	if len(v.Via) > 0 {
		fmt.Fprintf(w, "  by becoming somebody else, in %s:\n", plural(len(v.Via), "step"))
		for _, e := range v.Via {
			fmt.Fprintf(w, "  %s  %s%s  %s   %s\n", safe(e.FromName), step(e), technique(e), safe(e.ToName), grade(e.Grade))
		}
		proofs(w, "     ", v.Via)
	}
	for _, p := range v.Proof {
		fmt.Fprintf(w, "  %-5s %s\n", p.Effect, safe(proofLine(p)))
	}
	if !v.Known {
		fmt.Fprintln(w, "The resource was never scanned: what guards it on its own side is not known.")
	}
	a.age(w, v.Age)
}

// request is an action and what it is done to, as each system says it: s3:GetObject
// on a bucket and SELECT on a table, but get pods.
func request(action, resource string) string {
	if strings.Contains(action, ":") || action == strings.ToUpper(action) {
		return action + " on " + resource
	}
	return action + " " + resource
}

func (a *app) whoCanCmd() *cobra.Command {
	var action string
	var o engine.ReachOptions
	c := historic(shaped(shapeObject, &cobra.Command{
		Use:     "who-can RESOURCE[:ACTION]",
		Short:   "Show everybody who may do something to a resource",
		Long:    resourceHelp + "\nThose who may by themselves come first, then those who can become one of them.",
		Example: "  drover who-can arn:aws:s3:::payroll:s3:GetObject\n  drover who-can secrets --action list\n  drover who-can orders.public.orders:DELETE --limit 100 -o json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			if err := o.Valid(); err != nil {
				return err
			}
			if a.format != "table" && !cmd.Flags().Changed("limit") {
				o.Limit = 0
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.WhoCan(cmd.Context(), args[0], action, at, o)
				if err != nil {
					return err
				}
				return a.object(v, func(w io.Writer) { a.whoCanTable(w, v) })
			})
		},
	}))
	c.Flags().StringVar(&action, "action", "", "the `ACTION`, where it is not part of RESOURCE")
	c.Flags().IntVar(&o.Limit, "limit", shown, "at most `N` of them; 0: all")
	a.withFlag(c, &o)
	c.Flags().IntVar(&o.MaxHops, "max-hops", 0, "go at most `N` steps")
	return c
}

// holderNames are names that tell holders apart: where two of one type have the
// same, with the account, cluster or other tenant that each is of.
func holderNames(list []engine.HolderView) []string {
	type named struct{ name, typ string }
	count := map[named]int{}
	for _, h := range list {
		count[named{h.Name, h.Type}]++
	}
	out := make([]string, len(list))
	for i, h := range list {
		out[i] = h.Name
		if of := h.Ref.Tenant(); count[named{h.Name, h.Type}] > 1 && of != "" && of != "-" {
			out[i] += " (" + of + ")"
		}
	}
	return out
}

func (a *app) whoCanTable(w io.Writer, v *engine.WhoCanView) {
	rows := [][]string{}
	names := holderNames(v.Items)
	for i, h := range v.Items {
		via := "itself"
		if len(h.Via) > 0 {
			var steps []string
			for _, e := range h.Via {
				s := step(e)
				if e.Technique != "" {
					s = e.Technique
				}
				steps = append(steps, s)
			}
			via = plural(len(h.Via), "hop") + ": " + strings.Join(steps, ", ")
		}
		why := ""
		if len(h.Proof) > 0 {
			why = proofLine(h.Proof[0])
		}
		rows = append(rows, []string{names[i], h.ID, h.Type, string(h.Decision), strings.ToUpper(string(h.Grade)), via, why})
	}
	if len(rows) == 0 {
		fmt.Fprintf(w, "Nobody known may.\n")
	} else {
		a.table(w, []string{"NAME", "ID", "TYPE", "DECISION", "GRADE", "VIA", "BECAUSE"}, rows)
	}
	if v.Total > len(v.Items) {
		a.hint("%d of %d shown; --limit 0 shows all", len(v.Items), v.Total)
	}
	if !v.Known {
		fmt.Fprintln(w, "The resource was never scanned: what guards it on its own side is not known.")
	}
	a.age(w, v.Age)
}
