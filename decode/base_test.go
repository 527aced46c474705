package decode

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// shared returns the files below a folder of reference data, or skips.
func sharedFiles(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	root := filepath.Join("..", "..", "shared", "data", folder)
	if _, err := os.Stat(root); err != nil {
		t.Skip("reference data not present")
	}
	out := map[string][]byte{}
	filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(p, "_licence") || strings.HasPrefix(d.Name(), "_") {
			return err
		}
		b, err := os.ReadFile(p)
		out[filepath.Base(p)] = b
		return err
	})
	return out
}

// generic decodes with another library into plain maps, for counting.
func generic(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if json.Unmarshal(data, &v) == nil {
		return v
	}
	if yaml.Unmarshal(data, &v) != nil {
		return nil // comments in JSON, reserved names in YAML
	}
	return v
}

// TestTreeEqualsOtherDecoders: our trees hold what encoding/json and the YAML
// library's own decoder hold, for everything in the reference data.
func TestTreeEqualsOtherDecoders(t *testing.T) {
	n := 0
	for name, data := range sharedFiles(t, "agents") {
		switch filepath.Ext(name) {
		case ".json", ".yaml", ".yml":
		default:
			continue
		}
		got, err := oneYAML("test", data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		other := generic(t, data)
		if other == nil {
			t.Logf("%s: strict decoders refuse it, ours does not", name)
			continue
		}
		if a, b := count(other), count(got.plain()); a != b {
			t.Errorf("%s: %d scalars, another decoder has %d", name, b, a)
		}
		n++
	}
	t.Logf("%d files", n)
}

func count(v any) int {
	switch v := v.(type) {
	case []any:
		n := 0
		for _, e := range v {
			n += count(e)
		}
		return n
	case map[string]any:
		n := 0
		for _, e := range v {
			n += count(e)
		}
		return n
	case map[any]any:
		n := 0
		for _, e := range v {
			n += count(e)
		}
		return n
	}
	return 1
}

func TestJSONIsLenientAndKeepsLines(t *testing.T) {
	v, err := parseJSON("test", []byte("\xef\xbb\xbf// top\n{\n \"a\": [1, 2,], /* x */\n \"b\\u00e9\": \"x\\ny\",\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.plain(); !reflect.DeepEqual(got, map[string]any{"a": []any{"1", "2"}, "bé": "x\ny"}) {
		t.Errorf("got %v", got)
	}
	if got := v.get("bé").at(); got != 4 {
		t.Errorf("line %d, want 4", got)
	}
	for _, in := range []string{`{"a":1`, `{"a" 1}`, `[1 2]`, `{"a":nope}`, `{} {}`, `{"a":"x`, ``, strings.Repeat("[", MaxDepth+2)} {
		if _, err := parseJSON("test", []byte(in)); err == nil {
			t.Errorf("%.20q: no error", in)
		}
	}
}

func TestYAMLBombIsRefused(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'j'; c++ {
		p := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+p+",", 9) + "*" + p + "]\n"
	}
	if _, err := oneYAML("test", []byte(bomb)); err == nil {
		t.Error("an alias bomb was unfolded")
	}
	for _, in := range []string{strings.Repeat("- ", 1<<20), strings.Repeat("[", 1<<20), strings.Repeat("a:\n ", 3000), strings.Repeat("{a: ", 100000)} {
		if _, err := oneYAML("test", []byte(in)); err == nil {
			t.Errorf("%.10q…: no error", in)
		}
	}
}

func TestYAMLMergeAndAnchors(t *testing.T) {
	v, err := oneYAML("test", []byte("base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\nd: *b\n"))
	if err != nil {
		t.Fatal(err)
	}
	if v.str("c", "x") != "1" || v.str("c", "y") != "3" || v.str("d", "y") != "2" || v.get("c", "y").at() != 4 {
		t.Errorf("got %v", v.plain())
	}
}
