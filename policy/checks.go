package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/droverhq/drover"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A Text is an expression or a template as it stands in a file. Expressions are
// compiled by whoever asks them; Place says where their parts stand.
type Text struct {
	Text string
	Pos  Pos

	lines []Pos // where each line of Text begins in the file
}

// Place is where the byte at line and col of Text stands in the file, both from 1.
func (t *Text) Place(line, col int) Pos {
	if line < 1 || line > len(t.lines) {
		return t.Pos
	}
	p := t.lines[line-1]
	p.Col += max(col, 1) - 1
	return p
}

// A Custom is a check of the house's own.
type Custom struct {
	ID       string // lower-case words joined by "-": "vendor-key-in-prod"
	Title    string
	Severity drover.Severity
	Kinds    []drover.Kind
	Match    Match // a filter that a row must match to be asked at all; Text "": every row of the kinds
	When     Text  // CEL; true: the check fires
	What     Text  // a template; Text "": the title about the subject
	Why      string
	Fix      Text // a template
	Evidence []Text
	Remedy   string // one of Remedies; "": review
	Controls []string
	Examples []Example
	Pos      Pos
}

// An Example is a node that a check fires on, or stays silent about.
type Example struct {
	Node  map[string]any // fields of the vocabulary; those that are missing are unknown
	Fires bool           // else it stays silent
	Pos   Pos
}

// An Assertion is a sentence that must hold: "no ai_agent reaches tier0:write".
type Assertion struct {
	ID       string // "": made of the sentence
	Text     Text
	Severity drover.Severity
	Why      string
	Fix      Text
	Controls []string
	Pos      Pos
}

// A Severity is what the house says of a built-in check.
type Severity struct {
	Level  drover.Severity // 0: the check's own
	Off    bool            // the check is not asked, and is listed as off
	Reason string
	Pos    Pos
}

// Remedies are what a check of the house may name as its cure.
var Remedies = []string{"review", "disable", "delete", "rotate", "revoke", "expire", "federate", "set_owner", "confirm_owner", "hand_over"}

var (
	customID  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	builtinID = regexp.MustCompile(`^[a-z][a-z0-9]{2,39}$`)
)

func (r *reader) id(what string, n ast.Node) string {
	s := r.text(what, n)
	if !customID.MatchString(s) || len(s) > 80 || len(s) < 3 {
		r.fail(n, "%s: %q: write 3 to 80 lower-case letters and digits, words joined by -", what, bound(s))
	}
	return s
}

func (r *reader) severity(what string, n ast.Node) (s drover.Severity) {
	words := make([]string, len(drover.Severities))
	for i, v := range drover.Severities {
		words[i] = v.String()
	}
	if err := s.UnmarshalText([]byte(r.choice(what, n, words...))); err != nil {
		return 0 // choice has said it
	}
	return s
}

func (r *reader) line(what string, n ast.Node, limit int) string {
	s := strings.TrimSpace(r.text(what, n))
	if s == "" || len(s) > limit || strings.ContainsAny(s, "\n\r") {
		r.fail(n, "%s: want one line of 1 to %d bytes", what, limit)
	}
	return s
}

const (
	maxExpr     = 8 << 10
	maxExamples = 50
	maxNodeSize = 500
)

// expr reads an expression or a template with the place of each of its lines.
func (r *reader) expr(what string, n ast.Node) Text {
	t := Text{Text: r.text(what, n), Pos: r.pos(n)}
	if strings.TrimSpace(t.Text) == "" || len(t.Text) > maxExpr {
		r.fail(n, "%s: want 1 to %d bytes", what, maxExpr)
	}
	first, step := t.Pos, 0
	switch s := n.(type) {
	case *ast.LiteralNode:
		// A block begins on the line below its mark, as deep as its first line is.
		first.Line, step = first.Line+1, 1
		first.Col = blockIndent(s) + 1
	case *ast.StringNode:
		if o := strings.TrimSpace(s.GetToken().Origin); o != "" && (o[0] == '\'' || o[0] == '"') {
			first.Col++
		}
	}
	for range strings.Count(t.Text, "\n") + 1 {
		t.lines = append(t.lines, first)
		first.Line += step
	}
	return t
}

// blockIndent is how many blanks stand before the first line of a block.
func blockIndent(s *ast.LiteralNode) int {
	for line := range strings.Lines(s.Value.GetToken().Origin) {
		if text := strings.TrimLeft(line, " "); strings.TrimSpace(text) != "" {
			return len(line) - len(text)
		}
	}
	return 0
}

func (r *reader) custom(n ast.Node) (c Custom) {
	c.Pos = r.pos(n)
	known := []string{"id", "title", "severity", "kinds", "kind", "match", "when", "what", "why", "fix", "evidence", "remedy", "controls", "examples"}
	r.pairs("checks", n, known, func(key string, v ast.Node) { r.customKey(&c, key, v) })
	for _, f := range [...]struct {
		name  string
		empty bool
	}{{"id", c.ID == ""}, {"title", c.Title == ""}, {"severity", c.Severity == 0}, {"when", c.When.Text == ""}, {"why", c.Why == ""}, {"fix", c.Fix.Text == ""}} {
		if f.empty {
			r.fail(n, "checks: %s is missing", f.name)
		}
	}
	if len(c.Kinds) == 0 {
		c.Kinds = []drover.Kind{drover.KindIdentity}
	}
	return c
}

func (r *reader) customKey(c *Custom, key string, v ast.Node) {
	what := "checks." + key
	switch key {
	case "id":
		c.ID, c.Pos = r.id(what, v), r.pos(v)
	case "title":
		c.Title = r.line(what, v, 60)
	case "severity":
		c.Severity = r.severity(what, v)
	case "kind", "kinds":
		kinds := words(drover.Kinds)
		if _, one := v.(*ast.StringNode); one {
			c.Kinds = append(c.Kinds, drover.Kind(r.choice(what, v, kinds...)))
			return
		}
		r.list(what, v, func(n ast.Node) { c.Kinds = append(c.Kinds, drover.Kind(r.choice(what, n, kinds...))) })
	case "match":
		c.Match = r.match(what, v)
	case "when":
		c.When = r.expr(what, v)
	case "what":
		c.What = r.expr(what, v)
	case "why":
		c.Why = r.line(what, v, 1000)
	case "fix":
		c.Fix = r.expr(what, v)
	case "evidence":
		r.list(what, v, func(n ast.Node) { c.Evidence = append(c.Evidence, r.expr(what, n)) })
	case "remedy":
		c.Remedy = r.choice(what, v, Remedies...)
	case "controls":
		c.Controls = r.texts(what, v)
	case "examples":
		r.list(what, v, func(n ast.Node) { c.Examples = append(c.Examples, r.example(n)) })
		if len(c.Examples) > maxExamples {
			r.fail(v, "checks.examples: %d are over the limit of %d", len(c.Examples), maxExamples)
		}
	}
}

func (r *reader) example(n ast.Node) (x Example) {
	x.Pos = r.pos(n)
	want := ""
	r.pairs("checks.examples", n, []string{"node", "want"}, func(key string, v ast.Node) {
		if key == "want" {
			want = r.choice("checks.examples.want", v, "fires", "silent")
			return
		}
		left := maxNodeSize
		if m, ok := r.value("checks.examples.node", v, &left).(map[string]any); ok {
			x.Node = m
		} else {
			r.fail(v, "checks.examples.node: want a mapping of fields to values")
		}
	})
	if want == "" || x.Node == nil {
		r.fail(n, "checks.examples: want node, and want: fires or silent")
	}
	x.Fires = want == "fires"
	return x
}

// value reads any value as maps, lists, texts, whole numbers, fractions, flags and nil.
func (r *reader) value(what string, n ast.Node, left *int) any {
	if *left--; *left < 0 {
		if *left == -1 {
			r.fail(n, "%s: more than %d values", what, maxNodeSize)
		}
		return nil
	}
	switch v := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		out := map[string]any{}
		r.pairs(what, v, nil, func(key string, w ast.Node) { out[key] = r.value(what+"."+bound(key), w, left) })
		return out
	case *ast.SequenceNode:
		out := []any{}
		for _, w := range v.Values {
			out = append(out, r.value(what, w, left))
		}
		return out
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return v.Value
	case *ast.IntegerNode:
		switch i := v.Value.(type) {
		case int64:
			return i
		case uint64:
			if i < 1<<63 {
				return int64(i)
			}
		}
		r.fail(n, "%s: the number is too large", what)
		return nil
	case *ast.FloatNode:
		return v.Value
	}
	return r.text(what, n)
}

func (r *reader) assertion(n ast.Node) (a Assertion) {
	a.Pos, a.Severity = r.pos(n), drover.High
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		a.Text = r.expr("assertions", n)
		return a
	}
	r.pairs("assertions", n, []string{"id", "assert", "severity", "why", "fix", "controls"}, func(key string, v ast.Node) {
		what := "assertions." + key
		switch key {
		case "id":
			a.ID = r.id(what, v)
		case "assert":
			a.Text, a.Pos = r.expr(what, v), r.pos(v)
		case "severity":
			a.Severity = r.severity(what, v)
		case "why":
			a.Why = r.line(what, v, 1000)
		case "fix":
			a.Fix = r.expr(what, v)
		case "controls":
			a.Controls = r.texts(what, v)
		}
	})
	if a.Text.Text == "" {
		r.fail(n, "assertions: assert is missing; write a sentence such as \"no ai_agent reaches tier0:write\"")
	}
	return a
}

func (r *reader) severities(p *Policy, n ast.Node) {
	p.Severity = map[string]Severity{}
	r.pairs("severity", n, nil, func(id string, v ast.Node) {
		what := "severity." + bound(id)
		s := Severity{Pos: r.pos(v)}
		if !builtinID.MatchString(id) {
			r.fail(v, "severity: %q is no id of a built-in check; `drover policy list` has them", bound(id))
		}
		r.pairs(what, v, []string{"level", "off", "reason"}, func(key string, w ast.Node) {
			switch key {
			case "level":
				s.Level = r.severity(what+".level", w)
			case "off":
				s.Off = r.flag(what+".off", w)
			case "reason":
				s.Reason = r.line(what+".reason", w, 1000)
			}
		})
		switch {
		case s.Reason == "":
			r.fail(v, "%s: reason is missing: who reads it later must know why", what)
		case s.Off && s.Level != 0 || !s.Off && s.Level == 0:
			r.fail(v, "%s: want level, or off: true", what)
		}
		p.Severity[id] = s
	})
}

// Of is the severity of a built-in check under this policy, and whether it is asked.
func (p *Policy) Of(id string, own drover.Severity) (level drover.Severity, on bool) {
	s, ok := p.Severity[id]
	if !ok {
		return own, true
	}
	if s.Level != 0 {
		own = s.Level
	}
	return own, !s.Off
}

// Own are the sections that a policy file beside drover.yaml may have.
var Own = []string{"checks", "assertions", "exceptions", "severity"}

// Add takes up what a further policy file says: its checks, assertions,
// exceptions and severities. What is there twice is an error that names both
// places, and so is a section that belongs in drover.yaml.
func (p *Policy) Add(file string, src []byte) error {
	more, err := Parse(file, src)
	if err != nil {
		return err
	}
	if err := onlyOwn(file, src); err != nil {
		return err
	}
	for id, s := range more.Severity {
		if have, twice := p.Severity[id]; twice {
			return fmt.Errorf("%s: severity.%s stands in %s already: %w", s.Pos, id, have.Pos, drover.ErrInvalid)
		}
		if p.Severity == nil {
			p.Severity = map[string]Severity{}
		}
		p.Severity[id] = s
	}
	for i := range more.Exceptions {
		for j := range p.Exceptions {
			if more.Exceptions[i].ID == p.Exceptions[j].ID {
				return fmt.Errorf("%s: exception %s stands in %s already: %w", more.Exceptions[i].Match.Pos, bound(more.Exceptions[i].ID), p.Exceptions[j].Match.Pos, drover.ErrInvalid)
			}
		}
	}
	p.Exceptions = append(p.Exceptions, more.Exceptions...)
	p.Checks = append(p.Checks, more.Checks...)
	p.Assertions = append(p.Assertions, more.Assertions...)
	return nil
}

// onlyOwn refuses top-level keys that a policy file may not have, unknown ones
// among them.
func onlyOwn(file string, src []byte) error {
	tree, err := parser.ParseBytes(src, 0)
	if err != nil || len(tree.Docs) == 0 || tree.Docs[0].Body == nil || tree.Docs[0].Body.Type() == ast.CommentType {
		return nil //nolint:nilerr // Parse has read it
	}
	r := &reader{file: file}
	r.pairs("policy file", tree.Docs[0].Body, append([]string{"version"}, Own...), func(string, ast.Node) {})
	return errors.Join(r.errs...)
}
