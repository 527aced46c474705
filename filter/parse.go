package filter

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

type parser struct {
	lex    lexer
	tok    token
	fields []Field
	now    time.Time
	timed  bool
	parts  []part
}

func (p *parser) next() (err error) { p.tok, err = p.lex.next(); return err }

func (p *parser) errorf(pos int, format string, args ...any) error {
	return syntaxError(p.lex.text, pos, format, args...)
}

func (p *parser) keyword(w string) bool { return p.tok.kind == tokWord && p.tok.text == w }

// expr reads terms joined by AND (written or not) or by OR, never by both.
func (p *parser) expr(depth int) (node, error) {
	if depth > maxDepth {
		return nil, p.errorf(p.tok.pos, "nested deeper than %d", maxDepth)
	}
	start := p.tok.pos
	var terms []node
	var spans []string
	var parts []part
	joined := "" // "AND" or "OR", once one was met
	mixed := false
	for {
		from := p.tok.pos
		n, err := p.term(depth)
		if err != nil {
			return nil, err
		}
		terms = append(terms, n)
		spans = append(spans, strings.TrimSpace(p.lex.text[from:p.tok.pos]))
		if depth == 0 {
			parts = append(parts, part{from, from + len(spans[len(spans)-1]), fieldOf(n)})
		}
		if p.tok.kind == tokEnd || p.tok.kind == tokClose {
			break
		}
		op := "AND"
		if p.keyword("OR") {
			op = "OR"
		}
		if p.keyword("AND") || p.keyword("OR") {
			if err := p.next(); err != nil {
				return nil, err
			}
		}
		if joined != "" && joined != op {
			mixed = true
		}
		joined = op
		spans = append(spans, op)
	}
	if mixed {
		return nil, p.errorf(start, "AND and OR are mixed without parentheses; write %s or %s", andFirst(spans), orFirst(spans))
	}
	n := terms[0]
	for _, t := range terms[1:] {
		if joined == "OR" {
			n = or{n, t}
		} else {
			n = and{n, t}
		}
	}
	if joined == "OR" && depth == 0 {
		parts = []part{{start, parts[len(parts)-1].to, fieldOf(n)}}
	}
	p.parts = parts // of the outermost level, which is read to its end last
	return n, nil
}

// andFirst and orFirst write the two readings of a mixed expression.
func andFirst(spans []string) string { return group(spans, "AND", "OR") }
func orFirst(spans []string) string  { return group(spans, "OR", "AND") }

func group(spans []string, inner, outer string) string {
	var parts []string
	run := []string{spans[0]}
	flush := func() {
		s := strings.Join(run, " "+inner+" ")
		if len(run) > 1 {
			s = "(" + s + ")"
		}
		parts = append(parts, s)
	}
	for i := 1; i+1 < len(spans); i += 2 {
		if spans[i] == inner {
			run = append(run, spans[i+1])
			continue
		}
		flush()
		run = []string{spans[i+1]}
	}
	flush()
	return "`" + strings.Join(parts, " "+outer+" ") + "`"
}

func (p *parser) term(depth int) (node, error) {
	switch {
	case depth > maxDepth:
		return nil, p.errorf(p.tok.pos, "nested deeper than %d", maxDepth)
	case p.keyword("NOT") || p.tok.kind == tokMinus:
		if err := p.next(); err != nil {
			return nil, err
		}
		n, err := p.term(depth + 1)
		if err != nil {
			return nil, err
		}
		return not{n}, nil
	case p.tok.kind == tokOpen:
		open := p.tok.pos
		if err := p.next(); err != nil {
			return nil, err
		}
		n, err := p.expr(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.tok.kind != tokClose {
			return nil, p.errorf(open, "the parenthesis is not closed")
		}
		return n, p.next()
	case p.tok.kind == tokString:
		word := p.tok.text
		return words{word}, p.next()
	case p.tok.kind != tokWord || p.keyword("AND") || p.keyword("OR"):
		return nil, p.errorf(p.tok.pos, "want a field, a word or a parenthesis")
	}
	name := p.tok
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok.kind != tokOp || p.tok.space && p.tok.text == ":" {
		return words{name.text}, nil
	}
	return p.comparison(name)
}

func (p *parser) comparison(name token) (node, error) {
	field, path, ok := lookup(p.fields, name.text)
	if !ok {
		names := Names(p.fields)
		if s := nearest(strings.ToLower(name.text), names); s != "" {
			return nil, p.errorf(name.pos, "unknown field %q, did you mean %q?", name.text, s)
		}
		return nil, p.errorf(name.pos, "unknown field %q; fields are %s. To search for a text that holds a colon, put it in quotes", name.text, strings.Join(names, ", "))
	}
	if field.Type == Attrs {
		// Vendors' own names keep their case.
		path = strings.Split(name.text, ".")[1:]
	}
	op := p.tok
	var n node
	for {
		if err := p.next(); err != nil {
			return nil, err
		}
		if p.tok.kind != tokWord && p.tok.kind != tokString {
			return nil, p.errorf(p.tok.pos, "want a value after %s%s", name.text, op.text)
		}
		c, err := p.value(field, path, op, p.tok)
		if err != nil {
			return nil, err
		}
		if n == nil {
			n = c
		} else {
			n = or{n, c}
		}
		if err := p.next(); err != nil {
			return nil, err
		}
		if p.tok.kind != tokComma {
			break
		}
	}
	if op.text == "!=" {
		return not{n}, nil
	}
	return n, nil
}

// value types one value of a comparison. Of != it returns the equality.
func (p *parser) value(f Field, path []string, op, v token) (node, error) {
	c := compare{field: f, path: path, op: op.text, text: v.text}
	if op.text == "!=" {
		c.op = "="
	}
	ordered := c.op != ":" && c.op != "="
	if v.kind == tokWord && strings.EqualFold(v.text, "unknown") && !ordered {
		c.unknown = true
		return c, nil
	}
	switch f.Type {
	case Text, List:
		if ordered {
			return nil, p.errorf(op.pos, "%s is text and has no order; use : or =", f.Name)
		}
		if f.Closed != nil && !strings.Contains(v.text, "*") && !slices.ContainsFunc(f.Closed, func(w string) bool { return strings.EqualFold(w, v.text) }) {
			return nil, p.errorf(v.pos, "%s is never %q; there are %s", f.Name, v.text, strings.Join(f.Closed, ", "))
		}
	case Number:
		n, err := strconv.ParseInt(v.text, 10, 64)
		if span, ok := f.Words[strings.ToLower(v.text)]; ok {
			n, c.until, err = span[0], span[1], nil
		}
		if err != nil {
			return nil, p.errorf(v.pos, "%s takes a whole number%s", f.Name, orWords(f))
		}
		c.num = n
		if c.op == ":" {
			c.op = "="
		}
	case Time, Future:
		return p.moment(c, v)
	case Attrs:
		if n, err := strconv.ParseFloat(v.text, 64); err == nil {
			c.float, c.isNum = n, true
		} else if ordered {
			return nil, p.errorf(v.pos, "%s%s takes a number", "attrs.", op.text)
		}
	}
	return c, nil
}

// orWords lists the words that may stand for a number.
func orWords(f Field) string {
	if len(f.Words) == 0 {
		return ""
	}
	return ", or one of " + strings.Join(slices.Sorted(maps.Keys(f.Words)), ", ")
}

var layouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", "2006-01", "2006"}

// moment turns a duration or a date into a range of Unix seconds.
func (p *parser) moment(c compare, v token) (node, error) {
	if d, err := drover.ParseDuration(v.text); err == nil {
		if c.op == ":" || c.op == "=" {
			return nil, p.errorf(v.pos, "compare %s with a duration by <, <=, > or >=", c.field.Name)
		}
		secs := int64(d / time.Second)
		p.timed = true
		if c.field.Type == Future {
			// Time left: expires<30d is a moment before now + 30 d.
			c.num = p.now.Unix() + secs
			return c, nil
		}
		// Age: last_used<90d is a moment after now - 90 d, so the order turns round.
		c.num = p.now.Unix() - secs
		c.op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[c.op]
		return c, nil
	}
	for i, l := range layouts {
		t, err := time.ParseInLocation(l, v.text, time.UTC)
		if err != nil {
			continue
		}
		c.num = t.Unix()
		end := t
		switch i {
		case 3:
			end = t.AddDate(0, 0, 1)
		case 4:
			end = t.AddDate(0, 1, 0)
		case 5:
			end = t.AddDate(1, 0, 0)
		default:
			end = t.Add(time.Second)
		}
		c.until = end.Unix()
		return c, nil
	}
	return nil, p.errorf(v.pos, "%s takes an age such as 90d, or a date such as 2026-01-31", c.field.Name)
}
