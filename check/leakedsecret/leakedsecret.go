// Package leakedsecret finds credentials in code, chats, tickets and pages.
package leakedsecret

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "leakedsecret",
	Title:    "a secret lies in code, a chat, a ticket or a page",
	Area:     check.Secrets,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2", "ISO-27001-2022:A.5.17", "SOC2:CC6.1", "CIS-8.1:16.12", "HIPAA:164.312(d)"},
	Fix:      []string{"revoke", "vault"},
	Why:      "Everybody who can read it can act as this automation, and nobody can tell them apart. Copies go to laptops, backups and build caches, where nobody finds them again.",
	How: "A credential is stored in a place that was not made for secrets: a line of a repository as it is checked out (git), a pipeline definition, a message, a ticket, a wiki page, a paste, a log. The place is said to be internal, or who can read it is not known. " +
		"Critical where its system says that it is good and it opens production or reaches tier 0; medium where nothing says whether it is good and what it opens is not known; low for test keys of a vendor, and where its check digits are wrong. " +
		"Silent when it is disabled, expired, was changed since, or what it opens is switched off. What lies in a secret manager, in a Kubernetes Secret or in a tool's own file in a home folder is not reported here. Types without a connector of their own come through the file connector: slack.message, jira.ticket, confluence.page and the like.",
	False: "A secret of a test environment that is thrown away with it, or a value that only looks like one: accept the finding with that reason, or name the file in the ignore list of the source.",
	References: []string{"https://owasp.org/www-project-non-human-identities-top-10/2025/2-secret-leakage/", "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
		"https://csrc.nist.gov/projects/risk-management/sp800-53-controls/release-search#!/control?version=5.1&number=IA-5"},
	Kinds: []drover.Kind{drover.KindCredential},
	Each:  each,
}

func each(p *check.Pass, row int) {
	places := p.Leaks(row)
	if len(places) == 0 || len(p.Public(row)) > 0 {
		return
	}
	validity, proof := p.Validity(row, p.EarliestPlace(places))
	if validity == check.ValidityDead {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " is written in " + p.SayPlaces(places) + ".", Evidence: append(p.PlaceProofs(places), proof),
		Fix: remedy.Revoke(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, places...)}
	h.Severity, h.Why, h.Evidence = p.LeakSeverity(row, validity, p.Check.Why, h.Evidence)
	if validity == check.ValidityUnknown {
		h.Unknowns = append(h.Unknowns, "whether the credential is still good")
	}
	p.Report(h)
}
