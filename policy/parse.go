package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// MaxFile is the largest policy file, in bytes.
const MaxFile = 1 << 20

// maxErrors bounds how many mistakes are reported at once.
const maxErrors = 20

// Parse reads the policy sections of a drover.yaml. Top-level keys that are not
// in Sections belong to others and are not looked at. The error joins every
// mistake found, each with file, line and column, and wraps drover.ErrInvalid.
func Parse(file string, src []byte) (*Policy, error) {
	if len(src) > MaxFile {
		return nil, fmt.Errorf("%s: %d bytes are over the limit of %d: %w", file, len(src), MaxFile, drover.ErrInvalid)
	}
	if depth(src) > 64 {
		return nil, fmt.Errorf("%s: nested too deeply: %w", file, drover.ErrInvalid)
	}
	tree, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", file, firstLine(err.Error()), drover.ErrInvalid)
	}
	p := Default()
	r := &reader{file: file}
	switch len(tree.Docs) {
	case 0:
		return p, nil
	case 1:
	default:
		return nil, fmt.Errorf("%s: %d documents, want one: %w", file, len(tree.Docs), drover.ErrInvalid)
	}
	if body := tree.Docs[0].Body; body != nil && body.Type() != ast.NullType && body.Type() != ast.CommentType {
		r.policy(p, body)
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return p, nil
}

// depth is the deepest nesting that flow brackets or indentation can give.
func depth(src []byte) int {
	deepest, flow := 0, 0
	for line := range strings.Lines(string(src)) {
		indent := len(line) - len(strings.TrimLeft(line, " -"))
		for _, c := range line {
			switch c {
			case '{', '[':
				flow++
			case '}', ']':
				flow = max(flow-1, 0)
			}
			deepest = max(deepest, flow+indent/2)
		}
	}
	return deepest
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return bound(s)
}

// reader walks the tree and collects mistakes.
type reader struct {
	file string
	errs []error
}

func (r *reader) pos(n ast.Node) Pos {
	p := Pos{File: r.file, Line: 1, Col: 1}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Col = t.Position.Line, t.Position.Column
	}
	return p
}

func (r *reader) fail(n ast.Node, format string, args ...any) {
	r.failErr(n, fmt.Errorf(format+": %w", append(args, drover.ErrInvalid)...))
}

func (r *reader) failErr(n ast.Node, err error) {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", r.pos(n), err))
	}
}

// pairs calls fn for each key of a mapping, and refuses duplicates and, unless
// known is nil, unknown keys.
func (r *reader) pairs(what string, n ast.Node, known []string, fn func(key string, v ast.Node)) {
	var vals []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		vals = m.Values
	case *ast.MappingValueNode:
		vals = []*ast.MappingValueNode{m}
	case *ast.NullNode:
		return
	default:
		r.fail(n, "%s: want a mapping of keys to values", what)
		return
	}
	seen := map[string]bool{}
	for _, v := range vals {
		key := strings.Trim(v.Key.String(), `"'`)
		switch {
		case seen[key]:
			r.fail(v.Key, "%s: key %q stands twice", what, bound(key))
			continue
		case known != nil && !slices.Contains(known, key):
			r.fail(v.Key, "%s: unknown key %q%s (known: %s)", what, bound(key), meant(key, known), strings.Join(known, ", "))
			continue
		}
		seen[key] = true
		fn(key, v.Value)
	}
}

func (r *reader) list(what string, n ast.Node, fn func(n ast.Node)) {
	switch s := n.(type) {
	case *ast.SequenceNode:
		for _, v := range s.Values {
			fn(v)
		}
	case *ast.NullNode:
	default:
		r.fail(n, "%s: want a list", what)
	}
}

// text reads a scalar as it is written.
func (r *reader) text(what string, n ast.Node) string {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value
	case *ast.LiteralNode:
		return s.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	r.fail(n, "%s: want text", what)
	return ""
}

func (r *reader) texts(what string, n ast.Node) (out []string) {
	if _, one := n.(*ast.StringNode); one {
		return []string{r.text(what, n)}
	}
	r.list(what, n, func(v ast.Node) { out = append(out, r.text(what, v)) })
	return out
}

func (r *reader) flag(what string, n ast.Node) bool {
	if b, ok := n.(*ast.BoolNode); ok {
		return b.Value
	}
	r.fail(n, "%s: want true or false", what)
	return false
}

func (r *reader) duration(what string, n ast.Node) time.Duration {
	d, err := drover.ParseDuration(r.text(what, n))
	if err != nil {
		r.failErr(n, fmt.Errorf("%s: %w", what, err))
	} else if d <= 0 {
		r.fail(n, "%s: want more than zero", what)
	}
	return d
}

func (r *reader) number(what string, n ast.Node, low, high int) int {
	v, err := strconv.Atoi(r.text(what, n))
	if err != nil || v < low || v > high {
		r.fail(n, "%s: want a whole number from %d to %d", what, low, high)
		return low
	}
	return v
}

func (r *reader) choice(what string, n ast.Node, of ...string) string {
	s := r.text(what, n)
	if !slices.Contains(of, s) {
		r.fail(n, "%s: %q is none of %s%s", what, bound(s), strings.Join(of, ", "), meant(s, of))
	}
	return s
}

func (r *reader) match(what string, n ast.Node) Match {
	m := Match{Text: strings.TrimSpace(r.text(what, n)), Pos: r.pos(n)}
	if m.Text == "" || len(m.Text) > 4096 {
		r.fail(n, "%s: want a filter or name of 1 to 4096 bytes", what)
	}
	return m
}

// day reads a date; the rule holds to the end of it, in UTC.
func (r *reader) day(what string, n ast.Node) time.Time {
	t, err := time.Parse(time.DateOnly, r.text(what, n))
	if err != nil {
		r.fail(n, "%s: want a date such as 2027-01-31", what)
		return time.Time{}
	}
	return t.AddDate(0, 0, 1)
}

var slotName = regexp.MustCompile(`^[a-z_]{1,32}$`)
