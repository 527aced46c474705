package client_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is generated is that of the document in the tree: go generate ./internal/client.
func TestGeneratedIsFresh(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "run", "-tags", "grpcnotrace", "./generate", "../../docs/reference/openapi.json", "../..", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read := func(dir string) map[string]string {
		files := map[string]string{}
		names, err := filepath.Glob(filepath.Join(dir, "gen_*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			raw, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(n)] = string(raw)
		}
		return files
	}
	want, got := read(dir), read(".")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stale; run go generate ./internal/client (-fresh +in the tree):\n%.3000s", diff)
	}
	methods := 0
	for _, text := range got {
		methods += strings.Count(text, "func (c *Client) ")
	}
	if methods < 110 {
		t.Errorf("only %d methods", methods)
	}
	t.Logf("%d methods in %d files", methods, len(got))
}
