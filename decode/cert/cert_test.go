package cert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"
	"golang.org/x/crypto/ssh"
	"software.sslmate.com/src/go-pkcs12"
)

type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate signed by parent, or by itself.
func issue(t testing.TB, name string, parent *pair) *pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := url.Parse("spiffe://example.org/" + name)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(255), Subject: pkix.Name{CommonName: name, Organization: []string{"Org, Inc"}},
		NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(2e9, 0), IsCA: name != "leaf", BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		DNSNames: []string{name + ".example.org"}, IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1), net.ParseIP("::1")},
		EmailAddresses: []string{"a@example.org"}, URIs: []*url.URL{id}}
	signer, by := key, tmpl
	if parent != nil {
		signer, by = parent.key, parent.cert
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, by, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &pair{c, key}
}

func armor(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func mustParse(t *testing.T, data []byte, o Options) Bundle {
	t.Helper()
	b, err := Parse(data, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPEMBundleWithTextAround(t *testing.T) {
	root := issue(t, "root", nil)
	mid := issue(t, "mid", root)
	leaf := issue(t, "leaf", mid)
	p8, _ := x509.MarshalPKCS8PrivateKey(leaf.key)
	text := "subject=leaf\n" + string(armor("PRIVATE KEY", p8)) + "noise\n" + string(armor("CERTIFICATE", root.cert.Raw)) +
		"  " + strings.ReplaceAll(string(armor("CERTIFICATE", leaf.cert.Raw)), "\n", "\n  ") + "\n" + string(armor("CERTIFICATE", mid.cert.Raw)) +
		"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"
	b := mustParse(t, []byte(text), Options{})
	if len(b.Certs) != 3 || len(b.Keys) != 1 || len(b.Defects) != 1 {
		t.Fatalf("%d certificates, %d keys, defects %q", len(b.Certs), len(b.Keys), b.Defects)
	}
	if b.Certs[1].SPKI != b.Keys[0].SPKI || b.Keys[0].SPKI == "" || b.Keys[0].Line != 2 {
		t.Error("the key does not lead to its certificate")
	}
	want := []Link{{1, 2, true}, {2, 0, true}}
	if !slices.Equal(b.Links, want) {
		t.Errorf("links %v, want %v", b.Links, want)
	}
	c := b.Certs[1]
	if c.SPIFFE != "spiffe://example.org/leaf" || c.Serial != "ff" || c.CA || !slices.Equal(c.IPs, []string{"10.0.0.1", "::1"}) || c.CommonName != "leaf" ||
		c.Subject != leaf.cert.Subject.ToRDNSequence().String() || !c.NotAfter.Equal(leaf.cert.NotAfter) || !slices.Equal(c.ExtKeyUsage, []string{"client_auth"}) {
		t.Errorf("got %+v", c)
	}
	if !b.Certs[0].SelfSigned || !b.Certs[0].CA || b.Certs[1].SelfSigned {
		t.Error("self-signed is wrong")
	}
	if s := fmt.Sprintf("%v %+v", b.Keys, b.Keys); !strings.Contains(s, "REDACTED") || strings.Contains(s, "BEGIN") {
		t.Error("a key prints")
	}
}

func TestKeyStores(t *testing.T) {
	root := issue(t, "root", nil)
	leaf := issue(t, "leaf", root)
	for _, pw := range []string{"", "changeit", "odd"} {
		pfx, err := pkcs12.Modern.Encode(leaf.key, leaf.cert, []*x509.Certificate{root.cert}, pw)
		if err != nil {
			t.Fatal(err)
		}
		b := mustParse(t, pfx, Options{Passwords: []string{"changeit"}})
		if pw == "odd" {
			if !b.Locked || len(b.Certs) != 0 {
				t.Errorf("%q: want locked, got %+v", pw, b)
			}
			continue
		}
		if b.Locked || len(b.Certs) != 2 || len(b.Keys) != 1 || b.Keys[0].SPKI != b.Certs[0].SPKI || b.Format != "pkcs12" {
			t.Errorf("%q: got %d certificates, %d keys, locked %v", pw, len(b.Certs), len(b.Keys), b.Locked)
		}
	}
	ks := keystore.New()
	p8, _ := x509.MarshalPKCS8PrivateKey(leaf.key)
	chain := []keystore.Certificate{{Type: "X509", Content: leaf.cert.Raw}}
	chain[0].Type = "X.509"
	if err := ks.SetPrivateKeyEntry("srv", keystore.PrivateKeyEntry{CreationTime: time.Unix(1, 0), PrivateKey: p8, CertificateChain: chain}, []byte("secret1")); err != nil {
		t.Fatal(err)
	}
	if err := ks.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{CreationTime: time.Unix(1, 0), Certificate: keystore.Certificate{Type: "X.509", Content: root.cert.Raw}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := ks.Store(&out, []byte("secret1")); err != nil {
		t.Fatal(err)
	}
	b := mustParse(t, out.Bytes(), Options{})
	slices.Sort(b.Aliases)
	if !slices.Equal(b.Aliases, []string{"ca", "srv"}) || len(b.Certs) != 2 || len(b.Keys) != 1 || !b.Keys[0].Encrypted || len(b.Links) != 1 {
		t.Errorf("JKS: got %+v", b.Aliases)
	}
}

func TestDERForms(t *testing.T) {
	c := issue(t, "root", nil)
	p8, _ := x509.MarshalPKCS8PrivateKey(c.key)
	sec1, _ := x509.MarshalECPrivateKey(c.key)
	csr, _ := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, c.key)
	crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Unix(1, 0), NextUpdate: time.Unix(2, 0)}, c.cert, c.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		der                     []byte
		certs, keys, csrs, crls int
	}{
		"cert": {c.cert.Raw, 1, 0, 0, 0}, "two": {append(slices.Clone(c.cert.Raw), c.cert.Raw...), 2, 0, 0, 0},
		"pkcs8": {p8, 0, 1, 0, 0}, "sec1": {sec1, 0, 1, 0, 0}, "csr": {csr, 0, 0, 1, 0}, "crl": {crl, 0, 0, 0, 1},
	} {
		b := mustParse(t, tc.der, Options{})
		if len(b.Certs) != tc.certs || len(b.Keys) != tc.keys || b.Requests != tc.csrs || b.CRLs != tc.crls {
			t.Errorf("%s: %d certificates, %d keys, %d requests, %d lists", name, len(b.Certs), len(b.Keys), b.Requests, b.CRLs)
		}
	}
	for _, junk := range []string{"", "hello", "\x30\x03abc", "-----BEGIN CERTIFICATE-----"} {
		if _, err := Parse([]byte(junk), Options{}); err == nil {
			t.Errorf("%q: no error", junk)
		}
	}
}

func TestOpenSSHKeys(t *testing.T) {
	k := issue(t, "root", nil).key
	plain, _ := ssh.MarshalPrivateKey(k, "bot@ci")
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(k, "bot@ci", []byte("pw"))
	if err != nil {
		t.Fatal(err)
	}
	pub, _ := ssh.NewPublicKey(&k.PublicKey)
	want := ssh.FingerprintSHA256(pub)
	for i, p := range []*pem.Block{plain, locked} {
		b := mustParse(t, pem.EncodeToMemory(p), Options{})
		got := b.Keys[0]
		if got.SSH != want || got.Encrypted != (i == 1) || got.Bits != 256 || i == 0 && got.Comment != "bot@ci" {
			t.Errorf("%d: got %+v", i, got)
		}
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub)))
	keys, err := ParseAuthorizedKeys([]byte("# c\n" + line + " bot@ci\nnonsense\n" + `from="10.0.0.0/8,*.x",command="echo \"hi\"",restrict ` + line + "\ncert-authority,principals=\"a,b\" " + line + "\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3") || len(keys) != 3 {
		t.Fatalf("%d keys, error %v", len(keys), err)
	}
	if keys[0].Comment != "bot@ci" || keys[1].Command != `echo "hi"` || !keys[1].Restrict || len(keys[1].From) != 2 || !keys[2].CA || len(keys[2].Principals) != 2 || keys[2].Line != 5 {
		t.Errorf("got %+v", keys)
	}
	hosts, err := ParseKnownHosts([]byte("example.org,10.0.0.1 " + line + "\n@revoked * " + line + "\n|1|abcd|efgh= " + line + "\n"))
	if err != nil || len(hosts) != 3 || !hosts[1].Revoked || len(hosts[0].Hosts) != 2 {
		t.Errorf("got %+v, %v", hosts, err)
	}
}

// TestReferenceCertificates: every certificate of the linter corpora yields its
// hash, equal to what openssl says, and nothing is lost.
func TestReferenceCertificates(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "certs")
	if _, err := os.Stat(root); err != nil {
		t.Skip("reference data not present")
	}
	openssl, _ := exec.LookPath("openssl")
	files, refused := 0, 0
	filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(p, "_licence") {
			return err
		}
		data, _ := os.ReadFile(p)
		want := bytes.Count(data, []byte("-----BEGIN CERTIFICATE-----"))
		if want == 0 {
			return nil
		}
		b, err := Parse(data, Options{})
		if err != nil || len(b.Certs) != want {
			t.Errorf("%s: %d certificates, want %d (%v)", filepath.Base(p), len(b.Certs), want, err)
			return nil
		}
		files++
		for i, c := range b.Certs {
			compare(t, filepath.Base(p), c)
			if len(c.Defects) > 0 {
				refused++
			}
			if i == 0 && openssl != "" && files%6 == 0 {
				foreign(t, openssl, filepath.Base(p), c)
			}
		}
		return nil
	})
	t.Logf("%d files, %d certificates with defects", files, refused)
}

// TestReferenceSPIFFE: files that their authors call good give identities and no
// defects; those they call corrupted, empty, invalid or no PEM give a defect or
// an error; the SPIFFE ID is the URI that openssl prints.
func TestReferenceSPIFFE(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "certs", "spiffe")
	if _, err := os.Stat(root); err != nil {
		t.Skip("reference data not present")
	}
	files, _ := filepath.Glob(filepath.Join(root, "*", "*"))
	openssl, _ := exec.LookPath("openssl")
	good, bad, ids := 0, 0, 0
	for _, p := range files {
		name := filepath.Base(p)
		if ext := filepath.Ext(name); ext != ".pem" && !strings.HasSuffix(name, "not-pem") {
			continue
		}
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Parse(data, Options{})
		defects := len(b.Defects)
		for _, c := range b.Certs {
			defects += len(c.Defects)
		}
		switch last := name[strings.LastIndex(name, "__")+2:]; {
		case strings.HasPrefix(last, "corrupted"), strings.HasPrefix(last, "empty"), strings.HasPrefix(last, "invalid"), strings.HasPrefix(last, "not-pem"):
			if err == nil && defects == 0 {
				t.Errorf("%s: neither an error nor a defect", name)
			}
			bad++
			continue
		case strings.HasPrefix(last, "good"), strings.HasPrefix(last, "svid"):
			if len(b.Certs) == 0 || b.Certs[0].SPIFFE == "" || b.Certs[0].CA || !slices.Contains(b.Certs[0].KeyUsage, "digital_signature") {
				t.Errorf("%s: %+v", name, b.Certs)
			}
			good++
		case strings.HasPrefix(last, "wrong"):
			// Well-formed, and against the SPIFFE rules: the fact that breaks them shows.
			leaf, ca := b.Certs[0], b.Certs[len(b.Certs)-1]
			broken := map[string]bool{"wrong-leaf-ca-true.pem": leaf.CA, "wrong-leaf-no-digital-signature.pem": !slices.Contains(leaf.KeyUsage, "digital_signature"),
				"wrong-intermediate-no-ca.pem": !ca.CA, "wrong-intermediate-no-key-cert-sign.pem": !slices.Contains(ca.KeyUsage, "cert_sign")}
			if shows, known := broken[last]; known && !shows {
				t.Errorf("%s: what is wrong with it does not show", name)
			}
			bad++
		}
		if err != nil || defects > 0 {
			t.Errorf("%s: %v, %d defects", name, err, defects)
		}
		for _, c := range b.Certs {
			if openssl == "" {
				break
			}
			cmd := exec.Command(openssl, "x509", "-inform", "der", "-noout", "-ext", "subjectAltName")
			cmd.Stdin = bytes.NewReader(c.Raw)
			out, _ := cmd.Output()
			_, uri, _ := strings.Cut(string(out), "URI:spiffe")
			uri, _, _ = strings.Cut(uri, ",")
			if uri = strings.TrimSpace(uri); uri != "" {
				uri = "spiffe" + uri
				ids++
			}
			if c.SPIFFE != uri {
				t.Errorf("%s: SPIFFE ID %q, openssl has %q", name, c.SPIFFE, uri)
			}
		}
	}
	if good < 4 || bad < 10 || openssl != "" && ids < 8 {
		t.Errorf("only %d good files, %d bad ones, %d identities", good, bad, ids)
	}
}

// compare holds our reader against crypto/x509 where that takes the certificate.
func compare(t *testing.T, name string, c Certificate) {
	x, err := x509.ParseCertificate(c.Raw)
	if err != nil {
		if len(c.Defects) == 0 || c.SHA256 == "" || c.Serial == "" {
			t.Errorf("%s: refused by crypto/x509 (%v) and no trace of it", name, err)
		}
		return
	}
	var uris []string
	for _, u := range x.URIs {
		uris = append(uris, u.String())
	}
	if x.Version < 3 {
		return // crypto/x509 leaves the extensions of these out; they are there
	}
	var rdns pkix.RDNSequence
	asn1.Unmarshal(x.RawSubject, &rdns)
	checks := map[string][2]any{
		"serial": {c.Serial, x.SerialNumber.Text(16)}, "subject": {c.Subject, rdns.String()},
		"dns": {fmt.Sprint(c.DNS), fmt.Sprint(x.DNSNames)}, "email": {fmt.Sprint(c.Emails), fmt.Sprint(x.EmailAddresses)}, "uris": {len(c.URIs), len(uris)},
		"ips": {fmt.Sprint(c.IPs), fmt.Sprint(x.IPAddresses)}, "ca": {c.CA, x.IsCA}, "ski": {c.SKI, hexOf(x.SubjectKeyId)}, "aki": {c.AKI, hexOf(x.AuthorityKeyId)},
		"after": {c.NotAfter.Unix(), x.NotAfter.Unix()}, "before": {c.NotBefore.Unix(), x.NotBefore.Unix()},
		"eku": {len(c.ExtKeyUsage), len(x.ExtKeyUsage) + len(x.UnknownExtKeyUsage)},
	}
	for what, v := range checks {
		// RDNSequence prints hex for values that are no strings; ours decodes them.
		if v[0] != v[1] && !(what == "subject" && strings.Contains(fmt.Sprint(v[1]), "#")) {
			t.Errorf("%s: %s: got %.200v, crypto/x509 has %.200v", name, what, v[0], v[1])
		}
	}
}

func foreign(t *testing.T, openssl, name string, c Certificate) {
	cmd := exec.Command(openssl, "x509", "-inform", "der", "-noout", "-fingerprint", "-sha256")
	cmd.Stdin = bytes.NewReader(c.Raw)
	out, err := cmd.Output()
	if err != nil {
		return // openssl refuses more of the corpus than we do
	}
	_, fp, _ := strings.Cut(string(out), "=")
	if got := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(fp), ":", "")); got != c.SHA256 {
		t.Errorf("%s: SHA-256 %s, openssl has %s", name, c.SHA256, got)
	}
}

func FuzzParse(f *testing.F) {
	c := issue(f, "root", nil)
	p8, _ := x509.MarshalPKCS8PrivateKey(c.key)
	pfx, _ := pkcs12.Modern.Encode(c.key, c.cert, nil, "")
	f.Add(c.cert.Raw)
	f.Add(armor("CERTIFICATE", c.cert.Raw))
	f.Add(p8)
	f.Add(pfx)
	f.Add([]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x01a"))
	f.Add([]byte("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 2\nAA\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Parse(data, Options{Passwords: []string{"changeit"}})
		for _, l := range b.Links {
			if l.Child >= len(b.Certs) || l.Parent >= len(b.Certs) {
				t.Fatal("link out of range")
			}
		}
		if err != nil && len(b.Certs)+len(b.Keys) > 0 {
			t.Fatal("an error beside results")
		}
	})
}

func FuzzSSHLines(f *testing.F) {
	f.Add([]byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5Q0xM6h3ZC1Rk0WCqVvFNEEu3GD8LzBZ7xQ3VVY7fH a\n"))
	f.Add([]byte("from=\"x\",command=\"a\\\"b\" ssh-rsa AAAA\n@cert-authority * ssh-rsa AAAA\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ParseAuthorizedKeys(data)
		ParseKnownHosts(data)
	})
}
