package awsiam

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/droverhq/drover"
)

// An expr is a residual condition: what is left when everything known is put in.
// Nil means true.
type expr struct {
	kind byte // 'c' clause, '&', '|', '!', '0' false
	op   string
	key  string
	vals []string
	subs []*expr
}

var falsehood = &expr{kind: '0'}

func leaf(op, key string, vals []string) *expr {
	return &expr{kind: 'c', op: op, key: key, vals: vals}
}

// conj holds when all of list do.
func conj(list ...*expr) *expr {
	var subs []*expr
	for _, e := range list {
		switch {
		case e == nil:
		case e.kind == '0':
			return falsehood
		case e.kind == '&':
			subs = append(subs, e.subs...)
		default:
			subs = append(subs, e)
		}
	}
	subs = distinct(subs)
	switch len(subs) {
	case 0:
		return nil
	case 1:
		return subs[0]
	}
	return &expr{kind: '&', subs: subs}
}

// disj holds when one of list does.
func disj(list ...*expr) *expr {
	var subs []*expr
	for _, e := range list {
		switch {
		case e == nil:
			return nil
		case e.kind == '0':
		case e.kind == '|':
			subs = append(subs, e.subs...)
		default:
			subs = append(subs, e)
		}
	}
	subs = distinct(subs)
	switch len(subs) {
	case 0:
		return falsehood
	case 1:
		return subs[0]
	}
	return &expr{kind: '|', subs: subs}
}

func negate(e *expr) *expr {
	switch {
	case e == nil:
		return falsehood
	case e.kind == '0':
		return nil
	case e.kind == '!':
		return e.subs[0]
	}
	return &expr{kind: '!', subs: []*expr{e}}
}

func distinct(list []*expr) []*expr {
	if len(list) < 2 {
		return list
	}
	var out []*expr
	seen := map[string]bool{}
	for _, e := range list {
		if text := string(e.append(nil)); !seen[text] {
			seen[text] = true
			out = append(out, e)
		}
	}
	return out
}

// attrs is e in the form of access.Decision.Condition. Clauses that must hold
// together and do not share an operator's key are one Condition block.
func (e *expr) attrs() drover.Attrs {
	if e == nil {
		return nil
	}
	b := e.append(nil)
	if len(b) > drover.MaxAttrs {
		return drover.NewAttrs(json.RawMessage(b)) // shortened
	}
	return drover.Attrs(b)
}

// append writes e as canonical JSON.
func (e *expr) append(b []byte) []byte {
	switch e.kind {
	case 'c':
		return appendBlock(b, []*expr{e})
	case '!':
		return append(e.subs[0].append(append(b, `{"not":`...)), '}')
	case '|':
		return append(appendList(append(b, `{"any":`...), e.subs), '}')
	case '&':
		if isBlock(e.subs) {
			return appendBlock(b, e.subs)
		}
		return append(appendList(append(b, `{"all":`...), e.subs), '}')
	}
	return append(b, `{"any":[]}`...)
}

func appendList(b []byte, list []*expr) []byte {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.append(b)
	}
	return append(b, ']')
}

// isBlock is whether all of list are clauses with a key of their own.
func isBlock(list []*expr) bool {
	for i, e := range list {
		if e.kind != 'c' || slices.ContainsFunc(list[:i], func(f *expr) bool { return e.op == f.op && e.key == f.key }) {
			return false
		}
	}
	return true
}

func appendBlock(b []byte, list []*expr) []byte {
	list = slices.Clone(list)
	slices.SortFunc(list, func(e, f *expr) int { return cmp.Or(cmp.Compare(e.op, f.op), cmp.Compare(e.key, f.key)) })
	b = append(b, '{')
	for i, e := range list {
		switch {
		case i == 0:
			b = append(appendText(b, e.op), `:{`...)
		case e.op == list[i-1].op:
			b = append(b, ',')
		default:
			b = append(appendText(append(b, `},`...), e.op), `:{`...)
		}
		b = append(appendText(b, e.key), `:[`...)
		for k, v := range e.vals {
			if k > 0 {
				b = append(b, ',')
			}
			b = appendText(b, v)
		}
		b = append(b, ']')
	}
	return append(b, `}}`...)
}

// appendText writes a JSON string without escapes for HTML.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			var w bytes.Buffer
			enc := json.NewEncoder(&w)
			enc.SetEscapeHTML(false)
			if enc.Encode(s) != nil { // a string always encodes
				return append(b, `""`...)
			}
			return append(b, bytes.TrimSuffix(w.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// residual is what of the statement's match is unknown; the match must be maybe.
func (r *rule) residual(q *query) *expr {
	var list []*expr
	if r.guess {
		list = append(list, leaf("Unreadable", "Statement", []string{"parts that AWS refuses"}))
	}
	if r.matchResource(q) == maybe {
		key := "Resource"
		if r.notResource {
			key = "NotResource"
		}
		list = append(list, leaf(key, q.resource.text, r.given()))
	}
	for i := range r.clauses {
		c := &r.clauses[i]
		if c.eval(q) == maybe {
			list = append(list, leaf(c.name, c.given, c.texts()))
		}
	}
	return conj(list...)
}

func (c *clause) texts() []string {
	out := make([]string, len(c.operands))
	for i := range c.operands {
		out[i] = c.operands[i].text
	}
	return out
}
