package trust

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Line is one line of a condition: the claim has to match one of the patterns,
// or none where it is negated. * and ? are wildcards; literal ones are written
// %2A and %3F.
type Line struct {
	Claim string   `json:"claim,omitempty"` // "": the subject; repository, repository_owner, project_path, namespace_path; ref, environment
	Any   []string `json:"any"`
	Not   bool     `json:"not,omitempty"`
	Fold  bool     `json:"fold,omitempty"` // case does not count
}

// A Filter says who of those that a pattern of subjects covers is let in: whoever
// passes every line of All, and not all the lines of one group of Unless, each
// of which is a Deny statement. With Demands nobody can be named: the statement
// asks for what a subject does not tell. It stands in Cond as "subject".
type Filter struct {
	All     []Line   `json:"all,omitempty"`
	Unless  [][]Line `json:"unless,omitempty"`
	Demands []string `json:"demands,omitempty"`
}

// A verdict is no, maybe or yes.
type verdict int

const (
	no verdict = iota
	maybe
	yes
)

// A narrowing is what a condition says to whoever has a token of an issuer.
type narrowing struct {
	Filter
	negated []string // keys that must not be something that is not known
	open    []string // keys of which a request decides; all that is undecided
	never   bool     // nobody ever passes
	expired string   // since when nobody does
}

// subjectKeys are the claims that name the user at identity providers that call
// it something other than sub (IAM User Guide, "Available keys for AWS web
// identity federation").
var subjectKeys = map[string]string{"www.amazon.com": "user_id", "graph.facebook.com": "id"}

// chosen are the keys whose value whoever asks may choose, so that they keep
// nobody out (AWS STS API Reference, AssumeRoleWithWebIdentity; a job asks for
// its token's audience itself).
var chosen = []string{"sts:rolesessionname", "sts:durationseconds", "sts:sourceidentity", "aws:requestedregion", "aws:securetransport", "aws:useragent", "aws:referer"}

// filter reads the condition for an issuer. Keys and operators have no case.
func (s *statement) filter(issuer string) (narrowing, error) {
	if n := s.filters[issuer]; n != nil {
		return *n, nil
	}
	n, err := s.read(issuer)
	if err == nil {
		n.All, n.Unless, n.Demands = slices.Clip(n.All), slices.Clip(n.Unless), slices.Clip(n.Demands)
		s.filters[issuer] = &n
	}
	return n, err
}

func (s *statement) read(issuer string) (n narrowing, err error) {
	block, err := s.block()
	if err != nil {
		return n, err
	}
	prefix := strings.ToLower(issuer) + ":"
	for _, op := range slices.Sorted(maps.Keys(block)) {
		for _, key := range slices.Sorted(maps.Keys(block[op])) {
			values, name := texts(block[op][key]), strings.ToLower(key)
			claim, own := strings.CutPrefix(name, prefix)
			switch {
			case name == "aws:currenttime" || name == "aws:epochtime":
				n.when(op, key, values, s.now)
			case own:
				s.claim(&n, op, key, claim, cmp.Or(subjectKeys[prefix[:len(prefix)-1]], "sub"), values)
			case slices.Contains(chosen, name):
				n.open = append(n.open, key)
			default:
				n.unknown(op, key)
			}
		}
	}
	return n, nil
}

// block is the condition by operator and key.
func (s *statement) block() (block map[string]map[string]json.RawMessage, err error) {
	if len(s.Condition) == 0 || string(s.Condition) == "null" {
		return nil, nil
	}
	if json.Unmarshal(s.Condition, &block) != nil {
		return nil, bad(s.label, "condition is no object of operators and keys")
	}
	return block, nil
}

// claim reads a line about a claim of the issuer's tokens. A token always has a
// subject, so IfExists, Null and the set prefixes change nothing of it.
func (s *statement) claim(n *narrowing, op, key, claim, subject string, values []string) {
	base, like, not, fold := operator(op)
	l := Line{Not: not, Fold: fold, Any: []string{}}
	for _, v := range values {
		p, known := s.pattern(v, like)
		if !known { // in a request, not before
			n.unknown(op, key+" "+clip(v))
		}
		if known || !not {
			l.Any = append(l.Any, p)
		}
	}
	switch _, repository := repositoryClaims[claim]; {
	case claim == subject && base == "null":
		n.never = n.never || slices.Contains(values, "true")
	case base != "string":
		if claim == "aud" {
			n.open = append(n.open, key)
		} else {
			n.unknown(op, key)
		}
	case claim == subject:
		n.All = append(n.All, l)
	case repository:
		l.Claim = claim
		n.All = append(n.All, l)
	case claim == "aud":
		n.open = append(n.open, key)
	case claim == "ref" || claim == "environment":
		l.Claim = claim
		n.All = append(n.All, l)
		n.unknown(op, key)
	default:
		n.unknown(op, key)
	}
}

// unknown notes a line that nothing decides.
func (n *narrowing) unknown(op, key string) {
	n.open = append(n.open, key)
	if _, _, not, _ := operator(op); not {
		n.negated = append(n.negated, key)
	} else {
		n.Demands = append(n.Demands, key)
	}
}

// when reads a line about the time (IAM User Guide, "Date condition operators").
// Without a clock nothing has expired.
func (n *narrowing) when(op, key string, values []string, now time.Time) {
	op = strings.TrimSuffix(strings.ToLower(op), "ifexists")
	before := strings.HasPrefix(op, "datelessthan") || strings.HasPrefix(op, "numericlessthan")
	after := strings.HasPrefix(op, "dategreaterthan") || strings.HasPrefix(op, "numericgreaterthan")
	var latest, earliest time.Time
	for i, v := range values {
		t, ok := moment(v)
		if !ok {
			before, after = false, false
			break
		}
		if i == 0 || t.After(latest) {
			latest = t
		}
		if i == 0 || t.Before(earliest) {
			earliest = t
		}
	}
	switch {
	case now.IsZero() || len(values) == 0:
		n.unknown(op, key)
	case before && latest.Before(now):
		n.expired = latest.UTC().Format(time.RFC3339)
	case before, after && earliest.Before(now):
		// It holds now.
	default:
		n.unknown(op, key)
	}
}

// moment reads a date of a condition: a W3C form of ISO 8601, or seconds since 1970.
func moment(v string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t, true
		}
	}
	sec, err := strconv.ParseInt(v, 10, 64)
	return time.Unix(sec, 0), err == nil && sec > 9999 && sec < 1<<40
}

// operator reads an operator: of what it is ("string", or its own name where it
// is another's), whether it takes wildcards, negates, and disregards case.
func operator(op string) (base string, like, not, fold bool) {
	op = strings.ToLower(op)
	for _, prefix := range []string{"foranyvalue:", "forallvalues:"} {
		op = strings.TrimPrefix(op, prefix)
	}
	op = strings.TrimSuffix(op, "ifexists")
	switch op {
	case "stringequals":
		return "string", false, false, false
	case "stringequalsignorecase":
		return "string", false, false, true
	case "stringlike":
		return "string", true, false, false
	case "stringnotequals":
		return "string", false, true, false
	case "stringnotequalsignorecase":
		return "string", false, true, true
	case "stringnotlike":
		return "string", true, true, false
	}
	return op, false, strings.Contains(op, "not"), false
}

// pattern spells a value of a condition. ${*}, ${?} and ${$} stand for the
// characters themselves, any other variable for what is not known before the
// request (IAM User Guide, "IAM policy elements: Variables and tags").
func (s *statement) pattern(v string, like bool) (pattern string, known bool) {
	var b strings.Builder
	known = true
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
			v, known = rest, false
		case like:
			b.WriteByte(v[0])
			v = v[1:]
		default:
			b.WriteString(literal(v[:1]))
			v = v[1:]
		}
	}
	return b.String(), known
}
