package decode

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseJSON reads JSON as editors take it: comments, trailing commas and a byte
// order mark are allowed. Beside an error it returns what was read until there.
func parseJSON(format string, data []byte) (*value, error) {
	data, err := clean(format, data)
	if err != nil {
		return nil, err
	}
	p := &jsonParser{format: format, b: data, line: 1}
	v, err := p.value(0)
	if err == nil && p.space() {
		err = bad(format, p.line, "something follows the JSON value")
	}
	return v, err
}

type jsonParser struct {
	format     string
	b          []byte
	i, line, n int
}

func (p *jsonParser) fail(why string, args ...any) error { return bad(p.format, p.line, why, args...) }

// space skips white space and comments and reports whether anything is left.
func (p *jsonParser) space() bool {
	for p.i < len(p.b) {
		switch c := p.b[p.i]; {
		case c == '\n':
			p.line++
			p.i++
		case c == ' ' || c == '\t' || c == '\r':
			p.i++
		case c == '/' && p.i+1 < len(p.b) && p.b[p.i+1] == '/':
			for p.i < len(p.b) && p.b[p.i] != '\n' {
				p.i++
			}
		case c == '/' && p.i+1 < len(p.b) && p.b[p.i+1] == '*':
			open := p.i + 2
			for p.i += 2; p.i < len(p.b) && (p.i == open || p.b[p.i] != '/' || p.b[p.i-1] != '*'); p.i++ {
				if p.b[p.i] == '\n' {
					p.line++
				}
			}
			p.i = min(p.i+1, len(p.b))
		default:
			return true
		}
	}
	return false
}

func (p *jsonParser) value(depth int) (*value, error) {
	if !p.space() {
		return nil, p.fail("the text ends where a value should be")
	}
	if p.n++; p.n > MaxNodes {
		return nil, p.fail("more than %d values", MaxNodes)
	}
	if depth > MaxDepth {
		return nil, p.fail("nested deeper than %d", MaxDepth)
	}
	v := &value{line: p.line, size: 1}
	var err error
	switch c := p.b[p.i]; c {
	case '{', '[':
		v.kind = kindMap
		if c == '[' {
			v.kind = kindList
		}
		p.i++
		err = p.members(v, depth)
	case '"':
		v.kind = kindString
		v.text, err = p.str()
	default:
		err = p.word(v)
	}
	return v, err
}

// members reads what stands between brackets, closing bracket included.
func (p *jsonParser) members(v *value, depth int) error {
	closing := byte('}')
	if v.kind == kindList {
		closing = ']'
	}
	for {
		if !p.space() {
			return p.fail("the text ends before %q", closing)
		}
		switch c := p.b[p.i]; {
		case c == closing:
			p.i++
			return nil
		case c == ',' && len(v.vals) > 0:
			p.i++
			continue
		}
		key := ""
		if v.kind == kindMap {
			if p.b[p.i] != '"' {
				return p.fail("want a quoted key")
			}
			var err error
			if key, err = p.str(); err != nil {
				return err
			}
			if !p.space() || p.b[p.i] != ':' {
				return p.fail("want a colon after the key")
			}
			p.i++
		}
		c, err := p.value(depth + 1)
		if c != nil {
			if v.kind == kindMap {
				v.keys = append(v.keys, key)
			}
			v.vals = append(v.vals, c)
			v.size += c.size
		}
		if err != nil {
			return err
		}
		if p.space() && p.b[p.i] != ',' && p.b[p.i] != closing {
			return p.fail("want a comma or %q", closing)
		}
	}
}

// word reads true, false, null and numbers.
func (p *jsonParser) word(v *value) error {
	start := p.i
	for p.i < len(p.b) && strings.IndexByte(",]}: \t\r\n/\"{[", p.b[p.i]) < 0 {
		p.i++
	}
	v.text = string(p.b[start:p.i])
	switch v.text {
	case "true", "false":
		v.kind = kindBool
	case "null":
		v.text = ""
	default:
		v.kind = kindNumber
		if _, err := strconv.ParseFloat(v.text, 64); err != nil && !strings.Contains(err.Error(), "range") {
			v.text = ""
			return p.fail("neither a value nor a number")
		}
	}
	return nil
}

// str reads a quoted string. Bytes that are no UTF-8 become U+FFFD.
func (p *jsonParser) str() (string, error) {
	p.i++
	start := p.i
	for p.i < len(p.b) && p.b[p.i] != '"' && p.b[p.i] != '\\' && p.b[p.i] != '\n' {
		p.i++
	}
	if p.i < len(p.b) && p.b[p.i] == '"' {
		p.i++
		return strings.ToValidUTF8(string(p.b[start:p.i-1]), "\ufffd"), nil
	}
	out := append([]byte(nil), p.b[start:p.i]...)
	for p.i < len(p.b) {
		switch c := p.b[p.i]; c {
		case '"':
			p.i++
			return strings.ToValidUTF8(string(out), "\ufffd"), nil
		case '\\':
			var err error
			if out, err = p.escape(out); err != nil {
				return "", err
			}
		default:
			if c == '\n' {
				p.line++
			}
			out = append(out, c)
			p.i++
		}
	}
	return "", p.fail("the text ends inside a string")
}

func (p *jsonParser) escape(out []byte) ([]byte, error) {
	if p.i+1 >= len(p.b) {
		return nil, p.fail("the text ends inside a string")
	}
	c := p.b[p.i+1]
	p.i += 2
	switch c {
	case 'n':
		return append(out, '\n'), nil
	case 't':
		return append(out, '\t'), nil
	case 'r':
		return append(out, '\r'), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case '"', '\\', '/', '\'':
		return append(out, c), nil
	case 'u':
		r, ok := p.hex4()
		if !ok {
			return nil, p.fail("bad \\u escape")
		}
		if r >= 0xd800 && r < 0xdc00 && p.i+1 < len(p.b) && p.b[p.i] == '\\' && p.b[p.i+1] == 'u' {
			mark := p.i
			p.i += 2
			if s, ok := p.hex4(); ok && s >= 0xdc00 && s < 0xe000 {
				return utf8.AppendRune(out, 0x10000+(r-0xd800)<<10+(s-0xdc00)), nil
			}
			p.i = mark
		}
		return utf8.AppendRune(out, r), nil
	}
	return nil, p.fail("bad escape in a string")
}

func (p *jsonParser) hex4() (rune, bool) {
	if p.i+4 > len(p.b) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.b[p.i:p.i+4]), 16, 32)
	p.i += 4
	return rune(n), err == nil
}
