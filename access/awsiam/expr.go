package awsiam

import (
	"bytes"
	"encoding/json"

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
	done map[string]any // of 'w', a condition that is finished
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
	var out []*expr
	var seen [][]byte
next:
	for _, e := range list {
		b := drover.NewAttrs(e.plain())
		for _, s := range seen {
			if bytes.Equal(s, b) {
				continue next
			}
		}
		seen = append(seen, b)
		out = append(out, e)
	}
	return out
}

// plain is e in the form of access.Decision.Condition. Clauses that must hold
// together and do not share an operator's key are one Condition block.
func (e *expr) plain() map[string]any {
	switch e.kind {
	case 'c':
		return map[string]any{e.op: map[string]any{e.key: e.vals}}
	case 'w':
		return e.done
	case '!':
		return map[string]any{"not": e.subs[0].plain()}
	case '|':
		return map[string]any{"any": plainList(e.subs)}
	case '&':
		if m := block(e.subs); m != nil {
			return m
		}
		return map[string]any{"all": plainList(e.subs)}
	}
	return map[string]any{"any": []any{}}
}

func plainList(list []*expr) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = e.plain()
	}
	return out
}

func block(list []*expr) map[string]any {
	m := map[string]any{}
	for _, e := range list {
		if e.kind != 'c' {
			return nil
		}
		keys, _ := m[e.op].(map[string]any)
		if keys == nil {
			keys = map[string]any{}
			m[e.op] = keys
		}
		if _, twice := keys[e.key]; twice {
			return nil
		}
		keys[e.key] = e.vals
	}
	return m
}

func (e *expr) attrs() drover.Attrs {
	if e == nil {
		return nil
	}
	return drover.NewAttrs(e.plain())
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

// wrap makes an expr of a finished condition.
func wrap(a drover.Attrs) *expr {
	var m map[string]any
	if len(a) == 0 || json.Unmarshal(a, &m) != nil {
		return nil
	}
	return &expr{kind: 'w', done: m}
}
