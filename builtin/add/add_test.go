package main

import (
	"io/fs"
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

// A new check changes one file outside of its folder: the list, which is generated.
func TestCheckTouchesOneFile(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the module")
	}
	root := t.TempDir()
	if err := os.CopyFS(root, moduleFiles(t)); err != nil {
		t.Fatal(err)
	}
	generate := func() map[string]string {
		gen := exec.Command("go", "run", "./gen")
		gen.Dir = filepath.Join(root, "builtin")
		if out, err := gen.CombinedOutput(); err != nil {
			t.Fatalf("gen: %v\n%s", err, out)
		}
		return tree(t, root)
	}
	before := generate()
	made, err := add(root, "check", "zephyr")
	if err != nil {
		t.Fatal(err)
	}
	var inside, outside []string
	for name, text := range generate() {
		switch {
		case before[name] == text:
		case strings.HasPrefix(name, "check/zephyr/"):
			inside = append(inside, name)
		default:
			outside = append(outside, name)
		}
	}
	if strings.Join(outside, " ") != "builtin/builtin.go" || len(inside) != len(made) || len(inside) < 4 {
		t.Errorf("outside of its folder: %v, inside: %v", outside, inside)
	}
}

// tree is every file below a folder, by its path.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(root, name))
		files[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
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
