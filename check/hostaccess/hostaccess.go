// Package hostaccess finds Kubernetes workloads that are let out of their
// container: privileged ones, and those that share the node's namespaces, paths
// or dangerous capabilities.
package hostaccess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "hostaccess", Title: "a workload reaches the node that it runs on", Area: check.Privilege, Severity: drover.High,
	Controls: []string{"OWASP-NHI5:2025", "OWASP-NHI6:2025", "CIS-K8S-1.9:5.2.2", "CIS-K8S-1.9:5.2.3", "CIS-K8S-1.9:5.2.5", "NIST-CSF-2.0:PR.PS-01", "NIST-800-53:AC-6", "NIST-800-53:CM-7", "SOC2:CC6.8"}, Fix: []string{"configure"}, Systems: []string{"kubernetes"},
	Why: "A hole in the program is then a hole in the node: whoever is in the container gets the tokens of every pod there, and the node's own certificate.",
	How: "From the pod's own fields: `securityContext.privileged`, `hostPID`, `hostIPC`, `hostNetwork`, capabilities that lead out of a container (SYS_ADMIN, SYS_PTRACE, SYS_MODULE, BPF, ALL), and `hostPath` of the node's root, /etc, /proc, the kubelet's folder or the container runtime's socket. " +
		"Medium where it is only the node's network. The account that it runs as is named, for it falls with the node. Parts of the cluster itself (kube-proxy, the control plane, CoreDNS, the usual network plugins and the nodes' storage drivers of clouds) are listed as exempt where their namespace, their service account and the images of all their containers say that it is they; a name alone says nothing.",
	False:      "Other network plugins, storage drivers and node agents live there: keep them in a namespace of their own that nobody else may write to, and accept them with a reason. What Pod Security or a webhook refuses at admission is not seen from the definition of a workload.",
	References: []string{"https://kubernetes.io/docs/concepts/security/pod-security-standards/", "https://kubehound.io/reference/attacks/CE_PRIV_MOUNT/", "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"},
	Kinds:      []drover.Kind{drover.KindWorkload},
	Each: func(p *check.Pass, row int) {
		if !strings.HasPrefix(p.Graph.Type(row), "kubernetes.") || p.Off(row) || !mayEscape(p.Graph.Attrs(row)) {
			return
		}
		found := look(p.Graph.Attrs(row).Map())
		if len(found) == 0 || p.Own(row) {
			return
		}
		if reason, ok := p.Platform(row); ok {
			p.Exempted(row, reason)
			return
		}
		h := check.Hit{Row: row, Severity: drover.Medium, Path: []int{row}, Stops: []int{row}, Loses: "access to its node"}
		var says []string
		for _, f := range found {
			says = append(says, f.says)
			h.Evidence = append(h.Evidence, check.Proof(f.says, f.field, p.Now, ""))
			if f.field != "hostNetwork" {
				h.Severity = drover.High
			}
		}
		h.What = fmt.Sprintf("%s is let out of its container: it %s.", p.Say(row), check.List(says))
		if a := p.Out(row, drover.EdgeRunsAs); len(a) > 0 {
			h.Evidence = append(h.Evidence, check.Proof("runs as "+p.Say(a[0]), "serviceAccountName", p.Now, ""))
			h.Path = append(h.Path, a[0])
		}
		h.Fix = remedy.Configure(p.Estate, row, check.List(settings(found)))
		p.Report(h)
	},
}

// words of which one stands in the attributes of whatever fires.
var words = []string{`"privileged":true`, `"hostPID":true`, `"hostIPC":true`, `"hostNetwork":true`, `"hostPath"`, `"add":[`}

// mayEscape is a quick look that nothing of interest passes by: nearly all
// workloads end here.
func mayEscape(a drover.Attrs) bool {
	for _, w := range words {
		if check.Mentions(a, w) {
			return true
		}
	}
	return false
}

// A lead is one way out of a container.
type lead struct{ says, field string }

// closed says how a field reads when it no longer lets the workload out.
var closed = map[string]string{
	"hostPID": "hostPID: false", "hostIPC": "hostIPC: false", "hostNetwork": "hostNetwork: false", "securityContext.privileged": "privileged: false",
	"securityContext.capabilities.add": "capabilities.add: []", "volumes.hostPath": "no hostPath",
}

func settings(found []lead) (out []string) {
	for _, f := range found {
		if s := closed[f.field]; !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func look(a map[string]any) (out []lead) {
	for _, f := range [][2]string{{"hostPID", "sees the node's processes"}, {"hostIPC", "shares the node's memory between processes"}, {"hostNetwork", "uses the node's network"}} {
		if on, _ := a[f[0]].(bool); on {
			out = append(out, lead{f[1], f[0]})
		}
	}
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		boxes, _ := a[list].([]any)
		for _, b := range boxes {
			if box, ok := b.(map[string]any); ok {
				out = append(out, container(box)...)
			}
		}
	}
	return append(out, volumes(a)...)
}

// dangerous are capabilities that lead out of a container (capabilities(7)).
var dangerous = []string{"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "BPF", "DAC_READ_SEARCH"}

func container(box map[string]any) (out []lead) {
	name, _ := box["name"].(string)
	s, _ := box["securityContext"].(map[string]any)
	if on, _ := s["privileged"].(bool); on {
		out = append(out, lead{"runs container " + check.Clean(name) + " privileged", "securityContext.privileged"})
	}
	caps, _ := s["capabilities"].(map[string]any)
	add, _ := caps["add"].([]any)
	for _, c := range add {
		if c, ok := c.(string); ok && slices.Contains(dangerous, c) {
			out = append(out, lead{"gives container " + check.Clean(name) + " the capability " + c, "securityContext.capabilities.add"})
		}
	}
	return out
}

// paths of a node by which it falls: "" is the root.
var paths = []string{"", "/etc", "/proc", "/root", "/var/lib/kubelet", "/var/run", "/run", "/var/run/docker.sock", "/run/containerd", "/run/containerd/containerd.sock", "/var/run/crio/crio.sock", "/var/lib/docker", "/etc/kubernetes", "/sys"}

func volumes(a map[string]any) (out []lead) {
	list, _ := a["volumes"].([]any)
	for _, v := range list {
		m, _ := v.(map[string]any)
		h, ok := m["hostPath"].(map[string]any)
		if path, _ := h["path"].(string); ok && slices.Contains(paths, strings.TrimRight(path, "/")) {
			out = append(out, lead{"mounts " + check.Clean(path) + " of the node", "volumes.hostPath"})
		}
	}
	return out
}
