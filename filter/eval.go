package filter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/droverhq/drover"
)

// compare is one field against one value.
type compare struct {
	field   Field
	path    []string
	op      string // ":", "=", "<", "<=", ">", ">="
	text    string
	num     int64 // for numbers and moments
	until   int64 // a date's end, exclusive; 0: num is one moment
	float   float64
	isNum   bool
	unknown bool // field:unknown
}

func (c compare) explain() string {
	name := c.field.Name
	if len(c.path) > 0 {
		name += "." + strings.Join(c.path, ".")
	}
	if c.unknown {
		return name + " is unknown"
	}
	return name + c.op + fmt.Sprintf("%q", c.text)
}

func (c compare) eval(t *Table) (mask, error) {
	if c.field.Type == Attrs {
		return t.kept(c.key(), func() mask { return c.attr(t) }), nil
	}
	col := t.Columns[c.field.Name]
	if col == nil {
		return mask{}, fmt.Errorf("filter: %s does not apply to what is listed: %w", c.field.Name, drover.ErrInvalid)
	}
	if col.Bare != nil && !c.unknown && !strings.Contains(c.text, ".") {
		col = col.Bare
	}
	if col.Numbers != nil { // who asks is told apart
		return c.ints(t, col.Int64s()), nil
	}
	return t.kept(c.key(), func() mask { return c.column(t, col) }), nil
}

func (c compare) column(t *Table, col *Column) mask {
	switch {
	case col.Ints != nil:
		return c.ints(t, col.Ints)
	case col.Ends != nil:
		return c.list(t, col)
	case col.Codes != nil:
		return c.dict(t, col)
	case col.Texts != nil:
		return c.texts(t, col)
	}
	return c.plain(t, col)
}

func (c compare) ints(t *Table, ints []int64) mask {
	if c.unknown {
		return each(t.Rows, func(i int) int { return sign(ints[i] == Unknown) })
	}
	from, to, some := c.bounds()
	m := mask{yes: newBitset(t.Rows), no: newBitset(t.Rows)}
	width := uint64(to) - uint64(from)
	for w := range m.yes {
		var yes, known uint64
		base := w << 6
		for i, v := range ints[base:min(base+64, t.Rows)] { // without a branch: any half of them may match
			yes |= one(uint64(v)-uint64(from) <= width) << (i & 63)
			known |= one(v != Unknown) << (i & 63)
		}
		if !some {
			yes = 0
		}
		m.yes[w], m.no[w] = yes, known&^yes
	}
	return m
}

func one(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// bounds are the least and the greatest number that the comparison holds for; some
// is false where it holds for none. Unknown lies below all.
func (c compare) bounds() (from, to int64, some bool) {
	last := c.until - 1
	if c.until == 0 {
		last = c.num
	}
	from, to = Unknown+1, math.MaxInt64
	switch c.op {
	case "<":
		if c.num == math.MinInt64 {
			return 0, 0, false
		}
		to = c.num - 1
	case "<=":
		to = last
	case ">":
		if last == math.MaxInt64 {
			return 0, 0, false
		}
		from = last + 1
	case ">=":
		from = max(from, c.num)
	default:
		from, to = max(from, c.num), last
	}
	return from, to, from <= to
}

func sign(b bool) int {
	if b {
		return 1
	}
	return -1
}

// verdicts evaluates the comparison once per distinct value.
func (c compare) verdicts(col *Column) []int8 {
	match := c.matcher()
	out := make([]int8, len(col.Dict))
	for i, v := range col.Dict {
		switch {
		case c.unknown:
			out[i] = int8(sign(i == 0 && !col.None || v == "unknown"))
		case i == 0 && col.None:
			out[i] = int8(sign(strings.EqualFold(c.text, "none")))
		case i == 0:
			out[i] = 0
		default:
			out[i] = int8(sign(match(v)))
		}
	}
	return out
}

func (c compare) dict(t *Table, col *Column) mask {
	verdict := c.verdicts(col)
	m := mask{yes: newBitset(t.Rows), no: newBitset(t.Rows)}
	for w := range m.yes {
		var yes, no uint64
		base := w << 6
		for i, code := range col.Codes[base:min(base+64, t.Rows)] {
			v := verdict[code]
			yes |= uint64(v+1) >> 1 & 1 << i
			no |= uint64(v) >> 63 << i
		}
		m.yes[w], m.no[w] = yes, no
	}
	return m
}

func (c compare) list(t *Table, col *Column) mask {
	none := strings.EqualFold(c.text, "none")
	match := c.matcher()
	hit := make([]bool, len(col.Dict))
	for i, v := range col.Dict {
		hit[i] = !c.unknown && match(v)
	}
	return each(t.Rows, func(i int) int {
		from := uint32(0)
		if i > 0 {
			from = col.Ends[i-1]
		}
		codes := col.Codes[from:col.Ends[i]]
		if len(codes) == 0 && none {
			return 1
		}
		for _, code := range codes {
			if hit[code] {
				return 1
			}
		}
		return -1
	})
}

func (c compare) plain(t *Table, col *Column) mask {
	none := col.None && strings.EqualFold(c.text, "none")
	if col.Folded != nil && c.searchable() && !col.None {
		yes := t.found(c.field.Name, c.text)
		return mask{yes: yes, no: col.Folded().some.and(yes.inverse(t.Rows))}
	}
	match := c.matcher()
	return each(t.Rows, func(i int) int {
		switch v := col.Text(i); {
		case v != "" && !c.unknown:
			return sign(match(v))
		case c.unknown:
			return sign(v == "" && !col.None)
		case col.None:
			return sign(none)
		}
		return 0
	})
}

func (c compare) texts(t *Table, col *Column) mask {
	none := strings.EqualFold(c.text, "none")
	if col.Folded != nil && c.searchable() && !none {
		yes := t.found(c.field.Name, c.text)
		return mask{yes: yes, no: yes.inverse(t.Rows)}
	}
	match := c.matcher()
	return each(t.Rows, func(i int) int {
		list := col.Texts(i)
		if len(list) == 0 && none {
			return 1
		}
		for _, v := range list {
			if !c.unknown && match(v) {
				return 1
			}
		}
		return -1
	})
}

func (c compare) attr(t *Table) mask {
	match, get := c.matcher(), t.Attr(c.path)
	return each(t.Rows, func(i int) int {
		v := get(i)
		if c.unknown || v == nil {
			if c.unknown {
				return sign(v == nil)
			}
			return 0
		}
		return c.raw(v, match)
	})
}

// raw compares a raw JSON value: what is common without decoding it.
func (c compare) raw(v []byte, match func(string) bool) int {
	switch {
	case len(v) >= 2 && v[0] == '"' && bytes.IndexByte(v, '\\') < 0:
		return sign(match(unsafe.String(&v[1], len(v)-2)))
	case v[0] == '{':
		return -1
	case v[0] == 't' || v[0] == 'f':
		return sign(strings.EqualFold(c.text, string(v)))
	case v[0] == '[' || v[0] == '"':
		d := json.NewDecoder(bytes.NewReader(v))
		d.UseNumber()
		var x any
		if d.Decode(&x) != nil {
			return -1
		}
		return c.value(x, match)
	}
	return c.value(json.Number(v), match)
}

func (c compare) value(v any, match func(string) bool) int {
	switch v := v.(type) {
	case string:
		return sign(match(v))
	case bool:
		return sign(strings.EqualFold(c.text, fmt.Sprint(v)))
	case json.Number:
		f, err := v.Float64()
		if err != nil || !c.isNum {
			return sign(match(v.String()))
		}
		switch c.op {
		case "<":
			return sign(f < c.float)
		case "<=":
			return sign(f <= c.float)
		case ">":
			return sign(f > c.float)
		case ">=":
			return sign(f >= c.float)
		}
		return sign(f == c.float)
	case []any:
		for _, e := range v {
			if c.value(e, match) == 1 {
				return 1
			}
		}
		return -1
	}
	return -1
}

// matcher compiles the text comparison: a star is a wildcard, `:` is has for
// vocabularies and contains for text, `=` is the whole value.
func (c compare) matcher() func(string) bool {
	want, fold := c.text, c.field.Enum || c.op == ":"
	if fold {
		want = strings.ToLower(want)
	}
	whole := c.op == "=" || c.field.Enum
	if strings.Contains(want, "*") {
		if !whole {
			want = "*" + want + "*"
		}
		return func(v string) bool {
			if fold {
				v = strings.ToLower(v)
			}
			return wildcard(want, v)
		}
	}
	switch {
	case whole && fold && c.field.Canon != nil:
		canon := strings.ToLower(c.field.Canon(c.text))
		return func(v string) bool { return strings.EqualFold(v, c.text) || strings.EqualFold(c.field.Canon(v), canon) }
	case whole && fold:
		return func(v string) bool { return strings.EqualFold(v, c.text) }
	case whole:
		return func(v string) bool { return v == want }
	}
	return func(v string) bool { return containsFold(v, want) }
}

// Match reports whether a text matches a pattern in which * stands for any
// text. Case counts.
func Match(pattern, text string) bool { return wildcard(pattern, text) }

// wildcard matches a pattern in which * stands for any text, in O(len(p)*len(s))
// at worst.
func wildcard(p, s string) bool {
	star, mark, i, j := -1, 0, 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && p[i] == s[j]:
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(p[i:], "*") == ""
}

// containsFold reports whether s holds lower, which is in lower case. ASCII is
// compared in place; anything else is folded first.
func containsFold(s, lower string) bool {
	if lower == "" {
		return true
	}
	first, upper := lower[0], lower[0]
	if 'a' <= first && first <= 'z' {
		upper -= 32
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf { // its lower case may be longer
			return strings.Contains(strings.ToLower(s), lower)
		}
		if i+len(lower) <= len(s) && (s[i] == first || s[i] == upper) && strings.EqualFold(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

// words is a bare word: it is looked for in the name, the ref and the aliases.
type words struct{ text string }

func (w words) explain() string { return fmt.Sprintf("any text holds %q", w.text) }

func (w words) eval(t *Table) (mask, error) {
	return t.kept(maskKey{text: w.text}, func() mask { return w.find(t) }), nil
}

func (w words) find(t *Table) mask {
	c := compare{op: ":", text: w.text}
	if len(t.Searched) > 0 && c.searchable() {
		yes := newBitset(t.Rows)
		for _, name := range t.Searched {
			for i, w := range t.found(name, w.text) {
				yes[i] |= w
			}
		}
		return mask{yes: yes, no: yes.inverse(t.Rows)}
	}
	match := c.matcher()
	return each(t.Rows, func(i int) int {
		for _, s := range t.Words(i) {
			if match(s) {
				return 1
			}
		}
		return -1
	})
}
