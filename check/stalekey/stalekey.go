// Package stalekey holds the check for credentials that nobody uses although their
// account is in use.
package stalekey

import (
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds unused credentials of accounts that are in use.
var Check = &check.Check{
	ID:       "stalekey",
	Title:    "credential not used for months, its account is in use",
	Area:     check.Lifecycle,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:AC-2(3)", "NIST-800-53:IA-5", "CIS-AWS-3.0:1.12", "CIS-8.1:5.3", "PCI-DSS-4.0:8.6.3"},
	Fix:      []string{"disable", "delete"},

	Why: "A key that nothing uses still opens everything its account may open. It lies in some old script or backup, and no job stops when it is taken away.",
	How: "The credential's own evidence of use is older than the dormant threshold (90 days by default), or a source that looks back that far saw no use of it since it was made; its account was used within that time, or nothing is known of the account's other use. " +
		"Only evidence that speaks of the credential counts: last_used of its key, token or password. Evidence of the account alone says nothing of one key. " +
		"It stays silent for what is disabled or expired, for credentials newer than the threshold, where the source was not read lately, where the whole account is dormant, which is one finding on the account, and where a newer credential of the same kind took its place, which is zombiecredential.",
	False: "A second key held ready for a failover. A credential that opens nothing until it is needed is better kept disabled; accept the finding where that cannot be.",
	References: []string{
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html",
		"https://owasp.org/www-project-non-human-identities-top-10/2025/7-long-lived-secrets/",
		"https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens",
	},
	Kinds: []drover.Kind{drover.KindCredential},
	Each:  each,
}

func each(p *check.Pass, row int) {
	u, ok := p.Use(row)
	if !ok || p.Off(row) {
		return
	}
	proof, ok := p.UnusedFor(row, p.DormantAfter())
	if !ok {
		return
	}
	holder := -1
	for h := range p.Graph.Out(row) {
		if h.Kind != drover.EdgeAuthenticates {
			continue
		}
		if p.Off(h.Row) || p.Emergency(h.Row) || p.Graph.Facts(h.Row).Lifecycle == drover.LifecycleDormant {
			return
		}
		holder = h.Row
	}
	if holder < 0 || !p.NonHuman(holder) {
		return
	}
	if replaced(p, row, holder, u.LastUsed) {
		return
	}
	what := p.Say(row) + " of " + p.Say(holder) + " was never used in " + check.Span(u.NeverWindow)
	if !u.LastUsed.IsZero() {
		what = p.Say(row) + " of " + p.Say(holder) + " has not been used for " + check.Span(p.Now.Sub(u.LastUsed))
	}
	evidence := []drover.FindingProof{proof}
	if last := p.Graph.Facts(holder).LastUsed; last.After(u.LastUsed) {
		what += ", while the account was used " + check.Ago(p.Now, last)
		if proof, ok := p.LastUse(holder); ok {
			evidence = append(evidence, proof)
		}
	}
	p.Report(check.Hit{Row: row, Severity: p.Weigh(holder, p.Check.Severity), What: what + ".", Evidence: evidence, Fix: remedy.Disable(p.Estate, row), Stops: []int{row}, Path: []int{row, holder}})
}

// replaced reports whether a newer credential of the same kind took over: it was made
// after the last use of the old one, and is used.
func replaced(p *check.Pass, row, holder int, last time.Time) bool {
	made, ok := p.Secret(row)
	for h := range p.Graph.In(holder) {
		if h.Kind != drover.EdgeAuthenticates || h.Row == row || p.Graph.Type(h.Row) != p.Graph.Type(row) || p.Off(h.Row) {
			continue
		}
		at, known := p.Secret(h.Row)
		u, used := p.Graph.Use(h.Row)
		if ok && known && used && at.After(made) && !u.LastUsed.IsZero() && !last.After(at) {
			return true
		}
	}
	return false
}
