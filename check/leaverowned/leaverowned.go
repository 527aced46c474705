// Package leaverowned holds the check for accounts whose owner has left.
package leaverowned

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/classify"
)

// Check finds accounts all of whose owners have left.
var Check = &check.Check{
	ID:       "leaverowned",
	Title:    "its owner has left the company",
	Area:     check.Ownership,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:GV.RR-04", "NIST-800-53:PS-4", "NIST-800-53:AC-2", "CIS-8.1:5.5", "CIS-8.1:5.3", "ISO-27001-2022:A.5.11", "ISO-27001-2022:A.6.5", "SOC2:CC6.2", "PCI-DSS-4.0:8.2.5"},
	Fix:      []string{"hand_over"},

	Why: "The one person who knew what it is for and where its key lies is gone, perhaps with the key; nobody else was told, and questions about it go to a mailbox that nobody reads.",
	How: "Every person who owns the account has left: employment leaver, left or terminated, or left=true, in an export of the HR system or of a directory. What you set yourself (owner set, owners in drover.yaml) takes the place of what systems say. " +
		"It stays silent as soon as one owner is employed or is a group, or where no source says who is employed, and for disabled accounts. Owners of credentials count as owners of the account that the credential proves, where that has none. " +
		"Tier 0 in reach raises the severity.",
	False: "Somebody took over and the tag was not changed: drover owner transfer says so, and outranks the tag.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://csf.tools/reference/nist-sp-800-53/r5/ps/ps-4/",
	},
	Run: run,
}

func run(p *check.Pass) error {
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if p.Graph.IsMember(row) || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		owners, of := p.Answerable(row), row
		for h := range p.Graph.In(row) {
			if len(owners) == 0 && h.Kind == drover.EdgeAuthenticates && !p.Off(h.Row) {
				owners, of = p.Answerable(h.Row), h.Row
			}
		}
		if left := leavers(owners); len(left) > 0 {
			report(p, row, of, owners, left)
		}
	}
	return nil
}

// leavers are the rows of owners, if all of them have left.
func leavers(owners []check.Owner) (left []int) {
	for _, o := range owners {
		if o.Left != classify.Yes {
			return nil
		}
		left = append(left, o.Row)
	}
	return left
}

func report(p *check.Pass, row, of int, owners []check.Owner, left []int) {
	h := check.Hit{Row: row, Severity: p.Weigh(row, p.Check.Severity), Stops: []int{row}, Keeps: true, Fix: remedy.HandOver(p.Estate, row), Path: append([]int{row}, left...)}
	who := p.Who(left) + ", who has left"
	at, known := p.LeftAt(left[0])
	switch {
	case len(left) > 1:
		who = p.Who(left) + ", who have left"
	case known:
		who = p.Who(left) + ", who left " + check.Ago(p.Now, at)
	}
	h.What = p.Say(row) + " belongs to " + who + "; nobody took over."
	if manager, ok := p.Ownership().Manager(left[0]); ok {
		h.What = p.Say(row) + " belongs to " + who + "; nobody took over, and " + p.Who([]int{manager}) + " was their manager."
	}
	for i, o := range owners {
		if i < 3 {
			h.Evidence = append(h.Evidence, p.OwnerProof(of, o), p.LeftProof(o.Row))
		}
	}
	if proof, ok := p.LastUse(row); ok {
		h.Evidence = append(h.Evidence, proof)
	}
	p.Report(h)
}
