package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

type tokKind int

const (
	tokEnd tokKind = iota
	tokWord
	tokString // quoted
	tokOp     // : = != < <= > >=
	tokComma
	tokOpen
	tokClose
	tokMinus
)

type token struct {
	kind  tokKind
	text  string
	pos   int  // byte offset
	space bool // white space stood before it
}

type lexer struct {
	text string
	pos  int
}

func (l *lexer) next() (token, error) {
	start := l.pos
	for l.pos < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.pos]) >= 0 {
		l.pos++
	}
	t := token{pos: l.pos, space: l.pos > start || start == 0}
	if l.pos >= len(l.text) {
		return t, nil
	}
	c := l.text[l.pos]
	one := func(k tokKind) (token, error) {
		l.pos++
		t.kind, t.text = k, string(c)
		return t, nil
	}
	switch {
	case c == '(':
		return one(tokOpen)
	case c == ')':
		return one(tokClose)
	case c == ',':
		return one(tokComma)
	case c == '-' && t.space:
		return one(tokMinus)
	case strings.IndexByte(":=<>!", c) >= 0:
		return l.operator(t)
	case c == '"' || c == '\'':
		return l.quoted(t, c)
	}
	end := l.pos
	for end < len(l.text) && strings.IndexByte(" \t\r\n(),=<>!\"", l.text[end]) < 0 && (l.text[end] != ':' || !l.atField(end)) {
		end++
	}
	t.kind, t.text = tokWord, l.text[l.pos:end]
	l.pos = end
	return t, nil
}

// atField reports whether the colon at i ends a field name: what stands before
// it in this word holds no other colon. In a value ("arn:aws:iam::1") it does not.
func (l *lexer) atField(i int) bool {
	word := l.text[l.pos:i]
	if strings.ContainsAny(word, ":/@") {
		return false
	}
	// A colon right behind an operator's value belongs to the value.
	return l.pos == 0 || strings.IndexByte(":=<>!,", l.text[l.pos-1]) < 0
}

func (l *lexer) operator(t token) (token, error) {
	for _, op := range []string{"!=", "<=", ">=", ":", "=", "<", ">"} {
		if strings.HasPrefix(l.text[l.pos:], op) {
			t.kind, t.text = tokOp, op
			l.pos += len(op)
			return t, nil
		}
	}
	return t, syntaxError(l.text, l.pos, `"!" alone means nothing; write != or NOT`)
}

func (l *lexer) quoted(t token, quote byte) (token, error) {
	var b strings.Builder
	for i := l.pos + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == quote:
			t.kind, t.text = tokString, b.String()
			l.pos = i + 1
			return t, nil
		case c == '\\' && i+1 < len(l.text):
			i++
			b.WriteByte(l.text[i])
		default:
			b.WriteByte(c)
		}
	}
	return t, syntaxError(l.text, t.pos, "the quote is not closed")
}

// A SyntaxError says where a filter cannot be read, and why. It wraps
// drover.ErrInvalid.
type SyntaxError struct {
	Text   string // the whole filter
	Offset int    // byte of Text at which it is wrong
	Reason string // what is wrong, and what to write instead
}

func (e *SyntaxError) Error() string {
	near := e.Text[e.Offset:]
	if len(near) > 24 {
		near = near[:24] + "…"
	}
	return fmt.Sprintf("filter, column %d, at %q: %s: %v", e.Offset+1, near, e.Reason, drover.ErrInvalid)
}

// Unwrap returns drover.ErrInvalid.
func (e *SyntaxError) Unwrap() error { return drover.ErrInvalid }

// Column is the place in characters, from 1, as an editor counts.
func (e *SyntaxError) Column() int { return utf8.RuneCountInString(e.Text[:e.Offset]) + 1 }

// Suggestion is what was probably meant at that place, "" where nothing is near.
func (e *SyntaxError) Suggestion() string {
	_, meant, ok := strings.Cut(e.Reason, `did you mean "`)
	if !ok {
		return ""
	}
	meant, _, _ = strings.Cut(meant, `"`)
	return meant
}

func syntaxError(text string, pos int, format string, args ...any) error {
	return &SyntaxError{text, pos, fmt.Sprintf(format, args...)}
}
