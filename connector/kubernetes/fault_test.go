package kubernetes

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

func writeCA(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const accounts = "/serviceaccounts"

func code(c int) func(int, *http.Request, *answer) {
	return func(_ int, _ *http.Request, a *answer) { a.code, a.body = c, []byte(`{"kind":"Status"}`) }
}

// on spoils some of the requests.
func on(which func(n int) bool, spoil func(int, *http.Request, *answer)) func(int, *http.Request, *answer) {
	return func(n int, r *http.Request, a *answer) {
		if which(n) {
			spoil(n, r, a)
		}
	}
}

func nth(k int) func(int) bool   { return func(n int) bool { return n == k } }
func from(k int) func(int) bool  { return func(n int) bool { return n >= k } }
func every(k int) func(int) bool { return func(n int) bool { return n%k == 1 } }

// serviceAccounts are the uids of service accounts that a scan saw.
func serviceAccounts(r *connectortest.Result) []string {
	var out []string
	for _, n := range r.ByType("kubernetes.service_account") {
		out = append(out, n.Ref.ID())
	}
	return out
}

// elsewhere leaves out of a comparison where the proxy listens: it is a name of
// the API server.
var elsewhere = cmp.Options{
	cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Aliases" }, cmp.Transformer("names", func(in []string) []string {
		return slices.DeleteFunc(slices.Clone(in), func(a string) bool { return strings.Contains(a, "[machine:") })
	})),
	cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Attrs" }, cmp.Comparer(func(a, b drover.Attrs) bool {
		return bytes.Equal(a.With("hosts", nil), b.With("hosts", nil))
	})),
}

// Faults that pass cost nothing: the scan sees what it sees without them.
func TestFaultsThatPass(t *testing.T) {
	e := startEstate(t)
	want := connectortest.Collect(t, Connector, e.config("page_size", "7"))
	for name, spoil := range map[string]func(int, *http.Request, *answer){
		"500 once":       on(nth(2), code(500)),
		"503 each third": on(every(3), code(503)),
		"429 with Retry-After": on(nth(3), func(n int, r *http.Request, a *answer) {
			code(429)(n, r, a)
			a.header.Set("Retry-After", "0")
		}),
		"cut off":   on(every(2), func(_ int, _ *http.Request, a *answer) { a.cut = true; a.body = a.body[:len(a.body)/2] }),
		"truncated": on(nth(2), func(_ int, _ *http.Request, a *answer) { a.body = a.body[:len(a.body)/2] }),
		"not a list": on(nth(2), func(_ int, _ *http.Request, a *answer) {
			a.body = []byte(`{"kind":"Status","apiVersion":"v1"}`)
		}),
		"a page of HTML": on(nth(1), func(_ int, _ *http.Request, a *answer) { a.body = []byte("<html>try later</html>") }),
		"410 once":       on(nth(4), code(410)),
	} {
		t.Run(name, func(t *testing.T) {
			p := e.proxy(t, accounts, spoil)
			got := connectortest.Collect(t, Connector, p.config(t, e))
			if got.Err != nil || got.Status() != drover.StatusOK {
				t.Fatalf("%v %v", got.Err, bad(got))
			}
			if d := cmp.Diff(want.Nodes, got.Nodes, elsewhere); d != "" {
				t.Errorf("other nodes than without the fault:\n%s", d)
			}
			if p.n < 5 {
				t.Errorf("only %d requests came by", p.n)
			}
		})
	}
}

func bad(r *connectortest.Result) (out []string) {
	for _, s := range r.Sections {
		if s.Status != drover.StatusOK && s.Status != drover.StatusSkipped {
			out = append(out, s.Name+" "+string(s.Status)+": "+s.Error)
			for _, n := range s.Notes {
				out = append(out, "  "+n.Where+": "+n.Text)
			}
		}
	}
	return out
}

// Faults that stay make what they hit partial or failed, say why, and leave the
// other sections whole. Nothing is claimed to have been read to its end that was
// not: a section that joins to what failed is partial, too.
func TestFaultsThatStay(t *testing.T) {
	e := startEstate(t)
	var first []byte
	for name, c := range map[string]struct {
		spoil  func(int, *http.Request, *answer)
		status drover.Status
		says   string
	}{
		"403":           {on(from(1), code(403)), drover.StatusFailed, "drover source perms kubernetes"},
		"500":           {on(from(1), code(500)), drover.StatusFailed, "answered 500"},
		"expired token": {on(from(1), code(401)), drover.StatusFailed, "renew it"},
		"404":           {on(from(1), code(404)), drover.StatusFailed, "404"},
		"410 for ever":  {on(from(2), code(410)), drover.StatusPartial, "410"},
		"duplicate page": {func(n int, r *http.Request, a *answer) {
			if r.URL.Query().Get("continue") == "" {
				first = a.body
			} else {
				a.body = first
			}
		}, drover.StatusPartial, "twice"},
		"another version": {on(from(2), func(_ int, r *http.Request, a *answer) {
			if r.URL.Query().Get("continue") != "" {
				a.body = bytes.Replace(a.body, []byte(`"resourceVersion":"`), []byte(`"resourceVersion":"9`), 1)
			}
		}), drover.StatusPartial, "another version"},
	} {
		t.Run(name, func(t *testing.T) {
			p := e.proxy(t, accounts, c.spoil)
			got := connectortest.Collect(t, Connector, p.config(t, e))
			if got.Err != nil {
				t.Fatal(got.Err)
			}
			s, _ := got.Section("serviceaccounts")
			text := s.Error
			for _, n := range s.Notes {
				text += n.Text
			}
			if s.Status == drover.StatusOK || !strings.Contains(text, c.says) {
				t.Errorf("serviceaccounts is %s, %q; want it not ok, and %q said", s.Status, text, c.says)
			}
			if roles, _ := got.Section("clusterroles"); roles.Status != drover.StatusOK {
				t.Errorf("clusterroles is %s: %s", roles.Status, roles.Error)
			}
			if bindings, _ := got.Section("rolebindings"); bindings.Status == drover.StatusOK {
				t.Error("rolebindings is ok although what it joins could not be listed")
			}
		})
	}
}

// A cluster that cannot be named fails as a whole and claims nothing.
func TestNoCluster(t *testing.T) {
	e := startEstate(t)
	for name, match := range map[string]string{"which cluster": "/namespaces/kube-system", "which APIs": "/apis", "issuer": "/openid-configuration"} {
		p := e.proxy(t, match, func(_ int, _ *http.Request, a *answer) { a.code, a.body = 500, nil })
		got := connectortest.Collect(t, Connector, p.config(t, e))
		if got.Err == nil || len(got.Sections) > 0 {
			t.Errorf("%s: error %v, %d sections", name, got.Err, len(got.Sections))
		}
	}
}

// Without the option decode no data of a Secret leaves the API server. A copy of it
// in an annotation does, for there is no way to ask for uids and labels without
// annotations; only skip keeps it there. That nothing of it gets further than
// rowMeta, TestCopiesAreDropped and the canaries of TestContract show.
func TestNoValueOnTheWire(t *testing.T) {
	e := startEstate(t)
	for mode, want := range map[string]bool{secretsMetadata: false, secretsDecode: true, secretsSkip: false} {
		p := e.proxy(t, "", nil)
		connectortest.Collect(t, Connector, p.config(t, e, "secrets", mode))
		var on []int
		for i, c := range canaries[inAnnotations:] {
			if bytes.Contains(p.bytes.Bytes(), []byte(c)) || bytes.Contains(p.bytes.Bytes(), []byte(base64.StdEncoding.EncodeToString([]byte(c)))) {
				on = append(on, i)
			}
		}
		if got := len(on) > 0; got != want {
			t.Errorf("secrets=%s: canaries %v were sent", mode, on)
		}
		if got, want := bytes.Contains(p.bytes.Bytes(), []byte(canaryApplied)), mode != secretsSkip; got != want {
			t.Errorf("secrets=%s: the copy in an annotation was sent: %v, want %v", mode, got, want)
		}
		for _, a := range p.asked {
			if mode == secretsSkip && strings.Contains(a, "/secrets") {
				t.Errorf("secrets=skip asked %s", a)
			}
			if !strings.HasPrefix(a, "GET ") {
				t.Errorf("asked %s", a)
			}
		}
	}
}

// Of a row of a table, and of an object, the annotations that hold the whole
// object are gone before anything looks at them; the others stay.
func TestCopiesAreDropped(t *testing.T) {
	for _, key := range copies {
		row := `{"cells":["s"],"object":{"metadata":{"name":"s","uid":"u","annotations":{"` + key + `":"{\"data\":\"` + canaryApplied + `\"}","kubernetes.io/service-account.name":"robot"}}}}`
		raw, err := fromRow([]byte(row), []string{"Name"})
		if err != nil || bytes.Contains(raw, []byte(canaryApplied)) || bytes.Contains(raw, []byte(key)) {
			t.Errorf("%s: the row is %s, error %v", key, raw, err)
		}
		o, err := parseObject(raw, "here")
		if err != nil || o.Meta.Annotations[annotationAccount] != "robot" || o.Meta.UID != "u" {
			t.Errorf("%s: %+v, error %v", key, o, err)
		}
		whole, err := parseObject([]byte(`{"metadata":{"name":"s","annotations":{"`+key+`":"`+canaryApplied+`"}}}`), "here")
		if err != nil || len(whole.Meta.Annotations) != 0 {
			t.Errorf("%s: %+v, error %v", key, whole, err)
		}
	}
}

// An item that is broken is lost, and its neighbours are not.
func TestBrokenItem(t *testing.T) {
	e := startEstate(t)
	want := connectortest.Collect(t, Connector, e.config())
	p := e.proxy(t, accounts, func(_ int, r *http.Request, a *answer) {
		var list map[string]any
		if r.Header.Get("Accept") != asObjects || r.URL.Query().Get("continue") != "" || json.Unmarshal(a.body, &list) != nil {
			return
		}
		items := list["items"].([]any)
		items[0].(map[string]any)["imagePullSecrets"] = "nonsense"
		items[1].(map[string]any)["metadata"].(map[string]any)["labels"] = map[string]any{"x": 7}
		a.body, _ = json.Marshal(list)
	})
	got := connectortest.Collect(t, Connector, p.config(t, e))
	s, _ := got.Section("serviceaccounts")
	if len(serviceAccounts(got)) != len(serviceAccounts(want))-2 || s.Status != drover.StatusPartial {
		t.Errorf("%d service accounts of %d, section %s", len(serviceAccounts(got)), len(serviceAccounts(want)), s.Status)
	}
}
