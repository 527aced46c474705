package serve_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client/local"
)

const none = "version: 1\n"

func TestUp(t *testing.T) {
	h := newHome(t, none)
	p := h.start("up", "--no-browser", "--listen", "127.0.0.1:0", "-o", "ndjson")
	until(t, "the ready line", func() bool { return strings.Contains(p.log.String(), "\n") })
	line, _, _ := strings.Cut(p.log.String(), "\n")
	v := object(t, line)
	if v["schema"] != "drover/v1/up" || v["url"] != p.here.URL || v["running"] != false || v["pid"] != float64(p.cmd.Process.Pid) {
		t.Errorf("the ready line: %s", line)
	}
	if resp, body := p.get("/"); resp.StatusCode != 200 || !strings.Contains(body, "<html") || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "nonce-") {
		t.Errorf("GET /: %d %.100s", resp.StatusCode, body)
	}
	if resp, body := p.get("/healthz"); resp.StatusCode != 200 || body != "ok\n" {
		t.Errorf("GET /healthz: %d %q", resp.StatusCode, body)
	}
	until(t, "ready", func() bool { resp, _ := p.get("/readyz"); return resp.StatusCode == 200 })

	// What only the socket's other end may.
	if resp, _ := p.get("/api/v1/version"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the API without sign-in: %d, want 401", resp.StatusCode)
	}
	if resp, body := p.socket("GET", "/api/v1/version", nil); resp.StatusCode != 200 || object(t, body)["schema"] != "drover/v1/version" {
		t.Errorf("the API by the socket: %d %s", resp.StatusCode, body)
	}
	for _, path := range []string{"/debug/pprof/heap", "/debug/pprof/cmdline"} {
		if resp, _ := p.get(path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s by the address: %d, want 404", path, resp.StatusCode)
		}
	}
	if resp, body := p.socket("GET", "/debug/pprof/goroutine?debug=1", nil); resp.StatusCode != 200 || !strings.Contains(body, "goroutine profile") {
		t.Errorf("a profile by the socket: %d %.100s", resp.StatusCode, body)
	}

	// The link signs in once.
	link, ok := v["login_url"].(string)
	if !ok {
		t.Fatalf("no link in %s", line)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	opened := []string{"Sec-Fetch-Dest", "document", "Sec-Fetch-Site", "none"}
	if resp, _ := ask(t, browser, "GET", link, nil, opened...); resp.StatusCode != 200 || resp.Request.URL.Path != "/" {
		t.Errorf("the link: %d at %s", resp.StatusCode, resp.Request.URL.Path)
	}
	if resp, body := ask(t, browser, "GET", p.here.URL+"/api/v1/version", nil); resp.StatusCode != 200 {
		t.Errorf("signed in: %d %s", resp.StatusCode, body)
	}
	if resp, _ := ask(t, http.DefaultClient, "GET", link, nil, opened...); resp.StatusCode != http.StatusForbidden {
		t.Errorf("the link again: %d, want 403", resp.StatusCode)
	}

	// A second one says where the first is, with a link of its own.
	out, errs, code := h.run("up", "--no-browser", "-o", "ndjson")
	if again := object(t, out); code != 0 || again["url"] != p.here.URL || again["running"] != true || again["login_url"] == nil || again["login_url"] == link {
		t.Errorf("a second up: %d %s %s", code, out, errs)
	}

	if code := p.stop(); code != 0 {
		t.Errorf("stopped with %d: %s", code, p.log)
	}
	for _, name := range []string{local.File, local.Socket} {
		if _, err := os.Lstat(filepath.Join(h.data, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", name, err)
		}
	}
	if _, err := local.Find(context.Background(), h.data); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("found after the stop: %v", err)
	}
}

// The socket and what says where it is are its owner's alone.
func TestPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes here")
	}
	h := newHome(t, none)
	h.start("up", "--no-browser", "--listen", "127.0.0.1:0")
	for _, name := range []string{local.File, local.Socket} {
		fi, err := os.Lstat(filepath.Join(h.data, name))
		if err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", name, fi.Mode().Perm(), err)
		}
	}
	// A file that others can write is not believed.
	if err := os.Chmod(filepath.Join(h.data, local.File), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := local.Find(context.Background(), h.data); !errors.Is(err, drover.ErrPermission) {
		t.Errorf("a file that everybody may write: %v, want a refusal", err)
	}
}

// What a killed server leaves does not keep the next from starting.
func TestKilled(t *testing.T) {
	h := newHome(t, none)
	p := h.start("up", "--no-browser", "--listen", "127.0.0.1:0")
	p.kill()
	if _, err := os.Lstat(filepath.Join(h.data, local.Socket)); err != nil {
		t.Fatalf("the socket is gone with the process, and this test is about one that is not: %v", err)
	}
	if _, err := local.Find(context.Background(), h.data); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("a killed server was found: %v", err)
	}
	p = h.start("up", "--no-browser", "--listen", "127.0.0.1:0")
	if resp, _ := p.socket("GET", "/api/v1/version", nil); resp.StatusCode != 200 {
		t.Errorf("the next one: %d", resp.StatusCode)
	}
}

func TestLongHome(t *testing.T) {
	h := newHome(t, none)
	h.data = filepath.Join(h.dir, strings.Repeat("long", 30))
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("TMPDIR", "")
	p := h.start("up", "--no-browser", "--listen", "127.0.0.1:0")
	t.Cleanup(func() { os.Remove(filepath.Dir(p.here.Socket)) })
	if resp, _ := p.socket("GET", "/api/v1/version", nil); resp.StatusCode != 200 || len(p.here.Socket) > 103 {
		t.Errorf("%s: %d", p.here.Socket, resp.StatusCode)
	}
	p.stop()
}

func TestTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, errs, code := newHome(t, none).run("up", "--no-browser", "--listen", ln.Addr().String())
	if code != 6 || !strings.Contains(errs, "is taken") || !strings.Contains(errs, "--listen 127.0.0.1:0") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if runtime.GOOS == "linux" && !strings.Contains(errs, "by process ") {
		t.Errorf("it does not say who has it: %s", errs)
	}
}

// Nobody else may have the store, and nobody is told to remove a live socket.
func TestStoreTaken(t *testing.T) {
	h := newHome(t, none)
	p := h.start("serve", "--listen", "127.0.0.1:0")
	_, errs, code := h.run("serve", "--listen", "127.0.0.1:0")
	if code != 6 || !strings.Contains(errs, "another drover process") {
		t.Errorf("a second server: exit code %d: %s", code, errs)
	}
	if resp, _ := p.socket("GET", "/healthz", nil); resp.StatusCode != 200 {
		t.Errorf("the first one: %d", resp.StatusCode)
	}
}

// What would be open to strangers is refused, with what to set.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		args, want []string
		config     string
	}{
		"up is for this machine": {[]string{"up", "--no-browser", "--listen", "0.0.0.0:0"}, []string{"`drover serve`"}, none},
		"no TLS, no sign-in":     {[]string{"serve", "--listen", "0.0.0.0:0"}, []string{"server.tls.cert", "server.tls.key", "auth.oidc"}, none},
		"every address":          {[]string{"serve", "--listen", ":0"}, []string{"server.tls.cert"}, none},
		"a name":                 {[]string{"serve", "--listen", "drover.example.com:0"}, []string{"server.tls.cert"}, none},
		"IPv6":                   {[]string{"serve", "--listen", "[::]:0"}, []string{"server.tls.cert"}, none},
		"a key is missing":       {[]string{"serve", "--listen", "127.0.0.1:0"}, []string{"both cert and key"}, "server: {tls: {cert: x.pem}}\n"},
		"no certificate there":   {[]string{"serve", "--listen", "127.0.0.1:0"}, []string{"no such file"}, "server: {tls: {cert: x.pem, key: y.pem}}\n"},
		"no address":             {[]string{"serve", "--listen", "8765"}, []string{"host:port"}, none},
		"a token in the file":    {[]string{"serve", "--listen", "127.0.0.1:0"}, []string{"server.metrics_token", "${env:NAME}"}, "server: {metrics_token: abc}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs, code := newHome(t, c.config).run(c.args...)
			if code != 2 {
				t.Errorf("exit code %d, want 2: %s", code, errs)
			}
			for _, w := range c.want {
				if !strings.Contains(errs, w) {
					t.Errorf("it does not say %q: %s", w, errs)
				}
			}
		})
	}
}

// BenchmarkReady is how long it takes from nothing until the server answers.
func BenchmarkReady(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		h := newHome(b, none)
		b.StartTimer()
		p := h.start("up", "--no-browser", "--listen", "127.0.0.1:0")
		b.StopTimer()
		p.stop()
		b.StartTimer()
	}
}
