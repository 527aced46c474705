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
		"eng": {{Role: authz.Engineer}}, "aud": {{Role: authz.Auditor}}, "bot": {{Role: authz.Approver}, {Role: authz.Responder}},
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
	}
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
		{"bot", medium, "", true, "approved by bot"}, // who asks
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
