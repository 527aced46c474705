package access

import (
	"encoding/binary"
	"slices"
	"unicode"
)

// budget bounds one question: 64-bit words of states that may be kept.
const budget = 1 << 20

// Outside returns a name that is in a and not in b: a shortest one of those of
// the first pattern that has any. False: a is a subset of b.
func Outside(a, b Set) (name string, some bool, err error) { return outside(a, b, budget) }

func outside(a, b Set, budget int) (name string, some bool, err error) {
	fold, err := sameFold(a, b)
	if err != nil {
		return "", false, err
	}
	as, err := a.terms()
	if err != nil {
		return "", false, err
	}
	bs, err := b.terms()
	if err != nil {
		return "", false, err
	}
	var late error
	for _, t := range as {
		for _, p := range t.in {
			name, some, err = escape(p, t.out, bs, fold, budget)
			if some {
				return name, true, nil
			}
			if err != nil {
				late = err // a later pattern may still show a witness
			}
		}
	}
	return "", false, late
}

// escape finds a name of p that is in none of out and in no term of ts.
func escape(p string, out []string, ts []term, fold bool, budget int) (string, bool, error) {
	if !wild(p) {
		name := clean(p)
		for _, o := range out {
			if match(o, name, fold) {
				return "", false, nil
			}
		}
		for _, t := range ts {
			if t.set(fold).contains(name, fold, 2) {
				return "", false, nil
			}
		}
		return name, true, nil
	}
	q, held := relevant(p, out, ts, fold)
	if held {
		return "", false, nil
	}
	return q.search(budget)
}

// question is one search: a name that p matches, and in none of the terms,
// each of which is given as numbers of globs.
type question struct {
	globs []glob // the first is p
	terms [][2][]int
	fold  bool
	big   bool // a pattern is too long for the search
}

// relevant keeps of out and ts what has something in common with p. Held: one of
// them plainly covers all of p.
func relevant(p string, out []string, ts []term, fold bool) (q question, held bool) {
	q.fold = fold
	if len(p) > maxPattern {
		q.big = true
	} else {
		q.globs = append(q.globs, parse(p, false))
	}
	keep := func(ps []string) (ids []int, covered bool) {
		for _, o := range ps {
			if endsDiffer(o, p, fold) {
				continue
			}
			if coversPattern(o, p, fold) {
				return nil, true
			}
			if plainlyApart(o, p, fold) {
				continue
			}
			if len(o) > maxPattern {
				q.big = true
				continue
			}
			ids = append(ids, len(q.globs))
			q.globs = append(q.globs, parse(o, false))
		}
		return ids, false
	}
	ids, covered := keep(out)
	if covered {
		return q, true
	}
	if len(ids) > 0 {
		q.terms = append(q.terms, [2][]int{ids, nil})
	}
	for _, t := range ts {
		before := len(q.globs)
		in, all := keep(t.in)
		if !all && len(in) == 0 {
			continue
		}
		if all { // every name of p is among t.in: what t leaves out decides
			q.globs = q.globs[:before]
			in = []int{0}
		}
		except, none := keep(t.out)
		if none {
			q.globs = q.globs[:before]
			continue
		}
		if all && (len(except) == 0 && !q.big || allCovered(t.out, out, fold)) {
			return q, true
		}
		q.terms = append(q.terms, [2][]int{in, except})
	}
	return q, false
}

// allCovered says that each pattern of a is covered by one of b.
func allCovered(a, b []string, fold bool) bool {
	return !slices.ContainsFunc(a, func(p string) bool {
		return !slices.ContainsFunc(b, func(q string) bool { return coversPattern(q, p, fold) })
	})
}

// machine runs all globs of a question at once over one text. A glob of n
// characters and wildcards for one has n+1 bits: bit i says that its first i are
// matched. Text wildcards are loops on a bit.
type machine struct {
	words  int
	class  []rune     // what stands for each class of characters; the first for all that no glob names
	take   [][]uint64 // by class: bits that go on to the next
	loop   [][]uint64 // by class: bits that stay
	start  []uint64
	accept []int // by glob: its last bit
	first  []int // by glob: its first bit
	ends   []bool
	empty  []int   // bits from which the next is reached without a character: two text wildcards in a row
	stars  [][]int // by glob with several: bits that loop over anything, last first
}

func (q *question) machine() *machine {
	m := &machine{}
	index := m.classes(q)
	size := 0
	for _, g := range q.globs {
		size += len(g) + 1
		for i := range g[:max(len(g)-1, 0)] {
			if g[i].text() && g[i+1].text() {
				size++
			}
		}
	}
	m.words = (size + 63) / 64
	m.start = make([]uint64, m.words)
	m.take, m.loop = rows(len(m.class), m.words), rows(len(m.class), m.words)
	bit := 0
	for _, g := range q.globs {
		bit = m.lay(g, bit, q.fold, index)
	}
	m.skip(m.start)
	return m
}

// classes gives every character that a glob names a class of its own, and all
// others the first.
func (m *machine) classes(q *question) map[elem]int {
	index := map[elem]int{}
	add := func(name elem) {
		key := name
		if q.fold {
			key = lower(name)
		}
		if _, ok := index[key]; !ok {
			index[key] = len(m.class) + 1
			m.class = append(m.class, rune(name))
		}
	}
	for _, g := range q.globs {
		for _, e := range g {
			if !e.wild() {
				add(e)
				continue
			}
			for _, c := range "/:" {
				if e.stops(elem(c)) {
					add(elem(c))
				}
			}
		}
	}
	m.class = slices.Insert(m.class, 0, unnamed(index))
	return index
}

// lay writes a glob from a bit on and returns the bit after it.
func (m *machine) lay(g glob, bit int, fold bool, index map[elem]int) int {
	first, stars := bit, []int(nil)
	set(m.start, bit)
	for i, e := range g {
		if i > 0 && e.text() && g[i-1].text() {
			m.empty = append(m.empty, bit)
			bit++
		}
		switch {
		case e >= 0:
			if fold {
				e = lower(e)
			}
			set(m.take[index[e]], bit)
			bit++
		case e.text():
			m.mark(m.loop, bit, e)
			if e == anyText {
				stars = append(stars, bit)
			}
		default:
			m.mark(m.take, bit, e)
			bit++
		}
	}
	m.first, m.accept = append(m.first, first), append(m.accept, bit)
	m.ends = append(m.ends, len(g) > 0 && g[len(g)-1] == anyText)
	slices.Reverse(stars)
	m.stars = append(m.stars, stars)
	return bit + 1
}

// skip adds what is reached without a character.
func (m *machine) skip(w []uint64) {
	for _, bit := range m.empty {
		if has(w, bit) {
			set(w, bit+1)
		}
	}
}

// mark sets a bit for every class that a wildcard takes.
func (m *machine) mark(rows [][]uint64, bit int, e elem) {
	for c := range rows {
		if !e.stops(elem(m.class[c])) || c == 0 {
			set(rows[c], bit)
		}
	}
}

func rows(n, words int) [][]uint64 {
	out := make([][]uint64, n)
	all := make([]uint64, n*words)
	for i := range out {
		out[i] = all[i*words : (i+1)*words]
	}
	return out
}

func set(w []uint64, bit int)      { w[bit/64] |= 1 << (bit % 64) }
func has(w []uint64, bit int) bool { return w[bit/64]>>(bit%64)&1 != 0 }

// unnamed picks a readable character that no glob names.
func unnamed(named map[elem]int) rune {
	for _, r := range "xyzabcdefghijklmnopqrstuvw0123456789-_" {
		if _, ok := named[elem(r)]; !ok {
			return r
		}
	}
	for r := rune(0xe0); ; r++ {
		if _, ok := named[elem(r)]; !ok && unicode.IsLetter(r) {
			return r
		}
	}
}

// step moves the states now over a character of class c.
func (m *machine) step(then, now []uint64, c int) {
	carry := uint64(0)
	take, loop := m.take[c], m.loop[c]
	for w := range now {
		moved := now[w] & take[w]
		then[w] = moved<<1 | carry | now[w]&loop[w]
		carry = moved >> 63
	}
	m.skip(then)
	// A text wildcard that was reached matches whatever an earlier position could:
	// keeping only the last makes equal states equal.
	for g, stars := range m.stars {
		for _, s := range stars {
			if has(then, s) {
				m.clear(then, m.first[g], s)
				break
			}
		}
	}
}

// clear unsets the bits from up to, not including, to.
func (m *machine) clear(w []uint64, from, to int) {
	for from < to {
		n := min(64-from%64, to-from)
		w[from/64] &^= (^uint64(0) >> (64 - n)) << (from % 64)
		from += n
	}
}

// alive says whether a glob may still match.
func (m *machine) alive(w []uint64, g int) bool {
	from, to := m.first[g], m.accept[g]+1
	for from < to {
		n := min(64-from%64, to-from)
		if w[from/64]>>(from%64)&(^uint64(0)>>(64-n)) != 0 {
			return true
		}
		from += n
	}
	return false
}

// forever says whether a glob matches here and whatever follows.
func (m *machine) forever(w []uint64, g int) bool { return m.ends[g] && has(w, m.accept[g]) }

// search looks for a shortest name breadth first.
func (q *question) search(budget int) (string, bool, error) {
	if q.big {
		return "", false, ErrUndecided
	}
	m := q.machine()
	if m.words*len(m.class)*2 > budget {
		return "", false, ErrUndecided
	}
	s := &search{question: q, machine: m, seen: map[string]struct{}{}, key: make([]byte, 8*m.words)}
	if s.add(m.start, -1, 0) {
		return s.name(0), true, nil
	}
	then := make([]uint64, m.words)
	for at := 0; at < len(s.from); at++ {
		for c := range m.class {
			m.step(then, s.states[at*m.words:(at+1)*m.words], c)
			if s.add(then, at, c) {
				return s.name(len(s.from) - 1), true, nil
			}
		}
		if len(s.from)*(2*m.words+8) > budget {
			return "", false, ErrUndecided
		}
	}
	return "", false, nil
}

// search is the state of one.
type search struct {
	*question
	*machine
	seen   map[string]struct{}
	key    []byte
	states []uint64
	from   []int32
	by     []int32
}

// add keeps a state that is new and from which a name may still be found, and
// says whether one is found.
func (s *search) add(w []uint64, from, class int) bool {
	if !s.alive(w, 0) || s.lost(w) {
		return false
	}
	for i, x := range w {
		binary.LittleEndian.PutUint64(s.key[8*i:], x)
	}
	if _, ok := s.seen[string(s.key)]; ok {
		return false
	}
	s.seen[string(s.key)] = struct{}{}
	s.states = append(s.states, w...)
	s.from, s.by = append(s.from, int32(from)), append(s.by, int32(class))
	return s.found(w)
}

// lost says that some term holds every name that begins so.
func (s *search) lost(w []uint64) bool {
	for _, t := range s.terms {
		if slices.ContainsFunc(t[0], func(g int) bool { return s.forever(w, g) }) &&
			!slices.ContainsFunc(t[1], func(g int) bool { return s.alive(w, g) }) {
			return true
		}
	}
	return false
}

// found says that the name read so far is in p and in no term.
func (s *search) found(w []uint64) bool {
	if !has(w, s.accept[0]) {
		return false
	}
	matched := func(g int) bool { return has(w, s.accept[g]) }
	for _, t := range s.terms {
		if slices.ContainsFunc(t[0], matched) && !slices.ContainsFunc(t[1], matched) {
			return false
		}
	}
	return true
}

// name spells the way to a state.
func (s *search) name(at int) string {
	var out []rune
	for i := at; s.from[i] >= 0; i = int(s.from[i]) {
		out = append(out, s.class[s.by[i]])
	}
	slices.Reverse(out)
	return string(out)
}
