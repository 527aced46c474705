package effective_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// The toy system has users, policies attached to them, and resources. A statement
// is {"Effect","Action","Resource"}: Action become (a move to a toy user), read,
// write, delete or *; Resource a name or *. A deny wins. A statement with a
// Condition leaves what it allows inferred.
var toy = &effective.System{Name: "toy", Title: "Toy", Doc: "A permission language for tests.", Techniques: []effective.Technique{{ID: "TOY_BECOME", Title: "Become", Doc: "Becomes another user.", Cite: "https://example.com"}}, Load: loadToy}

type toyStatement struct {
	Effect, Action, Resource string
	Condition                json.RawMessage
}

type toyModel struct {
	in       *effective.Input
	users    []uint32
	rows     []uint32            // users and resources
	policies map[uint32][]uint32 // by user
	profile  map[uint32]uint32
	sets     [][]uint32 // policies of a profile
	docs     map[uint32][]toyStatement
	gaps     int
}

var toyLevels = map[string]access.Level{"read": access.LevelRead, "write": access.LevelWrite, "delete": access.LevelDelete}

func loadToy(ctx context.Context, in *effective.Input) (*effective.Model, error) {
	m := &toyModel{in: in, policies: map[uint32][]uint32{}, profile: map[uint32]uint32{}, docs: map[uint32][]toyStatement{}}
	for i := range in.Seen() {
		if in.IsMember(i) {
			continue
		}
		row := uint32(i)
		switch in.Type(i) {
		case "toy.policy", "toy.inline_policy":
			d, ok := in.Document(in.Attrs(i).Str("document"))
			var body struct{ Statement []toyStatement }
			if !ok || json.Unmarshal([]byte(d.Body), &body) != nil {
				m.gaps++
				continue
			}
			m.docs[row] = body.Statement
		case "toy.user":
			m.users, m.rows = append(m.users, row), append(m.rows, row)
		default:
			if strings.HasPrefix(in.Type(i), "toy.") {
				m.rows = append(m.rows, row)
			}
		}
	}
	if len(m.users) == 0 {
		return nil, nil
	}
	sets := map[string]uint32{}
	for _, u := range m.users {
		for h := range in.In(int(u)) {
			if h.Kind == drover.EdgeAttached {
				m.policies[u] = append(m.policies[u], uint32(h.Row))
			}
		}
		slices.Sort(m.policies[u])
		k := fmt.Sprint(m.policies[u])
		if _, ok := sets[k]; !ok {
			sets[k] = uint32(len(m.sets))
			m.sets = append(m.sets, m.policies[u])
		}
		m.profile[u] = sets[k]
	}
	out := &effective.Model{Edges: m.edges(), Touch: m.touch, Catalogue: "toy actions, 2026-11-22", Question: m.question, Decide: m.decide,
		Profile: func(row uint32) (uint32, bool) { p, ok := m.profile[row]; return p, ok }}
	if m.gaps > 0 {
		out.Gaps = []effective.Gap{{What: fmt.Sprintf("%d policies", m.gaps), Why: "their documents were not read", Rows: m.gaps}}
	}
	return out, nil
}

// ask decides an action of a set of policies on a row.
func (m *toyModel) ask(set []uint32, action, resource string) access.Decision {
	d := access.Decision{Verdict: access.Deny}
	rank := map[access.Verdict]int{access.Deny: 0, access.Conditional: 1, access.Allow: 2}
	for _, p := range set {
		for i, s := range m.docs[p] {
			if s.Action != action && s.Action != "*" || s.Resource != resource && s.Resource != "*" {
				continue
			}
			proof := []access.Proof{{Ref: m.in.Ref(int(p)), Statement: fmt.Sprint(i), Effect: strings.ToLower(s.Effect), Text: s.Effect + " " + action + " on " + resource}}
			if s.Effect == "Deny" {
				return access.Decision{Verdict: access.Deny, Proof: proof}
			}
			v := access.Allow
			if s.Condition != nil {
				v = access.Conditional
			}
			if rank[v] > rank[d.Verdict] {
				d = access.Decision{Verdict: v, Proof: proof}
				if v == access.Conditional {
					d.Condition = drover.Attrs(s.Condition)
				}
			}
		}
	}
	if d.Verdict == access.Deny {
		d.Proof = []access.Proof{{Effect: "deny", Text: "no statement allows " + action + " on " + resource}}
	}
	return d
}

func toyGrade(d access.Decision) drover.Grade {
	if d.Verdict == access.Conditional {
		return drover.GradeInferred
	}
	return drover.GradeProven
}

func (m *toyModel) edges() iter.Seq[effective.Edge] {
	return func(yield func(effective.Edge) bool) {
		for _, u := range m.users {
			for _, v := range m.users {
				d := m.ask(m.policies[u], "become", m.in.Name(int(v)))
				if u == v || d.Verdict == access.Deny {
					continue
				}
				if !yield(effective.Edge{From: u, To: v, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "TOY_BECOME", Cond: d.Condition, Grade: toyGrade(d), Proof: d.Proof}) {
					return
				}
			}
		}
	}
}

func (m *toyModel) touch(p uint32) iter.Seq[effective.Touch] {
	return func(yield func(effective.Touch) bool) {
		for _, r := range m.rows {
			if m.in.Type(int(r)) == "toy.user" {
				continue
			}
			for _, action := range slices.Sorted(maps.Keys(toyLevels)) {
				d := m.ask(m.sets[p], action, m.in.Name(int(r)))
				if d.Verdict != access.Deny && !yield(effective.Touch{Row: r, Level: toyLevels[action], Grade: toyGrade(d)}) {
					return
				}
			}
		}
	}
}

func (m *toyModel) question(resource, action string) (effective.Question, bool) {
	for _, r := range m.rows {
		if m.in.Name(int(r)) == resource || string(m.in.Ref(int(r))) == resource {
			_, known := toyLevels[action]
			return effective.Question{System: "toy", Resource: m.in.Name(int(r)), Row: int(r), Action: action, Known: known || action == ""}, true
		}
	}
	return effective.Question{}, false
}

func (m *toyModel) decide(who uint32, q effective.Question) access.Decision {
	set, ok := m.policies[who]
	if _, user := m.profile[who]; !user {
		return access.Decision{Verdict: access.Unknown}
	}
	_ = ok
	if q.Action != "" {
		return m.ask(set, q.Action, q.Resource)
	}
	var best access.Decision
	for _, a := range slices.SortedFunc(maps.Keys(toyLevels), func(a, b string) int { return cmp.Compare(toyLevels[b].Rank(), toyLevels[a].Rank()) }) {
		if best = m.ask(set, a, q.Resource); best.Verdict != access.Deny {
			return best
		}
	}
	return best
}
