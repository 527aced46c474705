package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/realtest"
)

// A linter that nobody here wrote finds no error in the document.
func TestDocumentLints(t *testing.T) {
	path, err := filepath.Abs(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	faults, warnings := realtest.OpenAPILint(t, path)
	for _, f := range faults {
		t.Errorf("%s: %s", f.Rule, f.Text)
	}
	t.Logf("Redocly: %d errors, %d warnings", len(faults), len(warnings))
	for _, w := range warnings {
		t.Logf("warning %s: %s", w.Rule, w.Text)
	}
}

var fuzzed = regexp.MustCompile(`(?m)^.*(?:generated|passed|failed|Server error).*$`)

// Calls that a fuzzer makes of the document, of any shape, never end in 5xx, always
// in a status and a form that the document has. The stream of events never ends, and
// has tests of its own.
func TestFuzzedByDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("makes thousands of calls")
	}
	const token = "Bearer of-the-fuzzer"
	b := open(t, demoOf(t), func(o *api.Options) {
		o.Authenticate = func(r *http.Request) (authz.Caller, error) {
			if r.Header.Get("Authorization") != token {
				return authz.Caller{}, errors.New("unknown")
			}
			return authz.Local("fuzzer"), nil
		}
	})
	server := httptest.NewServer(b)
	defer server.Close()
	path, err := filepath.Abs(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	report, ok := realtest.APIFuzz(t, path, server.URL, 1, 10, map[string]string{"Authorization": token}, "--exclude-path-regex=/events$", "--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,unsupported_method")
	if !ok {
		t.Errorf("schemathesis:\n%s", report)
	}
	t.Logf("%s", fuzzed.FindAllString(report, -1))
}
