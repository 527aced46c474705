package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mounting is a pod on node n1 that mounts a path of it.
func mounting(path, mount, rest string) string {
	return pod("a", "p", "s", "nodeName: n1, volumes: [{name: v, hostPath: {path: "+path+"}}]", "volumeMounts: [{name: v, mountPath: /x"+mount+"}], "+rest)
}

// What a path of the node in a container gives.
func TestHostPaths(t *testing.T) {
	const ro = ", readOnly: true"
	logs := gives("a", "b", "a/s", "get :pods/log")
	for _, c := range []struct {
		path, mount, rest, more string
		want                    string
	}{
		{"/", "", "", "", "CE_UMH_CORE_PATTERN? EXPLOIT_CONTAINERD_SOCK EXPLOIT_HOST_TRAVERSE EXPLOIT_HOST_WRITE"},
		{"/", "", "", logs, "CE_UMH_CORE_PATTERN? CE_VAR_LOG_SYMLINK? EXPLOIT_CONTAINERD_SOCK EXPLOIT_HOST_TRAVERSE EXPLOIT_HOST_WRITE"},
		{"/", ro, "", logs, "EXPLOIT_CONTAINERD_SOCK EXPLOIT_HOST_READ? EXPLOIT_HOST_TRAVERSE"},
		{"/etc", "", "", "", "EXPLOIT_HOST_WRITE"},
		{"/etc/", "", "securityContext: {runAsUser: 1000}", "", "EXPLOIT_HOST_WRITE?"},
		{"/etc/", "", "securityContext: {runAsNonRoot: true}", "", "EXPLOIT_HOST_WRITE?"},
		{"/etc", ro, "", "", "EXPLOIT_HOST_READ?"},
		{"/etc/datadog", "", "", "", ""},
		{"/home/ann/.ssh", ro, "", "", "EXPLOIT_HOST_READ?"},
		{"/usr/share/zoneinfo", ro, "", "", ""},
		{"/srv/data", "", "", "", "EXPLOIT_HOST_WRITE?"},
		{"/proc/sys/kernel", "", "securityContext: {runAsUser: 0}", "", "CE_UMH_CORE_PATTERN EXPLOIT_HOST_WRITE?"},
		{"/proc", "", "securityContext: {runAsUser: 0}", "", "CE_UMH_CORE_PATTERN EXPLOIT_HOST_WRITE"},
		{"/proc", ro, "securityContext: {runAsUser: 0}", "", "EXPLOIT_HOST_READ?"},
		{"/proc", "", "securityContext: {runAsUser: 7}", "", "EXPLOIT_HOST_WRITE?"},
		{"/proc/sys/net", "", "securityContext: {runAsUser: 0}", "", "EXPLOIT_HOST_WRITE?"},
		{"/var/log", "", "", logs, "CE_VAR_LOG_SYMLINK? EXPLOIT_HOST_WRITE?"},
		{"/var/log", "", "securityContext: {runAsUser: 0}", logs, "CE_VAR_LOG_SYMLINK EXPLOIT_HOST_WRITE?"},
		{"/var/log", "", "", "", "EXPLOIT_HOST_WRITE?"},
		{"/var/log/pods", "", "", logs, "EXPLOIT_HOST_WRITE?"},
		{"/var/lib/kubelet", ro, "", "", "EXPLOIT_HOST_TRAVERSE"},
		{"/var/lib/kubelet/pods", ro, "", "", "EXPLOIT_HOST_TRAVERSE"},
		{"/var/lib/kubelet/plugins", ro, "", "", ""},
		{"/var", ", subPath: lib/kubelet, readOnly: true", "", "", "EXPLOIT_HOST_TRAVERSE"},
		{"/run/containerd/containerd.sock", ro, "", "", "EXPLOIT_CONTAINERD_SOCK"},
		{"/var/run/docker.sock", ro, "", "", "EXPLOIT_CONTAINERD_SOCK"},
		{"/var/run", ro, "", "", "EXPLOIT_CONTAINERD_SOCK"},
		{"/run/containerd/other", ro, "", "", ""},
	} {
		a := loaded(t, parse(t, machineNamed("n1", "")+machineNamed("n2", "")+sa("a", "s")+mounting(c.path, c.mount, c.rest)+c.more))
		var got []string
		for _, s := range a.all() {
			to := "node n1"
			if strings.Contains(s, "EXPLOIT_HOST_TRAVERSE") {
				to = "volume tokens of the pods of node n1"
			}
			if technique, rest, ok := strings.Cut(strings.TrimPrefix(s, "pod p -"), "-> "); ok && strings.HasPrefix(s, "pod p ") && technique != "VOLUME_DISCOVER" {
				if node, inferred := strings.CutSuffix(rest, " inferred"); node == to && inferred {
					technique += "?"
				} else if rest != to {
					t.Errorf("%s%s: %s", c.path, c.mount, s)
				}
				got = append(got, technique)
			}
		}
		slices.Sort(got)
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s%s %s: got %q, want %q", c.path, c.mount, c.rest, g, c.want)
		}
	}
}

// A volume that no container mounts gives nothing.
func TestUnmounted(t *testing.T) {
	a := loaded(t, parse(t, pod("a", "p", "s", "volumes: [{name: v, hostPath: {path: /}}]", "")))
	for i := range a.edges {
		if strings.HasPrefix(a.edges[i].Technique, "E") || strings.HasPrefix(a.edges[i].Technique, "CE") {
			t.Error(a.spell(&a.edges[i]))
		}
	}
}

// What a node gives: its kubelet, the pods that run there for certain, those that
// may, and the tokens of both.
func TestNodes(t *testing.T) {
	bare := func(name, node, account string) string {
		return pod("a", name, account, "nodeName: "+node, "")
	}
	yaml := machineNamed("n1", "") + machineNamed("n2", "node-role.kubernetes.io/control-plane: \"\"") + sa("a", "s1") + sa("a", "s2") + sa("a", "s3") +
		bare("here", "n1", "s1") + bare("there", "n2", "s2") + deployment("a", "somewhere", "s3")
	a := loaded(t, parse(t, yaml))
	var got []string
	for i := range a.edges {
		e := &a.edges[i]
		if n := a.name(e.From); strings.HasPrefix(n, "node ") || strings.HasPrefix(n, "volume ") || strings.HasPrefix(n, "set ") {
			got = append(got, a.spell(e))
		}
	}
	slices.Sort(got)
	const may = "every workload that any node may run"
	want := []string{
		"node n1 -IDENTITY_ASSUME-> user system:node:n1", "node n1 -POD_ATTACH-> pod here", "node n1 -POD_ATTACH-> set " + may + " inferred", "node n1 -VOLUME_ACCESS-> volume tokens of the pods of node n1",
		"node n1 -IDENTITY_ASSUME-> group system:nodes", "node n2 -IDENTITY_ASSUME-> group system:nodes",
		"node n2 -IDENTITY_ASSUME-> user system:node:n2", "node n2 -POD_ATTACH-> pod there", "node n2 -POD_ATTACH-> set " + may + " inferred", "node n2 -VOLUME_ACCESS-> volume tokens of the pods of node n2",
		"node n2 -CONTROL_PLANE_NODE-> cluster Kubernetes cluster test inferred",
		"set " + may + " -contains-> deployment somewhere",
		"volume tokens of the pods of node n1 -TOKEN_STEAL-> service_account s1", "volume tokens of the pods of node n2 -TOKEN_STEAL-> service_account s2",
		"volume tokens of the pods of node n1 -can_access-> volume tokens of the pods that any node may run inferred", "volume tokens of the pods of node n2 -can_access-> volume tokens of the pods that any node may run inferred",
		"volume tokens of the pods that any node may run -TOKEN_STEAL-> service_account s3",
	}
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// A pod is its account where it holds a token of it.
func TestTokenHeld(t *testing.T) {
	const none, projected, foreign = "automountServiceAccountToken: false", "volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t}}]}}]",
		"volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t, audience: vault}}]}}]"
	quiet := strings.Replace(sa("a", "s"), "metadata:", none+"\nmetadata:", 1)
	cloud := strings.Replace(quiet, "name: s,", `name: s, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/r"},`, 1)
	for i, c := range []struct{ account, spec, want string }{
		{sa("a", "s"), "", "proven"},
		{"", "", "proven"}, // an account that nobody has read
		{sa("a", "s"), none, ""},
		{quiet, "", ""},
		{quiet, "automountServiceAccountToken: true", "proven"},
		{quiet, projected, "proven"},
		{quiet, foreign, "inferred"},
		{sa("a", "s"), none + ", " + foreign, "inferred"},
		{cloud, "", "inferred"},
	} {
		a := loaded(t, parse(t, c.account+pod("a", "p", "s", c.spec, "")))
		got := ""
		for _, e := range a.by("IDENTITY_ASSUME", a.rows["pod p"]) {
			got += string(e.Grade)
		}
		if got != c.want {
			t.Errorf("%d: %s %s: got %q, want %q", i, c.account, c.spec, got, c.want)
		}
	}
}

// A pod on the only node is on that one.
func TestOnlyNode(t *testing.T) {
	a := loaded(t, parse(t, machineNamed("n1", "")+pod("a", "p", "s", "", "securityContext: {privileged: true}")))
	if got := a.all(); !slices.Contains(got, "pod p -CE_PRIV_MOUNT-> node n1") || !slices.Contains(got, "node n1 -POD_ATTACH-> pod p") {
		t.Error(fmt.Sprint(got))
	}
}

// What runs as several accounts, as a workflow of several templates does, is each.
func TestSeveralAccounts(t *testing.T) {
	a := loaded(t, parse(t, sa("a", "s1")+sa("a", "s2")+`---
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w, namespace: a}
spec: {serviceAccountName: s1, templates: [{name: t, serviceAccountName: s2, container: {image: x}}, {name: u, container: {image: x}}]}
`))
	var got []string
	for _, e := range a.by("IDENTITY_ASSUME", a.rows["workflow w"]) {
		got = append(got, a.name(e.To))
	}
	if slices.Sort(got); !slices.Equal(got, []string{"service_account s1", "service_account s2"}) {
		t.Errorf("got %v", got)
	}
}
