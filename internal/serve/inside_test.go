package serve

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/cli"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// An alert is signed as the Standard Webhooks specification says, tried again
// where that helps, and given up where it does not.
func TestWebhook(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	t.Setenv("HOOK", "whsec_"+base64.StdEncoding.EncodeToString(key))
	var got atomic.Int64
	bodies := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("Webhook-Signature") != want || !strings.HasPrefix(r.Header.Get("Webhook-Id"), "msg_") {
			t.Errorf("signature %q of %q, want %q", r.Header.Get("Webhook-Signature"), r.Header.Get("Webhook-Id"), want)
		}
		if got.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		bodies <- string(body)
	}))
	defer hook.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	x := &server{outside: engine.Outside(), metrics: newMetrics("", "", func() *estateGauges { return nil }), url: "https://drover.example.com", stopping: t.Context()}
	x.Serving = cli.Serving{Now: time.Now, Log: slog.New(slog.DiscardHandler), Config: &config.Config{Notify: []config.Notice{
		{Kind: "webhook", URL: hook.URL, Secret: "${env:HOOK}"}, {Kind: "webhook", URL: gone.URL + "/?token=secret"}, {Kind: "email", To: "a@example.com"}}}}
	why := "not reached"
	x.notify(t.Context(), engine.ScanAlert{Source: "hr", Failures: 1, Error: &why})
	x.sending.Wait()
	if body := <-bodies; !strings.Contains(body, `"type":"scan.failed"`) || !strings.Contains(body, `"source":"hr"`) || got.Load() != 2 {
		t.Errorf("after %d attempts: %s", got.Load(), body)
	}
	err := x.deliver(t.Context(), x.Config.Notify[1], "msg_x", []byte("{}"))
	if err == nil || errors.Is(err, drover.ErrTransient) || strings.Contains(err.Error(), "secret") {
		t.Errorf("a webhook that is gone: %v", err)
	}
}

// A gate lets so many in, and of one far peer a quarter of them.
func TestGate(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(ln, 8)
	defer g.Close()
	far := netip.MustParseAddr("203.0.113.9")
	if first, second, third := g.enter(far), g.enter(far), g.enter(far); !first || !second || third {
		t.Error("a far peer has other than two of eight places")
	}
	g.exit(far)
	if !g.enter(far) {
		t.Error("a place that was left is not free")
	}
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := g.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	var in []net.Conn
	for range 8 {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		in = append(in, <-accepted)
	}
	more, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	select {
	case <-accepted:
		t.Fatal("a ninth was let in")
	default:
	}
	if len(g.places) != cap(g.places) {
		t.Errorf("%d places are taken, want all %d", len(g.places), cap(g.places))
	}
	if err := errors.Join(in[0].Close(), in[0].Close()); err == nil {
		t.Error("closing twice says nothing")
	}
	(<-accepted).Close()
}

// What has moved on is told at most so often.
func TestAlertsAreFew(t *testing.T) {
	told := 0
	for n := 1; n <= 1000; n++ {
		if alerts(n) {
			told++
		}
	}
	if told != 10 {
		t.Errorf("%d of 1000 failures in a row are told, want 10", told)
	}
}

// Probes, metrics and log tell a full disk. The server stays in service, since it can
// be read, and the log tells each change once.
func TestDiskTold(t *testing.T) {
	room := engine.Room{Free: 50e9, Size: 100e9, State: "ok"}
	e, err := engine.Open(t.Context(), engine.Options{Config: &config.Config{Version: 1}, Home: t.TempDir(), Room: func(string) engine.Room { return room }})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var log strings.Builder
	x := &server{engine: e, stopping: t.Context()}
	x.Serving = cli.Serving{Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)), Config: &config.Config{}}
	x.metrics = newMetrics("", "", x.gauges)
	x.ready.Store(true)
	for _, c := range []struct {
		room          engine.Room
		word, details string
		lines         int
	}{
		{room, "ready\n", `"disk":"ok"`, 0},
		{engine.Room{Free: 5e8, Size: 100e9, State: "low"}, "ready\n", `"disk":"low"`, 1},
		{engine.Room{Free: 4096, Size: 100e9, State: "full"}, "ready to read; the disk is full\n", `"disk":"full","disk_free":4096`, 2},
		{room, "ready\n", `"disk":"ok"`, 3},
	} {
		room = c.room
		for _, address := range []string{"203.0.113.9:1234", "127.0.0.1:1234"} {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/readyz", nil)
			r.RemoteAddr = address
			w := httptest.NewRecorder()
			x.readyz(w, r)
			want := c.word
			if address[0] == '1' {
				want = c.details
			}
			if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%+v: readyz answers %s with %d %s, want %s", c.room, address, w.Code, w.Body, want)
			}
		}
		if got := strings.Count(log.String(), "\n"); got != c.lines {
			t.Errorf("%+v: %d lines in the log, want %d:\n%s", c.room, got, c.lines, log.String())
		}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/metrics", nil)
		r.RemoteAddr = "127.0.0.1:1234"
		w := httptest.NewRecorder()
		x.metricsPage().ServeHTTP(w, r)
		if want := fmt.Sprintf("drover_disk_free_bytes %g\n", float64(c.room.Free)); !strings.Contains(w.Body.String(), want) {
			t.Errorf("metrics have no %s", want)
		}
	}
}

// A call that does not end takes nothing of the time in which the end of the audit log
// is anchored: what was written up to the stop is signed, though the server gave the
// call up.
func TestStopAnchorsBesideWhatHangs(t *testing.T) {
	home := t.TempDir()
	e, err := engine.Open(t.Context(), engine.Options{Config: &config.Config{Version: 1}, Home: home, User: "root"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var log strings.Builder
	x := &server{engine: e, within: 100 * time.Millisecond}
	x.Serving = cli.Serving{Home: home, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)), Config: &config.Config{}}
	x.stopping, x.halt = context.WithCancel(t.Context())
	x.cut, x.cutNow = context.WithCancel(t.Context())
	began, release := make(chan struct{}), make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(began)
		<-release
	}))
	defer hangs.Close()
	defer close(release)
	go func() {
		resp, err := http.Post(hangs.URL, "text/plain", strings.NewReader("x")) //nolint:noctx // it is to hang
		if err == nil {
			resp.Body.Close()
		}
	}()
	<-began
	if _, err := e.AddUser(t.Context(), engine.NewUser{Name: "ann"}); err != nil {
		t.Fatal(err)
	}
	_, cancel := context.WithCancel(t.Context())
	if err := x.stop(hangs.Config, cancel, new(sync.WaitGroup)); err != nil {
		t.Error(err)
	}
	if s := log.String(); !strings.Contains(s, "did not end in time") || strings.Contains(s, "not anchored") {
		t.Errorf("the log: %s", s)
	}
	proof, err := e.AuditVerify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(home, "audit.heads"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	var last engine.AuditHead
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || proof.Head == 0 || last.Seq != proof.Head {
		t.Errorf("the last signed end is that of entry %d of %d, %v", last.Seq, proof.Head, err)
	}
}

// An answer that nobody takes is cut at the stop, and holds nothing up.
func TestStopCutsSlowReaders(t *testing.T) {
	home := t.TempDir()
	e, err := engine.Open(t.Context(), engine.Options{Config: &config.Config{Version: 1}, Home: home, User: "root"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var log strings.Builder
	x := &server{engine: e, within: 5 * time.Second, download: 50 * time.Millisecond, metrics: newMetrics("", "", func() *estateGauges { return nil })}
	x.Serving = cli.Serving{Home: home, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)), Config: &config.Config{}}
	x.stopping, x.halt = context.WithCancel(t.Context())
	x.cut, x.cutNow = context.WithCancel(t.Context())
	began, ended := make(chan struct{}), make(chan error, 1)
	x.mounted = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		for chunk := make([]byte, 64<<10); ; { // until the reader's buffers are full, and then for ever
			if _, err := w.Write(chunk); err != nil {
				ended <- err
				return
			}
		}
	})
	exports := httptest.NewServer(x.door())
	defer exports.Close()
	c, err := net.Dial("tcp", exports.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "GET /export HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-began
	_, cancel := context.WithCancel(t.Context())
	if err := x.stop(exports.Config, cancel, new(sync.WaitGroup)); err != nil {
		t.Error(err)
	}
	if s := log.String(); strings.Contains(s, "did not end in time") || strings.Contains(s, "not anchored") {
		t.Errorf("the log: %s", s)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the answer ended with %v", err)
		}
	default:
		t.Error("the answer is still written")
	}
}
