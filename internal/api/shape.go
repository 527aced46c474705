package api

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/engine"
)

// shapes are the JSON Schemas of answers, by the name of their Go type, as they
// stand under components of the document. What encoding/json would write is what
// they say: pointers are null where nothing is known, a field with omitempty may
// be absent, vocabularies are open.
type shapes struct {
	names map[reflect.Type]string
	all   map[string]any // name -> schema
}

func newShapes() *shapes {
	return &shapes{names: map[reflect.Type]string{}, all: map[string]any{}}
}

type schema = map[string]any

// known are the types that write themselves.
func known(t reflect.Type) schema {
	switch t {
	case reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case reflect.TypeFor[drover.Attrs]():
		return schema{"type": "object", "additionalProperties": true, "description": "The vendor's own fields, under the vendor's own names."}
	case reflect.TypeFor[access.Set]():
		return schema{"type": "object", "additionalProperties": true, "description": "A set of names: those of in but out, and those of or."}
	case reflect.TypeFor[drover.Severity]():
		var words []any
		for _, s := range drover.Severities {
			words = append(words, s.String())
		}
		return schema{"type": "string", "enum": words}
	case reflect.TypeFor[time.Duration]():
		return schema{"type": "integer", "description": "Nanoseconds."}
	case reflect.TypeFor[json.RawMessage]():
		return schema{}
	}
	return nil
}

// of returns the schema of a type: a reference where the type has a name.
func (s *shapes) of(t reflect.Type) schema {
	if t == reflect.TypeFor[drover.Finding]() {
		t = reflect.TypeFor[drover.FindingJSON]()
	}
	if k := known(t); k != nil {
		return k
	}
	switch t.Kind() {
	case reflect.Pointer:
		return orNull(s.of(t.Elem()))
	case reflect.Interface:
		return schema{}
	case reflect.Struct:
		return s.ref(t)
	}
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return schema{"type": "string"}
	}
	if t.Implements(reflect.TypeFor[json.Marshaler]()) {
		return schema{}
	}
	switch t.Kind() {
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return schema{"type": "number"}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return schema{"type": "string", "contentEncoding": "base64"}
		}
		return schema{"type": []any{"array", "null"}, "items": s.of(t.Elem())}
	case reflect.Map:
		return schema{"type": []any{"object", "null"}, "additionalProperties": s.of(t.Elem())}
	}
	return schema{"type": "integer"}
}

// orNull is a schema that takes null as well: nothing is known.
func orNull(v schema) schema {
	switch typ := v["type"].(type) {
	case string:
		out := schema{}
		for k, x := range v {
			out[k] = x
		}
		out["type"] = []any{typ, "null"}
		return out
	case []any:
		return v
	}
	if len(v) == 0 {
		return v
	}
	return schema{"anyOf": []any{v, schema{"type": "null"}}}
}

// ref is a reference to a struct's schema, which it makes.
func (s *shapes) ref(t reflect.Type) schema {
	name, ok := s.names[t]
	if !ok {
		name = s.name(t)
		s.names[t] = name
		s.all[name] = nil // reserved: types may hold themselves
		s.all[name] = s.object(t)
	}
	return schema{"$ref": "#/components/schemas/" + name}
}

// name is a name that no other type has.
func (s *shapes) name(t reflect.Type) string {
	name := strings.TrimSuffix(t.Name(), "View")
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	name = strings.ToUpper(name[:min(1, len(name))]) + name[min(1, len(name)):]
	if name == "" {
		name = "Object"
	}
	for n, base := 2, name; ; n++ {
		if _, taken := s.all[name]; !taken {
			return name
		}
		if n == 2 {
			dir := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
			name = strings.ToUpper(dir[:min(1, len(dir))]) + dir[min(1, len(dir)):] + base
			continue
		}
		name = fmt.Sprintf("%s%d", base, n)
	}
}

func (s *shapes) object(t reflect.Type) schema {
	properties, required := schema{}, []any{}
	s.fields(t, properties, &required)
	v := schema{"type": "object", "properties": properties}
	if len(required) > 0 {
		v["required"] = required
	}
	return v
}

// fields adds the fields of a struct, those of embedded ones among them.
func (s *shapes) fields(t reflect.Type, properties schema, required *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, opts, _ := strings.Cut(tag, ",")
		if tag == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Anonymous && name == "" {
			e := f.Type
			if e.Kind() == reflect.Pointer {
				e = e.Elem()
			}
			if e.Kind() == reflect.Struct {
				s.fields(e, properties, required)
				continue
			}
		}
		if name == "" {
			name = f.Name
		}
		p := s.of(f.Type)
		if t == reflect.TypeFor[engine.Detail]() && f.Name == "Item" {
			p = schema{"anyOf": []any{s.of(reflect.TypeFor[engine.Identity]()), s.of(reflect.TypeFor[engine.Credential]()), s.of(reflect.TypeFor[engine.Item]())}, "description": "By its kind: an identity or human, a credential, or anything else."}
		}
		if doc := f.Tag.Get("doc"); doc != "" {
			p = schema{"allOf": []any{p}, "description": doc}
		}
		properties[name] = p
		flags := strings.Split(opts, ",")
		if !slices.Contains(flags, "omitempty") && !slices.Contains(flags, "omitzero") && !slices.Contains(*required, any(name)) {
			*required = append(*required, name)
		}
	}
}

// list makes the schema of a list of items, under the name of its noun.
func (s *shapes) list(noun string, item reflect.Type) {
	count := schema{"type": "object", "required": []any{"value", "count", "unknown"}, "properties": schema{"value": schema{"type": "string"}, "count": schema{"type": "integer"}, "unknown": schema{"type": "boolean"}}}
	s.all["Facet"] = count
	s.all[listName(noun)] = schema{"type": "object",
		"required": []any{"schema", "generation", "as_of", "total_size", "total_exact", "next_page_token", "items", "facets"},
		"properties": schema{
			"schema":          schema{"type": "string", "const": "drover/v1/" + noun},
			"generation":      schema{"type": "integer", "description": "Of the estate, that every page speaks of."},
			"as_of":           schema{"type": []any{"string", "null"}, "format": "date-time", "description": "The moment that was asked for; null: now."},
			"total_size":      schema{"type": "integer", "description": "How many match, on all pages."},
			"total_exact":     schema{"type": "boolean"},
			"next_page_token": schema{"type": "string", "description": "Empty: this is the last page."},
			"items":           schema{"type": "array", "items": s.of(item), "description": "With fields=, items have only these."},
			"facets":          schema{"type": "object", "additionalProperties": schema{"type": "array", "items": schema{"$ref": "#/components/schemas/Facet"}}, "description": "By field, the most frequent value first, unknown last."},
		}}
}

// listName is the name of the schema of a list: owner_items is OwnerItemsList.
func listName(noun string) string {
	name := ""
	for part := range strings.SplitSeq(noun, "_") {
		name += strings.ToUpper(part[:1]) + part[1:]
	}
	return name + "List"
}

// listAnswer are the forms that the answer of a list has.
func (s *Server) listAnswer(noun string) map[string]schema {
	return map[string]schema{"application/json": {"$ref": "#/components/schemas/" + listName(noun)},
		"text/csv": {"type": "string"}, "application/x-ndjson": {"type": "string", "description": "One item a line."}}
}
