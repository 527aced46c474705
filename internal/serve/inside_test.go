package serve

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
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
