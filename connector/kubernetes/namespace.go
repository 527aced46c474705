package kubernetes

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var namespaceKind = &kind{
	version: "v1", resource: "namespaces", name: "Namespace", typ: "namespace",
	scope: connector.Scope{Name: "namespaces: get, list", Why: "which cluster this is (the uid of kube-system), and the labels of namespaces, such as who owns them"},
	emit:  emitNamespace,
}

func emitNamespace(c *cluster, o *object, out *connector.Out) {
	out.Node(c.node(o, drover.KindResource, "namespace", nil))
	out.Edge(drover.Edge{From: c.self(), To: c.ref("namespace", o), Kind: drover.EdgeContains, Proof: o.where})
}

// self is the node of the cluster itself.
func (c *cluster) self() drover.Ref {
	if c.byUID() {
		return drover.NewRef(system, c.tenant, "cluster", c.tenant)
	}
	return c.named("cluster", c.name())
}
