package decode

import (
	"bytes"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// parseTOML reads TOML with lines. Beside an error it returns the expressions
// before it. A key set twice is kept twice.
func parseTOML(format string, data []byte) (root *value, err error) {
	root = &value{kind: kindMap, line: 1}
	if data, err = clean(format, data); err != nil {
		return root, err
	}
	if err := bounded(format, data); err != nil {
		return root, err
	}
	defer func() {
		if recover() != nil {
			err = bad(format, 0, "the TOML cannot be read")
		}
	}()
	var p unstable.Parser
	p.Reset(data)
	r := tomlReader{format: format, data: data, line: 1}
	table := root
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			keys, line := r.keys(e)
			if len(keys) > MaxDepth {
				return root, bad(format, line, "nested deeper than %d", MaxDepth)
			}
			table = descend(root, keys, line, e.Kind == unstable.ArrayTable)
		case unstable.KeyValue:
			if err := r.pair(table, e, 0); err != nil {
				return root, err
			}
		}
	}
	if p.Error() != nil {
		return root, bad(format, r.line, "not valid TOML at or after this line")
	}
	return root, nil
}

// descend finds or makes the table of a header.
func descend(v *value, keys []string, line int, array bool) *value {
	for i, k := range keys {
		last := i == len(keys)-1
		c := v.child(k)
		if c.is(kindList) && len(c.vals) > 0 && !(last && array) {
			v = c.vals[len(c.vals)-1]
			continue
		}
		if last && array {
			if !c.is(kindList) {
				c = &value{kind: kindList, line: line}
				v.put(k, c)
			}
			e := &value{kind: kindMap, line: line}
			c.vals = append(c.vals, e)
			return e
		}
		if !c.is(kindMap) {
			c = &value{kind: kindMap, line: line}
			v.put(k, c)
		}
		v = c
	}
	return v
}

type tomlReader struct {
	format   string
	data     []byte
	at, line int // line of offset at
	n        int
}

func (r *tomlReader) keys(e *unstable.Node) (keys []string, line int) {
	line = r.line
	for it := e.Key(); it.Next(); {
		k := it.Node()
		if off := int(k.Raw.Offset); len(keys) == 0 && off >= r.at && off <= len(r.data) {
			r.line += bytes.Count(r.data[r.at:off], []byte("\n"))
			r.at = off
			line = r.line
		}
		keys = append(keys, string(k.Data))
	}
	return keys, line
}

func (r *tomlReader) pair(table *value, e *unstable.Node, depth int) error {
	keys, line := r.keys(e)
	if len(keys) == 0 || len(keys)+depth > MaxDepth {
		return bad(r.format, line, "nested deeper than %d", MaxDepth)
	}
	v, err := r.value(e.Value(), line, depth+1)
	if v != nil {
		descend(table, keys[:len(keys)-1], line, false).put(keys[len(keys)-1], v)
	}
	return err
}

func (r *tomlReader) value(n *unstable.Node, line, depth int) (*value, error) {
	if r.n++; r.n > MaxNodes || depth > MaxDepth {
		return nil, bad(r.format, line, "more than %d values or nested deeper than %d", MaxNodes, MaxDepth)
	}
	v := &value{line: line, size: 1}
	switch n.Kind {
	case unstable.Array:
		v.kind = kindList
		for it := n.Children(); it.Next(); {
			c, err := r.value(it.Node(), line, depth+1)
			if err != nil {
				return v, err
			}
			v.vals = append(v.vals, c)
		}
		return v, nil
	case unstable.InlineTable:
		v.kind = kindMap
		for it := n.Children(); it.Next(); {
			if err := r.pair(v, it.Node(), depth+1); err != nil {
				return v, err
			}
		}
		return v, nil
	case unstable.Bool:
		v.kind = kindBool
	case unstable.Integer, unstable.Float:
		v.kind = kindNumber
	default:
		v.kind = kindString
	}
	v.text = strings.ToValidUTF8(string(n.Data), "\ufffd")
	return v, nil
}
