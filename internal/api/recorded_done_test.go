package api_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// A deed is a successful call of an acting route. {name} of its path and body is what
// an earlier one answered.
type deed struct {
	id, path, body string
	code           int
	outcomes       string // of its entries, in order; "": done
	keep           string // "name=field": what later deeds need of its answer
	as             string // who calls; "": this computer
}

// Each acting route of the router is called once as it should be, and leaves exactly
// one entry that says so; what goes on as an operation leaves one when it begins and
// one when it ends. A route that is not in the list fails.
func TestRecordedSuccess(t *testing.T) {
	b := open(t, demoOf(t))
	ctx := t.Context()
	people := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(people, []byte("employee_id,first_name,last_name,email,status\nE1,Ana,Diaz,ana.diaz@acme.test,active\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	words := map[string]string{"people": people}
	for name, list := range map[string]string{"bot": "/identities?filter=nhi_type%3Dbot", "finding": "/findings?filter=severity%3Dmedium"} {
		words[name] = b.get(t, "/api/v1"+list+"&page_size=1")["items"].([]any)[0].(map[string]any)["id"].(string)
	}
	callers := map[string]authz.Caller{"": b.caller}
	for _, name := range []string{"ann", "bob"} {
		if _, err := b.engine.AddUser(ctx, engine.NewUser{Name: name, Grants: []authz.Grant{{Role: authz.Admin}}}); err != nil {
			t.Fatal(err)
		}
		link, err := b.engine.LoginLink(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		in, err := b.engine.SignInByLink(ctx, link.Value, engine.Entrance{Address: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		if callers[name], err = b.engine.SessionCaller(ctx, in.Value, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		words[name] = callers[name].Session
	}
	deeds := []deed{
		{id: "accept_finding", path: "/findings/{finding}:accept", body: `{"reason":"replaced in Q1","approver":"Grace","until":"30d"}`},
		{id: "reopen_finding", path: "/findings/{finding}:reopen", body: `{"reason":"no longer"}`},
		{id: "assign_finding", path: "/findings/{finding}:assign", body: `{"to":"team-bi"}`},
		{id: "batch_findings", path: "/findings:batch", body: `{"action":"assign","to":"team-bi","ids":["{finding}"]}`, code: 207, keep: "batch=operation"},
		{id: "undo_operation", path: "/operations/{batch}:undo", code: 207},
		{id: "run_checks", path: "/checks:run", code: 202, outcomes: "started done"},
		{id: "tag_node", path: "/nodes/{bot}:tag", body: `{"set":{"a":"b"}}`},
		{id: "set_owner", path: "/identities/{bot}/owner", body: `{"owner":"team-bi"}`},
		{id: "confirm_owner", path: "/identities/{bot}/owner:confirm"},
		{id: "set_owners", path: "/owners:set", body: `{"id":"{bot}","owner":"team-agents"}`},
		{id: "confirm_owners", path: "/owners:confirm", body: `{"id":"{bot}"}`},
		{id: "transfer_owner", path: "/owners:transfer", body: `{"id":"{bot}","owner":"team-bi"}`},
		{id: "batch_identities", path: "/identities:batch", body: `{"action":"tag","set":{"c":"d"},"ids":["{bot}"]}`, code: 207},
		{id: "save_view", path: "/views", body: `{"name":"Mine","filter":"env=prod"}`, code: 201, keep: "view=id"},
		{id: "change_view", path: "/views/{view}", body: `{"name":"Ours","filter":"env=prod"}`},
		{id: "watch_view", path: "/views/{view}:watch"},
		{id: "unwatch_view", path: "/views/{view}:unwatch"},
		{id: "delete_view", path: "/views/{view}", code: 204},
		{id: "test_new_source", path: "/sources:test", body: `{"id":"hr","kind":"postgres","options":{"dsn":["${env:DROVER_TEST_NO_SUCH_DSN}"]}}`, outcomes: "failed"},
		{id: "add_source", path: "/sources", body: `{"id":"hr","kind":"file","options":{"paths":["{people}"],"mapping":["hr"]}}`, code: 201},
		{id: "test_source", path: "/sources/demo.postgres:test"},
		{id: "disable_source", path: "/sources/hr:disable"},
		{id: "enable_source", path: "/sources/hr:enable"},
		{id: "remove_source", path: "/sources/hr"},
		{id: "start_scan", path: "/scans", body: `{"words":["demo.postgres"],"checks":false}`, code: 202, outcomes: "started done"},
		{id: "add_user", path: "/users", body: `{"name":"cat","grants":["responder"]}`, code: 201, as: "ann"},
		{id: "grant_user", path: "/users/cat", body: `{"grants":["auditor"]}`, as: "ann"},
		{id: "create_token", path: "/tokens", body: `{"name":"nightly"}`, code: 201, keep: "token=token.id", as: "ann"},
		{id: "revoke_token", path: "/tokens/{token}", code: 204, as: "ann"},
		{id: "remove_user", path: "/users/cat", as: "ann"},
		{id: "view_as", path: "/session:viewAs", body: `{"role":"auditor"}`, code: 204, as: "ann"},
		{id: "end_session", path: "/sessions/{bob}", code: 204, as: "ann"},
		{id: "logout", path: "/session:logout", code: 204, as: "ann"},
		{id: "reset_demo", path: "/demo:reset", body: `{"ratio":4}`, code: 202, keep: "op=id", outcomes: "started failed"},
		{id: "cancel_operation", path: "/operations/{op}:cancel"},
		{id: "remove_demo", path: "/demo:remove", code: 202, outcomes: "started done"},
		{id: "load_demo", path: "/demo:load", body: `{"ratio":4}`, code: 202, outcomes: "started done"},
		{id: "cut_audit", path: "/audit:cut", body: `{"before":"400d"}`},
	}
	methods := map[string]string{}
	for _, r := range b.Routes() {
		if r.Acting && !r.Public {
			methods[r.ID] = r.Method
		}
	}
	left := maps.Clone(methods)
	wanted := map[string]string{} // outcomes by request
	ids := map[string]string{}
	for i, d := range deeds {
		delete(left, d.id)
		fill := func(s string) string {
			for name, v := range words {
				s = strings.ReplaceAll(s, "{"+name+"}", v)
			}
			return s
		}
		b.caller = callers[d.as]
		request := "deed-" + d.id
		headers := append(key(), "X-Request-Id", request, "If-Match", "*")
		w := b.call(t, methods[d.id], "/api/v1"+fill(d.path), fill(d.body), headers...)
		if want := max(d.code, http.StatusOK); w.Code != want {
			t.Fatalf("%d: %s: %d, want %d: %s", i, d.id, w.Code, want, w.Body)
		}
		if d.code == http.StatusAccepted && d.id != "reset_demo" || d.id == "cancel_operation" {
			op := object(t, w.Body.Bytes())["id"].(string)
			if _, err := b.engine.WaitOperation(ctx, op); err != nil && d.id != "cancel_operation" {
				t.Fatalf("%s: %v", d.id, err)
			}
		}
		if name, field, ok := strings.Cut(d.keep, "="); ok {
			v := object(t, w.Body.Bytes())
			if first, rest, deep := strings.Cut(field, "."); deep {
				v, field = v[first].(map[string]any), rest
			}
			words[name] = v[field].(string)
		}
		wanted[request], ids[request] = d.outcomes, callers[d.as].ID
		if d.outcomes == "" {
			wanted[request] = "done"
		}
	}
	if len(left) > 0 {
		t.Errorf("nobody calls %v as they should be", slices.Sorted(maps.Keys(left)))
	}
	got := map[string]string{}
	for _, e := range b.log(t, 0) {
		if e.Request == nil || wanted[*e.Request] == "" {
			continue
		}
		if strings.Contains(*e.Request, "_demo") && !strings.HasPrefix(e.Action, "demo.") {
			continue // what it scans and forgets has entries as any other
		}
		got[*e.Request] = strings.TrimSpace(got[*e.Request] + " " + e.Outcome)
		if *e.Caller != ids[*e.Request] || *e.Door != "api" || time.Since(e.At) > time.Hour {
			t.Errorf("%s is recorded as %+v", *e.Request, e)
		}
	}
	for request, want := range wanted {
		if got[request] != want {
			t.Errorf("%s has the entries %q, want %q", request, got[request], want)
		}
	}
	t.Logf("%d acting routes done once, each with its entries", len(wanted))
}
