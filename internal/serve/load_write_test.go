package serve_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A write is one call that changes something, under a mark of its own by which it
// is found again in the store.
type write struct {
	mark   string // its key, its id as a request, and part of what it writes
	sort   string
	caller int
	path   string
	body   string
	acked  bool // the server said that it is done
	refuse bool // the server said that it is not
	sent   int
}

func (l *load) newWrite(dice *rand.Rand, caller int) *write {
	w := &write{mark: fmt.Sprintf("load-%016x-%06d", l.seed, l.number.Add(1)), caller: caller}
	id, finding := l.ids[dice.IntN(len(l.ids))], l.finding[dice.IntN(len(l.finding))]
	switch dice.IntN(4) {
	case 0:
		w.sort, w.path, w.body = "tag", "/identities:batch", fmt.Sprintf(`{"action":"tag","ids":[%q],"set":{%q:"x"}}`, id, w.mark)
	case 1:
		w.sort, w.path, w.body = "owner", "/owners:transfer", fmt.Sprintf(`{"id":%q,"owner":"p%d@corp.test","reason":%q}`, id, dice.IntN(20), w.mark)
	case 2:
		w.sort, w.path, w.body = "accept", "/findings/"+finding+":accept", fmt.Sprintf(`{"reason":%q,"until":"30d"}`, w.mark)
	default:
		w.sort, w.path, w.body = "assign", "/findings/"+finding+":assign", fmt.Sprintf(`{"to":%q}`, w.mark)
	}
	l.mu.Lock()
	l.writes = append(l.writes, w)
	l.mu.Unlock()
	return w
}

// send makes a write once, and notes what the server said.
func (l *load) send(w *write, due time.Time) {
	l.flying.Add(1)
	defer l.flying.Add(-1)
	w.sent++
	status, raw, again, ok := l.call(w.sort, w.caller, due, "POST", w.path, w.body, w.mark)
	if !ok {
		return
	}
	switch {
	case status == http.StatusMultiStatus:
		var r struct{ Done int }
		if err := json.Unmarshal(raw, &r); err != nil {
			l.fault("%s: %v", w.path, err)
		}
		w.acked, w.refuse = r.Done == 1, r.Done != 1
	case status < 300:
		w.acked = true
	case status == http.StatusConflict && again:
		w.acked = true // by a server that was killed before it could answer
	case status == http.StatusConflict && strings.Contains(string(raw), "idempotency_key_running"):
	case status < 500 && status != http.StatusTooManyRequests:
		w.refuse = true
	}
}

// settle repeats the writes that had no answer, as a careful client does, but for
// every third, and waits until none of the scans runs any more.
func (l *load) settle(t testing.TB) {
	again, left := 0, 0
	for _, w := range l.writes {
		if w.acked || w.refuse {
			continue
		}
		if left++; left%3 == 0 {
			continue
		}
		for !w.acked && !w.refuse {
			if again++; w.sent > 1 {
				time.Sleep(50 * time.Millisecond)
			}
			l.send(w, time.Now())
		}
	}
	t.Logf("%d writes had no answer when the server was killed; %d calls repeated all but each third of them", left, again)
	until(t, "the end of the scans", func() bool {
		for _, x := range l.server.Load().must("GET", "/operations", "")["items"].([]any) {
			if s := x.(map[string]any)["state"]; s == "running" || s == "queued" {
				return false
			}
		}
		return true
	})
}

// verify reads the store with SQL of its own: each write that was acknowledged is
// there once, in the state and in the audit log, and no other one twice.
func (l *load) verify(t testing.TB) {
	db := openSQL(t, filepath.Join(l.data, "drover.db"))
	made := map[string]int{}
	for _, query := range []string{
		`SELECT tkey FROM tag WHERE tkey LIKE 'load-%'`,
		`SELECT value FROM tag WHERE tkey = 'owner.because' AND value LIKE 'load-%'`,
		`SELECT json_extract(body, '$.reason') FROM decision WHERE kind = 'accept'`,
		`SELECT json_extract(body, '$.to') FROM decision WHERE kind = 'assign'`,
	} {
		for _, mark := range texts(t, db, query) {
			made[mark]++
		}
	}
	logged := map[string]int{}
	for _, mark := range texts(t, db, `SELECT coalesce(json_extract(body, '$.request_id'), '') FROM audit WHERE outcome = 'done'`) {
		logged[mark]++
	}
	sorts := map[string]int{}
	for _, w := range l.writes {
		n, said := made[w.mark], logged[w.mark]
		switch {
		case w.acked && n != 1:
			t.Errorf("%s %s was acknowledged and is there %d times", w.sort, w.mark, n)
		case w.refuse && n != 0:
			t.Errorf("%s %s was refused and is there", w.sort, w.mark)
		case n > 1:
			t.Errorf("%s %s is there %d times", w.sort, w.mark, n)
		}
		if said != n {
			t.Errorf("%s %s is there %d times and recorded %d times", w.sort, w.mark, n, said)
		}
		if w.acked {
			sorts[w.sort]++
		} else if w.refuse {
			sorts[w.sort+" refused"]++
		}
	}
	t.Logf("writes that were acknowledged: %v", sorts)
	for _, sort := range []string{"tag", "owner", "accept", "assign"} {
		if sorts[sort] == 0 {
			t.Errorf("no %s was made at all: %v", sort, sorts)
		}
	}
	if out, errs, code := l.run("audit", "verify"); code != 0 {
		t.Errorf("audit verify: %d %s %s", code, out, errs)
	}
	if bad := texts(t, db, `PRAGMA integrity_check`); !slices.Equal(bad, []string{"ok"}) {
		t.Errorf("the store: %v", bad)
	}
}

// openSQL opens the file of a store to read, past everything of ours.
func openSQL(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// texts is the first column of a query.
func texts(t testing.TB, db *sql.DB, query string, args ...any) (out []string) {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

// A memorySample is the resident memory of the server at a moment.
type memorySample struct {
	at    time.Duration
	pid   int
	bytes int64
}

// watch notes how much memory the server takes.
func (l *load) watch(ctx context.Context) {
	started := time.Now()
	for ctx.Err() == nil {
		p := l.server.Load()
		if n := resident(p.cmd.Process.Pid); n > 0 {
			l.mu.Lock()
			l.rss = append(l.rss, memorySample{time.Since(started), p.cmd.Process.Pid, n})
			l.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// resident is VmRSS of a process, 0 where the system does not tell.
func resident(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	var kb int64
	_, rest, ok := strings.Cut(string(raw), "VmRSS:")
	if !ok {
		return 0
	}
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		return 0
	}
	return kb << 10
}

// flat fails where the last server takes far more at its end than in its middle.
func (l *load) flat(t testing.TB) {
	pid := l.server.Load().cmd.Process.Pid
	var last []int64
	for _, s := range l.rss {
		if s.pid == pid {
			last = append(last, s.bytes)
		}
	}
	if len(last) < 12 {
		t.Logf("memory was read %d times of the last server: too few to judge", len(last))
		return
	}
	third := len(last) / 3
	before, after := slices.Max(last[third:2*third]), slices.Min(last[2*third:])
	if after > 2*before+(256<<20) {
		t.Errorf("memory grew from %d to %d MB", before>>20, after>>20)
	}
}

// report prints how fast it went.
func (l *load) report(t testing.TB, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.faults[:min(len(l.faults), 20)] {
		t.Error(f)
	}
	if len(l.faults) > 20 {
		t.Errorf("and %d faults more", len(l.faults)-20)
	}
	total := 0
	for _, n := range l.codes {
		total += n
	}
	t.Logf("%d requests in %v, %.0f a second; answers %v; %d events read", total, d, float64(total)/d.Seconds(), l.codes, l.events)
	for _, sort := range slices.Sorted(maps.Keys(l.took)) {
		took := l.took[sort]
		slices.Sort(took)
		t.Logf("%-9s %6d  p50 %7.1f ms  p99 %7.1f ms", sort, len(took), ms(took[len(took)/2]), ms(took[len(took)*99/100]))
	}
	step := max(1, len(l.rss)/16)
	var line []string
	for i := 0; i < len(l.rss); i += step {
		line = append(line, fmt.Sprintf("%.0fs %d", l.rss[i].at.Seconds(), l.rss[i].bytes>>20))
	}
	t.Logf("resident, MB: %s", strings.Join(line, ", "))
	if l.events == 0 {
		t.Error("no event came")
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
