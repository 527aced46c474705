// Package openbinding finds Kubernetes bindings that name everybody: whoever
// reaches the API server without signing in, whoever signed in, every service
// account, or the group that passes by all authorization.
package openbinding

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// A crowd is a subject that stands for everybody.
type crowd struct {
	says     string
	severity drover.Severity
}

var crowds = map[string]crowd{
	"system:unauthenticated": {"whoever reaches the API server, without signing in", drover.Critical},
	"system:anonymous":       {"whoever reaches the API server, without signing in", drover.Critical},
	"system:authenticated":   {"everybody who signs in, every service account among them", drover.High},
	"system:serviceaccounts": {"every service account of the cluster", drover.High},
	"system:masters":         {"a group that passes by all authorization anyway and cannot be taken away", drover.High},
}

// Check is the question.
var Check = &check.Check{
	ID: "openbinding", Title: "a binding names everybody", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "OWASP-NHI6:2025", "CIS-K8S-1.9:5.1.7", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-3", "NIST-800-53:AC-14", "PCI-DSS-4.0:7.2.1", "ISO-27001-2022:A.5.15", "SOC2:CC6.1"}, Fix: []string{"delete", "restrict_trust"}, Systems: []string{"kubernetes"},
	Why: "Nobody has to break in: the rights of that role are everybody's, those of the next workload and of whoever finds the API server's address as well.",
	How: "A RoleBinding or ClusterRoleBinding that Kubernetes did not make names system:anonymous, system:unauthenticated, system:authenticated, system:serviceaccounts or system:masters. Critical for whoever does not sign in, else high; medium where it only lets everybody read. " +
		"The bindings that every cluster has (discovery, public-info-viewer) are left out: they carry the label kubernetes.io/bootstrapping.",
	False:      "A binding of system:authenticated to a role that only lists API groups or reads the cluster's own certificate is harmless: accept it.",
	References: []string{"https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings", "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"},
	Kinds:      []drover.Kind{drover.KindPolicy},
	Each: func(p *check.Pass, row int) {
		if t := p.Graph.Type(row); t != "kubernetes.cluster_role_binding" && t != "kubernetes.role_binding" {
			return
		}
		for h := range p.Graph.Out(row) {
			if c, ok := crowds[p.Graph.Name(h.Row)]; h.Kind == drover.EdgeAttached && ok && !p.Own(row) {
				report(p, row, h.Row, c)
				return
			}
		}
	},
}

func report(p *check.Pass, row, subject int, c crowd) {
	role, namespace := -1, ""
	for _, g := range p.Bindings(subject) {
		if g.Binding == row {
			role, namespace = g.Role, g.Namespace
		}
	}
	what := "a role that was not read"
	h := check.Hit{Row: row, Severity: c.severity, Path: []int{row, subject}, Stops: []int{subject}, Fix: remedy.Delete(p.Estate, row)}
	if role >= 0 {
		what, h.Path = p.Say(role), append(h.Path, role)
		if harmless(p, role) && h.Severity > drover.Medium {
			h.Severity = drover.Medium
		}
	}
	h.What = fmt.Sprintf("%s gives %s %s to %s.", p.Say(row), what, check.Where(namespace), c.says)
	h.Evidence = []drover.FindingProof{check.Proof("names "+p.Say(subject), p.Say(row)+" subjects", p.Now, ""), check.Proof("gives "+what, p.Say(row)+" roleRef", p.Now, "")}
	h.Loses = "the rights of " + what
	p.Report(h)
}

// harmless reports whether a role that was read only reads, and no Secrets.
func harmless(p *check.Pass, role int) bool {
	rules := p.Rules(role)
	for i := range rules {
		for _, v := range rules[i].Verbs {
			if v != "get" && v != "list" && v != "watch" {
				return false
			}
		}
		for _, r := range rules[i].Resources {
			if r == "*" || r == "secrets" || r == "nodes/proxy" {
				return false
			}
		}
	}
	return len(rules) > 0
}
