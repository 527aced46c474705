package filter

import "strings"

// A part is one term of a filter whose terms must all hold.
type part struct {
	from, to int    // bytes of the text
	field    string // the one field that the term compares; "" where it compares several, or searches
}

// Without is the filter less the terms that compare one field and nothing else:
// what a list would hold if its user had chosen nothing of that field. Where no
// such term can be told apart, it is the text as it was given.
func (f *Filter) Without(field string) string {
	var rest []string
	for _, p := range f.parts {
		if p.field != field {
			rest = append(rest, f.text[p.from:p.to])
		}
	}
	if len(rest) == len(f.parts) {
		return f.text
	}
	return strings.Join(rest, " ")
}

// fieldOf is the one field that a term compares, "" where there is no such.
func fieldOf(n node) string {
	switch n := n.(type) {
	case compare:
		return strings.Join(append([]string{n.field.Name}, n.path...), ".")
	case not:
		return fieldOf(n.a)
	case and:
		return same(n.a, n.b)
	case or:
		return same(n.a, n.b)
	}
	return ""
}

func same(a, b node) string {
	if f := fieldOf(a); f == fieldOf(b) {
		return f
	}
	return ""
}
