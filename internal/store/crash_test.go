package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/realtest"
)

// TestMain is also the process that dies: with DROVER_STORE_CRASH set it opens
// the store, writes, and kills itself at the named step.
func TestMain(m *testing.M) {
	if step := os.Getenv("DROVER_STORE_CRASH"); step != "" {
		err := writeAndDie(os.Getenv("DROVER_STORE_DSN"), step)
		fmt.Fprintln(os.Stderr, "still alive:", err)
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func writeAndDie(dsn, step string) error {
	s, err := openWith(context.Background(), dsn, Options{}, hooks{step: func(name string) error {
		if name == step {
			p, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			if err := p.Kill(); err != nil {
				return err
			}
			select {} // until it takes effect
		}
		return nil
	}})
	if err != nil {
		return err
	}
	return writeSection(s, 2, "two")
}

// writeSection commits a section of 3000 nodes and edges with the given name,
// large enough for a spool in a file.
func writeSection(s *Store, at int64, name string) error {
	ctx := context.Background()
	run := &ScanRun{ID: "crash", s: s}
	st, err := run.Stage(ctx, StageInfo{Source: "a", Name: "n", Coverage: "c", Observed: timeOf(at)})
	if err != nil {
		return err
	}
	doc := drover.NewDocument("x", name)
	recs := []drover.Record{{Document: &doc}, {Evidence: &drover.Evidence{Subject: "t/-/t/1", Claim: "live", Source: "s", Value: name}},
		{Node: &drover.Node{Ref: "t/-/t/pod", Kind: drover.KindWorkload, Type: "t.t", Template: "t/-/t/1"}}}
	for i := range 1000 {
		ref := drover.NewRef("t", "", "t", fmt.Sprint(i))
		recs = append(recs, drover.Record{Node: &drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "t.t", Name: name, Attrs: drover.NewAttrs(map[string]any{"v": fmt.Sprintf("%04000d", i)})}},
			drover.Record{Edge: &drover.Edge{From: ref, To: "t/-/t/1", Kind: drover.EdgeOwns, Proof: name}})
	}
	for _, r := range recs {
		if err := st.Put("", r); err != nil {
			return err
		}
	}
	_, err = st.Commit(ctx, drover.Section{Status: drover.StatusOK})
	return err
}

// dies runs writeAndDie in another process.
func dies(t *testing.T, dsn, step string) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "DROVER_STORE_CRASH="+step, "DROVER_STORE_DSN="+dsn)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() == 3 {
		t.Fatalf("step %s: the process did not die there: %v\n%s", step, err, out)
	}
}

// shows returns the one name that all nodes have, or says that they differ.
func shows(t *testing.T, s *Store) string {
	t.Helper()
	g, err := s.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	for f, err := range s.Nodes(context.Background(), g.ID, drover.ScopeAll) {
		if err != nil {
			t.Fatal(err)
		}
		names[f.Node.Name]++
	}
	for f, err := range s.Edges(context.Background(), g.ID, drover.ScopeAll) {
		if err != nil {
			t.Fatal(err)
		}
		names[f.Edge.Proof]++
	}
	switch {
	case len(names) == 0:
		return ""
	case names["one"] == 2000 && len(names) == 1:
		return "one"
	case names["two"] == 2000 && len(names) == 1:
		return "two"
	}
	return fmt.Sprint(names)
}

// A process killed at any step of a commit leaves all of it or nothing.
func TestCrashCommit(t *testing.T) {
	var steps []string
	probe, err := openWith(context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "d.db"), Options{}, hooks{step: func(name string) error {
		if !slices.Contains(steps, name) {
			steps = append(steps, name)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := writeSection(probe, 1, "one"); err != nil {
		t.Fatal(err)
	}
	probe.Close()
	if len(steps) < 10 {
		t.Fatalf("only the steps %q", steps)
	}
	t.Logf("killed at each of %q", steps)
	for _, step := range steps {
		dsn := "sqlite:" + filepath.Join(t.TempDir(), "d.db")
		want := []string{"one"}
		switch step {
		case "migrate", "migrated", "commit", "committed": // they come before the section, too
			want = []string{""}
			dies(t, dsn, step)
		default:
			s, err := Open(context.Background(), dsn, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := writeSection(s, 1, "one"); err != nil {
				t.Fatal(err)
			}
			s.Close()
			dies(t, dsn, step)
		}
		s, err := Open(context.Background(), dsn, Options{})
		if err != nil {
			t.Fatalf("after a crash at %s: %v", step, err)
		}
		if got := shows(t, s); !slices.Contains(want, got) {
			t.Errorf("after a crash at %s: got %s, want one of %q", step, got, want)
		}
		if err := writeSection(s, 3, "two"); err != nil {
			t.Errorf("after a crash at %s: %v", step, err)
		}
		if got := shows(t, s); got != "two" {
			t.Errorf("going on after a crash at %s: got %s", step, got)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dsn[len("sqlite:"):]), "drover-spool-*")); len(left) > 0 {
			t.Errorf("after a crash at %s: %q are left", step, left)
		}
		s.Close()
	}
}

// An error at any step of a commit leaves nothing of it, and the store usable.
func TestFailedCommit(t *testing.T) {
	pg := realtest.Postgres(t, "15")
	for _, dsn := range []string{"sqlite:" + filepath.Join(t.TempDir(), "d.db"), pg.DSN(pg.NewDatabase(t))} {
		fail := ""
		broken := errors.New("broken on purpose")
		var steps []string
		s, err := openWith(context.Background(), dsn, Options{}, hooks{step: func(name string) error {
			steps = append(steps, name)
			if name == fail {
				return broken
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		steps = nil
		if err := writeSection(s, 1, "one"); err != nil {
			t.Fatal(err)
		}
		for i, step := range slices.Clone(steps) {
			if step == "committed" {
				continue
			}
			fail = step
			if err := writeSection(s, int64(i+2), "two"); !errors.Is(err, broken) {
				t.Errorf("step %s: got %v", step, err)
			}
			if got := shows(t, s); got != "one" {
				t.Errorf("step %s: got %s, want one", step, got)
			}
		}
		fail = ""
		if err := writeSection(s, 100, "two"); err != nil || shows(t, s) != "two" {
			t.Errorf("afterwards: %v, %s", err, shows(t, s))
		}
	}
}
