package secret

import (
	"cmp"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/droverhq/drover"
)

// A Scanner finds secrets by a fixed set of rules. It is safe for concurrent
// use and holds nothing of what it has scanned but the last path.
type Scanner struct {
	rules            []*rule
	allow            []*allowlist
	cuts             []compiledCut
	gates            []string // keywords, lower case
	words            *automaton
	starts           *starts // of words; nil: walk words
	late             []lateRule
	whole            []int    // rules that no literal confines
	loose            []int32  // gates that may lie anywhere in a text; see loosen
	byPath           []int    // rules without expression
	telling          []string // words that begin the look for an assignment; nil: none is wanted
	standins, shapes *expr    // what stands for an assigned secret; what is none without quotes
	nothing          *expr    // of standins, what nothing secret can be in
	paths            []*expr  // what rules and lists ask of paths; see View
	exprs            int      // how many expressions are compiled
	scratch          sync.Pool
}

// rule is a compiled Rule.
type rule struct {
	id, class string
	re        *expr
	path      int // number of its path expression, or noPath
	group     int
	entropy   float64
	gates     []int32 // none: always open
	allow     []*allowlist
	file      int // which rule file it is from
	generic   bool
	skip      bool
}

type compiledCut struct {
	cut
	rule        int32
	left, right reach
	beside      *[256]uint8 // which bytes may stand directly beside the literal
	ahead, back fixedSets   // what must stand there
	gap         *gap        // or may, and what must come then; nil: nothing that can be told so
}

// An Input is one text to scan.
type Input struct {
	Path   string // slash-separated; "" if it has none. Rules and allow-lists ask for it.
	Commit string // the commit that it comes from, or ""
	Data   []byte
}

// A Hit is one secret found. Lines and columns count from 1, columns in bytes;
// Line, Column and EndLine are those of the whole match, of which the value may
// be a part, so that Path, Rule and Line name the same finding as the fingerprints
// in a .gitleaksignore file. A rule that asks for the path alone gives a hit with
// everything but Rule and Class zero.
type Hit struct {
	Rule    string
	Class   string // what is found, by our stable name; see Class
	Line    int
	Column  int
	EndLine int
	Start   int // of the value in the data; of its encoded form if Decoded
	End     int
	Value   drover.Secret
	Entropy float64 // Shannon, in bits per character
	Decoded string  // "base64", "hex", "percent", "unicode", several joined by "+"; "" if it stands there as it is
}

// A lateRule is one whose literals are looked for only where it may match at all:
// where a keyword of its is, or in files of its path.
type lateRule struct {
	rule   *rule
	words  *automaton
	starts *starts
}

// tellingID is the automaton's id of the first telling word.
const tellingID = 1 << 24

const (
	mayPrecede = 1 << iota
	mayFollow
)

func besides(before, after []item) *[256]uint8 {
	var left, right [256]bool
	anyLeft, anyRight := first(before, &left), first(after, &right)
	out := new([256]uint8)
	for i := range out {
		if anyLeft || left[i] {
			out[i] |= mayPrecede
		}
		if anyRight || right[i] {
			out[i] |= mayFollow
		}
	}
	return out
}

// New compiles rule files into a scanner. Where rules of two files find the same
// value, the earlier file's finding stands. It fails with drover.ErrInvalid if
// two files define the same rule or their literals are too many for its tables.
func New(files ...*Rules) (*Scanner, error) {
	s := &Scanner{}
	b := newAutomatonBuilder()
	gate := map[string]int32{}
	for n, f := range files {
		for _, a := range f.Allowlists {
			if len(a.TargetRules) > 0 {
				continue
			}
			c, err := s.allowlist(a)
			if err != nil {
				return nil, fmt.Errorf("compile secret rules: %w: %v", drover.ErrInvalid, err)
			}
			s.allow = append(s.allow, c)
		}
		if f.Assigned && s.telling == nil {
			s.telling = telling
			if err := s.compileStandins(); err != nil {
				return nil, fmt.Errorf("compile placeholders: %w: %v", drover.ErrInvalid, err)
			}
			for i, w := range telling {
				b.add(w, tellingID+int32(i))
			}
		}
		for i := range f.Rules {
			if err := s.add(f, n, &f.Rules[i], b, gate); err != nil {
				return nil, fmt.Errorf("compile secret rule %q: %w: %v", f.Rules[i].ID, drover.ErrInvalid, err)
			}
		}
	}
	if s.words, s.starts = b.search(); s.words == nil {
		return nil, fmt.Errorf("compile secret rules: %w: more literals than the automaton can hold", drover.ErrInvalid)
	}
	s.scratch.New = func() any { return s.newScratch() }
	s.loosen()
	return s, nil
}

func (s *Scanner) add(f *Rules, file int, r *Rule, b *automatonBuilder, gate map[string]int32) error {
	if slices.ContainsFunc(s.rules, func(o *rule) bool { return o.id == r.ID }) {
		return fmt.Errorf("defined twice")
	}
	c := &rule{id: r.ID, class: cmp.Or(f.Classes[r.ID], r.ID), file: file, group: r.SecretGroup, entropy: r.Entropy,
		generic: strings.Contains(strings.ToLower(r.ID), "generic"), skip: r.SkipReport, path: noPath}
	if r.Path != "" {
		re, err := regexp.Compile(r.Path)
		if err != nil {
			return err
		}
		c.path = s.pathExpr(re)
	}
	lists := r.Allowlists
	for _, a := range f.Allowlists {
		if slices.Contains(a.TargetRules, r.ID) {
			lists = append(lists[:len(lists):len(lists)], a)
		}
	}
	for _, a := range lists {
		al, err := s.allowlist(a)
		if err != nil {
			return err
		}
		c.allow = append(c.allow, al)
	}
	for _, k := range r.Keywords {
		k = strings.ToLower(k)
		id, ok := gate[k]
		if !ok {
			id = int32(len(s.gates))
			gate[k] = id
			s.gates = append(s.gates, k)
			b.add(k, ^id)
		}
		c.gates = append(c.gates, id)
	}
	s.rules = append(s.rules, c)
	return s.confine(c, r.Regex, b)
}

func (s *Scanner) expr(re *regexp.Regexp) *expr {
	s.exprs++
	return newExpr(re, s.exprs-1)
}

// confine compiles the expression and files its cuts.
func (s *Scanner) confine(c *rule, expr string, b *automatonBuilder) error {
	n := len(s.rules) - 1
	if expr == "" {
		s.byPath = append(s.byPath, n)
		return nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return err
	}
	c.re = s.expr(re)
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return err
	}
	found := cuts(tree)
	if found == nil {
		s.whole = append(s.whole, n)
	}
	late := s.waits(c, found)
	if late {
		b = newAutomatonBuilder()
	}
	for _, f := range found {
		b.add(f.lit, int32(len(s.cuts)))
		s.cuts = append(s.cuts, compiledCut{cut: f, rule: int32(n), left: reachOf(f.before), right: reachOf(f.after), beside: besides(f.before, f.after),
			ahead: fixed(f.after), back: fixed(f.before), gap: gapOf(f.after)})
	}
	if late {
		l := lateRule{rule: c}
		if l.words, l.starts = b.search(); l.words == nil {
			return fmt.Errorf("more literals than the automaton can hold")
		}
		s.late = append(s.late, l)
	}
	return nil
}

// waits reports whether the cuts are looked for only where a keyword is: some
// literal is so short that it is everywhere, and holds none; or whose rule asks for
// a path and nothing else.
func (s *Scanner) waits(c *rule, found []cut) bool {
	const short = 3
	if len(c.gates) == 0 && c.path != noPath {
		return true // only in few files
	}
	return len(c.gates) > 0 && slices.ContainsFunc(found, func(f cut) bool {
		return len(f.lit) <= short && !slices.ContainsFunc(c.gates, func(g int32) bool { return strings.Contains(f.lit, s.gates[g]) })
	})
}

// Scan returns the secrets in data, ordered by place, then rule. The path may be
// empty. Its cost is linear in the data, whatever the data: where hostile text
// asks for more work than that, a hit of class Unscanned says what was left out.
// Its memory is that of the hits and, if something in data is encoded, one
// decoded copy.
func (s *Scanner) Scan(path string, data []byte) []Hit {
	return s.ScanInput(Input{Path: path, Data: data})
}

// ScanInput is Scan for a text that may come from a commit.
func (s *Scanner) ScanInput(in Input) []Hit { return s.scan(in, true) }

func (s *Scanner) scan(in Input, comments bool) []Hit {
	m := s.matcher(in, comments)
	defer m.forget()
	return m.search()
}

// hidden is scan for what must not be shown: a value that looks like an example is
// found, too.
func (s *Scanner) hidden(in Input) []Hit {
	m := s.matcher(in, false)
	defer m.forget()
	m.hard = true
	return m.search()
}

func (m *matcher) search() []Hit {
	if m.allowedSource() {
		return nil
	}
	m.run()
	return m.result()
}

// matcher prepares a scratch for one input; forget gives it back.
func (s *Scanner) matcher(in Input, comments bool) *matcher {
	return s.scratch.Get().(*scratch).begin(s, in, comments)
}

func (sc *scratch) begin(s *Scanner, in Input, comments bool) *matcher {
	m := &sc.matcher
	sc.input = in
	*m = matcher{s: s, in: &sc.input, sc: sc, view: sc.view(s, in.Path), comments: comments, lines: lineIndex{text: in.Data}, left: workFor(len(in.Data))}
	return m
}

// allowedSource reports whether path or commit allow everything in the input.
func (m *matcher) allowedSource() bool {
	return slices.ContainsFunc(m.s.allow, func(a *allowlist) bool { return a.source(m.view, m.in.Commit) })
}

// run finds what is in the input.
func (m *matcher) run() {
	m.paths()
	m.texts()
}

// paths adds what the path alone says.
func (m *matcher) paths() {
	for _, n := range m.s.byPath {
		if r := m.s.rules[n]; !m.view.empty() && m.wanted(r) {
			m.hits = append(m.hits, finding{Hit: Hit{Rule: r.id, Class: r.class}, rule: r})
		}
	}
}

// texts goes over the input as it is, then over what is encoded in it.
func (m *matcher) texts() {
	m.pass(m.in.Data, nil)
	text, segs := m.in.Data, []segment(nil)
	for range maxDecodeDepth {
		if text, segs = m.decode(text, segs); len(segs) == 0 {
			break
		}
		m.pass(text, segs)
	}
}
