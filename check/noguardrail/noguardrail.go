// Package noguardrail finds machine identities that may make others, or give them
// policies, with nothing that limits what those may become.
package noguardrail

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var asked = &check.Asked{Resource: "arn:PARTITION:iam::ACCOUNT:role/nobody-has-this-name",
	Actions: []string{"iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"}}

// Check is the question.
var Check = &check.Check{
	ID: "noguardrail", Title: "may make identities, and no guard-rail limits them", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:AC-3(7)", "ISO-27001-2022:A.8.2", "SOC2:CC6.3"}, Fix: []string{"configure", "narrow"}, Systems: []string{"aws"},
	Why:        "What it makes may be stronger than itself: a deployment tool whose key is stolen makes an administrator and is one.",
	How:        "The policy evaluator allows iam:CreateRole together with iam:AttachRolePolicy or iam:PutRolePolicy on a role that nobody ever named, the identity has no permissions boundary, and neither a condition on iam:PermissionsBoundary nor a control policy stands in between: with one the evaluator's answer depends on it, and the check is silent. Administrators are told once, by `adminequivalent`.",
	False:      "A sandbox account in which everybody may do everything needs no guard-rail: accept it for that account.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate", "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		may := p.MayAll(row, asked)
		if len(may) == 0 || !p.NonHuman(row) || p.Off(row) || p.Emergency(row) || p.Own(row) || len(p.Out(row, drover.EdgeBoundedBy)) > 0 {
			return
		}
		var sure []check.May
		make, give := false, false
		for _, m := range may {
			if m.Grade == drover.GradeProven {
				sure = append(sure, m)
				make = make || m.Action == "iam:CreateRole"
				give = give || m.Action == "iam:AttachRolePolicy" || m.Action == "iam:PutRolePolicy"
			}
		}
		if !make || !give {
			return
		}
		if _, admin := p.Admin(row); admin {
			return
		}
		names, policies := check.Actions(sure)
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s may call %s for any role of its account, and nothing limits what it makes.", p.Say(row), check.List(names)),
			Evidence: append(p.MayProofs(sure), check.Proof("has no permissions boundary, and no condition asks for one", p.Say(row), p.Now, "")),
			Fix:      remedy.Configure(p.Estate, row, "a permissions boundary, for itself and for what it makes"), Stops: []int{row}, Loses: "making identities that are stronger than the boundary",
			Path: append([]int{row}, policies...)})
	},
}
