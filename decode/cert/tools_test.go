package cert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tools runs the programs whose files we read, in a folder of their own.
type tools struct {
	*testing.T
	dir string
}

func toolbox(t *testing.T, need ...string) tools {
	t.Helper()
	for _, p := range need {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip(p + " not present")
		}
	}
	return tools{t, t.TempDir()}
}

func (x tools) run(name string, args ...string) string { return x.feed("", name, args...) }

func (x tools) feed(in, name string, args ...string) string {
	x.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = x.dir, strings.NewReader(in)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+x.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		x.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func (x tools) read(file string) []byte {
	x.Helper()
	b, err := os.ReadFile(filepath.Join(x.dir, file))
	if err != nil {
		x.Fatal(err)
	}
	return b
}

func (x tools) parse(file string, o Options) Bundle {
	x.Helper()
	b, err := Parse(x.read(file), o)
	if err != nil {
		x.Fatalf("%s: %v", file, err)
	}
	return b
}

func (x tools) same(what string, got, want any) {
	x.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		x.Errorf("%s: got %v, the tool says %v", what, got, want)
	}
}

// spki is the hash of the public key info that openssl derives from a key.
func (x tools) spki(file string, args ...string) string {
	cmd := exec.Command("openssl", append([]string{"pkey", "-in", file, "-pubout", "-outform", "der"}, args...)...)
	cmd.Dir = x.dir
	der, err := cmd.Output()
	if err != nil {
		x.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// TestOpenSSLKeys: each kind of key in each of its forms, against openssl.
func TestOpenSSLKeys(t *testing.T) {
	x := toolbox(t, "openssl")
	for _, k := range []struct {
		alg  string
		bits int
		args []string
	}{
		{"RSA", 2048, []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}},
		{"ECDSA", 384, []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"}},
		{"Ed25519", 256, []string{"-algorithm", "ED25519"}},
		{"Ed448", 0, []string{"-algorithm", "ED448"}},
	} {
		x.run("openssl", append([]string{"genpkey", "-out", "k.pem"}, k.args...)...)
		x.run("openssl", "pkey", "-in", "k.pem", "-outform", "der", "-out", "k.der")
		x.run("openssl", "pkcs8", "-topk8", "-in", "k.pem", "-passout", "pass:fake", "-out", "enc.pem")
		x.run("openssl", "pkcs8", "-topk8", "-in", "k.pem", "-passout", "pass:fake", "-outform", "der", "-out", "enc.der")
		files := []string{"k.pem", "k.der"}
		if k.alg == "RSA" || k.alg == "ECDSA" {
			x.run("openssl", "pkey", "-in", "k.pem", "-traditional", "-out", "trad.pem")
			x.run("openssl", "pkey", "-in", "k.pem", "-traditional", "-aes128", "-passout", "pass:fake", "-out", "trad-enc.pem")
			files = append(files, "trad.pem")
			if g := x.parse("trad-enc.pem", Options{}).Keys; len(g) != 1 || !g[0].Encrypted || g[0].Format != "pem-encrypted" {
				t.Errorf("%s: encrypted traditional key: %+v", k.alg, g)
			}
		}
		for _, f := range files {
			g := x.parse(f, Options{}).Keys
			if len(g) != 1 || g[0].Alg != k.alg || g[0].Bits != k.bits || g[0].Encrypted {
				t.Fatalf("%s %s: %+v", k.alg, f, g)
			}
			if k.bits > 0 {
				x.same(k.alg+" "+f, g[0].SPKI, x.spki("k.pem"))
			}
		}
		for _, f := range []string{"enc.pem", "enc.der"} {
			if g := x.parse(f, Options{}).Keys; len(g) != 1 || !g[0].Encrypted || g[0].Format != "pkcs8-encrypted" || g[0].SPKI != "" {
				t.Errorf("%s %s: %+v", k.alg, f, g)
			}
		}
	}
}

// TestOpenSSLCertificates: PKCS#7, PKCS#12 and trusted certificates that openssl
// wrote hold the certificates that openssl prints, field by field.
func TestOpenSSLCertificates(t *testing.T) {
	x := toolbox(t, "openssl")
	x.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/O=Acme, Inc/CN=root", "-days", "30")
	x.run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "r.csr", "-subj", "/C=DE/O=Acme/OU=a+CN=svc \"x\"", "-multivalue-rdn",
		"-addext", "subjectAltName=DNS:a.example,IP:10.1.2.3,email:b@example.org,URI:spiffe://example.org/svc", "-addext", "extendedKeyUsage=clientAuth,serverAuth", "-addext", "keyUsage=digitalSignature")
	x.run("openssl", "x509", "-req", "-in", "r.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "20", "-copy_extensions", "copyall", "-out", "c.pem")
	os.WriteFile(filepath.Join(x.dir, "both.pem"), append(x.read("c.pem"), x.read("ca.pem")...), 0o600)
	x.run("openssl", "crl2pkcs7", "-nocrl", "-certfile", "both.pem", "-out", "p7.pem")
	x.run("openssl", "crl2pkcs7", "-nocrl", "-certfile", "both.pem", "-outform", "der", "-out", "p7.der")
	x.run("openssl", "pkcs12", "-export", "-in", "c.pem", "-inkey", "k.pem", "-certfile", "ca.pem", "-name", "svc", "-passout", "pass:fake-1", "-out", "new.p12")
	x.run("openssl", "pkcs12", "-export", "-in", "c.pem", "-inkey", "k.pem", "-certfile", "ca.pem", "-name", "svc", "-passout", "pass:fake-1", "-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1", "-out", "old.p12")
	x.run("openssl", "x509", "-in", "c.pem", "-trustout", "-addtrust", "clientAuth", "-out", "trusted.pem")
	fields := x.run("openssl", "x509", "-in", "c.pem", "-noout", "-serial", "-fingerprint", "-sha256", "-nameopt", "RFC2253", "-subject", "-issuer", "-dates", "-dateopt", "iso_8601")
	field := func(name string) string {
		m := regexp.MustCompile(`(?mi)^` + name + `=(.*)$`).FindStringSubmatch(fields)
		if m == nil {
			t.Fatalf("no %s in %s", name, fields)
		}
		return strings.TrimSpace(m[1])
	}
	for file, want := range map[string]struct{ certs, keys int }{"both.pem": {2, 0}, "p7.pem": {2, 0}, "p7.der": {2, 0}, "new.p12": {2, 1}, "old.p12": {2, 1}, "trusted.pem": {1, 0}} {
		if b, err := Parse(x.read(file), Options{}); strings.HasSuffix(file, "p12") && (err != nil || !b.Locked || len(b.Certs)+len(b.Keys) != 0) {
			t.Errorf("%s without its password: %+v, %v", file, b, err)
		}
		b := x.parse(file, Options{Passwords: []string{"wrong", "fake-1"}})
		if len(b.Certs) != want.certs || len(b.Keys) != want.keys {
			t.Fatalf("%s: %d certificates, %d keys, %q", file, len(b.Certs), len(b.Keys), b.Defects)
		}
		i := slices.IndexFunc(b.Certs, func(c Certificate) bool { return !c.CA })
		c := b.Certs[i]
		x.same(file+" serial", c.Serial, strings.ToLower(strings.TrimLeft(field("serial"), "0")))
		x.same(file+" sha256", c.SHA256, strings.ToLower(strings.ReplaceAll(field("sha256 fingerprint"), ":", "")))
		x.same(file+" subject", strings.Count(c.Subject, ",")+strings.Count(c.Subject, "+"), strings.Count(field("subject"), ",")+strings.Count(field("subject"), "+"))
		x.same(file+" issuer", c.Issuer, field("issuer"))
		x.same(file+" after", c.NotAfter.Format("2006-01-02 15:04:05Z"), field("notAfter"))
		x.same(file+" before", c.NotBefore.Format("2006-01-02 15:04:05Z"), field("notBefore"))
		x.same(file+" key", c.SPKI, x.spki("k.pem"))
		x.same(file+" names", []any{c.DNS, c.IPs, c.Emails, c.SPIFFE, c.ExtKeyUsage, c.KeyUsage}, "[[a.example] [10.1.2.3] [b@example.org] spiffe://example.org/svc [client_auth server_auth] [digital_signature]]")
		if want.keys == 1 && b.Keys[0].SPKI != c.SPKI {
			t.Errorf("%s: the key is not that of the certificate", file)
		}
		if want.certs == 2 && (len(b.Links) != 1 || !b.Links[0].Verified || b.Links[0].Child != i) {
			t.Errorf("%s: links %+v", file, b.Links)
		}
	}
}

// TestSSHKeygenCertificates: keys, certificates and hashed hosts, against what
// ssh-keygen prints of them.
func TestSSHKeygenCertificates(t *testing.T) {
	x := toolbox(t, "ssh-keygen")
	x.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a ca", "-f", "ca")
	for i, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		f := "id_" + kind
		x.run("ssh-keygen", "-q", "-t", kind, "-N", []string{"", "fake-pass"}[i%2], "-C", "bot@"+kind, "-f", f)
		said := strings.Fields(x.run("ssh-keygen", "-lf", f+".pub"))
		key := x.parse(f, Options{}).Keys[0]
		x.same(f+" fingerprint", key.SSH, said[1])
		x.same(f+" bits", key.Bits, said[0])
		if key.Encrypted != (i%2 == 1) || !key.Encrypted && key.Comment != "bot@"+kind {
			t.Errorf("%s: %+v", f, key)
		}
		x.certificate(f)
	}
	x.run("ssh-keygen", "-q", "-s", "ca", "-I", "h", "-h", "-n", "h.example", "-z", "7", "id_ed25519.pub")
	keys, err := ParseAuthorizedKeys(x.read("id_ed25519-cert.pub"))
	if err != nil || len(keys) != 1 || !keys[0].Cert.Host || !keys[0].Cert.ValidBefore.IsZero() || keys[0].Cert.Serial != 7 {
		t.Errorf("host certificate without an end: %+v, %v", keys, err)
	}
	os.WriteFile(filepath.Join(x.dir, "known"), []byte("h.example "+string(x.read("ca.pub"))+"10.0.0.1,g.example "+string(x.read("ca.pub"))), 0o600)
	x.run("ssh-keygen", "-q", "-H", "-f", "known")
	hosts, err := ParseKnownHosts(x.read("known"))
	said := strings.Fields(x.run("ssh-keygen", "-lf", "ca.pub"))
	if err != nil || len(hosts) < 2 {
		t.Fatal(hosts, err)
	}
	for _, h := range hosts {
		if h.Fingerprint != said[1] || !strings.HasPrefix(h.Hosts[0], "|1|") {
			t.Errorf("got %+v", h)
		}
	}
}

// certificate compares one user certificate with "ssh-keygen -L".
func (x tools) certificate(f string) {
	x.Helper()
	x.run("ssh-keygen", "-q", "-s", "ca", "-I", "deploy bot", "-n", "web,db", "-V", "20250101:20300101", "-z", "42", "-O", "force-command=/bin/true", "-O", "source-address=10.0.0.0/8", "-O", "no-pty", f+".pub")
	out := x.run("ssh-keygen", "-L", "-f", f+"-cert.pub")
	keys, err := ParseAuthorizedKeys(x.read(f + "-cert.pub"))
	if err != nil || len(keys) != 1 || keys[0].Cert == nil {
		x.Fatal(keys, err)
	}
	c := keys[0].Cert
	one := func(re string) string {
		m := regexp.MustCompile(re).FindStringSubmatch(out)
		if m == nil {
			x.Fatalf("no %s in\n%s", re, out)
		}
		return m[1]
	}
	block := func(name string) []string {
		return strings.Fields(regexp.MustCompile(`(?s)` + name + `:(.*?)(?:\n        \S|$)`).FindStringSubmatch(out + "\n        X")[1])
	}
	x.same(f+" key", keys[0].Fingerprint, one(`Public key: \S+ (\S+)`))
	x.same(f+" ca", c.CA, one(`Signing CA: \S+ (\S+)`))
	x.same(f+" id", strconv.Quote(c.KeyID), one(`Key ID: (".*")`))
	x.same(f+" serial", c.Serial, one(`Serial: (\d+)`))
	x.same(f+" valid", c.ValidAfter.Format("2006-01-02T15:04:05")+" to "+c.ValidBefore.Format("2006-01-02T15:04:05"), one(`Valid: from (.*)`))
	x.same(f+" principals", c.Principals, block("Principals"))
	x.same(f+" extensions", c.Extensions, block("Extensions"))
	x.same(f+" options", []string{"force-command", c.CriticalOptions["force-command"], "source-address", c.CriticalOptions["source-address"]}, block("Critical Options"))
	if c.Host {
		x.Errorf("%s: a user certificate counts as a host's", f)
	}
}

// TestKeytoolStores: JKS, JCEKS (a sealed secret among its entries) and PKCS#12
// as the JDK writes them, against "keytool -list".
func TestKeytoolStores(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a JVM many times")
	}
	x := toolbox(t, "keytool")
	for _, kind := range []string{"JKS", "JCEKS", "PKCS12"} {
		store := []string{"-storetype", kind, "-keystore", "k." + kind, "-storepass", "changeit"}
		for _, alias := range []string{"srv", "other"} {
			x.run("keytool", append([]string{"-genkeypair", "-alias", alias, "-keyalg", "EC", "-dname", "CN=" + alias + ", O=Acme", "-keypass", "changeit", "-validity", "30"}, store...)...)
		}
		if kind == "JCEKS" {
			for _, alias := range []string{"sealed-1", "sealed-2"} {
				x.feed("fake-secret\nfake-secret\n", "keytool", append([]string{"-importpass", "-alias", alias, "-keypass", "changeit"}, store...)...)
			}
		}
		out := x.run("keytool", append([]string{"-list", "-v"}, store...)...)
		var aliases, prints []string
		for _, m := range regexp.MustCompile(`(?m)^Alias name: (.*)$`).FindAllStringSubmatch(out, -1) {
			aliases = append(aliases, strings.TrimSpace(m[1]))
		}
		for _, m := range regexp.MustCompile(`SHA256: ([0-9A-F:]{95})`).FindAllStringSubmatch(out, -1) {
			prints = append(prints, strings.ToLower(strings.ReplaceAll(m[1], ":", "")))
		}
		b := x.parse("k."+kind, Options{Passwords: []string{"changeit"}})
		var got []string
		for _, c := range b.Certs {
			got = append(got, c.SHA256)
		}
		slices.Sort(got)
		slices.Sort(prints)
		x.same(kind+" certificates", got, prints)
		if len(b.Keys) != 2 || len(b.Defects) != 0 {
			t.Errorf("%s: %d keys, defects %q", kind, len(b.Keys), b.Defects)
		}
		if kind == "PKCS12" {
			continue
		}
		slices.Sort(b.Aliases)
		slices.Sort(aliases)
		x.same(kind+" aliases", b.Aliases, aliases)
		x.damaged(kind, b)
	}
}

// damaged: a store cut short or changed says so or loses nothing, and never
// shows what is not in it.
func (x tools) damaged(kind string, whole Bundle) {
	data := x.read("k." + kind)
	for cut := 4; cut < len(data)-20; cut += 37 {
		b, err := Parse(data[:cut], Options{})
		if err == nil && len(b.Defects) == 0 && len(b.Aliases) != len(whole.Aliases) {
			x.Errorf("%s cut at %d of %d: %d of %d aliases and no word about it", kind, cut, len(data), len(b.Aliases), len(whole.Aliases))
		}
		for _, a := range b.Aliases {
			if !slices.Contains(whole.Aliases, a) {
				x.Errorf("%s cut at %d: alias %q is not in the store", kind, cut, a)
			}
		}
	}
}

// TestPuTTYKeys: files of puttygen, against its own listing.
func TestPuTTYKeys(t *testing.T) {
	x := toolbox(t, "puttygen", "ssh-keygen")
	os.WriteFile(filepath.Join(x.dir, "none"), nil, 0o600)
	os.WriteFile(filepath.Join(x.dir, "pass"), []byte("fake-pass\n"), 0o600)
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		x.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "x", "-f", kind)
		for _, pass := range []string{"none", "pass"} {
			for _, version := range []string{"2", "3"} {
				f := kind + pass + version
				x.run("puttygen", kind, "-O", "private", "-o", f, "--new-passphrase", pass, "-C", "fake key "+kind, "--ppk-param", "version="+version)
				said := strings.Fields(x.run("puttygen", f, "-l", "-E", "sha256"))
				b := x.parse(f, Options{})
				if len(b.Keys) != 1 || b.Keys[0].Encrypted != (pass == "pass") || b.Keys[0].Comment != "fake key "+kind {
					t.Fatalf("%s: %+v", f, b.Keys)
				}
				x.same(f+" fingerprint", b.Keys[0].SSH, said[2])
				x.same(f+" bits", b.Keys[0].Bits, strings.Replace(said[1], "255", "256", 1))
			}
		}
	}
}
