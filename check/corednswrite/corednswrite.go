// Package corednswrite finds who may change the configuration of CoreDNS, and so
// where names of the cluster lead to.
package corednswrite

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var rights = []*check.Right{
	{Says: "change the ConfigMap coredns", Verbs: []string{"update", "patch"}, Resources: []string{"configmaps"}, Name: "coredns", Namespace: "kube-system"},
}

// Check is the question.
var Check = &check.Check{
	ID: "corednswrite", Title: "may change where the cluster's names lead to", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6"}, Fix: []string{"detach", "narrow"}, Systems: []string{"kubernetes"},
	Why:        "By one line in it every workload that calls another by name calls somebody else, with its credentials.",
	How:        "A role gives update or patch on ConfigMaps in kube-system or everywhere, or on the one that is called coredns. The rules of roles are read from the API or from manifests, bindings say who has them where. What a person has is left out, and so are bindings that Kubernetes makes for its own parts (label kubernetes.io/bootstrapping) and roles that allow everything, which `adminequivalent` tells once. Rules that name single objects do not count. Silent where the role was not read. Rights in other namespaces do not count.",
	False:      "Operators and controllers may need it. Then accept it for that subject with a reason and an end; the finding comes back when the rule or the binding changes.",
	References: []string{"https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/", "https://attack.mitre.org/techniques/T1557/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		says, found := p.Held(row, rights)
		if len(found) == 0 {
			return
		}
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s may %s %s.", p.Say(row), check.List(says), check.Reaches(found)), Evidence: p.Grants(found),
			Fix: remedy.Detach(p.Estate, row, found[0].Object()), Stops: []int{row}, Loses: "changes of CoreDNS", Path: []int{row, found[0].Object(), found[0].Role}})
	},
}
