package kubernetes

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

// managerKinds make other objects, or bring secrets into the cluster.
var managerKinds = concat(secretStoreKinds, deliveryKinds, operatorKinds, webhookKinds)

func managerKind(section, group, version, resource, name, typ string, namespaced bool, why string, needs []string, emit func(*cluster, *object, *connector.Out)) *kind {
	return &kind{section: section, group: group, version: version, resource: resource, name: name, typ: typ, namespaced: namespaced, optional: true, needs: needs,
		scope: connector.Scope{Name: scopeName(resource, group), Why: why}, emit: emit}
}

// Labels and annotations by which tools mark what they made.
const (
	helmName      = "meta.helm.sh/release-name" // Helm 3 writes both into all that it makes
	helmNamespace = "meta.helm.sh/release-namespace"
	argoTracking  = "argocd.argoproj.io/tracking-id" // Argo CD documentation, Resource Tracking
	argoInstance  = "argocd.argoproj.io/instance"
	fluxKustomize = "kustomize.toolkit.fluxcd.io/" // Flux documentation, Kustomization and HelmRelease: name, namespace
	fluxHelm      = "helm.toolkit.fluxcd.io/"
	olmOwner      = "olm.owner" // Operator Lifecycle Manager: name, .kind, .namespace
)

// managed joins an object to whoever made it, as far as its labels, annotations
// and owner references say. They are what tools write down about themselves, and
// anybody may write them, so the edges are declared.
func (c *cluster) managed(typ string, o *object, out *connector.Out) {
	to := c.ref(typ, o)
	made := func(from drover.Ref, proof string) {
		if from != to {
			out.Edge(drover.Edge{From: from, To: to, Kind: drover.EdgeCreated, Grade: drover.GradeDeclared, Proof: o.where + " " + proof})
		}
	}
	if typ == "secret" {
		c.databaseSecret(o, out)
	}
	m := &o.Meta
	if r := o.controller(); r != nil && r.Kind != "Node" && !folded(typ) {
		from := c.aliasEnd(snake(r.Kind), m.Namespace, r.Name)
		if r.UID != "" {
			from = drover.UnseenRef("k8s-uid:" + cut(r.UID, 64))
		}
		made(from, "ownerReferences")
	}
	if name := m.Annotations[helmName]; name != "" {
		made(c.helmRelease(or(m.Annotations[helmNamespace], m.Namespace), name, out), "annotation "+helmName)
	}
	if app, field := argoApp(m); app != "" && typ != "argocd_application" {
		made(c.argoEnd(app), field)
	}
	for _, f := range []struct{ prefix, typ string }{{fluxKustomize, "flux_kustomization"}, {fluxHelm, "flux_helm_release"}} {
		if name := m.Labels[f.prefix+"name"]; name != "" && typ != f.typ {
			made(c.aliasEnd(f.typ, or(cut(m.Labels[f.prefix+"namespace"], 63), m.Namespace), cut(name, 253)), "label "+f.prefix+"name")
		}
	}
	if name := m.Labels[olmOwner]; name != "" && m.Labels[olmOwner+".kind"] == "ClusterServiceVersion" {
		made(c.aliasEnd("cluster_service_version", or(cut(m.Labels[olmOwner+".namespace"], 63), m.Namespace), cut(name, 253)), "label "+olmOwner)
	}
	if !folded(typ) || o.controller() == nil {
		for _, by := range []struct {
			what string
			tags map[string]string
		}{{"label", m.Labels}, {"annotation", m.Annotations}} {
			for _, e := range decode.TagEdges(to, by.what, o.where, by.tags, func(s string) string { return cut(secret.RedactString(s), 512) }) {
				out.Edge(e)
			}
		}
	}
}

// folded reports whether objects of the type are counted under their controller.
func folded(typ string) bool {
	for _, w := range podLike {
		if w.typ == typ {
			return true
		}
	}
	return typ == "certificate_request"
}

// helmRelease emits a release of Helm, which is no object of the API but the name
// that all objects of it carry.
func (c *cluster) helmRelease(ns, name string, out *connector.Out) drover.Ref {
	ns, name = cut(ns, 253), cut(name, 253)
	n := drover.Node{Ref: c.named("helm_release", join(ns, name)), Kind: drover.KindResource, Type: system + ".helm_release", Name: name,
		Attrs: drover.NewAttrs(map[string]any{"namespace": ns}), Aliases: c.aliases(func(h string) []string { return []string{c.objectAlias(h, "helm_release", ns, name)} })}
	out.Node(n)
	return n.Ref
}

// argoApp is the application that an object is part of by its own word, and where
// it says so. The tracking id is <app>:<group>/<kind>:<namespace>/<name>.
func argoApp(m *meta) (app, field string) {
	if id := m.Annotations[argoTracking]; id != "" {
		app, _, _ := strings.Cut(id, ":")
		return cut(app, 253), "annotation " + argoTracking
	}
	return cut(m.Labels[argoInstance], 253), "label " + argoInstance
}

// argoEnd is an application by its name. Those outside of Argo CD's own namespace
// are called <namespace>_<name>; of the others the namespace is not known.
func (c *cluster) argoEnd(app string) drover.Ref {
	if ns, name, ok := strings.Cut(app, "_"); ok {
		return c.aliasEnd("argocd_application", ns, name)
	}
	return c.aliasEnd("argocd_application", "*", app)
}

// aliasEnd is the end of an edge to an object by its name, whether it is read or
// not: for references from objects of any kind to one that may come later.
func (c *cluster) aliasEnd(typ, ns, name string) drover.Ref {
	return drover.UnseenRef(c.objectAlias(c.name(), typ, ns, name))
}
