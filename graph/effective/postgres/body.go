package postgres

import "strings"

// bends says what in a body its caller could make to mean something else.
type bends struct {
	relation bool // a table or view without its schema
	name     bool // anything without its schema: a function, an operator, a type
}

// Words of SQL and PL/pgSQL that name nothing. After those of introduces
// relations come, until one of ends.
var (
	introduces = words("from join into update table using")
	ends       = words("select where set values group order having limit returning do perform")
	plain      = words("begin end declare return returns select perform if then else elsif loop while for in exit when case as on and or not null is true false " +
		"where limit offset by order group having distinct all any some exists values insert delete update set with only using lateral left right inner outer cross full natural " +
		"union intersect except current_user session_user now current_timestamp new old found strict raise notice exception coalesce nullif greatest least array row asc desc between like")
)

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// bendsOf reads a body of language sql or plpgsql. It errs towards finding a
// name: of what it does not understand everything may be bent.
func bendsOf(lang, body string) bends {
	if lang != "sql" && lang != "plpgsql" {
		return bends{true, true}
	}
	tok, ok := tokens(body)
	if !ok {
		return bends{true, true}
	}
	var out bends
	relation, list := false, false // what follows is one; commas separate more of them
	for i, t := range tok {
		word := strings.ToLower(t)
		next, last := at(tok, i+1), at(tok, i-1)
		switch {
		case word == "execute" || word == "copy":
			return bends{true, true}
		case introduces[word] && last != ".":
			relation, list = true, true
		case ends[word] && last != ".":
			relation, list = false, false
		case relation && (word == "only" || word == "lateral"):
		case isWord(t):
			if last != "." && next != "." && !plain[word] {
				out.name = true
				out.relation = out.relation || relation
			}
			relation = relation && next == "."
		case strings.Contains(".();,[]:=", t):
			relation = relation && t == "." || list && t == ","
		case t[0] >= '0' && t[0] <= '9' || t == "'":
			relation = false
		default: // an operator
			out.name, relation = true, false
		}
	}
	return out
}

func at(tok []string, i int) string {
	if i < 0 || i >= len(tok) {
		return ""
	}
	return tok[i]
}

func isWord(t string) bool {
	c := t[0]
	return c == '"' || c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// tokens splits a body into words, numbers and single signs, without comments. A
// literal is the one sign '. False: a literal or comment does not end, or may end
// elsewhere than it seems.
func tokens(s string) (out []string, ok bool) {
	if strings.Contains(s, `\`) {
		return nil, false // E'\'' goes on after its second quote
	}
	for i := 0; i < len(s); {
		c := s[i]
		end := i + 1
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			i++
			continue
		case strings.HasPrefix(s[i:], "--"):
			n := strings.IndexByte(s[i:], '\n')
			if n < 0 {
				return out, true
			}
			i += n
			continue
		case strings.HasPrefix(s[i:], "/*"):
			inside, _, closed := strings.Cut(s[i+2:], "*/")
			if !closed || strings.Contains(inside, "/*") {
				return out, false
			}
			i += len(inside) + 4
			continue
		case c == '\'' || c == '"':
			n := strings.IndexByte(s[i+1:], c)
			if n < 0 {
				return out, false
			}
			end = i + n + 2
			if c == '\'' {
				out = append(out, "'")
				i = end
				continue
			}
		case c == '$':
			for end < len(s) && s[end] >= '0' && s[end] <= '9' {
				end++
			}
			if end == i+1 {
				return out, false // a dollar quote: code in code is not read
			}
			out = append(out, "'") // a parameter is a value, as a literal is
			i = end
			continue
		case isWord(s[i:end]):
			for end < len(s) && (isWord(s[end:end+1]) && s[end] != '"' || s[end] >= '0' && s[end] <= '9' || s[end] == '$') {
				end++
			}
		case c >= '0' && c <= '9':
			for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
				end++
			}
		}
		out = append(out, s[i:end])
		i = end
	}
	return out, true
}
