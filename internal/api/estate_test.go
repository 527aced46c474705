package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/cli"
	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

var binary = cli.Config{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Systems: builtin.Systems}

// drover runs a command line in this process, on the data of a home.
func drover(t testing.TB, home string, args ...string) string {
	t.Helper()
	t.Setenv("DROVER_HOME", home)
	t.Setenv("DROVER_CONFIG", "")
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "xdg"))
	var out, errs bytes.Buffer
	if code := cli.Run(context.Background(), binary, args, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("drover %s: exit code %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
	return out.String()
}

// demoHome is a folder with the demo organisation, made once for all tests; those
// that write take a copy.
var demoHome = struct {
	sync.Once
	dir string
}{}

func TestMain(m *testing.M) {
	code := m.Run()
	if demoHome.dir != "" {
		_ = os.RemoveAll(demoHome.dir)
	}
	os.Exit(code)
}

// demoOf returns a home with the demo organisation that belongs to this test.
func demoOf(t testing.TB) string {
	t.Helper()
	demoHome.Do(func() {
		dir, err := os.MkdirTemp("", "drover-api-")
		if err != nil {
			t.Fatal(err)
		}
		demoHome.dir = dir
		drover(t, dir, "demo", "load", "--size", "5")
		drover(t, dir, "check", "-o", "json")
	})
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(demoHome.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A bench is a server over an estate, with the caller that the next call is by.
type bench struct {
	*api.Server
	home   string
	engine *engine.Engine
	caller authz.Caller
	err    error // of authentication
}

func open(t testing.TB, home string, change ...func(*api.Options)) *bench {
	t.Helper()
	return serving(t, home, false, change...)
}

// serving is open; keep answers from memory, as a server does.
func serving(t testing.TB, home string, keep bool, change ...func(*api.Options)) *bench {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Systems: builtin.Systems,
		Config: &config.Config{Version: 1}, Home: home, User: "tester", Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{home: home, engine: e, caller: authz.Local("tester")}
	o := api.Options{Engine: e, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Version: "test", Rate: 1e6, Burst: 1e6, Authenticate: func(*http.Request) (authz.Caller, error) { return b.caller, b.err }}
	for _, c := range change {
		c(&o)
	}
	b.Server = api.New(o)
	return b
}

// call makes one call; headers are given as name, value, name, value.
func (b *bench) call(t testing.TB, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, target, in)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// get makes a call that must end with 200, and reads its JSON.
func (b *bench) get(t testing.TB, target string, headers ...string) map[string]any {
	t.Helper()
	w := b.call(t, "GET", target, "", headers...)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d\n%s", target, w.Code, w.Body)
	}
	return object(t, w.Body.Bytes())
}

// refused makes a call that must end with a problem of this code.
func (b *bench) refused(t testing.TB, code string, method, target, body string, headers ...string) map[string]any {
	t.Helper()
	w := b.call(t, method, target, body, headers...)
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%s %s: %d is %s, no problem\n%s", method, target, w.Code, got, w.Body)
	}
	p := object(t, w.Body.Bytes())
	if p["code"] != code || p["status"] != float64(w.Code) || p["request_id"] != w.Header().Get("X-Request-Id") || p["request_id"] == "" || p["type"] != "/api/docs/problems#"+code {
		t.Errorf("%s %s: want code %s, got %d\n%s", method, target, code, w.Code, w.Body)
	}
	return p
}

func object(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("%v in %.300s", err, raw)
	}
	return m
}
