package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

const (
	maxFlow   = 4000 // brackets open at once before the YAML and TOML libraries are asked
	maxIndent = 2000 // columns of indentation and "- - -" at the start of a line
	maxDocs   = 10000
	// maxTags is how many lines may begin with %, as directives do: the library
	// compares each with all before it.
	maxTags = 1000
)

// parseYAML reads every document of a YAML file; JSON is taken as JSON first.
// Beside an error it returns the documents read before it. A key that is given
// twice is told by an error that is only a note (see [Complete]); of its values
// the last one counts, as value.get has it, and both are kept.
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
	if err := bounded(format, data); err != nil {
		return nil, err
	}
	docs, err = yamlDocs(format, data)
	if Complete(err) {
		return docs, err
	}
	// Some vendors write names that YAML reserves ("@type: String") bare.
	if again := reservedKey.ReplaceAll(data, []byte(`$1"$2":`)); !bytes.Equal(again, data) {
		if more, againErr := yamlDocs(format, again); againErr == nil || len(more) > len(docs) {
			return more, againErr
		}
	}
	return docs, err
}

// yamlDocs reads documents until the text ends or cannot be read on.
func yamlDocs(format string, data []byte) (docs []*value, err error) {
	// The library is large and its input is not ours: a panic in it is an
	// unreadable file, not the end of the scan.
	defer func() {
		if recover() != nil {
			err = bad(format, 0, "the YAML cannot be read")
		}
	}()
	l, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(yamlLimits{}))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", format, err)
	}
	c := yamlReader{format: format, twice: complaints{format: format}}
	for {
		var n yaml.Node
		if err := l.Load(&n); errors.Is(err, io.EOF) {
			return docs, c.twice.err()
		} else if err != nil {
			return docs, errors.Join(c.twice.err(), yamlError(format, err))
		}
		if len(docs) >= maxDocs {
			return docs, bad(format, n.Line, "more than %d documents", maxDocs)
		}
		c.done = map[*yaml.Node]*value{}
		v, err := c.node(&n, 0)
		if v != nil {
			docs = append(docs, v)
		}
		if err != nil {
			return docs, errors.Join(c.twice.err(), err)
		}
	}
}

// oneYAML returns the first document.
func oneYAML(format string, data []byte) (*value, error) {
	docs, err := parseYAML(format, data)
	if len(docs) == 0 {
		return nil, err
	}
	return docs[0], err
}

// yamlLimits makes the library stop where we would.
type yamlLimits struct{}

var errDeep = fmt.Errorf("nested deeper than %d", MaxDepth)

// CheckDepth is asked at each map and list, before it is read.
func (yamlLimits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > MaxDepth+2 { // maps and their keys count apart there
		return errDeep
	}
	return nil
}

// CheckAlias is asked when aliases are unfolded, which yamlReader does itself.
func (yamlLimits) CheckAlias(int, int) error { return nil }

// yamlError keeps the place of the library's message and drops its text, which
// may quote a secret.
func yamlError(format string, err error) error {
	line := 0
	var at *yaml.LoadError
	if errors.As(err, &at) {
		line = at.Mark.Line
	}
	return bad(format, line, "not valid YAML")
}

// bounded refuses text that would drive a recursive parser deep, or make it
// build more values than are taken. Each value costs at least one of the marks
// counted here; few texts that people write have as many marks as values.
func bounded(format string, data []byte) error {
	open, line, lead, marks, tags, quotes := 0, 1, 0, 0, 0, 0
	counting := true
	for i, c := range data {
		if c == '%' && lead == 0 && counting {
			if tags++; tags > maxTags {
				return bad(format, line, "more than %d directives", maxTags)
			}
		}
		switch c {
		case '[', '{':
			open++
			marks++
			counting = false
		case ']', '}':
			open = max(open-1, 0)
			counting = false
		case ',', '&', '*':
			marks++
			if open > 0 {
				marks++ // there each comma ends a value
			}
			counting = false
		case '"', '\'':
			quotes++
			counting = false
		case '\n', '\r':
			if c == '\n' {
				line++
			}
			if i > 0 && data[i-1] != '\n' {
				marks++
			}
			lead, counting = 0, true
			continue
		case ' ':
		case '-', '?', ':':
			marks++
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
	if marks+quotes/2 > 2*MaxNodes {
		return bad(format, 0, "more than %d values", MaxNodes)
	}
	return nil
}

var reservedKey = regexp.MustCompile("(?m)^([ -]*)([@`%][A-Za-z0-9_.-]*):")

// A yamlReader turns the library's nodes into values.
type yamlReader struct {
	format string
	done   map[*yaml.Node]*value // anchors of this document; nil while one is being read
	twice  complaints
	n      int // values of all documents
}

func (c *yamlReader) count(line, size int) error {
	if c.n += size; c.n > MaxNodes {
		return bad(c.format, line, "more than %d values once its aliases are unfolded", MaxNodes)
	}
	return nil
}

func (c *yamlReader) node(n *yaml.Node, depth int) (*value, error) {
	switch {
	case depth > MaxDepth:
		return nil, bad(c.format, n.Line, "nested deeper than %d", MaxDepth)
	case n.Kind == yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil
		}
		return c.node(n.Content[0], depth)
	case n.Kind == yaml.AliasNode:
		return c.alias(n, depth)
	}
	v := &value{line: n.Line, size: 1}
	if err := c.count(n.Line, 1); err != nil {
		return nil, err
	}
	if n.Anchor != "" {
		c.done[n] = nil
	}
	var err error
	switch n.Kind {
	case yaml.MappingNode:
		v.kind = kindMap
		err = c.pairs(v, n.Content, depth)
	case yaml.SequenceNode:
		v.kind = kindList
		for _, e := range n.Content {
			if err = c.add(v, "", e, depth); err != nil {
				break
			}
		}
	default:
		scalar(v, n)
	}
	if n.Anchor != "" {
		c.done[n] = v
	}
	return v, err
}

func (c *yamlReader) alias(n *yaml.Node, depth int) (*value, error) {
	a := c.done[n.Alias]
	switch {
	case a == nil:
		return &value{line: n.Line, size: 1}, bad(c.format, n.Line, "alias of an anchor that is not there, or that it is part of")
	case depth+int(a.height) > MaxDepth:
		return nil, bad(c.format, n.Line, "nested deeper than %d", MaxDepth)
	}
	return a, c.count(n.Line, a.size)
}

// pairs adds mapping entries; a merge key adds what is not there already.
func (c *yamlReader) pairs(v *value, list []*yaml.Node, depth int) error {
	var merged []*value
	for i := 0; i+1 < len(list); i += 2 {
		k, e := list[i], list[i+1]
		if k.Tag == "!!merge" {
			m, err := c.node(e, depth+1)
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
		key, err := c.node(k, depth+1)
		if err != nil {
			return err
		}
		if err := c.add(v, key.str(), e, depth); err != nil {
			return err
		}
	}
	return c.settle(v, list, merged)
}

// settle notes keys that stand twice and adds what merge keys bring.
func (c *yamlReader) settle(v *value, list []*yaml.Node, merged []*value) error {
	own := make(map[string]bool, len(v.keys))
	at := 0
	for i := 0; i+1 < len(list); i += 2 {
		if list[i].Tag == "!!merge" {
			continue
		}
		if own[v.keys[at]] && list[i].Kind == yaml.ScalarNode {
			c.twice.note(list[i].Line, "a key is given twice in one map, the last value counts")
		}
		own[v.keys[at]] = true
		at++
	}
	for _, m := range merged {
		if !m.is(kindMap) {
			continue
		}
		for k, e := range m.each() {
			if !own[k] {
				own[k] = true
				v.put(k, e)
				v.grow(e)
			}
		}
	}
	return nil
}

func (c *yamlReader) add(v *value, key string, n *yaml.Node, depth int) error {
	e, err := c.node(n, depth+1)
	if e == nil {
		e = &value{line: n.Line, size: 1}
	}
	if v.kind == kindMap {
		v.keys = append(v.keys, key)
	}
	v.vals = append(v.vals, e)
	v.grow(e)
	return err
}

// scalar fills v from a node that has nothing below it. A tag of somebody's
// own ("!vault") leaves a string.
func scalar(v *value, n *yaml.Node) {
	v.kind, v.text = kindString, strings.ToValidUTF8(n.Value, "\ufffd")
	switch n.Tag {
	case "!!null":
		if n.Style&yaml.TaggedStyle == 0 || n.Value == "" {
			v.kind, v.text = kindNull, ""
		}
	case "!!bool":
		if t := strings.ToLower(n.Value); t == "true" || t == "false" {
			v.kind, v.text = kindBool, t
		}
	case "!!int", "!!float":
		v.kind = kindNumber
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		v.line++ // the text starts below its | or >
	}
}
