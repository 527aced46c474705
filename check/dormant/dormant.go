// Package dormant holds the check for accounts that were in use once, are not any
// more, and are still enabled.
package dormant

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds enabled accounts that were used once and not for months.
var Check = &check.Check{
	ID:       "dormant",
	Title:    "not used for months and still enabled",
	Area:     check.Lifecycle,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:AC-2(3)", "CIS-8.1:5.3", "PCI-DSS-4.0:8.2.6", "ISO-27001-2022:A.5.18", "SOC2:CC6.2"},
	Fix:      []string{"disable", "delete"},

	Why: "An account that nobody uses is one that nobody watches: whoever finds its key can use it for a long time before anybody notices, and no work stops when it is switched off.",
	How: "The account was used, and the newest use of it or of any of its credentials is older than the dormant threshold of the policy (90 days by default), by a source that was read since. " +
		"Sources are what the systems themselves keep: the credential report and RoleLastUsed of AWS, lastLogonTimestamp of Active Directory (true to 14 days), signInActivity of Entra ID, pg_stat_activity, audit logs. " +
		"It stays silent where no source covers the account, where the source was not read for longer than the idle threshold, where a kind of use leaves no trace there, for what is disabled, expired or retired, for an account with no credential that works (each that is known is switched off or expired, it has no password that works, and nothing runs as it or may become it), and for break-glass accounts. " +
		"An account that was never used is neverused; one whose stated end is over, or that was made for a test and reaches widely, is zombie; one whose secret was set anew is revived. " +
		"Tier 0 in reach raises the severity, in production to critical; a test environment without it lowers it.",
	False: "A job that runs once a year, such as a closing of the books, or a standby for disasters looks the same. Raise the threshold for it, label it break_glass where it is one, or accept the finding until after its next run.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-2/ac-2-3/",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html",
		"https://learn.microsoft.com/en-us/entra/id-governance/review-recommendations-access-reviews",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	if p.Graph.Facts(row).Lifecycle != drover.LifecycleDormant || !p.NonHuman(row) || p.PastEnd(row) || p.Emergency(row) {
		return
	}
	u, ok := p.Use(row)
	if !ok || u.LastUsed.IsZero() {
		return
	}
	if _, ok := p.Zombie(row); ok {
		return
	}
	if _, ok := p.Revived(row); ok {
		return
	}
	if p.Keyless(row) {
		return
	}
	proof, _ := p.LastUse(row)
	evidence := []drover.FindingProof{proof, p.EnabledProof(row)}
	p.Report(check.Hit{
		Row: row, Severity: p.Weigh(row, p.Check.Severity),
		What:     p.Say(row) + " has not been used for " + check.Span(p.Now.Sub(u.LastUsed)) + " and is still enabled" + p.KeysLeft(row) + ".",
		Evidence: evidence,
		Fix:      remedy.Disable(p.Estate, row),
		Stops:    []int{row},
	})
}
