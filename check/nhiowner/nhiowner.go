// Package nhiowner holds the check for accounts that other accounts own.
package nhiowner

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts whose only owner is no person.
var Check = &check.Check{
	ID:       "nhiowner",
	Title:    "its only owner is another automation",
	Area:     check.Ownership,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "OWASP-NHI5:2025", "NIST-CSF-2.0:GV.RR-02", "NIST-800-53:AC-2", "ISO-27001-2022:A.5.9"},
	Fix:      []string{"set_owner"},

	Why: "An automation answers no questions. And where an owner may change what it owns, as in Entra ID, whoever takes over the one takes over the other.",
	How: "An account with the verdict nhi or shared owns it (owns, in Entra ID the owners of an application or service principal), and neither a person nor a group does, by no source and no decision of yours. " +
		"What a database role owns are tables and no accounts; those edges are not looked at. It stays silent for disabled accounts and for what a provider manages.",
	False: "A provisioning service that owns what it makes by design: set a person or team as owner here, which outranks it.",
	References: []string{
		"https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/overview-assign-app-owners",
		"https://attack.mitre.org/techniques/T1098/001/",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

func each(p *check.Pass, row int) {
	var owners []int
	var evidence []drover.FindingProof
	for h := range p.Graph.In(row) {
		if h.Kind != drover.EdgeOwns || h.Row == row {
			continue
		}
		if k := p.Graph.Kind(h.Row); k == drover.KindHuman || k == drover.KindGroup || p.Human(h.Row) {
			return
		}
		if p.NonHuman(h.Row) {
			owners = append(owners, h.Row)
			evidence = p.WithEdge(evidence, h.Edge)
		}
	}
	if len(owners) == 0 || !p.NonHuman(row) || p.Off(row) {
		return
	}
	if _, ok := p.Ownership().Current(row); ok {
		return
	}
	p.Report(check.Hit{
		Row: row, Severity: p.Weigh(row, p.Check.Severity),
		What:     p.Say(row) + " belongs to " + p.Says(owners) + " and to no person.",
		Evidence: evidence, Fix: remedy.SetOwner(p.Estate, row), Stops: []int{row}, Keeps: true, Path: append(owners, row),
	})
}
