package secret

import (
	"regexp/syntax"
	"strings"
	"unicode"
)

// A cut is one place at which a regular expression is bound to a literal: every
// match holds, for at least one cut of the expression, the literal with before
// directly to its left and after directly to its right.
type cut struct {
	lit    string // lower case; the text may differ in case, self says how
	self   []item // the literal itself, case-sensitive where the expression is
	before []item // read from the literal to the left
	after  []item
}

// cuts returns the cuts of re, or nil if some match may hold no literal.
func cuts(re *syntax.Regexp) []cut {
	switch re.Op {
	case syntax.OpCapture:
		return cuts(re.Sub[0])
	case syntax.OpAlternate:
		if words, ok := exact(re); ok {
			return wordCuts(words, items(re))
		}
		var all []cut
		for _, sub := range re.Sub {
			c := cuts(sub)
			if c == nil {
				return nil
			}
			all = append(all, c...)
		}
		return all
	case syntax.OpConcat:
		return concatCuts(re)
	case syntax.OpPlus, syntax.OpRepeat:
		if re.Op == syntax.OpRepeat && re.Min == 0 {
			return nil
		}
		// The first round holds a cut; later rounds follow it.
		rest := repeatItems(re.Sub[0], 0, -1)
		if re.Op == syntax.OpRepeat && re.Max > 0 {
			rest = repeatItems(re.Sub[0], re.Min-1, re.Max-1)
		}
		return widen(cuts(re.Sub[0]), nil, rest)
	}
	if words, ok := exact(re); ok {
		return wordCuts(words, items(re))
	}
	return nil
}

func concatCuts(re *syntax.Regexp) []cut {
	var best []cut
	bestScore := 0
	consider := func(c []cut, from, to int) {
		score := cutScore(c)
		if score > bestScore {
			bestScore = score
			best = widen(c, concatItems(re.Sub[:from]), concatItems(re.Sub[to:]))
		}
	}
	for i := range re.Sub {
		words := []string{""}
		j := i
		for ; j < len(re.Sub); j++ {
			more, ok := exact(re.Sub[j])
			if !ok || len(more)*len(words) > maxWords {
				break
			}
			words = cross(words, more)
		}
		if j > i {
			consider(wordCuts(words, concatItems(re.Sub[i:j])), i, j)
		} else {
			consider(cuts(re.Sub[i]), i, i+1)
		}
	}
	return best
}

// cutScore prefers long literals, then few of them.
func cutScore(c []cut) int {
	if len(c) == 0 {
		return 0
	}
	least := len(c[0].lit)
	for _, x := range c {
		if strings.Contains("https://", x.lit) {
			return 1 // is everywhere
		}
		least = min(least, len(x.lit))
	}
	const enough = 7 // the first of those that are as rare as this: mostly a keyword
	return min(least, enough)*64 - min(len(c), 60)
}

func concatItems(subs []*syntax.Regexp) []item {
	var out []item
	for _, sub := range subs {
		out = append(out, items(sub)...)
	}
	return out
}

// widen puts what stands left and right of the expression that c cuts to c.
func widen(c []cut, left, right []item) []cut {
	for i := range c {
		c[i].before = append(c[i].before[:len(c[i].before):len(c[i].before)], reversed(left)...)
		c[i].after = append(c[i].after[:len(c[i].after):len(c[i].after)], right...)
	}
	return c
}

func wordCuts(words []string, self []item) []cut {
	var out []cut
	seen := map[string]bool{}
	for _, w := range words {
		if w == "" {
			return nil
		}
		if !seen[w] {
			seen[w] = true
			out = append(out, cut{lit: w, self: self})
		}
	}
	return out
}

const (
	maxWords   = 64
	maxWordLen = 48
)

func cross(left, right []string) []string {
	out := make([]string, 0, len(left)*len(right))
	for _, l := range left {
		for _, r := range right {
			out = append(out, l+r)
		}
	}
	return out
}

// exact returns all words that re matches, in lower case and ASCII, if they are
// few and short. K (Kelvin) and ſ count as k and s, which they fold to.
func exact(re *syntax.Regexp) ([]string, bool) {
	words, ok := exactWords(re)
	if !ok || len(words) > maxWords {
		return nil, false
	}
	for _, w := range words {
		if len(w) > maxWordLen {
			return nil, false
		}
	}
	return words, true
}

func exactWords(re *syntax.Regexp) ([]string, bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpBeginText, syntax.OpEndLine,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}, true
	case syntax.OpLiteral:
		var b strings.Builder
		for _, r := range re.Rune {
			c, ok := foldASCII(r)
			if !ok {
				return nil, false
			}
			b.WriteByte(c)
		}
		return []string{b.String()}, true
	case syntax.OpCharClass:
		return classWords(re.Rune)
	case syntax.OpCapture:
		return exact(re.Sub[0])
	case syntax.OpQuest:
		words, ok := exact(re.Sub[0])
		return append(words[:len(words):len(words)], ""), ok
	case syntax.OpConcat:
		words := []string{""}
		for _, sub := range re.Sub {
			more, ok := exact(sub)
			if !ok || len(words)*len(more) > maxWords {
				return nil, false
			}
			words = cross(words, more)
		}
		return words, true
	case syntax.OpAlternate:
		var words []string
		for _, sub := range re.Sub {
			more, ok := exact(sub)
			if !ok {
				return nil, false
			}
			words = append(words, more...)
		}
		return words, true
	}
	return nil, false
}

func classWords(ranges []rune) ([]string, bool) {
	seen := map[byte]bool{}
	var words []string
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] > 8 {
			return nil, false
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			c, ok := foldASCII(r)
			if !ok || len(words) > 8 {
				return nil, false
			}
			if !seen[c] {
				seen[c] = true
				words = append(words, string(rune(c)))
			}
		}
	}
	return words, len(words) > 0
}

// foldASCII is the lower-case ASCII letter, or other ASCII character, that r
// folds to.
func foldASCII(r rune) (byte, bool) {
	switch {
	case r == 'ſ':
		return 's', true
	case r == '\u212a':
		return 'k', true
	case r > unicode.MaxASCII:
		return 0, false
	case 'A' <= r && r <= 'Z':
		return byte(r) + 'a' - 'A', true
	}
	return byte(r), true
}
