// Package anonymousaccess finds clusters that let in who has not signed in.
package anonymousaccess

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "anonymousaccess",
	Title:    "a cluster grants rights to who has not signed in",
	Area:     check.Sign,
	Severity: drover.High,
	Controls: []string{"OWASP-NHI4:2025", "CIS-K8S-1.9:1.2.1", "CIS-K8S-1.9:5.1.3", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:AC-14", "PCI-DSS-4.0:7.2.5", "ISO-27001-2022:A.8.5"},
	Fix:      []string{"delete"},
	Why:      "Anybody who reaches the API server has these rights, without a name in the log. Clusters that are open to the internet are found and used within hours.",
	How: "A binding gives a role to the group system:unauthenticated or the user system:anonymous. Critical for the roles cluster-admin, admin and edit. The bindings that Kubernetes makes itself (label kubernetes.io/bootstrapping: version and health for all) are exempt. " +
		"Whether the API server takes anonymous requests at all (--anonymous-auth) is not in its API.",
	False:      "A binding that a load balancer's health check needs. Let it ask /readyz, which the default binding allows.",
	References: []string{"https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests", "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles"},
	Kinds:      []drover.Kind{drover.KindPolicy},
	Systems:    []string{"kubernetes"},
	Each:       each,
}

func each(p *check.Pass, row int) {
	switch p.Graph.Type(row) {
	case "kubernetes.cluster_role_binding", "kubernetes.role_binding":
	default:
		return
	}
	for h := range p.Graph.Out(row) {
		name := p.Graph.Name(h.Row)
		if h.Kind != drover.EdgeAttached || name != "system:unauthenticated" && name != "system:anonymous" {
			continue
		}
		role := p.Graph.Attrs(row).Str("roleRef", "name")
		where := "in the whole cluster"
		if ns := p.Graph.Str(row, "namespace"); ns != "" && p.Graph.Type(row) == "kubernetes.role_binding" {
			where = "in the namespace " + check.Clean(ns)
		}
		hit := check.Hit{Row: row, Part: name, What: p.Say(row) + " gives the role " + check.Clean(role) + " " + where + " to everybody who has not signed in (" + name + ").",
			Evidence: []drover.FindingProof{p.SaidBy(h.Edge, "subject "+name+" of "+p.Say(row))}, Fix: remedy.Delete(p.Estate, row), Stops: []int{row}, Loses: "what requests without a sign-in may do", Path: []int{row, h.Row}}
		switch role {
		case "cluster-admin", "admin", "edit":
			hit.Severity = drover.Critical
		}
		p.Report(hit)
	}
}
