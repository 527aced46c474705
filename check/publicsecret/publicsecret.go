// Package publicsecret finds credentials that lie where anybody can read them.
package publicsecret

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "publicsecret",
	Title:    "a secret lies where anybody on the internet can read it",
	Area:     check.Secrets,
	Severity: drover.Critical,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.DS-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2", "ISO-27001-2022:A.5.17", "SOC2:CC6.1", "CIS-8.1:16.12"},
	Fix:      []string{"revoke", "vault"},
	Why:      "Public code and pages are searched for keys by machines within minutes. Whoever found it acts in your name until it is revoked, and nothing looks like a break-in.",
	How: "A place that a credential is stored in has the exposure public: the git connector sets it for repositories whose remote says so, other sources in the attribute exposure. Versions of a file that are no longer checked out count: they can still be fetched. " +
		"Critical, and high where nothing says that the credential is still good. Silent when its system says that it is disabled or expired, when all that it opens is switched off, or when the secret was changed after it came there. " +
		"A credential in a public place is reported here and not again as leaked inside.",
	False: "A key that was made to be public (a test key of a payment provider, a token that may only send): accept the finding with that reason. Examples in documentation are left out by the rules that find secrets; report one that is not.",
	References: []string{"https://owasp.org/www-project-non-human-identities-top-10/2025/2-secret-leakage/", "https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/securing_access-keys.html"},
	Kinds: []drover.Kind{drover.KindCredential},
	Each:  each,
}

func each(p *check.Pass, row int) {
	places := p.Public(row)
	if len(places) == 0 {
		return
	}
	validity, proof := p.Validity(row, p.EarliestPlace(places))
	if validity == check.ValidityDead {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " lies in " + p.SayPlaces(places) + ", which anybody can read.", Evidence: append(p.PlaceProofs(places), proof),
		Fix: remedy.Revoke(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, places...)}
	if validity == check.ValidityUnknown {
		h.Severity = drover.High
		h.Unknowns = append(h.Unknowns, "whether the credential is still good")
	}
	if words, ok := p.Serious(row); ok {
		h.Severity = drover.Critical
		h.Why = p.Check.Why + " Here " + words + "."
	}
	p.Report(h)
}
