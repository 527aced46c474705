package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/internal/engine"
)

// errEmpty says that a test of the policy is about nothing.
var errEmpty = errors.New("nothing matches, so nothing was asked")

// errTest says that a test of the policy failed; the list says which.
var errTest = errors.New("the policy does not hold")

func (a *app) policyCmd() *cobra.Command {
	c := &cobra.Command{Use: "policy", Short: "Look at what is asked of the estate, and test it",
		Long: "The policy stands in drover.yaml: rotation, risk weights, what regulations change, severities, checks and assertions of your own. `policies` there, or --policy, names further\n" +
			"files with checks, assertions, exceptions and severities. A wrong word in them is an error of every command, with file, line and column.",
		Example: "  drover policy list\n  drover policy test\n  drover policy lint\n  drover policy explain svc-bi-export"}
	c.PersistentFlags().StringArrayVar(&a.policies, "policy", nil, "also read the policy `FILE`, or those of a folder or pattern; repeatable")
	c.AddCommand(a.policyListCmd(), a.policyTestCmd(), a.policyLintCmd(), a.policyExplainCmd())
	return c
}

func (a *app) policyListCmd() *cobra.Command {
	return shaped(shapeList, &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List checks, assertions, intervals, weights and exceptions", Args: cobra.NoArgs,
		Long:    "A check that is switched off is listed as off, with the reason and the line that says so.",
		Example: "  drover policy list\n  drover policy list -o json --jq '.items[] | select(.state != \"on\")'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), true, func(e estate) error {
				items, err := e.PolicyItems(cmd.Context())
				if err != nil {
					return err
				}
				if err := a.list(listing{Schema: "drover/v1/policy", Total: len(items), Items: seq(items), Columns: []column{
					of("ID", func(p engine.PolicyItem) string { return p.ID }),
					of("SORT", func(p engine.PolicyItem) string { return strings.ReplaceAll(p.Sort, "_", "-") }),
					of("STATE", func(p engine.PolicyItem) string { return p.State }),
					of("SEVERITY", func(p engine.PolicyItem) string {
						if p.Severity == 0 {
							return "-"
						}
						return glyphs[p.Severity] + " " + p.Severity.String()
					}),
					of("TITLE", func(p engine.PolicyItem) string { return p.Title }),
					of("ABOUT", func(p engine.PolicyItem) string { return dash(p.About) }),
					of("WHERE", func(p engine.PolicyItem) string { return text(p.Where) }),
					wide("REASON", func(p engine.PolicyItem) string { return dash(p.Reason) }),
					wide("CONTROLS", func(p engine.PolicyItem) string { return dash(strings.Join(p.Controls, " ")) }),
				}}); err != nil {
					return err
				}
				a.overridden(cmd.Context(), e)
				a.hint("next: drover policy test   drover explain CHECK   drover policy explain ID")
				return nil
			})
		}})
}

func (a *app) policyTestCmd() *cobra.Command {
	var empty bool
	c := shaped(shapeList, &cobra.Command{Use: "test [ID...]", Short: "Try the examples of your checks, and ask your assertions of the estate",
		Long: "An example fails when its check does not do what it wants; what cannot be decided does not fire. An assertion fails when something that is known breaks it; what cannot be\n" +
			"decided is counted as unknown, and does not fail. A check of yours that finds something does not fail: that is a finding. One that is about nothing that is known says \"none\", and\n" +
			"proves nothing. Exit code 1 when anything fails or is about nothing; --allow-empty lets the latter pass.",
		Example: "  drover policy test\n  drover policy test no-ai-agent-reaches-tier0-write\n  drover policy test -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), true, func(e estate) error {
				list, err := e.PolicyTest(cmd.Context(), args)
				if err != nil {
					return err
				}
				if err := a.write(func(w io.Writer, format string) error {
					if format == "table" {
						a.testText(w, list)
						return nil
					}
					return a.listTo(w, format, listing{Schema: "drover/v1/policy_test", Total: len(list), Items: seq(list), Columns: testColumns()})
				}); err != nil {
					return err
				}
				return tested(list, empty)
			})
		}})
	c.Flags().BoolVar(&empty, "allow-empty", false, "let pass what is about nothing that is known")
	return c
}

// tested is the error of tests that failed, or that asked nothing.
func tested(list []engine.PolicyTest, allowEmpty bool) error {
	failed, none := 0, 0
	for _, t := range list {
		switch {
		case !t.OK:
			failed++
		case t.None && !allowEmpty:
			none++
		}
	}
	switch {
	case failed > 0:
		return fmt.Errorf("%d of %s: %w", failed, plural(len(list), "test"), errTest)
	case none > 0:
		return fmt.Errorf("%d of %s: %w (--allow-empty lets it pass)", none, plural(len(list), "test"), errEmpty)
	}
	return nil
}

func testColumns() []column {
	return []column{
		of("ID", func(t engine.PolicyTest) string { return t.ID }),
		of("SORT", func(t engine.PolicyTest) string { return t.Sort }),
		of("OK", func(t engine.PolicyTest) string {
			if t.OK && t.None {
				return "none"
			}
			return map[bool]string{true: "ok", false: "FAIL"}[t.OK]
		}),
		of("TITLE", func(t engine.PolicyTest) string { return t.Title }),
		of("RESULT", testResult),
		of("WHERE", func(t engine.PolicyTest) string { return t.Where }),
	}
}

// testResult is what a test came to: numbers with their base.
func testResult(t engine.PolicyTest) string {
	if t.Sort == "example" {
		if t.OK && t.Why == "" {
			return t.Got
		}
		return fmt.Sprintf("%s, want %s %s", t.Got, t.Want, t.Why)
	}
	said := fmt.Sprintf("%d checked", t.Checked)
	if t.None {
		return said + ": " + t.Why
	}
	if t.Failed > 0 {
		said = fmt.Sprintf("%d of %d", t.Failed, t.Checked)
	}
	if t.Unknown > 0 {
		said += fmt.Sprintf(", %d unknown", t.Unknown)
	}
	if t.Why != "" {
		said += " (" + t.Why + ")"
	}
	return said
}

func (a *app) testText(w io.Writer, list []engine.PolicyTest) {
	if len(list) == 0 {
		fmt.Fprintln(w, "No checks or assertions of your own: see docs/use/policies.md.")
		return
	}
	width := 0
	for _, t := range list {
		width = max(width, len(t.ID))
	}
	for _, t := range list {
		word, style := "ok", "32"
		switch {
		case !t.OK:
			word, style = "FAIL", "31"
		case t.None:
			word, style = "none", "33"
		case t.Sort == "check" && t.Failed > 0:
			word, style = "finds", "33"
		}
		said := testResult(t)
		if t.Sort == "example" {
			said = t.Title
			if !t.OK {
				said = fmt.Sprintf("%s: it is %s", t.Title, t.Got)
				if t.Why != "" {
					said += ", " + t.Why
				}
				said += "   " + t.Where
			}
		} else if t.Failed > 0 {
			said += "   " + some(t.First, 3) + "   drover check " + t.ID
		}
		fmt.Fprintf(w, "%s%-5s%s %-*s  %s\n", a.style(w, style), word, a.style(w, "0"), width, safe(t.ID), safe(said))
	}
}

func (a *app) policyLintCmd() *cobra.Command {
	return shaped(shapeList, &cobra.Command{Use: "lint", Short: "Look for what is written and does nothing, or not what was meant", Args: cobra.NoArgs,
		Long: "What is wrong (an unknown name, a comparison that can never hold, a type that does not fit) is an error with its place, exit code 2. What is allowed and probably not meant is listed:\n" +
			"rules that match nothing, exceptions that ended or go beyond what a regulation allows, checks without examples, intervals other than the shipped ones.",
		Example: "  drover policy lint\n  drover policy lint --policy new-rules.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), true, func(e estate) error {
				list, err := e.PolicyLint(cmd.Context())
				if err != nil {
					return err
				}
				return a.list(listing{Schema: "drover/v1/policy_lint", Total: len(list), Items: seq(list), Empty: "Nothing to say: the policy is understood, and all of it does something.", Columns: []column{
					of("WHERE", func(f engine.PolicyFault) string { return f.Where }),
					of("ID", func(f engine.PolicyFault) string { return f.ID }),
					of("WHAT", func(f engine.PolicyFault) string { return f.Text }),
				}})
			})
		}})
}

func (a *app) policyExplainCmd() *cobra.Command {
	return historic(shaped(shapeObject, &cobra.Command{Use: "explain ID", Short: "Say what the policy says of one thing, and by which line",
		Long:    "How old its secrets may become and why, what its regulations change, what rules and people say of it, which exceptions cover it, and what each rule of yours comes to.",
		Example: "  drover policy explain svc-bi-export\n  drover policy explain aws-key:AKIA0123456789ABCDEF -o json",
		Args:    cobra.ExactArgs(1),
		RunE:    about(a, estate.PolicyExplain, a.policyText)}))
}

func (a *app) policyText(w io.Writer, v *engine.PolicyView) {
	fmt.Fprintf(w, "%s%s%s  ·  %s  ·  %s\n", a.style(w, "1"), safe(v.Subject.Name), a.style(w, "0"), safe(v.Subject.Type), v.Subject.ID)
	for _, r := range v.Rotation {
		age := "age not known"
		if r.AgeDays != nil {
			age = fmt.Sprintf("%d days old", *r.AgeDays)
		}
		if r.Overdue {
			age += ", overdue"
		}
		said := r.Why
		if r.Preferred != "" {
			said += "; better: " + strings.ReplaceAll(r.Preferred, "_", " ")
		}
		part(w, "ROTATION", fmt.Sprintf("%s: %s; %s", r.Name, said, age))
	}
	if len(v.Regulation.Names) > 0 {
		part(w, "REGULATION", strings.Join(v.Regulation.Names, ", ")+": "+v.Regulation.Text)
	}
	for _, s := range v.Said {
		part(w, "SAID", fmt.Sprintf("%s=%s by %s", s.Key, s.Value, s.By))
	}
	for _, x := range v.Exceptions {
		part(w, "EXCEPTION", fmt.Sprintf("%s: %s, %s (%s) %s", x.ID, x.Title, x.State, x.Reason, text(x.Where)))
	}
	for _, r := range v.Rules {
		said := fmt.Sprintf("%s %s: %s", r.Result, r.ID, r.Title)
		if len(r.Missing) > 0 {
			said += " (missing: " + strings.Join(r.Missing, ", ") + ")"
		}
		part(w, "RULE", said+" "+r.Where)
	}
	if len(v.Rotation)+len(v.Regulation.Names)+len(v.Said)+len(v.Exceptions)+len(v.Rules) == 0 {
		fmt.Fprintln(w, "The policy says nothing of it.")
	}
}
