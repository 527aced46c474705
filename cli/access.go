package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"

	"github.com/droverhq/drover/internal/engine"
)

func (a *app) accessCmd() *cobra.Command {
	c := &cobra.Command{
		Use:     "access",
		Short:   "List grants, and evaluate policies that are in files",
		Example: "  drover access simulate --policy deploy.json --action s3:PutObject --resource arn:aws:s3:::site/index.html\n  drover access lint deploy.json",
	}
	c.AddCommand(a.grantsCmd(), a.simulateCmd(), a.lintCmd())
	return c
}

func (a *app) simulateCmd() *cobra.Command {
	var r engine.SimulateRequest
	c := shaped(shapeObject, &cobra.Command{
		Use:   "simulate --policy FILE --action A --resource R",
		Short: "Ask whether policies in files allow one request; nothing is sent anywhere",
		Long: "Evaluates AWS IAM policies as AWS documents it: identity policies, boundary, service and resource control policies, session and resource policies, conditions.\n" +
			"What --context does not name is unknown, and a decision that hangs on it is conditional; with --complete it is absent.",
		Example: "  drover access simulate --policy deploy.json --action s3:PutObject --resource arn:aws:s3:::site/index.html\n" +
			"  drover access simulate --policy p.json --boundary b.json --scp org.json --principal arn:aws:iam::111122223333:role/ci --action iam:PassRole --resource arn:aws:iam::111122223333:role/x --context iam:PassedToService=lambda.amazonaws.com",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if len(r.Policies) == 0 && r.ResourcePolicy == "" {
				return usage(fmt.Errorf("simulate needs --policy or --resource-policy"), "drover access simulate --policy FILE --action s3:GetObject --resource '*'")
			}
			if r.Action == "" || r.Resource == "" {
				return usage(fmt.Errorf("simulate needs --action and --resource"), "drover access simulate --policy FILE --action s3:GetObject --resource '*'")
			}
			v, err := engine.Simulate(r)
			if err != nil {
				return err
			}
			return a.object(v, func(w io.Writer) { a.simulateTable(w, v) })
		},
	})
	f := c.Flags()
	f.StringArrayVar(&r.Policies, "policy", nil, "identity policy in a `FILE`; repeatable")
	f.StringVar(&r.Boundary, "boundary", "", "permissions boundary in a `FILE`")
	f.StringArrayVar(&r.SCPs, "scp", nil, "service control policy in a `FILE`; repeatable, one a level, root first")
	f.StringArrayVar(&r.RCPs, "rcp", nil, "resource control policy in a `FILE`; repeatable")
	f.StringArrayVar(&r.Session, "session", nil, "session policy in a `FILE`; repeatable")
	f.StringVar(&r.ResourcePolicy, "resource-policy", "", "the resource's own policy, or the role's trust, in a `FILE`")
	f.StringVar(&r.Principal, "principal", "", "`ARN` of who asks")
	f.StringVar(&r.Action, "action", "", "the `ACTION`: s3:GetObject")
	f.StringVar(&r.Resource, "resource", "", "the `ARN`, or * for an action that takes none")
	f.StringArrayVar(&r.Context, "context", nil, "`KEY=VALUE` of the request's context; repeatable; !KEY is absent")
	f.BoolVar(&r.Complete, "complete", false, "what --context does not name is absent, not unknown")
	return c
}

func (a *app) simulateTable(w io.Writer, v *engine.SimulateView) {
	fmt.Fprintf(w, "%s%s%s   %s   %s on %s\n", a.style(w, "1"), strings.ToUpper(string(v.Decision)), a.style(w, "0"), safe(v.Principal), safe(v.Action), safe(v.Resource))
	if len(v.Condition) > 0 {
		fmt.Fprintf(w, "  if %s\n", safe(shortened(string(v.Condition), 600)))
	}
	for _, p := range v.Proof {
		where := ""
		if s := "statement " + p.Statement; p.Statement != "" && !strings.Contains(p.Text, s) {
			where = s + ": "
		}
		fmt.Fprintf(w, "  %-5s %s%s\n", p.Effect, safe(where), safe(p.Text))
	}
	if !v.Known {
		fmt.Fprintf(w, "  AWS's catalogue has no action %s.\n", safe(v.Action))
	}
	for _, f := range v.Faults {
		fmt.Fprintf(w, "  %s: statement %d: %s: %s\n", safe(f.File), f.Statement, safe(f.Field), safe(f.Text))
	}
	a.hint("This speaks of the files; %s", safe(v.Catalogue))
}

func (a *app) lintCmd() *cobra.Command {
	var r engine.LintRequest
	c := shaped(shapeObject, &cobra.Command{
		Use:   "lint FILE",
		Short: "Fail when a change of a policy opens a path to tier 0",
		Long: "FILE is a change (schema drover/v1/change), or an AWS policy. A policy is tried as the new body of --replace, as an inline policy of --attach, or, without either, as the only\n" +
			"policy of a new user in each known account. The change is made to a copy of the estate; every path to tier 0 that was not there before is a finding, and the exit code is then 10.",
		Example: "  drover access lint deploy.json --replace arn:aws:iam::111122223333:policy/deploy\n  drover access lint new.json --attach ci-deployer\n  drover access lint change.json -o json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.File = args[0]
			if r.Attach != "" && r.Replace != "" {
				return fmt.Errorf("--attach and --replace contradict each other: %w", drover.ErrInvalid)
			}
			return a.with(cmd.Context(), true, func(e estate) error {
				v, err := e.Lint(cmd.Context(), r)
				if err != nil {
					return err
				}
				if err := a.object(v, func(w io.Writer) { a.lintTable(w, v) }); err != nil {
					return err
				}
				switch {
				case len(v.Items) > 0:
					return errGate
				case len(v.Faults) > 0:
					return fmt.Errorf("%s has %s, for which AWS refuses it or ignores a part: %w", r.File, plural(len(v.Faults), "fault"), drover.ErrInvalid)
				}
				return nil
			})
		},
	})
	c.Flags().StringVar(&r.Attach, "attach", "", "the policy becomes an inline policy of `ID`")
	c.Flags().StringVar(&r.Replace, "replace", "", "the policy becomes the body of policy `ID`")
	return c
}

func (a *app) lintTable(w io.Writer, v *engine.LintView) {
	for _, f := range v.Faults {
		fmt.Fprintf(w, "%s: statement %d: %s: %s\n", safe(f.File), f.Statement, safe(f.Field), safe(f.Text))
	}
	for _, x := range v.Items {
		fmt.Fprintf(w, "NEW PATH  %s reaches %s (tier 0)\n", safe(x.Source.Name), safe(x.Target.Name))
		fmt.Fprintf(w, "   %s   %s   %s\n", safe(lane(x.Path)), plural(x.Path.Hops, "hop"), grade(x.Path.Grade))
		proofs(w, "     ", x.Path.Edges)
	}
	switch {
	case v.OK:
		fmt.Fprintf(w, "ok    %s opens no path to tier 0\n", safe(v.File))
	case len(v.Items) == 0:
		fmt.Fprintf(w, "FAIL  %s is no valid policy\n", safe(v.File))
	default:
		fmt.Fprintf(w, "FAIL  %s opens %s to tier 0\n", safe(v.File), plural(len(v.Items), "path"))
	}
	a.age(w, v.Age)
}
