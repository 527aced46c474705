package risk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// Removed is how many points fixes of one action take from the identities of
// rows, all together, and how that was found out. Each identity counts once,
// however many findings about it the fixes close. Effects may be nil: then what
// depends on reach is not counted, and said.
//
// Switching an identity off removes its whole score; ending or changing a
// credential what it adds by where it lies and how old it is; taking a policy away
// what is no longer reached without the edges that it proves; naming an owner what
// having none costs. Everything else changes nothing that a score is made of.
func (m *Model) Removed(fixes []drover.Fix, rows []int, effects *effective.Graph) (total int, how string) {
	if len(fixes) == 0 {
		return 0, "nothing is changed"
	}
	ids := m.affected(rows)
	if len(ids) == 0 {
		return 0, "no identity is concerned"
	}
	r := remover{m: m, fix: fixes[0], effects: effects}
	for _, f := range fixes {
		if row, ok := m.in.Graph.Find(f.Object); ok {
			r.objects = append(r.objects, m.in.Graph.Head(row))
		}
	}
	change, how := r.change()
	if change == nil {
		return 0, how
	}
	w := m.in.Policy.Risk.Weights
	more := 0
	for i, id := range ids {
		if i == maxRecomputed && r.slow {
			more = len(ids) - i
			break
		}
		before := m.facts(id, nil)
		after := before
		change(id, &after)
		mb, ma := before.measure(false), after.measure(false)
		total += max(mb.total(w)-ma.total(w), 0)
	}
	if more > 0 {
		how += fmt.Sprintf("; at least: of %d more it was not computed", more)
	}
	return total, how
}

// maxRecomputed bounds for how many identities of one fix reach is counted again.
const maxRecomputed = 200

// affected are the identities behind rows, each once.
func (m *Model) affected(rows []int) (ids []int) {
	g := m.in.Graph
	seen := map[int]bool{}
	for _, row := range rows {
		if row < 0 || row >= g.Len() {
			continue
		}
		of := []int{g.Head(row)}
		if !m.Scored(of[0]) {
			of = m.identities(of[0])
		}
		for _, id := range of {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

type remover struct {
	m       *Model
	fix     drover.Fix
	effects *effective.Graph
	objects []int // rows of what is changed; those that are not known are left out
	slow    bool
}

// change returns what the fix does to the facts of an identity, nil for nothing.
func (r *remover) change() (func(id int, f *facts), string) {
	credential := len(r.objects) > 0 && r.m.in.Graph.Kind(r.objects[0]) == drover.KindCredential
	switch r.fix.Action {
	case "disable", "delete":
		if credential {
			return r.without, "what the credential adds by where it lies and how old it is"
		}
		return func(id int, f *facts) {
			if len(r.objects) == 0 || slices.Contains(r.objects, id) {
				f.off = "it is switched off"
			}
		}, "the whole score of what is switched off"
	case "revoke", "federate":
		return r.without, "what the credential adds by where it lies and how old it is"
	case "rotate":
		return r.rotated, "what the age of the secret adds, and where the old one lies"
	case "vault":
		return r.unexposed, "what the place of the credential adds"
	case "set_owner", "confirm_owner", "hand_over":
		return func(_ int, f *facts) { f.owner = hasOwner }, "what it costs that nobody answers"
	case "detach", "narrow":
		return r.reach()
	case "restrict_trust":
		return nil, "who may become it adds to the scores of those, not to its own"
	}
	return nil, "the fix changes nothing that a score is made of"
}

// without is the credentials gone. Fixes without a known object end all of them.
func (r *remover) without(id int, f *facts) {
	if len(r.objects) == 0 {
		f.leak, f.copies, f.oldKnown, f.ageless = notLeaked, 0, false, 0
		return
	}
	g := r.m.facts(id, r.objects)
	f.leak, f.copies, f.leaked, f.credentials = g.leak, g.copies, g.leaked, g.credentials
	f.oldKnown, f.old, f.every, f.ageless, f.overdueAll = g.oldKnown, g.old, g.every, g.ageless, g.overdueAll
}

// rotated is the same: a new secret has no age, and the old one opens nothing
// wherever it lies.
func (r *remover) rotated(id int, f *facts) { r.without(id, f) }

// unexposed is the credential moved into a store: it keeps its age.
func (r *remover) unexposed(id int, f *facts) {
	if len(r.objects) == 0 {
		f.leak, f.copies = notLeaked, 0
		return
	}
	g := r.m.facts(id, r.objects)
	f.leak, f.copies, f.leaked = g.leak, g.copies, g.leaked
}

// reach counts again what falls without the edges that what is taken away proves.
func (r *remover) reach() (func(id int, f *facts), string) {
	if r.effects == nil {
		return nil, "what is reached was not computed"
	}
	of := r.detached()
	if of == "" {
		return nil, "what is taken away is not one thing, so what is still reached cannot be told"
	}
	r.slow = true
	return func(id int, f *facts) {
		cut := &effective.Cut{Edges: r.provedBy(id, of)}
		if len(cut.Edges) == 0 {
			return
		}
		if s, ok := Standing(r.effects, cut)(id); ok {
			f.reach, f.tier0, f.exact = s.Reach, max(s.Tier0, 0), true
		}
	}, "what is no longer reached without what " + noun(r.fix.Action)
}

func noun(action string) string {
	if action == "detach" {
		return "is taken away"
	}
	return "is narrowed, at most"
}

// detached is the ref of what the fix takes away: the policy, role or group that
// the group of fixes names, or else the object.
func (r *remover) detached() drover.Ref {
	_, after, ok := strings.Cut(r.fix.Group, " ")
	if ref := drover.Ref(after); ok && ref.Valid() == nil {
		return ref
	}
	return r.fix.Object
}

// provedBy are the edges that leave an identity and that rest on a ref: their
// proof names it, or they lead to it. What is narrowed is the identity itself:
// all edges that its own rights prove.
func (r *remover) provedBy(id int, ref drover.Ref) (edges []uint32) {
	g := r.effects
	self := slices.Contains(r.objects, id) && ref == r.fix.Object
	for e := range g.Reach().Out(uint32(id)) {
		x := g.Edge(e)
		rests := g.Ref(x.To) == ref || self && len(x.Proof) > 0 && x.Technique != ""
		for _, p := range x.Proof {
			rests = rests || p.Ref == ref
		}
		if rests {
			edges = append(edges, e)
		}
	}
	return edges
}
