package custom

import (
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// A subject is a node that expressions ask about: a row of an estate, or what an
// example says.
type subject interface {
	// get returns a field of Fields, unknown where the fact is missing.
	get(f *Field) ref.Val
	// reaches and can answer the functions of the same names.
	reaches(target, level string) ref.Val
	can(action, resource string) ref.Val
	// same reports whether two subjects are one node.
	same(subject) bool
}

// unknown is the value of a missing fact, which remembers its name.
func unknown(fact string) ref.Val { return types.NewUnknown(1, types.NewAttributeTrail(fact)) }

func textOf(fact, s string) ref.Val {
	if s == "" {
		return unknown(fact)
	}
	return types.String(s)
}

func timeOf(fact string, t time.Time) ref.Val {
	if t.IsZero() {
		return unknown(fact)
	}
	return types.Timestamp{Time: t}
}

func textsOf(list []string) ref.Val { return types.NewStringList(types.DefaultTypeAdapter, list) }

// A node is a subject as a value of the language.
type node struct{ of subject }

var errNative = errors.New("a node has no native form")

func (n *node) ConvertToNative(reflect.Type) (any, error) { return nil, errNative }

func (n *node) ConvertToType(t ref.Type) ref.Val {
	if t.TypeName() == nodeType.TypeName() {
		return n
	}
	return types.NewErr("a node is no %s", t.TypeName())
}

func (n *node) Equal(other ref.Val) ref.Val {
	o, ok := other.(*node)
	return types.Bool(ok && n.of.same(o.of))
}

func (n *node) Type() ref.Type { return nodeType }
func (n *node) Value() any     { return n }

func nodesOf(list []subject) ref.Val {
	vals := make([]ref.Val, len(list))
	for i, s := range list {
		vals[i] = &node{s}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, vals)
}

// attributes are the vendor's own fields: a key that is not there is unknown, not
// an error.
type attributes struct {
	path string
	m    map[string]any
}

var attributesType = cel.ObjectType("drover.Attributes", traits.IndexerType|traits.FieldTesterType|traits.ContainerType|traits.SizerType)

func (a *attributes) ConvertToNative(reflect.Type) (any, error) { return nil, errNative }
func (a *attributes) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("attributes have no other form")
}
func (a *attributes) Equal(other ref.Val) ref.Val {
	o, ok := other.(*attributes)
	return types.Bool(ok && reflect.DeepEqual(a.m, o.m))
}
func (a *attributes) Type() ref.Type { return attributesType }
func (a *attributes) Value() any     { return a }
func (a *attributes) Size() ref.Val  { return types.Int(len(a.m)) }

func (a *attributes) Contains(key ref.Val) ref.Val { return a.IsSet(key) }

// IsSet answers has(attrs.x): whether the source said anything of it.
func (a *attributes) IsSet(key ref.Val) ref.Val {
	s, ok := key.(types.String)
	return types.Bool(ok && a.m[string(s)] != nil)
}

// Get implements traits.Indexer.
func (a *attributes) Get(key ref.Val) ref.Val {
	s, ok := key.(types.String)
	if !ok {
		return types.NewErr("the keys of %s are texts", a.path)
	}
	return valueOf(a.path+"."+string(s), a.m[string(s)])
}

// valueOf writes decoded JSON as a value of the language. Whole numbers are int,
// others double; null is unknown.
func valueOf(path string, v any) ref.Val {
	switch v := v.(type) {
	case nil:
		return unknown(path)
	case string:
		return types.String(v)
	case bool:
		return types.Bool(v)
	case int64:
		return types.Int(v)
	case float64:
		return types.Double(v)
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return types.Int(i)
		}
		f, err := v.Float64()
		if err != nil {
			return unknown(path)
		}
		return types.Double(f)
	case []any:
		vals := make([]ref.Val, len(v))
		for i, x := range v {
			vals[i] = valueOf(path, x)
		}
		return types.NewRefValList(types.DefaultTypeAdapter, vals)
	case map[string]any:
		return &attributes{path, v}
	}
	return types.NewErr("%s has a value of no known form", path)
}
