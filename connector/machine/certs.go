package machine

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/cert"
)

var certRows = []*row{
	{category: "certificates", what: "certificates and keys of the system and its servers", paths: paths{
		linux: []string{"/etc/ssl/private/*", "/etc/ssl/certs/*.pem", "/etc/ssl/certs/*.crt", "/etc/ssl/*.pem", "/etc/ssl/*.crt", "/etc/pki/tls/private/*", "/etc/pki/tls/certs/*.pem", "/etc/pki/tls/certs/*.crt", "/etc/letsencrypt/live/*/*.pem", "/etc/nginx/ssl/*", "/etc/nginx/certs/*", "/etc/apache2/ssl/*", "/etc/httpd/ssl/*",
			"/etc/haproxy/certs/*", "/etc/kubernetes/pki/*.crt", "/etc/kubernetes/pki/*.key", "/etc/kubernetes/pki/etcd/*.crt", "/etc/kubernetes/pki/etcd/*.key", "/var/lib/kubelet/pki/*.pem", "/var/lib/kubelet/pki/*.crt", "/var/lib/kubelet/pki/*.key", "/etc/docker/certs.d/*/*", "/etc/postgresql/*/*/*.crt", "/etc/postgresql/*/*/*.key",
			"/var/lib/postgresql/*/*/server.crt", "/var/lib/postgresql/*/*/server.key", "/etc/vault.d/tls/*", "/etc/consul.d/tls/*", "/etc/openvpn/*/*.key", "/etc/openvpn/*/*.crt", "/etc/openvpn/*.key", "/etc/openvpn/*.crt", "/etc/ipsec.d/private/*", "/etc/ipsec.d/certs/*"},
		darwin:  []string{"/private/etc/ssl/private/*"},
		windows: []string{"/ProgramData/ssh/ssl/*", "/ProgramData/Docker/certs.d/*/*"}}, read: readCertificates},
	{category: "certificates", what: "client certificates and keys of users", paths: paths{
		all: []string{"~/.docker/*.pem", "~/.docker/machine/certs/*.pem", "~/.minikube/*.crt", "~/.minikube/*.key", "~/.minikube/profiles/*/client.crt", "~/.minikube/profiles/*/client.key", "~/.postgresql/*.crt", "~/.postgresql/*.key", "~/.globus/*.pem", "~/.ssl/*"}}, read: readCertificates},
	{category: "certificates", what: "certificates, keys and key stores in project folders", paths: paths{
		all: []string{"*.pem", "*.crt", "*.cer", "*.der", "*.p12", "*.pfx", "*.jks", "*.jceks", "*.keystore", "*.truststore", "*.key", "*.p7b", "*.p7c", "*.p8"}}, read: readCertificates},
}

// readCertificates reads any file of certificates, keys or both. A bundle of
// many authorities and nothing else is a trust store: whom this computer trusts,
// nobody's credential.
func readCertificates(f *file) error {
	b, err := cert.Parse(f.data, cert.Options{Passwords: []string{"changeit", "changeme"}})
	if len(b.Certs)+len(b.Keys) == 0 {
		if err != nil && f.otherThing() {
			f.out.Note(f.show, "nothing in it is a certificate or a key")
			return nil
		}
		if b.Locked {
			f.place(spot{attrs: map[string]any{"format": b.Format, "locked": true, "aliases": b.Aliases}})
			return nil
		}
		return err
	}
	if trustStore(b) {
		f.out.Note(f.show, "a trust store of public authorities: not listed")
		return nil
	}
	f.certificates(b, spot{})
	f.keys(b, spot{})
	if b.Locked {
		f.place(spot{key: "locked", attrs: map[string]any{"format": b.Format, "locked": true, "aliases": b.Aliases}})
	}
	return err
}

// trustAuthorities is from how many authorities on a bundle without any other
// certificate or key counts as a trust store; chains are shorter.
const trustAuthorities = 8

func trustStore(b cert.Bundle) bool {
	if len(b.Keys) > 0 || len(b.Certs) < trustAuthorities {
		return false
	}
	return !slices.ContainsFunc(b.Certs, func(c cert.Certificate) bool { return !c.CA && !c.SelfSigned })
}

// otherThing reports whether a file that gave nothing is of another sort and was
// looked at only because of its name: ".key" is also what presentations are
// called, and an empty ".crt" holds no certificate. A broken certificate or key
// store is a loss instead.
func (f *file) otherThing() bool {
	switch strings.ToLower(path.Ext(f.base())) {
	case ".p12", ".pfx", ".jks", ".jceks", ".truststore":
		return len(f.data) == 0
	}
	return !bytes.Contains(f.data, []byte("-----BEGIN ")) && !bytes.HasPrefix(f.data, []byte{0x30, 0x82}) && !bytes.HasPrefix(f.data, []byte{0xfe, 0xed, 0xfe, 0xed})
}

// certificates emits the certificates of a bundle and returns their refs in
// order. A certificate proves the names in it.
func (f *file) certificates(b cert.Bundle, s spot) []drover.Ref {
	refs := make([]drover.Ref, len(b.Certs))
	for i, c := range b.Certs {
		at := s
		at.line = max(c.Line, s.line)
		if len(b.Certs)+len(b.Keys) > 1 {
			at.key = strings.Trim(s.key+"/x509/"+short(c.SHA256), "/")
		}
		at.attrs = map[string]any{"format": b.Format, "alias": c.Alias}
		for k, v := range s.attrs {
			at.attrs[k] = v
		}
		refs[i] = f.credential(certificate(c), at)
		f.names(c, refs[i], at.line)
	}
	for i, c := range b.Certs {
		parent := issuer(b, refs, i)
		if parent == "" && c.AKI != "" && !c.SelfSigned {
			parent = drover.UnseenRef("x509-ski:" + c.AKI)
		}
		if parent != "" && parent != refs[i] {
			f.edge(drover.EdgeIssuedBy, refs[i], parent, c.Line)
		}
	}
	return refs
}

// issuer is the certificate in the same file that issued this one: by signature,
// or by key identifiers where the signature cannot be checked. A name alone,
// which anybody can write, is none.
func issuer(b cert.Bundle, refs []drover.Ref, child int) drover.Ref {
	var likely drover.Ref
	for _, l := range b.Links {
		if l.Child != child || l.Parent == child {
			continue
		}
		if l.Verified {
			return refs[l.Parent]
		}
		if aki := b.Certs[child].AKI; likely == "" && aki != "" && aki == b.Certs[l.Parent].SKI {
			likely = refs[l.Parent]
		}
	}
	return likely
}

// certificate is what is true of a certificate wherever it lies.
func certificate(c cert.Certificate) credential {
	name := c.CommonName
	for _, alt := range [][]string{{c.SPIFFE}, c.DNS, c.URIs, c.Emails, c.Organization, {c.Subject}, {"certificate " + c.Serial}, {"certificate"}} {
		if name == "" && len(alt) > 0 {
			name = alt[0]
		}
	}
	aliases := []string{"x509:" + c.SHA256}
	if c.CA && c.SKI != "" {
		aliases = append(aliases, "x509-ski:"+c.SKI)
	}
	return credential{
		ref: drover.NewRef("x509", "", "certificate", c.SHA256), typ: "x509.certificate", name: clip(name), aliases: aliases,
		node: drover.Node{Created: c.NotBefore, Expires: c.NotAfter, Attrs: safeAttrs(map[string]any{
			"subject": c.Subject, "issuer": c.Issuer, "serial": c.Serial, "dns": c.DNS, "ips": c.IPs, "emails": c.Emails, "uris": c.URIs, "ca": c.CA, "self_signed": c.SelfSigned,
			"key_alg": c.KeyAlg, "key_bits": c.KeyBits, "sig_alg": c.SigAlg, "key_usage": c.KeyUsage, "ext_key_usage": c.ExtKeyUsage, "spki_sha256": c.SPKI, "defects": c.Defects,
		})},
	}
}

// names joins a certificate to the identities it names: a SPIFFE ID, or the
// mailboxes of a personal certificate.
func (f *file) names(c cert.Certificate, ref drover.Ref, line int) {
	if c.CA {
		return
	}
	if c.SPIFFE != "" {
		f.edge(drover.EdgeAuthenticates, ref, f.known("spiffe.id", c.SPIFFE, nil, c.SPIFFE), line)
	}
	for _, m := range c.Emails {
		f.edge(drover.EdgeAuthenticates, ref, drover.UnseenRef("email:"+strings.ToLower(m)), line)
	}
}

// keys emits the private keys of a bundle. A key is named by its public half, so
// that it is found beside its certificate and its authorized_keys lines.
func (f *file) keys(b cert.Bundle, s spot) []drover.Ref {
	refs := make([]drover.Ref, len(b.Keys))
	for i, k := range b.Keys {
		if k.SPKI == "" && k.Alias != "" {
			// A locked key of a key store has its certificate beside it, in clear.
			if j := slices.IndexFunc(b.Certs, func(c cert.Certificate) bool { return c.Alias == k.Alias }); j >= 0 {
				k.SPKI = b.Certs[j].SPKI
			}
		}
		at := s
		at.line = max(k.Line, s.line)
		id := k.SPKI
		if id == "" {
			id = strings.TrimPrefix(k.SSH, "SHA256:")
		}
		if len(b.Certs)+len(b.Keys) > 1 {
			at.key = strings.Trim(s.key+"/key/"+short(id)+"/"+k.Alias, "/")
		}
		at.attrs = map[string]any{"format": k.Format, "alg": k.Alg, "bits": k.Bits, "encrypted": k.Encrypted, "comment": k.Comment, "alias": k.Alias}
		for n, v := range s.attrs {
			at.attrs[n] = v
		}
		refs[i] = f.credential(f.privateKey(k), at)
	}
	return refs
}

// short is a fingerprint as it stands in names: enough to tell a few from each
// other, and nothing that a search for secrets takes for one.
func short(fingerprint string) string { return fingerprint[:min(12, len(fingerprint))] }

// privateKey is what is true of a private key wherever it lies. One whose public
// half cannot be told is known by its value.
func (f *file) privateKey(k cert.Key) credential {
	typ := "x509.private_key"
	if f.category == "ssh" || k.Format == "openssh" || k.Format == "putty" {
		typ = "ssh.key"
	}
	if k.SPKI == "" && k.SSH == "" {
		return credential{typ: typ, class: "private-key", value: k.Value}
	}
	return publicKey(typ, k.SPKI, k.SSH)
}

// publicKey names a key pair by its public half.
func publicKey(typ, spki, ssh string) credential {
	c := credential{typ: typ}
	if ssh != "" {
		c.ref, c.name = drover.NewRef("key", "", "ssh", ssh), ssh
		c.aliases = append(c.aliases, "ssh:"+ssh)
	}
	if spki != "" {
		c.ref = drover.NewRef("key", "", "spki", spki)
		if c.name == "" || typ != "ssh.key" {
			c.name = "key " + short(spki)
		}
		c.aliases = append(c.aliases, "spki:"+spki)
	}
	return c
}
