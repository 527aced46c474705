package classify

import (
	"slices"
	"strconv"
	"strings"
)

// typeTable is the compiled structure table.
type typeTable struct {
	exact map[string][]compiledRule
	begin []patternRules            // "mcp.*", longest first
	last  map[string][]compiledRule // "*.user" by its last word or words
}

type patternRules struct {
	prefix string
	rules  []compiledRule
}

type compiledRule struct {
	typeRule
	terms []term
}

type term struct {
	field  string
	op     byte     // '?' set, '!' not set, '=', '^', '$', '~', '<'
	values []string // lower case
	bound  int
}

func compileTypes(rules []typeRule) typeTable {
	t := typeTable{exact: map[string][]compiledRule{}, last: map[string][]compiledRule{}}
	begins := map[string][]compiledRule{}
	for _, r := range rules {
		c := compiledRule{typeRule: r, terms: compileCond(r.cond)}
		for _, p := range strings.Split(strings.ToLower(r.types), "|") {
			switch {
			case strings.HasPrefix(p, "*."):
				t.last[p[2:]] = append(t.last[p[2:]], c)
			case strings.HasSuffix(p, "*"):
				begins[p[:len(p)-1]] = append(begins[p[:len(p)-1]], c)
			default:
				t.exact[p] = append(t.exact[p], c)
			}
		}
	}
	for p, rs := range begins {
		t.begin = append(t.begin, patternRules{p, rs})
	}
	slices.SortFunc(t.begin, func(a, b patternRules) int {
		if len(a.prefix) != len(b.prefix) {
			return len(b.prefix) - len(a.prefix)
		}
		return strings.Compare(a.prefix, b.prefix)
	})
	return t
}

// rules returns the rules of the best pattern for a vendor type.
func (t *typeTable) rules(typ string) []compiledRule {
	if r := t.exact[typ]; r != nil {
		return r
	}
	if len(typ) > 200 {
		return nil
	}
	typ = strings.ToLower(typ)
	if r := t.exact[typ]; r != nil {
		return r
	}
	for i := range t.begin {
		if strings.HasPrefix(typ, t.begin[i].prefix) {
			return t.begin[i].rules
		}
	}
	// The last word, then what is left of it behind each "_": a
	// "project_api_key" is an "api_key".
	for w := typ[strings.LastIndexByte(typ, '.')+1:]; ; {
		if r := t.last[w]; r != nil {
			return r
		}
		i := strings.IndexByte(w, '_')
		if i < 0 {
			return nil
		}
		w = w[i+1:]
	}
}

func compileCond(s string) []term {
	if s == "" {
		return nil
	}
	var out []term
	for _, p := range strings.Split(s, " & ") {
		i := strings.IndexByte(p, '=')
		switch j := strings.IndexByte(p, '<'); {
		case strings.HasPrefix(p, "!"):
			out = append(out, term{field: p[1:], op: '!'})
		case j > 0 && i < 0:
			n, err := strconv.Atoi(p[j+1:])
			if err != nil {
				panic("classify: condition " + p + ": " + err.Error())
			}
			out = append(out, term{field: p[:j], op: '<', bound: n})
		case i < 0:
			out = append(out, term{field: p, op: '?'})
		default:
			t := term{op: '=', field: p[:i], values: strings.Split(strings.ToLower(p[i+1:]), "|")}
			if strings.IndexByte("^$~", p[i-1]) >= 0 {
				t.op, t.field = p[i-1], p[:i-1]
			}
			out = append(out, t)
		}
	}
	return out
}

// holds reports whether every term of the rule is true. What is not known is
// not true, except for "!".
func (r *compiledRule) holds(in *Input, x *fields) bool {
	for i := range r.terms {
		if !r.terms[i].holds(in, x) {
			return false
		}
	}
	return true
}

func (t *term) holds(in *Input, x *fields) bool {
	switch t.field {
	case "@name":
		return t.matches(in.Name)
	case "@trust":
		return slices.ContainsFunc(in.Trusts, t.matches)
	case "@alias":
		return slices.ContainsFunc(in.Aliases, t.matches)
	}
	v := x.get(t.field)
	switch t.op {
	case '?':
		return !empty(v) && string(v) != "false"
	case '!':
		return empty(v) || string(v) == "false"
	case '<':
		n, err := strconv.Atoi(scalar(v))
		return err == nil && n < t.bound
	case '~':
		v = cap4k(v)
		return slices.ContainsFunc(t.values, func(w string) bool { return containsFold(v, w) })
	}
	return v != nil && t.matches(scalar(v))
}

func (t *term) matches(s string) bool {
	for _, w := range t.values {
		switch {
		case t.op == '=' && strings.EqualFold(s, w),
			t.op == '^' && len(s) >= len(w) && strings.EqualFold(s[:len(w)], w),
			t.op == '$' && len(s) >= len(w) && strings.EqualFold(s[len(s)-len(w):], w),
			t.op == '~' && containsFold(cap4k([]byte(s[:min(len(s), 4096)])), w):
			return true
		}
	}
	return false
}

// cap4k bounds the work on a hostile value.
func cap4k[T ~[]byte](v T) T { return v[:min(len(v), 4096)] }
