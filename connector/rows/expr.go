package rows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// An expr is a compiled expression: pieces of text and placeholders, and what to
// take where they give no value.
type expr struct {
	pieces []piece
	or     *expr
}

const maxExpr = 1000 // bytes

type piece struct {
	text  string
	cols  []string // empty: text
	funcs []call
}

type call struct {
	name, arg string
	table     map[string]string
}

// funcs are the functions of a placeholder and whether each takes an argument.
var funcs = map[string]bool{
	"lower": false, "upper": false, // letter case
	"trim":    true,  // white space, or the characters given
	"split":   true,  // several values out of one, each trimmed
	"default": true,  // when there is no value
	"map":     true,  // through a table of the mapping's maps
	"cut":     true,  // what stands before the text given
	"after":   true,  // what stands after the text given
	"drop":    true,  // no value when it is one of these, separated by commas
	"alias":   false, // as a globally unique name: <scheme>:<rest>, or email:<address>; anything else has no value
	"dn":      false, // an LDAP name in one spelling: lower case, no space around , and =
	"bool":    false, // attributes only: true or false, other values have none
	"int":     false, // attributes only: a whole number, other values have none
	"list":    false, // attributes only: a list even of one value
}

// parseExpr compiles text; "{{" and "}}" stand for braces, and " // " stands
// between an expression and the one to take where it has no value.
func parseExpr(text string, maps map[string]map[string]string) (*expr, error) {
	e := &expr{}
	if len(text) > maxExpr {
		return nil, fmt.Errorf("an expression of more than %d bytes: %w", maxExpr, drover.ErrInvalid)
	}
	if head, rest, ok := strings.Cut(text, " // "); ok {
		or, err := parseExpr(rest, maps)
		if err != nil {
			return nil, err
		}
		e.or, text = or, head
	}
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			e.pieces = append(e.pieces, piece{text: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c:
			lit.WriteByte(c)
			i++
		case c == '}':
			return nil, fmt.Errorf("expression %q: } without {: %w", cut(text, 80), drover.ErrInvalid)
		case c == '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				return nil, fmt.Errorf("expression %q: { without }: %w", cut(text, 80), drover.ErrInvalid)
			}
			p, err := parsePiece(text[i+1:i+end], maps)
			if err != nil {
				return nil, fmt.Errorf("expression %q: %w", cut(text, 80), err)
			}
			flush()
			e.pieces = append(e.pieces, p)
			i += end
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	if len(e.pieces) > maxDepth {
		return nil, fmt.Errorf("expression %q has more than %d pieces: %w", cut(text, 80), maxDepth, drover.ErrInvalid)
	}
	return e, nil
}

func parsePiece(text string, maps map[string]map[string]string) (piece, error) {
	parts := strings.Split(text, "|")
	var p piece
	for c := range strings.SplitSeq(parts[0], ",") {
		if c = strings.TrimSpace(c); c == "" {
			return p, fmt.Errorf("a column name is empty: %w", drover.ErrInvalid)
		}
		p.cols = append(p.cols, c)
	}
	for _, f := range parts[1:] {
		name, arg, has := strings.Cut(f, ":")
		c := call{name: strings.TrimSpace(name), arg: arg}
		takes, ok := funcs[c.name]
		switch {
		case !ok:
			return p, fmt.Errorf("unknown function %q: %w", cut(c.name, 40), drover.ErrInvalid)
		case has && !takes:
			return p, fmt.Errorf("function %s takes no argument: %w", c.name, drover.ErrInvalid)
		case arg == "" && takes && c.name != "trim":
			return p, fmt.Errorf("function %s needs an argument: %w", c.name, drover.ErrInvalid)
		case c.name == "map":
			if c.table = maps[arg]; c.table == nil {
				return p, fmt.Errorf("there is no map %q: %w", cut(arg, 40), drover.ErrInvalid)
			}
		}
		p.funcs = append(p.funcs, c)
	}
	return p, nil
}

// columns lists the columns that the expression reads.
func (e *expr) columns() []string {
	var out []string
	for ; e != nil; e = e.or {
		for _, p := range e.pieces {
			out = append(out, p.cols...)
		}
	}
	return out
}

// values evaluates e over a row. Where a placeholder has several values the
// result has as many, each placeholder of one value repeated; of two placeholders
// with several each only the first gives more than one. Strict: no value unless
// every placeholder has one; otherwise one is enough, and white space around the
// result goes.
func (e *expr) values(get func(string) []string, strict bool) []string {
	for ; e != nil; e = e.or {
		if v := e.own(get, strict); len(v) > 0 {
			return v
		}
	}
	return nil
}

// own is values without the alternative.
func (e *expr) own(get func(string) []string, strict bool) []string {
	out, many, found := []string{""}, false, false
	for _, p := range e.pieces {
		if p.cols == nil {
			appendAll(out, p.text)
			continue
		}
		v := p.values(get)
		switch {
		case len(v) == 0 && strict:
			return nil
		case len(v) == 0:
		case len(v) == 1 || many:
			found = true
			appendAll(out, v[0])
		default:
			found, many = true, true
			head := out[0]
			out = make([]string, len(v))
			for i, s := range v {
				out[i] = head + s
			}
		}
	}
	if !found && slices.ContainsFunc(e.pieces, func(p piece) bool { return p.cols != nil }) {
		return nil
	}
	if !strict {
		for i := range out {
			out[i] = strings.TrimSpace(out[i])
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func appendAll(out []string, s string) {
	for i := range out {
		out[i] += s
	}
}

// one is the first of values, "" for none.
func (e *expr) one(get func(string) []string, strict bool) string {
	if v := e.values(get, strict); len(v) > 0 {
		return v[0]
	}
	return ""
}

func (p *piece) values(get func(string) []string) []string {
	var v []string
	for _, c := range p.cols {
		for _, s := range get(c) {
			if s != "" && len(v) < maxItems {
				v = append(v, s)
			}
		}
		if len(v) > 0 {
			break
		}
	}
	for _, f := range p.funcs {
		v = f.apply(v)
	}
	return v
}

func (f call) apply(in []string) []string {
	if f.name == "default" {
		if len(in) == 0 {
			return []string{f.arg}
		}
		return in
	}
	var out []string
	for _, s := range in {
		if f.name == "split" {
			for part := range strings.SplitSeq(s, f.arg) {
				if part = strings.TrimSpace(part); part != "" && len(out) < maxItems {
					out = append(out, part)
				}
			}
			continue
		}
		if s = f.text(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (f call) text(s string) string {
	switch f.name {
	case "lower":
		return strings.ToLower(s)
	case "upper":
		return strings.ToUpper(s)
	case "trim":
		if f.arg == "" {
			return strings.TrimSpace(s)
		}
		return strings.Trim(s, f.arg)
	case "map":
		if v, ok := f.table[strings.ToLower(strings.TrimSpace(s))]; ok {
			return v
		}
		return f.table["*"]
	case "cut":
		s, _, _ = strings.Cut(s, f.arg)
	case "after":
		_, s, _ = strings.Cut(s, f.arg)
	case "drop":
		if slices.Contains(strings.Split(f.arg, ","), s) {
			return ""
		}
	case "alias":
		return alias(s)
	case "dn":
		return normalDN(s)
	}
	return s
}

// alias returns s as an alias when it is globally unique by its form.
func alias(s string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, " \t\r\n") {
		return ""
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if ok && rest != "" && wordRE.MatchString(scheme) {
		return s
	}
	if name, host, ok := strings.Cut(s, "@"); ok && name != "" && strings.Contains(host, ".") {
		return "email:" + strings.ToLower(s)
	}
	return ""
}

// normalDN spells an LDAP name in one way. It does not undo escapes: RFC 4514
// leaves several spellings, and directories export one of them.
func normalDN(s string) string {
	parts := strings.Split(strings.ToLower(s), ",")
	for i, p := range parts {
		k, v, ok := strings.Cut(p, "=")
		if parts[i] = strings.TrimSpace(p); ok {
			parts[i] = strings.TrimSpace(k) + "=" + strings.TrimSpace(v)
		}
	}
	return strings.Join(parts, ",")
}

// attr gives the value of an attribute: a string, a list where there are
// several, or what its last function says. Nil: unknown.
func (e *expr) attr(get func(string) []string) any {
	v := e.values(get, false)
	if len(v) == 0 {
		return nil
	}
	last := ""
	if n := len(e.pieces); n == 1 && len(e.pieces[0].funcs) > 0 {
		last = e.pieces[0].funcs[len(e.pieces[0].funcs)-1].name
	}
	switch last {
	case "bool":
		switch strings.ToLower(strings.TrimSpace(v[0])) {
		case "true", "t", "yes", "y", "1", "on":
			return true
		case "false", "f", "no", "n", "0", "off":
			return false
		}
		return nil
	case "int":
		n, err := strconv.ParseInt(strings.TrimSpace(v[0]), 10, 64)
		if err != nil {
			return nil
		}
		return n
	case "list", "split":
		return v
	}
	if len(v) == 1 {
		return v[0]
	}
	return v
}
