package link

import (
	"math"
	"slices"
)

// A claim is an id that a set may carry.
type claim struct {
	id    int64
	since int64 // when the entity, or the node, was first seen
	root  uint32
}

func (a claim) before(b claim) bool {
	return a.since < b.since || a.since == b.since && a.id < b.id
}

// assign gives each set its entity id: that of the entity among its members that
// is known longest. An id goes with the node whose own it is; where that is gone,
// with the member that is known longest. A set that is left without any takes the
// id of the member that is known longest.
func (l *Linker) assign(p *partition) []int64 {
	entity := slices.Clone(l.ids)
	heirs := l.heirs(p)
	held, own := map[uint32]claim{}, map[uint32]claim{}
	keep := func(m map[uint32]claim, c claim) {
		if old, ok := m[c.root]; !ok || c.before(old) {
			m[c.root] = c
		}
	}
	for _, r := range p.order {
		root, e := p.sets.find(r), l.entities[r]
		if p.size[root] == 1 && e == l.ids[r] {
			continue
		}
		keep(own, claim{l.ids[r], l.since(r), root})
		if f, ok := l.row(p.order, e); ok {
			if p.sets.find(f) == root {
				keep(held, claim{e, l.since(f), root})
			}
		} else if h := heirs[e]; h.root == root {
			keep(held, claim{e, h.since, root})
		}
	}
	for r := range l.ids {
		root := p.sets.find(uint32(r))
		if c, ok := held[root]; ok {
			entity[r] = c.id
		} else if c, ok := own[root]; ok {
			entity[r] = c.id
		}
	}
	return entity
}

// heirs says which set keeps the id of an entity whose first node is gone.
func (l *Linker) heirs(p *partition) map[int64]claim {
	heirs := map[int64]claim{}
	for _, r := range p.order {
		e := l.entities[r]
		if e == l.ids[r] {
			continue
		}
		if _, ok := l.row(p.order, e); ok {
			continue
		}
		c := claim{l.ids[r], l.since(r), p.sets.find(r)}
		if old, ok := heirs[e]; !ok || c.before(old) {
			heirs[e] = c
		}
	}
	return heirs
}

// since is when a row was first seen; not known is late.
func (l *Linker) since(r uint32) int64 {
	if l.firstSeen[r] == unknown {
		return math.MaxInt64
	}
	return l.firstSeen[r]
}

// reasons says of rows why they are members of what they are.
func (l *Linker) reasons(p *partition, changed []uint32) map[uint32]string {
	out := make(map[uint32]string, len(changed))
	want := make(map[uint32]bool, len(changed))
	for _, r := range changed {
		if why, ok := l.pinned[r]; ok {
			out[r] = why
		} else {
			want[r] = true
		}
	}
	if len(want) == 0 {
		return out
	}
	for _, reused := range []bool{false, true} { // a name for all time is the better reason
		for i := range p.groups {
			if g := &p.groups[i]; Schemes[g.scheme].Reused == reused {
				g.reason(p, want, out)
			}
		}
	}
	for _, d := range l.Doubts() {
		if r, ok := l.row(p.order, d.ID); ok && want[r] && p.size[p.sets.find(r)] == 1 && out[r] == "" {
			out[r] = clip(d.Alias + ": " + d.Reason)
		}
	}
	for r := range want {
		if out[r] == "" {
			out[r] = "no name joins it to another any longer"
			if p.size[p.sets.find(r)] > 1 {
				out[r] = "joined through another member"
			}
		}
	}
	return out
}

// reason gives the alias as reason to the rows that it joins to another.
func (g *group) reason(p *partition, want map[uint32]bool, out map[uint32]string) {
	for _, r := range g.rows {
		if !want[r] || out[r] != "" {
			continue
		}
		root := p.sets.find(r)
		if slices.ContainsFunc(g.rows, func(o uint32) bool { return o != r && p.sets.find(o) == root }) {
			out[r] = clip("same alias " + g.alias)
		}
	}
}
