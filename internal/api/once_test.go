package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

type counterIn struct {
	Body struct {
		N int `json:"n" minimum:"1"`
	}
}

type counterOut struct {
	Sum int `json:"sum"`
}

// counted is a server with a route that counts, on a store of its own.
type counted struct {
	*Server
	home string
	mu   sync.Mutex
	sum  int
	err  error
	wait chan struct{}
	who  string
}

func count(t *testing.T, home string, clock func() time.Time) *counted {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Systems: builtin.Systems, Config: &config.Config{Version: 1}, Home: home, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	c := &counted{home: home, who: "ana"}
	c.Server = New(Options{Engine: e, Now: clock, Rate: 1e6, Burst: 1e6, Authenticate: func(*http.Request) (authz.Caller, error) { return authz.Local(c.who), nil }})
	add(c.Server, route[counterIn, counterOut]{Method: "POST", Path: "/test/counter", ID: "test_count", Tag: "Server", Short: "Count", Action: authz.TagWrite, Acting: true, Status: 201, Do: c.count})
	add(c.Server, route[counterIn, counterOut]{Method: "POST", Path: "/test/counter/{id}:secret", ID: "test_secret", Tag: "Server", Short: "Count", Action: authz.TagWrite, Acting: true, Secret: true, Do: c.count})
	add(c.Server, route[counterIn, counterOut]{Method: "PUT", Path: "/test/counter", ID: "test_set", Tag: "Server", Short: "Set", Action: authz.TagWrite, Acting: true, Do: c.set,
		Current: func(context.Context, *counterIn) (any, error) { return &counterOut{c.sum}, nil }})
	add(c.Server, route[struct{}, counterOut]{Method: "GET", Path: "/test/counter", ID: "test_get", Tag: "Server", Short: "Get", Action: authz.IdentityRead,
		Do: func(context.Context, *struct{}) (*counterOut, error) { return &counterOut{c.sum}, nil }})
	add(c.Server, route[struct{}, counterOut]{Method: "GET", Path: "/test/crash", ID: "test_crash", Tag: "Server", Short: "Crash", Action: authz.IdentityRead,
		Do: func(context.Context, *struct{}) (*counterOut, error) { panic("AKIAIOSFODNN7EXAMPLE hunter2") }})
	return c
}

func (c *counted) count(_ context.Context, in *counterIn) (*counterOut, error) {
	if c.wait != nil {
		<-c.wait
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	c.sum += in.Body.N
	return &counterOut{c.sum}, nil
}

func (c *counted) set(_ context.Context, in *counterIn) (*counterOut, error) {
	c.sum = in.Body.N
	return &counterOut{c.sum}, nil
}

func (c *counted) post(method, path, key, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, Base+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set(keyHeader, key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func want(t *testing.T, w *httptest.ResponseRecorder, status int, part string) {
	t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), part) {
		t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, status, part)
	}
}

// A call with a key is made once, whatever becomes of the client, the process and
// the server in between; its answer is sent again for 24 hours.
func TestIdempotency(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	c := count(t, t.TempDir(), clock)
	want(t, c.post("POST", "/test/counter", "", `{"n":5}`), 400, "idempotency_key_missing")
	want(t, c.post("POST", "/test/counter", strings.Repeat("k", 300), `{"n":5}`), 400, "idempotency_key_missing")
	want(t, c.post("POST", "/test/counter", "k1", `{"n":5}`), 201, `{"sum":5}`)
	again := c.post("POST", "/test/counter", "k1", `{"n":5}`)
	want(t, again, 201, `{"sum":5}`)
	if again.Header().Get("Idempotent-Replayed") != "true" || again.Header().Get("Content-Type") != "application/json" || c.sum != 5 {
		t.Errorf("repeated: sum %d, headers %v", c.sum, again.Header())
	}
	want(t, c.post("POST", "/test/counter", "k1", `{"n":6}`), 422, "idempotency_key_reused")
	want(t, c.post("POST", "/test/counter?x=1", "k1", `{"n":5}`), 422, "idempotency_key_reused")
	// Keys are of a caller.
	c.who = "bo"
	want(t, c.post("POST", "/test/counter", "k1", `{"n":1}`), 201, `{"sum":6}`)
	c.who = "ana"
	// What failed changed nothing and may be tried again, corrected too.
	want(t, c.post("POST", "/test/counter", "k2", `{"n":0}`), 400, "/body/n")
	c.err = errors.New("the disk with AKIAIOSFODNN7EXAMPLE is full")
	w := c.post("POST", "/test/counter", "k2", `{"n":1}`)
	want(t, w, 500, `"code":"internal"`)
	if strings.Contains(w.Body.String(), "disk") {
		t.Errorf("the cause is told: %s", w.Body)
	}
	c.err = nil
	want(t, c.post("POST", "/test/counter", "k2", `{"n":1}`), 201, `{"sum":7}`)
	// A value that is shown once is not kept.
	want(t, c.post("POST", "/test/counter/a:secret", "k3", `{"n":1}`), 200, `{"sum":8}`)
	want(t, c.post("POST", "/test/counter/a:secret", "k3", `{"n":1}`), 409, "shown once")
	want(t, c.post("POST", "/test/counter/a:other", "k3", `{"n":1}`), 404, ":secret")
	// After a day the key is a new one.
	now = now.Add(25 * time.Hour)
	want(t, c.post("POST", "/test/counter", "k1", `{"n":1}`), 201, `{"sum":9}`)
}

// Of many calls at once with one key, one is made.
func TestIdempotencyAtOnce(t *testing.T) {
	c := count(t, t.TempDir(), time.Now)
	c.wait = make(chan struct{})
	codes := make(chan string, 8)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			w := c.post("POST", "/test/counter", "k", `{"n":1}`)
			codes <- fmt.Sprint(w.Code, " ", w.Header().Get("Retry-After"))
		})
	}
	for range 7 { // all but the one that waits are turned away
		if got := <-codes; got != "409 1" {
			t.Errorf("a call beside the first: %s", got)
		}
	}
	close(c.wait)
	all.Wait()
	if got := <-codes; got != "201 " || c.sum != 1 {
		t.Errorf("the first call: %s, sum %d", got, c.sum)
	}
}

// A call whose process died is made again.
func TestIdempotencyAfterCrash(t *testing.T) {
	home := t.TempDir()
	c := count(t, home, time.Now)
	call := engine.Call{Who: "local:ana", Key: "k", Request: nil, Holder: "a process that is no more"}
	r := httptest.NewRequest("POST", Base+"/test/counter", strings.NewReader(`{"n":1}`))
	sum, err := requestSum(newExchange(c.Server, httptest.NewRecorder(), r))
	if err != nil {
		t.Fatal(err)
	}
	call.Request = sum
	if state, _, err := c.o.Engine.Begin(t.Context(), call); state != engine.CallNew || err != nil {
		t.Fatal(state, err)
	}
	want(t, c.post("POST", "/test/counter", "k", `{"n":1}`), 201, `{"sum":1}`)
	want(t, c.post("POST", "/test/counter", "k", `{"n":1}`), 201, `{"sum":1}`)
}

// A call that was done by a process that died before it answered is not done again.
func TestIdempotencyDone(t *testing.T) {
	c := count(t, t.TempDir(), time.Now)
	const body = `{"name":"machine","kind":"machine","grants":["auditor"]}`
	r := httptest.NewRequest("POST", Base+"/users", strings.NewReader(body))
	sum, err := requestSum(newExchange(c.Server, httptest.NewRecorder(), r))
	if err != nil {
		t.Fatal(err)
	}
	call := engine.Call{Who: "local:ana", Key: "k", Request: sum, Holder: "a process that is no more"}
	if state, _, err := c.o.Engine.Begin(t.Context(), call); state != engine.CallNew || err != nil {
		t.Fatal(state, err)
	}
	if _, err := c.o.Engine.AddUser(call.Made(t.Context()), engine.NewUser{Name: "machine", Kind: "machine", Grants: []authz.Grant{{Role: authz.Auditor}}}); err != nil {
		t.Fatal(err)
	}
	w := c.post("POST", "/users", "k", body)
	want(t, w, 409, "done already")
	if w.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("headers %v", w.Header())
	}
	want(t, c.post("POST", "/users", "k", `{"name":"other","kind":"machine","grants":["auditor"]}`), 422, "idempotency_key_reused")
	if users, err := c.o.Engine.Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%d users, %v", len(users), err)
	}
}

// A change of what exists needs the state that it was read in.
func TestIfMatch(t *testing.T) {
	c := count(t, t.TempDir(), time.Now)
	tag := c.post("GET", "/test/counter", "", "").Header().Get("ETag")
	want(t, c.post("PUT", "/test/counter", "", `{"n":7}`), 428, "precondition_required")
	want(t, c.post("PUT", "/test/counter", "", `{"n":7}`, "If-Match", `W/"0-0000"`), 412, "precondition_failed")
	want(t, c.post("PUT", "/test/counter", "", `{"n":7}`, "If-Match", `"x", `+tag), 200, `{"sum":7}`)
	stale := c.post("PUT", "/test/counter", "", `{"n":8}`, "If-Match", tag)
	want(t, stale, 412, "precondition_failed")
	want(t, c.post("PUT", "/test/counter", "", `{"n":9}`, "If-Match", stale.Header().Get("ETag")), 200, `{"sum":9}`)
	want(t, c.post("PUT", "/test/counter", "", `{"n":3}`, "If-Match", "*"), 200, `{"sum":3}`)
	if !sameState(`W/"7-abc"`, `W/"9-abc"`) || sameState(`W/"7-abc"`, `W/"7-abd"`) || sameState("", `W/"7-"`) {
		t.Error("a state is compared with its generation, or not at all")
	}
}

// A panic is a problem with a request id, and tells nothing of what was worked on.
func TestCrash(t *testing.T) {
	var log strings.Builder
	c := count(t, t.TempDir(), time.Now)
	c.o.Log = testLog(&log)
	w := c.post("GET", "/test/crash", "", "")
	want(t, w, 500, `"code":"internal"`)
	for _, text := range []string{w.Body.String(), log.String()} {
		if strings.Contains(text, "AKIA") || strings.Contains(text, "hunter2") {
			t.Errorf("a value is told: %s", text)
		}
	}
	if !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) || !strings.Contains(log.String(), "internal/api") {
		t.Errorf("the log does not say where: %s", log.String())
	}
}

func testLog(w *strings.Builder) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// A body that is too large, of another form or no JSON at all is refused before
// anything is done.
func TestBodies(t *testing.T) {
	c := count(t, t.TempDir(), time.Now)
	want(t, c.post("POST", "/test/counter", "k", `{"n":1}`, "Content-Type", "text/plain"), 415, "media_type")
	want(t, c.post("POST", "/test/counter", "k", `{"n":1}`, "Content-Type", "application/x-www-form-urlencoded"), 415, "media_type")
	want(t, c.post("POST", "/test/counter", "k", `{"n":1}`, "Content-Type", ""), 415, "media_type")
	want(t, c.post("POST", "/test/counter", "k", `{"n":1}`, "Content-Encoding", "gzip"), 415, "media_type")
	want(t, c.post("POST", "/test/counter", "k", `{"n":1}`+strings.Repeat(" ", 2<<20)), 413, "too_large")
	r := httptest.NewRequest("POST", Base+"/test/counter", io.MultiReader(strings.NewReader(`{"n":1}`), strings.NewReader(strings.Repeat(" ", 2<<20)))) // of a length that is not said
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(keyHeader, "k")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	want(t, w, 413, "too_large")
	for _, body := range []string{"{", "null", "[]", `"n"`, `{"n":"1"}`, `{"n":1.5}`, `{"m":1}`, `{"n":1,"m":1}`, `{"n":1e999}`, "\x00", "\xff\xfe", strings.Repeat("[", 100_000), `{"n":1}{"n":2}`, ""} {
		if w := c.post("POST", "/test/counter", "k", body); w.Code != 400 || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("body %.40q: %d %.300s", body, w.Code, w.Body)
		}
	}
	if c.sum != 0 {
		t.Errorf("%d was counted", c.sum)
	}
}
