package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover/connector"
)

// scopes are one rule for each kind, and the role that has them all.
func scopes() []connector.Scope {
	list := []connector.Scope{{
		Name:  "ClusterRole drover",
		Why:   "all of what follows in one role: it reads, and can write nothing",
		Grant: "kubectl apply -f - <<'EOF'\n" + Manifest() + "EOF",
	}}
	for _, k := range kinds {
		s := k.scope
		s.Grant = k.rule()
		list = append(list, s)
	}
	return append(list, connector.Scope{
		Name:  "configmaps: get " + strings.Join(configMaps, ", "),
		Why:   "which IAM principals sign in to an EKS cluster, which authorities issue client certificates, since when legacy tokens are tracked",
		Grant: configMapRule,
	}, connector.Scope{
		Name:  "nonResourceURLs: get /.well-known/openid-configuration",
		Why:   "the issuer of service account tokens, by which clouds know them; the option issuer does as well",
		Grant: urlRule,
	})
}

const urlRule = `- nonResourceURLs: ["/.well-known/openid-configuration", "/version", "/api", "/api/*", "/apis", "/apis/*"]
  verbs: ["get"]`

// rule is the rule of a ClusterRole that reading this kind needs.
func (k *kind) rule() string {
	verbs := `["list"]`
	if k == namespaceKind {
		verbs = `["get", "list"]`
	}
	return fmt.Sprintf("- apiGroups: [%q]\n  resources: [%q]\n  verbs: %s", k.group, k.resource, verbs)
}

// Manifest is the least ClusterRole that reads everything, its service account
// and the binding between them, as YAML for kubectl apply.
func Manifest() string {
	var rules []string
	for _, k := range kinds {
		if r := k.rule(); !slices.Contains(rules, r) {
			rules = append(rules, r)
		}
	}
	return `apiVersion: v1
kind: Namespace
metadata: {name: drover}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: drover, namespace: drover}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: drover}
rules:
` + strings.Join(append(rules, configMapRule, urlRule), "\n") + `
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: drover}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: drover}
subjects:
- {kind: ServiceAccount, name: drover, namespace: drover}
`
}
