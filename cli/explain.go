package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) explainCmd() *cobra.Command {
	return historic(shaped(shapeObject, &cobra.Command{Use: "explain FINDING|ID|CHECK", Short: "Explain a finding, a thing or a check",
		Long:    "Of a finding: what, why, evidence, fix and what breaks. Of an identity, a credential or anything else that `drover show` knows: what was found on it. Of a check: why it asks, how it knows, and when it is wrong.",
		Example: "  drover explain F-7K2\n  drover explain svc-bi-export\n  drover explain stalekey",
		Args:    cobra.ExactArgs(1),
		RunE:    about(a, estate.Explain, a.explainText)}))
}

func (a *app) explainText(w io.Writer, v *engine.ExplainView) {
	switch {
	case v.Finding != nil:
		a.findingText(w, v.Finding)
	case v.Check != nil:
		a.checkPage(w, v.Check)
	default:
		a.subjectText(w, v)
	}
}

// part writes one part of a text under its head, lines aligned.
func part(w io.Writer, head, text string) {
	for i, l := range strings.Split(text, "\n") {
		if i > 0 {
			head = ""
		}
		fmt.Fprintf(w, "%-11s %s\n", head, safe(l))
	}
}

func (a *app) findingText(w io.Writer, f *drover.Finding) {
	fmt.Fprintf(w, "%s  %s %s  %s  %s\n", f.ID(), a.mark(w, f.Severity), strings.ToUpper(f.Severity.String()), f.Check, f.State)
	part(w, "WHAT", f.What)
	part(w, "WHY", f.Why)
	head := "EVIDENCE"
	for _, p := range f.Evidence {
		at := ""
		if !p.At.IsZero() {
			at = ", " + p.At.Local().Format("2006-01-02 15:04")
		}
		part(w, head, fmt.Sprintf("%s  (%s%s, %s)", p.Text, p.Source, at, p.Grade))
		head = ""
	}
	part(w, "FIX", f.Fix.Text)
	if f.Fix.Command != "" {
		part(w, "", "$ "+strings.ReplaceAll(f.Fix.Command, "\n", "\n$ "))
	}
	part(w, "BREAKS", f.Breaks.Text)
	for _, u := range f.Breaks.Unknowns {
		part(w, "", "not known: "+u)
	}
	if f.State == drover.FindingFixed {
		part(w, "FIXED", f.FixedAt.Local().Format("2006-01-02 15:04")+"  "+f.FixedBy)
	}
	if f.Exception != "" {
		part(w, "EXCEPTION", f.Exception)
	}
	since := "-"
	if !f.FirstSeen.IsZero() {
		since = f.FirstSeen.Local().Format("2006-01-02")
	}
	owner := f.Owner
	if owner == "" {
		owner = "none"
	}
	if f.Assignee != "" {
		owner += ", assigned to " + f.Assignee
	}
	part(w, "SINCE", fmt.Sprintf("%s   OWNER %s   RISK %d   MAPS %s", since, owner, f.Risk, dash(strings.Join(f.Controls, " · "))))
	if f.Owner == "" {
		a.hint("next: drover owner suggest %s", shellWord(string(f.Subject.Ref)))
		return
	}
	a.hint("next: drover show %s   drover risk %s", shellWord(string(f.Subject.Ref)), shellWord(string(f.Subject.Ref)))
}

func (a *app) checkPage(w io.Writer, c *engine.CheckPage) {
	fmt.Fprintf(w, "%s  %s %s  %s%s%s\n", c.ID, a.mark(w, c.Severity), strings.ToUpper(c.Severity.String()), a.style(w, "1"), c.Title, a.style(w, "0"))
	part(w, "WHY", c.Why)
	part(w, "HOW", c.How)
	part(w, "WRONG WHEN", c.False)
	for i, h := range c.ByHand {
		head := ""
		if i == 0 {
			head = "BY HAND"
		}
		part(w, head, h.System+": "+h.Text)
	}
	part(w, "MAPS", strings.Join(c.Controls, " · "))
	part(w, "READ", strings.Join(c.References, "\n"))
	a.hint("next: drover finding list check=%s", c.ID)
}

func (a *app) subjectText(w io.Writer, v *engine.ExplainView) {
	fmt.Fprintf(w, "%s%s%s  ·  %s\n", a.style(w, "1"), safe(v.Subject.Name), a.style(w, "0"), safe(v.Subject.Type))
	if len(v.Findings) == 0 {
		fmt.Fprintln(w, "Nothing was found on it.")
	}
	for i := range v.Findings {
		fmt.Fprintln(w)
		a.findingText(w, &v.Findings[i])
	}
}
