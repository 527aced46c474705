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
	a := e.Graph.Attrs(row)
	if !mentions(a, key) {
		return "", "", false
	}
	for _, field := range []string{"tags", "Tags", "labels", "annotations"} {
		if v, ok := tagIn(a.Get(field), key); ok {
			return v, "", true
		}
	}
	return "", "", false
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
