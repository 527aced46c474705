package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// A SQLite store has one writing process; readers come and go beside it.
func TestTwoWriters(t *testing.T) {
	ctx := context.Background()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "d.db")
	s, err := Open(ctx, dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, dsn, Options{}); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("second writer: got %v, want a conflict", err)
	}
	r, err := Open(ctx, dsn, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// A reader in the middle of a listing does not hold the writer up.
	if err := writeSection(s, 1, "one"); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range r.Nodes(ctx, 1, drover.ScopeAll) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			if err := writeSection(s, 2, "two"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != 1000 {
		t.Errorf("the reader saw %d nodes, want 1000", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, dsn, Options{}); err != nil {
		t.Fatalf("after the first writer closed: %v", err)
	}
	s.Close()
}

// A store that a newer drover made is refused, to readers and writers.
func TestNewerStore(t *testing.T) {
	ctx := context.Background()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "d.db")
	s, err := Open(ctx, dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.write(ctx, func(t *tx) error { return t.exec(`INSERT INTO schema_version (version, at_us) VALUES (99, 0)`) })
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, ro := range []bool{false, true} {
		_, err := Open(ctx, dsn, Options{ReadOnly: ro})
		if !errors.Is(err, drover.ErrConflict) || !strings.Contains(fmt.Sprint(err), "newer drover") {
			t.Errorf("read only %v: got %v", ro, err)
		}
	}
}

// Files are their owner's alone, names with odd characters are names, and what
// is no store is said to be none.
func TestFiles(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "home")
	path := filepath.Join(dir, "a?b#c%41 d.db")
	s, err := Open(ctx, "sqlite:"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := writeSection(s, 1, "one"); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]os.FileMode{dir: 0o700, path: 0o600, path + ".lock": 0o600, path + "-wal": 0o600} {
		if fi, err := os.Stat(p); err != nil || fi.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v; want %v", p, fi, err, want)
		}
	}
	junk := filepath.Join(t.TempDir(), "junk.db")
	if err := os.WriteFile(junk, []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dsn := range []string{"sqlite:" + junk, "sqlite:", "mysql://x", "", "postgres://%zz:secretpw@"} {
		_, err := Open(ctx, dsn, Options{})
		if !errors.Is(err, drover.ErrInvalid) || strings.Contains(err.Error(), "secretpw") {
			t.Errorf("open %q: got %v, want it to be invalid", dsn, err)
		}
	}
}

// Refs that share an id stay apart: here all share two bits.
func TestCollisions(t *testing.T) {
	ctx := context.Background()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "d.db")
	s, err := openWith(ctx, dsn, Options{}, hooks{mask: 3})
	if err != nil {
		t.Fatal(err)
	}
	put := func(at int64, n int) SectionResult {
		t.Helper()
		st, err := (&ScanRun{ID: "x", s: s}).Stage(ctx, StageInfo{Source: "a", Name: "n", Coverage: "c", Observed: timeOf(at)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			a, b := drover.NewRef("t", "", "t", fmt.Sprint(i)), drover.NewRef("t", "", "t", fmt.Sprint((i+7)%20))
			for _, r := range []drover.Record{{Node: &drover.Node{Ref: a, Kind: drover.KindIdentity, Type: "t.t", Name: string(a)}}, {Edge: &drover.Edge{From: a, To: b, Kind: drover.EdgeOwns}}} {
				if err := st.Put("", r); err != nil {
					t.Fatal(err)
				}
			}
		}
		r, err := st.Commit(ctx, drover.Section{Status: drover.StatusOK})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	check := func(gen int64, want int) {
		t.Helper()
		ids := map[int64]bool{}
		for f, err := range s.Nodes(ctx, gen, drover.ScopeAll) {
			if err != nil || string(f.Node.Ref) != f.Node.Name || ids[f.ID] || f.ID != s.RefID(f.Node.Ref) {
				t.Fatalf("got %+v, %v", f, err)
			}
			ids[f.ID] = true
		}
		edges := 0
		for e, err := range s.Edges(ctx, gen, drover.ScopeAll) {
			var i, j int
			fmt.Sscan(e.Edge.From.ID(), &i)
			fmt.Sscan(e.Edge.To.ID(), &j)
			if err != nil || j != (i+7)%20 {
				t.Fatalf("got edge %+v, %v", e, err)
			}
			edges++
		}
		if len(ids) != want || edges != want {
			t.Fatalf("generation %d: got %d nodes and %d edges, want %d", gen, len(ids), edges, want)
		}
	}
	check(put(1, 10).Generation, 10)
	if r := put(2, 20); r.Added != 10 || r.Changed+r.Removed != 0 {
		t.Errorf("more: got %+v", r.Changes)
	}
	s.Close()
	if s, err = openWith(ctx, dsn, Options{}, hooks{mask: 3}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if r := put(3, 20); r.Generation != 0 {
		t.Errorf("the same again: got %+v", r)
	}
	check(2, 20)
	if r := put(4, 5); r.Removed != 15 {
		t.Errorf("fewer: got %+v", r.Changes)
	}
	check(3, 5)
	if _, err := s.Node(ctx, 3, drover.ScopeAll, drover.NewRef("t", "", "t", "never")); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("a ref that was never seen: got %v", err)
	}
}
