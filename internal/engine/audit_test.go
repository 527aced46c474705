package engine_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// aHouse opens an engine over a data directory of its own, as somebody.
func aHouse(t *testing.T, home string, change func(*engine.Options)) *engine.Engine {
	t.Helper()
	o := engine.Options{Home: home, User: "root", Config: &config.Config{Version: 1}}
	if change != nil {
		change(&o)
	}
	e, err := engine.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func verified(t *testing.T, e *engine.Engine, files ...string) *engine.AuditProof {
	t.Helper()
	p, err := e.AuditVerify(t.Context(), files...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inStore changes the database behind the engine's back.
func inStore(t *testing.T, home string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(home, "drover.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestAuditAnchor(t *testing.T) {
	home, far := t.TempDir(), filepath.Join(t.TempDir(), "heads")
	var got []string
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b := make([]byte, 4096)
		n, _ := r.Body.Read(b)
		got = append(got, string(b[:n]))
	}))
	defer sink.Close()
	anchored := func(o *engine.Options) {
		o.Config.Audit.Anchor = config.Anchor{File: far, Webhook: sink.URL + "/hook"}
	}
	e := aHouse(t, home, anchored)
	for range 5 {
		if err := e.Audit(t.Context(), engine.AuditEntry{Action: "test.one", Target: "x", Detail: map[string]any{"n": 1}}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second has nothing to say
		if err := e.AnchorAudit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if p := verified(t, e); !p.OK || p.Entries != 5 || p.Anchored != 5 || p.Heads != 2 || len(p.Anchors) != 2 {
		t.Errorf("%+v", p)
	}
	if len(got) != 1 || !strings.Contains(got[0], `"seq":5`) {
		t.Errorf("the webhook heard %q", got)
	}
	if err := e.Audit(t.Context(), engine.AuditEntry{Action: "test.two"}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(home, "audit.heads"))
	if err != nil || strings.Count(string(raw), "\n") != 2 {
		t.Errorf("heads after the end: %q, %v", raw, err)
	}
	for _, name := range []string{"audit.heads", "audit.key"} {
		if fi, err := os.Stat(filepath.Join(home, name)); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, fi.Mode(), err)
		}
	}

	// The chain cut back as one who knows the tables would: each of the anchors tells.
	inStore(t, home, `DELETE FROM audit WHERE seq > 3`, `UPDATE meta SET value = (SELECT '3 ' || lower(hex(hash)) FROM audit WHERE seq = 3) WHERE name = 'audit_head'`)
	e = aHouse(t, home, anchored)
	if p := verified(t, e); p.OK || p.FirstBad == nil || *p.FirstBad != 4 || !strings.Contains(*p.Fault, "anchored") {
		t.Errorf("cut: %+v", p)
	}
	hook := filepath.Join(t.TempDir(), "hook")
	for _, path := range []string{filepath.Join(home, "audit.heads"), far} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if p := verified(t, e); p.OK || p.Fault != nil || p.Heads != 0 || len(p.Missing) != 3 {
		t.Errorf("without any anchor nothing can tell, and that is said: %+v", p)
	}
	if err := os.WriteFile(hook, []byte(got[0]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := verified(t, e, hook); p.OK || *p.FirstBad != 4 {
		t.Errorf("by what the webhook heard: %+v", p)
	}
	if err := os.WriteFile(hook, []byte(strings.Replace(got[0], `"seq":5`, `"seq":3`, 1)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := verified(t, e, hook); p.OK || !strings.Contains(*p.Fault, "not signed") {
		t.Errorf("a forged head: %+v", p)
	}
}

// What goes out never reaches what hands out credentials, whatever it is called.
func TestWebhookGuard(t *testing.T) {
	refused := 0
	for _, host := range []string{
		"169.254.169.254", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[::a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::1]",
		"100.100.100.200", "168.63.129.16", "192.0.0.192", "0.0.0.0", "[::]", "224.0.0.1", "[ff02::1]", "255.255.255.255", "169.254.1.1:8080", "[fd20:ce::254]",
		"2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
	} {
		e := aHouse(t, t.TempDir(), func(o *engine.Options) {
			o.Config.Audit.Anchor.Webhook = "http://" + host + "/latest/meta-data?token=s3cret"
		})
		if err := e.Audit(t.Context(), engine.AuditEntry{Action: "test.one"}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := e.AnchorAudit(ctx)
		cancel()
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", host, err)
			continue
		}
		if errors.Is(err, drover.ErrPermission) {
			refused++
		} else if !strings.Contains(err.Error(), "no such host") && !strings.Contains(err.Error(), "lookup") {
			t.Errorf("%s: neither refused nor unknown: %v", host, err)
		}
	}
	if refused < 18 {
		t.Errorf("only %d addresses were refused", refused)
	}
	t.Logf("%d addresses refused when dialled", refused)

	hops := 0
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hops++
		http.Redirect(w, r, "http://169.254.169.254/", http.StatusTemporaryRedirect)
	}))
	defer sink.Close()
	e := aHouse(t, t.TempDir(), func(o *engine.Options) { o.Config.Audit.Anchor.Webhook = sink.URL })
	if err := e.Audit(t.Context(), engine.AuditEntry{Action: "test.one"}); err != nil {
		t.Fatal(err)
	}
	if err := e.AnchorAudit(t.Context()); err == nil || hops != 1 {
		t.Errorf("a redirect: %v after %d calls", err, hops)
	}
}

// What is recorded is bounded, harmless and holds no secret, whatever was done.
func TestAuditEntries(t *testing.T) {
	e := aHouse(t, t.TempDir(), func(o *engine.Options) { o.Wall = func() time.Time { return time.Unix(1000, 0) } })
	e = e.For(e.Caller()) // the door said who calls
	const canary = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
	ctx := engine.WithRequest(t.Context(), engine.Request{Door: "api", ID: "r-1", Address: "192.0.2.1"})
	for _, a := range []engine.AuditEntry{
		{Action: "tag.set", Target: "one"},
		{Action: "tag.set", Target: "token " + canary, Detail: map[string]any{"note": "it is " + canary, "n": 1}},
		{Action: "tag.set", Target: strings.Repeat("x", 5000), Detail: map[string]any{"big": strings.Repeat("y", 100_000), "small": "z"}},
		{Action: "tag.set", Target: "a\x00b\xff\x1b[31m", Outcome: engine.AuditRefused},
	} {
		if err := e.Audit(ctx, a); err != nil {
			t.Fatalf("%.60s: %v", a.Target, err)
		}
	}
	list, err := e.AuditList(t.Context(), engine.AuditQuery{})
	if err != nil || len(list) != 4 {
		t.Fatalf("%d, %v", len(list), err)
	}
	one := list[3]
	if one.Who != "root" || *one.Caller != "local:root" || *one.Kind != authz.Here || *one.Door != "api" || *one.Request != "r-1" || *one.Address != "192.0.2.1" || one.Outcome != "done" || !one.At.Equal(time.Unix(1000, 0)) {
		t.Errorf("%+v", one)
	}
	for _, x := range list {
		if strings.Contains(*x.Target, canary) || len(*x.Target) > 1000 {
			t.Errorf("target %.80s", *x.Target)
		}
		for k, v := range x.Detail {
			if s, _ := v.(string); strings.Contains(s, canary) || len(s) > 1000 {
				t.Errorf("detail %s %.80s", k, s)
			}
		}
	}
	if list[2].Detail["n"] != float64(1) || list[1].Detail["small"] != "z" {
		t.Errorf("what is short and harmless is gone too: %v, %v", list[2].Detail, list[1].Detail)
	}
}
