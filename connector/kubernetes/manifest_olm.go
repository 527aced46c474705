package kubernetes

import (
	"encoding/json"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

const olmGroup = "operators.coreos.com"

// operatorKinds are operators as the Operator Lifecycle Manager installs them.
var operatorKinds = []*kind{
	managerKind("clusterserviceversions", olmGroup, "v1alpha1", "clusterserviceversions", "ClusterServiceVersion", "cluster_service_version", true, "which operators are installed, and what they have made", nil, emitServiceVersion),
}

type serviceVersion struct {
	Spec struct {
		Version  text `json:"version"`
		Provider struct {
			Name string `json:"name"`
		} `json:"provider"`
		Maintainers []struct {
			Email string `json:"email"`
		} `json:"maintainers"`
		Install struct {
			Spec struct {
				Permissions        []bundlePermission `json:"permissions"`
				ClusterPermissions []bundlePermission `json:"clusterPermissions"`
				Deployments        []struct {
					Name string          `json:"name"`
					Spec json.RawMessage `json:"spec"`
				} `json:"deployments"`
			} `json:"spec"`
		} `json:"install"`
	} `json:"spec"`
}

type bundlePermission struct {
	Account string          `json:"serviceAccountName"`
	Rules   json.RawMessage `json:"rules"`
}

// emitServiceVersion emits an installed operator. Operators are copied into each
// namespace that they watch; the copies are no operators of their own.
func emitServiceVersion(c *cluster, o *object, out *connector.Out) {
	var v serviceVersion
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	setText(attrs, "version", string(v.Spec.Version), 64)
	setText(attrs, "provider", v.Spec.Provider.Name, 253)
	if from := o.Meta.Labels["olm.copiedFrom"]; from != "" {
		attrs["copiedFrom"] = cut(from, 253)
	}
	out.Node(c.node(o, drover.KindWorkload, "cluster_service_version", attrs))
}

// maxBundled bounds what one operator's bundle makes.
const maxBundled = 500

// bundled are the objects that the Operator Lifecycle Manager makes of a
// ClusterServiceVersion of a manifest: accounts, roles, bindings and deployments
// (OLM documentation, ClusterServiceVersion, install strategy). Roles and bindings
// get names of their own there, which nobody knows before; here they are called
// after the operator and the account.
func bundled(k *kind, o *object) []kept {
	if k.typ != "cluster_service_version" || o.Meta.Labels["olm.copiedFrom"] != "" {
		return nil
	}
	var v serviceVersion
	if o.decode(&v) != nil {
		return nil // emit says so
	}
	b := bundle{o: o}
	for _, p := range v.Spec.Install.Spec.ClusterPermissions {
		b.permission(p, "ClusterRole", "ClusterRoleBinding")
	}
	for _, p := range v.Spec.Install.Spec.Permissions {
		b.permission(p, "Role", "RoleBinding")
	}
	for _, d := range v.Spec.Install.Spec.Deployments {
		b.add("apps/v1", "Deployment", d.Name, map[string]any{"spec": d.Spec})
	}
	return b.out
}

// A bundle collects the objects of one operator.
type bundle struct {
	o   *object
	out []kept
}

func (b *bundle) permission(p bundlePermission, role, binding string) {
	const rbac = "rbac.authorization.k8s.io"
	account := or(p.Account, "default")
	name := cut(b.o.Meta.Name+"-"+account, 253)
	b.add("v1", "ServiceAccount", account, nil)
	b.add(rbac+"/v1", role, name, map[string]any{"rules": p.Rules})
	b.add(rbac+"/v1", binding, name, map[string]any{
		"roleRef":  map[string]any{"apiGroup": rbac, "kind": role, "name": name},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": account, "namespace": or(b.o.Meta.Namespace, "default")}},
	})
}

// add makes an object that says whose it is, as the manager labels it.
func (b *bundle) add(api, name, object string, rest map[string]any) {
	k := manifestKind(groupOf(api), name)
	if k == nil || object == "" || len(b.out) >= maxBundled {
		return
	}
	meta := map[string]any{"name": object, "labels": map[string]any{olmOwner: b.o.Meta.Name, olmOwner + ".kind": "ClusterServiceVersion", olmOwner + ".namespace": or(b.o.Meta.Namespace, "default")}}
	if k.namespaced {
		meta["namespace"] = b.o.Meta.Namespace
	}
	all := map[string]any{"apiVersion": api, "kind": name, "metadata": meta}
	for f, v := range rest {
		if raw, ok := v.(json.RawMessage); !ok || len(raw) > 0 {
			all[f] = v
		}
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return
	}
	if o, err := parseObject(raw, b.o.where); err == nil {
		b.out = append(b.out, kept{k, o})
	}
}
