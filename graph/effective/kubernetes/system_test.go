package kubernetes

import (
	"slices"
	"testing"

	"github.com/droverhq/drover/graph/effective"
)

// Every technique that an edge names is documented, and says what it takes.
func TestTechniques(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range System.Techniques {
		if seen[x.ID] || x.Title == "" || len(x.Doc) < 40 || x.Cite == "" || len(x.Needs) == 0 {
			t.Errorf("technique %s is told twice, or not told: %+v", x.ID, x)
		}
		seen[x.ID] = true
	}
}

// A snapshot without a cluster is no fault, and has no answer.
func TestNothing(t *testing.T) {
	m, err := System.Load(t.Context(), &effective.Input{Snapshot: input(nil).Snapshot})
	if err != nil {
		t.Fatal(err)
	}
	if edges := slices.Collect(m.Edges); len(edges) != 0 || len(m.Gaps) != 0 {
		t.Errorf("edges %v, gaps %v", edges, m.Gaps)
	}
	if _, ok := m.Question("secrets", "get"); ok {
		t.Error("a question without a cluster is taken")
	}
	if _, ok := m.Profile(0); ok {
		t.Error("a row has a profile")
	}
}
