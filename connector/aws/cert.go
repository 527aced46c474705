package aws

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/cert"
)

// certificate adds what an X.509 certificate in PEM says to the node that IAM
// keeps of it, and emits who issued it. What cannot be read leaves the node with
// what IAM says.
func certificate(out *connector.Out, n *drover.Node, attrs map[string]any, pem string) {
	b, err := cert.Parse([]byte(pem), cert.Options{})
	if err != nil || len(b.Certs) == 0 {
		if err == nil {
			err = fmt.Errorf("no certificate in it: %w", drover.ErrInvalid)
		}
		out.Note(string(n.Ref), "the certificate cannot be read: "+sayable(err.Error()))
		return
	}
	c := b.Certs[0]
	n.Aliases = sorted(append(n.Aliases, "x509:"+c.SHA256))
	n.Expires = c.NotAfter
	for k, v := range map[string]string{"subject": c.Subject, "issuer": c.Issuer, "serial": c.Serial, "key_alg": c.KeyAlg, "sig_alg": c.SigAlg, "spki_sha256": c.SPKI} {
		set(attrs, k, v)
	}
	for k, v := range map[string][]string{"dns": c.DNS, "emails": c.Emails, "uris": c.URIs, "ips": c.IPs} {
		if len(v) > 0 {
			attrs[k] = v
		}
	}
	attrs["key_bits"], attrs["self_signed"] = c.KeyBits, c.SelfSigned
	if c.AKI != "" && !c.SelfSigned {
		out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef("x509-ski:" + c.AKI), Kind: drover.EdgeIssuedBy, Proof: "authority key identifier"})
	}
}
