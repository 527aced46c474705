// Package idletoken finds Kubernetes workloads that are handed the token of an
// account that has no rights: nothing needs it, and it can be stolen.
package idletoken

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "idletoken", Title: "a token is mounted that gives no rights", Area: check.Privilege, Severity: drover.Low,
	Controls: []string{"OWASP-NHI5:2025", "CIS-K8S-1.9:5.1.6", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6"}, Fix: []string{"configure"}, Systems: []string{"kubernetes"},
	Why:        "It serves nobody today. The day somebody binds a role to the account, or the API server has a hole for whoever signs in, every container of the workload holds the key.",
	How:        "The workload runs as an account that no binding names, and neither the pod's nor the account's `automountServiceAccountToken` is false; a projected token with an audience of its own does not count. Silent where the account was not read, where its groups were given rights, or where it can become an identity of a cloud or vault.",
	False:      "A program may use the token to prove itself to another service than the API server: project a token with that audience instead, which is no finding.",
	References: []string{"https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting", "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts"},
	Kinds:      []drover.Kind{drover.KindWorkload},
	Each: func(p *check.Pass, row int) {
		for h := range p.Graph.Out(row) {
			if h.Kind == drover.EdgeRunsAs && p.Graph.Type(h.Row) == "kubernetes.service_account" && !p.Graph.Unseen(h.Row) && !p.Off(row) {
				ask(p, row, h.Row)
				return
			}
		}
	},
}

func ask(p *check.Pass, row, account int) {
	if useful(p, account) || !p.MountsToken(row, account) {
		return
	}
	p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s is handed the token of %s, to which nothing is bound.", p.Say(row), p.Say(account)),
		Evidence: []drover.FindingProof{check.Proof("no binding names "+p.Say(account)+" or the groups that it is in", "RBAC", p.Now, ""),
			check.Proof("automountServiceAccountToken is not false, on the pod or on the account", p.Say(row)+" spec", p.Now, "")},
		Fix: remedy.Configure(p.Estate, row, "automountServiceAccountToken: false"), Keeps: true, Path: []int{row, account}})
}

// useful reports whether an account has, or may have, anything that its token is
// good for.
func useful(p *check.Pass, account int) bool {
	for h := range p.Graph.Out(account) {
		switch {
		case h.Kind == drover.EdgeCanAssume || h.Kind == drover.EdgeCanAccess || h.Kind == drover.EdgeAuthenticates:
			return true
		case h.Kind == drover.EdgeMemberOf && p.Graph.Kind(h.Row) == drover.KindRole:
			return true
		case h.Kind == drover.EdgeMemberOf && granted(p, h.Row, 0):
			return true
		}
	}
	return false
}

// granted reports whether a group, or one that it is in, is named by a binding
// that Kubernetes did not make.
func granted(p *check.Pass, group, depth int) bool {
	for _, b := range p.Bindings(group) {
		if b.Binding < 0 || !p.Own(b.Binding) {
			return true
		}
	}
	for _, g := range p.Out(group, drover.EdgeMemberOf) {
		if depth < 4 && p.Graph.Kind(g) == drover.KindGroup && granted(p, g, depth+1) {
			return true
		}
	}
	return false
}
