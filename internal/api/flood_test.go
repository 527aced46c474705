package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// formed is a value of the form that links ("drvl_"), sessions ("drvs_") and tokens
// ("drv_") have, its checksum included, as who knows the code would guess.
func formed(random *rand.Rand, prefix string) string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := []byte(prefix)
	for range 43 {
		b = append(b, letters[random.IntN(len(letters))])
	}
	sum := crc32.ChecksumIEEE(b)
	tail := make([]byte, 6)
	for i := range tail {
		tail[5-i] = letters[sum%62]
		sum /= 62
	}
	return string(append(b, tail...))
}

// live is how many bytes are in use after everything that can be freed was.
func live() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// However many bad tokens, sessions, links and calls without any come in, from one
// address or from ever new ones, what is remembered is bounded, the record does not
// grow by them, nobody comes in, who has a right session goes on, and who shows a
// right token, link or session for the first time comes in, whatever else came from
// their address.
func TestFloods(t *testing.T) {
	h := aHouse(t, func(c *config.Config) {
		c.Auth.Workload = []config.Workload{{Issuer: "https://issuer.invalid", Audience: "drover", Subject: "*", Role: "auditor"}}
	})
	mux := http.NewServeMux()
	door := &api.Door{Engine: h.engine, Log: slog.New(slog.DiscardHandler), URL: h.http.URL}
	door.Handle(mux)
	// The limits that a server has unless it is told others.
	mux.Handle("/api/", api.New(api.Options{Engine: h.engine, Authenticate: door.Authenticate}))
	known := h.browser()
	cookie := known.signIn("")
	entries := func() int {
		n, err := h.engine.AuditCount(t.Context(), engine.AuditQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	random := rand.New(rand.NewPCG(7, 7))
	anywhere := func() string {
		var b [16]byte
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		b[0], b[1] = 0x20, 0x01
		return netip.AddrPortFrom(netip.AddrFrom16(b), 1).String()
	}
	const each = 10_000
	for _, f := range []struct {
		name, method, path string
		with               func(r *http.Request)
		want               []int
		most               int // audit entries
	}{
		{"tokens of no form", "GET", "/api/v1/me", func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer drv_"+strings.Repeat("x", random.IntN(100)))
		}, []int{401, 429}, 0},
		{"tokens well formed", "GET", "/api/v1/identities", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+formed(random, "drv_")) }, []int{401, 429}, 0},
		{"tokens of workloads", "GET", "/api/v1/identities", func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0."+fmt.Sprint(random.Uint64()))
		}, []int{401, 429}, 0},
		{"sessions well formed", "GET", "/api/v1/identities", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie.Name, Value: formed(random, "drvs_")}) }, []int{401, 429}, 0},
		{"one session that has ended", "GET", "/api/v1/identities", func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: cookie.Name, Value: formed(rand.New(rand.NewPCG(1, 1)), "drvs_")})
		}, []int{401, 429}, 0},
		{"links", "POST", "/login", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body = io.NopCloser(strings.NewReader("token=" + formed(random, "drvl_")))
		}, []int{403, 429}, 70},
		{"answers of an identity provider", "GET", "/auth/oidc/callback?state=x&code=y", func(*http.Request) {}, []int{403, 404, 429}, 70},
		{"begins at the identity provider", "GET", "/auth/oidc/start", func(*http.Request) {}, []int{404, 429}, 0},
		{"nothing", "POST", "/api/v1/scans", func(*http.Request) {}, []int{401, 429}, 62}, // 60 addresses, their kind, and its count
		{"the document", "GET", "/api/v1/nowhere", func(*http.Request) {}, []int{404, 429}, 0},
	} {
		before, recorded, status := live(), entries(), map[int]int{}
		for i := range each {
			r := httptest.NewRequestWithContext(context.Background(), f.method, f.path, nil)
			r.RemoteAddr = "192.0.2.1:1"
			if i%2 == 1 {
				r.RemoteAddr = anywhere()
			}
			f.with(r)
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			status[w.Code]++
			if len(w.Result().Cookies()) > 0 && w.Code < 300 {
				t.Fatalf("%s: a cookie was given with %d", f.name, w.Code)
			}
		}
		grown := int64(live()) - int64(before)
		for code, n := range status {
			if !slices.Contains(f.want, code) {
				t.Errorf("%s: %d answers were %d", f.name, n, code)
			}
		}
		if n := entries() - recorded; n > f.most {
			t.Errorf("%s: the record grew by %d entries, at most %d may be", f.name, n, f.most)
		}
		if grown > 64<<20 {
			t.Errorf("%s: %d MiB are held afterwards", f.name, grown>>20)
		}
		t.Logf("%-32s %d calls: %v, %+d KiB held", f.name, each, status, grown>>10)
		if got := known.status("GET", meAt, ""); got != 200 {
			t.Errorf("after %s: who is signed in gets %d", f.name, got)
		}
	}
	made, err := h.engine.CreateToken(t.Context(), engine.NewToken{Name: "not used before"})
	if err != nil {
		t.Fatal(err)
	}
	link, err := h.engine.LoginLink(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	late, err := h.engine.LoginLink(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	session, err := h.engine.SignInByLink(t.Context(), late.Value, engine.Entrance{Address: "192.0.2.99"})
	if err != nil {
		t.Fatal(err)
	}
	for _, good := range []struct {
		name, method, path string
		with               func(r *http.Request)
		want               int
	}{
		{"who is signed in", "GET", meAt, func(r *http.Request) { r.AddCookie(cookie) }, 200},
		{"a token that was not used before", "GET", meAt, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+made.Value.Reveal()) }, 200},
		{"a session that was not shown before", "GET", meAt, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie.Name, Value: session.Value.Reveal()}) }, 200},
		{"a link", "POST", "/login", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body = io.NopCloser(strings.NewReader("token=" + link.Value.Reveal()))
		}, 303},
	} {
		r := httptest.NewRequest(good.method, good.path, nil)
		r.RemoteAddr = "192.0.2.1:1" // whence all the bad ones came
		good.with(r)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != good.want {
			t.Errorf("%s, from the address of the bad ones: %d %s, want %d", good.name, w.Code, w.Body, good.want)
		}
	}
}

// What is answered to who is not known is these addresses and no others, and none
// of them changes anything.
func TestUnauthenticatedSurface(t *testing.T) {
	b := open(t, t.TempDir())
	b.err = engine.ErrGuessing
	want := []string{"GET /api/v1/openapi.json", "GET /api/docs", "GET /api/docs/problems", "GET /api/docs/style.css"}
	var public []string
	for _, r := range b.Routes() {
		if r.Public {
			public = append(public, r.Method+" "+r.Path)
			if r.Acting || r.Method != "GET" {
				t.Errorf("%s %s is open to everybody and changes something", r.Method, r.Path)
			}
			continue
		}
		if w := b.briefly(t, r.Method, target(r, "x"), "{}", key()...); w.Code != http.StatusTooManyRequests {
			t.Errorf("%s %s for who guesses: %d", r.Method, r.Path, w.Code)
		} else if w.Header().Get("Retry-After") == "" {
			t.Errorf("%s %s: no Retry-After", r.Method, r.Path)
		}
	}
	if fmt.Sprint(public) != fmt.Sprint(want) {
		t.Errorf("open to everybody: %q, want %q", public, want)
	}
	t.Logf("%d routes are open to everybody, %d to nobody that is not known", len(public), len(b.Routes())-len(public))
}

// Bodies that are more than they seem cost what their bytes cost: depth, numbers,
// lengths and encodings are bounded, and the answer is a problem.
func TestBombs(t *testing.T) {
	b := open(t, t.TempDir())
	deep := func(n int, open, end string) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	bombs := map[string]string{
		"deep lists":      `{"words":` + deep(200_000, "[", "]") + `}`,
		"deep objects":    `{"change":` + deep(100_000, `{"a":`, "}") + `}`,
		"open lists":      strings.Repeat("[", 1<<20-1),
		"open objects":    strings.Repeat(`{"a":`, 200_000),
		"many keys":       `{` + strings.Repeat(`"a":1,`, 150_000) + `"b":1}`,
		"many elements":   `{"words":[` + strings.Repeat(`"",`, 340_000) + `""]}`,
		"a huge number":   `{"words":[1e` + strings.Repeat("9", 900_000) + `]}`,
		"a long number":   `{"words":[` + strings.Repeat("9", 1_000_000) + `]}`,
		"a long text":     `{"words":["` + strings.Repeat("x", 1_000_000) + `"]}`,
		"a long key":      `{"` + strings.Repeat("x", 1_000_000) + `":1}`,
		"escapes":         `{"words":["` + strings.Repeat(`\u0000`, 170_000) + `"]}`,
		"lone surrogates": `{"words":["` + strings.Repeat(`\ud800`, 170_000) + `"]}`,
		"not UTF-8":       `{"words":["` + strings.Repeat("\xff", 1_000_000) + `"]}`,
		"two of a key":    `{"words":["a"],"words":["b"]}`,
		"more after it":   `{"words":["a"]}{"words":["b"]}`,
		"a filter":        `{"action":"tag","filter":"` + deep(4000, "(", ")") + `","set":{"a":"b"}}`,
		"no bytes":        "",
		"NaN":             `{"words":[NaN]}`,
	}
	before, calls := live(), 0
	for name, body := range bombs {
		for _, r := range b.Routes() {
			if r.Method == "GET" || r.Public {
				continue
			}
			calls++
			w := b.briefly(t, r.Method, target(r, "x"), body, append(key(), "If-Match", "*")...)
			if w.Code >= 500 {
				t.Errorf("%s to %s %s: %d %.200s", name, r.Method, r.Path, w.Code, w.Body)
			}
			if w.Body.Len() > 64<<10 {
				t.Errorf("%s to %s %s: %d bytes are answered", name, r.Method, r.Path, w.Body.Len())
			}
		}
	}
	if grown := int64(live()) - int64(before); grown > 64<<20 {
		t.Errorf("%d MiB are held afterwards", grown>>20)
	}
	for name, change := range map[string]func(r *http.Request){
		"gzip":          func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") },
		"deflate":       func(r *http.Request) { r.Header.Set("Content-Encoding", "deflate") },
		"a form":        func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
		"text":          func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"a page":        func(r *http.Request) { r.Header.Set("Content-Type", "text/html") },
		"XML":           func(r *http.Request) { r.Header.Set("Content-Type", "application/xml") },
		"two types":     func(r *http.Request) { r.Header["Content-Type"] = []string{"text/plain", "application/json"} },
		"over a MiB":    func(r *http.Request) { r.Body = io.NopCloser(io.LimitReader(zeros{}, 2<<20)); r.ContentLength = -1 },
		"says 10 GiB":   func(r *http.Request) { r.ContentLength = 10 << 30 },
		"no media type": func(r *http.Request) { r.Header.Set("Content-Type", ";;;") },
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/scans", strings.NewReader(`{"words":[]}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "bomb "+name)
		change(r)
		calls++
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code != 415 && w.Code != 413 && w.Code != 400 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	t.Logf("%d calls with %d bodies that are more than they seem", calls, len(bombs)+10)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// What a body, a parameter or a header says beyond what the document allows changes
// nothing: fields that are the server's to set, orders and fields that are none,
// numbers out of their range, methods in disguise.
func TestBeyondTheDocument(t *testing.T) {
	b := open(t, demoOf(t))
	tried := 0
	refused := func(method, at, body string, headers ...string) {
		t.Helper()
		tried++
		w := b.briefly(t, method, "/api/v1"+at, body, append(key(), headers...)...)
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s %s %.80s: %d %.300s", method, at, body, w.Code, w.Body)
		}
	}
	finding := b.get(t, "/api/v1/findings?page_size=1")["items"].([]any)[0].(map[string]any)["id"].(string)
	for _, extra := range []string{`"id":"u-root"`, `"kind":"local"`, `"created":"2020-01-01T00:00:00Z"`, `"last_seen":null`, `"subject":"x"`, `"sessions":1`, `"__proto__":{"grants":["admin"]}`, `"Grants":["admin"]`, `"hash":"x"`, `"user":"root","member":"root"`} {
		refused("POST", "/users", `{"name":"mass","grants":["auditor"],`+extra+`}`)
		refused("POST", "/findings/"+finding+":accept", `{"reason":"because so","until":"30d",`+extra+`}`)
		refused("POST", "/views", `{"name":"mass","noun":"identities","filter":"",`+extra+`}`)
	}
	for _, order := range []string{"name;DROP TABLE node", "name, id", "-(select 1)", "rowid", "1", "name desc", "--name", "name'", "NAME", "attrs", "ref\x00"} {
		refused("GET", "/identities?order_by="+escape(order), "")
	}
	for _, n := range []string{"-1", "1001", "9223372036854775808", "1e3", "0x10", "", "NaN", " 1", "1.5", "٣"} {
		if n == "" {
			continue
		}
		refused("GET", "/identities?page_size="+escape(n), "")
	}
	for _, q := range []string{"fields=secret", "fields=Hash", "facets=name,name,nosuch", "format=exe", "as_of=9999-12-31", "unknown=1", "PAGE_SIZE=1", "filter=" + escape(strings.Repeat("(", 5000)), "filter=" + escape(strings.Repeat("not ", 3000)+"env=prod")} {
		refused("GET", "/identities?"+q, "")
	}
	// A method is what it is.
	for _, name := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method", "_method"} {
		w := b.call(t, "GET", "/api/v1/users", "", name, "DELETE")
		tried++
		if w.Code != 200 {
			t.Errorf("GET with %s: %d", name, w.Code)
		}
		if w := b.call(t, "POST", "/api/v1/identities", "{}", name, "GET"); w.Code != 405 {
			t.Errorf("POST with %s: %d", name, w.Code)
		}
	}
	// Who is named in a header is not believed.
	b.caller = authz.Caller{ID: "u-x", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Auditor}}}
	for _, name := range []string{"X-Forwarded-User", "X-Remote-User", "Remote-User", "X-User", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Host", "X-Drover-Role"} {
		tried++
		if w := b.call(t, "POST", "/api/v1/users", `{"name":"x","grants":["admin"]}`, append(key(), name, "root")...); w.Code != 403 {
			t.Errorf("with %s: %d", name, w.Code)
		}
	}
	t.Logf("%d calls beyond the document refused", tried)
}

func escape(s string) string {
	var b bytes.Buffer
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// What goes in by the file door names no path outside, however it is written: paths
// of reports, of pages, of the document.
func TestNoPathLeadsOut(t *testing.T) {
	b := open(t, t.TempDir())
	tried := 0
	for _, up := range []string{"../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "%252e%252e%252f", "..;/", "....//", "%c0%ae%c0%ae/", "..%00/", "//", "/%2f", "./", "C:/", "C%3a%5c", "%5c%5chost%5cshare%5c", "file:%2f%2f", "CON/", "nul%00/"} {
		for _, file := range []string{"etc/passwd", "fingerprint.key", "audit.key", "drover.db", "%65tc/passwd"} {
			for _, at := range []string{"/api/docs/%s", "/api/v1/%s", "/api/v1/reports/%s?format=html", "/api/v1/sources/%s", "/api/v1/identities/%s", "/api/v1/views/%s", "/api/v1/operations/%s", "/api/v1/scans/%s", "/api/v1/checks/%s"} {
				raw := fmt.Sprintf(at, strings.Repeat(up, 6)+file)
				r, err := http.NewRequestWithContext(t.Context(), "GET", "http://localhost", nil)
				if err != nil {
					t.Fatal(err)
				}
				path, query, _ := strings.Cut(raw, "?")
				if r.URL.Path, err = url.PathUnescape(path); err != nil {
					continue
				}
				r.URL.RawPath, r.URL.RawQuery = path, query
				w := httptest.NewRecorder()
				b.ServeHTTP(w, r)
				tried++
				if w.Code < 300 || w.Code >= 500 {
					t.Errorf("%s: %d", raw, w.Code)
				}
				if at := w.Header().Get("Location"); at != "" && (!strings.HasPrefix(at, "/") || strings.HasPrefix(at, "//")) {
					t.Errorf("%s leads to %q", raw, at)
				}
				var v any
				if w.Code >= 400 && json.Unmarshal(w.Body.Bytes(), &v) != nil {
					t.Errorf("%s: no problem: %.100s", raw, w.Body)
				}
			}
		}
	}
	t.Logf("%d paths lead nowhere", tried)
}
