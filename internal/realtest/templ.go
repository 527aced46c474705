package realtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Templ asks that the Go of every *.templ in the working directory is what the
// generator that tools/go.mod names makes of it.
func Templ(t testing.TB) {
	t.Helper()
	root, err := ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatalf("no *.templ here: %v", err)
	}
	build := exec.CommandContext(t.Context(), "go", "tool", "-n", "-modfile="+filepath.Join(root, "tools", "go.mod"), "templ")
	out, err := build.CombinedOutput()
	if err != nil {
		NotRun(t, "templ", "of tools/go.mod", "it cannot be built: "+oneLine(out))
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	templ := lines[len(lines)-1]
	dir := t.TempDir()
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), templ, "generate", "-path", dir).CombinedOutput(); err != nil {
		t.Fatalf("templ generate: %v: %s", err, out)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f, ".templ") + "_templ.go"
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what templ makes of %s: make generate (%v)", name, f, err)
		}
	}
	Suite(t, "templ", "of tools/go.mod")
}
