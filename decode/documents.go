package decode

import (
	"encoding/json"
	"iter"
	"math"
	"strconv"
	"strings"
)

// A Tree is one value of a YAML or JSON document and all below it, with the
// lines where they stand. The zero Tree is an absent value; its methods work.
type Tree struct{ v *value }

// maxUnfolded is how much text a document may have once its aliases are
// unfolded, in bytes: values are counted where they are read, their length is not.
const maxUnfolded = 4 * MaxSize

// Documents reads every document of a YAML or JSON file; format names it in
// errors. Beside an error it returns the documents read before it, see [Complete].
// Of a key that is given twice the last value counts.
func Documents(format string, data []byte) ([]Tree, error) {
	docs, err := parseYAML(format, data)
	var out []Tree
	for _, v := range docs {
		if v == nil {
			continue
		}
		if left := maxUnfolded; !v.within(&left) {
			return out, bad(format, v.line, "more than %d bytes of text once its aliases are unfolded", maxUnfolded)
		}
		out = append(out, Tree{v})
	}
	return out, err
}

// within takes the text of v and all below it from left, and reports whether
// there was enough.
func (v *value) within(left *int) bool {
	if *left -= len(v.text) + 1; *left < 0 {
		return false
	}
	for i, c := range v.vals {
		if v.kind == kindMap {
			*left -= len(v.keys[i])
		}
		if !c.within(left) {
			return false
		}
	}
	return true
}

// Line is where the value begins, counted from 1; 0 for an absent one.
func (t Tree) Line() int { return t.v.at() }

// Get follows keys, and indices of lists.
func (t Tree) Get(path ...string) Tree { return Tree{t.v.get(path...)} }

// Str is the text of the scalar at the path, "" where there is none.
func (t Tree) Str(path ...string) string { return t.v.str(path...) }

// Map and List report what the value is; a scalar, null or absent one is neither.
func (t Tree) Map() bool  { return t.v.is(kindMap) }
func (t Tree) List() bool { return t.v.is(kindList) }

// Each yields the pairs of a map, or the elements of a list with their index.
func (t Tree) Each() iter.Seq2[string, Tree] {
	return func(yield func(string, Tree) bool) {
		for k, c := range t.v.each() {
			if !yield(k, Tree{c}) {
				return
			}
		}
	}
}

// Value is the tree as encoding/json would hold it, with [json.Number] for
// numbers: map[string]any, []any, string, bool, nil.
func (t Tree) Value() any { return t.v.as(number) }

// number is a number as JSON spells it. YAML has more spellings (0644, 0x1f,
// 1_000); what JSON has no number for (.inf) stays a text.
func number(s string) any {
	if json.Valid([]byte(s)) {
		return json.Number(s)
	}
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return json.Number(strconv.FormatInt(n, 10))
	}
	if f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return s
}
