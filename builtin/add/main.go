// Command add makes the folder of a new extension, with its doc, its test and
// its testdata, and adds it to the generated list. What it makes compiles and
// passes its contract test; then it is yours to fill. Run it at the root:
//
//	go run ./builtin/add connector|check|action|export NAME
package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed template
var templates embed.FS

var nameRE = regexp.MustCompile(`^[a-z][a-z0-9]{1,30}$`)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run ./builtin/add connector|check|action|export NAME")
		os.Exit(2)
	}
	files, err := add(".", os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintf(os.Stderr, "add: %v\n", err)
		os.Exit(1)
	}
	for _, f := range files {
		fmt.Println(f)
	}
	gen := exec.Command("go", "generate", "./builtin")
	gen.Stdout, gen.Stderr = os.Stdout, os.Stderr
	if err := gen.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "add: regenerate the list: %v\n", err)
		os.Exit(1)
	}
	switch os.Args[1] {
	case "connector":
		fmt.Printf("connector/%s/REFERENCE.md (generated from the fields of Connector)\n", os.Args[2])
	case "check":
		fmt.Printf("check/%s/README.md (generated from the fields of Check and its examples)\n", os.Args[2])
	}
	fmt.Printf("builtin/builtin.go (generated)\nnext: go test ./%s/%s\n", os.Args[1], os.Args[2])
}

// add writes the files of the extension under root and returns their names. It
// changes nothing when the folder is there already.
func add(root, family, name string) ([]string, error) {
	from, err := fs.Sub(templates, "template/"+family)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(from, "."); err != nil {
		return nil, fmt.Errorf("%q is none of connector, check, action, export", family)
	}
	if !nameRE.MatchString(name) || strings.HasSuffix(name, "test") {
		return nil, fmt.Errorf("%q: the name is one lower-case word, not ending in test: it is folder, package and id", name)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return nil, errors.New("run it at the root of the module")
	}
	dir := filepath.Join(root, family, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	var made []string
	err = fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.ReplaceAll(strings.TrimSuffix(path, ".txt"), "NAME", name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		made = append(made, filepath.ToSlash(to))
		return os.WriteFile(to, []byte(strings.ReplaceAll(string(b), "NAME", name)), 0o644)
	})
	return made, err
}
