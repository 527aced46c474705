package secret

import "sort"

// A reach bounds how far a match goes from a literal in one direction: at most
// max bytes, at most newlines line feeds, and only over bytes of set.
type reach struct {
	max, newlines int
	set           *[256]bool
}

func reachOf(seq []item) reach {
	_, high, set := measure(seq)
	return reach{max: high, newlines: countNewlines(seq), set: set}
}

func countNewlines(seq []item) int {
	n := 0
	for _, it := range seq {
		switch {
		case it.alts != nil:
			most := 0
			for _, alt := range it.alts {
				most = max(most, countNewlines(alt))
			}
			n += most
		case it.set != nil && it.set['\n']:
			n += it.max
		}
		n = min(n, unbounded)
	}
	return n
}

// margin is put around every window, so that what looks one rune past a match
// (\b, \z) sees the same there as in the whole text, and so that a rune which the
// window's border cuts lies outside of any match.
const margin = 8

// A run is a stretch of text known to hold only bytes of one reach's set. It is
// kept between occurrences of a literal, so that hostile input cannot make each
// of them walk the same bytes again.
type run struct{ from, to int }

// right returns where a match that has pos in it ends at the latest.
func (r *reach) right(text []byte, pos int, known *run, lines *lineIndex) int {
	limit := min(len(text), pos+r.max)
	if r.max == unbounded && r.newlines < unbounded {
		limit = min(limit, lines.after(pos, r.newlines))
	}
	to := pos
	if known.from <= pos && pos < known.to {
		to = known.to
	} else {
		known.from = pos
	}
	for to < limit && r.set[text[to]] {
		to++
	}
	known.to = to
	return min(to, limit)
}

// left returns where a match that has pos in it starts at the earliest.
func (r *reach) left(text []byte, pos int, known *run, lines *lineIndex) int {
	limit := max(0, pos-r.max)
	if r.max == unbounded && r.newlines < unbounded {
		limit = max(limit, lines.before(pos, r.newlines))
	}
	from, to := pos, pos
	for from > limit {
		if known.from < from && from <= known.to {
			from, to = known.from, max(to, known.to)
			continue
		}
		if !r.set[text[from-1]] {
			break
		}
		from--
	}
	*known = run{from, to}
	return max(from, limit)
}

// A span is a half-open range of bytes.
type span struct{ start, end int }

// touches is the gitleaks notion of overlap: sharing a border is enough.
func (s span) touches(o span) bool { return o.start <= s.end && o.end >= s.start }

// addSpan adds w, whose literal lies behind all earlier ones, to the disjoint
// spans of one rule.
func addSpan(spans []span, w span) []span {
	for len(spans) > 0 && spans[len(spans)-1].end >= w.start {
		last := spans[len(spans)-1]
		w = span{min(w.start, last.start), max(w.end, last.end)}
		spans = spans[:len(spans)-1]
	}
	return append(spans, w)
}

// lineIndex knows where lines begin. It is made when first asked.
type lineIndex struct {
	text     []byte
	newlines []int
	done     bool
}

func (l *lineIndex) build() []int {
	if !l.done {
		l.done = true
		for i, c := range l.text {
			if c == '\n' {
				l.newlines = append(l.newlines, i)
			}
		}
	}
	return l.newlines
}

// after returns the position of the line feed that follows n others from pos on.
func (l *lineIndex) after(pos, n int) int {
	nl := l.build()
	i := sort.SearchInts(nl, pos) + n
	if i >= len(nl) {
		return len(l.text)
	}
	return nl[i]
}

// before returns the position behind the line feed that precedes n others
// before pos.
func (l *lineIndex) before(pos, n int) int {
	nl := l.build()
	i := sort.SearchInts(nl, pos) - 1 - n
	if i < 0 {
		return 0
	}
	return nl[i] + 1
}

// number returns the line, from 1, of the byte at pos. A line feed counts to the
// line that it begins, as gitleaks has it.
func (l *lineIndex) number(pos int) int { return 1 + sort.SearchInts(l.build(), pos+1) }

// bounds returns where the lines that hold [start, end) begin and end.
func (l *lineIndex) bounds(start, end int) (int, int) {
	nl := l.build()
	from, to := 0, len(l.text)
	if i := sort.SearchInts(nl, start+1); i > 0 {
		from = nl[i-1] + 1
	}
	if i := sort.SearchInts(nl, end); i < len(nl) {
		to = nl[i]
	}
	return min(from, start), max(to, end)
}
