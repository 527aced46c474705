package serve_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Mixed traffic at two hundred requests a second while scans run; the server is
// killed and started again twice. No write is lost, none is made twice, nothing
// fails but while the server is down, and memory does not grow with the work. How
// fast it goes is printed and not judged: on a slow machine fewer requests are made.
func TestLoad(t *testing.T) { underLoad(t, 20*time.Second) }

// BenchmarkLoad is the same for ten minutes, or for DROVER_BENCH_LOAD.
func BenchmarkLoad(b *testing.B) {
	d, err := time.ParseDuration(cmp.Or(os.Getenv("DROVER_BENCH_LOAD"), "10m"))
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		underLoad(b, d)
	}
	b.ReportMetric(0, "ns/op")
}

const (
	loadRate    = 200 // requests a second
	loadWorkers = 24
	loadCallers = 8 // each may make 50 a second
)

// A load is the traffic on one server, which is replaced when it is killed.
type load struct {
	*home
	estate  *crmEstate
	seed    uint64
	tokens  []string
	ids     []string
	finding []string
	client  *http.Client

	server atomic.Pointer[process]
	epoch  atomic.Int64 // how often it was killed, or started again
	number atomic.Int64 // of the last write
	flying atomic.Int64 // writes that have no answer yet

	mu     sync.Mutex
	writes []*write
	took   map[string][]time.Duration // by the sort of request
	codes  map[string]int
	faults []string
	rss    []memorySample
	events int
}

func underLoad(t testing.TB, d time.Duration) {
	seed := seedOf(t)
	l := newLoad(t, seed)
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wg sync.WaitGroup
	due := make(chan time.Time, loadWorkers)
	wg.Go(func() { l.pace(ctx, due) })
	for i := range loadWorkers {
		wg.Go(func() { l.work(rand.New(rand.NewPCG(seed, uint64(i))), i%loadCallers, due) })
	}
	for i := range 3 {
		wg.Go(func() { l.subscribe(ctx, i) })
	}
	wg.Go(func() { l.scans(ctx) })
	wg.Go(func() { l.watch(ctx) })
	for _, at := range []time.Duration{d / 4, d / 2} {
		l.killAt(ctx, at, d)
	}
	wg.Wait()
	l.report(t, d)
	l.settle(t)
	if code := l.server.Load().stop(); code != 0 {
		t.Errorf("the server stopped with %d: %s", code, l.server.Load().log)
	}
	l.verify(t)
	l.flat(t)
}

func newLoad(t testing.TB, seed uint64) *load {
	h := newHome(t, "sources: [{id: crm, kind: file, paths: [crm.jsonl]}]\n")
	l := &load{home: h, estate: newCRM(seed, 400), seed: seed, took: map[string][]time.Duration{}, codes: map[string]int{}}
	l.client = &http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	h.write("crm.jsonl", l.estate.text())
	if _, errs, code := h.run("scan", "--check"); code != 0 {
		t.Fatalf("scan: %d %s", code, errs)
	}
	p := h.start("serve", "--listen", "127.0.0.1:0")
	l.server.Store(p)
	for i := range loadCallers {
		p.must("POST", "/users", fmt.Sprintf(`{"name":"load%d","kind":"person","grants":["admin"]}`, i))
		v := p.must("POST", "/tokens", fmt.Sprintf(`{"name":"load","user":"load%d","expires":"1d"}`, i))
		l.tokens = append(l.tokens, v["value"].(string))
	}
	for _, x := range p.must("GET", "/identities?page_size=1000", "")["items"].([]any) {
		x := x.(map[string]any)
		var number int
		if _, err := fmt.Sscanf(x["ref"].(string), "crm/-/account/%d", &number); err == nil && number < l.estate.lasting() {
			l.ids = append(l.ids, x["id"].(string))
		}
	}
	for _, x := range p.must("GET", "/findings?page_size=500", "")["items"].([]any) {
		l.finding = append(l.finding, x.(map[string]any)["id"].(string))
	}
	if len(l.ids) < 100 || len(l.finding) < 20 {
		t.Fatalf("%d identities and %d findings are too few for a load", len(l.ids), len(l.finding))
	}
	return l
}

// must asks by the socket what has to succeed.
func (p *process) must(method, path, body string) map[string]any {
	p.t.Helper()
	key := fmt.Sprint("must-", time.Now().UnixNano())
	resp, raw := p.socket(method, "/api/v1"+path, strings.NewReader(body), "Content-Type", "application/json", "Idempotency-Key", key)
	for resp.StatusCode == http.StatusTooManyRequests {
		time.Sleep(100 * time.Millisecond)
		resp, raw = p.socket(method, "/api/v1"+path, strings.NewReader(body), "Content-Type", "application/json", "Idempotency-Key", key)
	}
	if resp.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %d %.500s", method, path, resp.StatusCode, raw)
	}
	return object(p.t, raw)
}

// pace says when a request is due. Where all are busy it waits: the rate falls.
func (l *load) pace(ctx context.Context, due chan<- time.Time) {
	defer close(due)
	tick := time.NewTicker(time.Second / loadRate)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			select {
			case due <- now:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (l *load) work(dice *rand.Rand, caller int, due <-chan time.Time) {
	next := "" // page
	for at := range due {
		if dice.IntN(100) < 8 {
			l.send(l.newWrite(dice, caller), at)
			continue
		}
		l.read(dice, caller, at, &next)
	}
}

// read makes one request that changes nothing.
func (l *load) read(dice *rand.Rand, caller int, at time.Time, next *string) {
	id, n := l.ids[dice.IntN(len(l.ids))], dice.IntN(400)
	asks := []struct{ sort, path string }{
		{"list", "/identities?page_size=50&filter=" + url.QueryEscape(fmt.Sprintf("env=prod age>%dd", n))},
		{"list", "/credentials?page_size=50&order_by=-created"},
		{"page", "/nodes?page_size=20&page_token=" + url.QueryEscape(*next)},
		{"facets", "/identities?page_size=10&facets=env,type,owned,lifecycle,source,risk"},
		{"search", "/search?q=" + url.QueryEscape(fmt.Sprint("mailer-", n))},
		{"word", "/identities?page_size=20&filter=" + url.QueryEscape(fmt.Sprint("mailer-", n))},
		{"show", "/identities/" + id},
		{"show", "/identities/" + id},
		{"blast", "/identities/" + id + "/blast-radius"},
		{"findings", "/findings?page_size=50&filter=" + url.QueryEscape("state=open")},
		{"home", "/home"},
		{"summary", "/summary"},
		{"risks", "/risks?page_size=20"},
	}
	a := asks[dice.IntN(len(asks))]
	status, body, _, ok := l.call(a.sort, caller, at, "GET", a.path, "", "")
	if a.sort != "page" || !ok {
		return
	}
	var v struct {
		Next string `json:"next_page_token"`
	}
	if *next = ""; status == http.StatusOK && json.Unmarshal(body, &v) == nil {
		*next = v.Next
	}
}

// call makes one request. again is true where it was made before; ok is false where there is no answer, which is a fault
// unless the server was killed or not there meanwhile.
func (l *load) call(sort string, caller int, due time.Time, method, path, body, key string) (status int, raw []byte, again, ok bool) {
	before, p := l.epoch.Load(), l.server.Load()
	req, err := http.NewRequest(method, "http://"+p.here.Listen+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		l.fault("%s %s: %v", method, path, err)
		return 0, nil, false, false
	}
	req.Header.Set("Authorization", "Bearer "+l.tokens[caller])
	if key != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("X-Request-Id", key)
	}
	resp, err := l.client.Do(req)
	if err == nil {
		raw, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	planned := l.epoch.Load() != before || before%2 == 1
	switch {
	case err != nil && planned:
		l.count(sort, "down", 0)
		return 0, nil, false, false
	case err != nil:
		l.fault("%s %s: %v", method, path, err)
		return 0, nil, false, false
	case resp.StatusCode >= 500 && !planned, resp.StatusCode >= 400 && method == "GET" && resp.StatusCode < 500 && !allowed(sort, resp.StatusCode):
		l.fault("%s %s: %d %.300s", method, path, resp.StatusCode, raw)
	}
	l.count(sort, fmt.Sprint(resp.StatusCode), time.Since(due))
	return resp.StatusCode, raw, resp.Header.Get("Idempotent-Replayed") == "true", true
}

// allowed are refusals of a read: too many calls after a pause, and a page of a
// list that the server before the restart had.
func allowed(sort string, status int) bool {
	return status == http.StatusTooManyRequests || sort == "page" && (status == http.StatusGone || status == http.StatusBadRequest || status == http.StatusConflict)
}

func (l *load) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

func (l *load) count(sort, code string, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.codes[code]++
	if took > 0 {
		l.took[sort] = append(l.took[sort], took)
	}
}

// subscribe reads events, and goes on where it was when the stream breaks.
func (l *load) subscribe(ctx context.Context, i int) {
	last := ""
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, "GET", "http://"+l.server.Load().here.Listen+"/api/v1/events", nil)
		if err != nil {
			l.fault("events: %v", err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+l.tokens[i])
		if last != "" {
			req.Header.Set("Last-Event-ID", last)
		}
		resp, err := (&http.Client{}).Do(req)
		if err != nil { // it is down, or the time is over
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if resp.StatusCode != http.StatusOK {
			l.fault("events: %d", resp.StatusCode)
		}
		last = l.follow(resp.Body, last)
		resp.Body.Close()
	}
}

func (l *load) follow(r io.Reader, last string) string {
	buf, rest := make([]byte, 64<<10), []byte(nil)
	for {
		n, err := r.Read(buf)
		rest = append(rest, buf[:n]...)
		for {
			line, after, ok := bytes.Cut(rest, []byte("\n"))
			if !ok {
				break
			}
			if id, ok := bytes.CutPrefix(line, []byte("id: ")); ok {
				last = string(id)
			}
			if bytes.HasPrefix(line, []byte("data: ")) {
				l.mu.Lock()
				l.events++
				l.mu.Unlock()
			}
			rest = after
		}
		if err != nil {
			return last
		}
	}
}

// scans changes the source and scans it, again and again.
func (l *load) scans(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i++ {
		l.estate.change()
		// Whole or not at all, as a careful exporter writes.
		next := l.write("crm.next", l.estate.text())
		if err := os.Rename(next, filepath.Join(l.dir, "crm.jsonl")); err != nil {
			l.fault("%v", err)
		}
		l.call("scan", 0, time.Now(), "POST", "/scans", `{"words":["crm"]}`, fmt.Sprintf("scan-%d-%d", l.seed, i))
		select {
		case <-ctx.Done():
		case <-time.After(700 * time.Millisecond):
		}
	}
}

// killAt kills the server while it writes, and starts it again.
func (l *load) killAt(ctx context.Context, at, all time.Duration) {
	deadline, _ := ctx.Deadline()
	if left := time.Until(deadline.Add(at - all)); left > 0 {
		time.Sleep(left)
	}
	for range 400 {
		if l.flying.Load() >= 2 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	l.epoch.Add(1) // odd: it is down
	l.server.Load().kill()
	l.server.Store(l.start("serve", "--listen", "127.0.0.1:0"))
	l.epoch.Add(1)
}
