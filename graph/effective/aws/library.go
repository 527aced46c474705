package aws

import (
	"encoding/json"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// A library compiles every document once.
type library struct {
	in       *effective.Input
	byHash   map[string]*awsiam.Document
	byARN    map[string]*awsiam.Document // AWS's own
	bodies   map[*awsiam.Document]string
	cuts     map[cutKey]*awsiam.Document
	outlines map[*awsiam.Document]*outline
	unread   int      // documents that were named and not read
	faulty   []string // why documents could not be parsed
	tags     tagKeys
	regions  regionKeys
}

type cutKey struct {
	doc   *awsiam.Document
	index int
}

// tagKeys are the tags that conditions ask for.
type tagKeys struct{ principal, resource map[string]bool }

// get compiles the document with a hash; nil where it was not read or is none.
func (l *library) get(hash string) *awsiam.Document {
	if d, ok := l.byHash[hash]; ok {
		return d
	}
	if l.byHash == nil {
		l.byHash = map[string]*awsiam.Document{}
	}
	doc, ok := l.in.Document(hash)
	if !ok {
		l.unread++
		l.byHash[hash] = nil
		return nil
	}
	d := l.parse(doc.Body)
	l.byHash[hash] = d
	return d
}

// managed compiles a policy of AWS's own, as the catalogue has it.
func (l *library) managed(arn string) *awsiam.Document {
	if d, ok := l.byARN[arn]; ok {
		return d
	}
	if l.byARN == nil {
		l.byARN = map[string]*awsiam.Document{}
	}
	var d *awsiam.Document
	if body, ok := awsiam.ManagedPolicy(arn); ok {
		d = l.parse(string(body))
	} else {
		l.unread++
	}
	l.byARN[arn] = d
	return d
}

func (l *library) parse(body string) *awsiam.Document {
	d, _, err := awsiam.Parse([]byte(body))
	if err != nil {
		l.faulty = append(l.faulty, err.Error())
		return nil
	}
	if l.bodies == nil {
		l.bodies = map[*awsiam.Document]string{}
	}
	l.bodies[d] = body
	l.tags.read(d)
	l.regions.read(d)
	return d
}

// without is the document without one of its statements.
func (l *library) without(d *awsiam.Document, index int) *awsiam.Document {
	key := cutKey{d, index}
	if c, ok := l.cuts[key]; ok {
		return c
	}
	if l.cuts == nil {
		l.cuts = map[cutKey]*awsiam.Document{}
	}
	c := nothingAllowed()
	if rest, err := effective.WithoutStatement(drover.NewDocument("aws-iam", l.bodies[d]), index); err == nil {
		if cut, _, err := awsiam.Parse([]byte(rest)); err == nil {
			c = cut
		}
	}
	l.cuts[key] = c
	return c
}

func compiled(body string) *awsiam.Document {
	d, _, err := awsiam.Parse([]byte(body))
	if err != nil {
		panic("aws: a document of ours: " + err.Error())
	}
	return d
}

func nothingAllowed() *awsiam.Document {
	return compiled(`{"Version":"2012-10-17","Statement":[]}`)
}

// unrestricted is what somebody writes who may write any policy.
func unrestricted() awsiam.Attached {
	return awsiam.Attached{Name: "an unrestricted policy", Doc: compiled(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}
}

// trusting is the trust policy that names a principal.
func trusting(arn string) *awsiam.Attached {
	b, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": map[string]any{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"AWS": arn}}})
	return &awsiam.Attached{Name: "a trust policy that names the taker", Doc: compiled(string(b))}
}

func (t *tagKeys) read(d *awsiam.Document) {
	for _, s := range d.Statements() {
		for _, keys := range s.Condition.Map() {
			m, _ := keys.(map[string]any)
			for key := range m {
				t.note(key)
			}
		}
		for _, r := range [][]string{s.Resources, s.NotResources} {
			for _, p := range r {
				for rest := p; ; {
					_, after, ok := strings.Cut(rest, "${")
					if !ok {
						break
					}
					var name string
					if name, rest, ok = strings.Cut(after, "}"); !ok {
						break
					}
					t.note(name)
				}
			}
		}
	}
}

func (t *tagKeys) note(key string) {
	if t.principal == nil {
		t.principal, t.resource = map[string]bool{}, map[string]bool{}
	}
	before, tag, ok := strings.Cut(key, "/")
	switch before = strings.ToLower(before); {
	case !ok:
	case before == "aws:principaltag":
		t.principal[tag] = true
	case strings.HasSuffix(before, ":resourcetag"):
		t.resource[key] = true
	}
}

// An outline is what of a document tells quickly whether to ask it at all.
type outline struct {
	allows   actionBits // actions of techniques that an Allow may name
	personal bool       // what it says depends on who asks
}

// personalWords are the keys whose values differ between principals with the
// same policies.
var personalWords = []string{"aws:username", "aws:userid", "aws:principaltag", "aws:principalarn", "aws:principaltype", "aws:tokenissuetime", "aws:sourceidentity", "aws:federatedprovider", "sts:rolesessionname"}

func (l *library) outline(d *awsiam.Document) *outline {
	if o, ok := l.outlines[d]; ok {
		return o
	}
	if l.outlines == nil {
		l.outlines = map[*awsiam.Document]*outline{}
	}
	o := &outline{}
	for _, s := range d.Statements() {
		if s.Effect != "Allow" {
			continue
		}
		for i, a := range techniqueActions {
			if names(&s, a) {
				o.allows.set(i)
			}
		}
	}
	text := strings.ToLower(l.bodies[d])
	for _, w := range personalWords {
		o.personal = o.personal || strings.Contains(text, w)
	}
	l.outlines[d] = o
	return o
}

// names reports whether the statement's Action or NotAction takes in an action,
// given in lower case.
func names(s *awsiam.Statement, action string) bool {
	in := func(list []string) bool {
		for _, p := range list {
			if glob(strings.ToLower(p), action) {
				return true
			}
		}
		return false
	}
	if len(s.NotActions) > 0 {
		return !in(s.NotActions)
	}
	return in(s.Actions)
}

// A proof names a statement by its label, which begins or ends with its index.
func statementIndex(label string) (int, bool) {
	if i := strings.LastIndexByte(label, '('); i >= 0 && strings.HasSuffix(label, ")") {
		label = label[i+1 : len(label)-1]
	}
	n := 0
	for _, c := range label {
		if c < '0' || c > '9' || n > 1<<20 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, label != ""
}
