package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/cert"
)

var requestKind = &kind{
	section: "certificatesigningrequests", group: "certificates.k8s.io", version: "v1", resource: "certificatesigningrequests", name: "CertificateSigningRequest", typ: "certificate_signing_request",
	scope: connector.Scope{Name: "certificatesigningrequests: list", Why: "who asked for client certificates, and the certificates that were issued: no other object of the API tells of them"},
	needs: []string{"service_account"},
	emit:  emitRequest,
}

type request struct {
	Spec struct {
		Signer   string   `json:"signerName"`
		Seconds  *int64   `json:"expirationSeconds"`
		Usages   []string `json:"usages"`
		Username string   `json:"username"`
		UID      string   `json:"uid"`
		Groups   []string `json:"groups"`
	} `json:"spec"`
	Status struct {
		Certificate []byte `json:"certificate"`
		Conditions  []struct {
			Type   string `json:"type"`
			Reason string `json:"reason"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

// The signers whose certificates the API server takes from clients (Kubernetes
// documentation, Certificate Signing Requests).
var clientSigners = []string{"kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/legacy-unknown"}

// issued is the part of the section that certificates are in. The API server
// forgets requests after an hour, the certificates stay good until they expire:
// that a request is not there any more proves nothing of its certificate.
const issued = "issued"

// emitRequest emits a request for a certificate and the certificate that came of
// it.
func emitRequest(c *cluster, o *object, out *connector.Out) {
	var r request
	if err := o.decode(&r); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{"signerName": cut(r.Spec.Signer, 512), "username": cut(r.Spec.Username, 512), "usages": bound(r.Spec.Usages), "groups": bound(r.Spec.Groups)}
	if r.Spec.Seconds != nil {
		attrs["expirationSeconds"] = *r.Spec.Seconds
	}
	var conditions []string
	for _, k := range r.Status.Conditions {
		conditions = append(conditions, strings.TrimSpace(cut(k.Type, 64)+" "+cut(k.Reason, 128)))
	}
	attrs["conditions"] = bound(conditions)
	n := c.node(o, drover.KindResource, "certificate_signing_request", attrs)
	out.Node(n)
	if r.Spec.Username != "" {
		out.Edge(drover.Edge{From: c.user(r.Spec.Username, out), To: n.Ref, Kind: drover.EdgeCreated, Proof: o.where + " spec.username"})
	}
	at := out.At(issued)
	at.Keep()
	if len(r.Status.Certificate) == 0 {
		return
	}
	b, err := cert.Parse(r.Status.Certificate, cert.Options{})
	if err != nil || len(b.Certs) == 0 {
		out.Note(o.where, "status.certificate is no certificate")
		return
	}
	refs := make([]drover.Ref, len(b.Certs))
	for i, x := range b.Certs {
		leaf := certificateNode(x)
		refs[i] = leaf.Ref
		if i == 0 {
			leaf.Attrs = leaf.Attrs.With("signerName", cut(r.Spec.Signer, 512), "requested_by", cut(r.Spec.Username, 512))
		}
		at.Node(leaf)
	}
	for i := range b.Certs {
		issuedBy(b, i, refs, o.where+" status.certificate", at)
	}
	if slices.Contains(clientSigners, r.Spec.Signer) {
		c.clientCertificate(b.Certs[0], refs[0], o.where+" status.certificate", at)
	}
}

// clientCertificate says whom a client certificate signs in: the user is its
// common name, the groups its organizations (Kubernetes documentation,
// Authenticating, X.509 client certificates).
func (c *cluster) clientCertificate(x cert.Certificate, ref drover.Ref, proof string, out *connector.Out) {
	if x.CommonName == "" || x.CA || len(x.ExtKeyUsage) > 0 && !slices.ContainsFunc(x.ExtKeyUsage, clientAuth) {
		return
	}
	user := c.user(x.CommonName, out)
	out.Edge(drover.Edge{From: ref, To: user, Kind: drover.EdgeAuthenticates, Proof: proof})
	for _, g := range x.Organization {
		c.memberOf(user, g, "x509:"+x.SHA256, proof, map[string]any{"certificate": x.SHA256}, out)
	}
}

func clientAuth(usage string) bool {
	u := strings.ToLower(usage)
	return strings.Contains(u, "client") || u == "any"
}

// certificateNode is what is true of a certificate wherever it lies.
func certificateNode(x cert.Certificate) drover.Node {
	name := x.CommonName
	for _, alt := range [][]string{{x.SPIFFE}, x.DNS, x.URIs, x.Emails, x.Organization, {x.Subject}, {"certificate " + x.Serial}} {
		if name == "" && len(alt) > 0 {
			name = alt[0]
		}
	}
	aliases := []string{"x509:" + x.SHA256}
	if x.CA && x.SKI != "" {
		aliases = append(aliases, "x509-ski:"+x.SKI)
	}
	slices.Sort(aliases)
	return drover.Node{Ref: drover.NewRef("x509", "", "certificate", x.SHA256), Kind: drover.KindCredential, Type: "x509.certificate", Name: cut(name, 512), Aliases: aliases,
		Created: x.NotBefore, Expires: x.NotAfter, Attrs: drover.NewAttrs(map[string]any{
			"subject": cut(x.Subject, 1024), "issuer": cut(x.Issuer, 1024), "serial": x.Serial, "dns": bound(x.DNS), "ips": bound(x.IPs), "emails": bound(x.Emails), "uris": bound(x.URIs), "ca": x.CA, "self_signed": x.SelfSigned,
			"key_alg": x.KeyAlg, "key_bits": x.KeyBits, "sig_alg": x.SigAlg, "key_usage": x.KeyUsage, "ext_key_usage": x.ExtKeyUsage, "spki_sha256": x.SPKI, "defects": bound(x.Defects),
		})}
}

// bound keeps of a list what fits a node.
func bound(list []string) []string {
	var out []string
	for _, s := range list {
		if len(out) == 64 {
			return append(out, fmt.Sprintf("… %d more", len(list)-len(out)))
		}
		out = append(out, cut(s, 512))
	}
	return out
}
