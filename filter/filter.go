// Package filter is the one filter grammar: the same text means the same in the
// command line, the API, saved views and the policies of users. Text is parsed
// into a typed tree, the tree is evaluated over columns.
//
// The grammar follows AIP-160, with chips: `env=prod AND last_used>90d`,
// `owner:none -env:dev`, `type=service_account,bot`, `attrs.rolsuper=true`,
// `name:"a b"`, `svc-*`. Words beside each other are joined by AND. AND and OR
// mixed without parentheses are refused with both readings, since AIP-160 binds
// them the other way round than most languages do.
//
// Logic has three values. A field whose value is not known makes a comparison
// unknown, NOT keeps it unknown, and only rows that are true match; the one
// comparison that an unknown value meets is `field:unknown`.
package filter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Filter is a parsed filter. The zero Filter matches every row.
type Filter struct {
	root  node
	text  string
	timed bool
	parts []part // of its outermost level; one where they are alternatives
}

// A Field is one name that a filter may use.
type Field struct {
	Name string
	Type FieldType
	Help string
	// Enum says that the values are a vocabulary: `:` then means has, not
	// contains, and case does not matter.
	Enum bool
	// Canon, when set, brings the spellings of a vocabulary to one: values that
	// have the same canonical form are the same.
	Canon func(string) string
	// Closed, when set, lists every value that there is: another one is a mistake
	// and not an empty answer. Patterns with a star are taken.
	Closed []string
	// Words, of a number, are names of ranges: each stands for the numbers from its
	// first up to, but not including, its second.
	Words map[string][2]int64
}

// FieldType says how a field's values are compared.
type FieldType int

const (
	Text   FieldType = iota // a string
	Time                    // a moment; a duration compares its age
	Future                  // a moment; a duration compares the time left until it
	Number                  // a whole number
	List                    // several strings; a comparison holds if it holds for one
	Attrs                   // the prefix of a vendor's own fields: attrs.rolsuper
)

// Parse reads a filter. Its error wraps drover.ErrInvalid and says at which
// column what was wrong and what to write instead.
func Parse(text string, fields []Field, now time.Time) (*Filter, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("filter of %d bytes is longer than %d: %w", len(text), maxText, drover.ErrInvalid)
	}
	p := &parser{lex: lexer{text: text}, fields: fields, now: now}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokEnd {
		return &Filter{text: text}, nil
	}
	n, err := p.expr(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, p.errorf(p.tok.pos, "a closing parenthesis without an opening one")
	}
	return &Filter{root: n, text: text, timed: p.timed, parts: p.parts}, nil
}

const (
	maxText  = 64 << 10
	maxDepth = 100
)

// String returns the text that was parsed.
func (f *Filter) String() string { return f.text }

// Timed reports whether the same rows may match at one time and not at another:
// whether it compares an age or the time that is left.
func (f *Filter) Timed() bool { return f.timed }

// Explain says the filter in the long form, with every AND and parenthesis
// written out.
func (f *Filter) Explain() string {
	if f.root == nil {
		return "everything"
	}
	return f.root.explain()
}

// Eval returns the rows of t that match, ascending.
func (f *Filter) Eval(t *Table) ([]uint32, error) {
	if f.root == nil {
		all := make([]uint32, t.Rows)
		for i := range all {
			all[i] = uint32(i)
		}
		return all, nil
	}
	m, err := f.root.eval(t)
	if err != nil {
		return nil, err
	}
	return m.yes.rows(), nil
}

// Bits is Eval as a bit for each row, 64 to a word. The caller may change it.
func (f *Filter) Bits(t *Table) ([]uint64, error) {
	if f.root == nil {
		return newBitset(t.Rows).inverse(t.Rows), nil
	}
	m, err := f.root.eval(t)
	if m.shared {
		m.yes = slices.Clone(m.yes)
	}
	return m.yes, err
}

// A node is one step of the tree.
type node interface {
	eval(*Table) (mask, error)
	explain() string
}

type and struct{ a, b node }
type or struct{ a, b node }
type not struct{ a node }

func (n and) explain() string { return "(" + n.a.explain() + " AND " + n.b.explain() + ")" }
func (n or) explain() string  { return "(" + n.a.explain() + " OR " + n.b.explain() + ")" }
func (n not) explain() string { return "NOT " + n.a.explain() }

func (n and) eval(t *Table) (mask, error) { return both(t, n.a, n.b, mask.and) }
func (n or) eval(t *Table) (mask, error)  { return both(t, n.a, n.b, mask.or) }
func (n not) eval(t *Table) (mask, error) {
	m, err := n.a.eval(t)
	return mask{yes: m.no, no: m.yes, shared: m.shared}, err
}

func both(t *Table, a, b node, join func(mask, mask) mask) (mask, error) {
	ma, err := a.eval(t)
	if err != nil {
		return mask{}, err
	}
	mb, err := b.eval(t)
	if err != nil {
		return mask{}, err
	}
	return join(ma, mb), nil
}

// nearest returns the candidate that is one or two edits away from name, or "".
func nearest(name string, candidates []string) string {
	best, dist := "", 3
	for _, c := range candidates {
		if d := Distance(name, c); d < dist {
			best, dist = c, d
		}
	}
	return best
}

// Distance is how many letters are wrong, missing or too many (Levenshtein): what
// suggestions go by. Words over 40 bytes are 100 from everything.
func Distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 100
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost = 1 + min(prev, row[j], row[j+1])
			}
			prev, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// Names lists the fields, for help and completion.
func Names(fields []Field) []string {
	var names []string
	for _, f := range fields {
		if f.Type == Attrs {
			names = append(names, f.Name+".<name>")
		} else {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}

func lookup(fields []Field, name string) (Field, []string, bool) {
	name = strings.ToLower(name)
	head, rest, dotted := strings.Cut(name, ".")
	for _, f := range fields {
		if f.Type == Attrs && dotted && f.Name == head {
			return f, strings.Split(rest, "."), true
		}
		if f.Type != Attrs && f.Name == name {
			return f, nil, true
		}
	}
	return Field{}, nil, false
}
