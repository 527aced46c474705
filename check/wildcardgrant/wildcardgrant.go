// Package wildcardgrant finds policies and roles that allow all of a service, or
// all verbs, on everything of its kind.
package wildcardgrant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "wildcardgrant", Title: "a policy allows a whole service on everything", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "CIS-K8S-1.9:5.1.3", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "PCI-DSS-4.0:7.2.2", "ISO-27001-2022:A.8.3", "SOC2:CC6.3"}, Fix: []string{"narrow"}, Systems: []string{"aws", "kubernetes"},
	Why: "Its holders may do what nobody thought of, next year's actions too: the vendor adds some every week, and each is allowed on the day it comes out.",
	How: "AWS: a policy of your own has a statement that allows `service:*`, or everything but some actions (NotAction), on Resource * without a condition, and is attached to somebody. Kubernetes: a rule has * among its verbs or its resources, in a role that Kubernetes did not make and that is bound. " +
		"High where the service decides who may do what, or holds secrets: iam, sts, organizations, sso, kms, secretsmanager; roles, bindings and Secrets. Policies that allow everything are told by `fulladminpolicy`. A boundary or a control policy may still deny it: this is about the document.",
	False:      "A service that only reads (cloudwatch:*, in an account of its own) may be worth no work: accept it for that policy.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html", "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"},
	Kinds:      []drover.Kind{drover.KindPolicy, drover.KindRole},
	Each: func(p *check.Pass, row int) {
		switch p.Graph.Type(row) {
		case "aws.iam.policy", "aws.iam.inline_policy":
			found := inPolicy(p.Statements(row))
			if holders := p.Out(row, drover.EdgeAttached); len(found) > 0 && len(holders) > 0 && !p.Own(row) {
				report(p, row, holders, found)
			}
		case "kubernetes.cluster_role", "kubernetes.role":
			if rules := p.Rules(row); !check.Total(rules) {
				found := inRole(rules)
				if holders := p.In(row, drover.EdgeMemberOf); len(found) > 0 && len(holders) > 0 && !p.Own(row) {
					report(p, row, holders, found)
				}
			}
		}
	},
}

// A star is one grant of too much.
type star struct {
	says, where string
	severe      bool
}

// deciding are services that decide who may do what, or hold secrets.
var deciding = []string{"iam", "sts", "organizations", "sso", "kms", "secretsmanager", "ssm"}

func inPolicy(list []awsiam.Statement) (out []star) {
	for i := range list {
		s := &list[i]
		if s.Effect != "Allow" || len(s.Condition) > 0 || !check.Everywhere(s) {
			continue
		}
		if len(s.NotActions) > 0 {
			out = append(out, star{"everything but " + some(s.NotActions), check.Label(s), !slices.Contains(s.NotActions, "iam:*")})
		}
		for _, a := range s.Actions {
			service, rest, ok := strings.Cut(a, ":")
			if strings.Trim(a, "*") == "" || a == "*:*" {
				return nil // all of it
			}
			if ok && strings.Trim(rest, "*") == "" && rest != "" {
				out = append(out, star{strings.ToLower(service) + ":*", check.Label(s), slices.Contains(deciding, strings.ToLower(service))})
			}
		}
	}
	return out
}

// secrecy are resources that decide, or hold secrets.
var secrecy = []string{"secrets", "roles", "clusterroles", "rolebindings", "clusterrolebindings", "serviceaccounts/token"}

func inRole(rules []k8srbac.Rule) (out []star) {
	for i := range rules {
		r := &rules[i]
		verbs, resources := slices.Contains(r.Verbs, "*"), slices.Contains(r.Resources, "*")
		if len(r.ResourceNames) > 0 || len(r.Resources) == 0 || !verbs && !resources {
			continue
		}
		severe := resources && (slices.Contains(r.APIGroups, "") || slices.Contains(r.APIGroups, "*")) || slices.ContainsFunc(r.Resources, func(x string) bool { return slices.Contains(secrecy, x) })
		out = append(out, star{some(r.Verbs) + " on " + some(r.Resources) + groups(r.APIGroups), fmt.Sprint("rule ", i), severe})
	}
	return out
}

func groups(list []string) string {
	switch {
	case slices.Contains(list, "*"):
		return " of every API group"
	case len(list) == 1 && list[0] != "":
		return " of " + check.Clean(list[0])
	}
	return ""
}

func some(list []string) string {
	var out []string
	for i, w := range list {
		if i == 4 {
			out = append(out, check.Count(len(list)-i, "other"))
			break
		}
		out = append(out, check.Clean(w))
	}
	return check.List(out)
}

// maxListed is how many grants a sentence tells.
const maxListed = 5

func report(p *check.Pass, row int, holders []int, found []star) {
	slices.Sort(holders)
	holders = slices.Compact(holders)
	h := check.Hit{Row: row, Stops: holders, Loses: "what they do not use of it", Path: append([]int{row}, holders[:min(len(holders), 5)]...)}
	var says []string
	for i, f := range found {
		if i == maxListed {
			says = append(says, check.Count(len(found)-i, "further grant"))
			break
		}
		says = append(says, f.says)
		h.Evidence = append(h.Evidence, check.Proof("allows "+f.says, p.Say(row)+" "+f.where, p.Now, ""))
		if f.severe {
			h.Severity = drover.High
		}
	}
	h.Evidence = append(h.Evidence, check.Proof("is held by "+p.Says(holders), "attachments and bindings", p.Now, ""))
	h.What = fmt.Sprintf("%s allows %s to %s.", p.Say(row), check.List(says), p.Says(holders))
	h.Fix = remedy.Narrow(p.Estate, row, "the actions and resources that its holders use")
	p.Report(h)
}
