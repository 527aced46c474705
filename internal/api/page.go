package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// DocsPage is where the reference stands, for people; it needs no script and
// nothing from elsewhere.
const DocsPage = "/api/docs"

//go:embed page.css
var pageStyle string

// addPages adds the document and the reference made of it: the same for
// everybody, so that nobody need sign in to read them.
func (s *Server) addPages() {
	document := sync.OnceValues(s.Document)
	s.public("/api/v1/openapi.json", "application/openapi+json", document)
	s.public(DocsPage, "text/html; charset=utf-8", sync.OnceValues(func() ([]byte, error) {
		raw, err := document()
		if err != nil {
			return nil, err
		}
		return referencePage(raw, s.huma.OpenAPI().Tags)
	}))
	s.public(ProblemsPage, "text/html; charset=utf-8", func() ([]byte, error) { return problemsPage(), nil })
	s.public(DocsPage+"/style.css", "text/css; charset=utf-8", func() ([]byte, error) { return []byte(pageStyle), nil })
}

// public serves what is the same for everybody.
func (s *Server) public(path, media string, body func() ([]byte, error)) {
	known := &Route{Method: http.MethodGet, Path: path, Public: true}
	s.routes = append(s.routes, *known)
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		x := w.(*exchange)
		x.route = known
		if !s.limits.allow(x) {
			return
		}
		raw, err := body()
		if err != nil {
			x.fail(err)
			return
		}
		x.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		x.send(http.StatusOK, media, raw)
	})
}

// sheet writes a page.
type sheet struct{ strings.Builder }

// put writes markup in which %s stands for texts, which are escaped.
func (p *sheet) put(format string, texts ...any) {
	for i, t := range texts {
		texts[i] = html.EscapeString(fmt.Sprint(t))
	}
	fmt.Fprintf(p, format, texts...)
}

func (p *sheet) head(title string) {
	p.put(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title><link rel="stylesheet" href="`+DocsPage+`/style.css"></head>
<body>
`, title)
}

var (
	codeText = regexp.MustCompile("`([^`]+)`")
	linkText = regexp.MustCompile(`\[([^\]]+)\]\((/[^)\s]*)\)`)
)

// prose writes paragraphs of a description: `code` and [links](/to) are markup.
func (p *sheet) prose(text string) {
	for part := range strings.SplitSeq(text, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			p.WriteString("<p>" + inline(part) + "</p>\n")
		}
	}
}

func inline(text string) string {
	text = html.EscapeString(text)
	text = codeText.ReplaceAllString(text, "<code>$1</code>")
	return linkText.ReplaceAllString(text, `<a href="$2">$1</a>`)
}

func problemsPage() []byte {
	var p sheet
	p.head("Drover API: problems")
	p.put(`<main><nav aria-label="Pages"><a href="%s">Reference</a></nav>
<h1>Problems</h1>
`, DocsPage)
	p.prose("What goes wrong is answered with `application/problem+json` (RFC 9457): `type` is the place on this page, `code` is what programs go by, `detail` says what happened, `errors` names each place, `fix` is the next step, and `request_id` is the id under which the server logged the call.")
	for _, c := range ProblemCodes {
		p.put(`<section id="%s"><h2><code>%s</code> <span class="status">%s</span></h2><p><strong>%s.</strong> %s</p></section>`+"\n", c.Code, c.Code, fmt.Sprintf("%d %s", c.Status, http.StatusText(c.Status)), c.Title, c.Doc)
	}
	p.put("</main></body></html>\n")
	return []byte(p.String())
}

// referenceDoc is what the reference reads of the document.
type referenceDoc struct {
	Info struct {
		Title, Description string
	}
	Paths      map[string]map[string]referenceOp
	Components struct{ Schemas map[string]json.RawMessage }
}

type referenceOp struct {
	OperationID, Summary, Description string

	Tags        []string
	Action      string   `json:"x-drover-action"`
	Or          []string `json:"x-drover-or"`
	Parameters  []referenceParam
	RequestBody *struct{ Content map[string]referenceMedia }
	Responses   map[string]struct {
		Content map[string]referenceMedia
	}
}

type referenceParam struct {
	Name, In, Description string

	Required bool
	Example  any
	Schema   map[string]any
}

type referenceMedia struct{ Schema map[string]any }

// referencePage is the document for people.
func referencePage(raw []byte, groups []*huma.Tag) ([]byte, error) {
	var doc referenceDoc
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	var p sheet
	p.head("Drover API")
	p.put(`<main><nav aria-label="Pages"><a href="%s">Problems</a> <a href="%s/openapi.json">OpenAPI 3.1</a></nav><h1>%s API</h1>`+"\n", ProblemsPage, Base, doc.Info.Title)
	p.prose(doc.Info.Description)
	p.put(`<nav aria-label="Contents"><ul>`)
	for _, g := range groups {
		p.put(`<li><a href="#tag-%s">%s</a></li>`, g.Name, g.Name)
	}
	p.put(`<li><a href="#schemas">Schemas</a></li></ul></nav>` + "\n")
	for _, g := range groups {
		p.put(`<section id="tag-%s"><h2>%s</h2><p>%s</p>`+"\n", g.Name, g.Name, g.Description)
		for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
			for _, method := range []string{"get", "post", "put", "delete"} {
				if op, ok := doc.Paths[path][method]; ok && len(op.Tags) > 0 && op.Tags[0] == g.Name {
					p.operation(strings.ToUpper(method), path, op)
				}
			}
		}
		p.put("</section>\n")
	}
	p.put(`<section id="schemas"><h2>Schemas</h2>` + "\n")
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		p.schema(name, doc.Components.Schemas[name])
	}
	p.put("</section></main></body></html>\n")
	return []byte(p.String()), nil
}

func (p *sheet) operation(method, path string, op referenceOp) {
	p.put(`<article id="%s"><h3><span class="method">%s</span> <code>%s</code></h3><p><strong>%s.</strong></p>`+"\n", op.OperationID, method, path, op.Summary)
	p.prose(op.Description)
	if op.Action != "" {
		p.put(`<p class="who">Action <code>%s</code></p>`+"\n", strings.Join(append([]string{op.Action}, op.Or...), " or "))
	} else {
		p.put(`<p class="who">For everybody.</p>` + "\n")
	}
	if len(op.Parameters) > 0 {
		p.put(`<table><caption>Parameters of %s</caption><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">What it is</th></tr></thead><tbody>`, op.OperationID)
		for _, a := range op.Parameters {
			name := a.Name
			if a.Required {
				name += " *"
			}
			p.put(`<tr><td><code>%s</code></td><td>%s</td><td>%s</td><td>`, name, a.In, typeText(a.Schema))
			p.WriteString(inline(a.Description))
			if a.Example != nil {
				p.put(` <span class="example">Example: <code>%s</code></span>`, exampleText(a.Example))
			}
			p.put("</td></tr>\n")
		}
		p.put("</tbody></table>\n")
	}
	if op.RequestBody != nil {
		p.media("Body", op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if status < "300" {
			p.media("Answer "+status, op.Responses[status].Content)
		}
	}
	p.put("</article>\n")
}

func exampleText(v any) string {
	if list, ok := v.([]any); ok {
		var parts []string
		for _, x := range list {
			parts = append(parts, fmt.Sprint(x))
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(v)
}

func (p *sheet) media(what string, content map[string]referenceMedia) {
	for _, m := range slices.Sorted(maps.Keys(content)) {
		p.put("<p>%s: <code>%s</code> ", what, m)
		p.WriteString(typeLink(content[m].Schema))
		p.put("</p>\n")
	}
}

func (p *sheet) schema(name string, raw json.RawMessage) {
	var v struct {
		Required   []string
		Properties map[string]map[string]any
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return // a schema that is no object has no fields to tell
	}
	p.put(`<article id="schema-%s"><h3>%s</h3><table><caption>Fields of %s</caption><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">What it is</th></tr></thead><tbody>`, name, name, name)
	for _, field := range slices.Sorted(maps.Keys(v.Properties)) {
		doc, _ := v.Properties[field]["description"].(string)
		if !slices.Contains(v.Required, field) {
			doc = strings.TrimSpace(doc + " May be absent.")
		}
		p.put(`<tr><td><code>%s</code></td><td>`, field)
		p.WriteString(typeLink(v.Properties[field]))
		p.put("</td><td>%s</td></tr>\n", doc)
	}
	p.put("</tbody></table></article>\n")
}

const schemaPrefix = "#/components/schemas/"

// typeLink is a type as markup, with links to the schemas in it.
func typeLink(v map[string]any) string {
	if ref, ok := v["$ref"].(string); ok {
		name := html.EscapeString(strings.TrimPrefix(ref, schemaPrefix))
		return `<a href="#schema-` + name + `">` + name + `</a>`
	}
	for _, key := range []string{"anyOf", "allOf", "oneOf"} {
		list, ok := v[key].([]any)
		if !ok {
			continue
		}
		var parts []string
		for _, x := range list {
			if m, ok := x.(map[string]any); ok {
				parts = append(parts, typeLink(m))
			}
		}
		return strings.Join(parts, " or ")
	}
	if items, ok := v["items"].(map[string]any); ok {
		return "list of " + typeLink(items)
	}
	if inner, ok := v["additionalProperties"].(map[string]any); ok && len(inner) > 0 {
		return "map of " + typeLink(inner)
	}
	return html.EscapeString(typeText(v))
}

func typeText(v map[string]any) string {
	text := "any"
	switch t := v["type"].(type) {
	case string:
		text = t
	case []any:
		var parts []string
		for _, x := range t {
			parts = append(parts, fmt.Sprint(x))
		}
		text = strings.Join(parts, " or ")
	}
	if c, ok := v["const"]; ok {
		return fmt.Sprintf("%q", c)
	}
	if list, ok := v["enum"].([]any); ok {
		var parts []string
		for _, x := range list {
			parts = append(parts, fmt.Sprint(x))
		}
		return strings.Join(parts, ", ")
	}
	if f, ok := v["format"].(string); ok && f == "date-time" {
		text += " (time)"
	}
	return text
}
