package secret

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

// Unscanned is the class of a hit that is no secret but says that the stretch of
// text from Start to End was not searched to the end: finding what is in it would
// have cost more than Scan spends on a text of its size. Its rule is "budget" and
// its value empty. Only text made for it gets there. Redact leaves no such stretch.
const Unscanned = "unscanned"

// What one scan may do, in instructions of expressions walked, which take some
// nanoseconds each: a base and so many for each byte. Ordinary text takes less
// than one for each byte.
const (
	workBase    = 4 << 20
	workPerByte = 64
	groupCharge = 8 // for each byte in which regexp looks for groups
	plainCharge = 64
)

func workFor(size int) purse { return purse(workBase + workPerByte*size) }

// maxScratchTables bounds the tables that a scratch keeps for the next text.
const maxScratchTables = 24 << 20

// tables returns what runs e; nil if regexp must.
func (sc *scratch) tables(e *expr) (forward, backward *dfa) {
	pair := &sc.dfas[e.id]
	if pair[0] == nil {
		f, b := e.progs()
		if f == nil {
			return nil, nil
		}
		pair[0], pair[1] = newDFA(f), newDFA(b)
	}
	return pair[0], pair[1]
}

// trim drops the tables when they have grown large.
func (sc *scratch) trim() {
	total := 0
	for _, pair := range sc.dfas {
		if pair[0] != nil {
			total += pair[0].size + pair[1].size
		}
	}
	if total > maxScratchTables {
		clear(sc.dfas)
	}
}

// matches reports whether e matches in text.
func (m *matcher) matches(e *expr, text []byte) bool {
	f, _ := m.sc.tables(e)
	if f == nil {
		m.left -= purse(len(text) * plainCharge)
		return e.re.Match(text)
	}
	// The answer allows a finding: it is never left out, whatever it costs.
	spent := workFor(len(text))
	all := spent
	ok := f.forward(text, 0, true, &spent) >= 0
	m.left -= all - spent
	return ok && spent > 0
}

// find calls match for every match of r in the window w of text, as regexp's
// FindAll gives them.
func (m *matcher) find(r *rule, text []byte, w span, segs []segment) {
	f, b := m.sc.tables(r.re)
	if f == nil {
		m.left -= purse((w.end - w.start) * plainCharge)
		for _, at := range r.re.re.FindAllIndex(text[w.start:w.end], -1) {
			m.match(r, text, span{w.start + at[0], w.start + at[1]}, segs)
		}
		return
	}
	view, before := text[w.start:w.end], -1
	for pos := 0; pos <= len(view); {
		end := f.forward(view, pos, false, &m.left)
		start := end
		if end >= 0 {
			start = b.backwards(view, pos, end, &m.left)
		}
		if m.left <= 0 {
			m.leave(span{w.start + pos, w.end}, segs)
			return
		}
		if end < 0 {
			return
		}
		if end > start || start != before {
			m.match(r, text, span{w.start + start, w.start + end}, segs)
		}
		pos, before = end, end
		if end == start {
			_, size := utf8.DecodeRune(view[pos:])
			pos += max(1, size)
		}
	}
}

// leave notes that s, a part of the text that segs made, was not searched.
func (m *matcher) leave(s span, segs []segment) {
	m.cut = append(m.cut, original(segs, s))
}

// unscanned returns a hit for every stretch that was left out.
func (m *matcher) unscanned() []Hit {
	slices.SortFunc(m.cut, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var whole []span
	for _, s := range m.cut {
		s.end = min(s.end, len(m.in.Data))
		if n := len(whole); n > 0 && whole[n-1].end >= s.start {
			whole[n-1].end = max(whole[n-1].end, s.end)
			continue
		}
		whole = append(whole, s)
	}
	var out []Hit
	for _, s := range whole {
		from, _ := m.lines.bounds(s.start, s.end)
		out = append(out, Hit{Rule: "budget", Class: Unscanned, Line: m.lines.number(s.start), Column: s.start - from + 1,
			EndLine: m.lines.number(max(s.start, s.end-1)), Start: s.start, End: s.end, Value: drover.Secret("")})
	}
	return out
}
