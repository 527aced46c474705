package api_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"

	"encoding/json"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
	"net/url"
	"path/filepath"
	"testing"
)

// What is done to the data directory by command is in the record too: checks,
// demonstration data, copies of the store.
func TestRecordedDoors(t *testing.T) {
	home := demoOf(t)
	dir := t.TempDir()
	drover(t, home, "check", "-o", "json")
	drover(t, home, "store", "backup", filepath.Join(dir, "a.backup"))
	drover(t, home, "store", "export", filepath.Join(dir, "a.jsonl"))
	drover(t, home, "demo", "remove")
	var log struct {
		Items []struct {
			ID                      int64
			Action, Target, Outcome string
			Who                     string
			Detail                  map[string]any
		}
	}
	if err := json.Unmarshal([]byte(drover(t, home, "audit", "-o", "json")), &log); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range log.Items {
		seen[e.Action+" "+e.Target+" "+e.Outcome]++
		if e.Who == "" {
			t.Errorf("entry %d names nobody: %+v", e.ID, e)
		}
	}
	for _, want := range []string{"check.run  done", "demo.load  done", "demo.remove  done", "store.backup a.backup started", "store.export a.jsonl started", "source.forget  done"} {
		if seen[want] == 0 {
			t.Errorf("the record has no entry %q: %v", want, seen)
		}
	}
	drover(t, home, "audit", "verify")
	// A copy that cannot be made is asked for all the same, and a list by action finds them.
	b := open(t, home)
	if n := b.get(t, "/api/v1/audit?action="+url.QueryEscape("store."))["total_size"]; n != 2.0 {
		t.Errorf("%v entries of copies", n)
	}
}

// log are the entries of the record behind a number, the oldest first.
func (b *bench) log(t testing.TB, after int64) []engine.AuditItem {
	t.Helper()
	list, err := b.engine.AuditList(t.Context(), engine.AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var out []engine.AuditItem
	for _, e := range slices.Backward(list) {
		if e.ID > after {
			out = append(out, e)
		}
	}
	return out
}

// Each acting route of the router leaves one entry for each way in which a call of it
// is refused, and it says who called: nobody is never the admin of this machine.
func TestRecordedByRoute(t *testing.T) {
	b := open(t, t.TempDir())
	me := authz.Caller{ID: "u-none", Name: "none", Kind: authz.Person}
	cells, last := 0, int64(0)
	for _, r := range b.Routes() {
		if !r.Acting || r.Public {
			continue
		}
		for _, way := range []struct {
			name, who, outcome string
			caller             authz.Caller
			err                error
			headers            []string
		}{
			{"unauthenticated", "anonymous", "refused", authz.Caller{}, errors.New("nobody"), nil},
			{"cross_origin", "anonymous", "refused", authz.Caller{}, errors.New("nobody"), []string{"Sec-Fetch-Site", "cross-site"}},
			{"permission", "u-none", "refused", me, nil, nil},
			{"a body that is none", "local:root", "failed", authz.Local("root"), nil, append(key(), "If-Match", "*", "Content-Type", "text/nonsense")},
		} {
			body := ""
			if way.outcome == "failed" {
				body = "{{{"
				if r.Method == "DELETE" || bodyOf(r) == "" {
					continue // what has no body cannot have a wrong one
				}
			}
			b.caller, b.err = way.caller, way.err
			w := b.briefly(t, r.Method, target(r, "nothing"), body, way.headers...)
			b.caller, b.err = authz.Local("root"), nil
			got := b.log(t, last)
			if len(got) > 0 {
				last = got[len(got)-1].ID
			}
			// What an operation that was started before writes is its own.
			got = slices.DeleteFunc(got, func(e engine.AuditItem) bool { return e.Detail["call"] == nil })
			if w.Code < 400 {
				continue // it takes no body, and was done
			}
			cells++
			if len(got) != 1 {
				t.Errorf("%s %s, %s: %d, and %d entries, want one", r.Method, r.Path, way.name, w.Code, len(got))
				continue
			}
			e := got[0]
			if e.Caller == nil || *e.Caller != way.who || e.Outcome != way.outcome || e.Detail["call"] != r.ID || e.Detail["status"] != float64(w.Code) || e.Door == nil || *e.Door != "api" {
				t.Errorf("%s %s, %s: %d is recorded as %+v", r.Method, r.Path, way.name, w.Code, e)
			}
		}
	}
	if cells < 130 {
		t.Errorf("only %d refusals were looked for", cells)
	}
	t.Logf("%d refusals of acting routes, each with one entry", cells)
}

// What succeeds is recorded as well, whether or not the engine keeps an entry of it.
func TestRecordedDone(t *testing.T) {
	b := open(t, demoOf(t))
	last := b.log(t, 0)
	at := last[len(last)-1].ID
	tries := 0
	did := func(outcome, action string, code int, method, path, body string, headers ...string) {
		t.Helper()
		tries++
		b.act(t, code, method, path, body, headers...)
		got := b.log(t, at)
		if len(got) == 0 {
			t.Errorf("%s %s is not recorded", method, path)
			return
		}
		at = got[len(got)-1].ID
		if !slices.ContainsFunc(got, func(e engine.AuditItem) bool {
			return e.Action == action && e.Outcome == outcome && *e.Caller == b.caller.ID
		}) {
			t.Errorf("%s %s is recorded as %+v", method, path, got)
		}
	}
	did("failed", "source.test", 200, "POST", "/sources:test", `{"id":"x","kind":"file","options":{"paths":["/nonesuch.csv"]}}`)
	did("done", "source.test", 200, "POST", "/sources/demo.postgres:test", "")
	did("started", "scan.run", 202, "POST", "/scans", `{"words":["demo.postgres"],"checks":false}`)
	if tries < 3 {
		t.Error("nothing was tried")
	}
}

// A flood of refusals that are alike is an entry and a count; another caller, route or
// reason has an entry of its own; of ever new addresses their kind is told.
func TestRecordedFlood(t *testing.T) {
	b := open(t, t.TempDir())
	b.err = errors.New("nobody")
	for range 100 {
		b.briefly(t, "POST", "/api/v1/scans", "{}")
	}
	b.briefly(t, "POST", "/api/v1/checks:run", "{}")
	for i := range 300 { // all of them are one
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/scans", strings.NewReader("{}"))
		r.RemoteAddr = fmt.Sprintf("[2001:db8:%x::1]:1234", i)
		b.ServeHTTP(httptest.NewRecorder(), r)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	got := b.log(t, 0)
	more := 0.0
	for _, e := range got {
		if n, ok := e.Detail["more"].(float64); ok {
			more += n
		}
		if e.Who != "anonymous" || *e.Kind != "anonymous" || e.Outcome != "refused" {
			t.Errorf("got %+v", e)
		}
	}
	// Two kinds of one address, 59 more addresses, all others; two of these counted on.
	if len(got) != 2+59+1+2 || more != 99+240 {
		t.Errorf("%d entries and %v more, want 64 and 339", len(got), more)
	}
}
