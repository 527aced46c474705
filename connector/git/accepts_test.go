package git_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/droverhq/drover/connector/git"
)

// `drover scan PATH` means this connector where PATH is a repository, or a folder
// of some.
func TestAccepts(t *testing.T) {
	y := newYard(t)
	y.write("f", "x\n")
	y.commit("first")
	inside := filepath.Join(y.dir, "sub", "deeper")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{y.dir: true, filepath.Dir(y.dir): true, inside: false, filepath.Dir(inside): false} {
		if option, ok := git.Connector.Accepts(path, true); ok != want || option != "paths" {
			t.Errorf("%s: %s %v, want %v", path, option, ok, want)
		}
	}
	if _, ok := git.Connector.Accepts(filepath.Join(y.dir, "f"), false); ok {
		t.Error("a file was taken for a repository")
	}
}
