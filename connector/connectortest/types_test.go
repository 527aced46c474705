package connectortest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTypes(t *testing.T) {
	if !slices.IsSorted(Types) {
		t.Error("the types are not sorted")
	}
	seen := map[string]string{}
	for _, typ := range Types {
		if why := typeFault(typ); why != "" || !typeForm.MatchString(typ) {
			t.Errorf("%s: %s", typ, why)
		}
		if other := seen[thing(typ)]; other != "" {
			t.Errorf("%s and %s are one thing", typ, other)
		}
		seen[thing(typ)] = typ
	}
	for typ, fault := range map[string]bool{"aws.access_key": true, "k8s.serviceaccount": true, "kubernetes.serviceaccount": true, "gcp.iam.service_account": true, "entra.user": true, "tls.private_key": true,
		"aws": true, ".thing": true, "aws.iam.access_key": false, "acme.unheard_of": false, "aws.iam.mfa_device": false} {
		if got := typeFault(typ) != ""; got != fault {
			t.Errorf("%s: refused %t, want %t", typ, got, fault)
		}
	}
}

// TestTypesInSource: whatever connectors and decoders may emit, also where no
// test makes them, has one spelling.
func TestTypesInSource(t *testing.T) {
	known := map[string]bool{}
	for _, typ := range Types {
		vendor, _, _ := strings.Cut(typ, ".")
		known[vendor] = true
	}
	for v := range vendors {
		known[v] = true
	}
	first := map[string]string{} // thing -> spelling
	files, found := 0, 0
	for _, root := range []string{filepath.Join("..", "..", "connector"), filepath.Join("..", "..", "decode")} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == "connectortest") {
				if err == nil {
					err = fs.SkipDir
				}
				return err
			}
			if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return nil
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			files++
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				s, _ := strconv.Unquote(lit.Value)
				if vendor, _, _ := strings.Cut(s, "."); !known[vendor] || !typeForm.MatchString(s) {
					return true
				}
				found++
				if why := typeFault(s); why != "" {
					t.Errorf("%s: %q: %s", name, s, why)
				} else if other := first[thing(s)]; other != "" && other != s {
					t.Errorf("%s: %q is called %q elsewhere", name, s, other)
				}
				first[thing(s)] = s
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d types at %d places of %d files", len(first), found, files)
	if len(first) < 60 {
		t.Errorf("only %d types were found", len(first))
	}
}
