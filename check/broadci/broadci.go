// Package broadci finds roles that builds become and that may change far more than
// one deployment does.
package broadci

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// least is how many services a deployment that is one may change everything of.
const least = 5

// builders are issuers of tokens for builds.
var builders = []string{"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "agent.buildkite.com", "vstoken.dev.azure.com", "auth.bitbucket.org", "oidc.circleci.com"}

// Check is the question.
var Check = &check.Check{
	ID: "broadci", Title: "a build may change far more than it deploys", Area: check.Trust, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI6:2025", "OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:CM-5", "ISO-27001-2022:A.8.31", "SOC2:CC8.1"}, Fix: []string{"narrow"}, Systems: []string{"aws"},
	Why:        "Whoever may push to the repository, or takes over one of the programs that its build runs, changes all of it.",
	How:        "The role's trust takes tokens of a build service (GitHub Actions, GitLab, Terraform Cloud, Buildkite, Azure DevOps, Bitbucket, CircleCI), and its policies allow actions that write, on Resource * and without a condition, in five services or more. High where the role is of production. Administrators are told by `adminequivalent`.",
	False:      "A repository that makes whole accounts changes many services by design: keep its rights on one branch with reviews, and accept it.",
	References: []string{"https://docs.github.com/en/actions/reference/security/secure-use", "https://docs.aws.amazon.com/prescriptive-guidance/latest/strategy-cicd-litmus/cicd-security.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Graph.Type(row) != "aws.iam.role" || p.Off(row) || p.Own(row) || p.Emergency(row) {
			return
		}
		issuer := ""
		for _, f := range p.Federations(row) {
			if i := slices.IndexFunc(builders, func(b string) bool { return f.Issuer == b || strings.HasPrefix(f.Issuer, b+"/") }); i >= 0 {
				issuer = builders[i]
			}
		}
		if issuer == "" {
			return
		}
		services, proofs, policies := written(p, row)
		if len(services) < least {
			return
		}
		if _, admin := p.Admin(row); admin {
			return
		}
		h := check.Hit{Row: row, Evidence: append(proofs, check.Proof("takes tokens of builds of "+issuer, p.Say(row)+" trust policy", p.Now, "")), Path: append([]int{row}, policies...), Stops: []int{row}, Loses: "what one deployment does not need"}
		if check.Production(p.Graph.Facts(row).Env) {
			h.Severity = drover.High
		}
		says := services
		if len(says) > 6 {
			says = append(says[:6:6], check.Count(len(services)-6, "other"))
		}
		h.What = fmt.Sprintf("%s, which builds of %s become, may change anything in %s: %s.", p.Say(row), issuer, check.Count(len(services), "service"), check.List(says))
		h.Fix = remedy.Narrow(p.Estate, row, "the resources that its repository deploys")
		p.Report(h)
	},
}

// written are the services of which an identity may change anything.
func written(p *check.Pass, row int) (services []string, proofs []drover.FindingProof, policies []int) {
	for policy := range p.Policies(row) {
		list := p.Statements(policy)
		for i := range list {
			s := &list[i]
			if s.Effect != "Allow" || len(s.Condition) > 0 || len(s.NotActions) > 0 || !check.Everywhere(s) {
				continue
			}
			n := len(services)
			for _, a := range s.Actions {
				service, rest, ok := strings.Cut(strings.ToLower(a), ":")
				if ok && writes(a, rest) && !slices.Contains(services, service) {
					services = append(services, check.Clean(service))
				}
			}
			if len(services) > n {
				proofs, policies = append(proofs, check.Proof("allows writing to "+check.List(services[n:min(len(services), n+8)])+" on every resource", p.Say(policy)+" "+check.Label(s), p.Now, "")), append(policies, policy)
			}
		}
	}
	slices.Sort(services)
	return services, proofs, slices.Compact(policies)
}

// writes reports whether a pattern of actions changes something.
func writes(action, rest string) bool {
	if !strings.ContainsAny(action, "*?") {
		return awsiam.ActionLevel(action).Rank() >= access.LevelWrite.Rank()
	}
	for _, reading := range []string{"get", "list", "describe", "head", "batchget", "search", "lookup", "view", "query", "scan"} {
		if strings.HasPrefix(rest, reading) {
			return false
		}
	}
	return true
}
