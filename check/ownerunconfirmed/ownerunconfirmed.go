// Package ownerunconfirmed holds the check for owners who were not asked for too long.
package ownerunconfirmed

import (
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/graph/owners"
)

// Check finds accounts whose owner has not confirmed them within the interval.
var Check = &check.Check{
	ID:       "ownerunconfirmed",
	Title:    "its owner has not confirmed it for too long",
	Area:     check.Ownership,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:GV.RR-02", "NIST-800-53:AC-2", "CIS-8.1:5.5", "PCI-DSS-4.0:7.2.5.1", "ISO-27001-2022:A.5.18", "SOC2:CC6.3", "SOX-ITGC:access"},
	Fix:      []string{"confirm_owner"},

	Why: "People change teams, and the name on a tag stays. An owner who does not know that an account is theirs will not act when it matters.",
	How: "drover.yaml says how often owners confirm (ownership.confirm_every, or more often by what a regulation asks for), and the last confirmation (owner set or owner confirm) is longer ago; or the owner is only named by a tag or a system, was never asked, and Drover has known the account for longer than the interval. " +
		"It stays silent without confirm_every, for owners that drover.yaml names, for disabled accounts, and where the owner has left or is an empty group, which are leaverowned and emptyowner.",
	False: "The owner confirmed elsewhere: drover owner confirm says so.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ac/ac-2/",
	},
	Run: run,
}

func run(p *check.Pass) error {
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if p.Graph.IsMember(row) || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		every, _ := p.Policy.ConfirmEvery(p.Graph.Facts(row).Regulation)
		if every <= 0 {
			continue
		}
		missing, o := p.Ownership().Missing(row, every)
		if have := p.Answerable(row); missing == owners.Unconfirmed && len(have) > 0 {
			report(p, row, have[0], o)
		}
	}
	return nil
}

func report(p *check.Pass, row int, have check.Owner, o owners.Owner) {
	every, by := p.Policy.ConfirmEvery(p.Graph.Facts(row).Regulation)
	name, asks := check.Clean(have.Name), "ownership.confirm_every"
	if by != "" {
		asks = "regulation." + check.Clean(by) + ".review"
	}
	what := p.Say(row) + " was never confirmed by " + name + ", who is named as its owner; drover.yaml asks for it every " + check.Span(every) + "."
	if !o.At.IsZero() {
		what = p.Say(row) + " was last confirmed by its owner " + name + " " + check.Ago(p.Now, o.At) + "; drover.yaml asks for it every " + check.Span(every) + "."
	}
	p.Report(check.Hit{
		Row: row, What: what, Fix: remedy.ConfirmOwner(p.Estate, row), Stops: []int{row}, Keeps: true,
		Evidence: []drover.FindingProof{p.OwnerProof(row, have), check.Proof(asks+" is "+check.Span(every), "drover.yaml", time.Time{}, drover.GradeDeclared)},
	})
}
