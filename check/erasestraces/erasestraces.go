// Package erasestraces finds who may delete events, by which what happened in a
// cluster is seen.
package erasestraces

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

var rights = []*check.Right{
	{Says: "delete events", Verbs: []string{"delete", "deletecollection"}, Resources: []string{"events"}},
	{Says: "delete events of events.k8s.io", Verbs: []string{"delete", "deletecollection"}, Group: "events.k8s.io", Resources: []string{"events"}},
}

// Check is the question.
var Check = &check.Check{
	ID: "erasestraces", Title: "may delete the events of the cluster", Area: check.Privilege, Severity: drover.Low,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AU-9"}, Fix: []string{"detach", "narrow"}, Systems: []string{"kubernetes"},
	Why:        "Who breaks in through it leaves fewer traces: events are the first thing that people look at.",
	How:        "A role gives delete or deletecollection on events. The rules of roles are read from the API or from manifests, bindings say who has them where. What a person has is left out, and so are bindings that Kubernetes makes for its own parts (label kubernetes.io/bootstrapping) and roles that allow everything, which `adminequivalent` tells once. Rules that name single objects do not count. Silent where the role was not read.",
	False:      "Operators and controllers may need it. Then accept it for that subject with a reason and an end; the finding comes back when the rule or the binding changes.",
	References: []string{"https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/", "https://attack.mitre.org/techniques/T1070/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindGroup},
	Each: func(p *check.Pass, row int) {
		says, found := p.Held(row, rights)
		if len(found) == 0 {
			return
		}
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s may %s %s.", p.Say(row), check.List(says), check.Reaches(found)), Evidence: p.Grants(found),
			Fix: remedy.Detach(p.Estate, row, found[0].Object()), Stops: []int{row}, Loses: "deleting events", Path: []int{row, found[0].Object(), found[0].Role}})
	},
}
