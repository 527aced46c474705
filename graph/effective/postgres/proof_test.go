package postgres

import (
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// proofs takes out of what the connector read every grant, membership, ownership
// and attribute that the proofs of a path name, one at a time, and asks for the path
// again: without it that path is gone.
func (s *stage) proofs(t *testing.T) {
	full, tried := s.world, 0
	defer func() { s.world = full }()
	for i := range s.cases {
		x := &s.cases[i]
		if !x.find {
			continue
		}
		for _, e := range s.path(i) {
			for _, p := range e.Proof {
				w := full.without(p)
				if w == nil {
					continue
				}
				tried++
				if s.world = w; s.again(e, p) {
					t.Errorf("%s, %s: %s -> %s stays without %s %s (%s)", x.technique, x.name, full.name(e.From), full.name(e.To), p.Ref, p.Statement, p.Text)
				}
				s.world = full
			}
		}
	}
	if tried < 30 {
		t.Errorf("only %d statements were taken out", tried)
	}
	t.Logf("%d statements taken out, one at a time", tried)
}

// path is a shortest way from the attacker to the target.
func (s *stage) path(i int) []effective.Edge {
	x := &s.cases[i]
	from, to := s.row("postgres.role", s.fill(i, "{a}")), s.target(i)
	via := map[uint32]int{from: -1}
	queue := []uint32{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for n, e := range s.world.edges {
			if e.From != at {
				continue
			}
			last := e.To == to && e.Technique == x.technique && (e.Move || x.touch)
			if _, seen := via[e.To]; last || e.Move && !seen && !x.touch && !x.edge || e.Technique == "PG_SET_ROLE" && !seen {
				via[e.To] = n
				queue = append(queue, e.To)
				if e.To == to {
					return s.trace(via, from, to)
				}
			}
		}
	}
	return nil
}

func (s *stage) trace(via map[uint32]int, from, to uint32) []effective.Edge {
	var out []effective.Edge
	for at := to; at != from; {
		e := s.world.edges[via[at]]
		out = append(out, e)
		at = e.From
	}
	slices.Reverse(out)
	return out
}

func (s *stage) row(typ, name string) uint32 {
	for r := range s.world.in.Seen() {
		if s.world.in.Type(r) == typ && s.world.in.Name(r) == name {
			return uint32(r)
		}
	}
	s.t.Fatalf("no %s %q", typ, name)
	return 0
}

// again reports whether the same edge is there in the changed world, whose rows
// are the same, still proven by the statement. Another function of the same owner
// may carry it instead.
func (s *stage) again(e effective.Edge, p access.Proof) bool {
	return slices.ContainsFunc(s.world.edges, func(o effective.Edge) bool {
		return o.From == e.From && o.To == e.To && o.Technique == e.Technique && o.Kind == e.Kind && string(o.Cond) == string(e.Cond) && slices.Contains(o.Proof, p)
	})
}

// without is the world in which the statement of a proof was never read; nil for
// what is no statement of anybody's, such as what the server itself gives.
func (w *world) without(p access.Proof) *world {
	nodes, edges, changed := slices.Clone(w.records.nodes), slices.Clone(w.records.edges), false
	drop := func(match func(e *drover.Edge) bool) {
		n := len(edges)
		edges = slices.DeleteFunc(edges, func(e drover.Edge) bool { return match(&e) })
		changed = changed || len(edges) < n
	}
	statement := p.Statement
	member, isMember := strings.CutPrefix(statement, "member ")
	switch {
	case isMember:
		drop(func(e *drover.Edge) bool {
			return e.Kind == drover.EdgeMemberOf && e.To == p.Ref && w.in.Name(w.find(e.From)) == member
		})
	case statement == "OWNER":
		drop(func(e *drover.Edge) bool { return e.Kind == drover.EdgeOwns && e.To == p.Ref })
	case strings.HasPrefix(statement, "rol") || statement == "prosecdef":
		for i := range nodes {
			if nodes[i].Ref == p.Ref {
				nodes[i].Attrs, changed = nodes[i].Attrs.With(statement, false), true
			}
		}
	case statement != "":
		words := strings.Split(statement, ", ")
		drop(func(e *drover.Edge) bool {
			return e.Kind == drover.EdgeCanAccess && e.To == p.Ref && !strings.HasSuffix(string(e.From), "/PUBLIC") && slices.ContainsFunc(words, func(s string) bool { return strings.HasPrefix(e.Part, s) })
		})
	}
	if !changed {
		return nil
	}
	return build(w.t, nodes, edges, w.records.docs)
}

func (w *world) find(ref drover.Ref) int {
	i, _ := w.in.Find(ref)
	return i
}
