package risk

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// Removed is how many points fixes of one action take from the identities of
// rows, all together, and how that was found out. Each identity counts once,
// however many findings about it the fixes close. Effects may be nil: then what
// depends on reach is not counted, and said.
//
// Switching an identity off removes its whole score; ending or changing a
// credential what it adds by where it lies and how old it is; taking a policy or a
// power away what is no longer reached without the edges that it proves, and that
// the identity is of tier 0 itself where it was by its rights and nothing of tier 0
// is reached without them; narrowing who may become something what those reach by
// it, and that strangers may; naming an owner what having none costs. Everything else changes nothing that
// a score is made of, and how says so. What is narrowed keeps what it needs, so its
// points are the most.
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
	if r.become {
		ids = r.becoming()
	}
	w := m.in.Policy.Risk.Weights
	if r.become {
		total = r.closed()
	}
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
	if total == 0 && more == 0 {
		return 0, how + ": " + r.nothing()
	}
	if more > 0 {
		how += fmt.Sprintf("; of %d more it was not computed", more)
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
	powers  []string // columns of pg_roles
	become  bool     // it is about who may become the objects, not about them
}

// closed is what it takes that nobody outside becomes the objects any more.
func (r *remover) closed() (points int) {
	for _, id := range r.m.affected(r.objects) {
		before := r.m.facts(id, nil)
		after := before
		after.open, after.outsiders = 0, ""
		mb, ma := before.measure(false), after.measure(false)
		w := r.m.in.Policy.Risk.Weights
		points += max(mb.total(w)-ma.total(w), 0)
	}
	return points
}

// nothing says why a change that could take points takes none.
func (r *remover) nothing() string {
	switch r.fix.Action {
	case "set_owner", "confirm_owner", "hand_over":
		return "nothing, for somebody answers for it"
	case "restrict_trust":
		return "nothing, for nobody who is known reaches more by it and it lets in no strangers"
	case "detach", "narrow", "configure":
		return "nothing, for no way that is known rests on it, or others lead as far"
	case "disable", "delete":
		if !r.credential() {
			return "nothing, for it adds none"
		}
	}
	return "nothing, for it adds none, or another one adds as much; what is reached stays"
}

func (r *remover) credential() bool {
	return len(r.objects) > 0 && r.m.in.Graph.Kind(r.objects[0]) == drover.KindCredential
}

// right reports whether what is changed is something that gives rights: a policy,
// a role, a group or a binding.
func (r *remover) right() bool {
	if len(r.objects) == 0 {
		return false
	}
	switch r.m.in.Graph.Kind(r.objects[0]) {
	case drover.KindPolicy, drover.KindRole, drover.KindGroup:
		return true
	}
	return false
}

// change returns what the fix does to the facts of an identity, nil for nothing.
func (r *remover) change() (func(id int, f *facts), string) {
	credential := r.credential()
	switch r.fix.Action {
	case "disable", "delete":
		if credential {
			return r.without, "what the credential adds by where it lies and how old it is"
		}
		if r.right() {
			return r.reach()
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
	case "configure":
		if r.powers = powersIn(r.fix.Text); len(r.powers) > 0 {
			return r.reach()
		}
		return nil, "a setting that no part of a score is made of"
	case "restrict_trust":
		r.become = true
		return r.reach()
	case "split":
		if credential {
			return r.without, "what the shared credential adds by where it lies and how old it is, at most"
		}
		return nil, "each of the new ones reaches its own part, which nobody knows yet"
	case "expire":
		return nil, "an end takes no points before its day: the score counts how old a secret is"
	case "pin":
		return nil, "the fix changes nothing that a score is made of: what runs is another one only when somebody changes it"
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
