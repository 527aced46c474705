// Package plainvariable finds credentials in variables that their platform shows
// although it could hide them.
package plainvariable

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "plainvariable",
	Title:    "a secret is in a variable that is not marked as secret",
	Area:     check.Secrets,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2"},
	Fix:      []string{"vault"},
	Why:      "The platform shows the value to everybody who may open the settings, prints it in build logs, and hands it out to whoever breaks into the platform. Marked as a secret it would do neither.",
	How: "A credential is the value of a variable of a platform that has another kind for secrets: a PLAINTEXT variable of CodeBuild (aws), and, through the file connector, variables with sensitive, masked, is_secret or secured false, with the type plain (Vercel), or of the type github.actions_variable. " +
		"How bad it is goes as for leakedsecret: critical where it is good and opens production, medium where nothing is known of it. Silent where the platform hides it, where nothing says which kind it is, and when the credential is disabled or expired.",
	False:      "A token that is good for nothing secret, such as a public write key of an analytics service. Accept the finding with that reason.",
	References: []string{"https://docs.aws.amazon.com/codebuild/latest/userguide/change-project.html", "https://vercel.com/docs/environment-variables/sensitive-environment-variables", "https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable", "https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-variables"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

func each(p *check.Pass, row int) {
	places := p.HeldIn(row, check.InPipeline, check.InEnv)
	kept := places[:0]
	for _, at := range places {
		if masked, known := p.Masked(at); known && !masked {
			kept = append(kept, at)
		}
	}
	if len(kept) == 0 {
		return
	}
	validity, proof := p.Validity(row, p.EarliestPlace(kept))
	if validity == check.ValidityDead {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " is shown in clear in " + p.SayPlaces(kept) + ", which is not marked as secret.", Evidence: append(p.PlaceProofs(kept), proof),
		Fix: remedy.Vault(p.Estate, row, kept[0]), Stops: []int{row}, Path: append([]int{row}, kept...)}
	h.Severity, h.Why, h.Evidence = p.LeakSeverity(row, validity, p.Check.Why, h.Evidence)
	if validity == check.ValidityUnknown {
		h.Unknowns = append(h.Unknowns, "whether the credential is still good")
	}
	p.Report(h)
}
