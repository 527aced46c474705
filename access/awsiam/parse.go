package awsiam

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/droverhq/drover"
)

// A Document is one policy, compiled. It is immutable and safe for concurrent
// use.
type Document struct {
	version    string
	statements []Statement
	rules      []rule
	binds      []bound // of the rules that can match
}

// A Fault is something in a document that AWS refuses or ignores. An Allow
// statement that AWS would refuse allows nothing; a Deny statement keeps denying
// what can be understood, and what cannot is unknown.
type Fault struct {
	Statement int    // index; -1: the document
	Field     string // "Condition.StringEqual.aws:username"
	Text      string // what is wrong
}

// A Statement is one statement as it stands in the document. Lists are nil where
// the element is absent.
type Statement struct {
	Sid                       string
	Index                     int
	Effect                    string // "Allow" or "Deny"; "" where it is neither
	Actions, NotActions       []string
	Resources, NotResources   []string
	Principals, NotPrincipals []PolicyPrincipal
	Condition                 drover.Attrs // as given
}

// A PolicyPrincipal is one entry of Principal or NotPrincipal: Type is AWS,
// Service, Federated, CanonicalUser, or "*" with ID "*".
type PolicyPrincipal struct{ Type, ID string }

const (
	version2008 = "2008-10-17" // the default; has no policy variables
	version2012 = "2012-10-17"
)

// Statements lists the statements in their order.
func (d *Document) Statements() []Statement { return d.statements }

// Version is the policy language version, "2008-10-17" where none is given.
func (d *Document) Version() string { return d.version }

// Parse reads a policy document of any type, URL-encoded or not (IAM User Guide,
// "Grammar of the IAM JSON policy language"). The error, which wraps
// drover.ErrInvalid, says that body is no policy at all; faults say what in it is
// refused or ignored.
func Parse(body []byte) (*Document, []Fault, error) {
	text, err := plainText(body)
	if err != nil {
		return nil, nil, err
	}
	v, err := decode(text)
	if err != nil {
		return nil, nil, err
	}
	if v.kind == '"' { // a document in a JSON string, as other formats embed it
		if text, err = plainText([]byte(v.text)); err != nil {
			return nil, nil, err
		}
		if v, err = decode(text); err != nil {
			return nil, nil, err
		}
	}
	if v.kind != '{' {
		return nil, nil, fmt.Errorf("policy is no JSON object: %w", drover.ErrInvalid)
	}
	p := parser{statement: -1, doc: &Document{version: version2008}}
	return p.document(v)
}

type parser struct {
	doc       *Document
	faults    []Fault
	statement int // index of the one being read
	deny      bool
}

const maxFaults = 1000

func (p *parser) fault(field, format string, args ...any) {
	if len(p.faults) < maxFaults {
		p.faults = append(p.faults, Fault{p.statement, clip(field), fmt.Sprintf(format, args...)})
	}
}

// clip bounds what is quoted of a document, and shows what does not print as
// such: names may hold anything.
func clip(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			return strings.Map(func(r rune) rune {
				if !unicode.IsPrint(r) {
					return unicode.ReplacementChar
				}
				return r
			}, s)
		}
	}
	return s
}

func (p *parser) document(v value) (*Document, []Fault, error) {
	var body *value
	for name, e := range p.elements(v, "Version", "Id", "Statement") {
		switch name {
		case "Version":
			if e.kind != '"' || e.text != version2008 && e.text != version2012 {
				p.fault("Version", "version is neither %q nor %q", version2012, version2008)
				continue
			}
			p.doc.version = e.text
		case "Statement":
			body = &e
		}
	}
	if body == nil {
		return nil, nil, fmt.Errorf("policy has no Statement: %w", drover.ErrInvalid)
	}
	list := []value{*body}
	switch body.kind {
	case '[':
		list = body.list
	case '{':
	default:
		return nil, nil, fmt.Errorf("Statement is neither an object nor a list: %w", drover.ErrInvalid)
	}
	if len(list) > maxStatements {
		return nil, nil, fmt.Errorf("policy has more than %d statements: %w", maxStatements, drover.ErrInvalid)
	}
	sids := map[string]bool{}
	for i, s := range list {
		p.statement = i
		st, r := p.read(s)
		if st.Sid != "" && sids[st.Sid] {
			p.fault("Sid", "Sid %q occurs twice", clip(st.Sid))
		}
		sids[st.Sid] = true
		p.doc.statements = append(p.doc.statements, st)
		p.doc.rules = append(p.doc.rules, r)
	}
	for i := range p.doc.rules {
		if r := &p.doc.rules[i]; !r.void {
			p.doc.binds = append(p.doc.binds, bound{rule: r, index: int32(i)})
		}
	}
	return p.doc, p.faults, nil
}

// elements yields the elements of an object under their proper names, each
// once: of a repeated one the last, as JSON parsers do. AWS refuses repeated and
// unknown elements.
func (p *parser) elements(v value, names ...string) func(func(string, value) bool) {
	found := map[string]value{}
	for i, k := range v.keys {
		name := ""
		for _, n := range names {
			if strings.EqualFold(n, k) {
				name = n
			}
		}
		switch _, twice := found[name]; {
		case name == "":
			p.fault(k, "unknown element %q", clip(k))
			continue
		case twice:
			p.fault(k, "%s is given twice; the last one counts", name)
		case name != k:
			p.fault(k, "%q is spelled %q", clip(k), name)
		}
		found[name] = v.list[i]
	}
	return func(emit func(string, value) bool) {
		for _, n := range names {
			if e, ok := found[n]; ok && !emit(n, e) {
				return
			}
		}
	}
}

// texts reads a string or a list of strings; anything else is a fault, and ok
// is false if anything was.
func (p *parser) texts(field string, v value) (out []string, ok bool) {
	ok = true
	list := []value{v}
	if v.kind == '[' {
		list = v.list
	}
	out = []string{}
	for _, e := range list {
		if e.kind != '"' {
			p.fault(field, "%s holds something that is no string", field)
			ok = false
			continue
		}
		out = append(out, e.text)
	}
	if len(list) == 0 {
		p.fault(field, "%s is empty", field)
	}
	return out, ok
}
