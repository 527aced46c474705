package kubernetes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sa, pod, role and the like write manifests. A binding is written with its role:
// who "ns/account", "user:ann", "group:team".
func sa(ns, name string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: %s}\n", name, ns)
}

func namespaceOf(name, labels string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {%s}}\n", name, labels)
}

func secretOf(ns, name string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s, namespace: %s}\ntype: Opaque\n", name, ns)
}

// pod is a bare pod with the rest of its spec; container fields in box.
func pod(ns, name, account, spec, box string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: %s}\nspec: {serviceAccountName: %s, %s containers: [{name: c, image: x, %s}]}\n", name, ns, account, comma(spec), box)
}

func deployment(ns, name, account string) string {
	return fmt.Sprintf("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: %s}\nspec: {template: {spec: {serviceAccountName: %s, containers: [{name: c, image: x}]}}}\n", name, ns, account)
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return s + ","
}

// gives binds whom to rules in a namespace, or everywhere where it is "". Rules
// are "verbs group/resources [names]", words joined by commas.
func gives(ns, name, whom string, rules ...string) string {
	var list []string
	for _, r := range rules {
		f := strings.Fields(r)
		group, resources, _ := strings.Cut(f[1], ":")
		quoted := func(s string) string {
			return `["` + strings.ReplaceAll(s, ",", `","`) + `"]`
		}
		one := fmt.Sprintf("{verbs: %s, apiGroups: %s, resources: %s", quoted(f[0]), quoted(group), quoted(resources))
		if len(f) > 2 {
			one += ", resourceNames: " + quoted(f[2])
		}
		list = append(list, one+"}")
	}
	kind, meta := "Cluster", "name: "+name
	if ns != "" {
		kind, meta = "", meta+", namespace: "+ns
	}
	subject := ""
	switch scheme, rest, ok := strings.Cut(whom, ":"); {
	case ok && scheme == "user":
		subject = "{kind: User, name: \"" + rest + "\"}"
	case ok:
		subject = "{kind: Group, name: \"" + rest + "\"}"
	default:
		at, account, _ := strings.Cut(whom, "/")
		subject = fmt.Sprintf("{kind: ServiceAccount, namespace: %s, name: %s}", at, account)
	}
	return fmt.Sprintf("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: %[1]sRole\nmetadata: {%[2]s}\nrules: [%[3]s]\n"+
		"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: %[1]sRoleBinding\nmetadata: {%[2]s}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: %[1]sRole, name: %[4]s}\nsubjects: [%[5]s]\n",
		kind, meta, strings.Join(list, ", "), name, subject)
}

func machineNamed(name, labels string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {%s}}\n", name, labels)
}

// awsAuth is what EKS maps IAM principals by.
const awsAuth = `---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::123456789012:role/admin
      username: admin
      groups: [system:masters]
`

const r = "rbac.authorization.k8s.io"

// shop is a namespace with two accounts, a bare pod, a deployment and a Secret;
// bank another, with one account.
var shop = namespaceOf("shop", "") + namespaceOf("bank", "") + sa("shop", "web") + sa("shop", "job") + sa("bank", "teller") + pod("shop", "one", "web", "", "") + deployment("shop", "two", "job") + secretOf("shop", "db")

// A sample is a cluster and the edges of techniques in it.
type sample struct {
	name, yaml string
	want       []string
}

// samples are every technique, with what it takes and without each part of that.
func samples() []sample {
	const any = "a node"
	return []sample{
		{"POD_CREATE", shop + gives("shop", "b", "shop/web", "create :pods"), []string{"role_binding b -POD_CREATE-> node " + any + " inferred", "role_binding b -POD_CREATE-> service_account job", "role_binding b -POD_CREATE-> service_account web"}},
		{"POD_CREATE refused by Pod Security", strings.Replace(shop, "name: shop, labels: {", "name: shop, labels: {pod-security.kubernetes.io/enforce: baseline", 1) + gives("shop", "b", "shop/web", "create :pods"),
			[]string{"role_binding b -POD_CREATE-> service_account job", "role_binding b -POD_CREATE-> service_account web"}},
		{"POD_CREATE allowed by Pod Security", strings.Replace(shop, "name: shop, labels: {", "name: shop, labels: {pod-security.kubernetes.io/enforce: privileged", 1) + gives("shop", "b", "shop/web", "create :pods"),
			[]string{"role_binding b -POD_CREATE-> node " + any, "role_binding b -POD_CREATE-> service_account job", "role_binding b -POD_CREATE-> service_account web"}},
		{"POD_CREATE everywhere", shop + gives("", "b", "shop/web", "create :pods"), []string{"cluster_role_binding b -POD_CREATE-> node " + any + " inferred", "cluster_role_binding b -POD_CREATE-> set every service account"}},
		{"create is not for names", shop + gives("shop", "b", "shop/web", "create :pods one"), nil},
		{"another group has no pods", shop + gives("shop", "b", "shop/web", "create apps:pods"), nil},
		{"reading pods gives nothing", shop + gives("shop", "b", "shop/web", "get,list,watch :pods,pods/log"), nil},
		{"WORKLOAD_CREATE", shop + gives("bank", "b", "shop/web", "create batch:cronjobs"), []string{"role_binding b -WORKLOAD_CREATE-> node " + any + " inferred", "role_binding b -WORKLOAD_CREATE-> service_account teller"}},
		{"WORKLOAD_PATCH", shop + gives("shop", "b", "shop/web", "patch apps:deployments two"), []string{"role_binding b -WORKLOAD_PATCH-> node " + any + " inferred", "role_binding b -WORKLOAD_PATCH-> service_account job", "role_binding b -WORKLOAD_PATCH-> service_account web"}},
		{"WORKLOAD_PATCH of what is not there", shop + gives("shop", "b", "shop/web", "patch apps:deployments three", "patch apps:statefulsets"), nil},
		{"a Job's template stays", shop + gives("shop", "b", "shop/web", "patch batch:jobs"), nil},
		{"POD_EXEC", shop + gives("shop", "b", "shop/web", "create :pods/exec"), []string{"role_binding b -POD_EXEC-> deployment two", "role_binding b -POD_EXEC-> pod one"}},
		{"POD_EXEC of a name", shop + gives("shop", "b", "shop/web", "create :pods/exec one"), []string{"role_binding b -POD_EXEC-> pod one"}},
		{"POD_EXEC of a controller's pod", shop + gives("shop", "b", "shop/web", "create :pods/exec two-abc-1"), []string{"role_binding b -POD_EXEC-> deployment two inferred"}},
		{"POD_EXEC elsewhere", shop + gives("bank", "b", "shop/web", "create :pods/exec"), nil},
		{"pods/* is no resource", shop + gives("shop", "b", "shop/web", "create :pods/*"), nil},
		{"*/exec is", shop + gives("shop", "b", "shop/web", "create :*/exec"), []string{"role_binding b -POD_EXEC-> deployment two", "role_binding b -POD_EXEC-> pod one"}},
		{"POD_PATCH", shop + gives("shop", "b", "shop/web", "patch :pods"), []string{"role_binding b -POD_PATCH-> deployment two", "role_binding b -POD_PATCH-> pod one"}},
		{"EPHEMERAL_CONTAINER", shop + gives("shop", "b", "shop/web", "patch :pods/ephemeralcontainers"), []string{"role_binding b -EPHEMERAL_CONTAINER-> deployment two", "role_binding b -EPHEMERAL_CONTAINER-> pod one"}},
		{"POD_ATTACH_API", shop + gives("shop", "b", "shop/web", "create :pods/attach one"), []string{"role_binding b -POD_ATTACH_API-> pod one inferred"}},
		{"POD_PORTFORWARD", shop + gives("shop", "b", "shop/web", "create :pods/portforward one"), []string{"role_binding b -POD_PORTFORWARD-> pod one touch"}},
		{"TOKEN_LIST", shop + gives("bank", "b", "shop/web", "list :secrets"), []string{"role_binding b -TOKEN_LIST-> service_account teller inferred"}},
		{"TOKEN_LIST by watch", shop + gives("bank", "b", "shop/web", "watch :secrets"), []string{"role_binding b -TOKEN_LIST-> service_account teller inferred"}},
		{"TOKEN_BRUTEFORCE", shop + gives("bank", "b", "shop/web", "get :secrets"), []string{"role_binding b -TOKEN_BRUTEFORCE-> service_account teller inferred"}},
		{"one Secret is not all", shop + gives("bank", "b", "shop/web", "get :secrets db"), nil},
		{"TOKEN_REQUEST", shop + gives("shop", "b", "bank/teller", "create :serviceaccounts/token web"), []string{"role_binding b -TOKEN_REQUEST-> service_account web"}},
		{"TOKEN_REQUEST is of the subresource", shop + gives("shop", "b", "bank/teller", "create :serviceaccounts"), nil},
		{"TOKEN_SECRET_CREATE", shop + gives("bank", "b", "shop/web", "create,get :secrets"), []string{"role_binding b -TOKEN_BRUTEFORCE-> service_account teller inferred", "role_binding b -TOKEN_SECRET_CREATE-> service_account teller"}},
		{"creating Secrets alone gives nothing", shop + gives("bank", "b", "shop/web", "create :secrets"), nil},
		{"IDENTITY_IMPERSONATE of accounts", shop + gives("bank", "b", "shop/web", "impersonate :serviceaccounts"), []string{"role_binding b -IDENTITY_IMPERSONATE-> service_account teller"}},
		{"IDENTITY_IMPERSONATE of users", shop + gives("", "b", "shop/web", "impersonate :users ann") + gives("", "c", "user:ann", "get :pods"), []string{"cluster_role_binding b -IDENTITY_IMPERSONATE-> user ann"}},
		{"users are of no namespace", shop + gives("shop", "b", "shop/web", "impersonate :users,groups") + gives("", "c", "user:ann", "get :pods"), nil},
		{"IDENTITY_IMPERSONATE of every group", shop + gives("", "b", "shop/web", "impersonate :users,groups"), []string{"cluster_role_binding b -IDENTITY_IMPERSONATE-> cluster Kubernetes cluster test"}},
		{"a group takes a user to be", shop + gives("", "b", "shop/web", "impersonate :groups"), nil},
		{"IDENTITY_IMPERSONATE of one group", shop + gives("", "b", "shop/web", "impersonate :groups team", "impersonate :users bob") + gives("", "c", "group:team", "get :pods"), []string{"cluster_role_binding b -IDENTITY_IMPERSONATE-> group team"}},
		{"ROLE_BIND cluster-wide", shop + gives("", "b", "shop/web", "create "+r+":clusterrolebindings", "bind "+r+":clusterroles"), []string{"cluster_role_binding b -ROLE_BIND-> cluster Kubernetes cluster test"}},
		{"ROLE_BIND without bind", shop + gives("", "b", "shop/web", "create "+r+":clusterrolebindings"), nil},
		{"ROLE_BIND of Roles by a ClusterRoleBinding", shop + gives("", "b", "shop/web", "create "+r+":clusterrolebindings", "bind "+r+":roles"), nil},
		{"ROLE_BIND in a namespace", shop + gives("shop", "b", "shop/web", "create "+r+":rolebindings", "bind "+r+":clusterroles"), []string{"role_binding b -ROLE_BIND-> namespace shop"}},
		{"ROLE_BIND of one ClusterRole", shop + gives("shop", "b", "shop/web", "create "+r+":rolebindings", "bind "+r+":clusterroles reader") + gives("", "reader", "user:ann", "create :pods/exec"),
			[]string{"cluster_role_binding reader -POD_EXEC-> set every workload", "permission_set reader in \"shop\" -POD_EXEC-> deployment two", "permission_set reader in \"shop\" -POD_EXEC-> pod one", "role_binding b -ROLE_BIND-> permission_set reader in \"shop\""}},
		{"ROLE_BIND of Roles", shop + gives("shop", "b", "shop/web", "create "+r+":rolebindings", "bind "+r+":roles other") + gives("shop", "other", "user:ann", "create :pods/exec one"),
			[]string{"role other -POD_EXEC-> pod one", "role_binding b -ROLE_BIND-> role other", "role_binding other -POD_EXEC-> pod one"}},
		{"ROLE_BIND by joining a binding", shop + gives("shop", "b", "shop/web", "patch "+r+":rolebindings other", "bind "+r+":roles") + gives("shop", "other", "user:ann", "get :pods"), []string{"role_binding b -ROLE_BIND-> role_binding other"}},
		{"ROLE_BIND over two bindings", shop + gives("shop", "b", "shop/web", "create "+r+":rolebindings") + gives("shop", "c", "shop/web", "bind "+r+":clusterroles"), []string{"service_account web -ROLE_BIND-> namespace shop"}},
		{"and not over two people", shop + gives("shop", "b", "shop/web", "create "+r+":rolebindings") + gives("shop", "c", "shop/job", "bind "+r+":clusterroles"), nil},
		{"ESCALATE_VERB", shop + gives("shop", "b", "shop/web", "update,escalate "+r+":roles b"), []string{"role_binding b -ESCALATE_VERB-> namespace shop"}},
		{"ESCALATE_VERB cluster-wide", shop + gives("", "b", "shop/web", "patch,escalate "+r+":clusterroles"), []string{"cluster_role_binding b -ESCALATE_VERB-> cluster Kubernetes cluster test"}},
		{"escalate on a role of somebody else", shop + gives("shop", "b", "shop/web", "update,escalate "+r+":roles other"), nil},
		{"update without escalate", shop + gives("shop", "b", "shop/web", "update "+r+":roles"), nil},
		{"CSR_APPROVE", shop + gives("", "b", "shop/web", "create certificates.k8s.io:certificatesigningrequests", "update certificates.k8s.io:certificatesigningrequests/approval", "approve certificates.k8s.io:signers kubernetes.io/kube-apiserver-client"),
			[]string{"cluster_role_binding b -CSR_APPROVE-> set every identity that a certificate names"}},
		{"another signer", shop + gives("", "b", "shop/web", "create certificates.k8s.io:certificatesigningrequests", "update certificates.k8s.io:certificatesigningrequests/approval", "approve certificates.k8s.io:signers example.com/*"), nil},
		{"nobody asks", shop + gives("", "b", "shop/web", "update certificates.k8s.io:certificatesigningrequests/approval", "approve certificates.k8s.io:signers"), nil},
		{"NODE_PROXY", shop + gives("", "b", "shop/web", "get :nodes/proxy"), []string{"cluster_role_binding b -NODE_PROXY-> set every workload"}},
		{"NODE_PROXY of one node", shop + machineNamed("n1", "") + machineNamed("n2", "") + pod("shop", "here", "web", "nodeName: n1", "") + gives("", "b", "shop/web", "create :nodes/proxy n1"),
			[]string{"cluster_role_binding b -NODE_PROXY-> pod here", "cluster_role_binding b -NODE_PROXY-> set every workload that any node may run inferred"}},
		{"nodes are of no namespace", shop + gives("shop", "b", "shop/web", "get :nodes/proxy"), nil},
		{"WEBHOOK_WRITE", shop + gives("", "b", "shop/web", "patch admissionregistration.k8s.io:mutatingwebhookconfigurations"), []string{"cluster_role_binding b -WEBHOOK_WRITE-> cluster Kubernetes cluster test inferred"}},
		{"WEBHOOK_WRITE that only looks", shop + gives("", "b", "shop/web", "create admissionregistration.k8s.io:validatingwebhookconfigurations"), []string{"cluster_role_binding b -WEBHOOK_WRITE-> set every Secret inferred"}},
		{"WEBHOOK_WRITE by policy", shop + gives("", "b", "shop/web", "create admissionregistration.k8s.io:mutatingadmissionpolicies,mutatingadmissionpolicybindings"), []string{"cluster_role_binding b -WEBHOOK_WRITE-> cluster Kubernetes cluster test inferred"}},
		{"a policy that is not bound", shop + gives("", "b", "shop/web", "create admissionregistration.k8s.io:mutatingadmissionpolicies"), nil},
		{"AWS_AUTH_MAP", shop + awsAuth + gives("kube-system", "b", "shop/web", "patch :configmaps aws-auth"), []string{"role_binding b -AWS_AUTH_MAP-> cluster Kubernetes cluster test inferred"}},
		{"another ConfigMap", shop + awsAuth + gives("kube-system", "b", "shop/web", "patch :configmaps other"), nil},
		{"of another namespace", shop + awsAuth + gives("shop", "b", "shop/web", "patch :configmaps aws-auth"), nil},
		{"of a cluster that is not of EKS", shop + gives("kube-system", "b", "shop/web", "patch :configmaps aws-auth"), nil},
		{"PV_HOSTPATH", strings.ReplaceAll(shop, "labels: {", "labels: {pod-security.kubernetes.io/enforce: restricted") + gives("", "b", "shop/web", "create :persistentvolumes") + gives("bank", "c", "shop/web", "create :persistentvolumeclaims,pods"),
			[]string{"role_binding c -POD_CREATE-> service_account teller", "service_account web -PV_HOSTPATH-> node " + any}},
		{"PSA_LABEL", strings.Replace(shop, "name: bank, labels: {", "name: bank, labels: {pod-security.kubernetes.io/enforce: restricted", 1) + gives("bank", "c", "shop/web", "create :pods", "patch :namespaces bank"),
			[]string{"role_binding c -POD_CREATE-> service_account teller", "role_binding c -PSA_LABEL-> node " + any}},
		{"NAMESPACE_TAKEOVER", shop + gives("bank", "c", "shop/web", "create :pods,pods/exec", "list :secrets"), []string{"role_binding c -NAMESPACE_TAKEOVER-> namespace bank", "role_binding c -POD_CREATE-> node " + any + " inferred"}},
		{"an administrator needs no technique", shop + gives("", "c", "shop/web", "* *:*"), nil},

		{"CE_PRIV_MOUNT", pod("a", "p", "s", "", "securityContext: {privileged: true}"), []string{"pod p -CE_MODULE_LOAD-> node " + any, "pod p -CE_PRIV_MOUNT-> node " + any}},
		{"in a user namespace of its own", pod("a", "p", "s", "hostUsers: false", "securityContext: {privileged: true}"), nil},
		{"as no root", pod("a", "p", "s", "", "securityContext: {privileged: true, runAsUser: 1000}"), []string{"pod p -CE_MODULE_LOAD-> node " + any + " inferred", "pod p -CE_PRIV_MOUNT-> node " + any + " inferred"}},
		{"CE_MODULE_LOAD", pod("a", "p", "s", "", "securityContext: {capabilities: {add: [CAP_SYS_MODULE]}}"), []string{"pod p -CE_MODULE_LOAD-> node " + any}},
		{"CE_NSENTER", pod("a", "p", "s", "hostPID: true", "securityContext: {privileged: true}"), []string{"pod p -CE_MODULE_LOAD-> node " + any, "pod p -CE_NSENTER-> node " + any, "pod p -CE_PRIV_MOUNT-> node " + any}},
		{"hostPID alone", pod("a", "p", "s", "hostPID: true", ""), nil},
		{"CE_SYS_PTRACE", pod("a", "p", "s", "hostPID: true", "securityContext: {capabilities: {add: [SYS_PTRACE, SYS_ADMIN]}}"), []string{"pod p -CE_SYS_PTRACE-> node " + any}},
		{"CE_SYS_PTRACE without one", pod("a", "p", "s", "hostPID: true", "securityContext: {capabilities: {add: [SYS_PTRACE]}}"), nil},
		{"CE_NET_MITM", pod("a", "p", "s", "hostNetwork: true", "securityContext: {capabilities: {add: [NET_ADMIN]}}"), []string{"pod p -CE_NET_MITM-> node " + any + " touch inferred"}},
		{"CE_HOST_PROCESS", pod("a", "p", "s", "securityContext: {windowsOptions: {hostProcess: true}}", ""), []string{"pod p -CE_HOST_PROCESS-> node " + any}},
		{"ENDPOINT_EXPLOIT", pod("a", "p", "s", "", "ports: [{containerPort: 8080}, {containerPort: 53, protocol: UDP}, {containerPort: 8080}]"), []string{"endpoint port 53/UDP of p -ENDPOINT_EXPLOIT-> pod p inferred", "endpoint port 8080/TCP of p -ENDPOINT_EXPLOIT-> pod p inferred"}},
		{"no port", pod("a", "p", "s", "", "ports: [{containerPort: 0}]"), nil},
		{"harmless pods", pod("a", "p", "s", "hostIPC: true, shareProcessNamespace: true", "securityContext: {capabilities: {add: [CHOWN]}}"), nil},
	}
}

func TestEachTechnique(t *testing.T) {
	for _, c := range samples() {
		a := loaded(t, parse(t, c.yaml))
		a.unique(t)
		got := slices.DeleteFunc(a.all(), func(s string) bool {
			return strings.HasPrefix(s, "node ") || strings.HasPrefix(s, "volume ") || strings.HasPrefix(s, "set ") // what nodes give has a test of its own
		})
		slices.Sort(c.want)
		if d := cmp.Diff(c.want, got); d != "" && len(c.want)+len(got) > 0 {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// A proof names what decides: without any rule that it names the edge is gone.
func TestProofDecides(t *testing.T) {
	for _, c := range samples() {
		all := parse(t, c.yaml)
		a := loaded(t, all)
		for i := range a.edges {
			e := &a.edges[i]
			for _, p := range e.Proof {
				if e.Technique == "" || p.Statement == "" || !strings.HasSuffix(p.Ref.Type(), "role") {
					continue
				}
				row, _ := a.in.Find(p.Ref)
				less := clone(t, all)
				for _, o := range less {
					if strings.HasSuffix(o.kind(), "Role") && o.name() == a.in.Name(row) {
						list := o["rules"].([]any)
						k, err := strconv.Atoi(p.Statement)
						if err != nil || k >= len(list) {
							t.Fatalf("%s: %s names rule %q", c.name, a.spell(e), p.Statement)
						}
						o["rules"] = slices.Delete(list, k, k+1)
					}
				}
				b := loaded(t, less)
				if slices.Contains(b.all(), a.spell(e)) {
					t.Errorf("%s: %s is there without rule %s of %s, which its proof names", c.name, a.spell(e), p.Statement, a.in.Name(row))
				}
			}
		}
	}
}
