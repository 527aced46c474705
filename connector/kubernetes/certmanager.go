package kubernetes

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

const certManager = "cert-manager.io"

// certManagerKinds say who issues which certificates (cert-manager, API
// reference v1).
var certManagerKinds = []*kind{
	certKind("clusterissuers", "ClusterIssuer", "cluster_issuer", false, "who issues certificates to the whole cluster", emitIssuer),
	certKind("issuers", "Issuer", "issuer", true, "who issues certificates in a namespace", emitIssuer),
	certKind("certificates", "Certificate", "certificate", true, "which certificates are kept, for which names, until when", emitCertificate),
	certKind("certificaterequests", "CertificateRequest", "certificate_request", true, "who asked for which certificate", emitCertificateRequest),
}

func certKind(resource, name, typ string, namespaced bool, why string, emit func(*cluster, *object, *connector.Out)) *kind {
	return &kind{section: "cert-manager-" + resource, group: certManager, version: "v1", resource: resource, name: name, typ: typ, namespaced: namespaced, optional: true,
		needs: []string{"secret", "service_account", "issuer", "cluster_issuer", "certificate"}, scope: connector.Scope{Name: scopeName(resource, certManager), Why: why}, emit: emit}
}

// clusterResources is the namespace in which a ClusterIssuer's Secrets are, unless
// cert-manager was started with another one.
const clusterResources = "cert-manager"

// An issuerRef names an Issuer, or one of another group (an external issuer).
type issuerRef struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Group string `json:"group"`
}

// issuer is the end of an edge to an issuer of a namespace.
func (c *cluster) issuerEnd(ns string, r issuerRef) drover.Ref {
	name := cut(r.Name, 253)
	switch {
	case r.Group != "" && r.Group != certManager:
		return c.end(snake(r.Kind), ns, name)
	case r.Kind == "ClusterIssuer":
		return c.end("cluster_issuer", "", name)
	}
	return c.end("issuer", ns, name)
}

// emitIssuer emits an authority, the Secrets that it works with, and the
// identities that these open.
func emitIssuer(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec map[string]json.RawMessage `json:"spec"`
	}
	var s struct {
		Spec struct {
			ACME *struct {
				Server  string `json:"server"`
				Email   string `json:"email"`
				Solvers []struct {
					DNS *struct {
						Route53 *struct {
							Role  string `json:"role"`
							KeyID string `json:"accessKeyID"`
						} `json:"route53"`
					} `json:"dns01"`
				} `json:"solvers"`
			} `json:"acme"`
			Vault *vaultProvider `json:"vault"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	if err := o.decode(&s); err != nil {
		out.Lost(o.where, err)
		return
	}
	typ, ns := "issuer", o.Meta.Namespace
	if o.Kind == "ClusterIssuer" {
		typ, ns = "cluster_issuer", clusterResources
	}
	attrs := map[string]any{}
	for _, k := range []string{"acme", "ca", "vault", "selfSigned", "venafi"} {
		if _, ok := v.Spec[k]; ok {
			attrs["issuer"] = k
		}
	}
	if a := s.Spec.ACME; a != nil {
		setText(attrs, "server", a.Server, 512)
	}
	if w := s.Spec.Vault; w != nil {
		setText(attrs, "server", w.Server, 512)
		setText(attrs, "path", w.Path, 512)
	}
	n := c.node(o, drover.KindResource, typ, attrs)
	out.Node(n)
	c.specSecrets(o, n.Ref, ns, out)
	c.accountOf(o, n.Ref, out)
	if a := s.Spec.ACME; a != nil {
		if mail := strings.ToLower(strings.TrimSpace(a.Email)); strings.Contains(mail, "@") && usable(mail) {
			out.Edge(drover.Edge{From: drover.UnseenRef("email:" + cut(mail, 254)), To: n.Ref, Kind: drover.EdgeOwns, Grade: drover.GradeDeclared, Proof: o.where + " spec.acme.email"})
		}
		for i, sv := range a.Solvers[:min(len(a.Solvers), maxWords)] {
			if sv.DNS == nil || sv.DNS.Route53 == nil {
				continue
			}
			proof := fmt.Sprintf("%s spec.acme.solvers[%d].dns01.route53", o.where, i)
			if r := sv.DNS.Route53; strings.HasPrefix(r.Role, "arn:") {
				out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef(cut(r.Role, 2048)), Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared, Proof: proof})
			} else if accessKey.MatchString(r.KeyID) {
				out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef("aws-key-principal:" + r.KeyID), Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared, Proof: proof})
			}
		}
	}
	if s.Spec.Vault != nil {
		c.vaultEdges(o, n.Ref, "spec.vault", s.Spec.Vault, ns, out)
	}
}

// accountOf is the account of the authority that an ACME issuer has registered.
func (c *cluster) accountOf(o *object, issuer drover.Ref, out *connector.Out) {
	var v struct {
		Status struct {
			ACME *struct {
				URI string `json:"uri"`
			} `json:"acme"`
		} `json:"status"`
	}
	if o.decode(&v) != nil || v.Status.ACME == nil || !strings.HasPrefix(v.Status.ACME.URI, "https://") {
		return
	}
	uri := cut(v.Status.ACME.URI, 1024)
	n := drover.Node{Ref: drover.NewRef("acme", "", "account", uri), Kind: drover.KindIdentity, Type: "acme.account", Name: uri}
	out.Node(n)
	out.Edge(drover.Edge{From: issuer, To: n.Ref, Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared, Proof: o.where + " status.acme.uri"})
}

// emitCertificate emits a certificate that cert-manager keeps: for whom, from
// whom, until when, and in which Secret.
func emitCertificate(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Secret  string    `json:"secretName"`
			Issuer  issuerRef `json:"issuerRef"`
			CN      string    `json:"commonName"`
			DNS     []string  `json:"dnsNames"`
			URIs    []string  `json:"uris"`
			Emails  []string  `json:"emailAddresses"`
			IPs     []string  `json:"ipAddresses"`
			Usages  []string  `json:"usages"`
			CA      tri       `json:"isCA"`
			Life    text      `json:"duration"`
			Before  text      `json:"renewBefore"`
			Private *struct {
				Algorithm string `json:"algorithm"`
				Size      number `json:"size"`
				Rotation  string `json:"rotationPolicy"`
			} `json:"privateKey"`
		} `json:"spec"`
		Status struct {
			NotBefore text `json:"notBefore"`
			NotAfter  text `json:"notAfter"`
		} `json:"status"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	s, ns := v.Spec, o.Meta.Namespace
	attrs := map[string]any{}
	setText(attrs, "secretName", s.Secret, 253)
	setText(attrs, "commonName", s.CN, 512)
	setText(attrs, "duration", string(s.Life), 64)
	setText(attrs, "renewBefore", string(s.Before), 64)
	setTri(attrs, "isCA", s.CA)
	for k, l := range map[string][]string{"dnsNames": s.DNS, "uris": s.URIs, "emailAddresses": s.Emails, "ipAddresses": s.IPs, "usages": s.Usages} {
		if len(l) > 0 {
			attrs[k] = bound(l)
		}
	}
	if s.Private != nil {
		setText(attrs, "algorithm", s.Private.Algorithm, 32)
		setNumber(attrs, "size", s.Private.Size)
		setText(attrs, "rotationPolicy", s.Private.Rotation, 32)
	}
	attrs["issuerRef"] = map[string]any{"name": cut(s.Issuer.Name, 253), "kind": or(cut(s.Issuer.Kind, 128), "Issuer")}
	n := c.node(o, drover.KindCredential, "certificate", attrs)
	n.Expires, n.Rotated = day(v.Status.NotAfter), day(v.Status.NotBefore)
	out.Node(n)
	if s.Issuer.Name != "" {
		out.Edge(drover.Edge{From: n.Ref, To: c.issuerEnd(ns, s.Issuer), Kind: drover.EdgeIssuedBy, Grade: drover.GradeDeclared, Proof: o.where + " spec.issuerRef"})
	}
	if s.Secret != "" {
		to := c.end("secret", ns, cut(s.Secret, 253))
		out.Edge(drover.Edge{From: n.Ref, To: to, Kind: drover.EdgeStoredIn, Grade: drover.GradeDeclared, Proof: o.where + " spec.secretName"})
		out.Edge(drover.Edge{From: n.Ref, To: to, Kind: drover.EdgeCreated, Grade: drover.GradeDeclared, Proof: o.where + " spec.secretName"})
	}
	for i, u := range s.URIs[:min(len(s.URIs), maxWords)] {
		if strings.HasPrefix(u, "spiffe://") && usable(u) {
			out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef(cut(u, 2048)), Kind: drover.EdgeAuthenticates, Grade: drover.GradeDeclared, Proof: fmt.Sprintf("%s spec.uris[%d]", o.where, i)})
		}
	}
}

// emitCertificateRequest emits who asked an issuer for a certificate. One that a
// Certificate made is counted under it.
func emitCertificateRequest(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Issuer   issuerRef `json:"issuerRef"`
			Username string    `json:"username"`
			CA       tri       `json:"isCA"`
			Usages   []string  `json:"usages"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	setText(attrs, "username", v.Spec.Username, 512)
	setTri(attrs, "isCA", v.Spec.CA)
	if len(v.Spec.Usages) > 0 {
		attrs["usages"] = bound(v.Spec.Usages)
	}
	n := c.node(o, drover.KindResource, "certificate_request", attrs)
	if r := o.controller(); r != nil && r.Kind == "Certificate" {
		n.Template = c.ownerNode("certificate", o.Meta.Namespace, *r)
		out.Node(n)
		return
	}
	out.Node(n)
	if v.Spec.Issuer.Name != "" {
		out.Edge(drover.Edge{From: n.Ref, To: c.issuerEnd(o.Meta.Namespace, v.Spec.Issuer), Kind: drover.EdgeIssuedBy, Grade: drover.GradeDeclared, Proof: o.where + " spec.issuerRef"})
	}
	if v.Spec.Username != "" && c.live {
		// The API server fills it in with whoever made the request.
		out.Edge(drover.Edge{From: c.user(v.Spec.Username, out), To: n.Ref, Kind: drover.EdgeCreated, Proof: o.where + " spec.username"})
	}
}

// day is a time as the API writes it; zero where it is none.
func day(s text) time.Time {
	t, err := time.Parse(time.RFC3339, string(s))
	if err != nil {
		return time.Time{}
	}
	return t
}
