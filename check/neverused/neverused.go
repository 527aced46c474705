// Package neverused holds the check for accounts that were made and never used.
package neverused

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts that are old and were never used.
var Check = &check.Check{
	ID:       "neverused",
	Title:    "made long ago and never used",
	Area:     check.Lifecycle,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:AC-2(3)", "CIS-8.1:5.3", "ISO-27001-2022:A.5.18"},
	Fix:      []string{"disable", "delete"},

	Why: "An account that was never needed gives an intruder a way in and gives the business nothing.",
	How: "A source that would have seen use looks back for longer than the dormant threshold (90 days by default), was read lately, and saw none, of the account or of any of its credentials; and the account is known to be older than that. " +
		"What is newer is new, and what no source covers is unknown: both stay silent, as do disabled, expired and retired accounts and break-glass accounts, which are there to be unused. " +
		"An account past its stated end, or made for a test and reaching widely, is zombie. Tier 0 in reach raises the severity.",
	False: "An account made ahead of a project that has not begun. Give it its start as a label, or accept the finding until then.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-2/ac-2-3/",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	if p.Graph.Facts(row).Lifecycle != drover.LifecycleDormant || !p.NonHuman(row) || p.Emergency(row) || p.PastEnd(row) {
		return
	}
	u, ok := p.Use(row)
	if !ok || !u.LastUsed.IsZero() {
		return
	}
	if _, ok := p.Zombie(row); ok {
		return
	}
	proof, _ := p.LastUse(row)
	n := p.Graph.Node(row)
	evidence := []drover.FindingProof{proof, p.EnabledProof(row)}
	what := p.Say(row) + " was never used"
	if !n.Created.IsZero() {
		what = p.Say(row) + " was made " + check.Ago(p.Now, n.Created) + " and never used"
		evidence = append(evidence, check.Proof("made "+check.Day(n.Created), "created", n.Created, ""))
	}
	p.Report(check.Hit{
		Row: row, Severity: p.Weigh(row, p.Check.Severity),
		What: what + p.KeysLeft(row) + ".", Evidence: evidence, Fix: remedy.Disable(p.Estate, row), Stops: []int{row},
	})
}
