package kubernetes

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

const (
	fluxSource = "source.toolkit.fluxcd.io"
	fluxKs     = "kustomize.toolkit.fluxcd.io"
	fluxHr     = "helm.toolkit.fluxcd.io"
)

var sourceNeeds = []string{"secret", "service_account", "flux_git_repository", "flux_helm_repository", "flux_oci_repository", "flux_bucket"}

// deliveryKinds bring what lies in a repository into the cluster.
var deliveryKinds = []*kind{
	managerKind("argocd-applications", "argoproj.io", "v1alpha1", "applications", "Application", "argocd_application", true, "which repository the objects that Argo CD makes are from", nil, emitArgoApplication),
	managerKind("flux-gitrepositories", fluxSource, "v1", "gitrepositories", "GitRepository", "flux_git_repository", true, "which repository the objects that Flux makes are from", sourceNeeds[:2], emitFluxSource),
	managerKind("flux-helmrepositories", fluxSource, "v1", "helmrepositories", "HelmRepository", "flux_helm_repository", true, "where the charts that Flux installs are from", sourceNeeds[:2], emitFluxSource),
	managerKind("flux-ocirepositories", fluxSource, "v1", "ocirepositories", "OCIRepository", "flux_oci_repository", true, "where the artifacts that Flux installs are from", sourceNeeds[:2], emitFluxSource),
	managerKind("flux-buckets", fluxSource, "v1", "buckets", "Bucket", "flux_bucket", true, "where the manifests that Flux applies are from", sourceNeeds[:2], emitFluxSource),
	managerKind("flux-kustomizations", fluxKs, "v1", "kustomizations", "Kustomization", "flux_kustomization", true, "as whom Flux applies what", sourceNeeds, emitFluxApply),
	managerKind("flux-helmreleases", fluxHr, "v2", "helmreleases", "HelmRelease", "flux_helm_release", true, "as whom Flux installs what", sourceNeeds, emitFluxApply),
}

// A delivered is one repository, chart or path that an Application applies.
type delivered struct {
	Repo  string `json:"repoURL"`
	Path  string `json:"path"`
	Chart string `json:"chart"`
	Rev   text   `json:"targetRevision"`
	Helm  *struct {
		Parameters json.RawMessage `json:"parameters"`
		Values     json.RawMessage `json:"values"` // a text, YAML
		Object     json.RawMessage `json:"valuesObject"`
	} `json:"helm"`
}

// emitArgoApplication emits an application of Argo CD and the repositories that
// what it makes is from.
func emitArgoApplication(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Project string      `json:"project"`
			Source  *delivered  `json:"source"`
			Sources []delivered `json:"sources"`
			To      struct {
				Server    string `json:"server"`
				Name      string `json:"name"`
				Namespace string `json:"namespace"`
			} `json:"destination"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	if v.Spec.Source != nil {
		v.Spec.Sources = append([]delivered{*v.Spec.Source}, v.Spec.Sources...)
	}
	sources := v.Spec.Sources[:min(len(v.Spec.Sources), maxWords)]
	attrs := map[string]any{}
	setText(attrs, "project", v.Spec.Project, 253)
	to := map[string]any{}
	setText(to, "server", hostName(v.Spec.To.Server), 253)
	setText(to, "name", v.Spec.To.Name, 253)
	setText(to, "namespace", v.Spec.To.Namespace, 253)
	if len(to) > 0 {
		attrs["destination"] = to
	}
	var from []map[string]any
	for _, s := range sources {
		one := map[string]any{}
		setText(one, "repository", repository(s.Repo), 1024)
		setText(one, "path", s.Path, 1024)
		setText(one, "chart", s.Chart, 253)
		setText(one, "targetRevision", string(s.Rev), 253)
		from = append(from, one)
	}
	if from != nil {
		attrs["sources"] = from
	}
	n := c.node(o, drover.KindWorkload, "argocd_application", attrs)
	out.Node(n)
	at := spot{ns: or(v.Spec.To.Namespace, o.Meta.Namespace), holder: n.Ref, where: o.where}
	for i, s := range sources {
		if s.Helm != nil {
			path := fmt.Sprintf("spec.sources[%d].helm.", i)
			c.searchValues(at, path+"parameters", s.Helm.Parameters, out)
			c.searchValues(at, path+"values", s.Helm.Values, out)
			c.searchValues(at, path+"valuesObject", s.Helm.Object, out)
		}
		if end, ok := repositoryEnd(s.Repo); ok {
			part := or(s.Path, s.Chart)
			out.Edge(drover.Edge{From: end, To: n.Ref, Kind: drover.EdgeCreated, Part: cut(part, 512), Grade: drover.GradeDeclared, Proof: fmt.Sprintf("%s spec.sources[%d].repoURL", o.where, i)})
		}
	}
}

// emitFluxSource emits a source of Flux, the repository behind it, and the Secret
// that it is fetched with.
func emitFluxSource(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			URL      string `json:"url"`
			Provider string `json:"provider"`
			Endpoint string `json:"endpoint"`
			Bucket   string `json:"bucketName"`
			Account  string `json:"serviceAccountName"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	typ := map[string]string{"GitRepository": "flux_git_repository", "HelmRepository": "flux_helm_repository", "OCIRepository": "flux_oci_repository", "Bucket": "flux_bucket"}[o.Kind]
	attrs := map[string]any{}
	setText(attrs, "repository", repository(v.Spec.URL), 1024)
	setText(attrs, "provider", v.Spec.Provider, 64)
	setText(attrs, "endpoint", hostName(v.Spec.Endpoint), 253)
	setText(attrs, "bucketName", v.Spec.Bucket, 253)
	n := c.node(o, drover.KindResource, typ, attrs)
	out.Node(n)
	if end, ok := repositoryEnd(v.Spec.URL); ok && o.Kind == "GitRepository" {
		out.Edge(drover.Edge{From: end, To: n.Ref, Kind: drover.EdgeCreated, Grade: drover.GradeDeclared, Proof: o.where + " spec.url"})
	}
	if v.Spec.Account != "" {
		out.Edge(drover.Edge{From: n.Ref, To: c.saEnd(o.Meta.Namespace, cut(v.Spec.Account, 253)), Kind: drover.EdgeRunsAs, Proof: o.where + " spec.serviceAccountName"})
	}
	c.specSecrets(o, n.Ref, o.Meta.Namespace, out)
}

// emitFluxApply emits what Flux applies: from which source, as which service
// account, with which Secrets.
func emitFluxApply(c *cluster, o *object, out *connector.Out) {
	type source struct {
		Kind      string `json:"kind"`
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	}
	var v struct {
		Spec struct {
			Account string  `json:"serviceAccountName"`
			Target  string  `json:"targetNamespace"`
			Path    string  `json:"path"`
			Release string  `json:"releaseName"`
			Source  *source `json:"sourceRef"`
			Ref     *source `json:"chartRef"`
			Chart   *struct {
				Spec struct {
					Chart  string  `json:"chart"`
					Source *source `json:"sourceRef"`
				} `json:"spec"`
			} `json:"chart"`
			Inline json.RawMessage `json:"values"`
			Values []struct {
				Kind string `json:"kind"`
				Name string `json:"name"`
			} `json:"valuesFrom"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	s, ns := v.Spec, o.Meta.Namespace
	typ := "flux_kustomization"
	if o.Kind == "HelmRelease" {
		typ = "flux_helm_release"
	}
	attrs := map[string]any{}
	setText(attrs, "serviceAccountName", s.Account, 253)
	setText(attrs, "targetNamespace", s.Target, 63)
	setText(attrs, "path", s.Path, 1024)
	setText(attrs, "releaseName", s.Release, 253)
	if s.Chart != nil {
		setText(attrs, "chart", s.Chart.Spec.Chart, 253)
		s.Source = s.Chart.Spec.Source
	}
	if s.Ref != nil {
		s.Source = s.Ref
	}
	n := c.node(o, drover.KindWorkload, typ, attrs)
	out.Node(n)
	if r := s.Source; r != nil && r.Name != "" {
		from := c.end("flux_"+snakeSource(r.Kind), or(cut(r.Namespace, 63), ns), cut(r.Name, 253))
		out.Edge(drover.Edge{From: from, To: n.Ref, Kind: drover.EdgeCreated, Grade: drover.GradeDeclared, Proof: o.where + " spec.sourceRef"})
	}
	if s.Account != "" {
		out.Edge(drover.Edge{From: n.Ref, To: c.saEnd(ns, cut(s.Account, 253)), Kind: drover.EdgeRunsAs, Proof: o.where + " spec.serviceAccountName"})
	}
	for i, f := range s.Values[:min(len(s.Values), maxWords)] {
		if f.Kind == "Secret" {
			out.Edge(drover.Edge{From: n.Ref, To: c.end("secret", ns, cut(f.Name, 253)), Kind: drover.EdgeReadsSecret, Part: "valuesFrom", Proof: fmt.Sprintf("%s spec.valuesFrom[%d]", o.where, i)})
		}
	}
	c.searchValues(spot{ns: or(s.Target, ns), holder: n.Ref, where: o.where}, "spec.values", s.Inline, out)
	c.specSecrets(o, n.Ref, ns, out)
}

func snakeSource(kind string) string {
	if kind == "OCIRepository" {
		return "oci_repository"
	}
	return strings.ToLower(snake(kind))
}
