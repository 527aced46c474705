// Package webhookwrite finds who may change admission webhooks: the programs
// that see and rewrite what everybody writes.
package webhookwrite

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var rights = []*check.Right{
	{Says: "change mutating webhooks", Verbs: []string{"create", "update", "patch", "delete", "deletecollection"}, Group: "admissionregistration.k8s.io", Resources: []string{"mutatingwebhookconfigurations"}, Cluster: true},
	{Says: "change validating webhooks", Verbs: []string{"create", "update", "patch", "delete", "deletecollection"}, Group: "admissionregistration.k8s.io", Resources: []string{"validatingwebhookconfigurations"}, Cluster: true},
	{Says: "change mutating policies", Verbs: []string{"create", "update", "patch", "delete", "deletecollection"}, Group: "admissionregistration.k8s.io", Resources: []string{"mutatingadmissionpolicies", "mutatingadmissionpolicybindings"}, Cluster: true},
}

// Check is the question.
var Check = &check.Check{
	ID: "webhookwrite", Title: "may change admission webhooks", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "CIS-K8S-1.9:5.1.12", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6(1)", "NIST-800-53:CM-5"}, Fix: []string{"detach", "narrow"}, Systems: []string{"kubernetes"},
	Why:        "A webhook of its own reads every object that is written, Secrets among them, and puts code into pods of the control plane; and without the webhooks that are there, the cluster's own rules hold no more.",
	How:        "A role gives create, update, patch or delete on mutatingwebhookconfigurations, validatingwebhookconfigurations or mutatingadmissionpolicies. The rules of roles are read from the API or from manifests, bindings say who has them where. What a person has is left out, and so are bindings that Kubernetes makes for its own parts (label kubernetes.io/bootstrapping) and roles that allow everything, which `adminequivalent` tells once. Rules that name single objects do not count. Silent where the role was not read.",
	False:      "Policy engines and certificate injectors (cert-manager's cainjector, Gatekeeper, Kyverno) write their own webhooks: let them name those by resourceNames. Operators and controllers may need it. Then accept it for that subject with a reason and an end; the finding comes back when the rule or the binding changes.",
	References: []string{"https://kubernetes.io/docs/concepts/security/rbac-good-practices/#control-admission-webhooks", "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		says, found := p.Held(row, rights)
		if len(found) == 0 {
			return
		}
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s may %s %s.", p.Say(row), check.List(says), check.Reaches(found)), Evidence: p.Grants(found),
			Fix: remedy.Detach(p.Estate, row, found[0].Object()), Stops: []int{row}, Loses: "changes of admission webhooks", Path: []int{row, found[0].Object(), found[0].Role}})
	},
}
