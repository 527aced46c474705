package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// answers are the edges of one model, by the names of their ends.
type answers struct {
	in    *effective.Input
	m     *effective.Model
	edges []effective.Edge
	out   map[uint32][]int
	rows  map[string][]uint32 // by name, and by "type name"
}

func (a *answers) named(row uint32, n drover.Node) {
	name := n.Name
	if f := strings.Split(n.Ref.ID(), "/"); n.Ref.Unseen() && len(f) == 3 { // k8s:<cluster>/<namespace>/<account>
		if name = f[1] + "/" + f[2]; f[1] == "default" {
			name = f[2]
		}
	}
	a.rows[name] = append(a.rows[name], row)
	key := lastWord(n.Type) + " " + name
	a.rows[key] = append(a.rows[key], row)
}

// name is how a row is spelled in tests: "service_account web".
func (a *answers) name(row uint32) string {
	n := a.node(row)
	if n.Ref.Unseen() {
		return "service_account " + n.Ref.ID()[strings.LastIndexByte(n.Ref.ID(), '/')+1:]
	}
	return lastWord(n.Type) + " " + n.Name
}

func (a *answers) node(row uint32) drover.Node {
	if int(row) < a.in.Len() {
		return a.in.Snapshot.Node(int(row))
	}
	return a.in.Extra()[int(row)-a.in.Len()]
}

// spell writes an edge: "role_binding x -POD_EXEC-> pod y inferred".
func (a *answers) spell(e *effective.Edge) string {
	technique := e.Technique
	if technique == "" {
		technique = string(e.Kind)
	}
	s := fmt.Sprintf("%s -%s-> %s", a.name(e.From), technique, a.name(e.To))
	if !e.Move {
		s += " touch"
	}
	if e.Grade != drover.GradeProven {
		s += " " + string(e.Grade)
	}
	return s
}

// all spells every edge that names a technique.
func (a *answers) all() (out []string) {
	for i := range a.edges {
		if a.edges[i].Technique != "" && a.edges[i].Technique != "PERMISSION_DISCOVER" && a.edges[i].Technique != "IDENTITY_ASSUME" {
			out = append(out, a.spell(&a.edges[i]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// by lists the edges of a technique from any of some rows.
func (a *answers) by(technique string, from []uint32) (out []effective.Edge) {
	for _, f := range from {
		for _, i := range a.out[f] {
			if a.edges[i].Technique == technique {
				out = append(out, a.edges[i])
			}
		}
	}
	return out
}

// leads reports whether an edge of the technique leads from one of the rows to
// one of the others, or to what contains it: whoever has a namespace has its
// accounts, and these their bindings.
func (a *answers) leads(technique string, from, to []uint32) bool {
	for _, e := range a.by(technique, from) {
		if a.holds(e.To, to) {
			return true
		}
	}
	return false
}

func (a *answers) holds(row uint32, to []uint32) bool {
	seen := map[uint32]bool{}
	for list := []uint32{row}; len(list) > 0; {
		at := list[0]
		if list = list[1:]; seen[at] {
			continue
		}
		if seen[at] = true; slices.Contains(to, at) {
			return true
		}
		for _, i := range a.out[at] {
			e := &a.edges[i]
			if e.Move && (e.Kind == drover.EdgeContains || e.Technique == "PERMISSION_DISCOVER") {
				list = append(list, e.To)
			}
		}
	}
	return false
}

// who are the identities by row. The model reads the snapshot once more, for it
// does not show them.
func (a *answers) who() map[uint32]*identity {
	w, err := read(context.Background(), a.in)
	if err != nil {
		panic(err)
	}
	return w.who
}

// unique looks that no edge is told twice, that each names a technique that is
// told of, and that those with a condition are not proven.
func (a *answers) unique(t testing.TB) {
	t.Helper()
	type key struct {
		from, to              uint32
		kind, technique, cond string
	}
	seen := map[key]bool{}
	for i := range a.edges {
		e := &a.edges[i]
		k := key{e.From, e.To, string(e.Kind), e.Technique, string(e.Cond)}
		if seen[k] {
			t.Errorf("twice: %s", a.spell(e))
		}
		seen[k] = true
		if e.Technique != "" && !slices.ContainsFunc(System.Techniques, func(x effective.Technique) bool { return x.ID == e.Technique }) {
			t.Errorf("no technique of System: %s", a.spell(e))
		}
		if len(e.Cond) > 0 && e.Grade == drover.GradeProven {
			t.Errorf("proven with a condition: %s", a.spell(e))
		}
	}
}
