package custom

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/policy"
)

// An expression is a compiled one, with the fields that it looks at.
type expression struct {
	text    *policy.Text
	program cel.Program
	reads   []string // fields of the node asked about, and attrs.x, in the order in which they stand
	asks    []ask    // calls of reaches with constant arguments
}

// An ask is a call of reaches.
type ask struct{ target, level string }

// compile reads one expression of a text, which begins at the byte offset at. Its
// errors say where in the file the fault lies.
func (c *compiler) compile(text *policy.Text, src string, at int, want ...*cel.Type) (*expression, error) {
	parsed, issues := c.env.Compile(src)
	if issues.Err() != nil {
		return nil, c.faults(text, at, issues)
	}
	if got := parsed.OutputType(); len(want) > 0 && !slices.ContainsFunc(want, got.IsExactType) {
		return nil, fault(text, at, 1, 1, fmt.Sprintf("the expression is %s, want true or false", article(got.String())))
	}
	native := parsed.NativeRep()
	x := &expression{text: text}
	if err := c.look(x, native, text, at); err != nil {
		return nil, err
	}
	var err error
	x.program, err = c.env.Program(parsed, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(256), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, fault(text, at, 1, 1, err.Error())
	}
	return x, nil
}

func article(typ string) string {
	if strings.HasPrefix(typ, "int") {
		return "an " + typ
	}
	return "a " + typ
}

// faults are what the language's own checks found, in its words where they are
// clear.
func (c *compiler) faults(text *policy.Text, at int, issues *cel.Issues) error {
	var errs []error
	for i, e := range issues.Errors() {
		if i == 5 {
			break
		}
		errs = append(errs, fault(text, at, e.Location.Line(), e.Location.Column()+1, reworded(e.Message)))
	}
	return errors.Join(errs...)
}

var (
	reserved   = regexp.MustCompile(`^(?:Syntax error: )?reserved identifier: (\w+)`)
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	noField    = regexp.MustCompile(`^undefined field '([^']*)'`)
	noOverload = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '([^']*)'`)
)

// reworded says what is wrong in the words of the vocabulary.
func reworded(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	if m := reserved.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%q is a word of the language; write node.%s", m[1], m[1])
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("unknown name %q%s", cut(m[1]), meant(m[1]))
	}
	if m := noField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("a node has no field %q%s", cut(m[1]), meant(m[1]))
	}
	if m := noOverload.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s does not go with %s", strings.Trim(m[1], "_"), m[2])
	}
	return cut(message)
}

// meant suggests the nearest word of the vocabulary.
func meant(name string) string {
	best, dist := "", 3
	for _, n := range names() {
		if d := filter.Distance(name, n); d < dist {
			best, dist = n, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

func names() []string {
	out := []string{"node", "now", "known", "reaches", "can", "duration", "timestamp", "size", "has", "matches", "startsWith", "endsWith", "contains"}
	for i := range Fields {
		out = append(out, Fields[i].Name)
	}
	return out
}

func cut(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// fault is an error at a line and column of an expression that begins at a byte of
// a text.
func fault(text *policy.Text, at, line, col int, message string) error {
	before := text.Text[:min(at, len(text.Text))]
	lines := strings.Count(before, "\n")
	if line == 1 {
		col += len(before) - (strings.LastIndexByte(before, '\n') + 1)
	}
	return fmt.Errorf("%s: %s: %w", text.Place(line+lines, col), message, drover.ErrInvalid)
}

// look gathers what an expression reads, and refuses comparisons with words that a
// field never has: such an expression would be silent for ever.
func (c *compiler) look(x *expression, tree *ast.AST, text *policy.Text, at int) error {
	var errs []error
	bad := func(e ast.Expr, format string, args ...any) {
		loc := tree.SourceInfo().GetStartLocation(e.ID())
		errs = append(errs, fault(text, at, loc.Line(), loc.Column()+1, fmt.Sprintf(format, args...)))
	}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			if _, ok := lookup(e.AsIdent()); ok && e.AsIdent() != "attrs" {
				x.read(e.AsIdent())
			}
		case ast.SelectKind:
			s := e.AsSelect()
			if s.Operand().Kind() == ast.IdentKind && (s.Operand().AsIdent() == "node" || s.Operand().AsIdent() == "attrs") {
				x.read(strings.TrimPrefix(s.Operand().AsIdent()+"."+s.FieldName(), "node."))
			}
		case ast.CallKind:
			call := e.AsCall()
			if comparisons[call.FunctionName()] && len(call.Args()) == 2 {
				compared(call.Args()[0], call.Args()[1], bad)
				compared(call.Args()[1], call.Args()[0], bad)
			}
			if call.FunctionName() == "reaches" {
				c.asked(x, call, bad)
			}
		}
	}))
	return errors.Join(errs...)
}

func (x *expression) read(name string) {
	if !slices.Contains(x.reads, name) {
		x.reads = append(x.reads, name)
	}
}

// asked checks the arguments of a reaches that are written out.
func (c *compiler) asked(x *expression, call ast.CallExpr, bad func(ast.Expr, string, ...any)) {
	var args []string
	for _, a := range call.Args() {
		if a.Kind() != ast.LiteralKind {
			return
		}
		s, _ := a.AsLiteral().(types.String)
		args = append(args, string(s))
	}
	args = append(args, "", "")
	if err := validTarget(args[0], c.now); err != nil {
		bad(call.Args()[0], "%s", strings.TrimSuffix(err.Error(), ": "+drover.ErrInvalid.Error()))
		return
	}
	if _, err := levelOf(args[1]); err != nil {
		bad(call.Args()[1], "%s", strings.TrimSuffix(err.Error(), ": "+drover.ErrInvalid.Error()))
		return
	}
	x.asks = append(x.asks, ask{args[0], args[1]})
}

// compared looks at a literal that a field is compared with.
func compared(field, literal ast.Expr, bad func(ast.Expr, string, ...any)) {
	name := ""
	switch field.Kind() {
	case ast.IdentKind:
		name = field.AsIdent()
	case ast.SelectKind:
		if op := field.AsSelect().Operand(); op.Kind() != ast.IdentKind || op.AsIdent() != "attrs" {
			name = field.AsSelect().FieldName()
		}
	}
	f, ok := lookup(name)
	if !ok || f.Values == nil && name != "env" {
		return
	}
	list := []ast.Expr{literal}
	if literal.Kind() == ast.ListKind {
		list = literal.AsList().Elements()
	}
	for _, e := range list {
		if e.Kind() != ast.LiteralKind {
			continue
		}
		s, isText := e.AsLiteral().(types.String)
		word := string(s)
		switch {
		case !isText || slices.Contains(f.Values, word) || name == "env" && word != "" && classify.Env(word) == word:
		case name == "env" && word != "":
			bad(e, "env is never %q, it is written %q", cut(word), classify.Env(word))
		case word == "unknown" || word == "":
			bad(e, "%s is never %q; write !known(%s)", name, word, name)
		default:
			bad(e, "%s is never %q%s (it is one of %s)", name, cut(word), nearest(word, f.Values), strings.Join(f.Values, ", "))
		}
	}
}

func nearest(word string, list []string) string {
	best, dist := "", 3
	for _, v := range list {
		if d := filter.Distance(word, v); d < dist {
			best, dist = v, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// eval asks an expression about a subject. The value is unknown where a fact that
// decides is missing. An error is a fault of the expression for this subject: a
// text compared with a number, work beyond maxCost; or of ctx.
func (x *expression) eval(ctx context.Context, a *activation) (ref.Val, error) {
	v, _, err := x.program.ContextEval(ctx, a)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%s: %s", x.text.Pos, cut(err.Error()))
	}
	return v, nil
}

// missing names the facts that an unknown value lacked.
func missing(v ref.Val) (facts []string) {
	u, ok := v.(*types.Unknown)
	if !ok {
		return nil
	}
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			if n := t.Variable(); n != "" && !slices.Contains(facts, n) {
				facts = append(facts, n)
			}
		}
	}
	slices.Sort(facts)
	return facts
}
