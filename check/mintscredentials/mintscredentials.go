// Package mintscredentials finds machine identities that may make credentials of
// others: keys, passwords and tokens of identities that are not theirs.
package mintscredentials

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var (
	asked = &check.Asked{Resource: "arn:PARTITION:iam::ACCOUNT:user/nobody-has-this-name",
		Actions: []string{"iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential", "iam:UploadSigningCertificate"}}
	rights = []*check.Right{
		{Says: "request tokens of service accounts", Verbs: []string{"create"}, Resources: []string{"serviceaccounts/token"}},
		{Says: "approve client certificates", Verbs: []string{"update", "patch"}, Group: "certificates.k8s.io", Resources: []string{"certificatesigningrequests/approval"}, Cluster: true},
	}
)

// Check is the question.
var Check = &check.Check{
	ID: "mintscredentials", Title: "may make credentials of other identities", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:IA-5", "CIS-K8S-1.9:5.1.13", "CIS-K8S-1.9:5.1.11", "PCI-DSS-4.0:8.6.1", "ISO-27001-2022:A.8.2", "SOC2:CC6.1"}, Fix: []string{"detach", "narrow"},
	Why: "Whoever controls it signs in as others, under their names, and keeps doing so after its own key is taken away: the credentials that it made are theirs.",
	How: "AWS: the policy evaluator allows iam:CreateAccessKey, iam:CreateLoginProfile and the like on a user whom nobody ever named, so on all. Kubernetes: create on serviceaccounts/token, or approval of certificate requests. " +
		"Entra ID: application permissions such as Application.ReadWrite.All, or the roles that add secrets to applications (`appRoleAssignments`, `directoryRoles`). Google Cloud: roles/iam.serviceAccountKeyAdmin and roles/iam.serviceAccountTokenCreator of a project. PostgreSQL: CREATEROLE before version 16 is told by `databasepowers`. " +
		"A right over one's own keys only does not count. Administrators are told once, by `adminequivalent`.",
	False: "A rotator, a secrets broker or an identity governance tool makes credentials for a living: keep it in tier 0, narrow it to the path or namespace that it serves, and accept the rest with an end.",
	References: []string{"https://pathfinding.cloud/paths/iam-002", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request", "https://learn.microsoft.com/graph/permissions-reference#applicationreadwriteall",
		"https://cloud.google.com/iam/docs/best-practices-service-accounts"},
	Kinds: []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Loses: "making credentials of others"}
		if says, found := p.Held(row, rights); len(found) > 0 {
			h.What = fmt.Sprintf("%s may %s %s.", p.Say(row), check.List(says), check.Reaches(found))
			h.Evidence, h.Fix = p.Grants(found), remedy.Detach(p.Estate, row, found[0].Object())
			p.Report(h)
			return
		}
		if p.Graph.Kind(row) != drover.KindIdentity || !p.NonHuman(row) || p.Off(row) || p.Emergency(row) {
			return
		}
		if may := p.MayAll(row, asked); len(may) > 0 && !administers(p, row) {
			names, policies := check.Actions(may)
			h.What = fmt.Sprintf("%s may call %s for any user of its account.", p.Say(row), check.List(names))
			h.Evidence, h.Path, h.Fix = p.MayProofs(may), append(h.Path, policies...), remedy.Narrow(p.Estate, policies[0], "users that it is for, without "+check.List(names))
			p.Report(h)
			return
		}
		byName(p, h)
	},
}

func administers(p *check.Pass, row int) bool {
	_, ok := p.Admin(row)
	return ok
}

// byName is what roles and permissions with a vendor's name give.
func byName(p *check.Pass, h check.Hit) {
	var says []string
	for _, x := range p.Powers(h.Row) {
		if x.Admin {
			return // told by adminequivalent
		}
		says = append(says, x.Says)
		h.Evidence = append(h.Evidence, check.Proof(x.Says, x.Source, p.Now, ""))
		if x.Via >= 0 && h.Fix.Text == "" {
			h.Fix = remedy.Detach(p.Estate, h.Row, x.Via)
		}
	}
	if len(says) == 0 {
		return
	}
	if h.Fix.Text == "" {
		h.Fix = remedy.Narrow(p.Estate, h.Row, "what it does, without "+string(access.LevelPermissions)+" over others")
	}
	h.What = fmt.Sprintf("%s can take over others: it %s.", p.Say(h.Row), check.List(says))
	p.Report(h)
}
