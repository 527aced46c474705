package kubernetes

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var serviceAccountKind = &kind{
	version: "v1", resource: "serviceaccounts", name: "ServiceAccount", typ: "service_account", namespaced: true,
	scope: connector.Scope{Name: "serviceaccounts: list", Why: "the identities of workloads; nothing else is joined without them"},
	needs: []string{"secret"},
	emit:  emitServiceAccount,
}

type serviceAccount struct {
	Automount *bool        `json:"automountServiceAccountToken"`
	Secrets   []nameObject `json:"secrets"`
	Pull      []nameObject `json:"imagePullSecrets"`
}

type nameObject struct {
	Name string `json:"name"`
}

func emitServiceAccount(c *cluster, o *object, out *connector.Out) {
	var sa serviceAccount
	if err := o.decode(&sa); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	if sa.Automount != nil {
		attrs["automountServiceAccountToken"] = *sa.Automount
	}
	n := c.node(o, drover.KindIdentity, "service_account", attrs)
	n.Aliases = c.serviceAccountAliases(o)
	out.Node(n)
	c.memberOf(n.Ref, groupAccounts+":"+o.Meta.Namespace, "", "every service account is in the group of its namespace", nil, out)
	for _, p := range sa.Pull {
		out.Edge(drover.Edge{From: n.Ref, To: c.end("secret", o.Meta.Namespace, p.Name), Kind: drover.EdgeReadsSecret, Part: "imagePullSecrets", Proof: o.where + " imagePullSecrets"})
	}
	for _, s := range sa.Secrets {
		out.Edge(drover.Edge{From: n.Ref, To: c.end("secret", o.Meta.Namespace, s.Name), Kind: drover.EdgeReadsSecret, Part: "secrets", Proof: o.where + " secrets"})
	}
	c.cloudEdges(o, n.Ref, out)
}

// serviceAccountAliases are the names by which clusters, audit logs, clouds and
// meshes call a service account.
func (c *cluster) serviceAccountAliases(o *object) []string {
	ns, name := o.Meta.Namespace, o.Meta.Name
	user := serviceAccountUser(ns, name)
	var more []string
	if usable(o.Meta.UID) {
		more = append(more, "k8s-uid:"+o.Meta.UID)
	}
	if _, _, ok := serviceAccountOf(user); !ok {
		return more // a manifest's, of a name that no API server takes
	}
	if c.issuer != "" {
		more = append(more, "oidc:"+c.issuer+"|"+user)
	}
	if c.trustDomain != "" {
		more = append(more, "spiffe://"+c.trustDomain+"/ns/"+ns+"/sa/"+name)
	}
	return c.aliases(func(h string) []string {
		return []string{"k8s:" + h + "/" + ns + "/" + name, "k8s-user:" + h + "/" + user}
	}, more...)
}

// serviceAccountUser is how the API server calls a service account (Kubernetes
// documentation, Managing Service Accounts).
func serviceAccountUser(ns, name string) string { return "system:serviceaccount:" + ns + ":" + name }

// cloudEdges are the identities of clouds that annotations declare: IAM roles for
// service accounts (EKS), Workload Identity (GKE, AKS). The other side decides,
// so they are declared.
func (c *cluster) cloudEdges(o *object, sa drover.Ref, out *connector.Out) {
	edge := func(key, alias string, cond map[string]any) {
		out.Edge(drover.Edge{From: sa, To: drover.UnseenRef(alias), Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared,
			Cond: drover.NewAttrs(cond), Proof: o.where + " annotation " + key})
	}
	const eks, gke, aks, tenant = "eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id", "azure.workload.identity/tenant-id"
	if v := strings.TrimSpace(o.Meta.Annotations[eks]); strings.HasPrefix(v, "arn:") {
		edge(eks, v, nil)
	}
	if v := strings.TrimSpace(o.Meta.Annotations[gke]); strings.Contains(v, "@") {
		edge(gke, "email:"+strings.ToLower(v), nil)
	}
	if v := strings.TrimSpace(o.Meta.Annotations[aks]); v != "" {
		cond := map[string]any{}
		if t := o.Meta.Annotations[tenant]; t != "" {
			cond["tenant"] = cut(t, 64)
		}
		edge(aks, "azure-app:"+strings.ToLower(v), cond)
	}
}
