package kubernetes

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

type nameIn struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// linkerdEnd is the service account behind an identity of Linkerd:
// <account>.<namespace>.serviceaccount.identity.<control plane>.<trust domain>
// (Linkerd documentation, Authorization Policy). Patterns and other names stay
// as they are.
func (c *cluster) linkerdEnd(identity string) drover.Ref {
	identity = cut(identity, 512)
	words := strings.SplitN(identity, ".", 4)
	if len(words) == 4 && words[2] == "serviceaccount" && words[0] != "*" && words[1] != "*" {
		return c.saEnd(words[1], words[0])
	}
	return drover.UnseenRef("kubernetes-linkerd:" + identity)
}

// emitServerAuthorization emits whom the ports of a Server take calls from.
func emitServerAuthorization(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Server *nameObject `json:"server"`
			Client struct {
				Unauthenticated tri `json:"unauthenticated"`
				TLS             *struct {
					Unauthenticated tri      `json:"unauthenticatedTLS"`
					Identities      []string `json:"identities"`
					Accounts        []nameIn `json:"serviceAccounts"`
				} `json:"meshTLS"`
			} `json:"client"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	setTri(attrs, "unauthenticated", v.Spec.Client.Unauthenticated)
	if v.Spec.Server != nil {
		setText(attrs, "server", v.Spec.Server.Name, 253)
	}
	ref := c.policyNode(o, "server_authorization", attrs, nil, out)
	if v.Spec.Client.Unauthenticated.yes {
		out.Edge(drover.Edge{From: ref, To: anybody, Kind: drover.EdgeTrusts, Proof: o.where + " spec.client.unauthenticated"})
	}
	if t := v.Spec.Client.TLS; t != nil {
		c.linkerdTrust(o, ref, "spec.client.meshTLS", t.Identities, t.Accounts, out)
	}
}

func (c *cluster) linkerdTrust(o *object, ref drover.Ref, field string, identities []string, accounts []nameIn, out *connector.Out) {
	for i, id := range identities[:min(len(identities), maxSources)] {
		end := c.linkerdEnd(id)
		if id == "*" {
			end = drover.UnseenRef("kubernetes-linkerd:*")
		}
		out.Edge(drover.Edge{From: ref, To: end, Kind: drover.EdgeTrusts, Proof: fmt.Sprintf("%s %s.identities[%d]", o.where, field, i)})
	}
	for i, a := range accounts[:min(len(accounts), maxSources)] {
		ns := a.Namespace
		if ns == "" {
			ns = o.Meta.Namespace
		}
		out.Edge(drover.Edge{From: ref, To: c.saEnd(cut(ns, 63), cut(a.Name, 253)), Kind: drover.EdgeTrusts, Proof: fmt.Sprintf("%s %s.serviceAccounts[%d]", o.where, field, i)})
	}
}

// emitMeshTLS emits a list of identities that policies refer to.
func emitMeshTLS(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Identities []string `json:"identities"`
			Refs       []nameIn `json:"identityRefs"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	ref := c.policyNode(o, "mesh_tls_authentication", map[string]any{}, nil, out)
	var accounts []nameIn
	for i, r := range v.Spec.Refs[:min(len(v.Spec.Refs), maxSources)] {
		switch r.Kind {
		case "ServiceAccount":
			accounts = append(accounts, r)
		case "Namespace":
			out.Edge(drover.Edge{From: ref, To: c.end("namespace", "", cut(r.Name, 253)), Kind: drover.EdgeTrusts, Proof: fmt.Sprintf("%s spec.identityRefs[%d]", o.where, i)})
		}
	}
	c.linkerdTrust(o, ref, "spec", v.Spec.Identities, accounts, out)
}

// emitLinkerdPolicy emits which authentications callers of a target need.
func emitLinkerdPolicy(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Target   *nameIn  `json:"targetRef"`
			Required []nameIn `json:"requiredAuthenticationRefs"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	var targets []drover.Ref
	if t := v.Spec.Target; t != nil {
		ns := o.Meta.Namespace
		if t.Kind == "Namespace" {
			ns = ""
		}
		targets = append(targets, c.end(snake(t.Kind), ns, cut(t.Name, 253)))
	}
	ref := c.policyNode(o, "linkerd_authorization_policy", map[string]any{}, targets, out)
	for i, r := range v.Spec.Required[:min(len(v.Spec.Required), maxWords)] {
		ns := r.Namespace
		if ns == "" {
			ns = o.Meta.Namespace
		}
		typ := snake(r.Kind)
		if r.Kind == "MeshTLSAuthentication" {
			typ = "mesh_tls_authentication"
		}
		out.Edge(drover.Edge{From: ref, To: c.end(typ, cut(ns, 63), cut(r.Name, 253)), Kind: drover.EdgeTrusts, Proof: fmt.Sprintf("%s spec.requiredAuthenticationRefs[%d]", o.where, i)})
	}
}
