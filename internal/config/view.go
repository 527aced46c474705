package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A Value is one setting and where it comes from: "drover.yaml:12", the name of
// an environment variable, or "default".
type Value struct {
	Key    string `json:"key"` // store.driver, sources[orders-db].every
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

// Values lists every setting in the order of the file, then the defaults of what
// is not set. References stay references.
func (c *Config) Values() ([]Value, error) {
	var tree any
	if len(c.Raw) > 0 {
		var m yaml.MapSlice
		if err := yaml.UnmarshalWithOptions(c.Raw, &m, yaml.UseOrderedMap()); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Path, err)
		}
		tree = m
	}
	file := c.file
	if file == nil {
		file = c.Raw
	}
	lines, err := linesOf(file)
	if err != nil {
		return nil, err
	}
	var out []Value
	set := map[string]bool{}
	flatten("", tree, func(key, value string) {
		set[key] = true
		origin := fmt.Sprintf("%s:%d", c.Path, lines[key])
		if name, ok := c.origins[key]; ok {
			origin = name
		}
		out = append(out, Value{key, value, origin})
	})
	for _, d := range []Value{{"version", "1", "default"}, {"store.driver", "sqlite", "default"}, {"store.path", "$DROVER_HOME/drover.db", "default"}} {
		if !set[d.Key] && !(d.Key == "store.path" && c.Store.Driver == "postgres") {
			out = append(out, d)
		}
	}
	return out, nil
}

// flatten calls fn for every single value, and for lists of single values.
func flatten(key string, v any, fn func(key, value string)) {
	switch v := v.(type) {
	case nil:
		if key != "" {
			fn(key, "")
		}
	case yaml.MapSlice:
		for _, i := range v {
			flatten(join(key, fmt.Sprint(i.Key)), i.Value, fn)
		}
	case []any:
		if flat(v) {
			fn(key, fmt.Sprint(v))
			return
		}
		for i, e := range v {
			flatten(key+nameOf(e, i), e, fn)
		}
	default:
		fn(key, fmt.Sprint(v))
	}
}

func flat(list []any) bool {
	for _, e := range list {
		switch e.(type) {
		case yaml.MapSlice, []any:
			return false
		}
	}
	return true
}

// linesOf finds the line of every key in a file, by the names of flatten.
// Place is where the option of a source is set: "drover.yaml:12", or the name of
// an environment variable. Without an option, or where it is not set, it is the
// place of the source.
func (c *Config) Place(id, option string) string {
	raw := c.file
	if raw == nil {
		raw = c.Raw
	}
	lines, err := linesOf(raw)
	if err != nil {
		return c.Path
	}
	for _, key := range []string{"sources[" + id + "]." + option, "sources[" + id + "]"} {
		if name, ok := c.origins[key]; ok {
			return name
		}
		if n, ok := lines[key]; ok {
			return fmt.Sprintf("%s:%d", c.Path, n)
		}
	}
	return c.Path
}

func linesOf(raw []byte) (map[string]int, error) {
	out := map[string]int{}
	if len(raw) == 0 {
		return out, nil
	}
	f, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	for _, d := range f.Docs {
		locate("", d.Body, out)
	}
	return out, nil
}

func locate(key string, n ast.Node, out map[string]int) {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			locate(key, v, out)
		}
	case *ast.MappingValueNode:
		k := join(key, strings.Trim(n.Key.String(), `"'`))
		out[k] = n.Key.GetToken().Position.Line
		locate(k, n.Value, out)
	case *ast.SequenceNode:
		for i, e := range n.Values {
			name := fmt.Sprintf("[%d]", i)
			if m, ok := e.(*ast.MappingNode); ok {
				for _, v := range m.Values {
					if v.Key.String() == "id" {
						name = "[" + strings.Trim(v.Value.String(), `"'`) + "]"
					}
				}
			}
			out[key+name] = e.GetToken().Position.Line
			locate(key+name, e, out)
		}
	}
}
