package kubernetes

import (
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// Annotations and labels of pods that decide which identities they get.
const (
	kube2iamRole    = "iam.amazonaws.com/role"           // kube2iam and kiam, README of each
	azureUse        = "azure.workload.identity/use"      // Azure Workload Identity, Labels and Annotations
	azurePodBinding = "aadpodidbinding"                  // its predecessor, AAD Pod Identity
	vaultInject     = "vault.hashicorp.com/agent-inject" // Vault Agent Injector, Annotations
	vaultRole       = "vault.hashicorp.com/role"
	vaultService    = "vault.hashicorp.com/service"
	vaultAuthPath   = "vault.hashicorp.com/auth-path"
	vaultNamespace  = "vault.hashicorp.com/namespace"
	vaultSecret     = "vault.hashicorp.com/agent-inject-secret-"
	linkerdInject   = "linkerd.io/inject"
	istioInject     = "sidecar.istio.io/inject"
)

// identityMarks are the labels and annotations of a pod template by which clouds,
// vaults and meshes give its pods an identity.
func identityMarks(m podMeta) map[string]any {
	out := map[string]any{}
	for _, set := range []map[string]string{m.Labels, m.Annotations} {
		for _, k := range []string{kube2iamRole, azureUse, azurePodBinding, vaultInject, vaultRole, linkerdInject, istioInject} {
			if v, ok := set[k]; ok {
				out[k] = cut(v, 512)
			}
		}
	}
	return out
}

// annotated are the edges that annotations of the pod template declare: the IAM
// role that kube2iam gives, and the Vault role and secrets that the agent gets.
func (t *template) annotated(c *cluster, out *connector.Out) {
	a := t.meta.Annotations
	if v := strings.TrimSpace(a[kube2iamRole]); strings.HasPrefix(v, "arn:") {
		out.Edge(drover.Edge{From: t.from, To: drover.UnseenRef(v), Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared, Proof: t.where + " annotation " + kube2iamRole})
	}
	if on := a[vaultInject]; on != "true" && on != "1" || a[vaultRole] == "" {
		return
	}
	v := vaultLogin{address: a[vaultService], namespace: a[vaultNamespace], mount: strings.TrimPrefix(a[vaultAuthPath], "auth/"), role: a[vaultRole]}
	if v.mount == "" {
		v.mount = "kubernetes"
	}
	name, _ := t.account()
	out.Edge(drover.Edge{From: c.saEnd(t.object.Meta.Namespace, name), To: v.roleEnd(), Kind: drover.EdgeCanAssume, Part: "vault agent of " + cut(t.object.Meta.Name, 253),
		Grade: drover.GradeDeclared, Proof: t.where + " annotation " + vaultRole})
	n := 0
	for _, k := range slices.Sorted(maps.Keys(a)) {
		if strings.HasPrefix(k, vaultSecret) && a[k] != "" && n < maxWords {
			n++
			out.Edge(drover.Edge{From: t.from, To: v.secretEnd(a[k]), Kind: drover.EdgeReadsSecret, Part: "vault agent", Grade: drover.GradeDeclared, Proof: t.where + " annotation " + cut(k, 253)})
		}
	}
}

// A vaultLogin is a way into Vault or OpenBao as configurations write it down.
// What is empty is configured elsewhere.
type vaultLogin struct{ address, namespace, mount, role string }

func (v vaultLogin) server() string {
	host := hostName(v.address)
	if host == "" {
		host = "-"
	}
	if ns := strings.Trim(v.namespace, "/"); ns != "" {
		host += "/" + ns
	}
	return host
}

// roleEnd is a role of an auth method: kubernetes-vault-role:<host>[/<namespace>]/auth/<mount>/<role>.
func (v vaultLogin) roleEnd() drover.Ref {
	return drover.UnseenRef("kubernetes-vault-role:" + cut(v.server()+"/auth/"+strings.Trim(v.mount, "/")+"/"+v.role, 1024))
}

// secretEnd is a path of a secrets engine.
func (v vaultLogin) secretEnd(path string) drover.Ref {
	return drover.UnseenRef("kubernetes-vault-secret:" + cut(v.server()+"/"+strings.Trim(path, "/"), 1024))
}
