// Package fulladminpolicy finds policies and roles of one's own that allow
// everything.
package fulladminpolicy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "fulladminpolicy", Title: "a policy allows every action on everything", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "CIS-AWS-3.0:1.16", "CIS-K8S-1.9:5.1.3", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "PCI-DSS-4.0:7.2.2", "ISO-27001-2022:A.8.2", "SOC2:CC6.3"}, Fix: []string{"narrow", "detach"}, Systems: []string{"aws", "kubernetes"},
	Why:        "Whoever it is attached to next becomes an administrator, and its name does not say so.",
	How:        "AWS: a managed or inline policy of your own has a statement that allows Action * on Resource * without a condition, and is attached to somebody. Kubernetes: a role that Kubernetes did not make allows every verb on every resource of every group, and is bound. The vendor's own administrator policies are the vendor's: who has them is told by `adminequivalent`.",
	False:      "One policy for break-glass may allow everything: keep it attached to that account alone, and accept it.",
	References: []string{"https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-1", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"},
	Kinds:      []drover.Kind{drover.KindPolicy, drover.KindRole},
	Each: func(p *check.Pass, row int) {
		switch p.Graph.Type(row) {
		case "aws.iam.policy", "aws.iam.inline_policy":
			statement, ok := whole(p.Statements(row))
			if holders := p.Out(row, drover.EdgeAttached); ok && len(holders) > 0 && !p.Own(row) {
				report(p, row, holders, statement)
			}
		case "kubernetes.cluster_role", "kubernetes.role":
			if holders := p.In(row, drover.EdgeMemberOf); len(holders) > 0 && check.Total(p.Rules(row)) && !p.Own(row) && p.Graph.Name(row) != "cluster-admin" {
				report(p, row, holders, "a rule with every verb on every resource")
			}
		}
	},
}

// whole is the statement that allows everything.
func whole(list []awsiam.Statement) (string, bool) {
	for i := range list {
		s := &list[i]
		if s.Effect == "Allow" && len(s.Condition) == 0 && slices.ContainsFunc(s.Actions, func(a string) bool { return strings.Trim(a, "*") == "" || a == "*:*" }) && check.Everywhere(s) {
			return check.Label(s), true
		}
	}
	return "", false
}

func report(p *check.Pass, row int, holders []int, statement string) {
	slices.Sort(holders)
	holders = slices.Compact(holders)
	p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s allows everything, and %s.", p.Say(row), held(p, holders)),
		Evidence: []drover.FindingProof{check.Proof("allows every action on every resource", p.Say(row)+" "+statement, p.Now, ""), check.Proof("is attached to "+p.Says(holders), "attachments", p.Now, "")},
		Fix:      remedy.Narrow(p.Estate, row, "the actions and resources that its holders use"), Stops: holders, Loses: "what they were never meant to do", Path: append([]int{row}, holders[:min(len(holders), 5)]...)})
}

func held(p *check.Pass, holders []int) string {
	if len(holders) == 1 {
		return p.Say(holders[0]) + " has it"
	}
	return p.Says(holders) + " have it"
}
