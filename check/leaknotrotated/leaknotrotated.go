// Package leaknotrotated finds credentials that were taken out of code, and never
// changed.
package leaknotrotated

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "leaknotrotated",
	Title:    "a leaked secret was taken out of the code, but not changed",
	Area:     check.Secrets,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI2:2025", "OWASP-NHI7:2025", "NIST-CSF-2.0:RS.MI-01", "NIST-800-53:IA-5", "PCI-DSS-4.0:8.6.3", "ISO-27001-2022:A.5.17", "SOC2:CC7.4"},
	Fix:      []string{"revoke"},
	Why:      "Somebody saw the leak and cleaned the file, so all looks well. The key that was in it still works, for everybody who ever cloned the repository.",
	How: "The credential lies only in versions of a repository that are no longer checked out (git: in_head is false), and its own system says that it is still good: Status active, or it was used after the commit. Its secret is older than the commit. " +
		"Critical where it opens production or reaches tier 0. Silent when it was disabled, expired or changed after the commit.",
	False:      "Few: the value was in the code and still works. If only people who may use the key can read the repository, accept the finding until the next change of the key.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html", "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	places := p.Past(row)
	if len(places) == 0 || len(p.Leaks(row)) > 0 || len(p.Public(row)) > 0 {
		return
	}
	since := p.EarliestPlace(places)
	validity, proof := p.Validity(row, since)
	if validity != check.ValidityLive {
		return
	}
	what := p.Say(row) + " was taken out of the code (" + p.SayPlaces(places) + "), but still works"
	if !since.IsZero() {
		what += ", " + check.Span(p.Now.Sub(since)) + " after it was committed"
	}
	h := check.Hit{Row: row, What: what + ".", Evidence: append(p.PlaceProofs(places), proof), Fix: remedy.Revoke(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, places...)}
	if at, ok := p.Secret(row); ok && !since.IsZero() && at.Before(since) {
		h.Evidence = append(h.Evidence, check.Proof("its secret was last changed "+check.Day(at)+", before the commit", p.Source(row), at, ""))
	}
	h.Severity, h.Why, h.Evidence = p.LeakSeverity(row, validity, p.Check.Why, h.Evidence)
	p.Report(h)
}
