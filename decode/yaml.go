package decode

import (
	"bytes"
	"errors"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxFlow   = 4000    // brackets open at once before the YAML and TOML libraries are asked
	maxYAML   = 2 << 20 // bytes; the library takes more than linear time
	maxEmpty  = 5000    // "-" lines with nothing on them, which take it quadratic time
	maxIndent = 2000    // columns of indentation and "- - -" at the start of a line
)

// parseYAML reads every document of a YAML file; JSON is taken as JSON first.
// Beside an error it returns the documents read before it.
func parseYAML(format string, data []byte) (docs []*value, err error) {
	data, err = clean(format, data)
	if err != nil {
		return nil, err
	}
	if t := bytes.TrimSpace(data); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		if v, err := parseJSON(format, data); err == nil {
			return []*value{v}, nil
		}
	}
	if len(data) > maxYAML {
		return nil, bad(format, 0, "%d bytes of YAML are over the limit of %d", len(data), maxYAML)
	}
	if n := bytes.Count(data, []byte("-\n")); n > maxEmpty {
		return nil, bad(format, 0, "more than %d empty list entries", maxEmpty)
	}
	if err := shallow(format, data); err != nil {
		return nil, err
	}
	// The library is large and its input is not ours: a panic in it is an
	// unreadable file, not the end of the scan.
	defer func() {
		if recover() != nil {
			err = bad(format, 0, "the YAML cannot be read")
		}
	}()
	file, perr := parser.ParseBytes(data, 0)
	if perr != nil {
		// Some vendors write names that YAML reserves ("@type: String") bare.
		again, err := parser.ParseBytes(reservedKey.ReplaceAll(data, []byte(`$1"$2":`)), 0)
		if err != nil {
			return nil, yamlError(format, perr)
		}
		file = again
	}
	c := yamlReader{format: format}
	for _, d := range file.Docs {
		c.anchors = map[string]*value{}
		v, err := c.node(d.Body, 0)
		if err != nil {
			return docs, err
		}
		if v != nil {
			docs = append(docs, v)
		}
	}
	return docs, nil
}

// oneYAML returns the first document.
func oneYAML(format string, data []byte) (*value, error) {
	docs, err := parseYAML(format, data)
	if len(docs) == 0 {
		return nil, err
	}
	return docs[0], err
}

// yamlError keeps the place and the reason of the library's message and drops
// the source it quotes, which may hold a secret.
func yamlError(format string, err error) error {
	var at interface{ GetToken() *token.Token }
	line := 0
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		line = at.GetToken().Position.Line
	}
	return bad(format, line, "not valid YAML")
}

// shallow refuses text that would drive a recursive parser deep.
func shallow(format string, data []byte) error {
	open, line, lead := 0, 1, 0
	counting := true
	for _, c := range data {
		switch c {
		case '[', '{':
			open++
			counting = false
		case ']', '}':
			open = max(open-1, 0)
			counting = false
		case '\n':
			line++
			lead, counting = 0, true
			continue
		case ' ', '-', '?', ':':
		default:
			if counting && lead > maxIndent {
				return bad(format, line, "indented by more than %d columns", maxIndent)
			}
			counting = false
		}
		if counting {
			if lead++; lead > maxIndent*8 {
				return bad(format, line, "indented by more than %d columns", maxIndent)
			}
		}
		if open > maxFlow {
			return bad(format, line, "nested deeper than %d", MaxDepth)
		}
	}
	return nil
}

var reservedKey = regexp.MustCompile("(?m)^([ -]*)([@`%][A-Za-z0-9_.-]*):")

type yamlReader struct {
	format  string
	anchors map[string]*value
	n       int
}

func (c *yamlReader) count(v *value, size int) error {
	if c.n += size; c.n > MaxNodes {
		return bad(c.format, v.line, "more than %d values once its aliases are unfolded", MaxNodes)
	}
	return nil
}

func (c *yamlReader) node(n ast.Node, depth int) (*value, error) {
	if n == nil {
		return nil, nil
	}
	line := 0
	if t := n.GetToken(); t != nil && t.Position != nil {
		line = t.Position.Line
	}
	if depth > MaxDepth {
		return nil, bad(c.format, line, "nested deeper than %d", MaxDepth)
	}
	v := &value{line: line, size: 1}
	if err := c.count(v, 1); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		v.kind = kindMap
		return v, c.pairs(v, n.Values, depth)
	case *ast.MappingValueNode:
		v.kind = kindMap
		return v, c.pairs(v, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		v.kind = kindList
		for _, e := range n.Values {
			if err := c.add(v, "", e, depth); err != nil {
				return v, err
			}
		}
		return v, nil
	case *ast.AnchorNode:
		a, err := c.node(n.Value, depth+1)
		if a != nil && n.Name != nil {
			c.anchors[n.Name.GetToken().Value] = a
		}
		return a, err
	case *ast.AliasNode:
		return c.alias(n, v)
	case *ast.TagNode:
		return c.node(n.Value, depth+1)
	case *ast.DirectiveNode, *ast.CommentNode, *ast.CommentGroupNode:
		return nil, nil
	}
	scalar(v, n)
	return v, nil
}

func (c *yamlReader) alias(n *ast.AliasNode, v *value) (*value, error) {
	name := ""
	if n.Value != nil {
		name = n.Value.GetToken().Value
	}
	a, ok := c.anchors[name]
	if !ok {
		return v, bad(c.format, v.line, "alias of an anchor that is not there")
	}
	return a, c.count(v, a.size)
}

// pairs adds mapping entries; a merge key adds what is not there already.
func (c *yamlReader) pairs(v *value, list []*ast.MappingValueNode, depth int) error {
	var merged []*value
	for _, p := range list {
		if p.Key != nil && p.Key.IsMergeKey() {
			m, err := c.node(p.Value, depth+1)
			if err != nil {
				return err
			}
			if m.is(kindList) {
				merged = append(merged, m.vals...)
			} else if m != nil {
				merged = append(merged, m)
			}
			continue
		}
		key, err := c.key(p.Key, depth)
		if err != nil {
			return err
		}
		if err := c.add(v, key, p.Value, depth); err != nil {
			return err
		}
	}
	for _, m := range merged {
		for k, e := range m.each() {
			if m.kind == kindMap && v.child(k) == nil {
				v.put(k, e)
				v.size += e.size
			}
		}
	}
	return nil
}

func (c *yamlReader) key(n ast.MapKeyNode, depth int) (string, error) {
	if n == nil {
		return "", nil
	}
	if k, ok := n.(*ast.MappingKeyNode); ok {
		v, err := c.node(k.Value, depth+1)
		return v.str(), err
	}
	var v value
	scalar(&v, n)
	return v.text, nil
}

func (c *yamlReader) add(v *value, key string, n ast.Node, depth int) error {
	e, err := c.node(n, depth+1)
	if e == nil {
		e = &value{line: v.line, size: 1}
	}
	if v.kind == kindMap {
		v.keys = append(v.keys, key)
	}
	v.vals = append(v.vals, e)
	v.size += e.size
	return err
}

// scalar fills v from a node that has nothing below it.
func scalar(v *value, n ast.Node) {
	v.kind = kindString
	switch n := n.(type) {
	case *ast.NullNode:
		v.kind = kindNull
	case *ast.BoolNode:
		v.kind, v.text = kindBool, "false"
		if n.Value {
			v.text = "true"
		}
	case *ast.IntegerNode:
		v.kind, v.text = kindNumber, n.Token.Value
	case *ast.FloatNode:
		v.kind, v.text = kindNumber, n.Token.Value
	case *ast.StringNode:
		v.text = n.Value
	case *ast.LiteralNode:
		if n.Value != nil {
			v.text = n.Value.Value
		}
		v.line++
	case *ast.AnchorNode:
		scalar(v, n.Value)
	case *ast.TagNode:
		scalar(v, n.Value)
	default:
		if t := n.GetToken(); t != nil {
			v.text = t.Value
		}
	}
	v.text = strings.ToValidUTF8(v.text, "\ufffd")
}
