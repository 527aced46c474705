package secret

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

// allowComment on the line of a secret says that it is meant to be there.
const allowComment = "gitleaks:allow"

// scratch is what one pass over a text fills and the next one uses again.
type scratch struct {
	open    []bool   // by gate
	opener  []span   // by gate: what opened it, if somebody takes notes
	windows [][]span // by rule
	touched []int32  // rules that have windows
	left    []run    // by cut
	right   []run
	walked  []int32 // cuts that have such a run
	parts   []encodedPart
	matcher matcher
	input   Input
	dfas    [][2]*dfa // by expression: forward, backward
	inner   *scratch  // for parts of a text; see within. Nil: none was needed

	decoded [2][]byte // see buffer
	turn    int

	lastPath string
	lastView View
}

func (s *Scanner) newScratch() *scratch {
	return &scratch{
		open:    make([]bool, len(s.gates)),
		opener:  make([]span, len(s.gates)),
		windows: make([][]span, len(s.rules)),
		left:    make([]run, len(s.cuts)),
		right:   make([]run, len(s.cuts)),
		dfas:    make([][2]*dfa, s.exprs),
	}
}

func (sc *scratch) reset() {
	clear(sc.open)
	for _, id := range sc.walked {
		sc.left[id], sc.right[id] = run{}, run{}
	}
	sc.walked = sc.walked[:0]
	for _, r := range sc.touched {
		sc.windows[r] = sc.windows[r][:0]
	}
	sc.touched = sc.touched[:0]
}

// finding is a Hit with what later steps need to know of it.
type finding struct {
	Hit
	rule  *rule
	match span // the whole match, of the input
}

// matcher scans one input.
type matcher struct {
	s        *Scanner
	in       *Input
	view     View
	sc       *scratch
	comments bool // honour allow comments
	hard     bool // what looks like an example is found, too
	answers  map[*allowlist]lineAnswer
	looked   bool      // for allow comments
	allowed  []int     // where they are
	lines    lineIndex // of the input as given
	hits     []finding
	left     purse  // work that may still be done
	cut      []span // of the input: what was left out for it
	named    int    // where the last name that assign.go looked at ends
	bare     struct{ end, tries int }
	forced   []int32 // gates that something outside of the input opens
	notes    *notes  // nil: nobody wants them
}

// pass looks for secrets in text: the input, or (with segs) the input with its
// encoded parts decoded, of which only what touches such a part is new.
func (m *matcher) pass(text []byte, segs []segment) {
	m.sc.reset()
	for _, g := range m.forced {
		m.sc.open[g] = true
	}
	lines := &m.lines
	if segs != nil {
		lines = &lineIndex{text: text}
	}
	m.literals(text, lines)
	for _, n := range m.s.whole {
		m.sc.windows[n] = append(m.sc.windows[n], span{0, len(text)})
		m.sc.touched = append(m.sc.touched, int32(n))
	}
	for _, n := range m.sc.touched {
		r := m.s.rules[n]
		if !m.opened(r) || !m.wanted(r) {
			continue
		}
		for _, w := range m.sc.windows[n] {
			if segs != nil && len(touching(segs, w)) == 0 {
				continue
			}
			if m.notes != nil {
				m.notes.window(text, w, segs)
			}
			if m.left <= 0 {
				m.leave(w, segs)
				continue
			}
			m.find(r, text, w, segs)
		}
	}
	if m.notes != nil {
		m.notes.gates(m.s, m.sc, segs == nil)
	}
}

func (m *matcher) opened(r *rule) bool {
	return len(r.gates) == 0 || slices.ContainsFunc(r.gates, func(g int32) bool { return m.sc.open[g] })
}

// wanted reports whether the rule looks at this input at all.
func (m *matcher) wanted(r *rule) bool {
	if r.skip || r.path != noPath && !m.view.is(r.path) {
		return false
	}
	return !slices.ContainsFunc(r.allow, func(a *allowlist) bool { return a.source(m.view, m.in.Commit) })
}

// literals walks text once and fills the scratch with the keywords that occur
// and the windows in which a rule can match. Rules whose literals are in every text,
// but whose keywords are rare, have their literals looked for only where a keyword
// is.
func (m *matcher) literals(text []byte, lines *lineIndex) {
	plain := plainLetters(text)
	m.look(m.s.words, m.s.starts, text, plain, lines)
	for i := range m.s.late {
		l := &m.s.late[i]
		if len(l.rule.gates) > 0 && m.opened(l.rule) || len(l.rule.gates) == 0 && m.view.is(l.rule.path) {
			m.look(l.words, l.starts, text, plain, lines)
		}
	}
}

func (m *matcher) look(a *automaton, t *starts, text []byte, plain bool, lines *lineIndex) {
	if t == nil || !plain {
		m.walk(a, text, lines)
		return
	}
	t.each(a, text, func(id int32, end int) { m.word(text, id, end, -1, lines) })
}

func (m *matcher) walk(a *automaton, text []byte, lines *lineIndex) {
	next, shift, first := a.next, a.shift&15, a.first
	state := uint16(0)
	odd := -1 // the last rune outside ASCII that stands for a letter
	for i := 0; i < len(text); i++ {
		before := state
		state = next[int(state)<<shift+int(a.class[text[i]])]
		if state < first {
			continue
		}
		if state == a.special {
			letter, size := foldedRune(text[i:])
			if size == 0 {
				state = 0
				continue
			}
			state = next[int(before)<<shift+int(a.class[letter])]
			i += size - 1
			odd = i
			if state < first {
				continue
			}
		}
		for _, id := range a.out[state-first] {
			m.word(text, id, i+1, odd, lines)
		}
	}
}

// word takes note of a word of the automaton that ends at end.
func (m *matcher) word(text []byte, id int32, end, odd int, lines *lineIndex) {
	switch {
	case id < 0:
		m.keyword(text, end, ^id, odd)
	case id >= tellingID:
		m.tell(text, end, m.s.telling[id-tellingID], odd)
	default:
		m.occurrence(text, end, id, odd, lines)
	}
}

// tell looks for an assignment in the input as given, not in what is decoded. A
// word with letters from outside ASCII is none.
func (m *matcher) tell(text []byte, end int, word string, odd int) {
	if len(text) == len(m.in.Data) && (len(text) == 0 || &text[0] == &m.in.Data[0]) && (odd < 0 || odd < end-len(word)) {
		m.assigned(text, end, word)
	}
}

// keyword notes that gate g ends at end. İ lowers to i but does not fold to it,
// ſ the other way around: with one of these near, the keyword is compared the
// way gitleaks does.
func (m *matcher) keyword(text []byte, end int, g int32, odd int) {
	if m.sc.open[g] {
		return
	}
	k := m.s.gates[g]
	if odd >= end-3*len(k) && odd >= 0 {
		near := strings.ToLower(string(text[max(0, end-4*len(k)):end]))
		if !strings.HasSuffix(near, k) {
			return
		}
	}
	m.sc.open[g] = true
	if m.notes != nil {
		m.sc.opener[g] = span{max(0, end-4*len(k)), end}
	}
}

// occurrence adds the window around a literal that ends at end, if what stands
// beside it lets its rule match there.
func (m *matcher) occurrence(text []byte, end int, id int32, odd int, lines *lineIndex) {
	c := &m.s.cuts[id]
	start := end - len(c.lit)
	if odd >= 0 && odd >= end-3*len(c.lit) {
		start = end
		for range len(c.lit) {
			_, size := utf8.DecodeLastRune(text[:start])
			start -= size
		}
	}
	if end < len(text) && c.beside[text[end]]&mayFollow == 0 || start > 0 && c.beside[text[start-1]]&mayPrecede == 0 {
		return
	}
	if c.gap != nil && !c.gap.follows(text, end) {
		return
	}
	if !c.ahead.follow(text, end) || !c.back.precede(text, start) {
		return
	}
	if !possible(c.after, text, end, 1) || !possible(c.before, text, start, -1) || !possible(c.self, text, start, 1) {
		return
	}
	if m.sc.left[id] == (run{}) && m.sc.right[id] == (run{}) {
		m.sc.walked = append(m.sc.walked, id)
	}
	w := span{
		max(0, c.left.left(text, start, &m.sc.left[id], lines)-margin),
		min(len(text), c.right.right(text, end, &m.sc.right[id], lines)+margin),
	}
	if len(m.sc.windows[c.rule]) == 0 {
		m.sc.touched = append(m.sc.touched, c.rule)
	}
	m.sc.windows[c.rule] = addSpan(m.sc.windows[c.rule], w)
}

// match turns a match of r in text into a finding, unless entropy, a comment or
// an allow-list speaks against it.
func (m *matcher) match(r *rule, text []byte, at span, segs []segment) {
	whole := bytes.Trim(text[at.start:at.end], "\n")
	value, shift := m.value(r, whole)
	lead := bytes.Index(text[at.start:at.end], whole)
	f := finding{rule: r, Hit: Hit{Rule: r.id, Class: r.class, Entropy: shannon(value)}}
	if r.entropy != 0 && f.Entropy <= r.entropy {
		return
	}
	orig, line := span{at.start, at.start + len(whole)}, []byte(nil)
	f.Start = at.start + lead + shift
	f.End = f.Start + len(value)
	if segs != nil {
		mine := touching(segs, at)
		if len(mine) == 0 {
			return // an earlier pass has seen it
		}
		orig, line = original(mine, at), decodedLine(mine, text)
		f.Start, f.End = orig.start, orig.end
		f.Decoded = encodingNames(mine)
	}
	from, to := m.lines.bounds(orig.start, orig.end)
	if m.comments && m.commented(from, to) {
		return
	}
	onLine := func(a *allowlist) bool { return len(line) > 0 && m.matches(a.regexes, line) }
	if segs == nil {
		onLine = func(a *allowlist) bool { return m.onLine(a, span{from, to}) }
	}
	for _, lists := range [][]*allowlist{m.s.allow, r.allow} {
		for _, a := range lists {
			if m.allows(a, value, whole, onLine) {
				return
			}
		}
	}
	f.Line = m.lines.number(orig.start)
	f.EndLine = max(f.Line, m.lines.number(max(orig.start, orig.end-1)))
	f.Column = orig.start - from + 1
	f.Value, f.match = drover.Secret(value), orig
	m.hits = append(m.hits, f)
}

// maxLine is how much of a decoded line to each side of a match an allow-list
// sees.
const maxLine = 1 << 10

// lineAnswer is what a list's expressions say of one line.
type lineAnswer struct {
	line span
	ok   bool
}

// onLine asks about a line of the input once, however many matches it holds.
func (m *matcher) onLine(a *allowlist, line span) bool {
	if last, known := m.answers[a]; known && last.line == line {
		return last.ok
	}
	if m.answers == nil {
		m.answers = map[*allowlist]lineAnswer{}
	}
	ok := line.start < line.end && m.matches(a.regexes, m.in.Data[line.start:line.end])
	m.answers[a] = lineAnswer{line, ok}
	return ok
}

// commented reports whether an allow comment stands in [from, to) of the input.
func (m *matcher) commented(from, to int) bool {
	if !m.looked {
		m.looked = true
		for at := 0; ; {
			i := bytes.Index(m.in.Data[at:], []byte(allowComment))
			if i < 0 {
				break
			}
			m.allowed = append(m.allowed, at+i)
			at += i + len(allowComment)
		}
	}
	i, _ := slices.BinarySearch(m.allowed, from)
	return i < len(m.allowed) && m.allowed[i]+len(allowComment) <= to
}

// value returns the secret in a match and where it begins there. As gitleaks
// does, it runs the expression again over the match alone.
func (m *matcher) value(r *rule, match []byte) ([]byte, int) {
	if r.re.re.NumSubexp() == 0 {
		return match, 0
	}
	m.left -= purse(len(match) * groupCharge)
	groups := r.re.re.FindSubmatchIndex(match)
	if r.group > 0 && len(groups) > 2*r.group {
		if groups[2*r.group] < 0 {
			return nil, 0
		}
		return match[groups[2*r.group]:groups[2*r.group+1]], groups[2*r.group]
	}
	for g := 2; g+1 < len(groups); g += 2 {
		if groups[g] >= 0 && groups[g+1] > groups[g] {
			return match[groups[g]:groups[g+1]], groups[g]
		}
	}
	return match, 0
}

// shannon is the entropy of the runes of value, in bits per byte.
func shannon(value []byte) float64 {
	if len(value) == 0 {
		return 0
	}
	var ascii [utf8.RuneSelf]int
	var other map[rune]int
	for _, r := range string(value) {
		if r < utf8.RuneSelf {
			ascii[r]++
			continue
		}
		if other == nil {
			other = map[rune]int{}
		}
		other[r]++
	}
	e, inv := 0.0, 1/float64(len(value))
	add := func(n int) {
		if n > 0 {
			p := float64(n) * inv
			e -= p * math.Log2(p)
		}
	}
	for _, n := range ascii {
		add(n)
	}
	for _, n := range other {
		add(n)
	}
	return e
}

// forget returns the scratch, which must not hold on to the text.
func (m *matcher) forget() {
	s, sc := m.s, m.sc
	m.clean()
	s.scratch.Put(sc)
}

// clean makes the scratch ready for the next input.
func (m *matcher) clean() {
	sc := m.sc
	if m.left < workFor(len(m.in.Data)) {
		sc.trim()
	}
	sc.wipe()
	*m, sc.input = matcher{}, Input{}
}
