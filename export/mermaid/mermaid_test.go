package mermaid

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

func TestContract(t *testing.T) { exporttest.Run(t, Format) }

func drawn(t *testing.T, records []drover.Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(t.Context(), &b, export.Head{}, exporttest.Seq(records)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var kinds = []drover.Kind{drover.KindIdentity, drover.KindHuman, drover.KindCredential, drover.KindResource, drover.KindWorkload, drover.KindPlace}

// hostile is a chain of nodes that are named by every hostile text, and by what
// means something to Mermaid.
func hostile() (records []drover.Record, names []string) {
	names = append(slices.Clone(exporttest.Hostile), `a"]; click n1 call alert(1)`, "end", "x --> y", "%%{init: {\"securityLevel\":\"loose\"}}%%", "subgraph a", "#quot;#lt;b#gt;", "`**md**`", "classDef n1 fill:red", "\"|", "#35;", "A@{ shape: circle }", "fa:fa-bell", "~~~", "&quot;", "--", "-.-", "//", "_a_ __b__")
	var before drover.Ref
	for i, name := range names {
		ref := drover.NewRef("sys", "", "thing", fmt.Sprint(i))
		records = append(records, drover.Record{Node: &drover.Node{Ref: ref, Kind: kinds[i%len(kinds)], Type: name, Name: name, Attrs: drover.NewAttrs(map[string]any{"tier0": i%5 == 0})}})
		if before != "" {
			records = append(records, drover.Record{Edge: &drover.Edge{From: before, To: ref, Kind: drover.EdgeEscalates, Technique: name, Grade: []drover.Grade{"", drover.GradeInferred}[i%2]}})
		}
		before = ref
	}
	return records, names
}

// Mermaid itself reads what is written as the same nodes and arrows, whatever they
// are called, and nothing of a name is obeyed.
func TestMermaidReads(t *testing.T) {
	records, names := hostile()
	charts := []string{drawn(t, records), drawn(t, nil)}
	for i, got := range realtest.Mermaid(t, charts) {
		if got.Error != "" {
			t.Errorf("chart %d: %s\n%.2000s", i, got.Error, charts[i])
			continue
		}
		want := 0
		if i == 0 {
			want = len(names)
		}
		if len(got.Nodes) != want || len(got.Edges) != max(0, want-1) {
			t.Errorf("chart %d: it reads %d nodes and %d arrows, want %d and %d", i, len(got.Nodes), len(got.Edges), want, max(0, want-1))
		}
		for j, node := range got.Nodes {
			shows := cut(names[j])
			if name, typ, ok := strings.Cut(node, "<br/>"); strings.TrimSpace(shows) != "" && (!ok || name != shows || typ != shows) {
				t.Errorf("node %d shows %q, want %q twice", j, node, shows)
			}
		}
		for j, label := range got.Edges {
			if shows := cut(names[j+1]); strings.TrimSpace(shows) != "" && label != shows {
				t.Errorf("arrow %d shows %q, want %q", j, label, shows)
			}
		}
	}
}

// cut is a text as a label shows it.
func cut(s string) string {
	list := []rune(export.Visible(s, 4*maxLabel, false))
	if len(list) > maxLabel {
		return string(list[:maxLabel]) + "…"
	}
	return string(list)
}

// The parser is one that finds faults: names as they are, where ours are coded.
func TestMermaidFindsFaults(t *testing.T) {
	bad := []string{`flowchart LR` + "\n" + `  n1["a"]; click n1 call alert(1)"]` + "\n", "flowchart LR\n  n1 -->|\"x\"\"| n2\n", "flowchart LR\n  n1[\"a\nend\n"}
	for i, got := range realtest.Mermaid(t, bad) {
		if got.Error == "" {
			t.Errorf("%q was taken: %+v", bad[i], got)
		}
	}
	injected := realtest.Mermaid(t, []string{"flowchart LR\n  n1[\"a\"]\n  n2[\"b\"] --> n3[\"c\"]\n"})
	if len(injected[0].Nodes) != 3 || len(injected[0].Edges) != 1 {
		t.Errorf("nodes and arrows are not counted: %+v", injected)
	}
}

// A large graph is cut where nobody reads on, at whole arrows, and says so.
func TestBudget(t *testing.T) {
	var records []drover.Record
	for i := range 1000 {
		records = append(records, drover.Record{Edge: &drover.Edge{From: drover.NewRef("s", "", "t", fmt.Sprint(i)), To: drover.NewRef("s", "", "t", fmt.Sprint(i+1)), Kind: drover.EdgeCanAssume}})
	}
	text := drawn(t, records)
	arrows, nodes := strings.Count(text, "-->"), strings.Count(text, "[\"")
	if arrows+nodes > most || arrows+nodes < most-2 || nodes != arrows+1 || !strings.Contains(text, fmt.Sprintf("%%%% %d more were left out", 1000-arrows)) {
		t.Errorf("%d arrows and %d nodes:\n%.200s", arrows, nodes, text)
	}
	if twice := drawn(t, append(records[:1], records[0])); strings.Count(twice, "-->") != 1 {
		t.Errorf("one arrow was drawn twice:\n%s", twice)
	}
}

func FuzzLabel(f *testing.F) {
	for _, s := range exporttest.Hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range Label(s) {
			if !strings.ContainsRune(" -._/#;", c) && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
				t.Fatalf("%q is written with %q", s, c)
			}
		}
	})
}
