package drover_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A rule names its faults in a house. Each has a planted fault in
// arch_selftest_test.go that it must find.
type rule struct {
	name, why string
	faults    func(*house) []string
}

var rules = []rule{
	{"floors", "arrows point down only: a package imports lower floors and its own room", floorFaults},
	{"narrow", "only the engine sees the store, and nothing that ships sees test support", narrowFaults},
	{"vocabulary", "the root package imports only the standard library", vocabularyFaults},
	{"package_doc", "a package comment tells a newcomer what lives here", packageDocFaults},
	{"exported_doc", "the comment of an exported name states its promise", exportedDocFaults},
	{"imports", "see the reason beside the import in forbidden", importFaults},
	{"network", "nothing leaves the machine but the calls of connectors to configured sources, and the store's to its database", networkFaults},
	{"init", "global order cannot be tested twice: pass lists as arguments", initFaults},
	{"todo", "write TODO(why it waits): what, or do it", todoFaults},
	{"names", "name the package with a noun of the field", nameFaults},
	{"length", "split the file, or say why not in a comment that starts with // Long:", lengthFaults},
	{"text", "the tree says nothing of the machine or the workshop it was made in", textFaults},
	{"licence", "the project is Apache-2.0", licenceFaults},
	{"promises", "each promise of SECURITY.md and row of the security tests names a test that is there", promiseFaults},
	{"dependencies", "every direct dependency has its reason in docs/dependencies.md, and every reason its dependency", dependencyFaults},
}

func floorFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		from := floorOf(p.dir)
		if from < 0 && len(p.product()) > 0 {
			faults = append(faults, p.dir+" is on no floor: give it a place in arch_test.go or do not add it")
			continue
		}
		for _, f := range p.product() {
			for _, imp := range f.imports() {
				dir, ok := ours(imp)
				if !ok {
					continue
				}
				to := floorOf(dir)
				if to < 0 || to > from || to == from && roomOf(dir, floors[to]) != roomOf(p.dir, floors[from]) {
					faults = append(faults, fmt.Sprintf("%s imports %s, which is not below it", f.name, dir))
				}
			}
		}
	}
	return faults
}

func narrowFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		for _, f := range p.product() {
			for _, imp := range f.imports() {
				dir, ok := ours(imp)
				if !ok {
					continue
				}
				for target, may := range narrow {
					if matchAny([]string{target + "/**"}, dir) && !matchAny(may, p.dir) && !p.support() && !strings.HasPrefix(p.dir, target+"/") {
						faults = append(faults, fmt.Sprintf("%s imports %s", f.name, dir))
					}
				}
			}
		}
	}
	return faults
}

func vocabularyFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		if p.dir != "." {
			continue
		}
		for _, f := range p.product() {
			for _, imp := range f.imports() {
				if first, _, _ := strings.Cut(imp, "/"); strings.Contains(first, ".") {
					faults = append(faults, f.name+" imports "+imp)
				}
			}
		}
	}
	return faults
}

func packageDocFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		doc := ""
		for _, f := range p.product() {
			if f.ast.Doc != nil && len(f.ast.Doc.Text()) > len(doc) { // a generated file may have a line about itself there
				doc = f.ast.Doc.Text()
			}
		}
		if len(p.product()) > 0 && len(strings.Fields(doc)) < 5 {
			faults = append(faults, p.dir+" has no package comment, or one that says nothing")
		}
	}
	return faults
}

// forbidden are imports that product code must not have.
var forbidden = map[string]string{
	"text/template":                 "reflects on methods by name, so the linker keeps every exported method of the binary",
	"html/template":                 "reflects on methods by name, so the linker keeps every exported method of the binary",
	"testing":                       "registers its flags and drags its machinery into the binary",
	"gopkg.in/yaml.v3":              "unmaintained; goccy/go-yaml reads the files, with places in its errors",
	"gopkg.in/yaml.v2":              "unmaintained; goccy/go-yaml reads the files, with places in its errors",
	"math/rand":                     "guessable: crypto/rand",
	"math/rand/v2":                  "guessable: crypto/rand",
	"net/http/pprof":                "adds handlers to the default mux on import",
	"expvar":                        "adds handlers to the default mux on import",
	"log":                           "global and without levels: log/slog, passed in",
	"io/ioutil":                     "deprecated: io and os",
	"github.com/stretchr/testify":   "got, want and cmp.Diff",
	"github.com/golang/mock/gomock": "a small fake, no mock",
	"go.uber.org/mock/gomock":       "a small fake, no mock",
	"github.com/pkg/errors":         "fmt.Errorf with %w",
	"github.com/mattn/go-sqlite3":   "needs cgo: modernc.org/sqlite",
	"C":                             "one static binary for every platform",
}

// inTestsToo are forbidden in tests as well.
var inTestsToo = []string{"github.com/stretchr/testify", "github.com/golang/mock/gomock", "go.uber.org/mock/gomock", "gopkg.in/yaml.v3", "C"}

func importFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		for _, f := range p.files {
			for _, imp := range f.imports() {
				for bad, why := range forbidden {
					if imp != bad && !strings.HasPrefix(imp, bad+"/") || bad == "log" && imp != bad || bad == "testing" && imp != bad {
						continue
					}
					if strings.HasPrefix(bad, "math/rand") && path.Base(p.dir) == "measure" {
						continue // a measurement draws samples, and the same ones again
					}
					if (f.test || p.support()) && !slices.Contains(inTestsToo, bad) {
						continue
					}
					faults = append(faults, fmt.Sprintf("%s imports %s: %s", f.name, imp, why))
				}
			}
		}
	}
	return faults
}

// online lists the packages whose product code may open connections, and calls
// the means by which it could.
var (
	online = []string{"connector", "connector/**", "internal/store/**", "internal/engine", "internal/api/**", "internal/web/**", "internal/serve/**", "internal/client/**", "internal/stream/**"}
	calls  = []string{"net", "net/http", "net/rpc", "net/smtp", "crypto/tls", "github.com/jackc/pgx/v5"}
)

func networkFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		if matchAny(online, p.dir) || p.support() {
			continue
		}
		for _, f := range p.product() {
			for _, imp := range f.imports() {
				if slices.Contains(calls, imp) || strings.HasPrefix(imp, "github.com/jackc/pgx/v5/") {
					faults = append(faults, f.name+" imports "+imp)
				}
			}
		}
	}
	return faults
}

func initFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					faults = append(faults, f.at(fn.Pos())+" is an init function")
				}
			}
		}
	}
	return faults
}

var (
	todoRE       = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)
	todoReasonRE = regexp.MustCompile(`\bTODO\([^)]{3,}\): \S`)
)

func todoFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		for _, f := range p.files {
			if strings.HasPrefix(f.name, "arch_") {
				continue
			}
			for _, group := range f.ast.Comments {
				for _, c := range group.List {
					if todoRE.MatchString(c.Text) && !todoReasonRE.MatchString(c.Text) {
						faults = append(faults, f.at(c.Pos())+" "+c.Text)
					}
				}
			}
		}
	}
	return faults
}

func nameFaults(h *house) (faults []string) {
	bad := []string{"util", "utils", "common", "helper", "helpers", "misc", "models", "types", "pkg", "shared", "lib"}
	for _, p := range h.packages {
		for _, part := range strings.Split(p.dir, "/") {
			if slices.Contains(bad, part) {
				faults = append(faults, p.dir+" is named by no noun")
			}
		}
		for _, f := range p.files {
			if slices.Contains(bad[:6], strings.TrimSuffix(strings.TrimSuffix(path.Base(f.name), ".go"), "_test")) {
				faults = append(faults, f.name+" is named by no noun")
			}
		}
	}
	return faults
}

func lengthFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		for _, f := range p.files {
			cause := slices.ContainsFunc(f.ast.Comments, func(g *ast.CommentGroup) bool { return strings.HasPrefix(g.List[0].Text, "// Long: ") })
			if f.lines > 600 && !f.generated && !cause {
				faults = append(faults, fmt.Sprintf("%s has %d lines, more than 600", f.name, f.lines))
			}
		}
	}
	return faults
}

var workshopRE = regexp.MustCompile(`/w` + `ork/(main|shared)|\bshared/(data|reference|tools|sketch|hooks)\b|\.\./shared\b|\bDESIGN\.md\b|\bROADMAP\.md\b`)

func textFaults(h *house) (faults []string) {
	for name, text := range h.texts {
		// Tests may look for public data beside the checkout.
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "internal/realtest/") {
			continue
		}
		for i, l := range strings.Split(text, "\n") {
			if m := workshopRE.FindString(l); m != "" {
				faults = append(faults, fmt.Sprintf("%s:%d says %q", name, i+1, m))
			}
		}
	}
	slices.Sort(faults)
	return faults
}

func licenceFaults(h *house) (faults []string) {
	if text := h.texts["LICENSE"]; !strings.Contains(text, "Apache License") || !strings.Contains(text, "Version 2.0") {
		faults = append(faults, "LICENSE is not the Apache License, Version 2.0")
	}
	return faults
}

var promiseRE = regexp.MustCompile("`(Test\\w+)")

func promiseFaults(h *house) (faults []string) {
	there := map[string]bool{}
	for _, p := range h.packages {
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && f.test {
					there[fn.Name.Name] = true
				}
			}
		}
	}
	for file, bars := range map[string]int{"SECURITY.md": 3, "docs/reference/security-tests.md": 4} {
		for line := range strings.Lines(h.texts[file]) {
			named := promiseRE.FindAllStringSubmatch(line, -1)
			if strings.Count(line, "|") == bars && len(named) == 0 && !strings.Contains(line, "---") && !strings.Contains(line, "| tests") {
				faults = append(faults, file+" promises without a test: "+strings.TrimSpace(line))
			}
			for _, m := range named {
				if !there[m[1]] {
					faults = append(faults, file+" names "+m[1]+", which is no test")
				}
			}
		}
	}
	return faults
}

var (
	requireRE = regexp.MustCompile(`(?m)^(?:require )?\s*([a-z0-9.-]+\.[a-z]+/\S+) v\S+$`)
	reasonRE  = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|[^|]*\\|[^|]{15,}")
)

func dependencyFaults(h *house) (faults []string) {
	reasons := map[string]bool{}
	for _, m := range reasonRE.FindAllStringSubmatch(h.texts["docs/dependencies.md"], -1) {
		reasons[m[1]] = true
	}
	for _, m := range requireRE.FindAllStringSubmatch(h.goMod, -1) {
		if !reasons[m[1]] {
			faults = append(faults, "no reason for "+m[1]+" in docs/dependencies.md")
		}
		delete(reasons, m[1])
	}
	for mod := range reasons {
		faults = append(faults, "docs/dependencies.md has a reason for "+mod+", which go.mod does not require directly")
	}
	slices.Sort(faults)
	return faults
}

// implied are methods whose promise is that of the interface they fulfil.
var implied = []string{"String", "GoString", "Format", "Error", "Unwrap", "Is", "As", "LogValue", "MarshalJSON", "UnmarshalJSON", "MarshalJSONTo", "UnmarshalJSONFrom", "MarshalText", "UnmarshalText", "MarshalYAML", "UnmarshalYAML", "AppendText", "Len", "Less", "Swap", "Read", "Write", "Close", "RoundTrip", "ServeHTTP"}

func exportedDocFaults(h *house) (faults []string) {
	for _, p := range h.packages {
		for _, f := range p.product() {
			if f.generated || f.ast.Name.Name == "main" {
				continue
			}
			var before ast.Decl
			documented := false
			for _, d := range f.ast.Decls {
				doc := declDoc(d)
				// A run of one-line declarations shares the comment of the first.
				if !doc && documented && before != nil && f.fset.Position(d.Pos()).Line == f.fset.Position(before.End()).Line+1 {
					doc = true
				}
				before, documented = d, doc
				if doc {
					continue
				}
				for _, name := range undocumented(d) {
					faults = append(faults, f.at(d.Pos())+": "+name+" is exported and has no comment")
				}
			}
		}
	}
	return faults
}

func declDoc(d ast.Decl) bool {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc != nil
	case *ast.GenDecl:
		return d.Doc != nil
	}
	return false
}

// selfDescribed are the values of extensions, whose Doc field speaks for them.
var selfDescribed = []string{"Connector", "Check", "Action", "Format"}

// undocumented lists the exported names of a declaration that nothing speaks of.
func undocumented(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv) && !slices.Contains(implied, d.Name.Name)) {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return nil
		}
		typed := false
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				// A constant of a named type is a value of that type, whose comment speaks
				// for it.
				typed = s.Type != nil || typed && len(s.Values) == 0
				if s.Doc != nil || s.Comment != nil || d.Tok == token.CONST && typed {
					continue
				}
				for _, n := range s.Names {
					if n.IsExported() && !slices.Contains(selfDescribed, n.Name) {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}

func exportedReceiver(list *ast.FieldList) bool {
	exported := false
	ast.Inspect(list, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.IsExported() {
			exported = true
		}
		return true
	})
	return exported
}
