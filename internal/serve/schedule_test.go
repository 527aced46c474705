package serve_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/realtest"
)

const oneUser = `{"node":{"ref":"crm/-/user/a","kind":"identity","type":"crm.user","name":"svc-prod-mailer"}}
{"section":{"name":"all","coverage":"crm/all","status":"ok","objects":1}}
`

// sources is `drover source list`, by id.
func (h *home) sources() map[string]map[string]any {
	h.t.Helper()
	out, errs, code := h.run("source", "list", "-o", "json")
	if code != 0 {
		h.t.Fatalf("source list: %d %s", code, errs)
	}
	list := map[string]map[string]any{}
	for _, s := range object(h.t, out)["items"].([]any) {
		m := s.(map[string]any)
		list[m["id"].(string)] = m
	}
	return list
}

// scans counts the scans that the server knows of.
func (p *process) metric(name string) float64 {
	p.t.Helper()
	_, text := p.socket("GET", "/metrics", nil)
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			var v float64
			if _, err := fmt.Sscan(rest, &v); err != nil {
				p.t.Fatal(err)
			}
			return v
		}
	}
	return 0
}

// A source with `every` is scanned by itself, one that fails is tried later and
// told of; what is due is known after a restart.
func TestSchedule(t *testing.T) {
	var mu sync.Mutex
	var told []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		told = append(told, string(raw))
	}))
	defer hook.Close()
	h := newHome(t, `schedule: {jitter: 0s}
notify: [{kind: webhook, url: "`+hook.URL+`"}]
sources:
  - {id: hr, kind: file, paths: [hr.jsonl], every: 1s}
  - {id: gone, kind: file, paths: [gone.jsonl], every: 1h}
  - {id: byhand, kind: file, paths: [hr.jsonl]}
  - {id: off, kind: file, paths: [hr.jsonl], every: 1s, disabled: true}
`)
	h.write("hr.jsonl", oneUser)
	p := h.start("serve", "--listen", "127.0.0.1:0")
	until(t, "two scans", func() bool { return p.metric(`drover_scheduled_scans_total{status="ok"}`) >= 2 })
	until(t, "the alert", func() bool { mu.Lock(); defer mu.Unlock(); return len(told) > 0 })
	mu.Lock()
	alert := object(t, told[0])
	mu.Unlock()
	if data := alert["data"].(map[string]any); alert["type"] != "scan.failed" || data["source"] != "gone" || data["failures"] != 1.0 || data["next"] == nil {
		t.Errorf("the alert: %v", alert)
	}
	if _, body := p.socket("GET", "/api/v1/identities?filter=type%3Dcrm.user", nil); object(t, body)["total_size"] != 1.0 {
		t.Errorf("what was scanned is not served: %.300s", body)
	}
	s := h.sources()
	if s["gone"]["failures"] != 1.0 || s["gone"]["next_scan"] == nil || s["gone"]["every"] != "1h" || s["hr"]["last_status"] != "ok" || s["byhand"]["every"] != nil || s["byhand"]["last_ok"] != nil || s["off"]["last_ok"] != nil {
		t.Errorf("source list: %v", s)
	}
	next := s["gone"]["next_scan"]
	p.kill()
	p = h.start("serve", "--listen", "127.0.0.1:0")
	until(t, "a scan after the restart", func() bool { return p.metric(`drover_scheduled_scans_total{status="ok"}`) >= 1 })
	if s := h.sources(); s["gone"]["next_scan"] != next || s["gone"]["failures"] != 1.0 {
		t.Errorf("after kill -9 the failed one is due %v (was %v), failures %v", s["gone"]["next_scan"], next, s["gone"]["failures"])
	}
	if code := p.stop(); code != 0 {
		t.Errorf("stopped with %d: %s", code, p.log)
	}
}

// Two servers of one PostgreSQL store never scan a source twice for one due time.
func TestReplicas(t *testing.T) {
	pg := realtest.Postgres(t, "15")
	t.Setenv("REPLICA_DSN", pg.DSN(pg.NewDatabase(t)))
	a, b := newHome(t, none), newHome(t, none)
	// What is scanned notes who scans, beginning and end.
	diary := filepath.Join(a.dir, "diary")
	for _, h := range []*home{a, b} {
		h.write("drover.yaml", `store: {driver: postgres, dsn: "${env:REPLICA_DSN}"}
schedule: {jitter: 0s}
sources: [{id: hr, kind: exec, command: [/bin/sh, "`+filepath.Join(h.dir, "count.sh")+`"], every: 1s}]
`)
		h.write("hr.jsonl", oneUser)
		h.write("count.sh", "echo begin >> "+diary+"\nsleep 0.3\necho end >> "+diary+"\ncat "+filepath.Join(h.dir, "hr.jsonl")+"\n")
	}
	one := a.start("serve", "--listen", "127.0.0.1:0")
	copyKey(t, a, b)
	two := b.start("serve", "--listen", "127.0.0.1:0")
	defer func() {
		if t.Failed() {
			t.Log(one.log, two.log)
		}
	}()
	scans := func(p *process) float64 { return p.metric(`drover_scheduled_scans_total{status="ok"}`) }
	until(t, "five scans", func() bool { return scans(one)+scans(two) >= 5 })
	one.stop() // the other goes on alone
	before := scans(two)
	until(t, "two scans more", func() bool { return scans(two) >= before+2 })
	two.stop()
	// The stop may have cut one short, which then has no end.
	begun, open, cut := 0, false, 0
	for _, l := range strings.Fields(read(t, diary)) {
		if l == "begin" {
			begun++
			if open {
				cut++
			}
		}
		open = l == "begin"
	}
	if cut > 1 {
		t.Errorf("%d scans began while another ran: %s", cut, read(t, diary))
	}
	if begun < 7 { // five, and two more
		t.Errorf("only %d scans began", begun)
	}
}

// What requests and scans do is sent to a collector, under the span of the caller,
// without paths and parameters.
func TestTraces(t *testing.T) {
	const canary = "canary-91ce"
	spans := make(chan *tracepb.Span, 1000)
	var refused atomic.Bool
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("POST %s of %s", r.URL.Path, r.Header.Get("Content-Type"))
		}
		if refused.CompareAndSwap(false, true) {
			w.WriteHeader(http.StatusServiceUnavailable) // it is asked again
			return
		}
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		raw, err := io.ReadAll(z)
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(raw), canary) {
			t.Errorf("the collector is told of a path or a parameter: %q", raw)
		}
		var data tracepb.TracesData
		if err := proto.Unmarshal(raw, &data); err != nil {
			t.Error(err)
		}
		for _, rs := range data.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					spans <- s
				}
			}
		}
	}))
	defer collector.Close()
	h := newHome(t, "server: {otlp: '"+collector.URL+"'}\nsources: [{id: hr, kind: file, paths: [hr.jsonl], every: 1h}]\nschedule: {jitter: 0s}\n")
	h.write("hr.jsonl", oneUser)
	p := h.start("serve", "--listen", "127.0.0.1:0")
	const parent = "0af7651916cd43dd8448eb211c80319c"
	p.socket("GET", "/api/v1/identities?filter=name%3D"+canary, nil, "Traceparent", "00-"+parent+"-b7ad6b7169203331-01")
	p.socket("GET", "/api/v1/identities/"+canary, nil)
	until(t, "the scan", func() bool { return p.metric(`drover_scheduled_scans_total{status="ok"}`) >= 1 })
	p.stop() // sends what is left
	seen := map[string]string{}
	for len(spans) > 0 {
		s := <-spans
		seen[s.Name] = fmt.Sprintf("%x", s.TraceId)
	}
	for _, want := range []string{"GET /api/v1/identities", "GET /api/v1/identities/{id}", "scheduled scan"} {
		if seen[want] == "" {
			t.Errorf("no span %q among %v", want, seen)
		}
	}
	if got := seen["GET /api/v1/identities"]; got != parent {
		t.Errorf("the span belongs to trace %s, want that of the caller, %s", got, parent)
	}
}

// Killed twice while scans and writes run: what was answered is there, once, and
// what was scanned is whole.
func TestKilledAtWork(t *testing.T) {
	h := newHome(t, "schedule: {jitter: 0s}\nsources: [{id: hr, kind: file, paths: [hr.jsonl], every: 1s}]\n")
	grow := func(n int) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `{"node":{"ref":"crm/-/user/u%05d","kind":"identity","type":"crm.user","name":"svc-prod-u%05d"}}`+"\n", i, i)
		}
		fmt.Fprintf(&b, `{"section":{"name":"all","coverage":"crm/all","status":"ok","objects":%d}}`+"\n", n)
		h.write("new.jsonl", b.String())
		if err := os.Rename(filepath.Join(h.dir, "new.jsonl"), filepath.Join(h.dir, "hr.jsonl")); err != nil {
			t.Fatal(err)
		}
	}
	const step = 1000
	answered, lives := 0, 3
	for life := range lives {
		grow(step * (life + 1))
		p := h.start("serve", "--listen", "127.0.0.1:0")
		client := p.here.Client()
		write := func() bool { // an audited write: a link to sign in by
			resp, err := client.Post(local.Base+local.LoginPath, "", nil)
			if err != nil {
				return false
			}
			defer resp.Body.Close()
			_, err = io.Copy(io.Discard, resp.Body)
			return err == nil && resp.StatusCode == http.StatusOK
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		before := answered
		for range 2 {
			wg.Go(func() {
				for write() {
					mu.Lock()
					answered++
					done := answered-before > 40
					mu.Unlock()
					if done && life == lives-1 {
						return
					}
				}
			})
		}
		defer func() {
			if t.Failed() {
				t.Log(p.log)
			}
		}()
		until(t, "writes", func() bool { mu.Lock(); defer mu.Unlock(); return answered-before > 20 })
		if life < lives-1 {
			p.kill() // in the middle of writes, and of whatever scan is due
		}
		wg.Wait()
		if life == lives-1 {
			until(t, "the last scan", func() bool {
				_, body := p.socket("GET", "/api/v1/identities?page_size=1&filter=type%3Dcrm.user", nil)
				return object(t, body)["total_size"] == float64(step*lives)
			})
			if code := p.stop(); code != 0 {
				t.Errorf("stopped with %d: %s", code, p.log)
			}
		}
	}
	e, err := engine.Open(t.Context(), engine.Options{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Home: h.data, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	rows, err := e.AuditList(t.Context(), engine.AuditQuery{Action: "login_link.create", Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	for _, r := range rows {
		seen[r.Detail["id"]] = true
	}
	// The first start writes one of its own, for who sets the server up. Of each life at
	// most the two writes that were on their way may be there without an answer.
	if n := len(rows); n < answered+1 || n > answered+1+2*(lives-1) || len(seen) != n {
		t.Errorf("%d writes were answered; %d are recorded, %d of them different", answered, n, len(seen))
	}
	proof, err := e.AuditVerify(t.Context())
	if err != nil || !proof.OK {
		t.Errorf("the audit log after it all: %+v, %v", proof, err)
	}
	scans, err := e.Store().Scans(t.Context(), drover.ScopeAll, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scans {
		for _, r := range s.Sections {
			if r.Source == "hr" && r.Section.Objects%step != 0 {
				t.Errorf("scan %s holds %d objects, a part of what there was", s.ID, r.Section.Objects)
			}
		}
	}
}

// A backup is made while the server scans and answers, and it restores; the store
// under a running server is not replaced.
func TestBackup(t *testing.T) {
	h := newHome(t, "schedule: {jitter: 0s}\nsources: [{id: hr, kind: file, paths: [hr.jsonl], every: 1s}]\n")
	h.write("hr.jsonl", oneUser)
	p := h.start("serve", "--listen", "127.0.0.1:0")
	until(t, "the first scan", func() bool { return p.metric(`drover_scheduled_scans_total{status="ok"}`) >= 1 })
	file := filepath.Join(h.dir, "drover.backup")
	if _, errs, code := h.run("store", "backup", file); code != 0 {
		t.Fatalf("backup: %d %s", code, errs)
	}
	if _, errs, code := h.run("store", "restore", file, "--force", "--yes"); code != 6 {
		t.Errorf("restore under a running server: %d %s, want exit code 6", code, errs)
	}
	before := p.metric(`drover_scheduled_scans_total{status="ok"}`)
	until(t, "scans go on", func() bool { return p.metric(`drover_scheduled_scans_total{status="ok"}`) > before })
	other := newHome(t, none)
	copyKey(t, h, other)
	if _, errs, code := other.run("store", "restore", file); code != 0 {
		t.Fatalf("restore: %d %s", code, errs)
	}
	want, _, _ := h.run("list", "identities", "--fields", "ref,name", "-o", "csv")
	if got, errs, code := other.run("list", "identities", "--fields", "ref,name", "-o", "csv"); code != 0 || got != want || !strings.Contains(got, "svc-prod-mailer") {
		t.Errorf("restored: %d %q, want %q\n%s", code, got, want, errs)
	}
}
