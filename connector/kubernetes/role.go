package kubernetes

import (
	"encoding/json"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

const rbacGroup = "rbac.authorization.k8s.io"

var (
	clusterRoleKind = &kind{
		group: rbacGroup, version: "v1", resource: "clusterroles", name: "ClusterRole", typ: "cluster_role",
		scope: connector.Scope{Name: "clusterroles: list", Why: "what bindings to cluster roles allow"},
		emit:  func(c *cluster, o *object, out *connector.Out) { emitRole(c, o, "cluster_role", out) },
	}
	roleKind = &kind{
		group: rbacGroup, version: "v1", resource: "roles", name: "Role", typ: "role", namespaced: true,
		scope: connector.Scope{Name: "roles: list", Why: "what bindings to roles of namespaces allow"},
		emit:  func(c *cluster, o *object, out *connector.Out) { emitRole(c, o, "role", out) },
	}
)

// maxRules bounds the rules that are kept of one role, in bytes.
const maxRules = 512 << 10

// emitRole emits a role; its rules are a document in the language k8s-rbac: a
// JSON object with rules and aggregationRule as the API has them.
func emitRole(c *cluster, o *object, typ string, out *connector.Out) {
	var role struct {
		Rules       json.RawMessage `json:"rules"`
		Aggregation json.RawMessage `json:"aggregationRule"`
	}
	if err := o.decode(&role); err != nil {
		out.Lost(o.where, err)
		return
	}
	if len(role.Rules) > maxRules {
		out.Lost(o.where, errTooMany("rules", len(role.Rules), maxRules))
		return
	}
	body := map[string]any{"rules": []any{}}
	for name, raw := range map[string]json.RawMessage{"rules": role.Rules, "aggregationRule": role.Aggregation} {
		var v any
		if len(raw) > 0 && decodeJSON(raw, &v) == nil && v != nil {
			body[name] = v
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{"document": out.Document(drover.NewDocument("k8s-rbac", string(text)))}
	if body["aggregationRule"] != nil {
		attrs["aggregationRule"] = body["aggregationRule"]
	}
	if o.Meta.Labels["kubernetes.io/bootstrapping"] == "rbac-defaults" {
		attrs["provider_managed"] = true
	}
	out.Node(c.node(o, drover.KindRole, typ, attrs))
}
