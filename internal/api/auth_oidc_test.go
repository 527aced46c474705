package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/realtest"
)

// byProvider is a house whose people come in by a real provider.
func byProvider(t *testing.T, claim bool) (*house, *realtest.OIDCServer) {
	var c *config.Config
	h := aHouse(t, func(made *config.Config) { c = made })
	op := realtest.OIDC(t, h.http.URL+"/auth/oidc/callback")
	t.Setenv("DROVER_TEST_OIDC", op.Secret)
	c.Auth.OIDC = config.OIDC{Issuer: op.Issuer, ClientID: "drover", ClientSecret: "${env:DROVER_TEST_OIDC}"}
	if claim {
		c.Auth.OIDC.Scopes = []string{"profile", "email", "groups"}
		c.Auth.OIDC.RolesClaim, c.Auth.OIDC.Roles = "groups", map[string]string{"security": "auditor", "platform": "engineer:env=prod"}
	}
	c.Auth.Workload = []config.Workload{{Issuer: op.Issuer, Audience: "drover", Subject: "c*", Role: "responder:source=k8s"}, {Issuer: op.Issuer, Audience: "drover", Subject: "ci", Role: "responder:source=k8s"}}
	return h, op
}

// through goes to the provider and back, and returns the answer of the way back.
func (b *browser) through(op *realtest.OIDCServer, name string) *http.Response {
	b.h.t.Helper()
	start := b.do("GET", "/auth/oidc/start?next=/findings", "")
	if start.StatusCode != 303 {
		raw, _ := io.ReadAll(start.Body)
		b.h.t.Fatalf("start: %d %s", start.StatusCode, raw)
	}
	to, _ := url.Parse(start.Header.Get("Location"))
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(to.Query().Get(name)) < 20 {
			b.h.t.Errorf("%s is %q", name, to.Query().Get(name))
		}
	}
	if to.Query().Get("code_challenge_method") != "S256" || to.Query().Get("response_type") != "code" {
		b.h.t.Errorf("%s", to)
	}
	back, err := op.SignIn(to.String(), name)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return b.do("GET", back.RequestURI(), "")
}

func TestSignInByProvider(t *testing.T) {
	h, op := byProvider(t, true)
	b := h.browser()
	resp := b.through(op, "ann")
	if resp.StatusCode != 303 || resp.Header.Get("Location") != "/findings" {
		t.Fatalf("%d %v\n%s", resp.StatusCode, resp.Header, h.log.String())
	}
	who := b.object("GET", meAt, "")
	if who["name"] != "ann@corp.test" || fmt.Sprint(who["grants"]) != "[auditor]" {
		t.Errorf("%v", who)
	}
	if resp := h.browser().through(op, "eve"); resp.StatusCode != 403 {
		t.Errorf("eve, of no group: %d", resp.StatusCode)
	}
	bob := h.browser()
	bob.through(op, "bob")
	if who := bob.object("GET", meAt, ""); fmt.Sprint(who["grants"]) != "[engineer:env=prod]" {
		t.Errorf("%v", who)
	}

	// The way back is good for the browser that began, once, with what was sent.
	c := h.browser()
	start := c.do("GET", "/auth/oidc/start?next=https://evil.example/", "")
	back, err := op.SignIn(start.Header.Get("Location"), "ann")
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for name, change := range map[string]func(url.Values){
		"state": func(q url.Values) { q.Set("state", "another") }, "no state": func(q url.Values) { q.Del("state") }, "issuer": func(q url.Values) { q.Set("iss", "https://evil.example") },
		"error": func(q url.Values) { q.Set("error", "access_denied") }, "no code": func(q url.Values) { q.Del("code") },
	} {
		d := h.browser()
		d.Jar = c.Jar
		u := *back
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
		site, _ := url.Parse(h.http.URL)
		cookies := c.Jar.Cookies(site)
		if resp := d.do("GET", u.RequestURI(), ""); resp.StatusCode != 403 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
		refused++
		c.Jar.SetCookies(site, cookies) // the refusal took it away
	}
	if resp := h.browser().do("GET", back.RequestURI(), ""); resp.StatusCode != 403 {
		t.Errorf("another browser: %d", resp.StatusCode)
	}
	if resp := c.do("GET", back.RequestURI(), ""); resp.StatusCode != 303 || resp.Header.Get("Location") != "/" {
		t.Errorf("the browser that began: %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp := c.do("GET", back.RequestURI(), ""); resp.StatusCode != 403 {
		t.Errorf("the code for the second time: %d", resp.StatusCode)
	}
	t.Logf("%d ways back refused", refused+2)
}

// Without roles of the provider an admin adds people; their verified address finds
// them the first time, and nobody else's does.
func TestProviderKnowsWhoAdminsAdded(t *testing.T) {
	h, op := byProvider(t, false)
	for _, n := range []engine.NewUser{{Name: "Ann", Email: "ann@corp.test", Grants: []authz.Grant{{Role: authz.Approver}}}, {Name: "Mallory", Email: "mallory@corp.test", Grants: []authz.Grant{{Role: authz.Admin}}}} {
		if _, err := h.engine.AddUser(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	b := h.browser()
	if resp := b.through(op, "ann"); resp.StatusCode != 303 {
		t.Fatalf("ann: %d\n%s", resp.StatusCode, h.log.String())
	}
	if who := b.object("GET", meAt, ""); who["name"] != "Ann" || fmt.Sprint(who["grants"]) != "[approver]" {
		t.Errorf("%v", who)
	}
	for _, name := range []string{"bob", "mallory"} { // not added; the address is not verified
		if resp := h.browser().through(op, name); resp.StatusCode != 403 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}

func TestWorkload(t *testing.T) {
	h, op := byProvider(t, false)
	token := func(audience string) string {
		resp, err := http.PostForm(op.Issuer+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"ci"}, "client_secret": {op.Secret}, "resource": {"https://api.test/" + audience}, "scope": {"api"}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var v struct {
			Token string `json:"access_token"`
		}
		raw, _ := io.ReadAll(resp.Body)
		if json.Unmarshal(raw, &v) != nil || strings.Count(v.Token, ".") != 2 {
			t.Fatalf("%d %s", resp.StatusCode, raw)
		}
		return v.Token
	}
	b := h.browser()
	who := b.object("GET", meAt, "", "Authorization", "Bearer "+token("drover"))
	if who["kind"] != "machine" || who["name"] != "ci" || fmt.Sprint(who["grants"]) != "[responder:source=k8s]" {
		t.Errorf("%v", who)
	}
	if got := b.status("GET", meAt, "", "Authorization", "Bearer "+token("another")); got != 401 {
		t.Errorf("a token for another audience: %d", got)
	}
}
