// Package podexec finds who may run commands in the pods of others.
package podexec

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var rights = []*check.Right{
	{Says: "open a shell in pods (exec)", Verbs: []string{"create", "get"}, Resources: []string{"pods/exec"}},
	{Says: "attach to pods", Verbs: []string{"create", "get"}, Resources: []string{"pods/attach"}},
	{Says: "add debugging containers to pods", Verbs: []string{"update", "patch"}, Resources: []string{"pods/ephemeralcontainers"}},
}

// Check is the question.
var Check = &check.Check{
	ID: "podexec", Title: "may run commands in running pods", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "ISO-27001-2022:A.8.2"}, Fix: []string{"detach", "narrow"}, Systems: []string{"kubernetes"},
	Why:        "A command in a pod has the pod's token, its secrets and its network: whoever controls this identity is every workload that it may enter.",
	How:        "A role gives create or get on pods/exec or pods/attach, or update or patch on pods/ephemeralcontainers. High where it holds in the whole cluster. The rules of roles are read from the API or from manifests, bindings say who has them where. What a person has is left out, and so are bindings that Kubernetes makes for its own parts (label kubernetes.io/bootstrapping) and roles that allow everything, which `adminequivalent` tells once. Rules that name single objects do not count. Silent where the role was not read.",
	False:      "Operators and controllers may need it. Then accept it for that subject with a reason and an end; the finding comes back when the rule or the binding changes.",
	References: []string{"https://kubernetes.io/docs/concepts/security/rbac-good-practices/", "https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/", "https://kubehound.io/reference/attacks/POD_EXEC/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		says, found := p.Held(row, rights)
		if len(found) == 0 {
			return
		}
		severity := drover.Medium
		if check.EverywhereOf(found) {
			severity = drover.High
		}
		p.Report(check.Hit{Row: row, Severity: severity, What: fmt.Sprintf("%s may %s %s.", p.Say(row), check.List(says), check.Reaches(found)), Evidence: p.Grants(found),
			Fix: remedy.Detach(p.Estate, row, found[0].Object()), Stops: []int{row}, Loses: "commands in pods", Path: []int{row, found[0].Object(), found[0].Role}})
	},
}
