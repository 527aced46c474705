package check

import (
	"strings"

	"github.com/droverhq/drover"
)

// Tag is the value of a tag or label of a row, whoever set it: our users first,
// then the vendor's tags, labels and annotations. Keys are compared without case,
// and with - and _ alike. By says who set it: a person, a policy, or "" for the
// system that the row is of. ok is false where there is none of that key.
func (e *Estate) Tag(row int, key string) (value, by string, ok bool) {
	for _, l := range e.Graph.Labels(row) {
		if sameKey(l.Key, key) {
			return l.Value, l.By, true
		}
	}
	if value, ok = tagOf(e.Graph.Attrs(row), key); ok {
		return value, "", true
	}
	for _, m := range e.Graph.Further(row) {
		if value, ok = tagOf(e.Graph.Attrs(int(m)), key); ok {
			return value, "", true
		}
	}
	return "", "", false
}

// Str is an attribute at the top level of a row or, where it has none, of another
// member of its entity: what one source says of a thing, another may not know.
func (e *Estate) Str(row int, key string) string {
	if v := e.Graph.Str(row, key); v != "" {
		return v
	}
	for _, m := range e.Graph.Further(row) {
		if v := e.Graph.Str(int(m), key); v != "" {
			return v
		}
	}
	return ""
}

// Flag is Str for a boolean.
func (e *Estate) Flag(row int, key string) (value, known bool) {
	if value, known = e.Graph.Flag(row, key); known {
		return value, true
	}
	for _, m := range e.Graph.Further(row) {
		if value, known = e.Graph.Flag(int(m), key); known {
			return value, true
		}
	}
	return false, false
}

func tagOf(a drover.Attrs, key string) (string, bool) {
	if !mentions(a, key) {
		return "", false
	}
	for _, field := range []string{"tags", "Tags", "labels", "annotations"} {
		if v, ok := tagIn(a.Get(field), key); ok {
			return v, true
		}
	}
	return "", false
}

// tagIn looks into a map of tags, a list of {Key, Value}, or a list of words.
func tagIn(tags any, key string) (string, bool) {
	switch tags := tags.(type) {
	case map[string]any:
		for k, v := range tags {
			if sameKey(k, key) {
				s, _ := v.(string)
				return s, true
			}
		}
	case []any:
		for _, t := range tags {
			switch t := t.(type) {
			case string:
				if k, v, _ := strings.Cut(t, "="); sameKey(k, key) {
					return v, true
				}
			case map[string]any:
				for _, name := range []string{"Key", "key", "name"} {
					if k, ok := t[name].(string); ok && sameKey(k, key) {
						v, _ := t["Value"].(string)
						if v == "" {
							v, _ = t["value"].(string)
						}
						return v, true
					}
				}
			}
		}
	}
	return "", false
}

// sameKey compares keys as people spell them.
func sameKey(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if fold(a[i]) != fold(b[i]) {
			return false
		}
	}
	return true
}

func fold(c byte) byte {
	switch {
	case c == '-':
		return '_'
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	}
	return c
}

// mentions reports whether a key may stand in attributes, without decoding them.
func mentions(a drover.Attrs, key string) bool {
	for i := 0; i+len(key) <= len(a); i++ {
		if fold(a[i]) == fold(key[0]) {
			j := 1
			for j < len(key) && fold(a[i+j]) == fold(key[j]) {
				j++
			}
			if j == len(key) {
				return true
			}
		}
	}
	return false
}
