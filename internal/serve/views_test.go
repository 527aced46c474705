package serve_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/droverhq/drover/internal/client/local"
)

// users is what a source reads that has so many.
func users(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"node":{"ref":"crm/-/user/%d","kind":"identity","type":"crm.user","name":"svc-prod-mailer-%d"}}`+"\n", i, i)
	}
	fmt.Fprintf(&b, `{"section":{"name":"all","coverage":"crm/all","status":"ok","objects":%d}}`+"\n", n)
	return b.String()
}

// A scan changes what a watched view lists: an event and a message say so, the first
// page counts it, and what changed while the server was down is told when it is back.
func TestWatchedViews(t *testing.T) {
	var mu sync.Mutex
	var told []map[string]any
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		told = append(told, object(t, string(raw)))
	}))
	defer hook.Close()
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(told) }
	last := func() (map[string]any, map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		m := told[len(told)-1]
		return m, m["data"].(map[string]any)
	}
	h := newHome(t, `schedule: {disabled: true}
notify: [{kind: webhook, url: "`+hook.URL+`"}]
sources:
  - {id: crm, kind: file, paths: [crm.jsonl]}
`)
	h.write("crm.jsonl", users(1))
	p := h.start("serve", "--listen", "127.0.0.1:0")
	scan := func() { p.must("POST", "/scans", `{"words":["crm"],"checks":false}`) }
	total := func(n float64) {
		t.Helper()
		until(t, "the scan", func() bool {
			_, body := p.socket("GET", "/api/v1/identities?page_size=0&filter=type%3Dcrm.user", nil)
			return object(t, body)["total_size"] == n
		})
	}
	scan()
	total(1)
	v := p.must("POST", "/views", `{"name":"Mailers","filter":"type=crm.user"}`)
	if w := p.must("POST", "/views/"+v["id"].(string)+":watch", ""); w["watched"] != true {
		t.Fatalf("got %v", w)
	}
	resp, err := p.here.Client().Get(local.Base + "/api/v1/events?filter=kind%3Dview.changed&seconds=60")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	heard := make(chan string, 10)
	go func() {
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			if data, ok := strings.CutPrefix(s.Text(), "data: "); ok {
				heard <- data
			}
		}
	}()
	h.write("crm.jsonl", users(4))
	scan()
	until(t, "the message", func() bool { return count() == 1 })
	m, data := last()
	if m["type"] != "view.changed" || data["view"] != v["id"] || data["name"] != "a view that is not everybody's" || data["added"] != 3.0 || data["removed"] != 0.0 || data["total"] != 4.0 {
		t.Errorf("the message: %v", m)
	}
	select {
	case e := <-heard:
		if got := object(t, e); got["kind"] != "view.changed" || got["data"].(map[string]any)["added"] != 3.0 {
			t.Errorf("the event: %s", e)
		}
	case <-time.After(20 * time.Second):
		t.Error("no event came")
	}
	home := func() map[string]any {
		_, body := p.socket("GET", "/api/v1/home", nil)
		list := object(t, body)["watched"].([]any)
		if len(list) != 1 {
			t.Fatalf("the first page tells of %v", list)
		}
		return list[0].(map[string]any)
	}
	if n := home(); n["name"] != "Mailers" || n["added"] != 3.0 || n["total"] != 4.0 {
		t.Errorf("the first page tells %v", n)
	}

	p.kill()
	h.write("crm.jsonl", users(2))
	if _, errs, code := h.run("scan", "crm"); code != 0 {
		t.Fatalf("scan: %d %s", code, errs)
	}
	p = h.start("serve", "--listen", "127.0.0.1:0")
	until(t, "the message after the restart", func() bool { return count() == 2 })
	if _, data := last(); data["added"] != 0.0 || data["removed"] != 2.0 {
		t.Errorf("after the restart: %v", data)
	}
	if n := home(); n["added"] != 1.0 || n["removed"] != 0.0 { // since they looked
		t.Errorf("the first page tells %v", n)
	}
	if w := p.must("POST", "/views/Mailers:watch", ""); w["watched"] != true {
		t.Errorf("got %v", w)
	}
	if n := home(); n["added"] != 0.0 || n["changed"] != nil {
		t.Errorf("after a look: %v", n)
	}
	p.must("POST", "/views/Mailers:unwatch", "")
	if resp, _ := p.socket("POST", "/api/v1/views/Mailers:unwatch", nil, "Idempotency-Key", "again"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("unwatched twice: %d", resp.StatusCode)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("stopped with %d: %s", code, p.log)
	}
}
