package classify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxName is the longest name that is taken apart, in bytes. A longer one is
// kept whole and unlabelled: no name that people gave is that long.
const MaxName = 512

const maxTokens = 40

// A token is a run of letters or of digits, or a protected word of both.
type token struct {
	start, end int    // bytes of the raw name
	text       string // NFKC, lower case
	digits     bool
	glued      bool // no border but letter against digit stands before it
	camel      bool // the border before it is a capital only
	slot       Slot
	lex        *lexeme // what the vocabulary knows of the text
}

// tokenizer holds the buffers of one parse, so that parsing allocates little.
type tokenizer struct {
	v    *vocab
	name string // the raw name
	low  string // its lower case when ASCII, else ""
	tok  [maxTokens]token
	n    int
	over bool // more tokens than fit
}

// split fills the tokens of name[from:to].
func (t *tokenizer) split(from, to int) {
	if ascii(t.name) {
		t.low = strings.ToLower(t.name)
	}
	for i := from; i < to; {
		r, size := t.runeAt(i)
		if !wordRune(r) {
			i += size
			continue
		}
		j := i + size
		for j < to {
			r, size = t.runeAt(j)
			if !wordRune(r) && !unicode.Is(unicode.M, r) {
				break
			}
			j += size
		}
		t.word(i, j)
		i = j
	}
}

func (t *tokenizer) runeAt(i int) (rune, int) {
	if c := t.name[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(t.name[i:])
}

// text folds name[a:b].
func (t *tokenizer) text(a, b int) string {
	if t.low != "" {
		return t.low[a:b]
	}
	return strings.ToLower(norm.NFKC.String(t.name[a:b]))
}

// word splits one run of letters and digits, unless it is one word.
func (t *tokenizer) word(a, b int) {
	whole := t.text(a, b)
	lex := t.v.lexeme(whole)
	if lex.whole {
		t.add(token{start: a, end: b, text: whole, lex: lex})
		return
	}
	if opaque(whole) {
		t.add(token{start: a, end: b, text: whole, slot: SlotOpaque})
		return
	}
	start := a
	for i := a; i < b; {
		_, size := t.runeAt(i)
		i += size
		if i < b && !t.border(start, i, b) {
			continue
		}
		t.piece(a, start, i)
		start = i
	}
}

// piece adds name[start:end], part of the word that begins at a.
func (t *tokenizer) piece(a, start, end int) {
	first, _ := t.runeAt(start)
	digits := unicode.IsDigit(first)
	tk := token{start: start, end: end, text: t.text(start, end), digits: digits}
	if start > a {
		before, _ := utf8.DecodeLastRuneInString(t.name[:start])
		tk.glued = digits || unicode.IsDigit(before) && (!unicode.IsUpper(first) || end-start < 2)
		tk.camel = !tk.glued
	}
	t.add(tk)
}

// border reports whether a token ends at i inside the word name[start:b]:
// letter against digit, lower against upper case, and before the last capital
// of a run ("APIGateway"). Protected words that stand between borders stay whole.
func (t *tokenizer) border(start, i, b int) bool {
	prev, _ := utf8.DecodeLastRuneInString(t.name[:i])
	next, size := t.runeAt(i)
	if unicode.IsDigit(prev) != unicode.IsDigit(next) {
		return !unicode.Is(unicode.M, next)
	}
	if unicode.IsUpper(next) && unicode.IsLower(prev) {
		return !t.insideWhole(start, i, b)
	}
	if unicode.IsUpper(prev) && unicode.IsUpper(next) && i+size < b && i-start >= 2 {
		after, _ := t.runeAt(i + size)
		return unicode.IsLower(after) && !t.insideWhole(start, i, b)
	}
	return false
}

// insideWhole reports whether the capital at i stands inside a protected word
// that begins at start: "GitHub", "DevOps".
func (t *tokenizer) insideWhole(start, i, b int) bool {
	for j := i + 1; j <= b; j++ {
		if j < b {
			r, _ := t.runeAt(j)
			if !unicode.IsUpper(r) && !unicode.IsDigit(r) {
				continue
			}
		}
		if t.v.whole[t.text(start, j)] {
			return true
		}
	}
	return false
}

func (t *tokenizer) add(tk token) {
	if t.n == maxTokens {
		t.over = true
		return
	}
	if tk.lex == nil {
		tk.lex = t.v.lexeme(tk.text)
	}
	t.tok[t.n] = tk
	t.n++
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// opaque reports whether a word is a generated id: eight or more hexadecimal
// digits with letters and digits mixed, or long runs of digits.
func opaque(w string) bool {
	if len(w) < 8 {
		return false
	}
	digits, hex, changes := 0, true, 0
	for i := range len(w) {
		d := '0' <= w[i] && w[i] <= '9'
		if d {
			digits++
		} else if w[i] > 'f' {
			hex = false
		}
		if i > 0 && d != ('0' <= w[i-1] && w[i-1] <= '9') {
			changes++
		}
	}
	switch {
	case digits == len(w):
		return true
	case hex && digits >= 2 && changes >= 2:
		return true
	case changes >= 5 && digits >= 3 && len(w) >= 12:
		return true
	}
	return false
}
