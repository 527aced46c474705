package client_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
)

func answer(w http.ResponseWriter, status int, body string, headers ...string) {
	w.Header().Set("Content-Type", "application/json")
	if status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		w.Header().Set(headers[i], headers[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func open(t *testing.T, o client.Options, h http.HandlerFunc) *client.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	o.URL = s.URL
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// What is refused for now is asked again under the same key; what must not be done
// twice is not.
func TestRetry(t *testing.T) {
	for _, x := range []struct {
		name   string
		status int
		code   string
		call   func(*client.Client) error
		want   int32 // calls
	}{
		{"GET, rate limited", 429, "rate_limited", func(c *client.Client) error { _, err := c.Summary(t.Context(), client.SummaryRequest{}); return err }, 3},
		{"GET, not now", 503, "transient", func(c *client.Client) error { _, err := c.Summary(t.Context(), client.SummaryRequest{}); return err }, 3},
		{"keyed POST", 503, "transient", func(c *client.Client) error {
			_, err := c.TagNode(t.Context(), client.TagNodeRequest{ID: "a", Body: client.TagInBody{Set: map[string]string{"a": "b"}}})
			return err
		}, 3},
		{"key running", 409, "idempotency_key_running", func(c *client.Client) error {
			_, err := c.ConfirmOwner(t.Context(), client.ConfirmOwnerRequest{ID: "a"})
			return err
		}, 3},
		{"POST without a key", 503, "transient", func(c *client.Client) error { _, err := c.Simulate(t.Context(), client.SimulateRequest{}); return err }, 1},
		{"conflict", 409, "conflict", func(c *client.Client) error { _, err := c.Summary(t.Context(), client.SummaryRequest{}); return err }, 1},
		{"internal", 500, "internal", func(c *client.Client) error { _, err := c.Summary(t.Context(), client.SummaryRequest{}); return err }, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			var n atomic.Int32
			keys := map[string]bool{}
			c := open(t, client.Options{}, func(w http.ResponseWriter, r *http.Request) {
				keys[r.Header.Get("Idempotency-Key")] = true
				if n.Add(1) < 3 {
					answer(w, x.status, fmt.Sprintf(`{"code":%q,"detail":"not yet","status":%d}`, x.code, x.status), "Retry-After", "0")
					return
				}
				answer(w, 200, `{}`)
			})
			err := x.call(c)
			if got := n.Load(); got != x.want || (err == nil) != (x.want == 3) {
				t.Errorf("%d calls, want %d: %v", got, x.want, err)
			}
			if len(keys) != 1 {
				t.Errorf("%d keys for one act", len(keys))
			}
		})
	}
}

// A server that asks for a long wait is not waited for.
func TestLongRetryAfter(t *testing.T) {
	var n atomic.Int32
	c := open(t, client.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		answer(w, 429, `{"code":"rate_limited","detail":"later"}`, "Retry-After", "7200")
	})
	_, err := c.Summary(t.Context(), client.SummaryRequest{})
	if n.Load() != 1 || !errors.Is(err, drover.ErrTransient) {
		t.Errorf("%d calls: %v", n.Load(), err)
	}
}

// Each code of a problem is the error that the engine would have returned, with the
// words of the server and no more.
func TestProblems(t *testing.T) {
	for code, want := range map[string]error{
		"invalid": drover.ErrInvalid, "filter_invalid": drover.ErrInvalid, "unauthenticated": drover.ErrPermission, "permission": drover.ErrPermission, "not_found": drover.ErrNotFound, "conflict": drover.ErrConflict,
		"precondition_failed": drover.ErrConflict, "page_token_expired": drover.ErrConflict, "timeout": context.DeadlineExceeded,
	} {
		c := open(t, client.Options{}, func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 418, fmt.Sprintf(`{"code":%q,"detail":"the words","request_id":"r1","errors":[{"pointer":"/query/filter"}]}`, code))
		})
		_, err := c.Summary(t.Context(), client.SummaryRequest{})
		f, ok := errors.AsType[*client.Fault](err)
		if !errors.Is(err, want) || !ok || f.Code != code || len(f.Places) != 1 {
			t.Errorf("%s: %v", code, err)
		}
		if code != "unauthenticated" && err.Error() != "the words: "+want.Error() {
			t.Errorf("%s says %q", code, err)
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = io.WriteString(w, "<html>") },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		},
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"schema":`) },
		"another": func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"generation":"x"}`) },
	} {
		if _, err := open(t, client.Options{}, h).Summary(t.Context(), client.SummaryRequest{}); err == nil {
			t.Errorf("%s is taken for an answer", name)
		}
	}
}

// The token goes to the server that was named and nowhere else, is shown nowhere,
// and crosses no network in the clear.
func TestToken(t *testing.T) {
	const value = "drvt_0123456789_never_shown"
	var elsewhere atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { elsewhere.Store(true) }))
	t.Cleanup(other.Close)
	var shown strings.Builder
	c := open(t, client.Options{Token: value, Show: func(s string) { shown.WriteString(s) }}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+value {
			answer(w, 401, `{"code":"unauthenticated"}`)
			return
		}
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	_, err := c.TagNode(t.Context(), client.TagNodeRequest{ID: "a b/c", Body: client.TagInBody{Set: map[string]string{"a": "it's"}}})
	if err == nil || elsewhere.Load() {
		t.Errorf("the redirect was followed: %v", err)
	}
	if s := shown.String() + fmt.Sprint(err); strings.Contains(s, value) || !strings.Contains(s, `$DROVER_TOKEN`) || !strings.Contains(s, `a%20b%2Fc:tag`) || !strings.Contains(s, `it'\''s`) {
		t.Errorf("shown: %s", s)
	}
	for _, url := range []string{"http://drover.example.com", "http://10.0.0.1:8765", "ftp://x", "drover.example.com", "https://user:pw@drover.example.com", "unix://relative", "https://x/?token=1", ""} {
		if _, err := client.New(client.Options{URL: url, Token: value}); !errors.Is(err, drover.ErrInvalid) || strings.Contains(fmt.Sprint(err), "pw") {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "https://drover.example.com/base/", "unix:///run/drover.sock"} {
		if _, err := client.New(client.Options{URL: url, Token: value}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// A token is read from a file that nobody else may read.
func TestTokenFile(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if got, err := client.ReadToken(put("a", " drvt_x \nmore", 0o600)); err != nil || got.Reveal() != "drvt_x" {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
	for name, want := range map[string]error{put("empty", "\n", 0o600): drover.ErrInvalid, filepath.Join(dir, "none"): drover.ErrInvalid, put("open", "drvt_x", 0o644): drover.ErrPermission} {
		if runtime.GOOS == "windows" && errors.Is(want, drover.ErrPermission) {
			continue
		}
		if _, err := client.ReadToken(name); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A certificate is trusted by the roots of the system or those of the file, else
// not.
func TestTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"generation":7}`) }))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(file string) error {
		c, err := client.New(client.Options{URL: s.URL, CAFile: file})
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Summary(t.Context(), client.SummaryRequest{})
		return err
	}
	if err := ask(ca); err != nil {
		t.Errorf("with its root: %v", err)
	}
	if err := ask(""); err == nil {
		t.Error("a server that nobody vouches for was believed")
	}
	bad := filepath.Join(t.TempDir(), "bad.pem")
	if err := os.WriteFile(bad, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ask(bad); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("a file without a certificate: %v", err)
	}
}

// A list is read whole over its pages, begun again where the server can go on no
// more, and bounded where few are wanted.
func TestPages(t *testing.T) {
	var calls atomic.Int32
	lost := true
	c := open(t, client.Options{}, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		q := r.URL.Query()
		if q.Get("page_token") == "" {
			answer(w, 200, `{"total_size":3,"next_page_token":"t1","items":[{"name":"a"},{"name":"b"}]}`)
			return
		}
		if q.Get("filter") != "" || q.Get("page_token") != "t1" {
			answer(w, 400, `{"code":"invalid","detail":"a token carries the filter"}`)
			return
		}
		if lost {
			lost = false
			answer(w, 410, `{"code":"page_token_expired","detail":"gone"}`)
			return
		}
		answer(w, 200, `{"total_size":3,"items":[{"name":"c"}]}`)
	})
	ask := func(ctx context.Context, p client.ListParams) (*client.Page[engine.OwnerCount], error) {
		return c.ListOwners(ctx, client.ListOwnersRequest{ListParams: p})
	}
	v, err := client.All(t.Context(), client.ListParams{Filter: "x"}, 0, ask)
	if err != nil || len(v.Items) != 3 || v.TotalSize != 3 || calls.Load() != 4 {
		t.Errorf("%d calls: %+v, %v", calls.Load(), v, err)
	}
	if v, err = client.All(t.Context(), client.ListParams{}, 1, ask); err != nil || len(v.Items) != 1 || v.TotalSize != 3 {
		t.Errorf("one: %+v, %v", v, err)
	}
}

// A stream that ends before its last item is an error, not a short list.
func TestStream(t *testing.T) {
	for text, good := range map[string]bool{"{\"name\":\"a\"}\n{\"name\":\"b\"}\n": true, "{\"name\":\"a\"}\n": false, "{\"name\":\"a\"}\n{\"na": false, "": false} {
		c := open(t, client.Options{}, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept") != "application/x-ndjson" {
				t.Errorf("asked for %s", r.Header.Get("Accept"))
			}
			answer(w, 200, text, "Drover-Total", "2", "Drover-Generation", "9")
		})
		s, err := client.Lines[engine.Item](t.Context(), c, client.ListNodesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range s.Items {
			err = e
		}
		if s.Generation != 9 || s.Total != 2 || (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// When who waits gives up, the operation is cancelled and what it came to is read.
func TestFollowCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var cancelled atomic.Bool
	c := open(t, client.Options{}, func(w http.ResponseWriter, r *http.Request) {
		op := engine.Operation{ID: "op1", State: engine.OpRunning, Progress: engine.OperationStep{Says: "half"}}
		if strings.HasSuffix(r.URL.Path, ":cancel") {
			cancelled.Store(true)
		} else if cancelled.Load() {
			op.State, op.Result = engine.OpCancelled, json.RawMessage(`{"scan":{"id":"s1"}}`)
		}
		raw, err := json.Marshal(op)
		if err != nil {
			t.Error(err)
		}
		answer(w, 200, string(raw))
	})
	var out engine.ScanOutcome
	err := c.Follow(ctx, &engine.Operation{ID: "op1", State: engine.OpRunning}, func(s engine.OperationStep) {
		if s.Says == "half" {
			cancel()
		}
	}, &out)
	if !errors.Is(err, context.Canceled) || !cancelled.Load() || out.Scan == nil || out.Scan.ID != "s1" {
		t.Errorf("%v, cancelled %v, %+v", err, cancelled.Load(), out)
	}
}

// An operation that failed is the error that it would have been here.
func TestFollowFailed(t *testing.T) {
	c := open(t, client.Options{}, func(http.ResponseWriter, *http.Request) { t.Error("it is over") })
	err := c.Follow(t.Context(), &engine.Operation{ID: "op1", State: engine.OpFailed, Error: &engine.OperationFault{Code: "conflict", Detail: "busy"}}, nil, nil)
	if !errors.Is(err, drover.ErrConflict) || err.Error() != "busy: "+drover.ErrConflict.Error() {
		t.Error(err)
	}
}

// Whatever a server answers, it is an answer or an error.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{}`, `{"items":null}`, `[`, `{"items":[{"id":1}]}`, `{"code":"x","detail":"y"}`, "\x00", `{"items":[{"last_used":"never"}]}`} {
		f.Add(200, "application/json", s)
		f.Add(429, "application/problem+json", s)
	}
	var status int
	var media, body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{media}
		w.Header()["Retry-After"] = []string{"7200"} // not to be waited for
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	f.Cleanup(s.Close)
	c, err := client.New(client.Options{URL: s.URL})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, code int, kind, text string) {
		if status = code; code < 200 || code > 599 || code == 204 || code == 304 || strings.ContainsAny(kind, "\r\n\x00") {
			t.Skip("no answer that HTTP can carry")
		}
		media, body = kind, text
		v, err := c.ListIdentities(t.Context(), client.ListIdentitiesRequest{})
		if (v == nil) == (err == nil) {
			t.Errorf("%v and %v", v, err)
		}
	})
}
