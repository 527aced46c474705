package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// within is a caller who responds inside some bounds.
func within(role authz.Role, g authz.Grant) authz.Caller {
	g.Role = role
	return authz.Caller{ID: "u-mach", Name: "mach", Kind: authz.Machine, Grants: []authz.Grant{g}}
}

// ended waits for an operation as its caller sees it.
func (b *bench) ended(t *testing.T, op map[string]any) *engine.Operation {
	t.Helper()
	done, err := b.engine.For(b.caller).WaitOperation(t.Context(), op["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// A run of the checks that somebody with bounds starts is kept, of the whole estate,
// and answered with what lies in the bounds. What is done is done wholly.
func TestBoundedChecksAreKept(t *testing.T) {
	b := open(t, demoOf(t))
	local := b.caller
	find := func() (string, string) {
		for _, i := range b.get(t, "/api/v1/findings?page_size=1000&filter=check%3Dunowned")["items"].([]any) {
			f := i.(map[string]any)
			node := b.get(t, "/api/v1/nodes/"+url.PathEscape(f["subject"].(map[string]any)["ref"].(string)))["item"].(map[string]any)
			list := node["sources"].([]any)
			if len(list) != 1 || node["kind"] != "identity" {
				continue
			}
			b.caller = within(authz.Responder, authz.Grant{Sources: []string{list[0].(string)}})
			seen := b.call(t, "GET", "/api/v1/findings/"+f["id"].(string), "").Code == 200
			if b.caller = local; seen {
				return f["id"].(string), list[0].(string)
			}
		}
		t.Fatal("no identity without an owner")
		return "", ""
	}
	id, source := find()
	ref := b.get(t, "/api/v1/findings/"+id)["finding"].(map[string]any)["subject"].(map[string]any)["ref"].(string)
	b.act(t, 200, "PUT", "/identities/"+url.PathEscape(ref)+"/owner", `{"owner":"team-bi"}`, "If-Match", "*")
	all := b.get(t, "/api/v1/findings?page_size=0")["total_size"].(float64)

	b.caller = within(authz.Responder, authz.Grant{Sources: []string{source}})
	mine := b.get(t, "/api/v1/findings?page_size=0")["total_size"].(float64)
	done := b.ended(t, b.act(t, 202, "POST", "/checks:run", ""))
	var r engine.CheckResult
	if err := json.Unmarshal(done.Result, &r); err != nil || done.State != engine.OpDone {
		t.Fatalf("got %+v, %v", done, err)
	}
	if r.Changes == nil || r.Changes.Fixed < 1 {
		t.Errorf("the run says that it changed %+v", r.Changes)
	}
	if mine >= all || r.Changes.New+r.Changes.Fixed > int(mine) {
		t.Errorf("%v findings in the bounds of %v, %+v", mine, all, r.Changes)
	}
	if p := done.Progress; p.All == nil || p.Done != *p.All || !strings.Contains(p.Says, fmt.Sprint(*p.All)+" of") {
		t.Errorf("done, and so far: %+v", p)
	}
	if n := b.get(t, "/api/v1/identities?page_size=0")["total_size"].(float64); float64(r.Identities+r.Undecided) > n {
		t.Errorf("%d identities were looked at, and %v are in the bounds", r.Identities, n)
	}
	b.caller = local
	if f := b.get(t, "/api/v1/findings/"+id)["finding"].(map[string]any); f["state"] != "fixed" {
		t.Errorf("the finding is %v", f["state"])
	}
	if left := b.get(t, "/api/v1/findings?page_size=0")["total_size"].(float64); left >= all || left < all/2 {
		t.Errorf("%v findings before, %v after: what lies outside the bounds is as it was", all, left)
	}
	if text := b.call(t, "GET", "/api/v1/audit?action=check.run", "").Body.String(); !strings.Contains(text, "mach") {
		t.Errorf("the record does not say who ran the checks: %s", text)
	}
}

// An operation whose sources could all not be read has failed, and says why.
func TestScanThatReadsNothingFails(t *testing.T) {
	b := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "gone.jsonl")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(map[string]any{"id": "gone", "kind": "file", "options": map[string][]string{"paths": {path}}})
	b.act(t, 201, "POST", "/sources", string(raw))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	done := b.ended(t, b.act(t, 202, "POST", "/scans", `{"words":["gone"]}`))
	if done.State != engine.OpFailed || done.Error == nil || done.Error.Code != "source" || !strings.Contains(done.Error.Detail, "gone") {
		t.Errorf("got %s %+v\n%s", done.State, done.Error, done.Result)
	}
	if !strings.Contains(string(done.Result), `"failed"`) {
		t.Errorf("what came of it is not told: %s", done.Result)
	}
}

// The ids of events tell who sees a part of the estate nothing of what happens
// outside, and bring them back to their place.
func TestBoundedEventsHaveOpaqueIDs(t *testing.T) {
	b := open(t, demoOf(t))
	local := b.caller
	far := within(authz.Responder, authz.Grant{Sources: []string{"demo.postgres"}})
	serve := func() *httptest.Server {
		s := httptest.NewServer(b)
		t.Cleanup(s.Close)
		return s
	}
	server := serve()
	b.caller = far
	stream := listen(t, server.URL, "", "kind=finding.decided")
	begin := stream.next(t, "")
	inside := b.get(t, "/api/v1/findings?page_size=1")["items"].([]any)[0].(map[string]any)["id"].(string)
	outside := ""
	b.caller = local
	for _, i := range b.get(t, "/api/v1/findings?page_size=1000")["items"].([]any) {
		id := i.(map[string]any)["id"].(string)
		b.caller = far
		if b.call(t, "GET", "/api/v1/findings/"+id, "").Code == 404 {
			outside = id
		}
		b.caller = local
		if outside != "" {
			break
		}
	}
	for _, id := range []string{outside, inside, outside, outside, inside} {
		b.act(t, 200, "POST", "/findings/"+id+":assign", `{"to":"somebody"}`)
	}
	one, two := stream.next(t, "finding.decided"), stream.next(t, "finding.decided")
	stream.cancel()
	for _, e := range []sse{begin, one, two} {
		if len(e.id) != len(begin.id) || strings.Trim(e.id, "0123456789") == "" || strings.Contains(e.data, `"id": "4`) {
			t.Errorf("the id %q is a number", e.id)
		}
	}
	b.caller = far
	again := listen(t, server.URL, one.id, "kind=finding.decided")
	again.next(t, "")
	if got := again.next(t, "finding.decided"); !strings.Contains(got.data, inside) || got.id == two.id {
		t.Errorf("after the first came %+v", got)
	}
	again.cancel()
	// The id that was told to somebody else, or in another life, begins anew.
	for who, last := range map[*authz.Caller]string{&far: "4294967299", &local: one.id} {
		b.caller = *who
		other := listen(t, server.URL, last, "kind=finding.decided")
		other.next(t, "")
		other.next(t, "reset")
		other.cancel()
	}
	b.caller = far
	b.refused(t, "invalid", "GET", "/api/v1/events", "", "Last-Event-ID", "yesterday")
}
