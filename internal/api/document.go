package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// document is the head of the OpenAPI document.
func document() *huma.OpenAPI {
	return &huma.OpenAPI{OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "Drover", Version: "1",
			Description: about, License: &huma.License{Name: "Apache-2.0", URL: "https://www.apache.org/licenses/LICENSE-2.0"}},
		Servers: []*huma.Server{{URL: "/", Description: "The server that serves this document."}},
		Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"session": {Type: "apiKey", In: "cookie", Name: "drover_session", Description: "What the browser has after signing in."},
				"token":   {Type: "http", Scheme: "bearer", Description: "An API token, or the JWT of a workload that the server trusts."},
			}},
		Security: []map[string][]string{{"session": {}}, {"token": {}}},
		Tags:     tags,
	}
}

const about = `Every object is exactly what the command line prints with ` + "`-o json`" + `. ` + "`null`" + ` is unknown, never "none" or "never"; a field that is absent was not asked for. Times are RFC 3339 in UTC. Vocabularies are open: a client must take words that it does not know.

Lists share their parameters: ` + "`filter`" + ` (one grammar everywhere), ` + "`order_by`" + `, ` + "`page_size`" + `, ` + "`page_token`" + `, ` + "`fields`" + `, ` + "`as_of`" + `, ` + "`facets`" + `, ` + "`format`" + `. Pages of one list speak of one generation of the estate, whatever is scanned meanwhile. CSV and NDJSON hold all rows that match, not a page.

Counts, facets and graphs hold only what the caller may see; what the caller may not see is 404. Errors are problems of RFC 9457; each ` + "`code`" + ` is explained at [/api/docs/problems](/api/docs/problems). Headers ` + "`RateLimit`" + ` and ` + "`RateLimit-Policy`" + ` say how many calls are left. What changes something takes ` + "`Idempotency-Key`" + ` (POST) and ` + "`If-Match`" + ` (things that exist).`

var tags = []*huma.Tag{
	{Name: "Inventory", Description: "Identities, credentials, people, resources and all else that is known."},
	{Name: "Overview", Description: "Counts, search, and help with filters."},
	{Name: "Owners", Description: "Who answers for what."},
	{Name: "Reach", Description: "What reaches what, why, and what would be if."},
	{Name: "Findings", Description: "What is wrong, and the fixes."},
	{Name: "Policy", Description: "What the house asks of the estate."},
	{Name: "Reports", Description: "Posture, scores and reports."},
	{Name: "Sources", Description: "What is read, and reading it."},
	{Name: "Views", Description: "Saved views."},
	{Name: "Operations", Description: "What takes a while, and events."},
	{Name: "Access", Description: "Who may do what: sessions, tokens, users, the record."},
	{Name: "Server", Description: "The server itself."},
}

// answers documents what a route answers.
func (s *Server) answers(op *huma.Operation, out reflect.Type, forms map[string]schema) {
	status := cmp.Or(op.DefaultStatus, http.StatusOK)
	ok := &huma.Response{Description: op.Summary + ".", Headers: headers(op.Method)}
	switch {
	case status == http.StatusNoContent:
		ok.Description = "Done; there is nothing to say."
	case len(forms) > 0:
		ok.Content = map[string]*huma.MediaType{}
		for m, v := range forms {
			ok.Content[m] = &huma.MediaType{Schema: raw(v)}
		}
	default:
		ok.Content = map[string]*huma.MediaType{"application/json": {Schema: s.schema(out)}}
	}
	op.Responses[strconv.Itoa(status)] = ok
	if op.Method == http.MethodGet {
		op.Responses["304"] = &huma.Response{Description: "The client has it: the ETag is one of If-None-Match."}
	}
	for _, code := range []int{400, 401, 403, 404, 429, 500} {
		s.documentProblem(op, code)
	}
	if op.Method != http.MethodGet {
		for _, code := range []int{409, 412, 413, 415, 422, 428} {
			s.documentProblem(op, code)
		}
	}
}

func (s *Server) documentProblem(op *huma.Operation, status int) {
	text := ""
	for _, c := range ProblemCodes {
		if c.Status == status {
			if text != "" {
				text += "; "
			}
			text += fmt.Sprintf("`%s`: %s", c.Code, c.Title)
		}
	}
	op.Responses[strconv.Itoa(status)] = &huma.Response{Description: text + ".", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: s.schema(reflect.TypeFor[Problem]())}}}
}

// schema is a reference that huma writes into the document.
func (s *Server) schema(t reflect.Type) *huma.Schema { return raw(s.shapes.of(t)) }

// raw is a schema of ours as one of huma's.
func raw(v schema) *huma.Schema {
	if ref, ok := v["$ref"].(string); ok && len(v) == 1 {
		return &huma.Schema{Ref: ref}
	}
	return &huma.Schema{Extensions: v}
}

func headers(method string) map[string]*huma.Param {
	text := func(doc string) *huma.Param {
		return &huma.Param{Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	h := map[string]*huma.Param{"X-Request-Id": text("The id of this call, in the server's log."), "RateLimit": text("What is left: r calls, and all of them in t seconds."), "RateLimit-Policy": text("q calls in w seconds.")}
	if method == http.MethodGet {
		h["ETag"] = text("The generation that the answer speaks of and a hash of it, for If-None-Match and If-Match.")
	}
	return h
}

// Document is the OpenAPI document, indented, the same for the same routes.
func (s *Server) Document() ([]byte, error) {
	out, err := json.Marshal(s.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(out, &doc); err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	components := doc["components"].(map[string]any)
	all, _ := components["schemas"].(map[string]any)
	if all == nil {
		all = map[string]any{}
	}
	delete(all, "ErrorModel") // huma's own, which no answer has
	delete(all, "ErrorDetail")
	for _, name := range slices.Sorted(maps.Keys(s.shapes.all)) {
		if _, taken := all[name]; taken {
			return nil, fmt.Errorf("write the document: two schemas are called %s", name)
		}
		all[name] = s.shapes.all[name]
	}
	components["schemas"] = all
	shorten(doc)
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	return append(text, '\n'), nil
}
