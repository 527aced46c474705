// Package manifestsecret finds credentials that are written into deployments.
package manifestsecret

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "manifestsecret",
	Title:    "a secret is written into a manifest or an image",
	Area:     check.Secrets,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI2:2025", "CIS-K8S-1.9:5.4.1", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2"},
	Fix:      []string{"vault"},
	Why:      "Everybody who may list the deployment, or pull the image, reads the secret. It is in every copy of both, and stays there when it is taken out of the next one.",
	How: "The kubernetes connector reads pod templates, live and in manifests: the value of a variable or an argument of a container is a credential instead of a reference to a Secret. Places of the types kubernetes.config_map, docker.image and the like come through the file connector. " +
		"High where the credential is good and opens production or reaches tier 0. Silent for references to Secrets, and when the credential is disabled, expired or what it opens is switched off.",
	False:      "A password of a database that lives and dies with the pod. Accept the finding for that workload.",
	References: []string{"https://kubernetes.io/docs/concepts/configuration/secret/", "https://kubernetes.io/docs/concepts/security/secrets-good-practices/", "https://docs.docker.com/build/building/secrets/"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	places := p.HeldIn(row, check.InManifest, check.InImage)
	if len(places) == 0 || len(p.Public(row)) > 0 {
		return
	}
	validity, proof := p.Validity(row, p.EarliestPlace(places))
	if validity == check.ValidityDead {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " is written out in " + p.SayPlaces(places) + ".", Evidence: append(p.PlaceProofs(places), proof),
		Fix: remedy.Vault(p.Estate, row, places[0]), Stops: []int{row}, Path: append([]int{row}, places...)}
	if words, ok := p.Serious(row); ok {
		h.Why = p.Check.Why + " Here " + words + "."
		if validity == check.ValidityLive {
			h.Severity = drover.High
		}
	}
	p.Report(h)
}
