package filter

import "time"

// Mentions reports whether a filter compares a field by that name, however it is spelled
// and however deep it stands. A word or a value that contains the name is no mention.
func (f *Filter) Mentions(field string) bool { return f.root != nil && mentions(f.root, field) }

// Mentions is Filter.Mentions of a text; false where it is no filter over these fields.
func Mentions(text string, fields []Field, field string) bool {
	f, err := Parse(text, fields, time.Time{})
	return err == nil && f.Mentions(field)
}

func mentions(n node, field string) bool {
	switch n := n.(type) {
	case and:
		return mentions(n.a, field) || mentions(n.b, field)
	case or:
		return mentions(n.a, field) || mentions(n.b, field)
	case not:
		return mentions(n.a, field)
	case compare:
		return n.field.Name == field
	}
	return false
}
