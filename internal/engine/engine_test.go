package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// scripted is a connector whose one section runs what the test says.
func scripted(run *func(ctx context.Context, s *connector.Scan) error) *connector.Connector {
	return &connector.Connector{Name: "scripted", Title: "Scripted", Doc: "What a test says.", Verified: "made up", Scopes: []connector.Scope{{Name: "none", Why: "nothing is read", Grant: "none"}},
		Options:  []connector.Option{{Name: "token", Help: "a secret", Secret: true}},
		Reads:    func(context.Context, *connector.Session, func(connector.Read)) error { return nil },
		Probe:    func(context.Context, *connector.Session) error { return nil },
		Discover: func(ctx context.Context, s *connector.Scan) error { return (*run)(ctx, s) }}
}

type bench struct {
	*engine.Engine
	run   func(ctx context.Context, s *connector.Scan) error
	clock *clock
}

func open(t *testing.T, yaml string) *bench {
	t.Helper()
	b := &bench{clock: &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}}
	cfg := &config.Config{Version: 1, Path: "drover.yaml", Raw: []byte(yaml), Sources: []config.Source{{ID: "s", Kind: "scripted"}}}
	e, err := engine.Open(t.Context(), engine.Options{Connectors: []*connector.Connector{scripted(&b.run)}, Config: cfg, Home: t.TempDir(), Now: b.clock.read, User: "tester"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Engine = e
	return b
}

func (b *bench) scan(t *testing.T, run func(ctx context.Context, out *connector.Out) error) *engine.ScanResult {
	t.Helper()
	b.run = func(ctx context.Context, s *connector.Scan) error {
		return s.Section(ctx, "things", "scripted:things", run)
	}
	b.clock.advance()
	res, err := b.Scan(t.Context(), engine.ScanRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func (b *bench) names(t *testing.T, filter string) []string {
	t.Helper()
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.List(engine.Query{Noun: engine.Nouns[0], Filter: filter})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, r := range rows {
		names = append(names, s.Name(int(r)))
	}
	return names
}

func account(id string) drover.Node {
	return drover.Node{Ref: drover.NewRef("scripted", "t", "scripted.account", id), Kind: drover.KindIdentity, Type: "scripted.service_account", Name: id}
}

// What failed removes nothing, says what it was, and the next good scan goes on.
func TestPartialAndResume(t *testing.T) {
	b := open(t, "")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		out.Node(account("a"))
		out.Node(account("b"))
		out.Node(account("c"))
		return nil
	})
	for name, run := range map[string]func(ctx context.Context, out *connector.Out) error{
		"error": func(_ context.Context, out *connector.Out) error {
			out.Node(account("a"))
			return errors.New("page 2: connection reset")
		},
		"panic": func(_ context.Context, out *connector.Out) error {
			out.Node(account("a"))
			panic("index out of range")
		},
		"lost": func(_ context.Context, out *connector.Out) error {
			out.Node(account("a"))
			out.Lost("line 7", errors.New("not JSON"))
			return nil
		},
		"bad record": func(_ context.Context, out *connector.Out) error {
			out.Node(account("a"))
			out.Node(drover.Node{Ref: "nonsense", Kind: drover.KindIdentity, Type: "x.y"})
			return nil
		},
		"nothing": func(context.Context, *connector.Out) error { return errors.New("refused") },
	} {
		res := b.scan(t, run)
		want := drover.StatusPartial
		if name == "nothing" {
			want = drover.StatusFailed
		}
		sec := res.Sources[0].Sections[0]
		if sec.Status != want || sec.Error == nil || res.Status == "ok" {
			t.Errorf("%s: section %+v, scan %s; want %s with a reason", name, sec, res.Status, want)
		}
		if d := cmp.Diff([]string{"a", "b", "c"}, b.names(t, "")); d != "" {
			t.Errorf("%s: after a scan that failed half-way (-want +got):\n%s", name, d)
		}
	}
	res := b.scan(t, func(_ context.Context, out *connector.Out) error { out.Node(account("b")); return nil })
	if d := cmp.Diff([]string{"b"}, b.names(t, "")); d != "" || res.Changes.Removed != 2 {
		t.Errorf("after a good scan: %d removed (-want +got):\n%s", res.Changes.Removed, d)
	}
}

// A cancelled scan is stored as partial, whatever the connector makes of it.
func TestCancel(t *testing.T) {
	b := open(t, "")
	b.scan(t, func(_ context.Context, out *connector.Out) error { out.Node(account("old")); return nil })
	ctx, cancel := context.WithCancel(t.Context())
	b.run = func(ctx context.Context, s *connector.Scan) error {
		return s.Section(ctx, "things", "scripted:things", func(ctx context.Context, out *connector.Out) error {
			out.Node(account("new"))
			cancel()
			<-ctx.Done()
			return nil // a connector that does not say that it was stopped
		})
	}
	b.clock.advance()
	res, err := b.Scan(ctx, engine.ScanRequest{})
	if !errors.Is(err, context.Canceled) || res == nil || res.Status != "partial" {
		t.Fatalf("got %+v, %v; want a partial result and context.Canceled", res, err)
	}
	if d := cmp.Diff([]string{"new", "old"}, b.names(t, "")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Hostile texts are stored as texts: valid, bounded, told apart.
func TestHostile(t *testing.T) {
	b := open(t, "")
	names := []string{"quote'\"\\", "new\nline", "\x1b[31mred", "bidi\u202etxet", "nul\x00byte", "bad\xff\xfeutf8", strings.Repeat("long", 300_000), "", "'; DROP TABLE node; --", "<script>", "=cmd()"}
	res := b.scan(t, func(_ context.Context, out *connector.Out) error {
		for i, n := range names {
			a := account(fmt.Sprint(i, n))
			a.Name = n
			a.Attrs = drover.NewAttrs(map[string]any{"n": n})
			a.Aliases = []string{"x:" + n}
			out.Node(a)
		}
		return nil
	})
	if res.Status != "ok" || res.Counts.Identities != len(names) {
		t.Fatalf("got %d identities, status %s %+v; want %d, ok", res.Counts.Identities, res.Status, res.Sources, len(names))
	}
	for _, n := range b.names(t, "") {
		if !utf8.ValidString(n) || strings.ContainsRune(n, 0) || len(n) > 1100 {
			t.Errorf("stored name %.40q… of %d bytes is not fit to be shown", n, len(n))
		}
	}
	again := b.scan(t, func(_ context.Context, out *connector.Out) error {
		for i, n := range names {
			a := account(fmt.Sprint(i, n))
			a.Name = n
			a.Attrs = drover.NewAttrs(map[string]any{"n": n})
			a.Aliases = []string{"x:" + n}
			out.Node(a)
		}
		return nil
	})
	if again.Changes != (engine.ScanChanges{}) {
		t.Errorf("the same hostile texts again changed something: %+v", again.Changes)
	}
}

// A secret value that a connector lets slip does not reach the store, the
// result or an error.
func TestScrub(t *testing.T) {
	b := open(t, "")
	token := "ghp_" + strings.Repeat("aB3dE6gH9", 4)
	leak := "https://bot:" + "hunter2secret9" + "@example.org/x?access_token=" + token
	res := b.scan(t, func(_ context.Context, out *connector.Out) error {
		a := account("leaky")
		a.Attrs = drover.NewAttrs(map[string]any{"remote": leak, "github_token": token, "deep": []any{map[string]any{"v": token}}})
		out.Node(a)
		out.Edge(drover.Edge{From: a.Ref, To: drover.UnseenRef("x:y"), Kind: drover.EdgeTrusts, Proof: "curl -H 'Authorization: token " + token + "'"})
		out.Evidence(drover.Evidence{Subject: a.Ref, Claim: drover.ClaimLive, Source: "log", Value: token})
		out.Note("where", "token "+token)
		return errors.New("dial " + leak)
	})
	d, err := b.Show(t.Context(), "leaky", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{res, d} {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), token) {
			t.Errorf("the token came out: %s", strings.ReplaceAll(string(raw), token, "<<<HERE>>>"))
		}
	}
}

// A tag goes before the policy, the policy before what is concluded, and each
// says who.
func TestPrecedence(t *testing.T) {
	b := open(t, "classify:\n  tier0: [\"scripted/svc-prod-*\"]\n  overrides:\n    - {match: \"name:prod\", env: stage}\n  regulated: {pci: [\"tag:cards\"]}\n")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		out.Node(account("svc-prod-a"))
		out.Node(account("svc-dev-b"))
		return nil
	})
	value := func(name, field string) engine.Fact {
		d, err := b.Show(t.Context(), name, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return d.Values[field]
	}
	if v := value("svc-dev-b", "env"); v.Value != "dev" || v.Source != "name" {
		t.Errorf("env from the name: %+v", v)
	}
	if v := value("svc-prod-a", "env"); v.Value != "stage" || v.Source != "user" || !strings.Contains(v.Reason, "drover.yaml:") {
		t.Errorf("env from the policy: %+v", v)
	}
	if v := value("svc-prod-a", "tier"); v.Value != "0" {
		t.Errorf("tier from the policy: %+v", v)
	}
	if _, err := b.SetTags(t.Context(), "svc-prod-a", map[string]string{"env": "test", "cards": ""}, nil); err != nil {
		t.Fatal(err)
	}
	if v := value("svc-prod-a", "env"); v.Value != "test" || !strings.Contains(v.Reason, "tester") {
		t.Errorf("env from the tag: %+v", v)
	}
	if d := cmp.Diff([]string{"svc-prod-a"}, b.names(t, "regulation:PCI tag:cards tier=0")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for _, bad := range []map[string]string{{"tier": "x"}, {"verdict": "robot"}, {"env": ""}, {"note": "ghp_" + strings.Repeat("aB3dE6gH9", 4)}} {
		if _, err := b.SetTags(t.Context(), "svc-dev-b", bad, nil); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("tag %v: got %v, want invalid", bad, err)
		}
	}
}

// An older export never overwrites what is known from a newer look.
func TestStale(t *testing.T) {
	b := open(t, "")
	put := func(asOf time.Time, name string) *engine.ScanResult {
		b.run = func(ctx context.Context, s *connector.Scan) error {
			s.AsOf = asOf
			return s.Section(ctx, "things", "scripted:things", func(_ context.Context, out *connector.Out) error {
				a := account("id1")
				a.Name = name
				out.Node(a)
				return nil
			})
		}
		b.clock.advance()
		res, err := b.Scan(t.Context(), engine.ScanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	put(b.clock.read().Add(-time.Hour), "newer")
	res := put(b.clock.read().Add(-48*time.Hour), "older")
	if got := res.Sources[0].Sections[0].Status; got != drover.StatusStale {
		t.Errorf("an older export: section is %s, want stale", got)
	}
	if d := cmp.Diff([]string{"newer"}, b.names(t, "")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Lookup finds by every name a thing has, and says so when there are several.
func TestLookup(t *testing.T) {
	b := open(t, "")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		x, y := account("one"), account("two")
		x.Name, y.Name = "same", "same"
		x.Aliases = []string{"arn:x", "k8s-user:c/system:serviceaccount:a:b", "k8s-user:c/dev"}
		y.Aliases = []string{"k8s-user:d/dev"}
		out.Node(x)
		out.Node(y)
		out.Node(account("three"))
		return nil
	})
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.Lookup("arn:x")
	if err != nil {
		t.Fatal(err)
	}
	id := s.Identity(i).ID
	for _, text := range []string{id, id[:9], string(s.Ref(i)), "system:serviceaccount:a:b"} {
		if j, err := s.Lookup(text); err != nil || j != i {
			t.Errorf("%s: got row %d, %v; want %d", text, j, err, i)
		}
	}
	if _, err := s.Lookup("same"); !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), id) {
		t.Errorf("two of one name: got %v, want an error that lists the ids", err)
	}
	if _, err := s.Lookup("dev"); !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), id) {
		t.Errorf("a user of two clusters: got %v, want an error that lists the ids", err)
	}
	if _, err := s.Lookup("nobody"); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("nobody: got %v, want not found", err)
	}
	if _, err := s.Lookup("thr"); err != nil {
		t.Errorf("a unique beginning: %v", err)
	}
}

// A secret option takes a reference only, and what cannot be resolved is that
// source's failure.
func TestSources(t *testing.T) {
	b := open(t, "")
	if _, err := b.AddSource(t.Context(), "x", "scripted", map[string][]string{"token": {"plain"}}); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("a secret given as text: got %v, want invalid", err)
	}
	if _, err := b.AddSource(t.Context(), "x", "scripted", map[string][]string{"tokn": {"x"}}); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("an unknown option: got %v, want invalid", err)
	}
	if _, err := b.AddSource(t.Context(), "s", "scripted", nil); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("an id of the file: got %v, want conflict", err)
	}
	if _, err := b.AddSource(t.Context(), "x", "scripted", map[string][]string{"token": {"${env:DROVER_TEST_UNSET}"}}); err != nil {
		t.Fatal(err)
	}
	b.run = func(ctx context.Context, s *connector.Scan) error {
		return s.Section(ctx, "things", "scripted:things", func(_ context.Context, out *connector.Out) error { out.Node(account("a")); return nil })
	}
	res, err := b.Scan(t.Context(), engine.ScanRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != "partial" || len(res.Sources) != 2 {
		t.Fatalf("got %s %+v", res.Status, res.Sources)
	}
	for _, s := range res.Sources {
		if s.ID == "x" && (s.Status != drover.StatusFailed || !strings.Contains(s.Error, "DROVER_TEST_UNSET")) {
			t.Errorf("source x: %+v", s)
		}
	}
	if err := b.RemoveSource(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	if got := b.names(t, ""); len(got) != 0 {
		t.Errorf("after its source was removed: %v", got)
	}
}

// A business unit comes from the owner's place in the organisation, mapped by
// the policy, or from what the configuration says of the source.
func TestBusinessUnit(t *testing.T) {
	b := open(t, "business_units:\n  Commerce: {departments: [Shops]}\n")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		ref := func(typ, id string) drover.Ref { return drover.NewRef("hr", "t", typ, id) }
		for _, n := range []drover.Node{
			{Ref: ref("human", "ann"), Kind: drover.KindHuman, Type: "hr.human", Name: "Ann"}, {Ref: ref("org_unit", "pay"), Kind: drover.KindGroup, Type: "hr.org_unit", Name: "Payments"},
			{Ref: ref("org_unit", "shops"), Kind: drover.KindGroup, Type: "hr.org_unit", Name: "Shops"}, account("owned"), account("alone"),
		} {
			out.Node(n)
		}
		out.Edge(drover.Edge{From: ref("human", "ann"), To: ref("org_unit", "pay"), Kind: drover.EdgeMemberOf})
		out.Edge(drover.Edge{From: ref("org_unit", "shops"), To: ref("org_unit", "pay"), Kind: drover.EdgeContains})
		out.Edge(drover.Edge{From: ref("org_unit", "pay"), To: ref("org_unit", "shops"), Kind: drover.EdgeContains}) // a cycle: exports have them
		out.Edge(drover.Edge{From: ref("human", "ann"), To: account("owned").Ref, Kind: drover.EdgeOwns})
		return nil
	})
	if d := cmp.Diff([]string{"owned"}, b.names(t, "business_unit=Commerce")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff([]string{"alone"}, b.names(t, "business_unit:unknown")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Ephemeral identities are counted under their template, and are no nodes.
func TestEphemeral(t *testing.T) {
	b := open(t, "")
	for round := range 2 {
		b.scan(t, func(_ context.Context, out *connector.Out) error {
			out.Node(account("deployment"))
			for i := range 10 {
				pod := account(fmt.Sprintf("pod-%d-%d", round, i))
				pod.Template = account("deployment").Ref
				out.Node(pod)
			}
			return nil
		})
	}
	if d := cmp.Diff([]string{"deployment"}, b.names(t, "")); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	d, err := b.Show(t.Context(), "deployment", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Ephemeral) != 1 || d.Ephemeral[0].Count != 20 || d.Ephemeral[0].Peak != 20 || len(d.Ephemeral[0].Recent) != 5 {
		t.Errorf("got %+v, want 20 of one type", d.Ephemeral)
	}
}

// What was seen used stays known as used then, when a later look sees nothing.
func TestEvidenceStays(t *testing.T) {
	b := open(t, "")
	at := b.clock.read().Add(-time.Hour)
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		out.Node(account("a"))
		out.Evidence(drover.Evidence{Subject: account("a").Ref, Claim: drover.ClaimLastUsed, Source: "log", At: at})
		out.Evidence(drover.Evidence{Subject: account("a").Ref, Claim: drover.ClaimLive, Source: "log", At: at})
		return nil
	})
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		out.Node(account("a"))
		return nil
	})
	d, err := b.Show(t.Context(), "a", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Evidence) != 2 {
		t.Errorf("got %+v, want both", d.Evidence)
	}
}

// Of the tokens of a service account only those in Secrets tell when they were
// used: a recent use proves that the account is active, an old one nothing.
func TestUseOfOneTokenOfMany(t *testing.T) {
	b := open(t, "")
	now := b.clock.read()
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		for name, days := range map[string]int{"recent": 3, "old": 200, "old in a log": 200, "log alone": 200} {
			a := account(name)
			out.Node(a)
			token := drover.Node{Ref: drover.NewRef("kubernetes", "t", "service_account_token", name), Kind: drover.KindCredential, Type: "kubernetes.service_account_token", Name: name + " token"}
			out.Node(token)
			out.Edge(drover.Edge{From: token.Ref, To: a.Ref, Kind: drover.EdgeAuthenticates})
			at := now.Add(-time.Duration(days) * drover.Day)
			if name != "log alone" {
				out.Evidence(drover.Evidence{Subject: token.Ref, Claim: drover.ClaimLastUsed, Source: "tokens", At: at})
			}
			if strings.Contains(name, "log") {
				out.Evidence(drover.Evidence{Subject: a.Ref, Claim: drover.ClaimLastUsed, Source: "log", At: at.Add(-drover.Day)})
			}
		}
		return nil
	})
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.List(engine.Query{Noun: engine.Nouns[0]})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]drover.Lifecycle{}
	for _, r := range rows {
		c := s.Classify(int(r))
		got[s.Name(int(r))] = c.Lifecycle.Value
		if s.Name(int(r)) == "old" && !strings.Contains(c.Lifecycle.Reason, "leave no trace") {
			t.Errorf("the reason is %q", c.Lifecycle.Reason)
		}
	}
	want := map[string]drover.Lifecycle{"recent": drover.LifecycleActive, "old": drover.LifecycleUnknown, "old in a log": drover.LifecycleDormant, "log alone": drover.LifecycleDormant}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// What can be scanned by its path is said by the connectors.
func TestNobodyReadsPath(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.bin")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var run func(ctx context.Context, s *connector.Scan) error
	var list []*connector.Connector
	for name, takes := range map[string]string{"k": "manifests", "a": "answers", "p": ""} {
		c := scripted(&run)
		if c.Name, c.Paths = name, takes; takes != "" {
			c.Accepts = func(string, bool) (string, bool) { return "", false }
		}
		list = append(list, c)
	}
	e, err := engine.Open(t.Context(), engine.Options{Home: t.TempDir(), Config: &config.Config{Version: 1}, Connectors: list})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, err = e.Resolve(t.Context(), []string{file})
	if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), "no connector takes .bin files by itself; its folder can be scanned (`drover scan "+filepath.Dir(file)+"`)") || !strings.Contains(err.Error(), "drover source add NAME file") {
		t.Errorf("got %v", err)
	}
}

// A difference with a limit counts everything, keeps the first of each kind, and
// calls the ends of edges by name.
func TestDiffLimit(t *testing.T) {
	b := open(t, "")
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		for _, name := range []string{"a", "b", "c"} {
			out.Node(account(name))
		}
		out.Edge(drover.Edge{From: account("a").Ref, To: account("b").Ref, Kind: drover.EdgeCanAssume, Proof: "row 1"})
		out.Edge(drover.Edge{From: account("b").Ref, To: account("c").Ref, Kind: drover.EdgeCanAssume, Proof: "row 2"})
		return nil
	})
	all, err := b.Diff(t.Context(), engine.DiffRequest{})
	if err != nil {
		t.Fatal(err)
	}
	few, err := b.Diff(t.Context(), engine.DiffRequest{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if all.Nodes.Added < 3 || all.Edges.Added != 2 || len(all.Items) != all.Added+all.Changed+all.Removed {
		t.Errorf("without a limit: %+v", all)
	}
	var want []engine.ChangeView
	seen := map[string]bool{}
	for _, x := range all.Items {
		if !seen[x.What] {
			want = append(want, x)
		}
		seen[x.What] = true
	}
	if d := cmp.Diff(want, few.Items); d != "" || few.Added != all.Added || few.Edges != all.Edges {
		t.Errorf("with a limit of 1 %d were added, %d without (-want +got):\n%s", few.Added, all.Added, d)
	}
	i := slices.IndexFunc(few.Items, func(x engine.ChangeView) bool { return x.What == "edge" })
	if i < 0 || few.Items[i].Name != "a" || few.Items[i].ToName != "b" {
		t.Errorf("the ends of the first edge are not called a and b: %+v", few.Items)
	}
}
