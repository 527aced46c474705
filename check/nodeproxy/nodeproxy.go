// Package nodeproxy finds who may speak to the kubelets through the API server,
// past admission and audit.
package nodeproxy

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var rights = []*check.Right{
	{Says: "use nodes/proxy", Verbs: []string{"get", "create"}, Resources: []string{"nodes/proxy"}, Cluster: true},
	{Says: "use pods/proxy", Verbs: []string{"get", "create"}, Resources: []string{"pods/proxy"}},
	{Says: "use services/proxy", Verbs: []string{"get", "create"}, Resources: []string{"services/proxy"}},
}

// Check is the question.
var Check = &check.Check{
	ID: "nodeproxy", Title: "may command the kubelets through the API server", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "CIS-K8S-1.9:5.1.10", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6"}, Fix: []string{"detach", "narrow"}, Systems: []string{"kubernetes"},
	Why:        "Through nodes/proxy the kubelet runs commands in every pod of its node, and neither admission nor the audit log sees them; through pods/proxy and services/proxy network policies are passed by.",
	How:        "A role gives get or create on nodes/proxy, pods/proxy or services/proxy: a GET is enough, for commands run over a WebSocket. The rules of roles are read from the API or from manifests, bindings say who has them where. What a person has is left out, and so are bindings that Kubernetes makes for its own parts (label kubernetes.io/bootstrapping) and roles that allow everything, which `adminequivalent` tells once. Rules that name single objects do not count. Silent where the role was not read.",
	False:      "Monitoring often asks for nodes/proxy and needs nodes/metrics only. Operators and controllers may need it. Then accept it for that subject with a reason and an end; the finding comes back when the rule or the binding changes.",
	References: []string{"https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes", "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		says, found := p.Held(row, rights)
		if len(found) == 0 {
			return
		}
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s may %s %s.", p.Say(row), check.List(says), check.Reaches(found)), Evidence: p.Grants(found),
			Fix: remedy.Detach(p.Estate, row, found[0].Object()), Stops: []int{row}, Loses: "access through the proxy", Path: []int{row, found[0].Object(), found[0].Role}})
	},
}
