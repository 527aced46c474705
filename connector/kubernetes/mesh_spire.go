package kubernetes

import (
	"regexp"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var (
	templateDomain = regexp.MustCompile(`\{\{-?\s*\.TrustDomain\s*-?\}\}`)
	templateAny    = regexp.MustCompile(`\{\{[^{}]*\}\}`)
)

// spiffePattern is a template of SPIFFE ids with a * for each part that differs
// from pod to pod (SPIRE Controller Manager, ClusterSPIFFEID). "" where it is no
// SPIFFE id.
func (c *cluster) spiffePattern(template string) string {
	domain := c.trustDomain
	if domain == "" {
		domain = "*"
	}
	p := templateAny.ReplaceAllLiteralString(templateDomain.ReplaceAllLiteralString(cut(template, 1024), domain), "*")
	if !strings.HasPrefix(p, "spiffe://") || strings.ContainsAny(p, "{}") {
		return ""
	}
	return p
}

// emitClusterSPIFFEID emits the rule by which pods get their ids.
func emitClusterSPIFFEID(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Template   string   `json:"spiffeIDTemplate"`
			Admin      tri      `json:"admin"`
			Downstream tri      `json:"downstream"`
			Federates  []string `json:"federatesWith"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	setText(attrs, "spiffeIDTemplate", v.Spec.Template, 1024)
	setTri(attrs, "admin", v.Spec.Admin)
	setTri(attrs, "downstream", v.Spec.Downstream)
	if f := v.Spec.Federates; len(f) > 0 {
		attrs["federatesWith"] = f[:min(len(f), maxWords)]
	}
	var targets []drover.Ref
	if p := c.spiffePattern(v.Spec.Template); p != "" {
		targets = append(targets, drover.UnseenRef(p))
	}
	c.policyNode(o, "cluster_spiffe_id", attrs, targets, out)
}

// spiffeIdentity emits an identity that a registration entry makes.
func (c *cluster) spiffeIdentity(o *object, typ, id string, attrs map[string]any, out *connector.Out) drover.Ref {
	n := c.node(o, drover.KindIdentity, typ, attrs)
	if strings.HasPrefix(id, "spiffe://") {
		n.Aliases = c.aliases(func(h string) []string { return []string{c.objectAlias(h, typ, o.Meta.Namespace, n.Name)} }, append(n.Aliases, cut(id, 2048))...)
	}
	out.Node(n)
	return n.Ref
}

// emitStaticEntry emits a registration entry for what runs outside of pods.
func emitStaticEntry(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			ID         string   `json:"spiffeID"`
			Parent     string   `json:"parentID"`
			Selectors  []string `json:"selectors"`
			Admin      tri      `json:"admin"`
			Downstream tri      `json:"downstream"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	setText(attrs, "spiffeID", v.Spec.ID, 2048)
	setText(attrs, "parentID", v.Spec.Parent, 2048)
	setTri(attrs, "admin", v.Spec.Admin)
	setTri(attrs, "downstream", v.Spec.Downstream)
	if s := v.Spec.Selectors; len(s) > 0 {
		attrs["selectors"] = s[:min(len(s), maxWords)]
	}
	c.spiffeIdentity(o, "cluster_static_entry", v.Spec.ID, attrs, out)
}

// emitSpiffeID emits a registration entry of the older registrar, and the service
// account whose pods get the id.
func emitSpiffeID(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			ID       string `json:"spiffeId"`
			Parent   string `json:"parentId"`
			Selector struct {
				Namespace string `json:"namespace"`
				Account   string `json:"serviceAccount"`
				Pod       string `json:"podName"`
			} `json:"selector"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	s := v.Spec.Selector
	attrs := map[string]any{}
	setText(attrs, "spiffeId", v.Spec.ID, 2048)
	setText(attrs, "parentId", v.Spec.Parent, 2048)
	ref := c.spiffeIdentity(o, "spiffe_id", v.Spec.ID, attrs, out)
	if s.Account != "" && s.Namespace != "" {
		var cond map[string]any
		if s.Pod != "" {
			cond = map[string]any{"podName": cut(s.Pod, 253)}
		}
		out.Edge(drover.Edge{From: c.saEnd(cut(s.Namespace, 63), cut(s.Account, 253)), To: ref, Kind: drover.EdgeCanAssume, Cond: conditions(cond), Grade: drover.GradeDeclared, Proof: o.where + " spec.selector"})
	}
}

// emitFederation emits a trust domain whose ids are taken, too.
func emitFederation(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Domain   string `json:"trustDomain"`
			Endpoint string `json:"bundleEndpointURL"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	setText(attrs, "trustDomain", v.Spec.Domain, 255)
	setText(attrs, "bundleEndpointURL", v.Spec.Endpoint, 1024)
	ref := c.policyNode(o, "cluster_federated_trust_domain", attrs, nil, out)
	if v.Spec.Domain != "" {
		out.Edge(drover.Edge{From: ref, To: drover.UnseenRef("spiffe://" + cut(strings.ToLower(v.Spec.Domain), 255) + "/*"), Kind: drover.EdgeTrusts, Proof: o.where + " spec.trustDomain"})
	}
}
