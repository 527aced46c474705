// Package kubernetes makes the effects of a Kubernetes cluster's facts: whom a
// binding lets become whom, what a pod may do to its node, and which identities a
// node's holder gets.
//
// A binding is a node of its own here, as KubeHound's permission sets are:
// identities and groups lead to the bindings that apply to them
// (PERMISSION_DISCOVER), and bindings to what their rules give in their scope. So
// thousands of subjects share one set of edges, and the edge to cut is an object
// that an administrator can delete. What takes several rights that no single
// binding has is an edge of the identity that has them all.
//
// A right over everything of a kind in a whole cluster leads to one node that
// stands for all ("every service account of the cluster"); one over a namespace
// leads to the things in it, or to the namespace where it controls all of them.
//
// Rights are evaluated by package k8srbac. What admission plugins refuse is not
// known from the API: edges that depend on it are inferred, with the condition.
package kubernetes

import (
	"context"
	"slices"

	"github.com/droverhq/drover/graph/effective"
)

// system is the first segment of this system's refs.
const system = "kubernetes"

// System evaluates the clusters that connector kubernetes reads, live or from
// manifests.
var System = &effective.System{
	Name:  system,
	Title: "Kubernetes",
	Doc: "RBAC as the API server evaluates it, the attacks of KubeHound's catalogue, and further ways to other identities: escalate, bind, token requests, certificate requests, " +
		"kubelet proxy, webhooks, persistent volumes, Pod Security labels. Admission webhooks, the Node and Webhook authorizers and network policies are not evaluated.",
	Techniques: techniques,
	Load:       load,
}

func load(ctx context.Context, in *effective.Input) (*effective.Model, error) {
	w, err := read(ctx, in)
	if err != nil {
		return nil, err
	}
	m := &model{world: w}
	for _, c := range w.clusters {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b := newBuilder(c)
		b.build()
		m.edges = append(m.edges, b.edges...)
		m.gaps = append(m.gaps, c.gaps...)
	}
	m.profiles()
	return &effective.Model{
		Edges: slices.Values(m.edges), Profile: m.profile, Touch: m.touch, Question: m.question, Decide: m.decide, Grants: m.grants,
		Gaps: m.gaps, Catalogue: catalogueName,
	}, nil
}
