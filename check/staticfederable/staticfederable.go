// Package staticfederable finds static keys where their users could do without.
package staticfederable

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "staticfederable",
	Title:    "a static key is used where federation is possible",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "OWASP-NHI6:2025", "OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-5(1)", "PCI-DSS-4.0:8.6.3"},
	Fix:      []string{"federate"},
	Why:      "The key must be kept, changed and guarded, and can be stolen. The platform that it is used on gives out tokens of its own that live for minutes, and the other side already takes them.",
	How: "A key of a cloud (access key of IAM, key of a Google service account, secret of an Entra application) that works, and one of: the identity is reached by a federated credential too; it lies in a repository, a pipeline or a CI secret, and the account trusts the issuer of that platform (an OIDC provider for token.actions.githubusercontent.com, gitlab.com and the like, or a workload identity pool of the project); " +
		"it lies in a pod or a Secret of a cluster, and the account trusts the issuer of that very cluster. High in production. Silent where no trust of that kind was seen: that federation could be set up is not said.",
	False:      "A step of the pipeline that cannot take a session token. Keep the key for that step only, and accept the finding.",
	References: []string{"https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws", "https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html", "https://cloud.google.com/iam/docs/workload-identity-federation", "https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation"},
	Run:        run,
}

func run(p *check.Pass) error {
	trusts := map[string][]int{}    // system and account -> what trusts issuers there
	clusters := map[string]string{} // tenant -> whose tokens its pods get
	for row := range p.Graph.Rows(drover.KindResource) {
		switch p.Graph.Type(row) {
		case "kubernetes.cluster":
			clusters[p.Graph.Ref(row).Tenant()] = p.Graph.Str(row, "issuer") + " " + p.Graph.Str(row, "service_account_issuer")
		case "aws.iam.oidc_provider", "gcp.workload_identity_pool_provider", "gcp.workload_identity_pool":
			k := key(p.Graph.Ref(row))
			trusts[k] = append(trusts[k], row)
		}
	}
	for row := range p.Graph.Rows(drover.KindCredential) {
		if !static(p.Graph.Type(row)) || p.Graph.IsMember(row) || p.Off(row) {
			continue
		}
		if why, ok := p.Federable(row); ok {
			report(p, row, why, nil)
			continue
		}
		if len(trusts) == 0 {
			continue
		}
		if list := trusts[key(account(p, row))]; len(list) > 0 {
			if why, path := used(p, row, list, clusters); why != "" {
				report(p, row, why, path)
			}
		}
	}
	return nil
}

// static lists keys that clouds take and could take a federated token instead of.
func static(typ string) bool {
	switch typ {
	case "aws.iam.access_key", "gcp.service_account_key", "entra.application_password", "entra.password_credential", "azure.application_password":
		return true
	}
	return false
}

func key(r drover.Ref) string { return r.System() + "/" + r.Tenant() }

// account is the ref of something in the account that a key is of.
func account(p *check.Pass, row int) drover.Ref {
	for _, h := range p.Holders(row) {
		if r := p.Graph.Ref(h); !r.Unseen() {
			return r
		}
	}
	if id := p.Graph.Str(row, "account_id"); id != "" {
		return drover.NewRef("aws", id, "account", id)
	}
	return p.Graph.Ref(row)
}

// used finds a place of the key whose platform issues tokens that the account
// trusts.
func used(p *check.Pass, row int, trusts []int, clusters map[string]string) (why string, path []int) {
	for _, place := range p.Places(row) {
		for _, t := range trusts {
			issuer := strings.ToLower(p.Graph.Name(t) + " " + p.Graph.Str(t, "Url") + " " + p.Graph.Str(t, "issuerUri"))
			if platform := platform(p, place, issuer, clusters[p.Graph.Ref(place).Tenant()]); platform != "" {
				return "it lies in " + p.SayPlace(place) + ", and the account trusts " + check.Clean(p.Graph.Name(t)) + ", which issues tokens to " + platform, []int{place, t}
			}
		}
	}
	return "", nil
}

// platform is where a place lies if that is where the issuer gives out tokens: a
// forge, or a cluster.
func platform(p *check.Pass, place int, issuer, cluster string) string {
	g := p.Graph
	where := strings.ToLower(g.Str(place, "remote") + " " + g.Str(place, "repository") + " " + string(g.Ref(place)))
	system := g.Ref(place).System()
	switch {
	case strings.Contains(issuer, "token.actions.githubusercontent.com") && (system == "github" || strings.Contains(where, "github.com")):
		return "GitHub Actions"
	case strings.Contains(issuer, "gitlab") && (system == "gitlab" || strings.Contains(where, "gitlab")):
		return "GitLab CI"
	case strings.Contains(issuer, "circleci") && (system == "circleci" || strings.Contains(where, "circleci")):
		return "CircleCI"
	case system == "kubernetes" && own(issuer, cluster):
		return "the pods of a cluster"
	}
	return ""
}

// own reports whether an issuer that an account trusts is that of a cluster.
func own(issuer, cluster string) bool {
	for _, c := range strings.Fields(strings.ToLower(cluster)) {
		if name := strings.TrimPrefix(c, "https://"); len(name) > 8 && strings.Contains(issuer, name) {
			return true
		}
	}
	return false
}

func report(p *check.Pass, row int, why string, path []int) {
	holders := p.Holders(row)
	h := check.Hit{Row: row, What: p.SayWhose(row) + " is a static key that federation could replace: " + why + ".", Fix: remedy.Federate(p.Estate, row), Stops: []int{row}, Path: append(append([]int{row}, holders...), path...),
		Evidence: []drover.FindingProof{check.Proof(why, p.Source(row), p.Graph.Row(row).Observed, drover.GradeInferred)}}
	if words, ok := p.Serious(row); ok {
		h.Severity, h.Why = drover.High, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}
