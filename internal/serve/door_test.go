package serve_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A page of another name cannot speak to a server on loopback, whatever it makes
// its name point to.
func TestHosts(t *testing.T) {
	p := newHome(t, none).start("serve", "--listen", "127.0.0.1:0")
	for host, want := range map[string]int{"": 200, "localhost": 200, "LOCALHOST:1": 200, "127.0.0.1": 200, "127.9.9.9:80": 200, "[::1]": 200, "evil.example": 421, "127.0.0.1.evil.example": 421, "10.0.0.1": 421, "localhost.evil.example:80": 421} {
		header := []string{"Host", host}
		if host == "" {
			header = nil
		}
		if resp, _ := p.get("/", header...); resp.StatusCode != want {
			t.Errorf("Host %q: %d, want %d", host, resp.StatusCode, want)
		}
	}
	// A probe calls by whatever address it has.
	if resp, _ := p.get("/healthz", "Host", "10.0.0.1:8443"); resp.StatusCode != 200 {
		t.Errorf("a probe: %d", resp.StatusCode)
	}
}

// How the server is, only this machine and who shows the token learn.
func TestTrusted(t *testing.T) {
	t.Setenv("METRICS_TOKEN", "correct-horse-battery-staple")
	p := newHome(t, "server: {metrics_token: '${env:METRICS_TOKEN}'}\n").start("serve", "--listen", "127.0.0.1:0")
	until(t, "ready", func() bool { resp, _ := p.get("/readyz"); return resp.StatusCode == 200 })
	for name, c := range map[string]struct {
		header []string
		want   int
	}{
		"this machine":          {nil, 200},
		"through a proxy here":  {[]string{"X-Forwarded-For", "203.0.113.9"}, 401},
		"with the token":        {[]string{"X-Forwarded-For", "203.0.113.9", "Authorization", "Bearer correct-horse-battery-staple"}, 200},
		"with another token":    {[]string{"Authorization", "Bearer correct-horse-battery"}, 401},
		"with an empty token":   {[]string{"Authorization", "Bearer "}, 401},
		"by Forwarded, RFC7239": {[]string{"Forwarded", "for=203.0.113.9"}, 401},
	} {
		resp, body := p.get("/metrics", c.header...)
		if resp.StatusCode != c.want || strings.Contains(body, "drover_") != (c.want == 200) {
			t.Errorf("%s: GET /metrics: %d, want %d", name, resp.StatusCode, c.want)
		}
		resp, body = p.get("/readyz", c.header...)
		if told := strings.Contains(body, "generation"); resp.StatusCode != 200 || told != (c.want == 200) {
			t.Errorf("%s: GET /readyz: %d %q", name, resp.StatusCode, body)
		}
	}
}

// Neither log nor metrics hear paths, parameters or tokens.
func TestNothingTold(t *testing.T) {
	const canary = "canary-7f3a"
	p := newHome(t, none).start("serve", "--listen", "127.0.0.1:0", "-v")
	p.get("/api/v1/identities/" + canary + "?filter=" + canary)
	p.get("/login?token=" + canary)
	p.get("/no/such/" + canary)
	p.socket("GET", "/api/v1/identities?filter=name%3D"+canary, nil)
	p.socket("GET", "/api/v1/identities/"+canary, nil)
	_, metrics := p.get("/metrics")
	if len(p.log.messages(t, "request")) < 5 {
		t.Fatalf("the requests are not in the log: %s", p.log)
	}
	for name, text := range map[string]string{"log": p.log.String(), "metrics": metrics} {
		if strings.Contains(text, canary) {
			at := strings.Index(text, canary)
			t.Errorf("%s tells it: …%s", name, text[max(0, at-200):at+20])
		}
	}
	for _, want := range []string{"drover_build_info{", "drover_store_bytes ", "drover_disk_free_bytes ", "drover_disk_bytes ", "drover_ready 1", "drover_generation ", "drover_snapshot_age_seconds ", "drover_event_streams ", "drover_http_request_seconds_bucket{", `route="/api/v1/identities/{id}"`, "drover_scheduled_scans_running 0", "go_goroutines "} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	for _, m := range p.log.messages(t, "request") {
		if id, ok := m["request_id"].(string); !ok || len(id) < 8 {
			t.Errorf("a request without an id: %v", m)
		}
	}
}

// A request id that could forge a log line is replaced.
func TestRequestID(t *testing.T) {
	p := newHome(t, none).start("serve", "--listen", "127.0.0.1:0")
	for given, keep := range map[string]bool{"abcd-1234_XYZ": true, "short": false, strings.Repeat("a", 65): false, "abcd 1234 efgh": false, `abcd"efgh"ijk`: false} {
		resp, _ := p.get("/api/v1/version", "X-Request-Id", given)
		got := resp.Header.Get("X-Request-Id")
		if (got == given) != keep || got == "" {
			t.Errorf("X-Request-Id %q: got %q", given, got)
		}
	}
}

// Every answer carries the headers that keep browsers from mischief.
func TestHeaders(t *testing.T) {
	p := newHome(t, none).start("serve", "--listen", "127.0.0.1:0")
	for _, path := range []string{"/", "/healthz", "/readyz", "/metrics", "/api/v1/version", "/api/v1/nothing", "/nothing.js", "/local/login-link"} {
		resp, _ := p.get(path)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": ""} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
			if got := resp.Header.Get(name); got != "" {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

// A header that does not end is cut off, and others are served meanwhile.
func TestLimits(t *testing.T) {
	p := newHome(t, none).start("serve", "--listen", "127.0.0.1:0")
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.here.Listen)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	for range 100 { // that begin and say no more
		if _, err := io.WriteString(dial(), "GET / HTTP/1.1\r\nHost: local"); err != nil {
			t.Fatal(err)
		}
	}
	if resp, _ := p.get("/healthz"); resp.StatusCode != 200 {
		t.Errorf("beside peers that say nothing: %d", resp.StatusCode)
	}
	c := dial()
	go func() {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n")
		for i := range 40 { // the server closes before all is sent
			if _, err := fmt.Fprintf(c, "X-%d: %s\r\n", i, strings.Repeat("a", 4<<10)); err != nil {
				return
			}
		}
		_, _ = io.WriteString(c, "\r\n")
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 160 KiB: %v, %v; want 431", resp, err)
	}
	if resp != nil {
		resp.Body.Close()
	}
	for _, raw := range []string{
		"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		c := dial()
		if _, err := io.WriteString(c, raw); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			continue // hung up on
		}
		resp.Body.Close()
		if resp.StatusCode/100 != 4 && !strings.Contains(raw, "chunked") {
			t.Errorf("%q: %d, want 4xx", raw, resp.StatusCode)
		}
	}
}

// writeCertificate writes a certificate of its own issuing for localhost.
func writeCertificate(t testing.TB, dir string, serial int64) (pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(made)
	return pool
}

func TestTLS(t *testing.T) {
	h := newHome(t, "server: {tls: {cert: cert.pem, key: key.pem}}\n")
	pool := writeCertificate(t, h.dir, 1)
	p := h.start("serve", "--listen", "127.0.0.1:0")
	call := func(c *tls.Config) (*http.Response, error) {
		tr := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}
		defer tr.CloseIdleConnections()
		resp, err := (&http.Client{Transport: tr}).Get("https://" + p.here.Listen + "/healthz")
		if err == nil {
			resp.Body.Close()
		}
		return resp, err
	}
	if !strings.HasPrefix(p.here.URL, "https://") {
		t.Errorf("it calls itself %s", p.here.URL)
	}
	resp, err := call(&tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	if resp.TLS.Version != tls.VersionTLS13 || resp.ProtoMajor != 2 || !strings.HasPrefix(resp.Header.Get("Strict-Transport-Security"), "max-age=31536000") {
		t.Errorf("TLS %x, HTTP/%d, HSTS %q", resp.TLS.Version, resp.ProtoMajor, resp.Header.Get("Strict-Transport-Security"))
	}
	if resp, err := call(&tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12}); err != nil || resp.TLS.Version != tls.VersionTLS12 {
		t.Errorf("TLS 1.2: %v", err)
	}
	for _, v := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		if _, err := call(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10, MaxVersion: v}); err == nil {
			t.Errorf("TLS %x is spoken", v)
		}
	}
	for _, s := range tls.InsecureCipherSuites() {
		if _, err := call(&tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{s.ID}}); err == nil {
			t.Errorf("the suite %s is spoken", s.Name)
		}
	}

	// Files that do not belong together, as in the middle of a renewal: the pair
	// before serves on.
	old, err := os.ReadFile(filepath.Join(h.dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	renewed := writeCertificate(t, h.dir, 2)
	fresh, err := os.ReadFile(filepath.Join(h.dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	h.write("key.pem", string(old))
	until(t, "the complaint", func() bool {
		_, err := call(&tls.Config{RootCAs: pool})
		if err != nil {
			t.Fatalf("in the middle of a renewal: %v", err)
		}
		return len(p.log.messages(t, "the changed certificate cannot be used; the one before serves on")) > 0
	})
	h.write("key.pem", string(fresh))
	until(t, "the new certificate", func() bool {
		resp, err := call(&tls.Config{RootCAs: renewed})
		return err == nil && resp.TLS.PeerCertificates[0].SerialNumber.Int64() == 2
	})
	if resp, err := http.Get("http://" + p.here.Listen + "/"); err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS: %d", resp.StatusCode)
		}
	}
}
