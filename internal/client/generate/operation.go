package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// generator turns operations and schemas into Go.
type generator struct {
	schemas map[string]*schema
	known   map[string][]known // by the name of a Go type, without View
	wanted  map[string]string  // schema -> Go type, of objects that are made here
	made    map[string]string
}

// listed are the parameters that every list has, which requests embed.
var listed = []string{"filter", "order_by", "page_size", "page_token", "fields", "facets", "format", "receipt", "as_of"}

// operation writes the request of an operation and its method.
func (g *generator) operation(b *strings.Builder, op operation) error {
	name := goName(op.ID)
	answer, err := g.answer(op)
	if err != nil {
		return err
	}
	list := strings.HasPrefix(answer, "Page[")
	fmt.Fprintf(b, "// %sRequest is what %s is asked with.\ntype %sRequest struct {\n", name, name, name)
	var sets strings.Builder
	keyed, match := false, false
	for _, p := range op.Parameters {
		switch {
		case p.Name == "Idempotency-Key":
			keyed = true
		case p.Name == "If-Match":
			match = true
		case p.In == "header", list && p.In == "query" && slices.Contains(listed, p.Name):
		default:
			typ, err := g.typeOf(p.Schema)
			if err != nil {
				return err
			}
			if d, ok := p.Schema.Default.(float64); ok && d != 0 {
				typ = "*" + typ // what is left out stands for another number than 0
			}
			fmt.Fprintf(b, "%s %s // %s\n", goName(p.Name), typ, oneLine(p.Description))
			if p.In == "query" {
				fmt.Fprintf(&sets, "r.set(%q, in.%s)\n", p.Name, goName(p.Name))
			}
		}
	}
	if list {
		fmt.Fprint(b, "ListParams\n")
		fmt.Fprint(&sets, "r.list(in.ListParams)\n")
	}
	if match {
		fmt.Fprint(b, "IfMatch string // the ETag that it was read with; * for any state\n")
		fmt.Fprint(&sets, "r.match = in.IfMatch\n")
	}
	if op.RequestBody != nil {
		body, err := g.typeOf(op.RequestBody.Content["application/json"].Schema)
		if err != nil {
			return err
		}
		if op.RequestBody.Required {
			fmt.Fprintf(b, "Body %s\n", body)
			fmt.Fprint(&sets, "r.body = in.Body\n")
		} else {
			fmt.Fprintf(b, "Body *%s // nil: none\n", body)
			fmt.Fprint(&sets, "if in.Body != nil {\nr.body = in.Body\n}\n")
		}
	}
	if keyed {
		fmt.Fprint(&sets, "r.keyed = true\n")
	}
	fmt.Fprintf(b, "}\n\nfunc (in %sRequest) request() request {\nr := request{id: %q, method: %q, path: %s}\n%sreturn r\n}\n\n", name, op.ID, op.method, pathOf(op.path), sets.String())
	fmt.Fprintf(b, "// %s: %s. %s %s\n", name, strings.TrimSuffix(oneLine(op.Summary), "."), op.method, base+op.path)
	if answer == "" {
		fmt.Fprintf(b, "func (c *Client) %s(ctx context.Context, in %sRequest) error { return c.do(ctx, in.request(), nil) }\n\n", name, name)
		return nil
	}
	fmt.Fprintf(b, "func (c *Client) %s(ctx context.Context, in %sRequest) (*%s, error) { return call[%s](ctx, c, in.request()) }\n\n", name, name, answer, answer)
	return nil
}

// answer is the Go type of the answer, "" where there is none.
func (g *generator) answer(op operation) (string, error) {
	for _, status := range []string{"200", "201", "202", "207"} {
		content := op.Responses[status].Content
		if len(content) == 0 {
			continue
		}
		s := content["application/json"].Schema
		if s == nil {
			return "", fmt.Errorf("its answer is no JSON")
		}
		if name := ref(s); strings.HasSuffix(name, "List") && g.schemas[name].Properties["next_page_token"] != nil {
			item, err := g.typeOf(g.schemas[name].Properties["items"].Items)
			return "Page[" + item + "]", err
		}
		return g.typeOf(s)
	}
	return "", nil
}

// pathOf is a Go expression of a path with its parameters.
func pathOf(path string) string {
	var parts []string
	for path != "" {
		before, rest, ok := strings.Cut(path, "{")
		if before != "" {
			parts = append(parts, fmt.Sprintf("%q", before))
		}
		if !ok {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		parts = append(parts, "segment(in."+goName(name)+")")
		path = after
	}
	return strings.Join(parts, " + ")
}

// typeOf is the Go type of a schema.
func (g *generator) typeOf(s *schema) (string, error) {
	if s == nil {
		return "json.RawMessage", nil
	}
	if name := ref(s); name != "" {
		return g.object(name)
	}
	if len(s.AllOf) == 1 {
		return g.typeOf(s.AllOf[0])
	}
	if len(s.AnyOf) == 2 && slices.Equal(words(s.AnyOf[1].Type), []string{"null"}) {
		t, err := g.typeOf(s.AnyOf[0])
		return "*" + t, err
	}
	kinds := words(s.Type)
	null := slices.Contains(kinds, "null")
	kinds = slices.DeleteFunc(kinds, func(k string) bool { return k == "null" })
	if len(kinds) != 1 {
		return "json.RawMessage", nil
	}
	scalar := map[string]string{"string": "string", "integer": "int", "number": "float64", "boolean": "bool"}[kinds[0]]
	if s.Format == "date-time" {
		scalar = "time.Time"
	}
	switch {
	case scalar != "" && null:
		return "*" + scalar, nil
	case scalar != "":
		return scalar, nil
	case kinds[0] == "array":
		t, err := g.typeOf(s.Items)
		return "[]" + t, err
	}
	var more schema
	if err := json.Unmarshal(s.Additional, &more); len(s.Properties) > 0 || err != nil {
		return "json.RawMessage", nil //nolint:nilerr // true, false or nothing: of any form
	}
	t, err := g.typeOf(&more)
	return "map[string]" + t, err
}

func ref(s *schema) string { return strings.TrimPrefix(cmp.Or(s.Ref), "#/components/schemas/") }

func words(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, x := range v {
			if w, ok := x.(string); ok {
				out = append(out, w)
			}
		}
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// goName is a name of the document in Go: blast_radius -> BlastRadius.
func goName(s string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '_' || r == '-' }) {
		switch part {
		case "id", "ids", "url":
			part = strings.ToUpper(part[:2]) + part[2:]
			if part == "URl" {
				part = "URL"
			}
		default:
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		b.WriteString(part)
	}
	return b.String()
}
