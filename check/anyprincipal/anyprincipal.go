// Package anyprincipal finds roles of AWS that whoever has an account at AWS may
// assume.
package anyprincipal

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "anyprincipal", Title: "a role that anybody may assume", Area: check.Trust, Severity: drover.Critical,
	Controls: []string{"OWASP-NHI6:2025", "OWASP-NHI3:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-3", "NIST-800-53:AC-14", "PCI-DSS-4.0:7.2.1", "ISO-27001-2022:A.5.15", "SOC2:CC6.1"}, Fix: []string{"restrict_trust"}, Systems: []string{"aws"},
	Why:        "It takes an account of one's own at AWS and the name of the role, which is guessed or read in any log, to be this role.",
	How:        "A statement of the role's trust policy names everybody (Principal *) for sts:AssumeRole, and no condition says who is meant. High where the only condition is one that others can learn (sts:ExternalId), for the external id is no secret of AWS. Silent where a condition names an organization, an account, a principal or a network.",
	False:      "A role for visitors that may do nothing (a playground) may be open: accept it and keep its policies empty.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous", "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Graph.Type(row) != "aws.iam.role" || p.Own(row) {
			return
		}
		for _, t := range p.Trusted(row) {
			if !strings.HasPrefix(t.Alias, "aws-any:") || t.Cond.Str("expired") != "" {
				continue
			}
			keys := check.ConditionKeys(t.Cond)
			h := check.Hit{Row: row, Part: t.Part, Path: []int{row}, Stops: []int{row}, Loses: "becoming this role, for whoever the new condition leaves out"}
			says := "whoever has an account at AWS"
			switch {
			case len(keys) == 0:
			case onlyExternalID(keys):
				h.Severity, says = drover.High, "whoever has an account at AWS and knows an external id"
			default:
				continue
			}
			h.What = fmt.Sprintf("%s can be assumed by %s.", p.Say(row), says)
			h.Evidence = []drover.FindingProof{check.Proof("names everybody as principal", p.Say(row)+" "+check.Clean(t.Part), p.Now, t.Grade)}
			h.Fix = remedy.Restrict(p.Estate, row, "the accounts or roles that it is for")
			p.Report(h)
		}
	},
}

func onlyExternalID(keys []string) bool {
	for _, k := range keys {
		if k != "sts:externalid" {
			return false
		}
	}
	return true
}
