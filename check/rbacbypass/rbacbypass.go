// Package rbacbypass finds who may take more rights in a Kubernetes cluster than
// it was given: by impersonating others, or by writing roles and bindings that
// reach further than its own.
package rbacbypass

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var rights = []*check.Right{
	{Says: "impersonate users", Verbs: []string{"impersonate"}, Resources: []string{"users"}, Cluster: true},
	{Says: "impersonate groups", Verbs: []string{"impersonate"}, Resources: []string{"groups"}, Cluster: true},
	{Says: "impersonate service accounts", Verbs: []string{"impersonate"}, Resources: []string{"serviceaccounts"}},
	{Says: "bind roles that it does not have", Verbs: []string{"bind"}, Group: "rbac.authorization.k8s.io", Resources: []string{"clusterroles", "roles"}},
	{Says: "write into roles what it does not have", Verbs: []string{"escalate"}, Group: "rbac.authorization.k8s.io", Resources: []string{"clusterroles", "roles"}},
}

// Check is the question.
var Check = &check.Check{
	ID: "rbacbypass", Title: "may give itself more rights in the cluster", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "CIS-K8S-1.9:5.1.8", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6(1)", "ISO-27001-2022:A.8.2", "SOC2:CC6.3"}, Fix: []string{"detach", "narrow"}, Systems: []string{"kubernetes"},
	Why:        "The limits that were set for it do not hold: whoever controls it becomes another identity of the cluster, administrators included, and the audit log shows somebody else's name.",
	How:        "A role gives the verb impersonate on users, groups or service accounts, or bind or escalate on roles. The rules of roles are read from the API or from manifests, bindings say who has them where. What a person has is left out, and so are bindings that Kubernetes makes for its own parts (label kubernetes.io/bootstrapping) and roles that allow everything, which `adminequivalent` tells once. Rules that name single objects do not count. Silent where the role was not read.",
	False:      "Operators and controllers may need it. Then accept it for that subject with a reason and an end; the finding comes back when the rule or the binding changes.",
	References: []string{"https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb", "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		says, found := p.Held(row, rights)
		if len(found) == 0 {
			return
		}
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s may %s %s, and so gain rights that nobody gave to it.", p.Say(row), check.List(says), check.Reaches(found)), Evidence: p.Grants(found),
			Fix: remedy.Detach(p.Estate, row, found[0].Object()), Stops: []int{row}, Loses: "the right to impersonate, bind or escalate", Path: []int{row, found[0].Object(), found[0].Role}})
	},
}
