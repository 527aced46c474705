package drover

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Equal attributes have equal bytes, however they were written.
func TestAttrsCanonical(t *testing.T) {
	for in, want := range map[string]string{
		`{"b":1,"a":{"d":2,"c":1}}`:     `{"a":{"c":1,"d":2},"b":1}`,
		" { \"a\" : [ 1 , 2 ] } ":       `{"a":[1,2]}`,
		`{"a":"<b>&"}`:                  `{"a":"<b>&"}`,
		`{"a":1,"a":2}`:                 `{"a":2}`,
		`{"a":12345678901234567890.10}`: `{"a":12345678901234567890.10}`,
		`{}`:                            "",
		`null`:                          "",
	} {
		got, err := CanonicalAttrs([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v; want %s", in, got, err, want)
		}
	}
	for _, bad := range []string{`[1]`, `"x"`, `{`, `{"a":1} {}`, `{"a":` + strings.Repeat("1", MaxAttrs) + `}`} {
		if _, err := CanonicalAttrs([]byte(bad)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%.20s: got %v, want invalid", bad, err)
		}
	}
}

func TestAttrsAccess(t *testing.T) {
	a := NewAttrs(map[string]any{"s": "x", "n": 7, "f": 1.5, "b": true, "l": []string{"p", "q"}, "m": map[string]any{"k": "v"}, "t": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "z": nil})
	if a.Str("s") != "x" || a.Str("m", "k") != "v" || a.Str("n") != "" || a.Str("m", "no") != "" {
		t.Error("Str")
	}
	if v, ok := a.Int("n"); v != 7 || !ok {
		t.Errorf("Int: %d, %v", v, ok)
	}
	if _, ok := a.Int("f"); ok {
		t.Error("Int of a fraction is known")
	}
	if v, known := a.Bool("b"); !v || !known {
		t.Error("Bool")
	}
	if _, known := a.Bool("no"); known {
		t.Error("Bool of nothing is known")
	}
	if got := a.Strings("l"); len(got) != 2 || got[1] != "q" {
		t.Errorf("Strings: %v", got)
	}
	if got := a.Time("t"); got.Year() != 2026 {
		t.Errorf("Time: %v", got)
	}
	if got := string(a.With("s", nil, "y", 1)); strings.Contains(got, `"s"`) || !strings.Contains(got, `"y":1`) {
		t.Errorf("With: %s", got)
	}
	if raw, err := json.Marshal(Node{Ref: "a/b/c/d", Kind: KindIdentity, Type: "x.y", Attrs: a}); err != nil || !strings.Contains(string(raw), `"attrs":{"b":true`) {
		t.Errorf("in JSON: %s, %v", raw, err)
	}
}

// Attributes of any size fit, and say that they were shortened.
func TestAttrsShortened(t *testing.T) {
	many := map[string]any{"keep": "me", "long": strings.Repeat("é", 2*MaxAttrs)}
	a := NewAttrs(many)
	if v, _ := a.Bool("truncated"); !v || a.Str("keep") != "me" || !strings.HasPrefix(a.Str("long"), "éé") || a.Valid() != nil {
		t.Errorf("one long text: %d bytes %.80s", len(a), a)
	}
	big := map[string]any{"keep": "me"}
	for i := range 3000 {
		big[strings.Repeat("k", 300)+string(rune('a'+i%26))+strings.Repeat("x", i%50)] = strings.Repeat("v", 900)
	}
	list := []any{}
	for range 500 {
		list = append(list, strings.Repeat("v", 4000))
	}
	big["list"] = list
	if a := NewAttrs(big); a.Valid() != nil || a.Str("keep") != "me" || a.Get("list") != nil {
		t.Errorf("many fields: %d bytes, %v", len(a), a.Valid())
	}
}

func FuzzCanonicalAttrs(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"a":{"b":[1,"x",null,true]}}`, `{"\u0000":"\ud800"}`, "{", `{"a":1e999}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := CanonicalAttrs(raw)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("error %v does not wrap ErrInvalid", err)
			}
			return
		}
		b, err := CanonicalAttrs(a)
		if err != nil || string(a) != string(b) {
			t.Fatalf("canonical twice: %q, %q, %v", a, b, err)
		}
	})
}

// FuzzAttrsGet: a value that is found without decoding the rest is the one that
// decoding finds.
func FuzzAttrsGet(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":"x\"y\u00e9","d":[1,{"e":2}]}}`, `{"a\"b":null,"":true,"b":"\\"}`, ` { "a" : { } , "b" : -1.5e3 } `, `{"a":false,"c":"\n"}`} {
		f.Add(s, "a", "c")
		f.Add(s, "b", "d")
	}
	f.Fuzz(func(t *testing.T, raw, one, two string) {
		var a Attrs
		if a.UnmarshalJSON([]byte(raw)) != nil {
			_ = Attrs(raw).Get(one, two) // whatever the bytes are, it ends
			return
		}
		for _, path := range [][]string{{one}, {one, two}} {
			var want any = a.Map()
			for _, k := range path {
				m, _ := want.(map[string]any)
				want = m[k]
			}
			if got := a.Get(path...); !reflect.DeepEqual(got, want) {
				t.Fatalf("%q in %s: got %#v, want %#v", path, a, got, want)
			}
		}
	})
}
