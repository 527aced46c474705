package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What is made compiles, is formatted, and passes its contract test: in a copy
// of the module, for each family.
func TestAdd(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the module")
	}
	root := t.TempDir()
	if err := os.CopyFS(root, moduleFiles(t)); err != nil {
		t.Fatal(err)
	}
	args := []string{"test", "-vet=all"}
	for _, family := range []string{"connector", "check", "action", "export"} {
		made, err := add(root, family, "zephyr")
		if err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("gofmt", append([]string{"-l"}, goFiles(made)...)...).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: gofmt: %v %s", family, err, out)
		}
		args = append(args, "./"+family+"/zephyr")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	gen := exec.Command("go", "run", "./gen")
	gen.Dir = filepath.Join(root, "builtin")
	if out, err := gen.CombinedOutput(); err != nil {
		t.Fatalf("gen: %v\n%s", err, out)
	}
	list, err := os.ReadFile(filepath.Join(root, "builtin", "builtin.go"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(list), "/zephyr\""); got != 4 {
		t.Errorf("%d of 4 extensions are on the list:\n%s", got, list)
	}
}

// A bad name, a bad family and a taken name change nothing.
func TestRefuses(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"connector/taken", "check"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module m\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{"connector", "taken"}, {"connector", "Upper"}, {"connector", "../x"}, {"check", "pgtest"}, {"rule", "x"}, {"..", "x"}} {
		if made, err := add(root, c[0], c[1]); err == nil {
			t.Errorf("add %s %s made %v", c[0], c[1], made)
		}
	}
	left, err := filepath.Glob(filepath.Join(root, "*", "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
