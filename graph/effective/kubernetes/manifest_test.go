package kubernetes

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// A manifest is one object.
type manifest map[string]any

// at is the map below a path of keys; nil where there is none.
func (m manifest) at(path ...string) manifest {
	for _, k := range path {
		next, ok := m[k].(map[string]any)
		if !ok {
			return nil
		}
		m = next
	}
	return m
}

func (m manifest) text(path ...string) string {
	s, _ := m.at(path[:len(path)-1]...)[path[len(path)-1]].(string)
	return s
}

func (m manifest) name() string { return m.text("metadata", "name") }
func (m manifest) kind() string { return m.text("kind") }

// maps are the entries of a list that are maps.
func (m manifest) maps(key string) (out []manifest) {
	list, _ := m[key].([]any)
	for _, x := range list {
		if e, ok := x.(map[string]any); ok {
			out = append(out, e)
		}
	}
	return out
}

// parse reads manifests of a text.
func parse(t testing.TB, text string) []manifest {
	t.Helper()
	var out []manifest
	for _, doc := range strings.Split("\n"+text, "\n---") {
		var v map[string]any
		if err := yaml.Unmarshal([]byte(doc), &v); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if v == nil {
			continue
		}
		raw, err := json.Marshal(v) // numbers and maps of one type each
		if err != nil {
			t.Fatal(err)
		}
		v = nil
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// folder reads all manifests of a folder.
func folder(t testing.TB, dir string) []manifest {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	var out []manifest
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, parse(t, string(text))...)
	}
	return out
}

// clone is a copy of manifests that can be changed.
func clone(t testing.TB, list []manifest) []manifest {
	t.Helper()
	raw, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var out []manifest
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// load scans manifests and evaluates them.
func loaded(t testing.TB, list []manifest) *answers {
	t.Helper()
	path := filepath.Join(t.TempDir(), "all.json")
	raw, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": list})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return answered(t, scanned(t, path))
}

// answered evaluates a snapshot.
func answered(t testing.TB, in *effective.Input) *answers {
	t.Helper()
	m, err := System.Load(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	a := &answers{in: in, m: m, rows: map[string][]uint32{}, out: map[uint32][]int{}}
	for i := range in.Len() {
		a.named(uint32(i), in.Snapshot.Node(i))
	}
	for i, n := range in.Extra() {
		a.named(uint32(in.Len()+i), n)
	}
	for n := range in.Edges() { // the graph has what is stored, too: a cluster contains its namespaces
		if e := in.Snapshot.Edge(n); e.Kind == drover.EdgeContains {
			from, to := in.Ends(n)
			a.out[uint32(from)] = append(a.out[uint32(from)], len(a.edges))
			a.edges = append(a.edges, effective.Edge{From: uint32(from), To: uint32(to), Kind: e.Kind, Move: true})
		}
	}
	for e := range m.Edges {
		a.out[e.From] = append(a.out[e.From], len(a.edges))
		a.edges = append(a.edges, e)
	}
	return a
}
