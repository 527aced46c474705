package access

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// An elem is one element of a parsed pattern: a character, or a wildcard, which
// is negative and made of these bits.
type elem int32

const (
	aText   = 1 << iota // any number of characters; else one
	noSlash             // none of which is a slash
	noColon             // none of which is a colon
)

const (
	anyOne  = elem(-1)         // ?
	anyText = elem(-1 - aText) // *
)

func (e elem) wild() bool { return e < 0 }
func (e elem) bits() int  { return int(-1 - e) }
func (e elem) text() bool { return e < 0 && e.bits()&aText != 0 }

// one is the single character that a text wildcard is made of.
func (e elem) one() elem { return wildcard(e.bits() &^ aText) }

func wildcard(bits int) elem { return elem(-1 - bits) }

// wildcards are the wildcards that are spelled with braces.
var wildcards = []struct {
	text string
	elem elem
}{
	{"${!/}", wildcard(noSlash | aText)}, {"${!/?}", wildcard(noSlash)},
	{"${!:}", wildcard(noColon | aText)}, {"${!:?}", wildcard(noColon)},
	{"${!/:}", wildcard(noSlash | noColon | aText)}, {"${!/:?}", wildcard(noSlash | noColon)},
}

// A glob is a pattern in canonical form: in a run of wildcards the `?` come
// before the `*`, and no text wildcard stands beside another. Folded globs have
// their characters in lower case.
type glob []elem

// maxPattern bounds the length of a pattern that takes part in the algebra;
// Contains takes any.
const maxPattern = 1 << 14

// clean makes a name valid UTF-8, one U+FFFD for each stray byte.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// wild says whether a pattern stands for more, or for something else, than its
// own text.
func wild(p string) bool {
	for i := range len(p) {
		if c := p[i]; c == '*' || c == '?' || c == '$' && i+1 < len(p) && p[i+1] == '{' {
			return true
		}
	}
	return false
}

// parse reads a pattern.
func parse(p string, fold bool) glob {
	g := make(glob, 0, len(p))
	for len(p) > 0 {
		e, n := next(p)
		p = p[n:]
		if fold {
			e = lower(e)
		}
		g = append(g, e)
	}
	return g.canonical()
}

// next reads the first element of a pattern that is not empty.
func next(p string) (e elem, size int) {
	switch p[0] {
	case '*':
		return anyText, 1
	case '?':
		return anyOne, 1
	case '$':
		if strings.HasPrefix(p, "${*}") || strings.HasPrefix(p, "${?}") || strings.HasPrefix(p, "${$}") {
			return elem(p[2]), 4
		}
		for _, w := range wildcards {
			if strings.HasPrefix(p, w.text) {
				return w.elem, len(w.text)
			}
		}
	}
	r, n := utf8.DecodeRuneInString(p)
	return elem(r), n
}

func lower(e elem) elem {
	if 'A' <= e && e <= 'Z' {
		return e + 'a' - 'A'
	}
	return e
}

// canonical sorts and merges runs of wildcards, in place.
func (g glob) canonical() glob {
	out := g[:0]
	for i := 0; i < len(g); {
		if g[i] >= 0 {
			out = append(out, g[i])
			i++
			continue
		}
		j := i
		for j < len(g) && g[j] < 0 {
			j++
		}
		out = appendRun(out, g[i:j])
		i = j
	}
	return out
}

// appendRun writes one run of wildcards, which may lie in the same array
// further on. A run of plain ones, with a `*` somewhere, is all its `?` and then
// the `*`. In others the order matters, and a text only merges with a
// neighbouring text that holds it.
func appendRun(out, run glob) glob {
	ones, text, plain := 0, false, true
	for _, e := range run {
		if e.text() {
			text = text || e == anyText
			plain = plain && (e == anyText || slices.Contains(run, anyText))
		} else {
			ones++
			plain = plain && e == anyOne
		}
	}
	if plain {
		for range ones {
			out = append(out, anyOne)
		}
		if text {
			out = append(out, anyText)
		}
		return out
	}
	start := len(out)
	for _, e := range run {
		if n := len(out); e.text() && n > start && out[n-1].text() {
			switch both := e.bits() & out[n-1].bits(); both {
			case e.bits(), out[n-1].bits():
				out[n-1] = wildcard(both)
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// String writes the pattern in canonical spelling.
func (g glob) String() string {
	var b strings.Builder
	for i, e := range g {
		switch e {
		case anyOne:
			b.WriteByte('?')
		case anyText:
			b.WriteByte('*')
		case '*', '?':
			b.WriteString("${" + string(rune(e)) + "}")
		case '$':
			if g[i+1:].escapes() {
				b.WriteString("${$}")
			} else {
				b.WriteByte('$')
			}
		default:
			b.WriteString(e.spelled())
		}
	}
	return b.String()
}

func (e elem) spelled() string {
	for _, w := range wildcards {
		if w.elem == e {
			return w.text
		}
	}
	return string(rune(e))
}

// escapes says whether a `$` before g would be read as the start of an escape.
func (g glob) escapes() bool {
	return len(g) > 1 && g[0] == '{' && (g[1] == anyText || g[1] == anyOne || g[1] == '$' || g[1] == '!')
}

// spelled is the canonical spelling of a pattern, with its case as given.
func spelled(p string) string {
	if !wild(p) {
		return clean(p)
	}
	return parse(p, false).String()
}

// match says whether a clean name matches a pattern.
func match(p, name string, fold bool) bool {
	if strings.Contains(p, "${") {
		return parse(p, fold).match(name, fold)
	}
	p = clean(p)
	var (
		i, j       int // in p and in name
		star, mark = -1, 0
	)
	for j < len(name) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
			continue
		case i < len(p) && p[i] == '?':
			_, n := utf8.DecodeRuneInString(name[j:])
			i, j = i+1, j+n
			continue
		case i < len(p) && same(p[i], name[j], fold):
			i, j = i+1, j+1
			continue
		case star < 0:
			return false
		}
		_, n := utf8.DecodeRuneInString(name[mark:])
		mark += n
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

func same(a, b byte, fold bool) bool {
	if a == b {
		return true
	}
	return fold && lower(elem(a)) == lower(elem(b))
}

// match runs the pattern over a clean name, all positions at once.
func (g glob) match(name string, fold bool) bool {
	now, then := make([]bool, len(g)+1), make([]bool, len(g)+1)
	g.enter(now, 0)
	for _, r := range name {
		clear(then)
		e := elem(r)
		if fold {
			e = lower(e)
		}
		for i, here := range now[:len(g)] {
			switch {
			case !here || !g[i].takes(e):
			case g[i].text():
				g.enter(then, i)
			default:
				g.enter(then, i+1)
			}
		}
		now, then = then, now
	}
	return now[len(g)]
}

// enter marks position i and those that follow it without a character.
func (g glob) enter(at []bool, i int) {
	for at[i] = true; i < len(g) && g[i].text(); {
		i++
		at[i] = true
	}
}

// takes says whether an element accepts a character (lower case if folded).
func (e elem) takes(c elem) bool {
	return e == c || e.wild() && !e.stops(c)
}

// stops says whether a wildcard refuses a character.
func (e elem) stops(c elem) bool {
	return c == '/' && e.bits()&noSlash != 0 || c == ':' && e.bits()&noColon != 0
}
