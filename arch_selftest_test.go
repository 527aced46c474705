package drover_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// sound is a small house without a fault.
var sound = map[string]string{
	"go.mod":                 "module github.com/droverhq/drover\n\nrequire (\n\texample.org/one v1.0.0\n\texample.org/two v1.0.0 // indirect\n)\n",
	"LICENSE":                "Apache License\nVersion 2.0\n",
	"docs/dependencies.md":   "| `example.org/one` | MIT | reads the one format that we need |\n",
	"drover.go":              "// Package drover is the vocabulary of the house.\npackage drover\n\nimport _ \"fmt\"\n",
	"graph/graph.go":         "// Package graph is the read model of the house.\npackage graph\n\nimport _ \"github.com/droverhq/drover\"\n",
	"connector/c.go":         "// Package connector defines how we know a system.\npackage connector\n",
	"connector/a/a.go":       "// Package a reads the one system called a.\npackage a\n\nimport _ \"github.com/droverhq/drover/connector\"\n\n// A Thing is documented.\ntype Thing int\n\nfunc (Thing) String() string { return \"\" }\n",
	"connector/a/a_test.go":  "package a\n\nimport _ \"testing\"\n\nimport _ \"github.com/droverhq/drover/internal/realtest\"\n",
	"internal/store/s.go":    "// Package store keeps facts with their history.\npackage store\n",
	"internal/engine/e.go":   "// Package engine conducts everything in the house.\npackage engine\n\nimport _ \"github.com/droverhq/drover/internal/store\"\n",
	"internal/realtest/r.go": "// Package realtest starts real servers for tests.\npackage realtest\n\nimport _ \"testing\"\n",
}

// planted are faults: the rule that must find each, and the files that make it.
var planted = []struct {
	rule string
	what string // of the fault's text
	name string
	text string
}{
	{"floors", "not below", "graph/up.go", "package graph\n\nimport _ \"github.com/droverhq/drover/connector\"\n"},
	{"floors", "not below", "connector/b/b.go", "package b\n\nimport _ \"github.com/droverhq/drover/connector/a\"\n"},
	{"floors", "not below", "connector/b/b.go", "package b\n\nimport _ \"github.com/droverhq/drover/internal/store\"\n"},
	{"floors", "not below", "classify/c.go", "package classify\n\nimport _ \"github.com/droverhq/drover/secret\"\n"},
	{"floors", "no floor", "cellar/c.go", "package cellar\n"},
	{"narrow", "imports internal/store", "cli/c.go", "package cli\n\nimport _ \"github.com/droverhq/drover/internal/store\"\n"},
	{"narrow", "imports internal/store/deep", "cli/c.go", "package cli\n\nimport _ \"github.com/droverhq/drover/internal/store/deep\"\n"},
	{"narrow", "imports internal/realtest", "internal/engine/x.go", "package engine\n\nimport _ \"github.com/droverhq/drover/internal/realtest\"\n"},
	{"vocabulary", "imports example.org/one", "more.go", "package drover\n\nimport _ \"example.org/one\"\n"},
	{"package_doc", "no package comment", "filter/f.go", "package filter\n"},
	{"package_doc", "no package comment", "filter/f.go", "// Package filter.\npackage filter\n"},
	{"exported_doc", "Run is exported", "graph/x.go", "package graph\n\nfunc Run() {}\n"},
	{"exported_doc", "Run is exported", "graph/x.go", "package graph\n\ntype t int\n\n// T is.\ntype T int\n\nfunc (T) Run() {}\n\nfunc (t) Run() {}\n"},
	{"exported_doc", "V is exported", "graph/x.go", "package graph\n\nvar V = 1\n"},
	{"exported_doc", "T is exported", "graph/x.go", "package graph\n\ntype T struct{}\n"},
	{"imports", "text/template", "graph/x.go", "package graph\n\nimport _ \"text/template\"\n"},
	{"imports", "testing", "graph/x.go", "package graph\n\nimport _ \"testing\"\n"},
	{"imports", "math/rand/v2", "graph/x.go", "package graph\n\nimport _ \"math/rand/v2\"\n"},
	{"imports", "testify", "graph/x_test.go", "package graph\n\nimport _ \"github.com/stretchr/testify/assert\"\n"},
	{"network", "imports net/http", "cli/c.go", "package cli\n\nimport _ \"net/http\"\n"},
	{"network", "imports github.com/jackc/pgx/v5/pgconn", "graph/x.go", "package graph\n\nimport _ \"github.com/jackc/pgx/v5/pgconn\"\n"},
	{"init", "init function", "graph/x.go", "package graph\n\nfunc init() {}\n"},
	{"todo", "graph/x.go:3", "graph/x.go", "package graph\n\n// TODO: later\n"},
	{"names", "no noun", "internal/util/u.go", "package util\n"},
	{"names", "no noun", "graph/helpers.go", "package graph\n"},
	{"length", "601 lines", "graph/x.go", "package graph\n" + strings.Repeat("\n", 600)},
	{"text", "docs/x.md:2", "docs/x.md", "\nsee ../shared/data\n"},
	{"text", "graph/x.go:2", "graph/x.go", "package graph\n// as in /w" + "ork/main\n"},
	{"licence", "LICENSE", "LICENSE", "all rights reserved\n"},
	{"promises", "names TestGone", "SECURITY.md", "| safe | `TestGone` in `graph` |\n"},
	{"promises", "names TestGone", "docs/reference/security-tests.md", "| S01 | safe | `TestGone` in `graph` |\n"},
	{"promises", "promises without a test", "docs/reference/security-tests.md", "| S01 | safe | trust us |\n"},
	{"promises", "promises without a test", "SECURITY.md", "| safe | trust us |\n"},
	{"dependencies", "no reason for example.org/three", "go.mod", "require example.org/one v1.0.0\nrequire example.org/three v1.0.0\n"},
	{"dependencies", "which go.mod does not require", "go.mod", "require example.org/two v1.0.0 // indirect\n"},
	{"dependencies", "no reason for example.org/one", "docs/dependencies.md", "| `example.org/one` | MIT | |\n"},
}

func soundHouse(t *testing.T, name, text string) *house {
	t.Helper()
	fsys := fstest.MapFS{}
	for n, s := range sound {
		fsys[n] = &fstest.MapFile{Data: []byte(s)}
	}
	if name != "" {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	h, err := readHouse(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Every rule is silent about a sound house and finds each fault planted for it.
func TestRules(t *testing.T) {
	clean := soundHouse(t, "", "")
	tried := map[string]bool{}
	for _, p := range planted {
		tried[p.rule] = true
	}
	byName := map[string]rule{}
	for _, r := range rules {
		byName[r.name] = r
		if faults := r.faults(clean); len(faults) > 0 {
			t.Errorf("%s: finds faults in a sound house: %q", r.name, faults)
		}
		if !tried[r.name] {
			t.Errorf("%s: no fault is planted for it", r.name)
		}
	}
	for _, p := range planted {
		faults := byName[p.rule].faults(soundHouse(t, p.name, p.text))
		if !strings.Contains(strings.Join(faults, "\n"), p.what) {
			t.Errorf("%s: %s: got faults %q, want one with %q", p.rule, p.name, faults, p.what)
		}
	}
}
