package machine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

type sink struct{}

func (sink) Put(string, drover.Record) error { return nil }
func (sink) Keep(string) error               { return nil }
func (sink) Close(drover.Section) error      { return nil }

func nullSink(context.Context, string, string) (connector.Sink, error) { return sink{}, nil }

// One thing has one description, whichever file it was met in first: otherwise
// scans of an unchanged computer would differ.
func TestOneDescriptionEach(t *testing.T) {
	roots := []string{plantLinux(t).root, plantMac(t).root, plantWindows(t).root}
	for _, folder := range []string{"agents", "certs", "tfstate"} {
		if dir := filepath.Join("..", "..", "..", "shared", "data", folder); exists(dir) {
			roots = append(roots, dir)
		}
	}
	for _, root := range roots {
		seen := map[drover.Ref]drover.Node{}
		for _, n := range connectortest.Collect(t, Connector, map[string][]string{"root": {root}}).Nodes {
			if old, ok := seen[n.Ref]; ok {
				t.Errorf("%s is described in two ways: %s", n.Ref, cmp.Diff(old, n))
			}
			seen[n.Ref] = n
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// A line added above a credential moves it and changes nothing else.
func TestRefsDoNotDependOnLines(t *testing.T) {
	p := newPlanter(t)
	v := p.secret("secret.token", 30)
	p.file("app/.env", "API_TOKEN="+v+"\n")
	before := connectortest.Collect(t, Connector, p.config())
	p.file("app/.env", "# a comment\nLEVEL=info\nAPI_TOKEN="+v+"\n")
	after := connectortest.Collect(t, Connector, p.config())
	for _, n := range before.Nodes {
		if _, ok := after.Node(n.Ref); !ok {
			t.Errorf("%s is another one after a line was added", n.Ref)
		}
	}
	if len(before.Nodes) != len(after.Nodes) {
		t.Errorf("%d nodes before, %d after", len(before.Nodes), len(after.Nodes))
	}
}

// The bounds of a search are said, and nothing is claimed beyond them.
func TestBoundsAreSaid(t *testing.T) {
	p := newPlanter(t)
	for _, d := range []string{"a", "b", "c", "d", "e", "f"} {
		p.file(d+"/.env", "API_TOKEN="+p.value(30)+"\n")
	}
	cfg := p.config()
	cfg["max_files"] = []string{"8"}
	r := connectortest.Collect(t, Connector, cfg)
	s, _ := r.Section("env")
	if s.Status != drover.StatusPartial || s.Error == "" {
		t.Errorf("section env is %s %q after the search stopped early, want partial and why", s.Status, s.Error)
	}
	if s, _ := r.Section("aws"); s.Status != drover.StatusOK {
		t.Errorf("section aws searches no tree and is %s", s.Status)
	}
}

func TestIncludeAndExclude(t *testing.T) {
	p := newPlanter(t)
	p.file("app/.env", "API_TOKEN="+p.value(30)+"\n")
	p.file(".netrc", "machine h login u password "+p.value(20)+"\n")
	for _, test := range []struct {
		option, value string
		want, not     string
	}{{"include", "netrc", "netrc", "env"}, {"exclude", "netrc", "env", "netrc"}, {"walk", "false", "netrc", "terraform"}} {
		cfg := p.config()
		cfg[test.option] = []string{test.value}
		r := connectortest.Collect(t, Connector, cfg)
		if _, ok := r.Section(test.want); !ok {
			t.Errorf("%s=%s: section %s did not run", test.option, test.value, test.want)
		}
		if _, ok := r.Section(test.not); ok {
			t.Errorf("%s=%s: section %s ran", test.option, test.value, test.not)
		}
	}
}

// A file that changes under the reader is read once more, and then given up.
func TestChangingFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	if err := os.WriteFile(name, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := openDisk(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for changes, want := range map[int]error{0: nil, 1: nil, 2: errChanging} {
		d.opened = func(string) {
			if changes--; changes >= 0 {
				at = at.Add(time.Second)
				if err := os.Chtimes(name, at, at); err != nil {
					t.Error(err)
				}
			}
		}
		if b, _, err := d.read("/f", 100); !errors.Is(err, want) || err == nil && string(b) != "one" {
			t.Errorf("read gave %q, %v; want error %v", b, err, want)
		}
	}
}
