package awsiam

import (
	"slices"
	"sort"
	"strings"
)

// span is the actions lo <= id < hi of the catalogue, whose ids are in the order
// of their lower-case names: an exact name and a name with a trailing wildcard
// are one span.
type span struct{ lo, hi uint16 }

// An actionSet is the actions that an Action or NotAction element matches.
// Actions of the catalogue are spans, others are matched by pattern.
type actionSet struct {
	spans    []span // sorted, apart
	patterns []matcher
	inverse  bool
}

func newActionSet(list []string, inverse bool) actionSet {
	s := actionSet{inverse: inverse}
	c := catalogue()
	for _, a := range list {
		low := toWild.Replace(strings.ToLower(a))
		m := newMatcher(low)
		if _, known := c.ids[m.text]; !known || m.shape != exact { // what is in the catalogue matches nothing outside
			s.patterns = append(s.patterns, m)
		}
		s.spans = c.spans(s.spans, m)
	}
	s.spans = join(s.spans)
	return s
}

// join sorts spans and joins those that touch.
func join(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return int(a.lo) - int(b.lo) })
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 && s.lo <= out[n-1].hi {
			out[n-1].hi = max(out[n-1].hi, s.hi)
			continue
		}
		out = append(out, s)
	}
	return slices.Clip(out)
}

// everything is whether the set is all actions, those that the catalogue does not
// know too.
func (s *actionSet) everything() bool {
	return !s.inverse && slices.ContainsFunc(s.patterns, func(m matcher) bool { return m.shape == anything })
}

func (s *actionSet) has(q *query) bool {
	if q.id < 0 {
		return slices.ContainsFunc(s.patterns, func(m matcher) bool { return m.match(q.action) }) != s.inverse
	}
	return s.hasID(uint16(q.id)) != s.inverse
}

func (s *actionSet) hasID(id uint16) bool {
	lo, hi := 0, len(s.spans)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch sp := s.spans[mid]; {
		case id < sp.lo:
			hi = mid
		case id >= sp.hi:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

// spans appends the actions that m matches.
func (c *actionTable) spans(list []span, m matcher) []span {
	fixed := m.text
	if i := indexWild(fixed); i >= 0 {
		fixed = fixed[:i]
	}
	lo := sort.SearchStrings(c.lower, fixed)
	hi := lo + sort.Search(len(c.lower)-lo, func(i int) bool { return !strings.HasPrefix(c.lower[lo+i], fixed) })
	if m.shape == prefix || m.shape == anything {
		if lo < hi {
			list = append(list, span{uint16(lo), uint16(hi)})
		}
		return list
	}
	for i := lo; i < hi; i++ {
		if m.match(c.lower[i]) {
			list = append(list, span{uint16(i), uint16(i + 1)})
		}
	}
	return list
}

// A Bitset is a set of actions by id, 64 to a word.
type Bitset []uint64

// Has reports whether id is in b.
func (b Bitset) Has(id int) bool { return id >= 0 && id>>6 < len(b) && b[id>>6]&(1<<(id&63)) != 0 }

func (b Bitset) add(s span) {
	for i := int(s.lo); i < int(s.hi); i++ {
		b[i>>6] |= 1 << (i & 63)
	}
}

// bits is the set over the catalogue.
func (s *actionSet) bits() Bitset {
	n := len(catalogue().lower)
	b := make(Bitset, (n+63)/64)
	for _, sp := range s.spans {
		b.add(sp)
	}
	if s.inverse {
		for i := range b {
			b[i] = ^b[i]
		}
		if n&63 != 0 {
			b[len(b)-1] &= 1<<(n&63) - 1
		}
	}
	return b
}

func (b Bitset) or(c Bitset) {
	for i := range b {
		b[i] |= c[i]
	}
}

func (b Bitset) and(c Bitset) {
	for i := range b {
		b[i] &= c[i]
	}
}

func (b Bitset) without(c Bitset) {
	for i := range b {
		b[i] &^= c[i]
	}
}
