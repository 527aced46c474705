// Package adminequivalent finds machine identities that administer a whole account,
// cluster, database server, directory or organization by what they were given.
package adminequivalent

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "adminequivalent", Title: "a machine identity with an administrator's rights", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6(5)", "NIST-800-53:AC-6", "CIS-8.1:5.4", "CIS-K8S-1.9:5.1.1", "PCI-DSS-4.0:7.2.5", "ISO-27001-2022:A.8.2", "SOC2:CC6.3", "SOX-ITGC:access"}, Fix: []string{"detach", "narrow"},
	Why: "Whoever steals one key or token of it holds everything there: data, backups, logs and the accounts of others. No second lock is left.",
	How: "AWS: the policy evaluator finds that it may do whatever makes an administrator, with boundaries and control policies. Kubernetes: a binding gives every verb on every resource, or it is in system:masters; medium where that is so in a namespace only, high in kube-system. PostgreSQL: `rolsuper`. " +
		"Elsewhere by names that the vendor gave meaning to: directory roles and application permissions of Entra ID (`directoryRoles`, `appRoleAssignments`), groups of Active Directory by their SID, `roles` of Google Cloud and Okta, `permissions` of GitHub Apps, `SPECIAL` of RACF, `SPECIAL_AUTHORITIES` of IBM i, `DEFAULT_ROLE` of Snowflake, " +
		"and any group that is of tier 0. Critical where its environment is production. Break-glass accounts are listed as exempt, the root user of an AWS account is left out, for every account has it; what is disabled is left out. Silent where policies were not read.",
	False: "A few identities administer by design: the cluster's own installer, the account that makes accounts. Accept those with a reason, an approver and an end, and keep the list short.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
		"https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions", "https://www.postgresql.org/docs/current/role-attributes.html"},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !p.NonHuman(row) || p.Off(row) || p.Graph.Type(row) == "aws.iam.root" {
			return // every account has its root user
		}
		a, ok := p.Admin(row)
		if p.Own(row) {
			return
		}
		if !ok {
			namespaces(p, row)
			return
		}
		if p.Emergency(row) {
			p.Exempted(row, "it is a break-glass account: its rights are what it is for")
			return
		}
		h := check.Hit{Row: row, What: fmt.Sprintf("%s administers %s.", p.Say(row), a.Of), Evidence: a.Proof, Path: a.Rows, Stops: []int{row}, Loses: "the rights of an administrator of " + a.Of}
		if check.Production(p.Graph.Facts(row).Env) {
			h.Severity = drover.Critical
		}
		switch {
		case a.Take >= 0:
			h.Fix = remedy.Detach(p.Estate, row, a.Take)
		case p.Graph.Type(row) == "postgres.role":
			h.Fix = remedy.Configure(p.Estate, row, "NOSUPERUSER")
		default:
			h.Fix = remedy.Narrow(p.Estate, row, "what it does, without the rights of an administrator")
		}
		p.Report(h)
	},
}

// namespaces reports who may do everything in namespaces of a Kubernetes cluster.
func namespaces(p *check.Pass, row int) {
	if !strings.HasPrefix(p.Graph.Type(row), "kubernetes.") {
		return
	}
	var found []check.KubeGrant
	h := check.Hit{Row: row, Severity: drover.Medium, Path: []int{row}, Stops: []int{row}}
	for _, g := range p.Bindings(row) {
		if g.Namespace == "" || !check.Total(p.Rules(g.Role)) || p.Own(g.Object()) {
			continue
		}
		found = append(found, g)
		h.Path = append(h.Path, g.Object())
		h.Evidence = append(h.Evidence, check.Proof(p.Say(g.Role)+" allows everything", p.Say(g.Object())+" "+check.Where(g.Namespace), p.Now, ""))
		if g.Namespace == "kube-system" {
			h.Severity = drover.High
		}
	}
	if len(found) == 0 || p.Emergency(row) {
		return
	}
	h.What = fmt.Sprintf("%s may do everything %s.", p.Say(row), check.Reaches(found))
	h.Fix, h.Loses = remedy.Detach(p.Estate, row, found[0].Object()), "the rights of an administrator there"
	p.Report(h)
}
