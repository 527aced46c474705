package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible writes out what a reader cannot see or a program might obey: control
// characters and those that turn the direction of text as \u{...}, bytes that are
// not UTF-8 as \x{...}. A text of more than limit bytes is cut there and ends in
// "…". Line feeds stay where lines is true.
func Visible(s string, limit int, lines bool) string {
	if plain(s) && len(s) <= limit {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if b.Len() >= limit {
			b.WriteString("…")
			break
		}
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x{%02x}`, s[i])
		case c == '\n' && lines:
			b.WriteByte('\n')
		case hidden(c):
			fmt.Fprintf(&b, `\u{%x}`, c)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// Line is Visible for a sentence: one line of at most 2,000 bytes.
func Line(s string) string { return Visible(s, 2_000, false) }

// Words is Visible for text of several lines, of at most 20,000 bytes.
func Words(s string) string { return Visible(s, 20_000, true) }

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// hidden are control characters, those of format and direction, separators of
// lines, private use and what is no character at all.
func hidden(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) || c&0xfffe == 0xfffe || c >= 0xfdd0 && c <= 0xfdef
}

// Markdown writes a text for GitHub's Markdown so that it is text and nothing
// else: no markup, no HTML, no link, and no mention of a person or an issue, which
// are made of rendered text and end where a comment stands in it. It is for the
// middle of a line: at its beginning a hyphen is a list.
func Markdown(s string) string { return markdown.Replace(Line(s)) }

var markdown = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "$", `\$`,
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "#", "#<!-- -->", "@", "@<!-- -->", "://", ":<!-- -->//", "www.", "www<!-- -->.", "WWW.", "WWW<!-- -->.")

// Code writes a text as a code span of Markdown, whatever backticks it holds.
func Code(s string) string {
	s = Line(s)
	if strings.TrimSpace(s) == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + " " + s + " " + fence
}
