package serve_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/internal/engine"
)

// What was scanned on the command line and never checked is checked when the page is
// opened: the first page is no clean bill. It is done once.
func TestFirstCheck(t *testing.T) {
	h := newHome(t, none)
	h.write("crm.jsonl", oneUser)
	if out, errs, code := h.run("scan", "crm.jsonl"); code != 0 {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	p := h.start("up", "--no-browser", "--listen", "127.0.0.1:0")
	state := func() any {
		_, body := p.socket("GET", "/api/v1/home", nil)
		return object(t, body)["state"]
	}
	until(t, "the first check", func() bool { return state() == "ready" })
	p.stop()
	runs := func() int {
		e, err := engine.Open(t.Context(), engine.Options{Connectors: builtin.Connectors, Checks: builtin.Checks, Home: h.data, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		list, err := e.Store().CheckRuns(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := runs(); n != 1 {
		t.Errorf("the checks ran %d times", n)
	}
	p = h.start("up", "--no-browser", "--listen", "127.0.0.1:0")
	until(t, "the page", func() bool { return state() == "ready" })
	p.stop()
	if n := runs(); n != 1 {
		t.Errorf("the checks ran %d times after the second start", n)
	}
}

// A server that nobody was let into yet writes its first link to a file that only its
// owner reads; who used it is admin, and then the file is gone and none follows.
func TestFirstAdmin(t *testing.T) {
	h := newHome(t, none)
	p := h.start("serve", "--listen", "127.0.0.1:0")
	path := filepath.Join(h.data, "bootstrap.link")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the first link: %v, %v", info, err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(p.log.String(), "drvl_") {
		t.Error("the link stands in the log")
	}
	link, err := url.Parse(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	from := []string{"Sec-Fetch-Dest", "document", "Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, body := ask(t, client, "GET", "http://"+p.here.Listen+link.RequestURI(), nil, from...)
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
		t.Fatalf("sign-in: %d %s", resp.StatusCode, body)
	}
	resp, body = p.get("/api/v1/me", "Cookie", resp.Cookies()[0].Name+"="+resp.Cookies()[0].Value)
	if resp.StatusCode != 200 || !strings.Contains(body, `"admin"`) {
		t.Errorf("who came in: %d %s", resp.StatusCode, body)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file after it was used: %v", err)
	}
	p.stop()
	p = h.start("serve", "--listen", "127.0.0.1:0")
	p.stop()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another link for a house that has its admin: %v", err)
	}
}
