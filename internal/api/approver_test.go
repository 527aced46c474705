package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// Over the API nobody is named as having agreed who could not have: an approver is
// who asks, or a person among the users who may accept just this.
func TestApprovers(t *testing.T) {
	b := open(t, demoOf(t))
	users := map[string]authz.Caller{}
	for name, grants := range map[string][]authz.Grant{
		"ann": {{Role: authz.Approver}, {Role: authz.Responder}}, "bob": {{Role: authz.Approver}}, "far": {{Role: authz.Approver, Sources: []string{"elsewhere"}}},
		"new": {{Role: authz.Approver}}, "eng": {{Role: authz.Engineer}}, "aud": {{Role: authz.Auditor}}, "bot": {{Role: authz.Approver}, {Role: authz.Responder}},
	} {
		kind := authz.Person
		if name == "bot" {
			kind = authz.Machine
		}
		u, err := b.engine.AddUser(t.Context(), engine.NewUser{Name: name, Email: name + "@acme.test", Kind: kind, Grants: grants})
		if err != nil {
			t.Fatal(err)
		}
		users[name] = authz.Caller{ID: u.ID, Name: name, Email: name + "@acme.test", Kind: kind, Grants: grants}
		if kind == authz.Person && name != "new" {
			signInOnce(t, b.engine, name)
		}
	}
	token := users["ann"]
	token.Token = "t-0123456789abcde"
	users["token"] = token
	b.caller = users["ann"]
	first := func(filter string) string {
		return b.get(t, "/api/v1/findings?page_size=1&filter="+filter)["items"].([]any)[0].(map[string]any)["id"].(string)
	}
	medium, critical := first("severity%3Dmedium"), first("severity%3Dcritical")
	agreed := func(id string) string {
		return fmt.Sprint(b.get(t, "/api/v1/findings/"+id)["finding"])
	}
	tried := 0
	for _, c := range []struct {
		who, id, approver string
		ok                bool
		says              string
	}{
		{"ann", medium, "", true, "approved by ann"},
		{"ann", medium, "ann", true, "approved by ann"},
		{"ann", medium, "ANN@acme.test", true, "approved by ann"},
		{"ann", medium, "bob@acme.test", true, "approved by bob"},
		{"ann", medium, "ann, Ann@acme.test and bob", true, "approved by ann, bob:"},
		{"ann", medium, "Grace", false, ""},                     // nobody's name
		{"ann", medium, "the board", false, ""},                 // nobody's name
		{"ann", medium, "eng", false, ""},                       // may not accept
		{"ann", medium, "aud", false, ""},                       // may not accept
		{"ann", medium, "far", false, ""},                       // may accept, but not this
		{"ann", medium, "bot", false, ""},                       // no person
		{"ann", medium, "ann, Grace", false, ""},                // one of two
		{"ann", medium, "\u0430nn", false, ""},                  // looks like ann
		{"ann", medium, "b\u200bob", true, "approved by bob"},   // is bob, whatever is hidden in it
		{"ann", medium, strings.Repeat("ann2,", 20), false, ""}, // no crowd
		{"ann", medium, ",", false, ""},
		{"ann", critical, "", false, ""},    // the caller is no second opinion
		{"ann", critical, "ann", false, ""}, // nor by name
		{"ann", critical, "ann, ann@acme.test", false, ""},
		{"ann", critical, "far", false, ""},
		{"ann", critical, "bob", true, "approved by bob"},
		{"ann", critical, "new", false, ""}, // never signed in
		{"ann", medium, "new", false, ""},
		{"bot", medium, "", false, ""}, // no person
		{"bot", medium, "bob", false, ""},
		{"token", medium, "", true, "approved by ann"},
		{"token", medium, "bob", false, ""}, // a token speaks for its user alone
		{"token", critical, "bob", false, ""},
		{"token", critical, "", false, ""},
	} {
		tried++
		b.caller = users[c.who]
		body := fmt.Sprintf(`{"reason":"replaced in Q1","approver":%q,"until":"30d"}`, c.approver)
		one := b.call(t, "POST", "/api/v1/findings/"+c.id+":accept", body, key()...)
		if (one.Code == 200) != c.ok {
			t.Errorf("%s accepts %s, approved by %.40q: %d %s", c.who, c.id, c.approver, one.Code, one.Body)
		}
		if c.ok && !strings.Contains(agreed(c.id), c.says) {
			t.Errorf("approved by %q: recorded %s, want %q", c.approver, agreed(c.id), c.says)
		}
		batch := b.call(t, "POST", "/api/v1/findings:batch", fmt.Sprintf(`{"action":"accept","ids":[%q],"reason":"replaced in Q1","approver":%q,"until":"30d","preview":true}`, c.id, c.approver), key()...)
		if done := batch.Code == 207 && object(t, batch.Body.Bytes())["done"] == 1.0; done != c.ok {
			t.Errorf("%s accepts %s in a batch, approved by %.40q: %d %s", c.who, c.id, c.approver, batch.Code, batch.Body)
		}
	}
	// Whether there is somebody of a name is not told to who may not list the users.
	b.caller = users["ann"]
	var answers []string
	for _, name := range []string{"eng", "aud", "bot", "nobody"} {
		w := b.call(t, "POST", "/api/v1/findings/"+medium+":accept", fmt.Sprintf(`{"reason":"replaced in Q1","approver":%q,"until":"30d"}`, name), key()...)
		answers = append(answers, strings.TrimPrefix(object(t, w.Body.Bytes())["detail"].(string), name))
	}
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("the answers tell who is there: %q and %q", answers[0], a)
		}
	}
	// On the server's own computer any name may be written.
	b.caller = authz.Local("tester")
	b.act(t, 200, "POST", "/findings/"+medium+":accept", `{"reason":"replaced in Q1","approver":"the board","until":"30d"}`)
	t.Logf("%d approvers tried", tried)
}

// The only user has nobody here to ask: they may name who agreed elsewhere, which the
// record says, but still are no second opinion themselves.
func TestOnlyUserNamesWhoAgreed(t *testing.T) {
	b := open(t, demoOf(t))
	grants := []authz.Grant{{Role: authz.Admin}}
	u, err := b.engine.AddUser(t.Context(), engine.NewUser{Name: "ann", Email: "ann@acme.test", Kind: authz.Person, Grants: grants})
	if err != nil {
		t.Fatal(err)
	}
	ann := authz.Caller{ID: u.ID, Name: "ann", Email: "ann@acme.test", Kind: authz.Person, Grants: grants}
	b.caller = ann
	id := b.get(t, "/api/v1/findings?page_size=1&filter=severity%3Dcritical")["items"].([]any)[0].(map[string]any)["id"].(string)
	try := func(approver string) (int, string) {
		w := b.call(t, "POST", "/api/v1/findings/"+id+":accept", fmt.Sprintf(`{"reason":"replaced in Q1","approver":%q,"until":"30d"}`, approver), key()...)
		return w.Code, w.Body.String()
	}
	for _, own := range []string{"", "ann", "Ann@acme.test", " ann ,ann"} {
		if code, body := try(own); code == 200 {
			t.Errorf("approved by %q: %d %s", own, code, body)
		}
	}
	code, body := try("Grace Hopper")
	if said := fmt.Sprint(b.get(t, "/api/v1/findings/"+id)["finding"]); code != 200 || !strings.Contains(said, "Grace Hopper (no user here)") {
		t.Errorf("approved by somebody else: %d %s\n%s", code, body, said)
	}
	// With limits, or somebody else to ask, the rule for all holds again.
	b.caller.Grants = []authz.Grant{{Role: authz.Admin, Envs: []string{"prod"}}}
	if code, body := try("Grace Hopper"); code == 200 {
		t.Errorf("an admin of one environment: %d %s", code, body)
	}
	b.caller = ann
	if _, err := b.engine.AddUser(t.Context(), engine.NewUser{Name: "bob", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Auditor}}}); err != nil {
		t.Fatal(err)
	}
	if code, body := try("Grace Hopper"); code == 200 {
		t.Errorf("with somebody else here: %d %s", code, body)
	}
}

// Whoever may accept findings accepts many and takes that back: what the body says is
// done decides which power is asked, and the bounds of that very grant hold.
func TestBatchAsksForItsOwnPower(t *testing.T) {
	b := open(t, demoOf(t))
	as := func(name string, grants ...authz.Grant) authz.Caller {
		u, err := b.engine.AddUser(t.Context(), engine.NewUser{Name: name, Email: name + "@acme.test", Kind: authz.Person, Grants: grants})
		if err != nil {
			t.Fatal(err)
		}
		return authz.Caller{ID: u.ID, Name: name, Email: name + "@acme.test", Kind: authz.Person, Grants: grants}
	}
	id := b.get(t, "/api/v1/findings?page_size=1&filter=severity%3Dmedium")["items"].([]any)[0].(map[string]any)["id"].(string)
	app, res := as("app", authz.Grant{Role: authz.Approver}), as("res", authz.Grant{Role: authz.Responder})
	far := as("far", authz.Grant{Role: authz.Responder}, authz.Grant{Role: authz.Approver, Sources: []string{"elsewhere"}})
	aud := as("aud", authz.Grant{Role: authz.Auditor})
	bodies := map[string]string{
		"accept": fmt.Sprintf(`{"action":"accept","ids":[%q],"reason":"replaced in Q1","until":"30d"}`, id),
		"assign": fmt.Sprintf(`{"action":"assign","ids":[%q],"to":"team-bi"}`, id),
		"reopen": fmt.Sprintf(`{"action":"reopen","ids":[%q]}`, id),
	}
	for _, c := range []struct {
		who    authz.Caller
		action string
		status int
		done   float64
	}{
		{app, "accept", 207, 1}, {app, "reopen", 207, 1}, {app, "assign", 403, 0},
		{res, "accept", 403, 0}, {res, "reopen", 403, 0}, {res, "assign", 207, 1},
		{far, "accept", 207, 0}, // sees it as a responder, and is no approver of it
		{aud, "accept", 403, 0}, {aud, "assign", 403, 0},
	} {
		b.caller = c.who
		w := b.call(t, "POST", "/api/v1/findings:batch", bodies[c.action], key()...)
		v := object(t, w.Body.Bytes())
		if w.Code != c.status || w.Code == 207 && v["done"] != c.done {
			t.Errorf("%s: %s in a batch: %d %s, want %d with %v done", c.who.Name, c.action, w.Code, w.Body, c.status, c.done)
		}
		op, _ := v["operation"].(string)
		if op == "" {
			continue
		}
		b.caller = aud
		if w := b.call(t, "POST", "/api/v1/operations/"+op+":undo", "", key()...); w.Code != 403 {
			t.Errorf("an auditor takes back what %s did: %d %s", c.who.Name, w.Code, w.Body)
		}
		b.caller = c.who
		if w := b.call(t, "POST", "/api/v1/operations/"+op+":undo", "", key()...); w.Code != 207 || object(t, w.Body.Bytes())["done"] != 1.0 {
			t.Errorf("%s takes back the %s: %d %s", c.who.Name, c.action, w.Code, w.Body)
		}
		if c.action == "accept" { // so that there is something to reopen
			b.act(t, 200, "POST", "/findings/"+id+":accept", `{"reason":"replaced in Q1","until":"30d"}`)
		}
	}
}

// signInOnce lets a user come in by a link: who never did agrees to nothing.
func signInOnce(t *testing.T, e *engine.Engine, name string) {
	t.Helper()
	link, err := e.LoginLink(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.SignInByLink(t.Context(), link.Value, engine.Entrance{Address: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
}
