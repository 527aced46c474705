package rolebased

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

// An hclItem is one `key = value` or `key "label" { … }` of an HCL body, as far
// as policies use the language: strings, numbers, booleans, lists, maps, blocks,
// here-documents and the three kinds of comments.
type hclItem struct {
	key, label string
	value      any       // string, float64, bool, []any
	body       []hclItem // of a block or map; not nil there
	line       int
}

// Bounds of a text from a scanned system.
const (
	maxHCL      = 1 << 20
	maxHCLDepth = 16
)

// parseHCL reads a policy. What begins with a brace is JSON.
func parseHCL(text string) ([]hclItem, error) {
	if len(text) > maxHCL {
		return nil, fmt.Errorf("%d bytes are over the limit of %d: %w", len(text), maxHCL, drover.ErrInvalid)
	}
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("not UTF-8: %w", drover.ErrInvalid)
	}
	p := hclParser{text: text, line: 1}
	p.space()
	if p.peek() == '{' {
		return fromJSON(text)
	}
	items, err := p.items(0)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", p.line, err)
	}
	return items, nil
}

type hclParser struct {
	text string
	at   int
	line int
}

func (p *hclParser) bad(what string) error { return fmt.Errorf("%s: %w", what, drover.ErrInvalid) }

func (p *hclParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *hclParser) end() bool { return p.at >= len(p.text) }

func (p *hclParser) skip(n int) {
	p.line += strings.Count(p.text[p.at:p.at+n], "\n")
	p.at += n
}

// space passes white space and comments.
func (p *hclParser) space() {
	for !p.end() {
		rest := p.text[p.at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			p.skip(1)
		case rest[0] == '#' || strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			p.skip(n)
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest, "*/")
			if n < 0 {
				n = len(rest) - 2
			}
			p.skip(n + 2)
		default:
			return
		}
	}
}

// items reads up to the closing brace or, at depth 0, the end.
func (p *hclParser) items(depth int) ([]hclItem, error) {
	if depth > maxHCLDepth {
		return nil, p.bad("nested too deeply")
	}
	out := []hclItem{}
	for {
		p.space()
		switch {
		case p.end() && depth == 0:
			return out, nil
		case p.end():
			return nil, p.bad("a brace is not closed")
		case p.peek() == '}' && depth > 0:
			p.skip(1)
			return out, nil
		case p.peek() == ',' && depth > 0:
			p.skip(1)
			continue
		}
		item, err := p.item(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
}

func (p *hclParser) item(depth int) (hclItem, error) {
	item := hclItem{line: p.line}
	var err error
	if item.key, err = p.name(); err != nil {
		return item, err
	}
	p.space()
	if c := p.peek(); c == '"' || word(c) {
		if item.label, err = p.name(); err != nil {
			return item, err
		}
		p.space()
	}
	switch p.peek() {
	case '{':
		p.skip(1)
		item.body, err = p.items(depth + 1)
		return item, err
	case '=', ':':
		p.skip(1)
		p.space()
		if p.peek() == '{' {
			p.skip(1)
			item.body, err = p.items(depth + 1)
			return item, err
		}
		item.value, err = p.value(depth)
		return item, err
	}
	return item, p.bad("neither = nor { follows a name")
}

func word(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-' || c == '.'
}

func (p *hclParser) name() (string, error) {
	if p.peek() == '"' {
		return p.quoted()
	}
	n := 0
	for p.at+n < len(p.text) && word(p.text[p.at+n]) {
		n++
	}
	if n == 0 {
		return "", p.bad("a name is expected")
	}
	s := p.text[p.at : p.at+n]
	p.skip(n)
	return s, nil
}

// quoted reads a string with Go's escapes, which are HCL's.
func (p *hclParser) quoted() (string, error) {
	for n := p.at + 1; n < len(p.text); n++ {
		switch p.text[n] {
		case '\\':
			n++
		case '\n':
			return "", p.bad("a string is not closed")
		case '"':
			s, err := strconv.Unquote(p.text[p.at : n+1])
			if err != nil {
				return "", p.bad("a string has an unknown escape")
			}
			p.skip(n + 1 - p.at)
			return s, nil
		}
	}
	return "", p.bad("a string is not closed")
}

func (p *hclParser) value(depth int) (any, error) {
	switch {
	case p.peek() == '"':
		return p.quoted()
	case p.peek() == '[':
		return p.list(depth)
	case strings.HasPrefix(p.text[p.at:], "<<"):
		return p.here()
	}
	s, err := p.name()
	if err != nil {
		return nil, err
	}
	switch s {
	case "true", "false":
		return s == "true", nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return f, nil
	}
	return nil, p.bad("a value is neither string, number, boolean, list nor map")
}

func (p *hclParser) list(depth int) (any, error) {
	if depth > maxHCLDepth {
		return nil, p.bad("nested too deeply")
	}
	p.skip(1)
	out := []any{}
	for {
		p.space()
		switch p.peek() {
		case ']':
			p.skip(1)
			return out, nil
		case ',':
			p.skip(1)
			continue
		case '{':
			p.skip(1)
			body, err := p.items(depth + 1)
			if err != nil {
				return nil, err
			}
			out = append(out, (&hclItem{body: body}).plain())
			continue
		}
		if p.end() {
			return nil, p.bad("a list is not closed")
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

// here reads a here-document: <<EOT or <<-EOT.
func (p *hclParser) here() (any, error) {
	first, rest, ok := strings.Cut(p.text[p.at:], "\n")
	mark := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(first, "<<"), "-"))
	if !ok || mark == "" {
		return nil, p.bad("a here-document is not closed")
	}
	n := len(first) + 1
	from := n
	for line := range strings.Lines(rest) {
		if strings.TrimSpace(line) == mark {
			text := p.text[p.at+from : p.at+n]
			p.skip(n + len(line))
			return text, nil
		}
		n += len(line)
	}
	return nil, p.bad("a here-document is not closed")
}
