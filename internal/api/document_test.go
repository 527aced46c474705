package api_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
)

const documentFile = "../../docs/reference/openapi.json"

// The document in the tree is that of the routes: go generate ./internal/api.
func TestDocumentIsFresh(t *testing.T) {
	want, err := api.New(api.Options{}).Document()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is stale; run go generate ./internal/api:\n%.3000s", documentFile, cmp.Diff(string(got), string(want)))
	}
}

// Every route is in the document, under its id, with its action, and says what its
// parameters are; and the document has no other.
func TestDocumentIsWhole(t *testing.T) {
	s := api.New(api.Options{})
	raw, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Tags        []string
			Action      string         `json:"x-drover-action"`
			Or          []authz.Action `json:"x-drover-or"`
			Security    *[]any
			Parameters  []struct{ Name, In, Description string }
			RequestBody any `json:"requestBody"`
			Responses   map[string]any
		}
		Tags       []struct{ Name string }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	tags := map[string]bool{}
	for _, g := range doc.Tags {
		tags[g.Name] = true
	}
	seen, n := map[string]bool{}, 0
	for _, r := range s.Routes() {
		if r.ID == "" { // a page
			continue
		}
		op, ok := doc.Paths[r.Path][strings.ToLower(r.Method)]
		switch {
		case !ok || op.OperationID != r.ID:
			t.Errorf("%s %s is in the document as %q, want %q", r.Method, r.Path, op.OperationID, r.ID)
		case op.Action != string(r.Action), !slices.Equal(op.Or, r.Or), r.Public != (op.Security != nil):
			t.Errorf("%s takes %q and public is %v, the document says %q %v", r.ID, r.Action, r.Public, op.Action, op.Security)
		case op.Summary == "" || len(op.Tags) != 1 || !tags[op.Tags[0]]:
			t.Errorf("%s has summary %q and tags %v", r.ID, op.Summary, op.Tags)
		case r.Action.Doc() == "" && !r.Public:
			t.Errorf("%s: there is no action %q", r.ID, r.Action)
		case r.Acting && r.Method == "GET":
			t.Errorf("%s: a %s that is acting: %v", r.ID, r.Method, r.Acting)
		case seen[r.ID]:
			t.Errorf("two routes are called %s", r.ID)
		}
		for _, p := range op.Parameters {
			if p.Description == "" {
				t.Errorf("%s: parameter %s says nothing of itself", r.ID, p.Name)
			}
		}
		seen[r.ID] = true
		n++
	}
	for path, ops := range doc.Paths {
		n -= len(ops)
		if !strings.HasPrefix(path, api.Base+"/") {
			t.Errorf("%s lies outside %s", path, api.Base)
		}
	}
	if n != 0 {
		t.Errorf("the routes are %d more than the document has", n)
	}
}
