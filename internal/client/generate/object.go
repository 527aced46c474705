package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// known is a Go type whose JSON has these fields.
type known struct {
	name   string // engine.BlastView
	fields []string
}

// packages are where the types of answers are declared, as the API takes them from.
var packages = []struct{ name, dir string }{{"drover", "."}, {"engine", "internal/engine"}, {"report", "internal/report"}}

// readTypes finds the structs of those packages with the names of their fields in
// JSON.
func readTypes(root string) (map[string][]known, error) {
	out := map[string][]known{}
	for _, p := range packages {
		files, err := filepath.Glob(filepath.Join(root, p.dir, "*.go"))
		if err != nil {
			return nil, err
		}
		structs := map[string]*ast.StructType{}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			src, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			for _, d := range f.Decls {
				if d, ok := d.(*ast.GenDecl); ok {
					for _, s := range d.Specs {
						if s, ok := s.(*ast.TypeSpec); ok {
							if t, ok := s.Type.(*ast.StructType); ok {
								structs[s.Name.Name] = t
							}
						}
					}
				}
			}
		}
		for name, t := range structs {
			if fields := fieldsOf(t, structs); ast.IsExported(name) && len(fields) > 0 {
				short := strings.TrimSuffix(name, "View")
				out[short] = append(out[short], known{p.name + "." + name, fields})
			}
		}
	}
	return out, nil
}

// fieldsOf are the names of a struct's fields in JSON, in order of the alphabet.
func fieldsOf(t *ast.StructType, structs map[string]*ast.StructType) []string {
	names := map[string]bool{}
	for _, f := range t.Fields.List {
		tag := ""
		if f.Tag != nil {
			tag = reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json")
		}
		name, _, _ := strings.Cut(tag, ",")
		typ := f.Type
		if star, ok := typ.(*ast.StarExpr); ok {
			typ = star.X
		}
		if id, ok := typ.(*ast.Ident); ok && len(f.Names) == 0 && name == "" {
			if inner := structs[id.Name]; inner != nil {
				for _, n := range fieldsOf(inner, structs) {
					names[n] = true
				}
			}
			continue
		}
		if name != "" && name != "-" {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// object is the Go type of a schema that has a name: that of the engine, where one
// is called so and has these very fields, else one that is made here.
func (g *generator) object(name string) (string, error) {
	s := g.schemas[name]
	if s == nil {
		return "", fmt.Errorf("there is no schema %s", name)
	}
	if name == "FindingJSON" {
		return "drover.Finding", nil // which writes and reads itself
	}
	if t, ok := g.wanted[name]; ok {
		return t, nil
	}
	if len(s.Properties) == 0 {
		return g.typeOf(s)
	}
	fields := slices.Sorted(maps.Keys(s.Properties))
	for _, short := range []string{name, strings.TrimPrefix(name, "Engine"), strings.TrimPrefix(name, "Report")} {
		for _, k := range g.known[short] {
			if slices.Equal(k.fields, fields) {
				g.wanted[name] = k.name
				return k.name, nil
			}
		}
	}
	own := name
	if strings.HasSuffix(name, "Request") || own == "Client" {
		own += "Object"
	}
	g.wanted[name] = own
	var b strings.Builder
	fmt.Fprintf(&b, "// %s is an object of the API.\ntype %s struct {\n", own, own)
	for _, f := range fields {
		t, err := g.typeOf(s.Properties[f])
		if err != nil {
			return "", fmt.Errorf("%s.%s: %w", name, f, err)
		}
		tag := f
		if !slices.Contains(s.Required, f) {
			tag += ",omitempty"
			if t == "bool" {
				t = "*bool" // what is left out may stand for true
			}
		}
		fmt.Fprintf(&b, "%s %s `json:\"%s\"`%s\n", goName(f), t, tag, comment(s.Properties[f].Description))
	}
	b.WriteString("}\n\n")
	g.made[name] = b.String()
	return own, nil
}

func comment(s string) string {
	if s = oneLine(s); s == "" {
		return ""
	}
	return " // " + s
}

// objects writes the types that were made.
func (g *generator) objects() (string, error) {
	var b strings.Builder
	for _, n := range slices.SortedFunc(maps.Keys(g.made), func(a, b string) int { return cmp.Compare(a, b) }) {
		b.WriteString(g.made[n])
	}
	return b.String(), nil
}
