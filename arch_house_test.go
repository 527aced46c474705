package drover_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

const modulePath = "github.com/droverhq/drover"

// A house is the repository as the rules see it.
type house struct {
	packages []*housePackage
	texts    map[string]string // every text file that people read or that is built
	goMod    string
}

type housePackage struct {
	dir   string // "." is the root
	files []*houseFile
}

type houseFile struct {
	name      string // path from the root
	test      bool
	generated bool
	lines     int
	ast       *ast.File
	fset      *token.FileSet
}

// skipped are folders that are not ours to judge, or another module.
var skippedFolders = []string{".git", "testdata", "node_modules", "bin", "dist", "tools"}

func readHouse(fsys fs.FS) (*house, error) {
	h := &house{texts: map[string]string{}}
	byDir := map[string]*housePackage{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == "." {
				return nil
			}
			if _, err := fs.Stat(fsys, path.Join(name, "go.mod")); err == nil || slices.Contains(skippedFolders, d.Name()) || name == "web" {
				return fs.SkipDir
			}
			return nil
		}
		ext := path.Ext(name)
		if !slices.Contains([]string{".go", ".md", ".mod", ".yml", ".yaml", ".sh", ".sql", ".csv", ".jsonl", ""}, ext) || !d.Type().IsRegular() {
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		h.texts[name] = string(b)
		if name == "go.mod" {
			h.goMod = string(b)
		}
		if ext != ".go" {
			return nil
		}
		f := &houseFile{name: name, test: strings.HasSuffix(name, "_test.go"), lines: strings.Count(string(b), "\n"), fset: token.NewFileSet()}
		if f.ast, err = parser.ParseFile(f.fset, name, b, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return fmt.Errorf("parse the house: %w", err)
		}
		f.generated = ast.IsGenerated(f.ast)
		dir := path.Dir(name)
		if byDir[dir] == nil {
			byDir[dir] = &housePackage{dir: dir}
		}
		byDir[dir].files = append(byDir[dir].files, f)
		return nil
	})
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		h.packages = append(h.packages, byDir[dir])
	}
	return h, err
}

// support reports whether the package exists for tests only, so that what holds
// for product code does not hold for it.
func (p *housePackage) support() bool {
	return strings.HasSuffix(p.dir, "test") || matchAny(floors[len(floors)-1].holds, p.dir)
}

// product returns the files that are built into something that users run.
func (p *housePackage) product() []*houseFile {
	var files []*houseFile
	for _, f := range p.files {
		if !f.test {
			files = append(files, f)
		}
	}
	return files
}

func (f *houseFile) imports() []string {
	var list []string
	for _, imp := range f.ast.Imports {
		p, err := strconv.Unquote(imp.Path.Value)
		if err == nil {
			list = append(list, p)
		}
	}
	return list
}

// ours returns the folder of an import path of this module.
func ours(imp string) (dir string, ok bool) {
	if imp == modulePath {
		return ".", true
	}
	return strings.CutPrefix(imp, modulePath+"/")
}

func (f *houseFile) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", f.name, f.fset.Position(pos).Line)
}
