package secret

import (
	"math/bits"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// unbounded is the length of a repetition without upper limit.
const unbounded = 1 << 30

// An item is one step of a regular expression, seen as bytes: a run of min to
// max bytes out of set, or one of alts, or (end) the end of the input. A sequence
// of items matches whatever the expression matches and perhaps more: \b, ^ and
// the inner shape of runes are left out. So "no" is proof and "yes" is a reason
// to run the real expression.
type item struct {
	set      *[256]bool
	min, max int
	alts     [][]item
	end      bool
}

// items describes re. Repetitions of anything but a byte class are unrolled
// when short and otherwise widened to their alphabet.
func items(re *syntax.Regexp) []item {
	switch re.Op {
	case syntax.OpLiteral:
		var out []item
		for _, r := range re.Rune {
			out = append(out, runeItem(r, re.Flags&syntax.FoldCase != 0))
		}
		return out
	case syntax.OpCharClass:
		return []item{classItem(re.Rune)}
	case syntax.OpAnyChar:
		return []item{classItem([]rune{0, unicode.MaxRune})}
	case syntax.OpAnyCharNotNL:
		return []item{classItem([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune})}
	case syntax.OpEndText:
		return []item{{end: true}}
	case syntax.OpCapture:
		return items(re.Sub[0])
	case syntax.OpConcat:
		var out []item
		for _, sub := range re.Sub {
			out = append(out, items(sub)...)
		}
		return out
	case syntax.OpAlternate:
		it := item{}
		for _, sub := range re.Sub {
			it.alts = append(it.alts, items(sub))
		}
		return []item{it}
	case syntax.OpStar:
		return repeatItems(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		return repeatItems(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		return repeatItems(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return repeatItems(re.Sub[0], re.Min, re.Max)
	case syntax.OpNoMatch:
		return []item{{set: new([256]bool), min: 1, max: 1}}
	}
	return nil // zero width
}

func repeatItems(re *syntax.Regexp, low, high int) []item {
	sub := items(re)
	if len(sub) == 0 {
		return nil
	}
	if len(sub) == 1 && sub[0].set != nil && sub[0].min <= 1 {
		it := sub[0]
		it.min *= low
		it.max = scale(it.max, high)
		return []item{it}
	}
	const unroll = 6
	if high < 0 || high > unroll {
		var it item
		lo, hi, set := measure(sub)
		it.set, it.min, it.max = set, scale(lo, low), scale(hi, high)
		return []item{it}
	}
	var out []item
	for i := range high {
		if i < low {
			out = append(out, sub...)
		} else {
			out = append(out, item{alts: [][]item{sub, nil}})
		}
	}
	return out
}

func scale(n, times int) int {
	if n == 0 || times == 0 {
		return 0
	}
	if times < 0 || n >= unbounded || n*times >= unbounded {
		return unbounded
	}
	return n * times
}

// measure returns the least and greatest length of seq and all bytes in it.
func measure(seq []item) (low, high int, set *[256]bool) {
	set = new([256]bool)
	for _, it := range seq {
		lo, hi := it.min, it.max
		if it.alts != nil {
			lo, hi = unbounded, 0
			for _, alt := range it.alts {
				l, h, s := measure(alt)
				lo, hi = min(lo, l), max(hi, h)
				union(set, s)
			}
		} else if it.set != nil {
			union(set, it.set)
		}
		low, high = min(low+lo, unbounded), min(high+hi, unbounded)
	}
	return low, high, set
}

func union(to, from *[256]bool) {
	for i, in := range from {
		to[i] = to[i] || in
	}
}

func runeItem(r rune, fold bool) item {
	ranges := []rune{r, r}
	if fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			ranges = append(ranges, f, f)
		}
	}
	return classItem(ranges)
}

func classItem(ranges []rune) item {
	it := item{set: new([256]bool), min: 1, max: 1}
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= min(ranges[i+1], utf8.RuneSelf-1); r++ {
			it.set[r] = true
		}
		if ranges[i+1] >= utf8.RuneSelf {
			for b := utf8.RuneSelf; b < 256; b++ {
				it.set[b] = true
			}
			it.max = max(it.max, utf8.RuneLen(min(ranges[i+1], unicode.MaxRune)))
		}
	}
	return it
}

// reversed is seq as read from its end to its start.
func reversed(seq []item) []item {
	out := slices.Clone(seq)
	slices.Reverse(out)
	for i := range out {
		if out[i].alts == nil {
			continue
		}
		alts := make([][]item, len(out[i].alts))
		for j, alt := range out[i].alts {
			alts[j] = reversed(alt)
		}
		out[i].alts = alts
	}
	return out
}

// offsets is a set of distances from where a sequence began to be followed.
type offsets [4]uint64

const maxOffset = 255

func (o *offsets) add(from, to int) {
	for w := from >> 6; w <= to>>6; w++ {
		m := ^uint64(0)
		if w == from>>6 {
			m &= ^uint64(0) << (from & 63)
		}
		if w == to>>6 {
			m &= ^uint64(0) >> (63 - to&63)
		}
		o[w] |= m
	}
}

// possible reports whether seq can match in data from pos, forward (dir 1: the
// first byte is data[pos]) or backward (dir -1: the first is data[pos-1]). What
// lies more than maxOffset bytes away is taken for possible.
func possible(seq []item, data []byte, pos, dir int) bool {
	at := offsets{1}
	far := false
	for i := range seq {
		at, far = seq[i].step(data, pos, dir, at)
		if far {
			return true
		}
		if at == (offsets{}) {
			return false
		}
	}
	return true
}

// step follows it from every offset of at; far means that an offset left range.
func (it *item) step(data []byte, pos, dir int, at offsets) (to offsets, far bool) {
	switch {
	case it.end:
		left := len(data) - pos
		if left <= maxOffset && at[left>>6]&(1<<(left&63)) != 0 {
			to.add(left, left)
		}
		return to, false
	case it.alts != nil:
		for _, alt := range it.alts {
			branch, ok := at, true
			for i := range alt {
				if branch, far = alt[i].step(data, pos, dir, branch); far {
					return to, true
				}
				if branch == (offsets{}) {
					ok = false
					break
				}
			}
			if ok {
				for w := range to {
					to[w] |= branch[w]
				}
			}
		}
		return to, false
	}
	return it.stepClass(data, pos, dir, at)
}

func (it *item) stepClass(data []byte, pos, dir int, at offsets) (to offsets, far bool) {
	room := len(data) - pos
	if dir < 0 {
		room, pos = pos, pos-1
	}
	runEnd := 0
	for w, word := range at {
		for ; word != 0; word &= word - 1 {
			o := w<<6 + bits.TrailingZeros64(word)
			runEnd = max(runEnd, o)
			for runEnd < room && runEnd <= maxOffset && runEnd-o < it.max && it.set[data[pos+dir*runEnd]] {
				runEnd++
			}
			last := min(o+it.max, runEnd)
			if last > maxOffset {
				return to, true
			}
			if o+it.min <= last {
				to.add(o+it.min, last)
			}
		}
	}
	return to, false
}

// fixedSets are the bytes that a sequence must have, place by place, from its
// beginning on.
type fixedSets []*[256]bool

// maxFixed is how many places are looked at one by one; most of what is no match
// shows it long before.
const maxFixed = 24

// fixed returns the sets of seq up to the first place where it may go on in more
// than one way.
func fixed(seq []item) fixedSets {
	var out fixedSets
	for _, it := range seq {
		if it.set == nil || it.end {
			break
		}
		for range min(it.min, maxFixed-len(out)) {
			out = append(out, it.set)
		}
		if it.min != it.max {
			break
		}
	}
	return out
}

// follow reports whether the text behind pos has these bytes.
func (f fixedSets) follow(text []byte, pos int) bool {
	if len(text)-pos < len(f) {
		return false
	}
	for i, c := range text[pos : pos+len(f)] {
		if !f[i][c] {
			return false
		}
	}
	return true
}

// precede reports whether the text before pos has these bytes, read backwards.
func (f fixedSets) precede(text []byte, pos int) bool {
	if pos < len(f) {
		return false
	}
	for i, set := range f {
		if !set[text[pos-1-i]] {
			return false
		}
	}
	return true
}

// A gap is how a sequence begins that may have some bytes of one set and then must
// have one of another, which is not among them.
type gap struct {
	may, must [256]bool
	max       int
}

// maxGap bounds how far the look goes.
const maxGap = 1 << 10

// gapOf returns nil if seq does not begin so.
func gapOf(seq []item) *gap {
	g := &gap{}
	for len(seq) > 0 && seq[0].set != nil && seq[0].min < seq[0].max {
		union(&g.may, seq[0].set)
		g.max = min(g.max+seq[0].max, unbounded)
		seq = seq[1:]
	}
	if g.max == 0 || g.max > maxGap || first(seq, &g.must) {
		return nil
	}
	for i, in := range g.must {
		if in && g.may[i] {
			return nil
		}
	}
	return g
}

// follows reports whether the text behind pos begins so.
func (g *gap) follows(text []byte, pos int) bool {
	for _, c := range text[pos:min(len(text), pos+g.max+1)] {
		if !g.may[c] {
			return g.must[c]
		}
	}
	return false
}

// first adds to set the bytes with which a match of seq can begin and reports
// whether it may begin with none, at the text's end or by being empty.
func first(seq []item, set *[256]bool) bool {
	for _, it := range seq {
		nullable := it.min == 0
		switch {
		case it.end:
			nullable = true
		case it.alts != nil:
			nullable = false
			for _, alt := range it.alts {
				nullable = first(alt, set) || nullable
			}
		case it.set != nil:
			union(set, it.set)
		}
		if !nullable {
			return false
		}
	}
	return true
}
