package trust

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// subjectKeys are the claims that name the user at identity providers that call
// it something other than sub (IAM User Guide, "Available keys for AWS web
// identity federation").
var subjectKeys = map[string]string{"www.amazon.com": "user_id", "graph.facebook.com": "id"}

// A test is one line of a condition about the subject: any of its values has to
// match, or none where it is negated.
type test struct {
	patterns []string // * and ? are wildcards, literal ones are encoded
	not      bool
}

// subjects are the subjects of an issuer that the condition lets in. Lines of a
// condition all have to hold, so exact values stay only where every line agrees;
// of several lines of patterns the narrowest is taken, the rest stays in the
// condition. No line: every subject.
func (s *statement) subjects(issuer string) ([]string, error) {
	tests, err := s.subjectTests(issuer)
	var positive []test
	for _, t := range tests {
		if !t.not {
			positive = append(positive, t)
		}
	}
	if len(positive) == 0 {
		return []string{"*"}, err
	}
	narrow := slices.MinFunc(positive, func(a, b test) int { return cmp.Compare(wild(a), wild(b)) })
	steps := 0
	for _, t := range tests {
		steps += size(t) * size(narrow)
	}
	seen := map[string]bool{}
	var out []string
	for _, sub := range narrow.patterns {
		if !seen[sub] && (strings.ContainsAny(sub, "*?") || steps > maxSteps || agree(tests, sub)) {
			out = append(out, sub)
		}
		seen[sub] = true
	}
	return out, err
}

// maxSteps is how much comparing of lines with each other is worth; a condition
// past it keeps all of its narrowest line.
const maxSteps = 1 << 24

func size(t test) int {
	n := 0
	for _, p := range t.patterns {
		n += len(p) + 1
	}
	return n
}

// wild orders lines by how wide they are.
func wild(t test) int {
	n := 0
	for _, p := range t.patterns {
		switch {
		case strings.Trim(p, "*") == "":
			n += 1 << 20
		case strings.ContainsAny(p, "*?"):
			n++
		}
	}
	return n
}

// agree reports whether an exact subject passes every line.
func agree(tests []test, sub string) bool {
	for _, t := range tests {
		if slices.ContainsFunc(t.patterns, func(p string) bool { return glob(p, sub) }) == t.not {
			return false
		}
	}
	return true
}

// subjectTests are the lines about the subject of an issuer. Keys of conditions
// have no case.
func (s *statement) subjectTests(issuer string) ([]test, error) {
	if len(s.Condition) == 0 || string(s.Condition) == "null" {
		return nil, nil
	}
	var block map[string]map[string]json.RawMessage
	if json.Unmarshal(s.Condition, &block) != nil {
		return nil, bad(s.label, "condition is no object of operators and keys")
	}
	claim := cmp.Or(subjectKeys[strings.ToLower(issuer)], "sub")
	var tests []test
	for _, op := range slices.Sorted(maps.Keys(block)) {
		like, not, ok := operator(op)
		if !ok {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(block[op])) {
			if !strings.EqualFold(key, issuer+":"+claim) {
				continue
			}
			t := test{not: not}
			for _, v := range texts(block[op][key]) {
				t.patterns = append(t.patterns, s.pattern(v, like))
			}
			tests = append(tests, t)
		}
	}
	return tests, nil
}

// operator reads an operator on texts: whether it takes wildcards, whether it
// negates. A token always has a subject, so IfExists and the set prefixes change
// nothing. The spelling of a value that is compared without case is one of those
// that match.
func operator(op string) (like, not, ok bool) {
	op = strings.ToLower(op)
	for _, prefix := range []string{"foranyvalue:", "forallvalues:"} {
		op = strings.TrimPrefix(op, prefix)
	}
	switch strings.TrimSuffix(op, "ifexists") {
	case "stringequals", "stringequalsignorecase":
		return false, false, true
	case "stringlike":
		return true, false, true
	case "stringnotequals":
		return false, true, true
	case "stringnotlike":
		return true, true, true
	}
	return false, false, false
}

// pattern spells a value of a condition. ${*}, ${?} and ${$} stand for the
// characters themselves, any other variable for what is not known before the
// request (IAM User Guide, "IAM policy elements: Variables and tags").
func (s *statement) pattern(v string, like bool) string {
	var b strings.Builder
	for v != "" {
		name, rest, ok := "", "", false
		if s.variables && strings.HasPrefix(v, "${") {
			name, rest, ok = strings.Cut(v[2:], "}")
		}
		switch {
		case ok && (name == "*" || name == "?" || name == "$"):
			b.WriteString(literal(name))
			v = rest
		case ok:
			b.WriteByte('*')
			v = rest
		case like:
			b.WriteByte(v[0])
			v = v[1:]
		default:
			b.WriteString(literal(v[:1]))
			v = v[1:]
		}
	}
	return b.String()
}

// literal keeps a wildcard from being one.
func literal(s string) string {
	return strings.NewReplacer("*", "%2A", "?", "%3F").Replace(s)
}

// glob reports whether s matches the pattern, * any run and ? any one byte.
func glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
