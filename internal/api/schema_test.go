package api_test

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/droverhq/drover/internal/api"
)

// Every answer to a GET has the shape that the document gives it, over the demo
// estate: of lists, of the first thing of each list, of questions by their examples.
func TestAnswersFitDocument(t *testing.T) {
	b := open(t, demoOf(t))
	fits := shapeOf(t)
	asked := 0
	for _, r := range b.Routes() {
		if r.Method != "GET" || r.ID == "" || r.ID == "events" { // a stream has no end
			continue
		}
		target, ok := b.example(t, r)
		if !ok {
			continue
		}
		w := b.call(t, "GET", target, "")
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" {
			if w.Code >= 500 {
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
			continue
		}
		asked++
		var v any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if err := fits(r, v); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
	t.Logf("%d answers of %d routes have their shape", asked, len(b.Routes()))
	if asked < 25 {
		t.Errorf("only %d answers were looked at", asked)
	}
}

// shapeOf returns a function that holds the answer of a route to its schema.
func shapeOf(t *testing.T) func(api.Route, any) error {
	raw, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct{ Schema json.RawMessage }
			}
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(raw), "#/components/schemas/", "#/$defs/")), &doc); err != nil {
		t.Fatal(err)
	}
	return func(r api.Route, v any) error {
		whole, err := json.Marshal(map[string]any{"$defs": doc.Components.Schemas, "allOf": []any{doc.Paths[r.Path]["get"].Responses["200"].Content["application/json"].Schema}})
		if err != nil {
			return err
		}
		var s jsonschema.Schema
		if err := json.Unmarshal(whole, &s); err != nil {
			return err
		}
		resolved, err := s.Resolve(nil)
		if err != nil {
			return err
		}
		return resolved.Validate(v)
	}
}

// example is a call of a route: {id} is the first thing of the list above it, and
// what else is needed has the example of the document.
func (b *bench) example(t *testing.T, r api.Route) (string, bool) {
	target := r.Path
	if before, _, ok := strings.Cut(target, "/{"); ok {
		w := b.call(t, "GET", before+"?page_size=1", "")
		var list struct{ Items []map[string]any }
		if w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &list) != nil || len(list.Items) == 0 {
			return "", false
		}
		id := ""
		for _, field := range []string{"id", "name", "ref", "hash"} {
			if s, ok := list.Items[0][field].(string); ok && id == "" {
				id = s
			}
		}
		start, end := strings.IndexByte(target, '{'), strings.IndexByte(target, '}')
		target = target[:start] + url.PathEscape(id) + target[end+1:]
	}
	if strings.Contains(target, "{") {
		return "", false
	}
	return target + b.query(t, r), true
}

// query writes the parameters that a route needs, by the examples of the document.
func (b *bench) query(t *testing.T, r api.Route) string {
	raw, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name, In string
				Required bool
				Example  any
			}
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	q := url.Values{}
	for _, p := range doc.Paths[r.Path]["get"].Parameters {
		if s, ok := p.Example.(string); ok && p.Required && p.In == "query" {
			q.Set(p.Name, s)
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}
