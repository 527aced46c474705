package access

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// cross returns patterns whose union is what both p and q match; none where
// they have nothing in common. Patterns keep p's case.
func cross(p, q string, fold bool) ([]string, error) {
	switch {
	case !wild(p):
		if match(q, clean(p), fold) {
			return []string{clean(p)}, nil
		}
		return nil, nil
	case !wild(q):
		if match(p, clean(q), fold) {
			return []string{clean(q)}, nil
		}
		return nil, nil
	case q == "*" || p == q:
		return []string{spelled(p)}, nil
	case p == "*":
		return []string{spelled(q)}, nil
	}
	if len(p) > maxPattern || len(q) > maxPattern {
		return nil, ErrUndecided
	}
	// Case is kept for reading: comparison folds each pair of characters.
	a, b := parse(p, false), parse(q, false)
	if disjoint(a, b, fold) {
		return nil, nil
	}
	if covers(b, a, fold) {
		return []string{a.String()}, nil
	}
	if covers(a, b, fold) {
		return []string{b.String()}, nil
	}
	x := crossing{a: a, b: b, fold: fold}
	found, err := x.run()
	if err != nil {
		return nil, err
	}
	out := make([]string, len(found))
	for i, g := range found {
		out[i] = g.String()
	}
	return out, nil
}

// disjoint says that two globs have no name in common, as far as their fixed
// beginnings and ends show. False says nothing.
func disjoint(a, b glob, fold bool) bool {
	for i := 0; i < len(a) && i < len(b) && !a[i].text() && !b[i].text(); i++ {
		if _, ok := unify(a[i], b[i], fold); !ok {
			return true
		}
	}
	for i := 1; i <= len(a) && i <= len(b) && !a[len(a)-i].text() && !b[len(b)-i].text(); i++ {
		if _, ok := unify(a[len(a)-i], b[len(b)-i], fold); !ok {
			return true
		}
	}
	return false
}

// unify is the intersection of two elements that stand for one character each.
func unify(a, b elem, fold bool) (elem, bool) {
	switch {
	case a == b:
		return a, true
	case a.wild() && b.wild():
		return wildcard(a.bits() | b.bits()), true
	case a.wild():
		return b, !a.stops(b)
	case b.wild():
		return a, !b.stops(a)
	}
	return a, fold && lower(a) == lower(b)
}

// covers says that every name of b is one of a's, shown by letting each element
// of b be swallowed by one of a. It may miss that where a has `?` or ${!…} beside
// text wildcards; true is always right.
func covers(a, b glob, fold bool) bool {
	var (
		i, j       int
		star, mark = -1, 0
	)
	for j < len(b) {
		switch {
		case i < len(a) && a[i] == anyText:
			star, mark = i, j
			i++
		case i < len(a) && a[i].text():
			i, j = i+1, j+swallowed(a[i], b[j:])
		case i < len(a) && !a[i].text() && !b[j].text() && within(a[i], b[j], fold):
			i, j = i+1, j+1
		case star < 0:
			return false
		default:
			mark++
			i, j = star+1, mark
		}
	}
	for i < len(a) && a[i].text() {
		i++
	}
	return i == len(a)
}

// swallowed is how many elements of b a text wildcard takes greedily: missing a
// cover is allowed.
func swallowed(text elem, b glob) (n int) {
	for _, e := range b {
		stops := text.bits() &^ aText
		if e.wild() && e.bits()&stops != stops || text.stops(e) {
			return n
		}
		n++
	}
	return n
}

// within says that whatever element b stands for, one character, a does too.
func within(a, b elem, fold bool) bool {
	u, ok := unify(a, b, fold)
	return ok && (u == b || fold && lower(u) == lower(b))
}

// crossing computes the intersection of two globs by cases on what stands at
// the front of each, remembering every pair of positions.
type crossing struct {
	a, b glob
	fold bool
	memo map[[2]int][]glob
	cost int
}

// maxCross bounds the elements that a crossing may write.
const maxCross = 1 << 17

func (x *crossing) run() ([]glob, error) {
	if len(x.a)*len(x.b) > maxCross {
		return nil, ErrUndecided
	}
	x.memo = map[[2]int][]glob{}
	found := x.at(0, 0)
	if x.cost > maxCross {
		return nil, ErrUndecided
	}
	for i := range found {
		found[i] = slices.Clone(found[i]).canonical()
	}
	return leastGlobs(found, x.fold), nil
}

// at returns the intersection of what follows position i of a and j of b.
func (x *crossing) at(i, j int) []glob {
	if x.cost > maxCross {
		return nil
	}
	if i == len(x.a) || j == len(x.b) {
		if allText(x.a[i:]) && allText(x.b[j:]) {
			return []glob{nil}
		}
		return nil
	}
	key := [2]int{i, j}
	if got, ok := x.memo[key]; ok {
		return got
	}
	a, b := x.a[i], x.b[j]
	var out []glob
	switch {
	case a.text() && b.text():
		both := wildcard(a.bits() | b.bits())
		// The shorter of the two texts ends first; the rest of the other goes on.
		out = x.prepend(out, both, x.at(i+1, j))
		out = x.prepend(out, both, x.at(i, j+1))
	case a.text():
		out = append(out, x.at(i+1, j)...)
		if one, ok := unify(a.one(), b, x.fold); ok {
			out = x.prepend(out, one, x.at(i, j+1))
		}
	case b.text():
		out = append(out, x.at(i, j+1)...)
		if one, ok := unify(a, b.one(), x.fold); ok {
			out = x.prepend(out, one, x.at(i+1, j))
		}
	default:
		if one, ok := unify(a, b, x.fold); ok {
			out = x.prepend(out, one, x.at(i+1, j+1))
		}
	}
	if len(out) > 1 {
		for _, g := range out {
			x.cost += len(g) * len(out)
		}
		out = leastGlobs(out, x.fold)
	}
	x.memo[key] = out
	return out
}

func allText(g glob) bool {
	return !slices.ContainsFunc(g, func(e elem) bool { return !e.text() })
}

func (x *crossing) prepend(to []glob, e elem, rest []glob) []glob {
	for _, g := range rest {
		x.cost += len(g) + 1
		if x.cost > maxCross {
			return nil
		}
		to = append(to, append(glob{e}, g...).canonical())
	}
	return to
}

// leastGlobs drops what another covers.
func leastGlobs(gs []glob, fold bool) []glob {
	return keepLeast(gs, nil, func(i, j int) bool { return covers(gs[i], gs[j], fold) })
}

// keepLeast drops, last first, what another that is still kept covers. Wide
// marks those that can cover others; nil: all.
func keepLeast[T any](all []T, wide []bool, covers func(i, j int) bool) []T {
	dropped := make([]bool, len(all))
	var out []T
	var can []int
	for i := range all {
		if wide == nil || wide[i] {
			can = append(can, i)
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		for _, j := range can {
			if i != j && !dropped[j] && covers(j, i) {
				dropped[i] = true
				break
			}
		}
	}
	for i, x := range all {
		if !dropped[i] {
			out = append(out, x)
		}
	}
	return out
}

// tidy makes a Set of terms, in their least and canonical form.
func tidy(ts []term, fold bool) Set { return fromTerms(tidyTerms(ts, fold), fold) }

func tidyTerms(ts []term, fold bool) []term {
	out := sameOut(ts, fold)
	if len(out) > 1 && len(out) <= maxJoin {
		if out = joinTerms(out, fold); len(out) > 1 {
			out = joinTerms(givenBack(out, fold), fold)
		}
	}
	slices.SortFunc(out, func(a, b term) int {
		if c := slices.Compare(a.in, b.in); c != 0 {
			return c
		}
		return slices.Compare(a.out, b.out)
	})
	return slices.CompactFunc(out, func(a, b term) bool { return slices.Equal(a.in, b.in) && slices.Equal(a.out, b.out) })
}

// maxJoin bounds the terms that are compared with each other to be made fewer.
const maxJoin = 64

// sameOut tidies terms, those that leave out the same as one.
func sameOut(ts []term, fold bool) []term {
	var out []term
	index := map[string]int{}
	for _, t := range ts {
		t.out = least(t.out, fold)
		key := fmt.Sprintf("%q", t.out)
		if i, ok := index[key]; ok {
			out[i].in = append(out[i].in, t.in...)
			continue
		}
		index[key] = len(out)
		out = append(out, term{slices.Clone(t.in), t.out})
	}
	for i := range out {
		out[i] = out[i].tidy(fold)
	}
	return slices.DeleteFunc(out, func(t term) bool { return len(t.in) == 0 })
}

// givenBack drops what a term leaves out and the others hold.
func givenBack(ts []term, fold bool) []term {
	for i := range ts {
		if len(ts[i].out) == 0 {
			continue
		}
		others := fromTerms(slices.Concat(ts[:i:i], ts[i+1:]), fold)
		ts[i].out = slices.DeleteFunc(slices.Clone(ts[i].out), func(o string) bool {
			held, err := others.holds(Set{In: []string{o}, Fold: fold})
			return err == nil && held
		})
		ts[i] = ts[i].tidy(fold)
	}
	return ts
}

// joinTerms merges terms where that is one term again, and drops those within
// another.
func joinTerms(ts []term, fold bool) []term {
	for i := 0; i < len(ts); i++ {
		for j := i + 1; j < len(ts); {
			joined, ok := ts[i].join(ts[j], fold)
			if !ok {
				j++
				continue
			}
			ts[i] = joined
			ts = slices.Delete(ts, j, j+1)
			j = i + 1
		}
	}
	return ts
}

// join is the union of two terms as one: (A\B) ∪ (C\D) = (A∪C)\(B∪D) where B
// takes nothing from C and D nothing from A, or where both leave out the same.
func (x term) join(y term, fold bool) (term, bool) {
	if !slices.Equal(x.out, y.out) && !(apart(x.out, y.in, fold) && apart(y.out, x.in, fold)) {
		for _, pair := range [][2]term{{x, y}, {y, x}} {
			if within, err := pair[1].set(fold).holds(pair[0].set(fold)); err == nil && within {
				return pair[1], true
			}
		}
		return term{}, false
	}
	return term{slices.Concat(x.in, y.in), slices.Concat(x.out, y.out)}.tidy(fold), true
}

func (x term) set(fold bool) Set { return Set{In: x.in, Out: x.out, Fold: fold} }

// holds is Subset(a, s) with a smaller budget, for use where the answer only
// makes a result shorter.
func (s Set) holds(a Set) (bool, error) {
	_, some, err := outside(a, s, budget/64)
	return !some && err == nil, err
}

// apart says that no pattern of a has a name in common with one of b, as far as
// is seen at a glance.
func apart(a, b []string, fold bool) bool {
	for _, p := range a {
		for _, q := range b {
			if !plainlyApart(p, q, fold) {
				return false
			}
		}
	}
	return true
}

func plainlyApart(p, q string, fold bool) bool {
	switch {
	case !wild(p):
		return !match(q, clean(p), fold)
	case !wild(q):
		return !match(p, clean(q), fold)
	}
	return endsDiffer(p, q, fold)
}

// endsDiffer says that the plain beginnings of two patterns, or their plain
// ends, differ. It reads no further than the first byte that is no plain ASCII.
func endsDiffer(p, q string, fold bool) bool {
	n := min(len(p), len(q))
	for i := 0; i < n && plain(p[i]) && plain(q[i]); i++ {
		if !same(p[i], q[i], fold) {
			return true
		}
	}
	for i := 1; i <= n && plain(p[len(p)-i]) && plain(q[len(q)-i]); i++ {
		if !same(p[len(p)-i], q[len(q)-i], fold) {
			return true
		}
	}
	return false
}

func plain(c byte) bool {
	switch c {
	case '*', '?', '$', '{', '}':
		return false
	}
	return c < utf8.RuneSelf
}

// tidy puts a term in canonical spelling and order and drops what adds nothing.
func (x term) tidy(fold bool) term {
	out := least(x.out, fold)
	in := least(x.in, fold)
	if len(in)*len(out) > maxCompare {
		return term{in, out}
	}
	in = slices.DeleteFunc(in, func(p string) bool {
		return slices.ContainsFunc(out, func(o string) bool { return coversPattern(o, p, fold) })
	})
	out = slices.DeleteFunc(out, func(o string) bool { return apart([]string{o}, in, fold) })
	if len(out) == 0 {
		out = nil
	}
	return term{in, out}
}

// least returns the patterns in canonical spelling, sorted, without those that
// another covers.
func least(ps []string, fold bool) []string {
	if len(ps) == 0 {
		return nil
	}
	all := make([]string, len(ps))
	for i, p := range ps {
		all[i] = spelled(p)
	}
	compare := strings.Compare
	if fold {
		compare = func(a, b string) int {
			if c := strings.Compare(strings.ToLower(a), strings.ToLower(b)); c != 0 {
				return c
			}
			return strings.Compare(a, b)
		}
	}
	slices.SortFunc(all, compare)
	all = slices.CompactFunc(all, func(a, b string) bool { return a == b || fold && equalFold(a, b) })
	wide, globs := make([]bool, len(all)), make([]glob, len(all))
	n := 0
	for i, p := range all {
		if wide[i] = wild(p); wide[i] {
			n++
		}
		if len(p) <= maxPattern {
			globs[i] = parse(p, fold)
		} else {
			wide[i] = false
		}
	}
	if n*len(all) > maxCompare {
		return all
	}
	return keepLeast(all, wide, func(i, j int) bool {
		return len(all[j]) <= maxPattern && !endsDiffer(all[i], all[j], fold) && covers(globs[i], globs[j], false)
	})
}

// maxCompare bounds the comparisons by which a result is made shorter; past it,
// it stays as it is.
const maxCompare = 1 << 21

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if !same(a[i], b[i], true) {
			return false
		}
	}
	return true
}

// coversPattern is covers for text; true is always right.
func coversPattern(a, b string, fold bool) bool {
	switch {
	case a == "*" || a == b:
		return true
	case !wild(b):
		return match(a, clean(b), fold)
	case !wild(a), endsDiffer(a, b, fold):
		return false
	case len(a) > maxPattern || len(b) > maxPattern:
		return false
	}
	return covers(parse(a, false), parse(b, false), fold)
}
