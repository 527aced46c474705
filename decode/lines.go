package decode

import (
	"errors"
	"iter"
	"strings"
)

// A line of a text file, without its end. Numbers start at 1.
type textLine struct {
	n    int
	text string
}

// maxErrors bounds how many bad lines one error tells of.
const maxErrors = 50

// lines yields the lines of a text, carriage returns taken off, bytes that are
// no UTF-8 made U+FFFD.
func lines(data []byte) iter.Seq[textLine] {
	return func(yield func(textLine) bool) {
		n := 0
		for l := range strings.SplitSeq(strings.ToValidUTF8(string(data), "\ufffd"), "\n") {
			n++
			if !yield(textLine{n, strings.TrimSuffix(l, "\r")}) {
				return
			}
		}
	}
}

// complaints gathers the errors of single lines.
type complaints struct {
	format string
	errs   []error
}

func (c *complaints) add(line int, why string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, bad(c.format, line, why, args...))
	}
}

// note adds what is odd and lost nothing.
func (c *complaints) note(line int, why string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, note{bad(c.format, line, why, args...)})
	}
}

func (c *complaints) err() error { return errors.Join(c.errs...) }

// A pair is one "key = value" of an INI file in its section.
type pair struct {
	section, key, value string
	line                int
	first               bool // the section's header line itself; no key
}

// ini reads sections and pairs: "[section]", "key = value", comments of # and
// ; at the start of a line. An indented line goes on with the value before it
// when follow is set (Python's and AWS's grammar).
func ini(format string, data []byte, follow bool) ([]pair, error) {
	data, err := clean(format, data)
	if err != nil {
		return nil, err
	}
	var out []pair
	bads := complaints{format: format}
	section := ""
	var more []string // lines that go on with the last value
	flush := func() {
		if len(more) > 0 {
			last := &out[len(out)-1]
			last.value = strings.TrimPrefix(last.value+"\n"+strings.Join(more, "\n"), "\n")
			more = nil
		}
	}
	for l := range lines(data) {
		t := strings.TrimSpace(l.text)
		if t != "" && t[0] != '#' && t[0] != ';' && (!follow || l.text[0] != ' ' && l.text[0] != '\t') {
			flush()
		}
		switch {
		case t == "" || t[0] == '#' || t[0] == ';':
		case t[0] == '[' && strings.Contains(t, "]"):
			section = strings.TrimSpace(t[1:strings.LastIndex(t, "]")])
			out = append(out, pair{section: section, line: l.n, first: true})
		case follow && (l.text[0] == ' ' || l.text[0] == '\t') && len(out) > 0 && !out[len(out)-1].first:
			more = append(more, t)
		default:
			k, v, ok := strings.Cut(t, "=")
			if !ok {
				if k, v, ok = strings.Cut(t, ":"); !ok {
					k = t // a bare word, as my.cnf has
				}
			}
			out = append(out, pair{section: section, key: strings.TrimSpace(k), value: strings.TrimSpace(v), line: l.n})
		}
		if len(out) > MaxNodes {
			bads.add(l.n, "more than %d entries", MaxNodes)
			break
		}
	}
	flush()
	return out, bads.err()
}

// unquote takes one pair of matching quotes off.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
