// Package historysecret finds credentials that were taken out of code and are
// still in its history.
package historysecret

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "historysecret",
	Title:    "a secret is in the history of a repository",
	Area:     check.Secrets,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2", "ISO-27001-2022:A.5.17"},
	Fix:      []string{"revoke"},
	Why:      "Taking a secret out of a file does not take it out of the repository: every clone has the old version. Unless it was changed, it still opens the door.",
	How: "The git connector reads all versions. The credential lies only in versions that are no longer checked out (in_head is false), and nothing seen says whether it is still good. " +
		"One that is known to be still good is reported by leaknotrotated, one that lies in public by publicsecret, one that is still checked out by leakedsecret. High where it opens production or reaches tier 0. Silent when it was disabled, expired or changed since.",
	False:      "The secret was changed at a system that Drover does not read. Connect the system, so that the change is seen, or accept the finding with the date of the change.",
	References: []string{"https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository", "https://owasp.org/www-project-non-human-identities-top-10/2025/2-secret-leakage/"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	places := p.Past(row)
	if len(places) == 0 || len(p.Leaks(row)) > 0 || len(p.Public(row)) > 0 {
		return
	}
	validity, proof := p.Validity(row, p.EarliestPlace(places))
	if validity != check.ValidityUnknown {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " is no longer in the code, but in its history: " + p.SayPlaces(places) + ".", Evidence: append(p.PlaceProofs(places), proof),
		Fix: remedy.Revoke(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, places...), Unknowns: []string{"whether the credential is still good"}}
	h.Severity, h.Why, h.Evidence = p.LeakSeverity(row, validity, p.Check.Why, h.Evidence)
	p.Report(h)
}
