package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
)

// Who is not known is let in nowhere but to what is for everybody, and who may not
// do a thing does not.
func TestWhoIsLetIn(t *testing.T) {
	b := open(t, demoOf(t))
	closed := api.New(api.Options{Engine: b.engine})
	for _, r := range b.Routes() {
		target := strings.NewReplacer("{id}", "x", "{name}", "x", "{noun}", "x").Replace(r.Path)
		body := ""
		if r.Method != "GET" {
			body = "{}"
		}
		b.caller, b.err = authz.Caller{}, errors.New("token drv_secret is unknown")
		w := b.call(t, r.Method, target, body, "Idempotency-Key", "k")
		switch {
		case r.Public && w.Code == 401:
			t.Errorf("%s %s is public and answers 401", r.Method, r.Path)
		case !r.Public && (w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || strings.Contains(w.Body.String(), "drv_secret")):
			t.Errorf("%s %s without a caller: %d %s", r.Method, r.Path, w.Code, w.Body)
		}
		if !r.Public {
			if w := (&bench{Server: closed}).call(t, r.Method, target, body); w.Code != 401 {
				t.Errorf("%s %s without a way to authenticate: %d", r.Method, r.Path, w.Code)
			}
			b.err = nil
			b.caller = authz.Caller{ID: "nobody", Kind: authz.Person}
			if w := b.call(t, r.Method, target, body, "Idempotency-Key", "k"); w.Code != 403 {
				t.Errorf("%s %s by who holds no role: %d %s", r.Method, r.Path, w.Code, w.Body)
			}
		}
	}
}

// Each answer says what browsers may do with it, and has an id of its own.
func TestHeaders(t *testing.T) {
	b := open(t, t.TempDir())
	seen := map[string]bool{}
	for _, target := range []string{"/api/v1/version", "/api/v1/nothing", "/api/v1/identities?x=1", "/api/docs"} {
		h := b.call(t, "GET", target, "").Header()
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s: %q, want %q", target, name, got, want)
			}
		}
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
			t.Errorf("%s: Content-Security-Policy %q", target, csp)
		}
		id := h.Get("X-Request-Id")
		if len(id) < 8 || seen[id] {
			t.Errorf("%s: request id %q", target, id)
		}
		seen[id] = true
	}
	for given, taken := range map[string]bool{"trace-0123456789": true, "short": false, "a b c d e f g h": false, "x\ny: z-0123456789": false, strings.Repeat("a", 65): false, "<script>0123456": false} {
		if got := b.call(t, "GET", "/api/v1/version", "", "X-Request-Id", given).Header().Get("X-Request-Id"); (got == given) != taken {
			t.Errorf("request id %q became %q", given, got)
		}
	}
}

// Addresses, methods, bodies and origins that are not for this API are problems.
func TestOddCalls(t *testing.T) {
	b := open(t, t.TempDir())
	b.refused(t, "not_found", "GET", "/api/v1/nothing", "")
	b.refused(t, "not_found", "GET", "/", "")
	b.refused(t, "method_not_allowed", "DELETE", "/api/v1/identities", "")
	b.refused(t, "method_not_allowed", "TRACE", "/api/v1/identities", "")
	b.refused(t, "method_not_allowed", "POST", "/api/v1/summary", "{}")
	b.refused(t, "not_acceptable", "GET", "/api/v1/identities", "", "Accept", "image/png")
	b.refused(t, "not_found", "GET", "/api/v1/identities/nobody", "")
	if w := b.call(t, "OPTIONS", "/api/v1/identities", ""); w.Code != 204 || w.Header().Get("Allow") != "GET, HEAD, OPTIONS" || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("OPTIONS: %d %v", w.Code, w.Header())
	}
	for _, h := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		b.refused(t, "cross_origin", "POST", "/api/v1/summary", "{}", h...)
	}
	// Hostile ids are names of nothing, whatever they hold.
	for _, id := range []string{"..%2f..%2fetc", "%00", "%ff%fe", "%1b%5b31m", strings.Repeat("a", 4000), "%e2%80%ae", "a%2Fb%2Fc%2Fd", "=1+1", "%25%32%65"} {
		w := b.call(t, "GET", "/api/v1/nodes/"+id, "")
		if w.Code != 404 || strings.ContainsAny(w.Body.String(), "\x00\x1b\u202e") {
			t.Errorf("%s: %d %q", id, w.Code, w.Body)
		}
	}
	b.refused(t, "invalid", "GET", "/api/v1/nodes/"+strings.Repeat("a", 5000), "")
}

// Who calls too often is told so, and when to come back; others are not held up.
func TestRateLimit(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	b := open(t, t.TempDir(), func(o *api.Options) { o.Rate, o.Burst, o.Now = 2, 5, func() time.Time { return now } })
	for i := range 5 {
		w := b.call(t, "GET", "/api/v1/version", "")
		if want := fmt.Sprintf(`"caller";r=%d;t=%d`, 4-i, (i+2)/2); w.Code != 200 || w.Header().Get("RateLimit") != want || w.Header().Get("RateLimit-Policy") != `"caller";q=5;w=3` {
			t.Errorf("call %d: %d %s, want %s; %s", i, w.Code, w.Header().Get("RateLimit"), want, w.Header().Get("RateLimit-Policy"))
		}
	}
	b.refused(t, "rate_limited", "GET", "/api/v1/version", "")
	if w := b.call(t, "GET", "/api/v1/version", ""); w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("too often: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	b.caller = authz.Local("somebody else")
	b.get(t, "/api/v1/version")
	b.caller = authz.Local("tester")
	now = now.Add(time.Second)
	b.get(t, "/api/v1/version")
	b.get(t, "/api/v1/version")
	b.refused(t, "rate_limited", "GET", "/api/v1/version", "")
}

// A client that leaves ends a stream.
func TestClientLeaves(t *testing.T) {
	b := open(t, demoOf(t))
	w := &leaving{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("GET", "/api/v1/nodes?format=ndjson", nil)
	defer func() {
		if p := recover(); p == nil || fmt.Sprint(p) != http.ErrAbortHandler.Error() { // the server cuts the connection
			t.Errorf("a write that failed: %v", p)
		}
		if w.failed > 1 {
			t.Errorf("%d writes after the client had left", w.failed)
		}
	}()
	b.ServeHTTP(w, r)
}

type leaving struct {
	*httptest.ResponseRecorder
	failed int
}

func (l *leaving) Write([]byte) (int, error) {
	l.failed++
	return 0, errors.New("connection reset by peer")
}
