package filter

import (
	"slices"
	"strings"
	"time"
)

// A Completion is what stands at a place of a filter that is being written.
type Completion struct {
	From, To int    // the bytes that a completion takes the place of
	Field    string // whose value is being written; "": a field or a word is
	Op       string // before the value
	Word     string // what is written of it so far, quotes taken off
	Rest     string // the filter without the comparison that is being written; "" where that cannot be read
}

// Complete says what a completion at a byte of the text would complete. Any text
// will do: what cannot be read is a word that is being written.
func Complete(text string, cursor int, fields []Field) Completion {
	cursor = min(max(cursor, 0), len(text))
	toks := tokens(text[:cursor])
	c := Completion{From: cursor, To: cursor}
	start := cursor // of the whole comparison
	n := len(toks)
	if n > 0 && (toks[n-1].kind == tokWord || toks[n-1].kind == tokString) && toks[n-1].end == cursor {
		n--
		c.Word, c.From = toks[n].text, toks[n].pos
		start = c.From
		for c.To < len(text) && strings.IndexByte(" \t\r\n(),=<>!:\"'", text[c.To]) < 0 {
			c.To++
		}
	}
	at := n - 1 // what stands before the word
	for at >= 1 && toks[at].kind == tokComma && (toks[at-1].kind == tokWord || toks[at-1].kind == tokString) {
		at -= 2
	}
	if at >= 1 && toks[at].kind == tokOp && toks[at-1].kind == tokWord && (at < n-1 || c.Word != "" || !spaced(text, toks[at].end, cursor)) {
		c.Field, c.Op, start = toks[at-1].text, toks[at].text, toks[at-1].pos
		at -= 2
	}
	for at >= 0 && (toks[at].kind == tokMinus || toks[at].kind == tokWord && (toks[at].text == "NOT" || toks[at].text == "AND" || toks[at].text == "OR")) {
		start = toks[at].pos
		at--
	}
	c.Rest = rest(text[:start], text[c.To:], fields)
	return c
}

func spaced(text string, from, to int) bool { return strings.TrimSpace(text[from:to]) != text[from:to] }

type spanned struct {
	token
	end int
}

// tokens reads as far as can be; a quote that is not closed is a string to the end.
func tokens(text string) []spanned {
	l := lexer{text: text}
	var list []spanned
	for {
		t, err := l.next()
		if err != nil {
			if t.pos < len(text) && (text[t.pos] == '"' || text[t.pos] == '\'') {
				t.kind, t.text = tokString, text[t.pos+1:]
				list = append(list, spanned{t, len(text)})
			}
			return list
		}
		if t.kind == tokEnd {
			return list
		}
		list = append(list, spanned{t, l.pos})
	}
}

// rest joins what stands before and after a comparison.
func rest(before, after string, fields []Field) string {
	words := strings.Fields(after)
	if len(words) > 0 && (words[0] == "AND" || words[0] == "OR") {
		after = strings.TrimSpace(strings.TrimSpace(after)[len(words[0]):])
	}
	text := strings.TrimSpace(strings.TrimSpace(before) + " " + strings.TrimLeft(after, `"' `))
	if _, err := Parse(text, fields, time.Unix(0, 0)); err != nil {
		return ""
	}
	return text
}

// Operators are those that make sense for a field, the most useful first.
func (f Field) Operators() []string {
	switch f.Type {
	case Text, List:
		return []string{"=", ":", "!="}
	case Time, Future:
		return []string{"<", ">", "<=", ">=", "="}
	}
	return []string{"=", ">=", "<=", ">", "<", "!="}
}

// Lookup finds the field that a name in a filter means.
func Lookup(fields []Field, name string) (Field, bool) {
	f, _, ok := lookup(fields, name)
	return f, ok
}

// Quote writes a value as it can stand in a filter.
func Quote(value string) string {
	if value == "" || strings.ContainsAny(value, " \t\r\n(),=<>!:\"'\\*") || strings.HasPrefix(value, "-") || slices.Contains([]string{"AND", "OR", "NOT", "unknown", "none"}, value) {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	return value
}
