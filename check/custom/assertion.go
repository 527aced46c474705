package custom

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/policy"
)

// The grammar of assertions, a sentence about all nodes that a selector picks:
//
//	assertion = [ "no" | "every" ] selector predicate .
//	selector  = { env } [ nhi_type ] noun { filter } .      prod keys; ai_agent; nhi (system=aws)
//	predicate = "reaches" target [ ":" level ]
//	          | "can" action "on" resource
//	          | [ "is" ] ( "older" | "younger" ) "than" duration
//	          | [ "is" ] ( "used" | "unused" | "rotated" ) ( "within" | "for" ) duration
//	          | "expires" "within" duration
//	          | ( "has" | "have" ) [ "no" ] field
//	          | ( "is" | "are" ) [ "not" ] word
//	          | "where" CEL .
//
// Without a first word it is about every one.

// A sentence is an assertion as a filter over the estate and an expression that is
// true of what breaks it.
type sentence struct {
	id     string
	filter string
	kinds  []drover.Kind
	pick   string // CEL that is true of what it is about; "": all that the filter keeps
	breaks string // CEL that is true of what breaks it
	every  bool
	says   string // the predicate as a reader says it: "reaches tier0 at write or above"
	verb   string
	celAt  int // byte at which a written expression begins in the text; -1: there is none
}

// A role is what its system calls so: in Kubernetes a set of rights, in AWS an
// identity, in PostgreSQL either.
const roleFilter = "(kind=role OR type=aws.iam.role OR type=postgres.role)"

var roleKinds = []drover.Kind{drover.KindRole, drover.KindIdentity}

// nouns are what selectors pick from.
var nouns = map[string]struct {
	filter string
	kinds  []drover.Kind
}{
	"nhi": {"(verdict=nhi OR verdict=shared)", []drover.Kind{drover.KindIdentity}}, "nhis": {"(verdict=nhi OR verdict=shared)", []drover.Kind{drover.KindIdentity}},
	"identity": {"", []drover.Kind{drover.KindIdentity}}, "identities": {"", []drover.Kind{drover.KindIdentity}},
	"credential": {"", []drover.Kind{drover.KindCredential}}, "credentials": {"", []drover.Kind{drover.KindCredential}}, "key": {"", []drover.Kind{drover.KindCredential}}, "keys": {"", []drover.Kind{drover.KindCredential}},
	"secret": {"", []drover.Kind{drover.KindCredential}}, "secrets": {"", []drover.Kind{drover.KindCredential}},
	"human": {"", []drover.Kind{drover.KindHuman}}, "humans": {"", []drover.Kind{drover.KindHuman}}, "workload": {"", []drover.Kind{drover.KindWorkload}}, "workloads": {"", []drover.Kind{drover.KindWorkload}},
	"resource": {"", []drover.Kind{drover.KindResource}}, "resources": {"", []drover.Kind{drover.KindResource}}, "role": {roleFilter, roleKinds}, "roles": {roleFilter, roleKinds},
	"group": {"", []drover.Kind{drover.KindGroup}}, "groups": {"", []drover.Kind{drover.KindGroup}}, "place": {"", []drover.Kind{drover.KindPlace}}, "places": {"", []drover.Kind{drover.KindPlace}},
}

// has are what "has" may ask for, as CEL that is true where it is there.
var has = map[string]string{
	"owner": `owner != ""`, "owners": `owner != ""`, "end": "known(expires)", "expiry": "known(expires)", "purpose": "known(purpose)", "environment": "known(env)", "env": "known(env)",
	"credentials": "size(credentials) > 0", "credential": "size(credentials) > 0", "keys": "size(credentials) > 0", "data_class": "known(data_class)", "criticality": "known(criticality)", "type": "known(nhi_type)",
}

// is are what "is" may ask for beside the words of the vocabulary.
var is = map[string]string{
	"off": "off", "disabled": "off", "on": "!off", "used": "used", "unused": "!used", "monitored": "monitored", "owned": `owner != ""`, "unowned": `owner == ""`, "break_glass": "break_glass",
	"public": `exposure == "public"`, "leaked": `places.exists(p, p.exposure == "public")`,
}

// parseAssertion reads a sentence. Its errors say at which byte the fault lies.
func parseAssertion(a *policy.Assertion) (*sentence, error) {
	p := &phrase{src: a.Text.Text, text: &a.Text}
	p.split()
	s := &sentence{id: a.ID, celAt: -1}
	s.every = true
	switch p.peek() {
	case "no":
		s.every = false
		p.next()
	case "every", "all", "each":
		p.next()
	}
	if err := p.selector(s); err != nil {
		return nil, err
	}
	holds, err := p.predicate(s)
	if err != nil {
		return nil, err
	}
	if s.breaks = holds; s.every {
		s.breaks = "!(" + holds + ")"
	}
	if s.id == "" {
		s.id = slug(a.Text.Text)
	}
	return s, nil
}

// slug makes an id of a sentence: "no-ai-agent-reaches-tier0-write".
func slug(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		} else {
			gap = true
		}
		if b.Len() >= 76 {
			break
		}
	}
	if b.Len() < 3 {
		return "assertion-" + b.String()
	}
	return strings.TrimRight(b.String(), "-")
}

// A phrase is a sentence cut into words; what stands in parentheses or quotes is
// one.
type phrase struct {
	src   string
	text  *policy.Text
	words []string
	at    []int // byte of each word
	i     int
}

func (p *phrase) split() {
	depth, quote, start := 0, byte(0), -1
	flush := func(end int) {
		if start >= 0 {
			p.words, p.at = append(p.words, p.src[start:end]), append(p.at, start)
			start = -1
		}
	}
	for i := range len(p.src) {
		c := p.src[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
			if start < 0 {
				start = i
			}
		case c == '(':
			if depth++; start < 0 {
				start = i
			}
		case c == ')':
			depth = max(depth-1, 0)
		case (c == ' ' || c == '\n' || c == '\t') && depth == 0:
			flush(i)
		default:
			if start < 0 {
				start = i
			}
		}
	}
	flush(len(p.src))
}

// peek is the next word in lower case, "" at the end.
func (p *phrase) peek() string {
	if p.i >= len(p.words) {
		return ""
	}
	return strings.ToLower(p.words[p.i])
}

func (p *phrase) next() string {
	w := ""
	if p.i < len(p.words) {
		w = p.words[p.i]
		p.i++
	}
	return w
}

func (p *phrase) fail(format string, args ...any) error {
	at := len(p.src)
	if p.i < len(p.at) {
		at = p.at[p.i]
	}
	return fault(p.text, at, 1, 1, fmt.Sprintf(format, args...))
}

// rest is what is left of the sentence.
func (p *phrase) rest() (string, int) {
	if p.i >= len(p.at) {
		return "", len(p.src)
	}
	at := p.at[p.i]
	p.i = len(p.words)
	return strings.TrimSpace(p.src[at:]), at
}

// literal writes text as a literal of the language.
func literal(s string) string { return strconv.Quote(s) }

// end refuses what is left over.
func (p *phrase) end() error {
	if p.i < len(p.words) {
		return p.fail("nothing may follow here, got %q", cut(p.words[p.i]))
	}
	return nil
}

// duration reads the span at the end of a sentence.
func (p *phrase) duration() (string, error) {
	w := p.peek()
	d, err := drover.ParseDuration(w)
	if err != nil || d <= 0 {
		return "", p.fail("want a span such as 90d, got %q", cut(w))
	}
	p.next()
	return fmt.Sprintf("duration(%q)", w), p.end()
}
