package graph

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/droverhq/drover"
)

// FuzzAttr: whatever the attributes, a look for a path ends, and finds what
// decoding them finds.
func FuzzAttr(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":"x\"y","d":[1,{"e":2}]}}`, `{"a\"b":null,"":true,"b":"\\"}`, ` { "a" : { } , "b" : [ ] } `, `{"`, `{"a"`, `{"a":`, `{"a":"`, `[1]`, `{"a":{"b":}}`, `{"\u0061":"é"}`} {
		f.Add(s, "a", "c")
		f.Add(s, "b", "d")
	}
	look := func(a drover.Attrs, path []string) []byte {
		b := NewBuilder(1, time.Time{})
		b.Node(Row{ID: 1, Node: drover.Node{Ref: "t/-/x/1", Attrs: a}})
		return b.Index().attr(path)(0)
	}
	f.Fuzz(func(t *testing.T, raw, one, two string) {
		for _, path := range [][]string{{one}, {one, two}} {
			look(drover.Attrs(raw), path)
			var a drover.Attrs // as the engine makes it: canonical
			if a.UnmarshalJSON([]byte(raw)) != nil || len(a) == 0 {
				continue
			}
			got, want := look(a, path), decoded(a, path)
			if got == nil || want == nil {
				if (got == nil) != (want == nil) {
					t.Fatalf("%q in %q: got %q, want %v", path, a, got, want)
				}
				continue
			}
			text, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			var x, y any
			if json.Unmarshal(got, &x) != nil || json.Unmarshal(text, &y) != nil || !reflect.DeepEqual(x, y) {
				t.Fatalf("%q in %q: got %q, want %s", path, a, got, text)
			}
		}
	})
}

// decoded is the value at a path, by decoding all of it.
func decoded(a drover.Attrs, path []string) any {
	var v any = a.Map()
	for _, k := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}
