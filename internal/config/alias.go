package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/droverhq/drover"
)

// refuseNested refuses an alias inside something that has an anchor itself: such a
// file may name itself without end, or grow with each level.
func refuseNested(path string, raw []byte) error {
	f, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil //nolint:nilerr // the decoder says it with its place
	}
	w := &aliasWalk{path: path}
	for _, d := range f.Docs {
		ast.Walk(w, d.Body)
	}
	return w.err
}

// An aliasWalk looks for aliases below anchors.
type aliasWalk struct {
	path   string
	inside bool
	err    error
}

// Visit implements ast.Visitor.
func (w *aliasWalk) Visit(n ast.Node) ast.Visitor {
	if w.err != nil || n == nil {
		return nil
	}
	switch x := n.(type) {
	case *ast.AnchorNode:
		below := &aliasWalk{path: w.path, inside: true}
		ast.Walk(below, x.Value)
		w.err = below.err
		return nil
	case *ast.AliasNode:
		if w.inside {
			line, col := 1, 1
			if t := x.GetToken(); t != nil && t.Position != nil {
				line, col = t.Position.Line, t.Position.Column
			}
			w.err = fmt.Errorf("%s:%d:%d: an alias inside something that has an anchor itself: write it out: %w", w.path, line, col, drover.ErrInvalid)
		}
		return nil
	}
	return w
}
