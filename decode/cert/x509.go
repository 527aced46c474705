package cert

import (
	"crypto/dsa" //nolint:staticcheck // keys of old are found and named, never used
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/netip"
	"strings"
)

// maxCert is the largest certificate taken, in bytes.
const maxCert = 1 << 20

// cert reads one certificate and adds it, whatever is wrong with it.
func (b *Bundle) cert(der []byte, line int, alias string) {
	t, rest, ok := readTLV(der)
	if !ok || t.tag != tagSequence || len(der) > maxCert {
		b.defect(line, "a certificate that is no DER")
		return
	}
	der = t.full
	c := Certificate{Alias: alias, Line: line, Raw: der}
	if aux, more, ok := readTLV(rest); len(rest) > 0 && (!ok || len(more) > 0 || aux.tag != tagSequence) {
		// A sequence is what OpenSSL's TRUSTED CERTIFICATE adds.
		c.defect("%d bytes that stand behind it were left out", len(rest))
	}
	sum := sha256.Sum256(der)
	c.SHA256 = hexOf(sum[:])
	c.tbs(t.first())
	if m := t.members(3); len(m) > 1 {
		c.SigAlg = algorithm(oid(m[1].first().body))
	}
	if _, err := x509.ParseCertificate(der); err != nil {
		c.defect("%s", strings.TrimPrefix(err.Error(), "x509: "))
	}
	b.Certs = append(b.Certs, c)
}

func (c *Certificate) defect(why string, args ...any) {
	if len(c.Defects) < 20 {
		c.Defects = append(c.Defects, fmt.Sprintf(why, args...))
	}
}

// tbs reads the part that is signed (RFC 5280 section 4.1).
func (c *Certificate) tbs(t tlv) {
	m := t.members(12)
	if len(m) > 0 && m[0].tag == 0xa0 {
		m = m[1:]
	}
	if len(m) < 6 {
		c.defect("the signed part ends early")
		return
	}
	serial := signed(m[0].body)
	c.Serial = fmt.Sprintf("%x", serial)
	if serial.Sign() < 0 {
		c.defect("the serial number is negative")
	}
	var values map[string][]string
	c.Issuer, _ = m[2].name()
	c.Subject, values = m[4].name()
	c.Organization = values["2.5.4.10"]
	if cn := values["2.5.4.3"]; len(cn) > 0 {
		c.CommonName = cn[len(cn)-1]
	}
	if v := m[3].members(2); len(v) == 2 {
		c.NotBefore, c.NotAfter = v[0].time(), v[1].time()
	}
	if c.NotAfter.IsZero() {
		c.defect("the validity cannot be read")
	}
	c.key(m[5])
	for _, e := range m[6:] {
		if e.tag == 0xa3 {
			for _, x := range e.first().members(200) {
				c.extension(x)
			}
		}
	}
	c.SelfSigned = c.Subject == c.Issuer && string(m[2].full) == string(m[4].full)
}

func (c *Certificate) key(spki tlv) {
	sum := sha256.Sum256(spki.full)
	c.SPKI = hexOf(sum[:])
	if pub, err := x509.ParsePKIXPublicKey(spki.full); err == nil {
		c.KeyAlg, c.KeyBits = keyKind(pub)
		if c.KeyAlg != "" {
			return
		}
	}
	m := spki.members(2)
	if len(m) < 2 {
		c.defect("the public key cannot be read")
		return
	}
	c.KeyAlg = algorithm(oid(m[0].first().body))
	switch c.KeyAlg {
	case "RSA":
		if len(m[1].body) > 1 {
			seq, _, _ := readTLV(m[1].body[1:])
			c.KeyBits = signed(seq.first().body).BitLen()
		}
	case "DSA":
		if p := m[0].members(2); len(p) == 2 {
			c.KeyBits = signed(p[1].first().body).BitLen()
		}
	}
}

// keyKind names a public key and its size in bits.
func keyKind(pub any) (alg string, bits int) {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return "RSA", k.N.BitLen()
	case *ecdsa.PublicKey:
		return "ECDSA", k.Curve.Params().BitSize
	case ed25519.PublicKey:
		return "Ed25519", 256
	case *dsa.PublicKey:
		return "DSA", k.P.BitLen()
	}
	return "", 0
}

// extension reads those of RFC 5280 section 4.2 that say who and what for.
func (c *Certificate) extension(t tlv) {
	m := t.members(3)
	if len(m) < 2 {
		return
	}
	value, _, ok := readTLV(m[len(m)-1].body)
	if !ok {
		c.defect("extension %s cannot be read", oid(m[0].body))
		return
	}
	switch oid(m[0].body) {
	case "2.5.29.17":
		for _, n := range value.members(10000) {
			c.altName(n)
		}
	case "2.5.29.19":
		if f := value.first(); f.tag == tagBoolean && len(f.body) == 1 && f.body[0] != 0 {
			c.CA = true
		}
	case "2.5.29.15":
		c.KeyUsage = keyUsage(value)
	case "2.5.29.37":
		for _, e := range value.members(100) {
			c.ExtKeyUsage = append(c.ExtKeyUsage, extUsage(oid(e.body)))
		}
	case "2.5.29.14":
		c.SKI = hexOf(value.body)
	case "2.5.29.35":
		if f := value.first(); f.tag == 0x80 {
			c.AKI = hexOf(f.body)
		}
	}
}

func (c *Certificate) altName(n tlv) {
	s := strings.ToValidUTF8(string(n.body), "\ufffd")
	switch n.tag & 0x1f {
	case 1:
		c.Emails = append(c.Emails, s)
	case 2:
		c.DNS = append(c.DNS, s)
	case 6:
		c.URIs = append(c.URIs, s)
		if strings.HasPrefix(strings.ToLower(s), "spiffe://") && c.SPIFFE == "" {
			c.SPIFFE = s
		}
	case 7:
		ip, ok := netip.AddrFromSlice(n.body)
		if !ok {
			c.defect("an IP address of %d bytes", len(n.body))
			return
		}
		c.IPs = append(c.IPs, ip.String())
	}
}

var usages = []string{"digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "cert_sign", "crl_sign", "encipher_only", "decipher_only"}

func keyUsage(t tlv) []string {
	var out []string
	if t.tag != tagBits || len(t.body) < 2 {
		return nil
	}
	for i, u := range usages {
		if at := 1 + i/8; at < len(t.body) && t.body[at]&(0x80>>(i%8)) != 0 {
			out = append(out, u)
		}
	}
	return out
}

// extUsage names an extended key usage; others keep their OID.
func extUsage(id string) string {
	switch id {
	case "2.5.29.37.0":
		return "any"
	case "1.3.6.1.5.5.7.3.1":
		return "server_auth"
	case "1.3.6.1.5.5.7.3.2":
		return "client_auth"
	case "1.3.6.1.5.5.7.3.3":
		return "code_signing"
	case "1.3.6.1.5.5.7.3.4":
		return "email_protection"
	case "1.3.6.1.5.5.7.3.8":
		return "time_stamping"
	case "1.3.6.1.5.5.7.3.9":
		return "ocsp_signing"
	case "1.3.6.1.4.1.311.20.2.2":
		return "smart_card_logon"
	case "1.3.6.1.5.2.3.4":
		return "pkinit_client"
	}
	return id
}

var algorithms = map[string]string{
	"1.2.840.113549.1.1.1": "RSA", "1.2.840.10040.4.1": "DSA", "1.2.840.10045.2.1": "ECDSA", "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448", "1.3.101.110": "X25519",
	"1.2.840.113549.1.1.2": "MD2-RSA", "1.2.840.113549.1.1.4": "MD5-RSA", "1.2.840.113549.1.1.5": "SHA1-RSA", "1.3.14.3.2.29": "SHA1-RSA", "1.2.840.113549.1.1.10": "RSA-PSS",
	"1.2.840.113549.1.1.11": "SHA256-RSA", "1.2.840.113549.1.1.12": "SHA384-RSA", "1.2.840.113549.1.1.13": "SHA512-RSA",
	"1.2.840.10040.4.3": "DSA-SHA1", "2.16.840.1.101.3.4.3.2": "DSA-SHA256",
	"1.2.840.10045.4.1": "ECDSA-SHA1", "1.2.840.10045.4.3.2": "ECDSA-SHA256", "1.2.840.10045.4.3.3": "ECDSA-SHA384", "1.2.840.10045.4.3.4": "ECDSA-SHA512",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44", "2.16.840.1.101.3.4.3.18": "ML-DSA-65", "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}

// algorithm names an OID; one that has no name here stays as it is.
func algorithm(id string) string {
	if n := algorithms[id]; n != "" {
		return n
	}
	return id
}
