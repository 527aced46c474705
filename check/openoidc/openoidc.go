// Package openoidc finds identities that strangers can become: they take tokens of
// an issuer that gives them to everybody, and do not ask whose they are.
package openoidc

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "openoidc", Title: "strangers can become it by a token", Area: check.Trust, Severity: drover.Critical,
	Controls: []string{"OWASP-NHI6:2025", "OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-3", "NIST-800-53:IA-8", "PCI-DSS-4.0:8.6.1", "ISO-27001-2022:A.5.15", "SOC2:CC6.1"}, Fix: []string{"restrict_trust"},
	Why: "Anybody with a free account at that service starts a build of their own, gets a token, and is this identity. No secret has to leak.",
	How: "AWS: the trust policy of a role names an OpenID Connect provider that serves everybody (GitHub Actions, GitLab.com, Terraform Cloud, Google, Cognito and the like), and no condition on the subject, or one with a wildcard where the owner stands (`repo:*`). Entra ID: a flexible federated credential (`claimsMatchingExpression`) of that kind. Google Cloud: a workload identity pool provider without `attributeCondition`. " +
		"Silent where the statement asks for something else that the subject does not tell (a job's workflow), or has expired.",
	False: "None is known. A condition on another claim than the subject narrows too: the check is silent then.",
	References: []string{"https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
		"https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions"},
	Kinds: []drover.Kind{drover.KindIdentity, drover.KindCredential, drover.KindResource, drover.KindPolicy},
	Each: func(p *check.Pass, row int) {
		for _, f := range p.Federations(row) {
			if !f.Anybody() || f.Narrowed || p.Off(row) || p.Own(row) {
				continue
			}
			asks := "does not ask whose token it is"
			if f.Subject != "*" {
				asks = "takes any token whose subject fits " + check.Clean(f.Subject)
			}
			p.Report(check.Hit{Row: row, Part: f.Part, What: fmt.Sprintf("%s lets in whoever has a token of %s: it %s.", p.Say(row), check.Clean(f.Issuer), asks),
				Evidence: []drover.FindingProof{check.Proof(asks, p.Say(row)+" "+check.Clean(f.Source), p.Now, f.Grade), check.Proof(check.Clean(f.Issuer)+" gives tokens to everybody who has an account there", "issuer", p.Now, "")},
				Fix:      remedy.Restrict(p.Estate, row, "the exact subject (the repository with its branch or environment)"), Stops: []int{row}, Loses: "sign-ins of strangers, and of builds that the new condition leaves out", Path: []int{row}})
		}
	},
}
