// Package massdelete finds who may delete a cluster's workloads, secrets and
// nodes.
package massdelete

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var rights = []*check.Right{
	{Says: "delete pods", Verbs: []string{"delete", "deletecollection"}, Resources: []string{"pods"}},
	{Says: "delete deployments", Verbs: []string{"delete", "deletecollection"}, Group: "apps", Resources: []string{"deployments"}},
	{Says: "delete Secrets", Verbs: []string{"delete", "deletecollection"}, Resources: []string{"secrets"}},
	{Says: "delete nodes", Verbs: []string{"delete", "deletecollection"}, Resources: []string{"nodes"}, Cluster: true},
	{Says: "delete namespaces", Verbs: []string{"delete", "deletecollection"}, Resources: []string{"namespaces"}, Cluster: true},
	{Says: "delete role bindings", Verbs: []string{"delete", "deletecollection"}, Group: "rbac.authorization.k8s.io", Resources: []string{"rolebindings", "clusterrolebindings"}},
}

// Check is the question.
var Check = &check.Check{
	ID: "massdelete", Title: "may delete workloads, secrets or nodes", Area: check.Privilege, Severity: drover.Low,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "SOC2:CC6.3"}, Fix: []string{"detach", "narrow"}, Systems: []string{"kubernetes"},
	Why:        "One stolen token is enough to take services down, or to lock out those who would repair them.",
	How:        "A role gives delete or deletecollection on pods, deployments, Secrets, nodes, namespaces or bindings. Medium where it holds in the whole cluster. The rules of roles are read from the API or from manifests, bindings say who has them where. What a person has is left out, and so are bindings that Kubernetes makes for its own parts (label kubernetes.io/bootstrapping) and roles that allow everything, which `adminequivalent` tells once. Rules that name single objects do not count. Silent where the role was not read.",
	False:      "Deployment tools and autoscalers delete what they made: let them have it in their own namespaces. Operators and controllers may need it. Then accept it for that subject with a reason and an end; the finding comes back when the rule or the binding changes.",
	References: []string{"https://kubernetes.io/docs/concepts/security/rbac-good-practices/", "https://attack.mitre.org/techniques/T1485/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		says, found := p.Held(row, rights)
		if len(found) == 0 {
			return
		}
		severity := drover.Low
		if check.EverywhereOf(found) {
			severity = drover.Medium
		}
		p.Report(check.Hit{Row: row, Severity: severity, What: fmt.Sprintf("%s may %s %s.", p.Say(row), check.List(says), check.Reaches(found)), Evidence: p.Grants(found),
			Fix: remedy.Detach(p.Estate, row, found[0].Object()), Stops: []int{row}, Loses: "deleting", Path: []int{row, found[0].Object(), found[0].Role}})
	},
}
