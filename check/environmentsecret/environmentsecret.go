// Package environmentsecret finds credentials in environment variables.
package environmentsecret

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "environmentsecret",
	Title:    "a secret is kept in an environment variable",
	Area:     check.Secrets,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2"},
	Fix:      []string{"vault"},
	Why:      "Whoever may look at the settings of the service reads the secret, and so do crash reports, debug pages and every program that it starts. Changing it means a new release, so it is not changed.",
	How: "The value of a variable is a credential: of a Lambda function or an ECS task (aws), of a systemd unit, a cron job, a Compose file, a .env file or a shell's history (machine), or of a type that ends in environment_variable (file connector). " +
		"Low for a file on a machine that opens nothing known; high where the credential is good and opens production or reaches tier 0. Silent when the credential is disabled or expired, and where the platform hides the value (plainvariable looks at variables that it could hide).",
	False:      "A .env file of a developer's own sandbox. Accept the finding for that machine, or exclude the folder from the source.",
	References: []string{"https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html", "https://systemd.io/CREDENTIALS/", "https://owasp.org/www-project-non-human-identities-top-10/2025/2-secret-leakage/"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	places := p.HeldIn(row, check.InEnv, check.InHistory)
	kept := places[:0]
	files := true
	for _, at := range places {
		if _, known := p.Masked(at); !known {
			kept = append(kept, at)
			files = files && p.Graph.Type(at) == "machine.file"
		}
	}
	if len(kept) == 0 {
		return
	}
	validity, proof := p.Validity(row, p.EarliestPlace(kept))
	if validity == check.ValidityDead {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " is kept in clear in " + p.SayPlaces(kept) + ".", Evidence: append(p.PlaceProofs(kept), proof),
		Fix: remedy.Vault(p.Estate, row, kept[0]), Stops: []int{row}, Path: append([]int{row}, kept...)}
	words, serious := p.Serious(row)
	switch {
	case serious && validity == check.ValidityLive:
		h.Severity = drover.High
	case !serious && files:
		h.Severity = drover.Low
	}
	if serious {
		h.Why = p.Check.Why + " Here " + words + "."
	}
	p.Report(h)
}
