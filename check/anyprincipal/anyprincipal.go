// Package anyprincipal finds roles of AWS that whoever has an account at AWS may
// assume.
package anyprincipal

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "anyprincipal", Title: "a role that anybody may assume", Area: check.Trust, Severity: drover.Critical,
	Controls: []string{"OWASP-NHI6:2025", "OWASP-NHI3:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-3", "NIST-800-53:AC-14", "PCI-DSS-4.0:7.2.1", "ISO-27001-2022:A.5.15", "SOC2:CC6.1"}, Fix: []string{"restrict_trust"}, Systems: []string{"aws"},
	Why: "It takes an account of one's own at AWS and the name of the role, which is guessed or read in any log, to be this role.",
	How: "A statement of the role's trust policy names everybody (Principal *) for sts:AssumeRole, and no condition says who is meant. A condition that whoever asks can meet in an account of their own says nothing: MFA, the time, a region, tags, session names, a network of 0.0.0.0/0, a pattern of * for an account, what is only to be no other (StringNotEquals), and IfExists or ForAllValues of a key that may be absent. " +
		"High where the only condition is one that others can learn (sts:ExternalId, aws:UserAgent, aws:Referer), for the external id is no secret of AWS. Silent where a condition names an organization, an account, a principal, a token's claim or a network, or has a key that is not known here.",
	False:      "A role for visitors that may do nothing (a playground) may be open: accept it and keep its policies empty.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous", "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		strangers := p.Strangers(row)
		if len(strangers) == 0 || p.Own(row) {
			return
		}
		for _, t := range strangers {
			h := check.Hit{Row: row, Part: t.Part, Path: []int{row}, Stops: []int{row}, Loses: "becoming this role, for whoever the new condition leaves out"}
			says := "whoever has an account at AWS"
			where := p.Say(row) + " " + check.Clean(t.Part)
			h.Evidence = []drover.FindingProof{check.Proof("names everybody as principal", where, p.Now, t.Grade)}
			for _, b := range t.Bounds {
				switch {
				case b.Hold == check.Open:
					h.Evidence = append(h.Evidence, check.Proof("asks for "+b.Line+", which whoever asks can meet", where, p.Now, t.Grade))
					continue
				case b.Key == "sts:externalid":
					says = "whoever has an account at AWS and knows an external id"
				default:
					says = "whoever has an account at AWS and knows the value of " + check.Clean(b.Key)
				}
				h.Severity = drover.High
			}
			if h.Severity == 0 && len(t.Bounds) > 0 {
				says += ": its condition leaves nobody out"
			}
			h.What = fmt.Sprintf("%s can be assumed by %s.", p.Say(row), says)
			h.Fix = remedy.Restrict(p.Estate, row, "the accounts or roles that it is for")
			p.Report(h)
		}
	},
}
