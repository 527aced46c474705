package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// What a leaver owned is orphaned, whoever says that the person has left.
func TestLeaver(t *testing.T) {
	b := open(t, "")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		for id, employment := range map[string]string{"gone": "leaver", "here": "active"} {
			h := drover.Node{Ref: drover.NewRef("hr", "t", "person", id), Kind: drover.KindHuman, Type: "hr.person", Name: id, Attrs: drover.NewAttrs(map[string]any{"employment": employment})}
			out.Node(h)
			out.Node(account("of-" + id))
			out.Edge(drover.Edge{From: h.Ref, To: account("of-" + id).Ref, Kind: drover.EdgeOwns})
		}
		// Somebody who is still there answers for it too.
		out.Node(account("of-both"))
		for _, id := range []string{"gone", "here"} {
			out.Edge(drover.Edge{From: drover.NewRef("hr", "t", "person", id), To: account("of-both").Ref, Kind: drover.EdgeOwns})
		}
		return nil
	})
	if d := cmp.Diff([]string{"of-gone"}, b.names(t, "lifecycle=orphaned")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// A moment that has not come is no proof of use.
func TestFutureUse(t *testing.T) {
	b := open(t, "")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		out.Node(account("a"))
		out.Evidence(drover.Evidence{Subject: account("a").Ref, Claim: drover.ClaimLastUsed, Source: "log", At: b.clock.read().AddDate(1, 0, 0)})
		return nil
	})
	if d := cmp.Diff([]string{"a"}, b.names(t, "last_used:unknown")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := b.names(t, "lifecycle=active"); len(got) != 0 {
		t.Errorf("active by a use in the future: %v", got)
	}
}

// Names that leave the house's pattern are found and counted, and say where.
func TestNaming(t *testing.T) {
	b := open(t, "naming: {pattern: \"{type}-{env}-{function}\"}\n")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		out.Node(account("svc-prod-orders"))
		out.Node(account("ordersProd1"))
		return nil
	})
	if d := cmp.Diff([]string{"ordersProd1"}, b.names(t, "naming:mismatch")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff([]string{"svc-prod-orders"}, b.names(t, "naming=conforms")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	v, err := b.Summary(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if v.Naming == nil || v.Naming.Conforms != 1 || v.Naming.Mismatch != 1 {
		t.Errorf("summary: %+v", v.Naming)
	}
	none := open(t, "")
	none.scan(t, func(_ context.Context, out *connector.Out) error { out.Node(account("x")); return nil })
	if d := cmp.Diff([]string{"x"}, none.names(t, "naming:unknown")); d != "" {
		t.Errorf("without a pattern (-want +got):\n%s", d)
	}
}

// A certificate within its validity is active, past it expired; a key of which
// nothing is said is unknown.
func TestCredentialStatus(t *testing.T) {
	b := open(t, "")
	now := b.clock.read()
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		for id, expires := range map[string]time.Time{"valid": now.AddDate(0, 1, 0), "past": now.AddDate(0, -1, 0), "silent": {}} {
			out.Node(drover.Node{Ref: drover.NewRef("x509", "", "certificate", id), Kind: drover.KindCredential, Type: "x509.certificate", Name: id, Expires: expires})
		}
		out.Node(drover.Node{Ref: drover.NewRef("x509", "", "certificate", "off"), Kind: drover.KindCredential, Type: "x509.certificate", Name: "off", Expires: now.AddDate(0, 1, 0), Attrs: drover.NewAttrs(map[string]any{"status": "Revoked"})})
		return nil
	})
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i := range s.Seen() {
		got[s.Name(i)] = s.Credential(i).Status
	}
	if d := cmp.Diff(map[string]string{"valid": "active", "past": "expired", "silent": "unknown", "off": "disabled"}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// A questionnaire asks about what has no owner; given back without answers it
// changes nothing, and an answer about what was seen is not listed beside it.
func TestInterview(t *testing.T) {
	dir := t.TempDir()
	clock := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	list := filepath.Join(dir, "accounts.jsonl")
	put(t, list, `{"node":{"ref":"acme/-/acme.user/1","kind":"identity","type":"acme.service_account","name":"svc-orders"}}
{"node":{"ref":"acme/-/acme.user/2","kind":"identity","type":"acme.service_account","name":"svc-stock"}}
{"node":{"ref":"hr/-/person/7","kind":"human","type":"hr.person","name":"Ann","aliases":["email:ann@corp.test"]}}
{"section":{"name":"users","coverage":"file:acme/users","status":"ok"}}
`)
	e, err := engine.Open(t.Context(), engine.Options{Connectors: builtin.Connectors, Config: &config.Config{Version: 1}, Home: t.TempDir(), Now: clock.read})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if _, err := e.Scan(t.Context(), engine.ScanRequest{Words: []string{list}}); err != nil {
		t.Fatal(err)
	}
	questions := func() string {
		s, err := e.Snapshot(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, q := range s.Questionnaires() {
			if err := q.Write(&b); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	identities := func() []string {
		s, err := e.Snapshot(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := s.List(engine.Query{Noun: engine.Nouns[0]})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			v := s.Identity(int(r))
			owner := "none"
			if v.Owner != nil {
				owner = v.Owner.Name
			}
			out = append(out, v.Name+" owned by "+owner)
		}
		return out
	}
	asked := questions()
	if !strings.Contains(asked, "svc-orders") || !strings.Contains(asked, "svc-stock") {
		t.Fatalf("asked:\n%s", asked)
	}
	clock.advance()
	blank := filepath.Join(dir, "blank.csv")
	put(t, blank, asked)
	if _, err := e.ImportInterview(t.Context(), blank); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"svc-orders owned by none", "svc-stock owned by none"}, identities()); d != "" {
		t.Errorf("after a questionnaire without answers (-want +got):\n%s", d)
	}
	clock.advance()
	answered := filepath.Join(dir, "answered.csv")
	var lines []string
	for i, line := range strings.Split(strings.TrimSpace(asked), "\n") {
		if f := strings.Split(line, ","); i > 0 && strings.Contains(line, "svc-orders") {
			f[2], f[3] = "takes orders", "ann@corp.test"
			line = strings.Join(f, ",")
		}
		lines = append(lines, line)
	}
	lines = append(lines, "payments,old batch,nightly,ann@corp.test,mainframe,BATCH01,,,,")
	put(t, answered, strings.Join(lines, "\n")+"\n")
	rep, err := e.ImportInterview(t.Context(), answered)
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Seen) != 1 || len(rep.NeverSeen) != 1 || rep.NeverSeen[0].Name != "BATCH01" {
		t.Errorf("report: %+v", rep)
	}
	if d := cmp.Diff([]string{"BATCH01 owned by Ann", "svc-orders owned by Ann", "svc-stock owned by none"}, identities()); d != "" {
		t.Errorf("after the answers (-want +got):\n%s", d)
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
