// Package statesecret finds credentials in the state of infrastructure as code.
package statesecret

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "statesecret",
	Title:    "a secret lies in a Terraform state",
	Area:     check.Secrets,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.DS-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"vault", "rotate"},
	Why:      "A state file holds passwords and keys in clear. Everybody who may run a plan, or read the bucket or the laptop it lies on, has them all.",
	How: "The machine connector reads Terraform and OpenTofu states: an attribute of a resource, or an output, holds a credential. Marked as sensitive does not help, for that only hides it on the screen. High where the credential is good and opens production or reaches tier 0. " +
		"Silent for states that are encrypted as a whole, for resources whose state has no value of the credential, and when the credential is disabled or expired.",
	False:      "The state is a copy for a test whose resources are gone. Delete the file.",
	References: []string{"https://developer.hashicorp.com/terraform/language/manage-sensitive-data", "https://opentofu.org/docs/language/state/encryption/"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	places := p.HeldIn(row, check.InState)
	if len(places) == 0 || len(p.Public(row)) > 0 {
		return
	}
	validity, proof := p.Validity(row, p.EarliestPlace(places))
	if validity == check.ValidityDead {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " lies in clear in the state " + p.SayPlaces(places) + ".", Evidence: append(p.PlaceProofs(places), proof),
		Fix: remedy.Vault(p.Estate, row, places[0]), Stops: []int{row}, Path: append([]int{row}, places...)}
	if words, ok := p.Serious(row); ok {
		h.Why = p.Check.Why + " Here " + words + "."
		if validity == check.ValidityLive {
			h.Severity = drover.High
		}
	}
	p.Report(h)
}
