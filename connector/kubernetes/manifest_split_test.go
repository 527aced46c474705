package kubernetes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

func pieces(t *testing.T, text string, json bool) (out []string, lost []int) {
	t.Helper()
	emit := func(p piece) error {
		out = append(out, fmt.Sprintf("%d %s", p.line, bytes.TrimSpace(p.text)))
		return nil
	}
	miss := func(line int, _ error) { lost = append(lost, line) }
	var err error
	if json {
		err = splitJSON(strings.NewReader(text), emit, miss)
	} else {
		err = splitYAML(strings.NewReader(text), emit, miss)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out, lost
}

func TestSplit(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		json bool
		want []string
	}{
		"documents":   {"a: 1\n---\nb: 2\n--- # c\nc: 3", false, []string{"1 a: 1", "2 ---\nb: 2", "4 --- # c\nc: 3"}},
		"empty ones":  {"---\n# x\n---\n%YAML 1.2\n---\na: 1\n...\n---\n", false, []string{"5 ---\na: 1\n..."}},
		"windows":     {"\xef\xbb\xbfa: 1\r\n---\r\nb: 2\r\n", false, []string{"1 a: 1", "2 ---\r\nb: 2"}},
		"in a text":   {"a: |\n  ---\n  x\nb: ----\n", false, []string{"1 a: |\n  ---\n  x\nb: ----"}},
		"values":      {"{\"a\": \"}\\\"\"}\n\n[{}]\n", true, []string{"1 {\"a\": \"}\\\"\"}", "3 [{}]"}},
		"separated":   {"# made by a program\n{\"a\": 1}\n---\n{\"b\": -1}\n--- # last\n{}\n---", true, []string{"2 {\"a\": 1}", "4 {\"b\": -1}", "6 {}"}},
		"nothing":     {"", false, nil},
		"no new line": {"---", false, nil},
	} {
		got, _ := pieces(t, c.text, c.json)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
}

// long makes a list that does not fit into one piece, and one item that does not.
func long(n int, item func(i int) string, giant func() string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(item(i))
		if i == n/2 {
			b.WriteString(giant())
		}
	}
	return b.String()
}

// A list that is too long to be held is read item by item, in YAML as kubectl
// prints it and in JSON; an item that is too large costs itself alone.
func TestSplitLongLists(t *testing.T) {
	const n = 400
	pad := strings.Repeat("x", maxPiece/300)
	y := "apiVersion: v1\nitems:\n" + long(n, func(i int) string {
		return fmt.Sprintf("- apiVersion: v1\n  kind: ServiceAccount\n  metadata:\n    name: a%d\n    annotations: {pad: %s}\n", i, pad)
	}, func() string {
		return "- apiVersion: v1\n  kind: ServiceAccount\n  metadata:\n    name: giant\n    annotations: {pad: " + strings.Repeat(pad, 301) + "}\n"
	}) + "kind: List\nmetadata: {}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: last}\n"
	j := `{"apiVersion":"v1","items":[` + strings.TrimSuffix(long(n, func(i int) string {
		return fmt.Sprintf("{\"metadata\":{\"name\":\"a%d\",\"annotations\":{\"pad\":\"%s\"}}},\n", i, pad)
	}, func() string {
		return `{"metadata":{"name":"giant","annotations":{"pad":"` + strings.Repeat(pad, 301) + "\"}}},\n"
	}), ",\n") + `],"kind":"ServiceAccountList","metadata":{"items":[{"metadata":{"name":"no"}}]}}` + "\n" + `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"last"}}`
	for name, text := range map[string]string{"list.yaml": y, "list.json": j} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := connectortest.Collect(t, Connector, map[string][]string{"path": {dir}})
		if got := len(r.ByType("kubernetes.service_account")); got != n+1 {
			t.Errorf("%s: got %d accounts; want %d: %+v", name, got, n+1, r.Sections)
		}
		lost := 0
		for _, x := range r.Sections[0].Notes {
			if x.Lost {
				lost++
			}
		}
		if lost != 1 {
			t.Errorf("%s: %d places are lost; want the giant: %+v", name, lost, r.Sections[0].Notes)
		}
	}
}

// A file of any bytes is read without a panic, and every object that comes out of
// it can be emitted.
func FuzzManifest(f *testing.F) {
	_ = filepath.WalkDir("testdata", func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isManifestName(path) {
			if b, err := os.ReadFile(path); err == nil {
				f.Add(b)
			}
		}
		return nil
	})
	f.Add([]byte("{\"kind\":\"List\",\"items\":[{\"a\":\"\\"))
	f.Add([]byte("apiVersion: v1\nkind: List\nitems: &a [*a, {kind: PodList, items: [{}]}]\n---\n{{ x }}\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, fmt.Sprintf("%d.yaml", os.Getpid()))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := &cluster{tenant: "t", index: index{}, prints: drover.NewFingerprinter(bytes.Repeat([]byte{1}, 32)), secrets: secretsDecode, now: connectortest.Now}
		c.resolve = c.resolveHost
		m := &manifestFile{path: path, part: "x.yaml"}
		var got []kept
		r := &fileReader{m: m, emit: func(k *kind, o *object) { got = append(got, kept{k, o}) }}
		r.read(context.Background())
		for _, x := range got {
			c.learn(x.k.typ, x.o)
		}
		emitManaged(t, c, got)
		for _, p := range m.problems {
			if p.err == nil {
				t.Errorf("a problem without words at %s", p.where)
			}
			if !p.note && !p.unread && !errors.Is(p.err, drover.ErrInvalid) && !strings.Contains(p.err.Error(), "invalid") {
				t.Errorf("%v wraps nothing", p.err)
			}
		}
	})
}

// However a text is parted, what is handed on is in the text, and in its order.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("a\n---\nb\n"), false)
	f.Add([]byte("{\"items\":[{\"a\":[1]}]} [2]"), true)
	f.Fuzz(func(t *testing.T, data []byte, json bool) {
		rest := data
		emit := func(p piece) error {
			i := bytes.Index(rest, p.text)
			if i < 0 {
				t.Errorf("a piece is not in the text")
				return nil
			}
			if line := 1 + bytes.Count(data[:len(data)-len(rest)+i], []byte("\n")); json && line != p.line {
				t.Errorf("line %d; want %d", p.line, line)
			}
			rest = rest[i+len(p.text):]
			return nil
		}
		if json {
			_ = splitJSON(bytes.NewReader(data), emit, func(int, error) {})
			return
		}
		if err := splitYAML(bytes.NewReader(data), emit, func(int, error) {}); err != nil {
			t.Error(err)
		}
	})
}
