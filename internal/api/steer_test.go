package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
)

// A tag is no way round a decision: what ends findings takes the right to accept
// them, what steers checks and bounds the right to decide about identities, one by
// one and for many.
func TestTagsThatSteer(t *testing.T) {
	b := open(t, demoOf(t))
	id := b.get(t, "/api/v1/identities?page_size=1&filter="+escape("name=svc-bi-export"))["items"].([]any)[0].(map[string]any)["id"].(string)
	tried := 0
	for _, c := range []struct {
		grants  []authz.Grant
		set     string
		allowed bool
	}{
		{[]authz.Grant{{Role: authz.Responder}}, `"seen_by":"ann"`, true},
		{[]authz.Grant{{Role: authz.Responder}}, `"purpose":"nightly export"`, true},
		{[]authz.Grant{{Role: authz.Responder}}, `"break_glass":"true"`, false},
		{[]authz.Grant{{Role: authz.Responder}}, `"breakglass":"yes"`, false},
		{[]authz.Grant{{Role: authz.Responder}}, `"purpose":"emergency access"`, false},
		{[]authz.Grant{{Role: authz.Responder}}, `"env":"dev"`, false},
		{[]authz.Grant{{Role: authz.Responder}}, `"tier":"3"`, false},
		{[]authz.Grant{{Role: authz.Responder}}, `"data_class":"public"`, false},
		{[]authz.Grant{{Role: authz.Engineer}}, `"env":"dev"`, true},
		{[]authz.Grant{{Role: authz.Engineer}}, `"break_glass":"true"`, false},
		{[]authz.Grant{{Role: authz.Engineer, Envs: []string{"prod"}}}, `"criticality":"low"`, true},
		{[]authz.Grant{{Role: authz.Engineer, Envs: []string{"prod", "dev"}}}, `"env":"dev"`, false},
		{[]authz.Grant{{Role: authz.Admin}}, `"break_glass":"true"`, true},
		{[]authz.Grant{{Role: authz.Engineer, Sources: []string{"demo.hr"}}, {Role: authz.Responder, Envs: []string{"prod"}}}, `"tier":"9"`, false},
		{[]authz.Grant{{Role: authz.Engineer, Sources: []string{"demo.hr"}}, {Role: authz.Responder, Envs: []string{"prod"}}}, `"env":"dev"`, false},
		{[]authz.Grant{{Role: authz.Engineer, Sources: []string{"demo.postgres"}}, {Role: authz.Responder, Envs: []string{"prod"}}}, `"criticality":"low"`, true},
		{[]authz.Grant{{Role: authz.Admin, Sources: []string{"demo.nothing"}}, {Role: authz.Responder, Envs: []string{"prod"}}}, `"break_glass":"true"`, false},
		{[]authz.Grant{{Role: authz.Admin, Sources: []string{"demo.nothing"}}, {Role: authz.Responder, Envs: []string{"prod"}}}, `"purpose":"nightly export"`, true},
	} {
		b.caller = authz.Local("tester") // as it was
		b.act(t, 200, "POST", "/nodes/"+id+":tag", `{"set":{"env":"prod"}}`)
		b.caller = authz.Caller{ID: "u1", Name: "ann", Kind: authz.Person, Grants: c.grants}
		want := map[bool]string{true: "200", false: "403"}[c.allowed]
		for _, door := range []struct{ path, body string }{
			{"/nodes/" + id + ":tag", `{"set":{` + c.set + `}}`},
			{"/identities:batch", fmt.Sprintf(`{"action":"tag","ids":[%q],"set":{%s}}`, id, c.set)},
		} {
			tried++
			w := b.call(t, "POST", "/api/v1"+door.path, door.body, key()...)
			got := fmt.Sprint(w.Code)
			if w.Code == 207 {
				got = "200"
				if strings.Contains(w.Body.String(), `"done":0`) || strings.Contains(w.Body.String(), `"done": 0`) {
					got = "403"
				}
			}
			if got != want {
				t.Errorf("%v sets %s by %s: %d %s, want %s", c.grants, c.set, door.path, w.Code, w.Body, want)
			}
			if c.allowed && c.set == `"env":"dev"` {
				b.caller = authz.Local("tester")
				b.act(t, 200, "POST", "/nodes/"+id+":tag", `{"set":{"env":"prod"}}`)
				b.caller = authz.Caller{ID: "u1", Name: "ann", Kind: authz.Person, Grants: c.grants}
			}
		}
	}
	t.Logf("%d tags tried", tried)
}
