package secret

import (
	"bytes"
	"slices"
)

// This file scans a text that was made from one that has been scanned, as the
// versions of a file are: only what changed is looked at, and around it as far as a
// match could reach. What is found is what a scan of the whole text finds. That
// holds because almost everything that decides a hit lies near to it: its window
// and its lines. What does not is noted with the base: windows that reach far, and
// keywords that open a rule from anywhere. Where a change touches one of these the
// whole text is scanned.

// A Trace is what a scan leaves for the scan of a text made from the one that it
// saw. It holds the values of the hits. Nil is a valid trace of no use.
type Trace struct {
	s     *Scanner
	view  View
	size  int
	found []finding
	notes
}

// Same says that N bytes at From in the base are the N bytes at To in the text.
type Same struct{ From, To, N int }

// notes are the parts of a text on which hits far away from them depend.
type notes struct {
	long    []span // windows over near bytes and more than one line
	openers []opener
	broken  bool
}

// An opener is a keyword of a rule that it opens from anywhere in the text.
type opener struct {
	gate int32
	at   span
}

const (
	near      = 256 // bytes: more than a window over line ends mostly has
	maxLong   = 64
	minCopied = 64 // shorter copies count as changes
)

// window notes a window that reaches far: its ends may move when the text far from
// its literal changes. In one line it may be of any length, for changes are looked
// at by whole lines.
func (n *notes) window(text []byte, w span, segs []segment) {
	if w.end-w.start <= near || bytes.IndexByte(text[w.start:w.end], '\n') < 0 {
		return
	}
	if segs != nil {
		w = original(segs, w)
	}
	if n.long = append(n.long, w); len(n.long) > maxLong {
		n.broken = true
	}
}

// gates notes which of the loose gates are open, and by what. What opens only when
// decoded is nowhere to be pointed at.
func (n *notes) gates(s *Scanner, sc *scratch, first bool) {
	for _, g := range s.loose {
		if !sc.open[g] || slices.ContainsFunc(n.openers, func(o opener) bool { return o.gate == g }) {
			continue
		}
		if !first {
			n.broken = true
		}
		n.openers = append(n.openers, opener{g, sc.opener[g]})
	}
	for _, r := range s.whole {
		if s.rules[r].re != nil && slices.ContainsFunc(s.rules[r].gates, func(g int32) bool { return sc.open[g] }) {
			n.broken = true
		}
	}
}

// loosen lists the gates that need not lie within a match of their rule: those of
// rules of which some literal holds no keyword.
func (s *Scanner) loosen() {
	loose := map[int32]bool{}
	add := func(r *rule) {
		for _, g := range r.gates {
			loose[g] = true
		}
	}
	for i := range s.cuts {
		r := s.rules[s.cuts[i].rule]
		if !slices.ContainsFunc(r.gates, func(g int32) bool { return bytes.Contains([]byte(s.cuts[i].lit), []byte(s.gates[g])) }) {
			add(r)
		}
	}
	for _, n := range s.whole {
		add(s.rules[n])
	}
	for g := range loose {
		s.loose = append(s.loose, g)
	}
	slices.Sort(s.loose)
}

// ScanTraced is ScanInput with a trace for ScanChanged.
func (s *Scanner) ScanTraced(in Input) ([]Hit, *Trace) {
	m := s.matcher(in, true)
	defer m.forget()
	if m.allowedSource() {
		return nil, nil
	}
	return m.traced()
}

func (m *matcher) traced() ([]Hit, *Trace) {
	t := &Trace{s: m.s, view: m.view, size: len(m.in.Data)}
	t.openers = slices.Grow(t.openers, 2)
	m.notes = &t.notes
	m.texts()
	t.broken = t.broken || len(m.cut) > 0
	t.found = slices.Clone(m.hits)
	m.paths()
	if t.broken {
		t = nil
	}
	return m.result(), t
}

// ScanChanged is ScanTraced for a text of which parts are the same as in the text
// that base is of. Same is in the order of To and does not overlap there.
func (s *Scanner) ScanChanged(in Input, base *Trace, same []Same) ([]Hit, *Trace) {
	m := s.matcher(in, true)
	defer m.forget()
	if m.allowedSource() {
		return nil, nil
	}
	if base == nil || base.s != s || base.view != m.view {
		return m.traced()
	}
	c := &change{m: m, base: base, same: joined(same)}
	t := c.scan()
	if t == nil {
		return m.traced()
	}
	m.hits = append(m.hits, t.found...)
	m.paths()
	return m.result(), t
}

// A change is being scanned.
type change struct {
	m      *matcher
	base   *Trace
	same   []Same
	cores  []span // what changed, and as far as that can be felt
	forced []int32
}

// joined puts copies together that follow one another in both texts, and leaves
// the short ones out.
func joined(same []Same) []Same {
	var out []Same
	for _, c := range same {
		if n := len(out) - 1; n >= 0 && out[n].To+out[n].N == c.To && out[n].From+out[n].N == c.From {
			out[n].N += c.N
			continue
		}
		if n := len(out) - 1; n >= 0 && out[n].N < minCopied {
			out = out[:n]
		}
		out = append(out, c)
	}
	if n := len(out) - 1; n >= 0 && out[n].N < minCopied {
		out = out[:n]
	}
	return out
}

// scan returns nil if the whole text must be scanned.
func (c *change) scan() *Trace {
	text := c.m.in.Data
	c.cores = c.changed(text)
	total := 0
	outer := spread(text, c.cores)
	for _, o := range outer {
		total += o.end - o.start
	}
	if total > len(text)*3/4 {
		return nil
	}
	t := &Trace{s: c.m.s, view: c.m.view, size: len(text)}
	for _, w := range c.base.long {
		if !c.carry(t, w) {
			return nil
		}
	}
	for _, o := range c.base.openers {
		i := slices.IndexFunc(c.same, func(s Same) bool { return s.holds(o.at) })
		if i < 0 {
			return nil
		}
		t.openers = append(t.openers, opener{o.gate, c.same[i].moved(o.at)})
		c.forced = append(c.forced, o.gate)
	}
	for i := range c.base.found {
		f := &c.base.found[i]
		for _, s := range c.same { // what is in none is gone, or will be found again
			if s.holds(f.match) && !c.inCore(s.moved(f.match)) {
				t.found = append(t.found, c.shifted(f, s.To-s.From))
			}
		}
	}
	for _, o := range outer {
		if !c.region(t, o) {
			return nil
		}
	}
	return t
}

// changed returns the lines that differ from the base, and near bytes around them.
func (c *change) changed(text []byte) []span {
	var list []span
	add := func(from, to int) {
		w := lineSpan(text, span{max(0, from-near), min(len(text), to+near)})
		if n := len(list) - 1; n >= 0 && list[n].end >= w.start {
			list[n].end = max(list[n].end, w.end)
			return
		}
		list = append(list, w)
	}
	from, to := 0, 0
	for _, s := range c.same {
		if s.From != from || s.To != to {
			add(to, s.To)
		}
		from, to = s.From+s.N, s.To+s.N
	}
	if from != c.base.size || to != len(text) {
		add(to, len(text))
	}
	return list
}

// spread widens the spans by near bytes and to whole lines.
func spread(text []byte, list []span) []span {
	var out []span
	for _, w := range list {
		w = lineSpan(text, span{max(0, w.start-near), min(len(text), w.end+near)})
		if n := len(out) - 1; n >= 0 && out[n].end >= w.start {
			out[n].end = max(out[n].end, w.end)
			continue
		}
		out = append(out, w)
	}
	return out
}

// lineSpan widens w to whole lines, with the line feed of the last.
func lineSpan(text []byte, w span) span {
	w.start = bytes.LastIndexByte(text[:w.start], '\n') + 1
	if i := bytes.IndexByte(text[w.end:], '\n'); i >= 0 {
		w.end += i + 1
	} else {
		w.end = len(text)
	}
	return w
}

func (s Same) holds(w span) bool { return s.From <= w.start && w.end <= s.From+s.N }

func (s Same) moved(w span) span { return span{w.start + s.To - s.From, w.end + s.To - s.From} }

// carry notes the long window w of the base wherever it was copied to; false if
// something in it has changed.
func (c *change) carry(t *Trace, w span) bool {
	wide := span{max(0, w.start-margin), min(c.base.size, w.end+margin)}
	for _, s := range c.same {
		switch {
		case s.holds(wide):
			if c.inCore(s.moved(w)) {
				return false
			}
			t.long = append(t.long, s.moved(w))
		case s.From < wide.end && wide.start < s.From+s.N:
			return false
		}
	}
	return len(t.long) <= maxLong
}

// inCore reports whether the lines of at, in the text, are in a core.
func (c *change) inCore(at span) bool {
	return slices.ContainsFunc(c.cores, func(k span) bool { return at.start < k.end && k.start < max(at.end, at.start+1) })
}

// shifted is f, found elsewhere, d bytes on.
func (c *change) shifted(f *finding, d int) finding {
	g := *f
	g.match = span{f.match.start + d, f.match.end + d}
	g.Start, g.End = f.Start+d, f.End+d
	lines := &c.m.lines
	from, _ := lines.bounds(g.match.start, g.match.end)
	g.Line = lines.number(g.match.start)
	g.EndLine = max(g.Line, lines.number(max(g.match.start, g.match.end-1)))
	g.Column = g.match.start - from + 1
	return g
}

// region scans the part o of the text, and keeps what touches a core. It reports
// whether that is what a scan of the whole text would find there.
func (c *change) region(t *Trace, o span) bool {
	text := c.m.in.Data
	in := *c.m.in
	in.Data = text[o.start:o.end]
	m := c.m.within(in)
	defer m.clean()
	n := notes{openers: slices.Clone(t.openers)}
	m.notes, m.forced = &n, c.forced
	m.texts()
	if n.broken || len(m.cut) > 0 || len(n.openers) > len(t.openers) {
		return false
	}
	for _, w := range n.long {
		if w.start <= margin && o.start > 0 || w.end >= len(in.Data)-margin && o.end < len(text) {
			return false
		}
		if at := (span{w.start + o.start, w.end + o.start}); c.inCore(at) {
			t.long = append(t.long, at)
		}
	}
	for i := range m.hits {
		f := &m.hits[i]
		at := span{f.match.start + o.start, f.match.end + o.start}
		if c.inCore(at) {
			t.found = append(t.found, c.shifted(f, o.start))
		}
	}
	return true
}

// within prepares a matcher for a part of what m scans, in a scratch of its own that
// shares the tables of expressions.
func (m *matcher) within(in Input) *matcher {
	sc := m.sc.inner
	if sc == nil {
		sc = m.s.newScratch()
		sc.dfas = m.sc.dfas
		m.sc.inner = sc
	}
	sc.lastPath, sc.lastView = m.sc.lastPath, m.sc.lastView
	return sc.begin(m.s, in, true)
}
