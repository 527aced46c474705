package effective

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph"
)

// proofs are the stored edges that give an effect of this key, as proofs.
func proofs(s *graph.Snapshot, want *Edge) []access.Proof {
	var out []access.Proof
	look := func(n int) {
		e, ok := effect(s, n)
		if ok && e.From == want.From && e.To == want.To && e.Kind == want.Kind && e.Technique == want.Technique {
			x := s.Edge(n)
			text := x.Proof
			if text == "" {
				text = string(x.Kind)
			}
			out = append(out, access.Proof{Ref: x.From, Statement: statementOf(&x), Effect: "allow", Text: text})
		}
	}
	between(s, int(want.From), int(want.To), look)
	return out
}

// statementOf spells a stored edge within the ref it comes from, so that a change
// can name it: "can_assume aws/1/iam.role/A part".
func statementOf(e *drover.Edge) string {
	return strings.TrimSuffix(string(e.Kind)+" "+string(e.To)+" "+e.Part, " ")
}

// between calls fn for the stored edges between two rows, in either direction,
// looking at the side that has fewer.
func between(s *graph.Snapshot, a, b int, fn func(n int)) {
	if degree(s, b) < degree(s, a) {
		a, b = b, a
	}
	var list []int
	for h := range s.Out(a) {
		if h.Row == b {
			list = append(list, h.Edge)
		}
	}
	for h := range s.In(a) {
		if h.Row == b && a != b {
			list = append(list, h.Edge)
		}
	}
	slices.Sort(list)
	for _, n := range list {
		fn(n)
	}
}

func degree(s *graph.Snapshot, row int) (n int) {
	for range s.Out(row) {
		n++
	}
	for range s.In(row) {
		n++
	}
	return n
}

// spell is canonical JSON of a list of proofs; "" for none.
func spell(list []access.Proof) string {
	if len(list) == 0 {
		return ""
	}
	raw, err := json.Marshal(list)
	if err != nil {
		panic("effective: proofs are plain text: " + err.Error())
	}
	return string(raw)
}
