// Package readsallsecrets finds machine identities that may read every secret of
// an account, a cluster or a namespace, whoever it belongs to.
package readsallsecrets

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var (
	manager = &check.Asked{Resource: "arn:PARTITION:secretsmanager:us-east-1:ACCOUNT:secret:nobody-has-this-name-AbCdEf", Actions: []string{"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"}}
	store   = &check.Asked{Resource: "arn:PARTITION:ssm:us-east-1:ACCOUNT:parameter/nobody-has-this-name", Actions: []string{"ssm:GetParameter", "ssm:GetParameters"}}
	rights  = []*check.Right{{Says: "read Secrets", Verbs: []string{"get", "list", "watch"}, Resources: []string{"secrets"}}}
)

// Check is the question.
var Check = &check.Check{
	ID: "readsallsecrets", Title: "may read the secrets of everybody", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:IA-5(7)", "CIS-K8S-1.9:5.1.2", "PCI-DSS-4.0:8.6.2", "ISO-27001-2022:A.8.3", "SOC2:CC6.1"}, Fix: []string{"narrow", "detach"},
	Why: "Each secret opens something else: whoever controls this identity is everybody whose secret lies there, and all of them have to be rotated if it is stolen.",
	How: "AWS: the policy evaluator allows secretsmanager:GetSecretValue or ssm:GetParameter on a name that nobody gave, so on all. Kubernetes: get, list or watch on Secrets that is not limited to names; whoever may list Secrets reads them. " +
		"High in a whole account or cluster, medium in a namespace. Administrators are told once, by `adminequivalent`. Silent where policies were not read.",
	False: "External-secrets operators, backup tools and certificate managers read Secrets by design: let them read those of their own namespaces or of a path, and accept the rest with an end.",
	References: []string{"https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
		"https://attack.mitre.org/techniques/T1555/006/"},
	Kinds: []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		h := check.Hit{Row: row, Severity: drover.High, Path: []int{row}, Stops: []int{row}, Loses: "reading secrets that are not its own"}
		if says, found := p.Held(row, rights); len(found) > 0 {
			if !check.EverywhereOf(found) {
				h.Severity = drover.Medium
			}
			h.What = fmt.Sprintf("%s may %s of everybody %s.", p.Say(row), check.List(says), check.Reaches(found))
			h.Evidence, h.Fix = p.Grants(found), remedy.Detach(p.Estate, row, found[0].Object())
			p.Report(h)
			return
		}
		if p.Graph.Kind(row) != drover.KindIdentity || !p.NonHuman(row) || p.Off(row) || p.Emergency(row) {
			return
		}
		may := append(p.MayAll(row, manager), p.MayAll(row, store)...)
		if len(may) == 0 {
			return
		}
		if _, admin := p.Admin(row); admin {
			return
		}
		names, policies := check.Actions(may)
		h.What = fmt.Sprintf("%s may call %s for every secret of its account.", p.Say(row), check.List(names))
		h.Evidence, h.Path, h.Fix = p.MayProofs(may), append(h.Path, policies...), remedy.Narrow(p.Estate, policies[0], "the secrets that it uses, by name or by a tag of its own")
		p.Report(h)
	},
}
