package decode_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

func TestDocuments(t *testing.T) {
	docs, err := decode.Documents("manifest", []byte("\xef\xbb\xbfkind: A\r\nn: [1, 0x10, 0644, 1_000, 1.50, .inf, '1', yes, true, ~]\r\n---\r\n# nothing\r\n---\r\nbase: &b {x: 1}\r\nm:\r\n  <<: *b\r\n  y: 2\r\n  y: 3\r\n"))
	if !decode.Complete(err) {
		t.Fatal(err)
	}
	var got []any
	for _, d := range docs {
		got = append(got, d.Value())
	}
	n := func(s string) json.Number { return json.Number(s) }
	want := []any{
		map[string]any{"kind": "A", "n": []any{n("1"), n("16"), n("420"), n("1000"), n("1.50"), ".inf", "1", "yes", true, nil}},
		map[string]any{"base": map[string]any{"x": n("1")}, "m": map[string]any{"x": n("1"), "y": n("3")}},
	}
	if len(got) == 3 { // an empty document is nothing, or null
		got = append(got[:1], got[2])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	last := docs[len(docs)-1]
	if last.Line() != 6 || last.Get("m", "y").Line() == 0 || last.Get("no").Line() != 0 || !last.Map() || last.Get("m").List() || last.Str("m", "y") != "3" {
		t.Errorf("got line %d, y at %d", last.Line(), last.Get("m", "y").Line())
	}
}

// A text that aliases make long is refused before anybody writes it out.
func TestDocumentsUnfolded(t *testing.T) {
	bomb := "a: &a '" + strings.Repeat("x", 1<<20) + "'\nl: [" + strings.Repeat("*a, ", 1000) + "]\n"
	if _, err := decode.Documents("manifest", []byte(bomb)); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("got %v; want an error wrapping ErrInvalid", err)
	}
}

func FuzzPlainValues(f *testing.F) {
	f.Add([]byte("a: &a [1, *a]\n---\n{\"k\": [0x, .nan, 1e999]}\n"))
	f.Add([]byte("{\"kind\": \"List\", \"items\": [{}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, err := decode.Documents("x", data)
		if err != nil && !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("error %v wraps nothing", err)
		}
		for _, d := range docs {
			if _, err := json.Marshal(d.Value()); err != nil {
				t.Errorf("a value is no JSON: %v", err)
			}
		}
	})
}
