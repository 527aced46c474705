package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// things says n accounts of every state, with credentials, owners, uses, ends
// that are nodes, aliases of one node, of several, of a person, and of none.
func things(n int) func(context.Context, *connector.Out) error {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ref := func(typ string, i int) drover.Ref {
		return drover.NewRef("scripted", "t", "scripted."+typ, fmt.Sprint(i))
	}
	return func(ctx context.Context, out *connector.Out) error {
		for i := range n {
			a := drover.Node{Ref: ref("account", i), Kind: drover.KindIdentity, Type: "scripted.account", Name: fmt.Sprint("svc-prod-", i*7919%n),
				Aliases: []string{fmt.Sprint("acct:", i), fmt.Sprint("shared:", i/3), fmt.Sprint("email:p", i%5, "@x")},
				Attrs:   drover.NewAttrs(map[string]any{"department": fmt.Sprint("d", i%3), "escaped": "a\"b", "n": i})}
			if i%4 == 0 {
				a.Expires = start.Add(time.Duration(i%200-20) * drover.Day)
			}
			out.Node(a)
			c := drover.Node{Ref: ref("key", i), Kind: drover.KindCredential, Type: "scripted.key", Name: fmt.Sprint("key ", i), Expires: start.Add(time.Duration(i%90-10) * drover.Day)}
			out.Node(c)
			out.Edge(drover.Edge{From: c.Ref, To: a.Ref, Kind: drover.EdgeAuthenticates})
			out.Edge(drover.Edge{From: a.Ref, To: drover.UnseenRef(fmt.Sprint("acct:", (i*3)%(2*n))), Kind: drover.EdgeCanAssume, Part: "x"})
			out.Edge(drover.Edge{From: a.Ref, To: drover.UnseenRef(fmt.Sprint("shared:", i)), Kind: drover.EdgeCanAssume, Part: "y"})
			out.Edge(drover.Edge{From: a.Ref, To: drover.NewRef("other", "t", "other.bucket", fmt.Sprint(i%10)), Kind: drover.EdgeCanAccess, Cond: drover.NewAttrs(map[string]any{"i": i}), Proof: fmt.Sprint("row ", i)})
			if i%3 == 0 {
				out.Evidence(drover.Evidence{Subject: a.Ref, Claim: drover.ClaimLastUsed, Source: "log", At: start.Add(-time.Duration(i%120) * drover.Day)})
			} else {
				out.Evidence(drover.Evidence{Subject: a.Ref, Claim: drover.ClaimNeverUsed, Source: "log", Window: 400 * drover.Day})
			}
		}
		for i := range 5 {
			p := drover.Node{Ref: ref("person", i), Kind: drover.KindHuman, Type: "scripted.person", Name: fmt.Sprint("Person ", i), Aliases: []string{fmt.Sprint("email:p", i, "@x")}}
			out.Node(p)
			out.Edge(drover.Edge{From: p.Ref, To: ref("account", i), Kind: drover.EdgeOwns})
			out.Edge(drover.Edge{From: drover.UnseenRef(p.Aliases[0]), To: ref("account", i+5), Kind: drover.EdgeOwns})
		}
		return nil
	}
}

// all is everything that a snapshot shows of itself.
func all(t *testing.T, s *engine.Snapshot) []any {
	t.Helper()
	out := []any{s.Generation, s.Len(), s.Seen(), s.Edges(), s.Summary()}
	for i := range s.Len() {
		out = append(out, s.Row(i), s.Facts(i))
		if !s.Unseen(i) {
			out = append(out, s.Identity(i), s.Credential(i))
		}
		if j, ok := s.Find(s.Ref(i)); !ok || j != i {
			t.Fatalf("row %d is found as %d, %v", i, j, ok)
		}
	}
	for e := range s.Edges() {
		out = append(out, s.Edge(e))
	}
	for _, q := range []engine.Query{{}, {Sort: "-name"}, {Filter: "lifecycle=dormant", Sort: "last_used"}, {Filter: "name:PROD-1 attrs.n<500"}, {Filter: "acct"}, {Filter: "status=expired", Noun: engine.Nouns[1]}} {
		if q.Noun.Name == "" {
			q.Noun = engine.Nouns[0]
		}
		rows, err := s.List(q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rows)
	}
	return out
}

func openAt(t *testing.T, home, yaml string) *bench {
	t.Helper()
	b := &bench{clock: &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}}
	cfg := &config.Config{Version: 1, Path: "drover.yaml", Raw: []byte(yaml), Sources: []config.Source{{ID: "s", Kind: "scripted"}}}
	e, err := engine.Open(t.Context(), engine.Options{Connectors: []*connector.Connector{scripted(&b.run)}, Config: cfg, Home: home, Now: b.clock.read, User: "tester"})
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

func snapshotOf(t *testing.T, b *bench) *engine.Snapshot {
	t.Helper()
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A snapshot from a file says what one made of the store at that time says, also
// when days have gone by; a file that is stale or damaged is made anew.
func TestSavedSnapshot(t *testing.T) {
	const n = 1500
	home := t.TempDir()
	b := openAt(t, home, "version: 1\nclassify:\n  tier0: [\"svc-prod-1*\"]\n")
	res := b.scan(t, things(n))
	if _, err := b.SetTags(t.Context(), "svc-prod-1", map[string]string{"env": "dev", "note": ""}, nil); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(home, "snapshots")
	files := func() []string {
		list, _ := filepath.Glob(filepath.Join(dir, "*.snapshot"))
		return list
	}
	for _, days := range []time.Duration{0, 1, 40, 100} {
		b.clock.now = b.clock.now.Add(days * drover.Day)
		kept := all(t, snapshotOf(t, b)) // of the first round: kept by the look that SetTags needed, or made here
		if len(files()) == 0 {
			t.Fatal("no snapshot was kept")
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		now := b.clock.now
		fresh := all(t, snapshotOf(t, b))
		b.clock.now = now
		again := all(t, snapshotOf(t, b))
		if d := cmp.Diff(fresh, again); d != "" {
			t.Fatalf("after %d days (-made +kept):\n%s", days, d)
		}
		if days == 0 {
			continue
		}
		if d := cmp.Diff(fresh, kept); d != "" {
			t.Fatalf("after %d days (-made +kept before):\n%s", days, d)
		}
	}
	for _, f := range files() {
		if fi, err := os.Stat(f); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", f, fi.Mode(), err)
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, 12, 100, len(data) / 2, len(data) - 1} {
			bad := append([]byte(nil), data...)
			bad[at] ^= 0x20
			write(t, f, bad)
			if got := snapshotOf(t, b); got.Len() != res.Counts.Unseen+2*n+5 {
				t.Errorf("a flipped bit at %d: %d rows", at, got.Len())
			}
		}
		write(t, f, data[:len(data)/3])
		if got := snapshotOf(t, b); got.Len() != res.Counts.Unseen+2*n+5 {
			t.Errorf("a cut file: %d rows", got.Len())
		}
	}
	b.scan(t, things(n-1))
	if got := snapshotOf(t, b); got.Seen() != 2*(n-1)+5 {
		t.Errorf("after another scan: %d rows", got.Seen())
	}
	if got := files(); len(got) > 2 {
		t.Errorf("%d snapshots are kept: %q", len(got), got)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What a scan counts is what a snapshot shows.
func TestScanCounts(t *testing.T) {
	for _, n := range []int{10, 500} {
		b := open(t, "version: 1\n")
		res := b.scan(t, things(n))
		s := snapshotOf(t, b)
		want := engine.ScanCounts{Edges: s.Edges(), Unseen: s.Len() - s.Seen()}
		for i := range s.Seen() {
			switch s.Kind(i) {
			case drover.KindIdentity:
				want.Identities++
			case drover.KindCredential:
				want.Credentials++
			case drover.KindHuman:
				want.Humans++
			case drover.KindResource:
				want.Resources++
			}
		}
		if res.Counts != want || res.Generation != s.Generation || want.Unseen == 0 {
			t.Errorf("%d accounts: the scan counts %+v in %d, the snapshot %+v in %d", n, res.Counts, res.Generation, want, s.Generation)
		}
	}
}

// What a scan of a large estate makes ready is what the next process reads; of a
// small one, of one made ready already, and of one interrupted it makes nothing.
func TestPrepare(t *testing.T) {
	home := t.TempDir()
	const yaml = "version: 1\n"
	b := openAt(t, home, yaml)
	res := b.scan(t, things(1200))
	if err := os.RemoveAll(filepath.Join(home, "snapshots")); err != nil { // of counting tasks about owners, in an estate as small as this
		t.Fatal(err)
	}
	files := func() []string {
		list, _ := filepath.Glob(filepath.Join(home, "snapshots", "*.snapshot"))
		return list
	}
	if err := b.Prepare(t.Context(), res.Counts, func() { t.Error("began for a small estate") }); err != nil || len(files()) != 0 {
		t.Fatalf("a small estate: %v, %d files", err, len(files()))
	}
	begun := 0
	begins := func() { begun++ }
	large := res.Counts
	large.Resources = 50_000
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Prepare(gone, large, func() {}); err == nil || len(files()) != 0 {
		t.Fatalf("interrupted: %v, %d files", err, len(files()))
	}
	for range 2 {
		if err := b.Prepare(t.Context(), large, begins); err != nil {
			t.Fatal(err)
		}
		if n := len(files()); n != 1 {
			t.Fatalf("%d files, want one", n)
		}
	}
	if begun != 1 {
		t.Errorf("began %d times, want once", begun)
	}
	before, err := os.Stat(files()[0])
	if err != nil {
		t.Fatal(err)
	}
	snapshotOf(t, b)
	if after, err := os.Stat(files()[0]); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Fatalf("the first reader made it again: %v", err)
	}
}
