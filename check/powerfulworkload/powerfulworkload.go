// Package powerfulworkload finds Kubernetes workloads that are handed the token of
// an account by which the cluster falls.
package powerfulworkload

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "powerfulworkload", Title: "a workload holds the key of the cluster", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "CIS-K8S-1.9:5.1.1", "CIS-K8S-1.9:5.1.6", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "SOC2:CC6.3"}, Fix: []string{"configure", "detach"}, Systems: []string{"kubernetes"},
	Why:        "A hole in the program, or in a library that it is built with, hands the whole cluster to whoever finds it: the token lies in a file of every one of its containers.",
	How:        "The workload runs as an account that administers the cluster, or gets there by what its bindings allow, or may run pods, enter them, read Secrets, request tokens, impersonate, bind or escalate in the whole cluster, and its pods are handed the account's token (`automountServiceAccountToken` of the pod, else of the account). The way is told step by step. Medium where a step depends on a condition. Silent where no token is mounted.",
	False:      "Controllers that manage the cluster need such rights: run them apart from what takes input from outside, and accept them with a reason.",
	References: []string{"https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation", "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/", "https://kubehound.io/reference/attacks/IDENTITY_ASSUME/"},
	Kinds:      []drover.Kind{drover.KindWorkload},
	Each: func(p *check.Pass, row int) {
		if !strings.HasPrefix(p.Graph.Type(row), "kubernetes.") || p.Off(row) {
			return
		}
		for h := range p.Graph.Out(row) {
			if h.Kind == drover.EdgeRunsAs && p.Graph.Type(h.Row) == "kubernetes.service_account" {
				ask(p, row, h.Row)
				return
			}
		}
	},
}

// rights are those by which a cluster falls wherever something of it runs: whether
// there is a way today goes by what runs today.
var rights = []*check.Right{
	{Says: "run pods", Verbs: []string{"create"}, Resources: []string{"pods"}},
	{Says: "run commands in pods", Verbs: []string{"create"}, Resources: []string{"pods/exec"}},
	{Says: "read Secrets", Verbs: []string{"get", "list", "watch"}, Resources: []string{"secrets"}},
	{Says: "request tokens of service accounts", Verbs: []string{"create"}, Resources: []string{"serviceaccounts/token"}},
	{Says: "impersonate users", Verbs: []string{"impersonate"}, Resources: []string{"users"}, Cluster: true},
	{Says: "bind roles", Verbs: []string{"bind"}, Group: "rbac.authorization.k8s.io", Resources: []string{"clusterroles"}, Cluster: true},
	{Says: "write into roles", Verbs: []string{"escalate"}, Group: "rbac.authorization.k8s.io", Resources: []string{"clusterroles"}, Cluster: true},
	{Says: "command the kubelets", Verbs: []string{"create", "get"}, Resources: []string{"nodes/proxy"}, Cluster: true},
}

func ask(p *check.Pass, row, account int) {
	w, admin := p.Administers(account)
	if !admin {
		var ok bool
		if w, ok = p.WayToTierZero(account); !ok {
			byRight(p, row, account)
			return
		}
	}
	if !p.MountsToken(row, account) || p.Own(row) {
		return
	}
	end, how := p.SayNode(w.End()), "administers"
	if !admin {
		how = "can take over"
	}
	h := check.Hit{Row: row, Path: append([]int{row}, p.Rows(w)...), Stops: []int{row}, Loses: "its token of " + p.Say(account)}
	if w.Grade != drover.GradeProven {
		h.Severity = drover.Medium
	}
	h.What = fmt.Sprintf("%s holds a token of %s, which %s %s.", p.Say(row), p.Say(account), how, end)
	h.Evidence = append([]drover.FindingProof{check.Proof("runs as "+p.Say(account)+" and is handed its token", p.Say(row)+" spec", p.Now, "")}, p.Steps(w)...)
	if object, _, holder := p.Decides(w); object >= 0 && int(holder) < p.Graph.Seen() {
		h.Fix = remedy.Detach(p.Estate, int(holder), object)
	} else {
		h.Fix = remedy.Configure(p.Estate, row, "automountServiceAccountToken: false")
	}
	p.Report(h)
}

// byRight reports rights over the whole cluster that lead to all of it.
func byRight(p *check.Pass, row, account int) {
	var says []string
	var found []check.KubeGrant
	for _, r := range rights {
		if list := p.Has(account, r); check.EverywhereOf(list) {
			says, found = append(says, r.Says), append(found, list...)
		}
	}
	if len(found) == 0 || !p.MountsToken(row, account) || p.Own(row) {
		return
	}
	p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s holds a token of %s, which may %s in the whole cluster.", p.Say(row), p.Say(account), check.List(says)), Path: []int{row, account, found[0].Role},
		Evidence: append([]drover.FindingProof{check.Proof("runs as "+p.Say(account)+" and is handed its token", p.Say(row)+" spec", p.Now, "")}, p.Grants(found)...),
		Fix:      remedy.Detach(p.Estate, account, found[0].Object()), Stops: []int{row}, Loses: "the right to " + check.List(says) + " everywhere"})
}
