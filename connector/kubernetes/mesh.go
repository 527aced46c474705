package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// meshKinds say which workloads take calls from whom, and which SPIFFE ids
// workloads get.
var meshKinds = []*kind{
	policyKind("istio-authorizationpolicies", istioGroup, "v1", "authorizationpolicies", "AuthorizationPolicy", "authorization_policy", emitAuthorization),
	policyKind("istio-peerauthentications", istioGroup, "v1", "peerauthentications", "PeerAuthentication", "peer_authentication", emitPeerAuthentication),
	policyKind("istio-requestauthentications", istioGroup, "v1", "requestauthentications", "RequestAuthentication", "request_authentication", emitRequestAuthentication),
	policyKind("linkerd-serverauthorizations", linkerdGroup, "v1beta1", "serverauthorizations", "ServerAuthorization", "server_authorization", emitServerAuthorization),
	policyKind("linkerd-meshtlsauthentications", linkerdGroup, "v1alpha1", "meshtlsauthentications", "MeshTLSAuthentication", "mesh_tls_authentication", emitMeshTLS),
	linkerdPolicyKind,
	spireKind("spire-clusterspiffeids", "spire.spiffe.io", "v1alpha1", "clusterspiffeids", "ClusterSPIFFEID", "cluster_spiffe_id", false, emitClusterSPIFFEID),
	spireKind("spire-clusterstaticentries", "spire.spiffe.io", "v1alpha1", "clusterstaticentries", "ClusterStaticEntry", "cluster_static_entry", false, emitStaticEntry),
	spireKind("spire-clusterfederatedtrustdomains", "spire.spiffe.io", "v1alpha1", "clusterfederatedtrustdomains", "ClusterFederatedTrustDomain", "cluster_federated_trust_domain", false, emitFederation),
	spireKind("spire-spiffeids", "spiffeid.spiffe.io", "v1beta1", "spiffeids", "SpiffeID", "spiffe_id", true, emitSpiffeID),
}

var linkerdPolicyKind = func() *kind {
	k := policyKind("linkerd-authorizationpolicies", linkerdGroup, "v1alpha1", "authorizationpolicies", "AuthorizationPolicy", "linkerd_authorization_policy", emitLinkerdPolicy)
	k.needs = append([]string{"mesh_tls_authentication"}, meshNeeds...)
	return k
}()

const (
	istioGroup   = "security.istio.io"
	linkerdGroup = "policy.linkerd.io"
)

// meshNeeds are what selectors choose from.
var meshNeeds = []string{"service_account", "namespace", "deployment", "stateful_set", "daemon_set", "cron_job", "replication_controller", "rollout", "replica_set", "job", "pod", "service"}

func policyKind(section, group, version, resource, name, typ string, emit func(*cluster, *object, *connector.Out)) *kind {
	return &kind{section: section, group: group, version: version, resource: resource, name: name, typ: typ, namespaced: true, optional: true, needs: meshNeeds,
		scope: connector.Scope{Name: scopeName(resource, group), Why: "which workloads take calls from which identities of the mesh"}, emit: emit}
}

func spireKind(section, group, version, resource, name, typ string, namespaced bool, emit func(*cluster, *object, *connector.Out)) *kind {
	return &kind{section: section, group: group, version: version, resource: resource, name: name, typ: typ, namespaced: namespaced, optional: true, needs: []string{"service_account"},
		scope: connector.Scope{Name: scopeName(resource, group), Why: "which SPIFFE ids SPIRE gives to which workloads"}, emit: emit}
}

// istioSelector is where a policy of Istio applies (Istio reference, Policy
// Targeting).
type istioSelector struct {
	Selector *struct {
		Labels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	Target  *targetRef  `json:"targetRef"`
	Targets []targetRef `json:"targetRefs"`
}

type targetRef struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
}

// istioRoot is the namespace whose policies hold for the whole mesh, unless its
// configuration names another.
const istioRoot = "istio-system"

// maxTargets bounds the workloads that one policy is joined to one by one.
const maxTargets = 1000

// targets are the nodes that a policy holds for: the workloads that its selector
// chooses, a service that it names, else the namespace, else in the root namespace
// the cluster.
func (c *cluster) targets(o *object, s istioSelector, out *connector.Out) []drover.Ref {
	ns := o.Meta.Namespace
	var refs []drover.Ref
	if s.Target != nil {
		s.Targets = append(s.Targets, *s.Target)
	}
	for _, t := range s.Targets[:min(len(s.Targets), 16)] {
		typ := snake(t.Kind)
		refs = append(refs, c.end(typ, ns, cut(t.Name, 253)))
	}
	switch {
	case len(refs) > 0:
	case s.Selector != nil && len(s.Selector.Labels) > 0:
		var all bool
		if refs, all = c.selected(ns, s.Selector.Labels); !all {
			out.Note(o.where, fmt.Sprintf("its selector chooses more than %d workloads; it is joined to the first ones", maxTargets))
		}
	case ns == istioRoot:
		refs = []drover.Ref{c.self()}
	default:
		refs = []drover.Ref{c.end("namespace", "", ns)}
	}
	return refs
}

// A labelled is a workload and the labels that its pods have.
type labelled struct {
	labels map[string]string
	ref    drover.Ref
}

// selected are the workloads of a namespace, or of the whole cluster for the root
// namespace, whose pods have all these labels; all is false where they are too
// many.
func (c *cluster) selected(ns string, want map[string]string) (refs []drover.Ref, all bool) {
	spaces := []string{ns}
	if ns == istioRoot {
		spaces = sortedKeys(c.pods)
	}
	for _, space := range spaces {
		for _, p := range c.pods[space] {
			if !matches(p.labels, want) {
				continue
			}
			refs = append(refs, p.ref)
		}
	}
	slices.Sort(refs)
	refs = slices.Compact(refs)
	return refs[:min(len(refs), maxTargets)], len(refs) <= maxTargets
}

func matches(labels, want map[string]string) bool {
	for k, v := range want {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// policyNode emits the node of a policy with its text, and joins it to what it
// holds for.
func (c *cluster) policyNode(o *object, typ string, attrs map[string]any, targets []drover.Ref, out *connector.Out) drover.Ref {
	var v struct {
		Spec json.RawMessage `json:"spec"`
	}
	if o.decode(&v) == nil {
		if body := policyText(v.Spec); body != "" {
			attrs["document"] = out.Document(drover.NewDocument("k8s-"+strings.ReplaceAll(typ, "_", "-"), body))
		}
	}
	n := c.node(o, drover.KindPolicy, typ, attrs)
	out.Node(n)
	for _, t := range targets {
		out.Edge(drover.Edge{From: n.Ref, To: t, Kind: drover.EdgeAttached, Proof: o.where + " spec"})
	}
	return n.Ref
}

// maxPolicy is the longest policy that is kept as a document.
const maxPolicy = 256 << 10

// spiffe is the id of a principal as Istio writes it, without the scheme. The
// trust domain cluster.local stands for the mesh's own (Istio reference,
// Authorization Policy Trust Domain).
func (c *cluster) spiffe(principal string) drover.Ref {
	p := strings.TrimPrefix(principal, "spiffe://")
	if rest, ok := strings.CutPrefix(p, "cluster.local/"); ok && c.trustDomain != "" {
		p = c.trustDomain + "/" + rest
	}
	return drover.UnseenRef("spiffe://" + cut(p, 1024))
}

// istioMap is the ConfigMap with the configuration of the mesh, in istioRoot.
const istioMap = "istio"

// findTrustDomain asks for the trust domain of the mesh; most clusters have none.
func (r *reader) findTrustDomain(ctx context.Context) error {
	if r.trustDomain != "" {
		return nil
	}
	const path = "/api/v1/namespaces/" + istioRoot + "/configmaps/" + istioMap
	var m configMap
	err := r.client.small(ctx, path, &m)
	switch {
	case errors.Is(err, drover.ErrPermission):
		r.notes[path] = "the trust domain of Istio's mesh, if there is one, may not be read, so that SPIFFE ids are not linked; set the option trust_domain, or grant\n" + configMapRule
	case errors.Is(err, drover.ErrNotFound):
	case err != nil:
		// A passing fault must not take the service accounts' names away.
		return fmt.Errorf("ask for the mesh's configuration: %w", err)
	default:
		r.trustDomain = meshDomain(m.Data)
	}
	return nil
}

// meshDomain is the trust domain of a mesh as Istio's ConfigMap has it (Istio
// reference, Global Mesh Options); "" where it names none.
func meshDomain(data map[string]string) string {
	docs, _ := decode.Documents("mesh configuration", []byte(data["mesh"]))
	for _, d := range docs {
		if td := strings.ToLower(d.Str("trustDomain")); td != "" && !strings.ContainsAny(td, "/ \t\n") {
			return cut(td, 255)
		}
	}
	return ""
}
