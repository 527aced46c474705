package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// moduleFiles holds what the new extensions are built from: the families, what
// lies below them, and the generator.
func moduleFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	const root = "../.."
	files := fstest.MapFS{}
	patterns := []string{"go.mod", "go.sum", "*.go", "graph/*.go", "filter/*.go", "builtin/gen/*.go"}
	for _, family := range []string{"connector", "check", "action", "export"} {
		patterns = append(patterns, family+"/*.go", family+"/"+family+"test/*.go")
	}
	for _, p := range patterns {
		names, err := filepath.Glob(filepath.Join(root, p))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.ToSlash(rel)] = &fstest.MapFile{Data: b, Mode: 0o644}
		}
	}
	return files
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
