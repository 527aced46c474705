package machine

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"golang.org/x/crypto/ssh"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// A planter builds a tree of files and keeps the truth about it: every identity
// and credential in it, as "<kind> <type> <alias or name>". Values that look
// like live secrets are made at run time, the same ones every time.
type planter struct {
	t        *testing.T
	root     string
	n        int
	canaries []string
	want     map[string]bool
	newest   string
}

func newPlanter(t *testing.T) *planter {
	return &planter{t: t, root: t.TempDir(), want: map[string]bool{}}
}

func (p *planter) file(name, text string) {
	p.t.Helper()
	full := filepath.Join(p.root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(full, at, at); err != nil {
		p.t.Fatal(err)
	}
}

func (p *planter) random(n int) []byte {
	p.n++
	var out []byte
	for i := 0; len(out) < n; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "planted %d %d", p.n, i))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

// value is a fresh secret of letters and digits.
func (p *planter) value(n int) string {
	s := strings.NewReplacer("+", "a", "/", "b", "=", "c").Replace(base64.StdEncoding.EncodeToString(p.random(n)))[:n]
	p.canaries = append(p.canaries, s)
	return s
}

// secret plants a value and expects a credential of this type for it.
func (p *planter) secret(typ string, n int) string {
	v := p.value(n)
	p.credential(typ, v)
	return v
}

// credential expects a credential that is known by its value.
func (p *planter) credential(typ, value string) {
	fp := drover.NewFingerprinter(connectortest.Key).Of([]byte(value))
	p.expect("credential", typ, "secret:"+string(fp))
}

func (p *planter) expect(kind, typ, name string) {
	p.newest = kind + " " + typ + " " + name
	p.want[p.newest] = true
}

// forget takes back the newest expectation: what was made must not count.
func (p *planter) forget() { delete(p.want, p.newest) }

func (p *planter) identity(typ, name string) { p.expect("identity", typ, name) }

func (p *planter) login(host, user string) { p.identity("login.account", "login:"+host+"/"+user) }

// dsn expects a user of a server.
func (p *planter) dsn(scheme, server, user string) {
	p.identity("login.account", "dsn:"+scheme+"://"+server+"/"+user)
}

// aws is a key id and its secret, and what they must become.
func (p *planter) aws() (id, secret string) {
	id = "AKIA" + "Y" + base32.StdEncoding.EncodeToString(p.random(10))[:15]
	secret = p.value(40)
	p.expect("credential", "aws.iam.access_key", "aws-key:"+id)
	p.identity("aws.principal", "aws-key-principal:"+id)
	return id, secret
}

func (p *planter) ed25519() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(p.random(32)) }

func (p *planter) sshPublic(k ed25519.PrivateKey) (line, fingerprint string) {
	pub, err := ssh.NewPublicKey(k.Public())
	if err != nil {
		p.t.Fatal(err)
	}
	fp := ssh.FingerprintSHA256(pub)
	p.expect("credential", "ssh.key", "ssh:"+fp)
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub))), fp
}

// sshPrivate is an OpenSSH private key file.
func (p *planter) sshPrivate(comment, passphrase string) (text, public string) {
	k := p.ed25519()
	line, _ := p.sshPublic(k)
	var block *pem.Block
	var err error
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(k, comment, []byte(passphrase))
	} else {
		block, err = ssh.MarshalPrivateKey(k, comment)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.canaries = append(p.canaries, strings.Split(base64.StdEncoding.EncodeToString(block.Bytes), "\n")[0][:64], string(k.Seed()))
	return string(pem.EncodeToMemory(block)), line
}

type planted struct {
	cert *x509.Certificate
	key  crypto.Signer
	pem  string
}

// certificate issues one and expects it.
func (p *planter) certificate(cn string, ca *planted, edit func(*x509.Certificate)) *planted {
	p.t.Helper()
	key := p.ed25519() // its signatures are the same every time
	tmpl := &x509.Certificate{SerialNumber: new(big.Int).SetBytes(p.random(8)), Subject: pkix.Name{CommonName: cn},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	if edit != nil {
		edit(tmpl)
	}
	parent, signer := tmpl, crypto.Signer(key)
	if ca != nil {
		parent, signer = ca.cert, ca.key
	}
	der, err := x509.CreateCertificate(bytes.NewReader(p.random(4096)), tmpl, parent, key.Public(), signer)
	if err != nil {
		p.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	p.expect("credential", "x509.certificate", "x509:"+hex.EncodeToString(sum[:]))
	return &planted{c, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}

func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
}

// keyPEM is the PKCS#8 form of the key, expected.
func (p *planter) keyPEM(c *planted) string {
	der, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		p.t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(c.key.Public())
	if err != nil {
		p.t.Fatal(err)
	}
	sum := sha256.Sum256(spki)
	p.expect("credential", "x509.private_key", "spki:"+hex.EncodeToString(sum[:]))
	p.canaries = append(p.canaries, base64.StdEncoding.EncodeToString(der)[24:60])
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// jks is a Java key store with one key.
func (p *planter) jks(c *planted, password string) string {
	der, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		p.t.Fatal(err)
	}
	ks := keystore.New()
	if err := ks.SetPrivateKeyEntry("app", keystore.PrivateKeyEntry{CreationTime: c.cert.NotBefore, PrivateKey: der,
		CertificateChain: []keystore.Certificate{{Type: "X.509", Content: c.cert.Raw}}}, []byte(password)); err != nil {
		p.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := ks.Store(&b, []byte(password)); err != nil {
		p.t.Fatal(err)
	}
	return b.String()
}

func (p *planter) json(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

func spiffe(id string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		u, _ := url.Parse(id)
		c.URIs = []*url.URL{u}
	}
}

// got is what a scan saw, in the words of want: the identities, credentials and
// workloads by their first fitting name.
func (p *planter) got(r *connectortest.Result) map[string]bool {
	got := map[string]bool{}
	for _, n := range r.Nodes {
		switch n.Kind {
		case drover.KindPlace, drover.KindResource, drover.KindGroup:
			continue
		}
		name := n.Name
		for _, a := range append([]string{n.Name}, n.Aliases...) {
			if p.want[string(n.Kind)+" "+n.Type+" "+a] {
				name = a
			}
		}
		got[string(n.Kind)+" "+n.Type+" "+name] = true
	}
	return got
}

// check scans the planted tree and compares identity sets: nothing missing,
// nothing extra.
func (p *planter) check() *connectortest.Result {
	p.t.Helper()
	r := connectortest.Collect(p.t, Connector, p.config())
	got := p.got(r)
	missing := 0
	for w := range p.want {
		if !got[w] {
			missing++
			p.t.Errorf("missing: %s", w)
		}
	}
	for g := range got {
		if !p.want[g] {
			p.t.Errorf("extra: %s", g)
		}
	}
	for _, s := range r.Sections {
		if s.Status != drover.StatusOK {
			p.t.Errorf("section %s is %s: %s %+v", s.Name, s.Status, s.Error, s.Notes)
		}
	}
	p.t.Logf("planted %d, found %d, missing %d", len(p.want), len(got), missing)
	return r
}

func (p *planter) config() map[string][]string {
	return map[string][]string{"root": {p.root}, "machine": {"testhost"}}
}

func asText(r *connectortest.Result) string {
	return fmt.Sprintf("%+v %+v %+v %+v %s", r.Nodes, r.Edges, r.Evidence, r.Sections, r.Logs)
}
