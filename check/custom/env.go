package custom

import (
	"fmt"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/droverhq/drover"
)

// provider knows the fields of nodes beside what the language knows itself.
type provider struct{ types.Provider }

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if name == nodeType.TypeName() {
		return types.NewTypeTypeWithParam(nodeType), true
	}
	return p.Provider.FindStructType(name)
}

func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	if name != nodeType.TypeName() {
		return p.Provider.FindStructFieldNames(name)
	}
	var names []string
	for i := range Fields {
		names = append(names, Fields[i].Name)
	}
	return names, true
}

func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != nodeType.TypeName() {
		return p.Provider.FindStructFieldType(name, field)
	}
	f, ok := lookup(field)
	if !ok {
		return nil, false
	}
	of := func(obj any) ref.Val {
		if n, ok := obj.(*node); ok {
			return n.of.get(&f)
		}
		return unknown(f.Name)
	}
	return &types.FieldType{Type: typeOf[f.Type],
		IsSet:   func(obj any) bool { v := of(obj); return !types.IsUnknown(v) },
		GetFrom: func(obj any) (any, error) { return of(obj), nil }}, true
}

// maxCost bounds the work of one expression about one node: comparisons, steps of
// lists and calls. An expression that goes over it fails for that node.
const maxCost = 200_000

// newEnv makes the language: CEL with the vocabulary and functions of this package.
func newEnv() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	opts := []cel.EnvOption{
		cel.CustomTypeProvider(provider{registry}), cel.CustomTypeAdapter(registry),
		cel.Variable("node", nodeType), cel.Variable("now", cel.TimestampType),
		cel.ParserExpressionSizeLimit(8 << 10), cel.ParserRecursionLimit(64), cel.CrossTypeNumericComparisons(true), cel.DefaultUTCTimeZone(true),
		cel.Macros(append(cel.StandardMacros, about("reaches", 1), about("reaches", 2), about("can", 2), spans)...),
		cel.Function("reaches",
			cel.MemberOverload("node_reaches", []*cel.Type{nodeType, cel.StringType}, cel.BoolType, cel.BinaryBinding(func(n, to ref.Val) ref.Val { return reaches(n, to, types.String("")) })),
			cel.MemberOverload("node_reaches_level", []*cel.Type{nodeType, cel.StringType, cel.StringType}, cel.BoolType, cel.FunctionBinding(func(args ...ref.Val) ref.Val { return reaches(args[0], args[1], args[2]) }))),
		cel.Function("can", cel.MemberOverload("node_can", []*cel.Type{nodeType, cel.StringType, cel.StringType}, cel.BoolType, cel.FunctionBinding(func(args ...ref.Val) ref.Val {
			n, isNode := args[0].(*node)
			action, isText := args[1].(types.String)
			resource, ok := args[2].(types.String)
			if !isNode || !isText || !ok {
				return types.NewErr("can wants an action and a resource")
			}
			return n.of.can(string(action), string(resource))
		}))),
		cel.Function("known", cel.Overload("known_any", []*cel.Type{cel.DynType}, cel.BoolType, cel.OverloadIsNonStrict(), cel.UnaryBinding(func(v ref.Val) ref.Val {
			if types.IsError(v) {
				return v
			}
			return types.Bool(!types.IsUnknown(v))
		}))),
	}
	for i := range Fields {
		if f := &Fields[i]; !f.Reserved {
			opts = append(opts, cel.Variable(f.Name, typeOf[f.Type]))
		}
	}
	return cel.NewEnv(opts...)
}

func reaches(n, to, level ref.Val) ref.Val {
	x, isNode := n.(*node)
	target, isText := to.(types.String)
	l, ok := level.(types.String)
	if !isNode || !isText || !ok {
		return types.NewErr("reaches wants a target and a level")
	}
	return x.of.reaches(string(target), string(l))
}

// about lets a function of nodes be called without the node: reaches("tier0").
func about(function string, args int) cel.Macro {
	return cel.GlobalMacro(function, args, func(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		return f.NewMemberCall(function, f.NewIdent("node"), args...), nil
	})
}

// spans lets duration take days, weeks and years, as everywhere else.
var spans = cel.GlobalMacro("duration", 1, func(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	if args[0].Kind() != ast.LiteralKind {
		return nil, nil
	}
	s, ok := args[0].AsLiteral().(types.String)
	if !ok {
		return nil, nil
	}
	d, err := drover.ParseDuration(string(s))
	if err != nil {
		return nil, f.NewError(args[0].ID(), "duration wants a number and a unit, such as 12h, 90d, 2w or 1y")
	}
	return f.NewCall("duration", f.NewLiteral(types.String(fmt.Sprintf("%dns", d)))), nil
})

// activation hands the fields of a subject to an expression.
type activation struct {
	of  subject
	now time.Time
}

func (a *activation) Parent() cel.Activation { return nil }

func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "node":
		return &node{a.of}, true
	case "now":
		return types.Timestamp{Time: a.now}, true
	}
	f, ok := lookup(name)
	if !ok {
		return nil, false
	}
	return a.of.get(&f), true
}

// comparisons are the calls whose literals are looked at.
var comparisons = map[string]bool{operators.Equals: true, operators.NotEquals: true, operators.In: true}
