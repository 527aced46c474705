// Package openbinding finds Kubernetes bindings that name everybody: whoever
// reaches the API server without signing in, whoever signed in, every service
// account, or the group that passes by all authorization.
package openbinding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// A crowd is a subject that stands for everybody.
type crowd struct {
	says     string
	severity drover.Severity
	why      string // "": the check's
}

var crowds = map[string]crowd{
	"system:unauthenticated": {"whoever reaches the API server, without signing in", drover.Critical, ""},
	"system:anonymous":       {"whoever reaches the API server, without signing in", drover.Critical, ""},
	"system:authenticated":   {"everybody who signs in, every service account among them", drover.High, ""},
	"system:serviceaccounts": {"every service account of the cluster", drover.High, accounts},
	"system:masters":         {"a group that passes by all authorization anyway and cannot be taken away", drover.High, masters},
}

const (
	accounts = "Nobody has to break in: the rights of that role are those of every workload that runs or will run in the cluster, and of whoever gets into one of them."
	masters  = "Only members of system:masters have these rights, and they have them without the binding: the API server asks no role about them. What the binding says is not what limits them, so whoever reads or reviews bindings is misled, and a client certificate of that group cannot be held back by taking it away."
)

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
		if p.Own(row) {
			return
		}
		var named []int
		for h := range p.Graph.Out(row) {
			if _, ok := crowds[p.Graph.Name(h.Row)]; h.Kind == drover.EdgeAttached && ok && !slices.Contains(named, h.Row) {
				named = append(named, h.Row)
			}
		}
		if len(named) > 0 {
			slices.SortFunc(named, func(a, b int) int {
				x, y := p.Graph.Name(a), p.Graph.Name(b)
				return cmp.Or(int(crowds[y].severity-crowds[x].severity), slices.Index(widest, x)-slices.Index(widest, y))
			})
			report(p, row, named)
		}
	},
}

// widest orders the subjects by whom they let in, the widest first.
var widest = []string{"system:unauthenticated", "system:anonymous", "system:authenticated", "system:serviceaccounts", "system:masters"}

// report names all crowds of a binding; the widest says how bad it is.
func report(p *check.Pass, row int, named []int) {
	role, namespace := -1, ""
	for _, g := range p.Bindings(named[0]) {
		if g.Binding == row {
			role, namespace = g.Role, g.Namespace
		}
	}
	first, what := crowds[p.Graph.Name(named[0])], "a role that was not read"
	h := check.Hit{Row: row, Severity: first.severity, Why: first.why, Path: []int{row, named[0]}, Stops: named, Fix: remedy.Delete(p.Estate, row)}
	if role >= 0 {
		what, h.Path = p.Say(role), append(h.Path, role)
		if harmless(p, role) && h.Severity > drover.Medium {
			h.Severity = drover.Medium
		}
	}
	var says, loses []string
	for _, subject := range named {
		c := crowds[p.Graph.Name(subject)]
		if !slices.Contains(says, c.says) {
			says = append(says, c.says)
		}
		if l := losers[p.Graph.Name(subject)]; l != "" && !slices.Contains(loses, l) {
			loses = append(loses, l)
		}
		h.Evidence = append(h.Evidence, check.Proof("names "+p.Say(subject), p.Say(row)+" subjects", p.Now, ""))
	}
	h.Evidence = append(h.Evidence, check.Proof("gives "+what, p.Say(row)+" roleRef", p.Now, ""))
	h.What = fmt.Sprintf("%s gives %s %s to %s.", p.Say(row), what, check.Where(namespace), strings.Join(says, ", and to "))
	h.Loses = "the rights of " + what
	h.Fix.Undo = strings.TrimSpace(lost(loses, what) + " " + h.Fix.Undo)
	p.Report(h)
}

// losers are who loses a role with the binding of a crowd, as long as no other one
// gives it. Members of system:masters lose nothing.
var losers = map[string]string{
	"system:unauthenticated": "whoever does not sign in", "system:anonymous": "whoever does not sign in",
	"system:authenticated": "every account that signs in (people and service accounts)", "system:serviceaccounts": "every service account of the cluster",
}

func lost(who []string, what string) string {
	if len(who) == 0 {
		return "Members of system:masters lose nothing: they may do everything without it."
	}
	text := check.List(who)
	return strings.ToUpper(text[:1]) + text[1:] + " lose" + map[bool]string{true: "s"}[len(who) == 1] + " " + what + " where no other binding gives it."
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
