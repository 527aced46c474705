package effective_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// What was saved answers as what was built, and only for what it was made of.
func TestSave(t *testing.T) {
	systems := []*effective.System{toy}
	path := filepath.Join(t.TempDir(), "effects")
	g := build(t, story)
	if err := g.Save(path, "k1"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".nodes"} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	got, err := effective.Load(path, "k1", parse(t, story).input(), systems)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(edges(g), edges(got)); d != "" {
		t.Errorf("edges (-built +loaded):\n%s", d)
	}
	a, b := blast(t, g, "web", effective.Options{}), blast(t, got, "web", effective.Options{})
	if d := cmp.Diff(a, b); d != "" {
		t.Errorf("blast (-built +loaded):\n%s", d)
	}
	if d := cmp.Diff(g.Catalogues(), got.Catalogues()); d != "" {
		t.Error(d)
	}
	for name, open := range map[string]func() error{
		"another key": func() error { _, err := effective.Load(path, "k2", parse(t, story).input(), systems); return err },
		"another snapshot": func() error {
			_, err := effective.Load(path, "k1", parse(t, story+"x identity t.y\n").input(), systems)
			return err
		},
	} {
		if err := open(); !errors.Is(err, effective.ErrStale) {
			t.Errorf("%s: got %v, want stale", name, err)
		}
	}
	if err := os.WriteFile(path+".nodes", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := effective.Load(path, "k1", parse(t, story).input(), systems); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("damaged: got %v", err)
	}
	if _, err := effective.Load(path+"x", "k1", parse(t, story).input(), systems); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: got %v", err)
	}
}
