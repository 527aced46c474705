package awsiam

import "strings"

// A template is a text with policy variables (IAM User Guide, "IAM policy
// elements: Variables and tags").
type template []part

// part is literal text (in compiled form) or a variable.
type part struct {
	text     string
	variable bool
	fallback string // of ${key, 'fallback'}
	has      bool
}

// parseTemplate compiles a text of a policy. Wildcards become wild bytes if wild
// is set; ${*}, ${?} and ${$} stand for the characters. Without variables
// (version 2008-10-17) `${` is nothing special.
func parseTemplate(s string, wildcards, variables bool) template {
	literal := func(s string) string {
		if wildcards {
			return toWild.Replace(s)
		}
		return s
	}
	if !variables {
		return template{{text: literal(s)}}
	}
	var t template
	var lit strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			break
		}
		n := strings.IndexByte(s[i:], '}')
		if n < 0 {
			break
		}
		lit.WriteString(literal(s[:i]))
		name := s[i+2 : i+n]
		s = s[i+n+1:]
		switch name {
		case "*", "?", "$":
			lit.WriteString(name)
			continue
		}
		if lit.Len() > 0 {
			t = append(t, part{text: lit.String()})
			lit.Reset()
		}
		t = append(t, parseVariable(name))
	}
	lit.WriteString(literal(s))
	if lit.Len() > 0 || len(t) == 0 {
		t = append(t, part{text: lit.String()})
	}
	return t
}

func parseVariable(name string) part {
	key, def, ok := strings.Cut(name, ",")
	p := part{text: strings.ToLower(strings.TrimSpace(key)), variable: true}
	if def = strings.TrimSpace(def); ok && len(def) >= 2 && def[0] == '\'' && def[len(def)-1] == '\'' {
		p.fallback, p.has = def[1:len(def)-1], true
	}
	return p
}

// constant is the compiled text of a template without variables.
func (t template) constant() (string, bool) {
	if len(t) == 1 && !t[0].variable {
		return t[0].text, true
	}
	return "", false
}

// loose is t with any text in the place of its variables.
func (t template) loose() string {
	var b strings.Builder
	for _, p := range t {
		if p.variable {
			b.WriteByte(star)
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// expand puts the values of the request into t. Values stand for themselves:
// their wildcards are none. known is no when a variable cannot be resolved (its
// key is absent or has not one value, and there is no default): then t matches
// nothing. It is maybe when a value is unknown.
func (t template) expand(q *query) (s string, resolved tri) {
	var b strings.Builder
	resolved = yes
	for _, p := range t {
		if !p.variable {
			b.WriteString(p.text)
			continue
		}
		vals, st := q.lookup(p.text)
		switch {
		case st == known && len(vals) == 1:
			b.WriteString(inert(vals[0]))
		case st == unknown || st == partly || st == present:
			resolved = min(resolved, maybe)
		case p.has:
			b.WriteString(p.fallback)
		default:
			return "", no
		}
	}
	return b.String(), resolved
}

// inert keeps bytes of a request from being taken for wildcards.
func inert(s string) string {
	if indexWild(s) < 0 {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
