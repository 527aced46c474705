package kubernetes

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var nodeKind = &kind{
	version: "v1", resource: "nodes", name: "Node", typ: "node",
	scope: connector.Scope{Name: "nodes: list", Why: "the machines, each an identity of its own (system:node:<name>) that may read the secrets of its pods"},
	emit:  emitNode,
}

type node struct {
	Spec struct {
		ProviderID string `json:"providerID"`
	} `json:"spec"`
	Status struct {
		Info struct {
			MachineID  string `json:"machineID"`
			SystemUUID string `json:"systemUUID"`
			OSImage    string `json:"osImage"`
			Kubelet    string `json:"kubeletVersion"`
			Arch       string `json:"architecture"`
			OS         string `json:"operatingSystem"`
			Runtime    string `json:"containerRuntimeVersion"`
		} `json:"nodeInfo"`
	} `json:"status"`
}

// emitNode emits a node and the user that its kubelet signs in as (Kubernetes
// documentation, Using Node Authorization).
func emitNode(c *cluster, o *object, out *connector.Out) {
	var n node
	if err := o.decode(&n); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	info := n.Status.Info
	for k, v := range map[string]string{
		"providerID": n.Spec.ProviderID, "machineID": info.MachineID, "systemUUID": info.SystemUUID, "osImage": info.OSImage, "kubeletVersion": info.Kubelet,
		"architecture": info.Arch, "operatingSystem": info.OS, "containerRuntimeVersion": info.Runtime,
	} {
		if v != "" {
			attrs[k] = cut(v, 512)
		}
	}
	it := c.node(o, drover.KindWorkload, "node", attrs)
	out.Node(it)
	name := "system:node:" + o.Meta.Name
	user := c.user(name, out)
	c.memberOf(user, groupNodes, "", "the authorizer takes as a node who is "+name+" in "+groupNodes, nil, out)
	out.Edge(drover.Edge{From: it.Ref, To: user, Kind: drover.EdgeRunsAs, Proof: o.where})
}
