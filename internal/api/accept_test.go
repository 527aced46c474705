package api_test

import (
	"testing"
)

// What a client wants most is what it gets, by the weights of its header.
func TestAcceptWeights(t *testing.T) {
	b := open(t, t.TempDir())
	const json, csv, lines = "application/json", "text/csv; charset=utf-8; header=present", "application/x-ndjson"
	for header, want := range map[string]string{
		"":                                     json,
		"*/*":                                  json,
		"text/csv":                             csv,
		"text/csv;q=0.1, application/json":     json,
		"text/csv, application/json;q=0.9":     csv,
		"application/json;q=0.5, text/csv;q=1": csv,
		"text/csv;q=0.5, application/x-ndjson;q=0.7":  lines,
		"text/*, */*;q=0.1":                           csv,
		"*/*, application/json;q=0":                   csv,
		"text/csv;q=0, */*":                           json,
		"TEXT/CSV":                                    csv,
		"text/html, application/xhtml+xml, */*;q=0.8": json,
		"text/csv;q=2, application/x-ndjson;q=0.1":    lines,
		"application/jsonl":                           lines,
		"text/html":                                   "",
		"application/json;q=0":                        "",
		"text/csv;q=0.000":                            "",
	} {
		w := b.call(t, "GET", "/api/v1/identities", "", "Accept", header)
		if got := w.Header().Get("Content-Type"); want != "" && (w.Code != 200 || got != want) || want == "" && w.Code != 406 {
			t.Errorf("Accept: %s: %d %s, want %s", header, w.Code, got, want)
		}
	}
	for header, want := range map[string]string{"gzip": "gzip", "gzip;q=0": "", "gzip;q=0.0": "", "gzip; q=0.5": "gzip", "br, *": "gzip", "*;q=0": "", "gzip;q=0, *": "", "": ""} {
		w := b.call(t, "GET", "/api/v1/fields", "", "Accept-Encoding", header)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding: %s: %q, want %q", header, got, want)
		}
	}
}

// A parameter that takes one value takes it once, on every route: which of two was
// meant nobody knows.
func TestParametersOnce(t *testing.T) {
	b := open(t, t.TempDir())
	names, tried := parametersOf(t, b.Server), 0
	for _, r := range b.Routes() {
		for _, name := range names[r.Method+" "+r.Path] {
			tried++
			w := b.briefly(t, r.Method, target(r, "x")+"?"+name+"=1&"+name+"=2", bodyOf(r), key()...)
			p := object(t, w.Body.Bytes())
			faults, _ := p["errors"].([]any)
			if w.Code != 400 || p["code"] != "invalid" || len(faults) != 1 || faults[0].(map[string]any)["pointer"] != "/query/"+name {
				t.Errorf("%s %s?%[3]s=1&%[3]s=2: %d %s", r.Method, r.Path, name, w.Code, w.Body)
			}
		}
	}
	if w := b.call(t, "GET", "/api/v1/identities?facets=env,type&page_size=1", ""); w.Code != 200 {
		t.Errorf("a list with commas: %d %s", w.Code, w.Body)
	}
	t.Logf("%d parameters given twice", tried)
}
