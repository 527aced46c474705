package kubernetes

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var (
	clusterRoleBindingKind = &kind{
		group: rbacGroup, version: "v1", resource: "clusterrolebindings", name: "ClusterRoleBinding", typ: "cluster_role_binding",
		scope: connector.Scope{Name: "clusterrolebindings: list", Why: "who has which cluster role everywhere; users and groups are known from bindings alone"},
		needs: []string{"service_account", "cluster_role"},
		emit:  func(c *cluster, o *object, out *connector.Out) { emitBinding(c, o, "cluster_role_binding", out) },
	}
	roleBindingKind = &kind{
		group: rbacGroup, version: "v1", resource: "rolebindings", name: "RoleBinding", typ: "role_binding", namespaced: true,
		scope: connector.Scope{Name: "rolebindings: list", Why: "who has which role in a namespace"},
		needs: []string{"service_account", "cluster_role", "role"},
		emit:  func(c *cluster, o *object, out *connector.Out) { emitBinding(c, o, "role_binding", out) },
	}
)

type binding struct {
	Role struct {
		Group string `json:"apiGroup"`
		Kind  string `json:"kind"`
		Name  string `json:"name"`
	} `json:"roleRef"`
	Subjects []subject `json:"subjects"`
}

type subject struct {
	Group     string `json:"apiGroup"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// maxSubjects bounds the subjects of one binding; an object of the API server's
// size limit has fewer.
const maxSubjects = 50_000

// emitBinding emits a binding: each subject becomes a member of the role, in the
// binding's namespace if it has one, and the binding is attached to each.
func emitBinding(c *cluster, o *object, typ string, out *connector.Out) {
	var b binding
	if err := o.decode(&b); err != nil {
		out.Lost(o.where, err)
		return
	}
	if len(b.Subjects) > maxSubjects {
		out.Lost(o.where, errTooMany("subjects", len(b.Subjects), maxSubjects))
		return
	}
	n := c.node(o, drover.KindPolicy, typ, map[string]any{
		"roleRef": map[string]any{"kind": cut(b.Role.Kind, 128), "name": cut(b.Role.Name, 512)}, "subjects": len(b.Subjects),
	})
	if o.Meta.Labels["kubernetes.io/bootstrapping"] == "rbac-defaults" {
		n.Attrs = n.Attrs.With("provider_managed", true)
	}
	out.Node(n)
	role, err := c.roleEnd(o, &b)
	if err != nil {
		out.Lost(o.where, err)
		return
	}
	var cond drover.Attrs
	if typ == "role_binding" {
		cond = drover.NewAttrs(map[string]any{"namespace": o.Meta.Namespace})
	}
	for i, s := range b.Subjects {
		who, ok := c.subject(o, s, out)
		proof := fmt.Sprintf("%s subjects[%d]", o.where, i)
		if !ok {
			out.Note(o.where, fmt.Sprintf("subjects[%d] is of no kind that RBAC knows, so it binds nobody", i))
			continue
		}
		out.Edge(drover.Edge{From: who, To: role, Kind: drover.EdgeMemberOf, Part: n.Ref.ID(), Cond: cond, Proof: proof})
		out.Edge(drover.Edge{From: n.Ref, To: who, Kind: drover.EdgeAttached, Proof: proof})
	}
}

func (c *cluster) roleEnd(o *object, b *binding) (drover.Ref, error) {
	switch {
	case b.Role.Name == "":
	case b.Role.Kind == "ClusterRole":
		return c.end("cluster_role", "", b.Role.Name), nil
	case b.Role.Kind == "Role" && o.Meta.Namespace != "":
		return c.end("role", o.Meta.Namespace, b.Role.Name), nil
	}
	return "", fmt.Errorf("roleRef names no Role and no ClusterRole: %w", drover.ErrInvalid)
}

// subject is the end of an edge to whom a binding names. A service account
// without a namespace is refused by the API server; a manifest that is applied to
// a namespace may leave it to that.
func (c *cluster) subject(o *object, s subject, out *connector.Out) (drover.Ref, bool) {
	switch {
	case s.Name == "":
	case s.Kind == "ServiceAccount":
		ns := s.Namespace
		if ns == "" {
			ns = o.Meta.Namespace
		}
		return c.saEnd(ns, s.Name), true
	case s.Kind == "User":
		return c.user(s.Name, out), true
	case s.Kind == "Group":
		return c.group(s.Name, out), true
	}
	return "", false
}

func errTooMany(what string, n, most int) error {
	return fmt.Errorf("%d of %s are over the limit of %d: %w", n, what, most, drover.ErrInvalid)
}
