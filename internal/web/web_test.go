package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func page(t testing.TB) *Page {
	t.Helper()
	script := strings.Repeat("console.log('drover');\n", 200)
	p, err := From(fstest.MapFS{
		"index.html":                  {Data: []byte(`<html><meta nonce="` + Placeholder + `"><style nonce="` + Placeholder + `"></style></html>`)},
		"assets/index-Ab12Cd34.js":    {Data: []byte(script)},
		"assets/plain.css":            {Data: []byte("body{}")},
		"favicon.svg":                 {Data: []byte("<svg/>")},
		"assets/large-Zz12Cd34.js":    {Data: []byte("unpacked")},
		"assets/large-Zz12Cd34.js.gz": {Data: []byte("packed by the build")},
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func get(t testing.TB, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1/", nil)
	r.URL.Path = path
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// A page's address is index.html, a file that is missing is not.
func TestAddresses(t *testing.T) {
	p := page(t)
	for _, c := range []struct {
		path, accept string
		status       int
		mediaType    string
	}{
		{"/", "text/html", 200, "text/html; charset=utf-8"},
		{"/index.html", "*/*", 200, "text/html; charset=utf-8"},
		{"/identities", "text/html", 200, "text/html; charset=utf-8"},
		{"/identity/svc.prod.mailer", "text/html,*/*", 200, "text/html; charset=utf-8"},
		{"/favicon.svg", "*/*", 200, "image/svg+xml"},
		{"/assets/index-Ab12Cd34.js", "*/*", 200, "text/javascript; charset=utf-8"},
		{"/assets/index-Gone1234.js", "text/html", 404, "text/plain; charset=utf-8"},
		{"/missing.png", "image/*", 404, "text/plain; charset=utf-8"},
		{"/assets/large-Zz12Cd34.js.gz", "*/*", 404, "text/plain; charset=utf-8"},
	} {
		r := get(t, p, "GET", c.path, "Accept", c.accept)
		if r.StatusCode != c.status || r.Header.Get("Content-Type") != c.mediaType {
			t.Errorf("GET %s (%s): %d %s, want %d %s", c.path, c.accept, r.StatusCode, r.Header.Get("Content-Type"), c.status, c.mediaType)
		}
		if got := r.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("GET %s: X-Content-Type-Options %q", c.path, got)
		}
	}
	if r := get(t, p, "POST", "/"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d", r.StatusCode)
	}
	if r := get(t, p, "HEAD", "/favicon.svg"); r.StatusCode != 200 || body(t, r) != "" || r.Header.Get("Content-Length") != "6" {
		t.Errorf("HEAD: %d, length %s", r.StatusCode, r.Header.Get("Content-Length"))
	}
}

// Each answer has a nonce of its own, in the policy and in the page.
func TestNonce(t *testing.T) {
	p := page(t)
	seen := map[string]bool{}
	for range 3 {
		r := get(t, p, "GET", "/")
		policy, text := r.Header.Get("Content-Security-Policy"), body(t, r)
		_, rest, _ := strings.Cut(policy, "'nonce-")
		nonce, _, _ := strings.Cut(rest, "'")
		if len(nonce) < 16 || seen[nonce] {
			t.Errorf("nonce %q is short or was used before", nonce)
		}
		seen[nonce] = true
		if strings.Contains(text, Placeholder) || strings.Count(text, nonce) != 2 {
			t.Errorf("the page does not hold the nonce: %s", text)
		}
		for _, bad := range []string{"unsafe-inline", "unsafe-eval", "http:", "https:", "*"} {
			if strings.Contains(policy, bad) {
				t.Errorf("the policy allows %s: %s", bad, policy)
			}
		}
		if r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the page may be kept: %q", r.Header.Get("Cache-Control"))
		}
	}
}

// What has its hash in its name is kept for good, other files are asked for again.
func TestCaching(t *testing.T) {
	p := page(t)
	r := get(t, p, "GET", "/assets/index-Ab12Cd34.js")
	if got, want := r.Header.Get("Cache-Control"), "public, max-age=31536000, immutable"; got != want {
		t.Errorf("hashed file: %q, want %q", got, want)
	}
	if got := get(t, p, "GET", "/assets/plain.css").Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("plain file: %q, want no-cache", got)
	}
	if again := get(t, p, "GET", "/assets/index-Ab12Cd34.js", "If-None-Match", r.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %d, want 304", again.StatusCode)
	}
}

func TestGzip(t *testing.T) {
	p := page(t)
	plain := body(t, get(t, p, "GET", "/assets/index-Ab12Cd34.js"))
	r := get(t, p, "GET", "/assets/index-Ab12Cd34.js", "Accept-Encoding", "br, gzip")
	if r.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding %q", r.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(bytes.NewReader([]byte(body(t, r))))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil || string(raw) != plain {
		t.Errorf("what was unpacked differs (%v)", err)
	}
	if got := body(t, get(t, p, "GET", "/assets/large-Zz12Cd34.js", "Accept-Encoding", "gzip")); got != "packed by the build" {
		t.Errorf("the build's own packing is not used: %q", got)
	}
	if r := get(t, p, "GET", "/assets/index-Ab12Cd34.js", "Accept-Encoding", "gzip;q=0"); r.Header.Get("Content-Encoding") != "" {
		t.Error("gzip was refused and sent")
	}
}

// Whatever path is asked for, the answer is a file of the build, the page or 404.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"/", "/../web.go", "/assets/../../web.go", "//etc/passwd", "/assets/%2e%2e/web.go", "/assets\x00.js", `/assets\..\web.go`, "/C:/windows", "/assets/..%5cweb.go"} {
		f.Add(s)
	}
	p := page(f)
	known := map[string]bool{"no such file\n": true}
	for _, file := range p.files {
		known[string(file.plain)] = true
	}
	f.Fuzz(func(t *testing.T, path string) {
		r := get(t, p, "GET", path)
		if got := body(t, r); !known[got] && !strings.HasPrefix(got, "<html><meta nonce=") {
			t.Errorf("%q: got %q", path, got)
		}
	})
}

// The binary as it was compiled holds one or the other.
func TestEmbedded(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	text := body(t, get(t, p, "GET", "/"))
	if strings.Contains(text, Placeholder) {
		t.Error("the nonce was not put in")
	}
	if !p.Built() && !strings.Contains(text, "built without its page") {
		t.Errorf("no build, and the page does not say so: %.200s", text)
	}
}
