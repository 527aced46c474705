package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Set is a set of names (actions, resources) written as patterns: those that
// match one of In and none of Out, and those of the sets in Or. The zero Set is
// empty.
//
// A pattern is a name in which, as in an AWS policy, `*` stands for any text and
// `?` for one character; `${*}`, `${?}` and `${$}` stand for those characters
// themselves. `${!/}` is any text without a slash (what Vault writes as `+`),
// `${!:}` any text without a colon (what `*` is within one part of an ARN),
// `${!/:}` any text without either; with a `?` before the brace they are one such
// character. Every other `${…}` is plain text. Literal writes a name as a pattern
// that matches nothing else.
//
// Names are sequences of Unicode characters; a byte that is not part of one is
// read as U+FFFD. They may be anything: a set says nothing of which names exist.
//
// The algebra is exact: an answer is never an approximation. It takes time
// proportional to the lengths of the patterns wherever a pattern is covered by
// one other, and is at worst exponential in the number of patterns that overlap
// without covering each other; past a fixed budget (some tens of milliseconds)
// the answer is an error that wraps ErrUndecided, never a guess.
type Set struct {
	In  []string `json:"in"`
	Out []string `json:"out,omitempty"`
	// Or are further sets whose names belong too. Their own Fold is not read: that
	// of the outermost Set holds.
	Or []Set `json:"or,omitempty"`
	// Fold: names that differ only in the case of ASCII letters are one name, as
	// with the actions of AWS and Azure. Patterns are shown as they were given.
	// Sets whose Fold differs cannot be combined, unless one is empty.
	Fold bool `json:"fold,omitempty"`
}

// ErrUndecided is what a question about sets or regions answers with when it
// would take more than its budget. It wraps drover.ErrInvalid.
var ErrUndecided = fmt.Errorf("patterns overlap in too many ways to compare: %w", drover.ErrInvalid)

var errFold = fmt.Errorf("one set distinguishes case and the other does not: %w", drover.ErrInvalid)

// Everything is the set of all names.
func Everything() Set { return Set{In: []string{"*"}} }

// Literals is the set of exactly these names.
func Literals(names ...string) Set {
	s := Set{In: make([]string, len(names))}
	for i, n := range names {
		s.In[i] = Literal(n)
	}
	return s
}

// Literal writes a name as the pattern that matches it alone.
func Literal(name string) string {
	if !strings.ContainsAny(name, "*?$") {
		return name
	}
	return literal.Replace(name)
}

var literal = strings.NewReplacer("*", "${*}", "?", "${?}", "${", "${$}{")

// A term is one In and Out of a Set.
type term struct{ in, out []string }

// maxDepth bounds the nesting of Or, which may come from a file.
const maxDepth = 16

// terms flattens a Set; what is nested deeper than maxDepth is an error.
func (s Set) terms() ([]term, error) { return s.appendTerms(nil, maxDepth) }

func (s Set) appendTerms(to []term, depth int) ([]term, error) {
	if depth == 0 {
		return nil, fmt.Errorf("set nested deeper than %d: %w", maxDepth, drover.ErrInvalid)
	}
	if len(s.In) > 0 {
		to = append(to, term{s.In, s.Out})
	}
	for _, o := range s.Or {
		var err error
		if to, err = o.appendTerms(to, depth-1); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// fromTerms is the inverse of terms.
func fromTerms(ts []term, fold bool) Set {
	ts = slices.DeleteFunc(ts, func(t term) bool { return len(t.in) == 0 })
	if len(ts) == 0 {
		return Set{}
	}
	s := Set{In: ts[0].in, Out: ts[0].out, Fold: fold}
	for _, t := range ts[1:] {
		s.Or = append(s.Or, Set{In: t.in, Out: t.out, Fold: fold})
	}
	return s
}

// Contains says whether name is in the set. It never allocates for patterns
// without `${`, and takes time in the length of name times that of the patterns
// at worst.
func (s Set) Contains(name string) bool { return s.contains(clean(name), s.Fold, maxDepth) }

func (s Set) contains(name string, fold bool, depth int) bool {
	in := func(patterns []string) bool {
		for _, p := range patterns {
			if match(p, name, fold) {
				return true
			}
		}
		return false
	}
	if in(s.In) && !in(s.Out) {
		return true
	}
	for _, o := range s.Or {
		if depth > 1 && o.contains(name, fold, depth-1) {
			return true
		}
	}
	return false
}

// sameFold returns the case rule of two sets that are combined.
func sameFold(a, b Set) (bool, error) {
	switch {
	case a.Fold == b.Fold || len(b.In)+len(b.Or) == 0:
		return a.Fold, nil
	case len(a.In)+len(a.Or) == 0:
		return b.Fold, nil
	}
	return false, errFold
}

// Empty says whether no name at all is in the set.
func (s Set) Empty() (bool, error) {
	_, some, err := Outside(s, Set{})
	return !some, err
}

// Sample returns a shortest member of the set; false where it has none.
func (s Set) Sample() (string, bool, error) { return Outside(s, Set{}) }

// Subset says whether every name of a is in b.
func Subset(a, b Set) (bool, error) {
	_, some, err := Outside(a, b)
	return !some && err == nil, err
}

// Equal says whether a and b have the same names.
func Equal(a, b Set) (bool, error) {
	if ok, err := Subset(a, b); !ok || err != nil {
		return false, err
	}
	return Subset(b, a)
}

// Overlaps says whether some name is in both sets.
func Overlaps(a, b Set) (bool, error) {
	both, err := Intersect(a, b)
	if err != nil {
		return false, err
	}
	empty, err := both.Empty()
	return !empty && err == nil, err
}

// Union is the set of the names that are in one of the sets.
func Union(sets ...Set) (Set, error) {
	var (
		all  []term
		fold bool
	)
	for _, s := range sets {
		ts, err := s.terms()
		if err != nil {
			return Set{}, err
		}
		if len(ts) == 0 {
			continue
		}
		if len(all) > 0 && fold != s.Fold {
			return Set{}, errFold
		}
		if all, fold = append(all, ts...), s.Fold; len(all) > 16*maxTerms {
			return Set{}, ErrUndecided
		}
	}
	return tidy(all, fold), nil
}

// Intersect is the set of the names that are in both sets.
func Intersect(a, b Set) (Set, error) {
	fold, err := sameFold(a, b)
	if err != nil {
		return Set{}, err
	}
	as, err := a.terms()
	if err != nil {
		return Set{}, err
	}
	bs, err := b.terms()
	if err != nil {
		return Set{}, err
	}
	var all []term
	for _, x := range as {
		for _, y := range bs {
			t, err := x.and(y, fold)
			if err != nil {
				return Set{}, err
			}
			all = append(all, t)
		}
	}
	return tidy(all, fold), nil
}

// Minus is the set of the names of a that are not in b.
func Minus(a, b Set) (Set, error) {
	fold, err := sameFold(a, b)
	if err != nil {
		return Set{}, err
	}
	rest, err := a.terms()
	if err != nil {
		return Set{}, err
	}
	bs, err := b.terms()
	if err != nil {
		return Set{}, err
	}
	for _, y := range bs {
		var next []term
		for _, x := range rest {
			next = append(next, term{x.in, slices.Concat(x.out, y.in)})
			if len(y.out) == 0 {
				continue
			}
			// What y leaves out, x keeps.
			kept, err := x.and(term{in: y.out}, fold)
			if err != nil {
				return Set{}, err
			}
			next = append(next, kept)
		}
		rest = tidyTerms(next, fold)
		if len(rest) > maxTerms {
			return Set{}, ErrUndecided
		}
	}
	return tidy(rest, fold), nil
}

// Bounds of a result: terms, patterns in one of them, and what it takes to find
// those.
const (
	maxTerms    = 128
	maxPatterns = 1 << 13
	maxPairs    = 1 << 21 // that are compared
	maxSplits   = 1 << 8  // patterns that come of pairs which overlap in several ways
)

// and is the intersection of two terms: (A\B) ∩ (C\D) = (A∩C) \ (B∪D).
func (x term) and(y term, fold bool) (term, error) {
	out := term{out: slices.Concat(x.out, y.out)}
	if len(x.in)*len(y.in) > maxPairs {
		return term{}, ErrUndecided
	}
	splits := 0
	for _, p := range x.in {
		for _, q := range y.in {
			if plainlyApart(p, q, fold) {
				continue
			}
			both, err := cross(p, q, fold)
			if err != nil {
				return term{}, err
			}
			if len(both) > 1 {
				splits += len(both)
			}
			out.in = append(out.in, both...)
			if len(out.in) > maxPatterns || splits > maxSplits {
				return term{}, ErrUndecided
			}
		}
	}
	return out, nil
}

// Simplify returns the same set in fewer words: in canonical spelling and order,
// without patterns and terms that add nothing. Two equal sets usually come out
// the same, but that is not promised: ask Equal.
func (s Set) Simplify() Set {
	ts, err := s.terms()
	if err != nil {
		return s
	}
	return tidy(ts, s.Fold)
}

// String writes the set for a reader: `s3:Get*, s3:List* except s3:GetObject`;
// `nothing` for the empty Set.
func (s Set) String() string {
	ts, err := s.terms()
	if err != nil {
		return "a set that is nested too deeply"
	}
	if len(ts) == 0 {
		return "nothing"
	}
	var b strings.Builder
	for i, t := range ts {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(strings.Join(t.in, ", "))
		if len(t.out) > 0 {
			b.WriteString(" except " + strings.Join(t.out, ", "))
		}
	}
	return b.String()
}

// MarshalJSON writes an empty In as [], never null.
func (s Set) MarshalJSON() ([]byte, error) {
	type plain Set
	if s.In == nil {
		s.In = []string{}
	}
	return json.Marshal(plain(s))
}

// Undecided says whether err stands for a question that was given up.
func Undecided(err error) bool { return errors.Is(err, ErrUndecided) }
