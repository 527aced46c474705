package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/droverhq/drover"

// moduleFiles holds what the new extensions are built from: the families, their
// contract suites, the generator, and all that these import.
func moduleFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	copyFile(t, files, "go.mod")
	copyFile(t, files, "go.sum")
	left := []string{".", "connector", "check", "action", "export", "connector/connectortest", "check/checktest", "check/remedy", "export/exporttest", "graph/effective", "builtin/gen"}
	done := map[string]bool{}
	for len(left) > 0 {
		dir := left[0]
		left = left[1:]
		if !done[dir] {
			done[dir] = true
			left = append(left, copyPackage(t, files, dir)...)
		}
	}
	return files
}

// copyPackage adds a package with what it embeds and returns the folders that it
// imports.
func copyPackage(t *testing.T, files fstest.MapFS, dir string) (imports []string) {
	t.Helper()
	goFiles, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
	if err != nil || len(goFiles) == 0 {
		t.Fatalf("package %s: %v", dir, err)
	}
	embeds := false
	for _, name := range goFiles {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b := copyFile(t, files, path.Join(dir, filepath.Base(name)))
		embeds = embeds || strings.Contains(string(b), "\n//go:embed ")
		tree, err := parser.ParseFile(token.NewFileSet(), name, b, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range tree.Imports {
			if rest, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module+"/"); ok {
				imports = append(imports, rest)
			}
		}
	}
	if embeds {
		copyData(t, files, dir)
	}
	return imports
}

// copyData adds the files below dir that are no Go, but those of tests.
func copyData(t *testing.T, files fstest.MapFS, dir string) {
	t.Helper()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(name, ".go"):
			return nil
		}
		copyFile(t, files, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, files fstest.MapFS, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	files[name] = &fstest.MapFile{Data: b, Mode: 0o644}
	return b
}

func goFiles(names []string) []string {
	var list []string
	for _, n := range names {
		if strings.HasSuffix(n, ".go") {
			list = append(list, n)
		}
	}
	return list
}
