package secret

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// An expr is a regular expression with what runs it: regexp's own engines find
// the groups of a match, a dfa finds the match. id numbers the dfas of a scratch.
type expr struct {
	re    *regexp.Regexp
	id    int
	progs func() (forward, backward *program) // nil, nil: regexp must do
}

func newExpr(re *regexp.Regexp, id int) *expr {
	return &expr{re: re, id: id, progs: sync.OnceValues(func() (*program, *program) {
		tree, err := syntax.Parse(re.String(), syntax.Perl)
		if err != nil {
			return nil, nil
		}
		f, b := newProgram(tree, false), newProgram(mirrored(tree), true)
		if f == nil || b == nil {
			return nil, nil
		}
		return f, b
	})}
}

// A program is a compiled expression seen by a dfa: the runes that no instruction
// tells apart are one class. The class after the last stands for the text's end.
type program struct {
	insts    []syntax.Inst
	start    uint32
	backward bool
	ascii    [utf8.RuneSelf]uint8
	bounds   []rune   // where classes begin; class i is bounds[i] to bounds[i+1]-1
	kinds    []kind   // by class
	accepts  []uint64 // by instruction, words to each: the classes that it steps over
	words    int
	shift    uint // a row of transitions has 1<<shift entries
}

// A kind is what an assertion (^, $, \b) asks of the rune beside it.
type kind uint8

const (
	kindEdge kind = iota // no rune: the text begins or ends
	kindLine             // a line feed
	kindWord
	kindOther
)

func kindOf(r rune) kind {
	switch {
	case r < 0:
		return kindEdge
	case r == '\n':
		return kindLine
	case syntax.IsWordChar(r):
		return kindWord
	}
	return kindOther
}

// sample is a rune of each kind, for syntax.EmptyOpContext.
var sample = [...]rune{kindEdge: -1, kindLine: '\n', kindWord: 'a', kindOther: ' '}

const (
	maxClasses = 250
	maxInsts   = 20_000
)

// newProgram returns nil if the expression has more classes or instructions than
// a dfa is good for.
func newProgram(tree *syntax.Regexp, backward bool) *program {
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil || len(prog.Inst) > maxInsts {
		return nil
	}
	p := &program{insts: prog.Inst, start: uint32(prog.Start), backward: backward}
	p.bounds = classBounds(prog)
	if len(p.bounds) > maxClasses {
		return nil
	}
	for r := range rune(utf8.RuneSelf) {
		p.ascii[r] = uint8(p.search(r))
	}
	p.words = (len(p.bounds) + 63) / 64
	p.accepts = make([]uint64, len(p.insts)*p.words)
	for class, r := range p.bounds {
		p.kinds = append(p.kinds, kindOf(r))
		for pc := range p.insts {
			if in := &p.insts[pc]; steps(in) && in.MatchRune(r) {
				p.accepts[pc*p.words+class>>6] |= 1 << (class & 63)
			}
		}
	}
	p.kinds = append(p.kinds, kindEdge)
	for 1<<p.shift < len(p.kinds) {
		p.shift++
	}
	return p
}

func steps(in *syntax.Inst) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// classBounds returns every rune at which some instruction or assertion begins
// to answer otherwise.
func classBounds(prog *syntax.Prog) []rune {
	bounds := []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		if !steps(in) {
			continue
		}
		if len(in.Rune) == 1 {
			r := in.Rune[0]
			bounds = append(bounds, r, r+1)
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				bounds = append(bounds, f, f+1)
			}
			continue
		}
		for j := 0; j+1 < len(in.Rune); j += 2 {
			bounds = append(bounds, in.Rune[j], in.Rune[j+1]+1)
		}
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	if last := len(bounds) - 1; bounds[last] > unicode.MaxRune {
		bounds = bounds[:last]
	}
	return bounds
}

func (p *program) search(r rune) int {
	i, found := slices.BinarySearch(p.bounds, r)
	if !found {
		i--
	}
	return i
}

// end is the class of the text's end.
func (p *program) end() int { return len(p.bounds) }

// next returns the class of the rune at the start of b and its size; b is not empty.
func (p *program) next(b []byte) (class, size int) {
	if b[0] < utf8.RuneSelf {
		return int(p.ascii[b[0]]), 1
	}
	r, size := utf8.DecodeRune(b)
	return p.search(r), size
}

// last is next for the rune at the end of b.
func (p *program) last(b []byte) (class, size int) {
	if c := b[len(b)-1]; c < utf8.RuneSelf {
		return int(p.ascii[c]), 1
	}
	r, size := utf8.DecodeLastRune(b)
	return p.search(r), size
}

// mirrored is re read from its end: it matches what re matches, backwards.
// Assertions stay what they are; a backward dfa asks them the right way round.
func mirrored(re *syntax.Regexp) *syntax.Regexp {
	m := *re
	m.Rune, m.Sub = slices.Clone(re.Rune), nil
	for _, sub := range re.Sub {
		m.Sub = append(m.Sub, mirrored(sub))
	}
	switch re.Op {
	case syntax.OpLiteral:
		slices.Reverse(m.Rune)
	case syntax.OpConcat:
		slices.Reverse(m.Sub)
	}
	return &m
}
