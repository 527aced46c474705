package decode

import (
	"iter"
	"strconv"
	"strings"
)

// A value is one node of a JSON, YAML or TOML document with the line where it
// stands. All its methods work on nil, which is an absent value.
type value struct {
	kind   kind
	height uint16 // levels below this one, aliases unfolded
	text   string // scalars: the text as written, strings decoded
	line   int
	size   int            // values below and with this one, aliases unfolded
	keys   []string       // maps: in order, duplicates kept
	vals   []*value       // maps and lists
	index  map[string]int // of the last of each key, for the first seen keys
	seen   int
}

type kind byte

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindMap
	kindList
)

// get follows keys and list indices; of duplicate keys the last wins.
func (v *value) get(path ...string) *value {
	for _, k := range path {
		v = v.child(k)
	}
	return v
}

func (v *value) child(k string) *value {
	if v == nil {
		return nil
	}
	if v.kind == kindList {
		if i, err := strconv.Atoi(k); err == nil && i >= 0 && i < len(v.vals) {
			return v.vals[i]
		}
		return nil
	}
	if len(v.keys) <= fewKeys {
		for i := len(v.keys) - 1; i >= 0; i-- {
			if v.keys[i] == k {
				return v.vals[i]
			}
		}
		return nil
	}
	if v.index == nil {
		v.index = make(map[string]int, len(v.keys))
	}
	for ; v.seen < len(v.keys); v.seen++ {
		v.index[v.keys[v.seen]] = v.seen
	}
	if i, ok := v.index[k]; ok {
		return v.vals[i]
	}
	return nil
}

// fewKeys is how many keys are searched one by one; more get an index, so that
// a file of a million keys does not cost the square of that.
const fewKeys = 16

// grow accounts for a child that was added.
func (v *value) grow(c *value) {
	v.size += c.size
	v.height = max(v.height, c.height+1)
}

// first returns the first of several keys that is there.
func (v *value) first(keys ...string) *value {
	for _, k := range keys {
		if c := v.child(k); c != nil {
			return c
		}
	}
	return nil
}

// str returns a scalar's text; "" for null, maps and lists.
func (v *value) str(path ...string) string {
	if v = v.get(path...); v == nil || v.kind == kindMap || v.kind == kindList {
		return ""
	}
	return v.text
}

// strs returns the scalars of a list, or the one scalar there.
func (v *value) strs(path ...string) []string {
	v = v.get(path...)
	if v == nil || v.kind == kindMap || v.kind == kindNull {
		return nil
	}
	if v.kind != kindList {
		return []string{v.text}
	}
	var out []string
	for _, e := range v.vals {
		if e.kind != kindMap && e.kind != kindList && e.kind != kindNull {
			out = append(out, e.text)
		}
	}
	return out
}

// yes reports a boolean, also one spelled as a string; known is false otherwise.
func (v *value) yes(path ...string) (yes, known bool) {
	switch strings.ToLower(v.str(path...)) {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	return false, false
}

func (v *value) is(k kind) bool { return v != nil && v.kind == k }

// at returns the line, 0 for an absent value.
func (v *value) at() int {
	if v == nil {
		return 0
	}
	return v.line
}

// each yields the pairs of a map, or the elements of a list with their index.
func (v *value) each(path ...string) iter.Seq2[string, *value] {
	v = v.get(path...)
	return func(yield func(string, *value) bool) {
		if v == nil {
			return
		}
		for i, c := range v.vals {
			k := strconv.Itoa(i)
			if v.kind == kindMap {
				k = v.keys[i]
			}
			if !yield(k, c) {
				return
			}
		}
	}
}

// walk calls fn for v and everything below it; a false answer skips what is
// below. The path is valid during the call only.
func (v *value) walk(fn func(path []string, v *value) bool) { v.walkAt(nil, fn) }

func (v *value) walkAt(path []string, fn func([]string, *value) bool) {
	if v == nil || len(path) > MaxDepth || !fn(path, v) {
		return
	}
	for k, c := range v.each() {
		c.walkAt(append(path, k), fn)
	}
}

// put adds a pair to a map.
func (v *value) put(k string, c *value) {
	v.keys, v.vals = append(v.keys, k), append(v.vals, c)
}

// plain returns the tree as encoding/json would hold it, numbers as strings
// kept as written, for canonical attributes.
func (v *value) plain() any { return v.as(func(s string) any { return s }) }

// as is plain with numbers as asked for.
func (v *value) as(number func(string) any) any {
	if v == nil {
		return nil
	}
	switch v.kind {
	case kindMap:
		m := make(map[string]any, len(v.keys))
		for k, c := range v.each() {
			m[k] = c.as(number)
		}
		return m
	case kindList:
		l := make([]any, len(v.vals))
		for i, c := range v.vals {
			l[i] = c.as(number)
		}
		return l
	case kindBool:
		return v.text == "true"
	case kindNull:
		return nil
	case kindNumber:
		return number(v.text)
	}
	return v.text
}

// joinPath prints a key path: "a.b[0].c", keys with dots quoted.
func joinPath(path ...string) string {
	var b strings.Builder
	for i, k := range path {
		switch _, err := strconv.Atoi(k); {
		case err == nil && i > 0:
			b.WriteString("[" + k + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if strings.ContainsAny(k, ". \t\n[]\"") {
			k = strconv.Quote(k)
		}
		b.WriteString(k)
	}
	return b.String()
}

func itoa(i int) string { return strconv.Itoa(i) }
