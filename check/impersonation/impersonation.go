// Package impersonation holds the check for people who may become a production
// automation.
package impersonation

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds production accounts that people may become.
var Check = &check.Check{
	ID:       "impersonation",
	Title:    "people may become a production automation",
	Area:     check.Sign,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI10:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:IA-2", "CIS-8.1:6.8", "SOC2:CC6.3"},
	Fix:      []string{"restrict_trust", "review"},

	Why: "Whoever may become it has its rights whenever they like, beside the ways that are approved and recorded for people, and so has whoever takes over their account.",
	How: "A person, an account of a person, or a group with people in it may become the account (can_assume, delegates_to: trust policies, iam.serviceAccounts.getAccessToken, sudo), and the account is of production or of tier 0. All of them are one finding. " +
		"An edge whose condition asks for a second factor or ends by itself (MultiFactorAuth, valid until) does not count: that is the way for people. " +
		"It stays silent for roles that are made for people (verdict human, such as permission sets), break-glass accounts, disabled accounts, and where environment and tier are unknown. What rests on declared edges only is low.",
	False: "An administrator's way for emergencies: label the account break_glass=true, with an alarm on its use.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/10-human-use-of-nhi/",
		"https://cloud.google.com/iam/docs/service-account-impersonation",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	var who []int
	var evidence []drover.FindingProof
	declared := true
	for h := range p.Graph.In(row) {
		if h.Kind != drover.EdgeCanAssume && h.Kind != drover.EdgeDelegatesTo || h.Row == row || !person(p, h.Row) {
			continue
		}
		edge := p.Graph.Edge(h.Edge)
		if guarded(edge.Cond) {
			continue
		}
		who = append(who, h.Row)
		evidence = p.WithEdge(evidence, h.Edge)
		declared = declared && edge.Grade == drover.GradeDeclared
	}
	if len(who) == 0 || p.Graph.Facts(row).Verdict != drover.VerdictNHI {
		return
	}
	f := p.Graph.Facts(row)
	if !check.Production(f.Env) && f.Tier != 0 || p.Off(row) || p.Emergency(row) {
		return
	}
	severity := p.Weigh(row, p.Check.Severity)
	if declared {
		severity = drover.Low
	}
	is := "of production"
	if f.Tier == 0 {
		is = "of tier 0"
	}
	p.Report(check.Hit{
		Row: row, Severity: severity,
		What:     p.Say(row) + " is " + is + ", and " + p.Says(who) + " may become it.",
		Evidence: evidence,
		Fix:      remedy.Restrict(p.Estate, row, "a second factor"), Stops: []int{row}, Loses: "people's standing way to become it", Path: append([]int{row}, who...),
	})
}

// person reports whether a row is a person, an account of one, or a group with one in it.
func person(p *check.Pass, row int) bool {
	if p.Graph.Kind(row) != drover.KindGroup {
		return p.Human(row)
	}
	for h := range p.Graph.In(row) {
		if h.Kind == drover.EdgeMemberOf && p.Human(h.Row) {
			return true
		}
	}
	return false
}

// guarded reports whether a condition asks for a second factor, or ends.
func guarded(cond drover.Attrs) bool {
	for _, w := range []string{"MultiFactorAuth", "mfa", "request.time", "CurrentTime", "valid_until"} {
		if check.Mentions(cond, w) {
			return true
		}
	}
	return false
}
