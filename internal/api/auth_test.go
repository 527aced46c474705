package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	mrand "math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	drovertypes "github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// A house is a server with its door, over a store of its own.
type house struct {
	t      *testing.T
	home   string
	engine *engine.Engine
	http   *httptest.Server
	now    atomic.Int64 // seconds that the clock is ahead
	log    strings.Builder
}

func aHouse(t *testing.T, change func(*config.Config)) *house {
	t.Helper()
	h := &house{t: t, home: t.TempDir()}
	c := &config.Config{Version: 1}
	if change != nil {
		change(c)
	}
	wall := func() time.Time { return time.Now().Add(time.Duration(h.now.Load()) * time.Second) }
	log := slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e, err := engine.Open(t.Context(), engine.Options{Config: c, Home: h.home, User: "root", Wall: wall, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	h.engine = e
	mux := http.NewServeMux()
	h.http = httptest.NewUnstartedServer(mux)
	h.http.Start()
	door := &api.Door{Engine: e, Log: log, URL: h.http.URL}
	door.Handle(mux)
	mux.Handle("/api/", api.New(api.Options{Engine: e, Log: log, PublicURL: h.http.URL, Rate: 1e6, Burst: 1e6, Authenticate: door.Authenticate}))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the page") })
	t.Cleanup(func() {
		h.http.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// A browser keeps cookies and says where it comes from, as browsers do.
type browser struct {
	*http.Client
	h *house
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, h}
}

func (b *browser) do(method, path, body string, headers ...string) *http.Response {
	b.h.t.Helper()
	r, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.http.URL+path, strings.NewReader(body))
	if err != nil {
		b.h.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.Do(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(strings.NewReader(string(raw)))
	return resp
}

var opened = []string{"Sec-Fetch-Dest", "document", "Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}

func (b *browser) signIn(who string) *http.Cookie {
	b.h.t.Helper()
	link, err := b.h.engine.LoginLink(b.h.t.Context(), who)
	if err != nil {
		b.h.t.Fatal(err)
	}
	resp := b.do("GET", "/login?token="+link.Value.Reveal(), "", opened...)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" || len(resp.Cookies()) != 1 {
		b.h.t.Fatalf("sign-in: %d %v", resp.StatusCode, resp.Header)
	}
	return resp.Cookies()[0]
}

func (b *browser) status(method, path, body string, headers ...string) int {
	b.h.t.Helper()
	return b.do(method, path, body, headers...).StatusCode
}

func (b *browser) object(method, path, body string, headers ...string) map[string]any {
	b.h.t.Helper()
	resp := b.do(method, path, body, headers...)
	var v map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil || resp.StatusCode >= 300 {
		b.h.t.Fatalf("%s %s: %d %v, %v", method, path, resp.StatusCode, v, err)
	}
	return v
}

var keys atomic.Int64

func key() []string { return []string{"Idempotency-Key", fmt.Sprintf("key-%d", keys.Add(1))} }

const meAt = "/api/v1/me"

func TestSession(t *testing.T) {
	h := aHouse(t, nil)
	b := h.browser()
	if got := b.status("GET", meAt, ""); got != 401 {
		t.Fatalf("nobody: %d", got)
	}
	first := b.signIn("")
	if !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Path != "/" || first.Domain != "" || len(first.Value) < 50 {
		t.Errorf("cookie: %+v", first)
	}
	who := b.object("GET", meAt, "")
	if who["name"] != "root" || who["kind"] != "person" || who["session"] == nil {
		t.Errorf("%v", who)
	}

	// A session that was there before the sign-in ends with it: nobody can plant one.
	second := b.signIn("")
	if second.Value == first.Value {
		t.Error("the session is the same after a second sign-in")
	}
	planted := h.browser()
	site, _ := url.Parse(h.http.URL)
	planted.Jar.SetCookies(site, []*http.Cookie{{Name: first.Name, Value: first.Value}})
	if got := planted.status("GET", meAt, ""); got != 401 {
		t.Errorf("the session of before: %d", got)
	}

	// Two limits: without a call, and in any case.
	h.now.Store(8*3600 + 60)
	if got := b.status("GET", meAt, ""); got != 401 {
		t.Errorf("after 8 idle hours: %d", got)
	}
	c := h.browser()
	c.signIn("")
	for hour := range 4 {
		h.now.Add(7 * 3600)
		want := 200
		if hour == 3 {
			want = 401
		}
		if got := c.status("GET", meAt, ""); got != want {
			t.Errorf("used every 7 hours, after %d: %d, want %d", 7*(hour+1), got, want)
		}
		time.Sleep(50 * time.Millisecond) // a use is noted beside the call
	}

	// Signing out ends it on the server, whatever the browser keeps.
	d := h.browser()
	kept := d.signIn("")
	if got := d.status("POST", "/api/v1/session:logout", "", key()...); got != 204 {
		t.Fatalf("sign out: %d", got)
	}
	d.Jar.SetCookies(site, []*http.Cookie{kept})
	if got := d.status("GET", meAt, ""); got != 401 {
		t.Errorf("after signing out: %d", got)
	}
}

// A page of another site changes nothing and signs nobody in.
func TestCrossSite(t *testing.T) {
	h := aHouse(t, nil)
	b := h.browser()
	b.signIn("")
	tried := 0
	server := api.New(api.Options{Engine: h.engine})
	for _, r := range server.Routes() {
		if r.Method == "GET" {
			continue
		}
		path := strings.NewReplacer("{id}", "x", "{noun}", "identities").Replace(r.Path)
		for _, site := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			tried++
			if got := b.status(r.Method, path, "{}", append(site, key()...)...); got != 403 {
				t.Errorf("%s %s with %v: %d", r.Method, path, site, got)
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d calls were tried", tried)
	}
	t.Logf("%d calls of other sites refused", tried)

	// A link on another site, a prefetch or a program that looks at links does not use it up.
	link, err := h.engine.LoginLink(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	at := "/login?token=" + link.Value.Reveal()
	c := h.browser()
	for _, headers := range [][]string{nil, {"Sec-Fetch-Dest", "document", "Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Dest", "document", "Sec-Fetch-Site", "none", "Sec-Purpose", "prefetch"}, {"Sec-Fetch-Dest", "image", "Sec-Fetch-Site", "none"}} {
		for _, method := range []string{"GET", "HEAD"} {
			if resp := c.do(method, at, "", headers...); resp.StatusCode != 200 || len(resp.Cookies()) != 0 {
				t.Errorf("%s with %v: %d, %d cookies", method, headers, resp.StatusCode, len(resp.Cookies()))
			}
		}
	}
	form := "token=" + link.Value.Reveal()
	if resp := c.do("POST", "/login", form, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site"); resp.StatusCode != 403 {
		t.Errorf("a form of another site: %d", resp.StatusCode)
	}
	if resp := c.do("POST", "/login", form, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"); resp.StatusCode != 303 {
		t.Errorf("our own button: %d", resp.StatusCode)
	}
	if resp := h.browser().do("GET", at, "", opened...); resp.StatusCode != 403 || len(resp.Cookies()) != 0 {
		t.Errorf("a link for the second time: %d", resp.StatusCode)
	}
	h.now.Add(31 * 60)
	old, err := h.engine.LoginLink(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	h.now.Add(31 * 60)
	if resp := h.browser().do("GET", "/login?token="+old.Value.Reveal(), "", opened...); resp.StatusCode != 403 {
		t.Errorf("a link after 31 minutes: %d", resp.StatusCode)
	}
}

func TestTokens(t *testing.T) {
	h := aHouse(t, nil)
	ctx := t.Context()
	if _, err := h.engine.AddUser(ctx, engine.NewUser{Name: "ann", Email: "ann@corp.test", Grants: []authz.Grant{{Role: authz.Admin}}}); err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	b.signIn("ann")
	made := b.object("POST", "/api/v1/tokens", `{"name":"ci","grants":["auditor"],"expires":"1h"}`, key()...)
	value, _ := made["value"].(string)
	if !strings.HasPrefix(value, "drv_") || len(value) != 4+43+6 {
		t.Fatalf("a token of %d letters", len(value))
	}
	bearer := []string{"Authorization", "Bearer " + value}
	api := h.browser()
	who := api.object("GET", meAt, "", bearer...)
	if who["name"] != "ann" || who["token"] == nil || fmt.Sprint(who["grants"]) != "[auditor]" {
		t.Errorf("%v", who)
	}
	for _, tc := range []struct {
		what, method, path, body string
		want                     int
	}{
		{"reads the log", "GET", "/api/v1/audit", "", 200},
		{"makes a token", "POST", "/api/v1/tokens", `{"name":"x"}`, 403},
		{"adds a user", "POST", "/api/v1/users", `{"name":"x","grants":[]}`, 403},
		{"signs out", "POST", "/api/v1/session:logout", "", 400},
	} {
		if got := api.status(tc.method, tc.path, tc.body, append(key(), bearer...)...); got != tc.want {
			t.Errorf("a token %s: %d, want %d", tc.what, got, tc.want)
		}
	}
	for _, wrong := range []string{value[:len(value)-1], value[:len(value)-1] + "0", value + "0", strings.ToLower(value), "drvs" + value[3:], " ", "x", strings.Repeat("a", 10_000)} {
		if got := api.status("GET", meAt, "", "Authorization", "Bearer "+wrong); got != 401 {
			t.Errorf("%.60q: %d", wrong, got)
		}
	}
	// A wrong token is no reason to look at the cookie.
	if got := b.status("GET", meAt, "", "Authorization", "Bearer drv_x"); got != 401 {
		t.Errorf("a wrong token beside a right cookie: %d", got)
	}

	// What the user loses the token loses; what it was not given it does not get.
	if _, err := h.engine.GrantUser(ctx, "ann", []authz.Grant{{Role: authz.Engineer}}); err != nil {
		t.Fatal(err)
	}
	if got := b.status("GET", meAt, ""); got != 401 {
		t.Errorf("a session goes on after the grants changed: %d", got)
	}
	if got := api.status("GET", "/api/v1/audit", "", bearer...); got != 403 {
		t.Errorf("a token of who is no auditor any more reads the log: %d", got)
	}
	if _, err := h.engine.GrantUser(ctx, "ann", []authz.Grant{{Role: authz.Admin}}); err != nil {
		t.Fatal(err)
	}
	token := made["token"].(map[string]any)["id"].(string)
	b.signIn("ann")
	if got := b.status("DELETE", "/api/v1/tokens/"+token, ""); got != 204 {
		t.Errorf("revoke: %d", got)
	}
	if got := api.status("GET", meAt, "", bearer...); got != 401 {
		t.Errorf("a revoked token: %d", got)
	}
	short := b.object("POST", "/api/v1/tokens", `{"name":"short","expires":"5m"}`, key()...)["value"].(string)
	h.now.Add(6 * 60)
	if got := api.status("GET", meAt, "", "Authorization", "Bearer "+short); got != 401 {
		t.Errorf("an expired token: %d", got)
	}
}

// guessed is a token that is right in its form, as who knows it would guess.
func guessed(t *testing.T) drovertypes.Secret {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := []byte("drv_")
	for range 43 {
		b = append(b, letters[mrand.IntN(len(letters))])
	}
	sum := crc32.ChecksumIEEE(b)
	tail := make([]byte, 6)
	for i := range tail {
		tail[5-i] = letters[sum%62]
		sum /= 62
	}
	return drovertypes.Secret(append(b, tail...))
}

// However many are tried, the answers say no more, and nobody is locked out by it: not
// who is new, either, and comes from the address of the guesser.
func TestGuessing(t *testing.T) {
	h := aHouse(t, nil)
	made, err := h.engine.CreateToken(t.Context(), engine.NewToken{Name: "known"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := h.engine.TokenCaller(ctx, made.Value, "192.0.2.7"); err != nil {
		t.Fatal(err)
	}
	answers := map[string]int{}
	try := func(address string) {
		guess := guessed(t)
		_, err := h.engine.TokenCaller(ctx, guess, address)
		if err == nil {
			t.Fatal("a guess was right")
		}
		answers[err.Error()]++
	}
	const tries = 20_000
	for range tries {
		try("192.0.2.7")
	}
	for i := range tries { // and from 1,000 addresses, a /64 each time
		try(fmt.Sprintf("2001:db8:0:%x::%x", i%1000, i))
	}
	if len(answers) != 2 {
		t.Errorf("there are %d different answers, want two: not known, and so too often", len(answers))
	}
	often := answers[engine.ErrGuessing.Error()]
	if least := tries - 20; often < least {
		t.Errorf("%d of %d guesses were told to be too many, at least %d should be", often, 2*tries, least)
	}
	t.Logf("%d guesses, %d told to be too many", 2*tries, often)
	for range 100 { // what is none of ours does not count
		if _, err := h.engine.TokenCaller(ctx, "drv_x", "192.0.2.9"); err == nil || errors.Is(err, engine.ErrGuessing) {
			t.Fatalf("what has no checksum: %v", err)
		}
	}
	fresh, err := h.engine.CreateToken(ctx, engine.NewToken{Name: "fresh"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.engine.TokenCaller(ctx, fresh.Value, "192.0.2.7"); err != nil {
		t.Errorf("a token that nobody used before is refused, since another guessed from its address: %v", err)
	}
	if _, err := h.engine.TokenCaller(ctx, made.Value, "192.0.2.7"); err != nil {
		t.Errorf("who is known is locked out by who shares the address: %v", err)
	}
	link, err := h.engine.LoginLink(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.engine.SignInByLink(ctx, link.Value, engine.Entrance{Address: "192.0.2.7"}); err != nil {
		t.Errorf("a link is refused, since another guessed from its address: %v", err)
	}
}

// No value by which one comes in is found anywhere but with who has it.
func TestNoValueIsKept(t *testing.T) {
	h := aHouse(t, nil)
	var values []string
	for i := range 17 {
		b := h.browser()
		link, err := h.engine.LoginLink(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		resp := b.do("GET", "/login?token="+link.Value.Reveal(), "", opened...)
		values = append(values, link.Value.Reveal(), resp.Cookies()[0].Value)
		made := b.object("POST", "/api/v1/tokens", fmt.Sprintf(`{"name":"t%d"}`, i), key()...)
		values = append(values, made["value"].(string))
		b.do("GET", meAt, "", "Authorization", "Bearer "+made["value"].(string))
		b.do("GET", "/login?token="+link.Value.Reveal(), "", opened...)
	}
	backup := filepath.Join(h.home, "copy.backup")
	if err := h.engine.Store().Backup(context.Background(), backup); err != nil {
		t.Fatal(err)
	}
	if err := h.engine.AnchorAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"the log": h.log.String()}
	err := filepath.WalkDir(h.home, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		files[path] = string(raw)
		return err
	})
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	looks := 0
	for name, text := range files {
		for _, v := range values {
			for how, form := range forms(v) {
				looks++
				if strings.Contains(text, form) {
					t.Errorf("%s holds a value, %s", name, how)
				}
			}
		}
	}
	t.Logf("%d values in %d files, %d looks", len(values), len(files), looks)
}

// Who looks on as another role has less, never more; changes nothing; and is
// themselves again when they say so, or come in anew.
func TestViewAs(t *testing.T) {
	h := aHouse(t, nil)
	b := h.browser()
	b.signIn("")
	viewAs := func(b *browser, role string) int {
		return b.status("POST", "/api/v1/session:viewAs", `{"role":"`+role+`"}`, key()...)
	}
	mine := b.object("GET", meAt, "")
	if mine["viewing"] != nil || fmt.Sprint(mine["view_as"]) != "[owner responder engineer approver auditor]" {
		t.Errorf("an admin: viewing %v, view_as %v", mine["viewing"], mine["view_as"])
	}
	if got := viewAs(b, "auditor"); got != 204 {
		t.Fatalf("look on as auditor: %d", got)
	}
	who := b.object("GET", meAt, "")
	if who["viewing"] != "auditor" || fmt.Sprint(who["grants"]) != "[auditor]" || fmt.Sprint(who["view_as"]) != "[]" || who["id"] != mine["id"] {
		t.Errorf("as auditor: %v", who)
	}
	if got := b.status("GET", "/api/v1/audit", ""); got != 200 {
		t.Errorf("an auditor reads the audit log: %d", got)
	}
	if got := viewAs(b, "admin"); got != 409 {
		t.Errorf("from one role to another: %d", got)
	}
	// Nothing can be changed meanwhile, also not what the role could change.
	if got := viewAs(b, ""); got != 204 {
		t.Fatalf("be oneself: %d", got)
	}
	if got := viewAs(b, "engineer"); got != 204 {
		t.Fatalf("look on as engineer: %d", got)
	}
	tried := 0
	for _, r := range api.New(api.Options{Engine: h.engine}).Routes() {
		if !r.Acting || r.ID == "view_as" || r.ID == "logout" {
			continue
		}
		tried++
		path := strings.NewReplacer("{id}", "x", "{noun}", "identities").Replace(r.Path)
		if got := b.status(r.Method, path, "{}", key()...); got != 403 {
			t.Errorf("%s %s: %d", r.Method, path, got)
		}
	}
	if tried < 20 {
		t.Errorf("only %d calls were tried", tried)
	}
	// A new sign-in is oneself.
	link, err := h.engine.LoginLink(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := b.status("POST", "/login", url.Values{"token": {link.Value.Reveal()}}.Encode(), "Content-Type", "application/x-www-form-urlencoded"); got != 303 {
		t.Fatalf("sign in again: %d", got)
	}
	if who := b.object("GET", meAt, ""); who["viewing"] != nil {
		t.Errorf("after a new sign-in: %v", who["viewing"])
	}

	// The cookie of another gives nothing that is not theirs.
	if _, err := h.engine.For(authz.Local("root")).AddUser(t.Context(), engine.NewUser{Name: "eve", Grants: []authz.Grant{{Role: authz.Owner}}}); err != nil {
		t.Fatal(err)
	}
	eve := h.browser()
	session := eve.signIn("eve")
	site, _ := url.Parse(h.http.URL)
	for _, role := range []string{"admin", "engineer", "x", "", "admin;engineer"} {
		eve.Jar.SetCookies(site, []*http.Cookie{{Name: session.Name + "-as", Value: role}})
		if got := eve.object("GET", meAt, ""); fmt.Sprint(got["grants"]) != "[owner]" || got["viewing"] != nil {
			t.Errorf("an owner with the cookie of %q: %v", role, got)
		}
	}
	if got := viewAs(eve, "admin"); got != 403 {
		t.Errorf("an owner looks on as admin: %d", got)
	}

	// It is in the audit log, refusals too.
	var seen []string
	list, _ := b.object("GET", "/api/v1/audit?page_size=50", "")["items"].([]any)
	for _, x := range list {
		if e, _ := x.(map[string]any); e["action"] == "session.view_as" {
			seen = append(seen, fmt.Sprint(e["who"], " ", e["target"], " ", e["outcome"]))
		}
	}
	if want := "eve admin refused|root engineer done|root oneself done|root auditor done"; strings.Join(seen, "|") != want {
		t.Errorf("audit log: %v, want %v", seen, want)
	}
}

// Who was sent to sign in goes on to where they wanted to, and nowhere else.
func TestNext(t *testing.T) {
	h := aHouse(t, nil)
	for next, want := range map[string]string{"/findings?filter=env%3Dprod": "/findings?filter=env%3Dprod", "": "/", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "javascript:alert(1)": "/"} {
		link, err := h.engine.LoginLink(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		b := h.browser()
		form := url.Values{"token": {h.http.URL + "/login?token=" + link.Value.Reveal()}, "next": {next}}
		resp := b.do("POST", "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		if got := resp.Header.Get("Location"); resp.StatusCode != 303 || got != want {
			t.Errorf("next %q leads to %q (%d), want %q", next, got, resp.StatusCode, want)
		}
	}
	body, err := io.ReadAll(h.browser().do("GET", "/login?next="+url.QueryEscape(`/findings?q="><script>`), "").Body)
	if err != nil || strings.Contains(string(body), `"><script>`) || !strings.Contains(string(body), "drover login-link") || strings.Contains(string(body), "/auth/oidc/start") {
		t.Errorf("the page that signs in: %v\n%s", err, body)
	}
}
