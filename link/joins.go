package link

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

// Joins returns the memberships that should hold and do not hold now, in order
// of ID. Given again with those memberships, the same nodes have no Joins.
func (l *Linker) Joins() []Join {
	p := l.solve()
	entity := l.assign(p)
	var changed []uint32
	for _, r := range p.order {
		if entity[r] != l.entities[r] {
			changed = append(changed, r)
		}
	}
	reasons := l.reasons(p, changed)
	out := make([]Join, 0, len(changed))
	for _, r := range changed {
		out = append(out, Join{ID: l.ids[r], Ref: drover.Ref(l.text.at(l.refs[r])), Entity: entity[r], Reason: reasons[r]})
	}
	return out
}

// Doubts lists why nodes that share names were not joined, in order of ID and
// alias; it is complete after Joins.
func (l *Linker) Doubts() []Doubt {
	out := make([]Doubt, 0, len(l.doubts))
	for _, d := range l.doubts {
		out = append(out, Doubt{l.ids[d.row], drover.Ref(l.text.at(l.refs[d.row])), d.alias, d.reason})
	}
	slices.SortFunc(out, func(a, b Doubt) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.Alias, b.Alias), strings.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(out)
}

// A partition is the nodes in sets.
type partition struct {
	order  []uint32 // rows by ID
	groups []group
	sets   sets
	size   []uint32 // of the set that a row stands for
}

// solve finds the sets of nodes that are one thing.
func (l *Linker) solve() *partition {
	p := &partition{order: make([]uint32, len(l.ids)), sets: newSets(len(l.ids))}
	for i := range p.order {
		p.order[i] = uint32(i)
	}
	slices.SortFunc(p.order, func(a, b uint32) int { return cmp.Compare(l.ids[a], l.ids[b]) })
	p.groups = l.groups(p.order)
	pins := l.pins(p.order)
	for _, pin := range pins {
		p.sets.join(pin[0], pin[1])
	}
	for i := range p.groups {
		for _, r := range p.groups[i].rows[1:] {
			p.sets.join(p.groups[i].rows[0], r)
		}
	}
	// Nearly all sets hold together. Those that do not are taken apart and put
	// together with care.
	broken := p.broken(func(rows []uint32) bool { return len(rows) <= MaxMembers && l.holds(rows) && l.timely(rows) })
	for _, pin := range pins {
		if t := broken[p.sets.find(pin[0])]; t != nil {
			t.pins = append(t.pins, pin)
		}
	}
	for _, t := range broken {
		t.l = l
		t.number = t.resolve()
	}
	for _, t := range broken {
		p.sets.replace(t.rows, t.number)
	}
	p.size = make([]uint32, len(l.ids))
	for r := range l.ids {
		p.size[p.sets.find(uint32(r))]++
	}
	return p
}

// broken lists the sets of several that do not hold together, by the row that
// stands for each.
func (p *partition) broken(ok func(rows []uint32) bool) map[uint32]*tangle {
	out := map[uint32]*tangle{}
	p.several(func(root uint32, rows []uint32) {
		if !ok(rows) {
			out[root] = &tangle{rows: slices.Clone(rows)}
		}
	})
	if len(out) == 0 {
		return out
	}
	for i := range p.groups {
		if t := out[p.sets.find(p.groups[i].rows[0])]; t != nil {
			t.groups = append(t.groups, &p.groups[i])
		}
	}
	return out
}

// A group is an identifying alias and the rows that share it, by ID.
type group struct {
	*shared
	alias string
	rows  []uint32
}

// groups lists what is shared, in order of alias. Crowds are left out.
func (l *Linker) groups(order []uint32) []group {
	place := make([]uint32, len(order))
	for i, r := range order {
		place[r] = uint32(i)
	}
	out := make([]group, 0, len(l.shared))
	rows := make([]uint32, 0, len(l.shared)+len(l.more))
	for i := range l.shared {
		s := &l.shared[i]
		from := len(rows)
		rows = l.rows(s, rows)
		mine := rows[from:len(rows):len(rows)]
		slices.SortFunc(mine, func(a, b uint32) int { return cmp.Compare(place[a], place[b]) })
		if s.n > MaxShared {
			for _, r := range mine {
				l.doubt(r, l.text.at(s.alias), fmt.Sprintf("more than %d have this name", MaxShared))
			}
			continue
		}
		g := group{s, l.text.at(s.alias), mine}
		if len(l.clusters) > 1 && InCluster(g.alias) {
			for _, r := range mine {
				l.doubt(r, g.alias, "several clusters are known, or one that has no name, and each may have a Service of that name")
			}
			continue
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b group) int {
		return cmp.Or(strings.Compare(a.alias, b.alias), cmp.Compare(place[a.rows[0]], place[b.rows[0]]))
	})
	return out
}

// pins lists the pairs that people joined.
func (l *Linker) pins(order []uint32) [][2]uint32 {
	var out [][2]uint32
	for _, r := range order {
		if _, ok := l.pinned[r]; !ok {
			continue
		}
		if f, ok := l.row(order, l.entities[r]); ok {
			out = append(out, [2]uint32{r, f})
		}
	}
	return out
}

func (l *Linker) row(order []uint32, id int64) (uint32, bool) {
	i, ok := slices.BinarySearchFunc(order, id, func(r uint32, id int64) int { return cmp.Compare(l.ids[r], id) })
	if !ok {
		return 0, false
	}
	return order[i], true
}

// holds reports whether no two of the rows are known to be different things.
func (l *Linker) holds(rows []uint32) bool {
	var few [8]uint64
	keys, values := make([]uint32, 0, 8), few[:0]
	var many map[uint32]uint64
	for _, r := range rows {
		for i := l.markStart(r); i < int(l.markEnds[r]); i++ {
			k, v := l.markKeys[i], l.markValues[i]
			if many != nil {
				if old, ok := many[k]; ok && old != v {
					return false
				}
				many[k] = v
				continue
			}
			at := slices.Index(keys, k)
			switch {
			case at >= 0 && values[at] != v:
				return false
			case at < 0 && len(keys) == cap(keys):
				many = map[uint32]uint64{k: v}
				for j := range keys {
					many[keys[j]] = values[j]
				}
			case at < 0:
				keys, values = append(keys, k), append(values, v)
			}
		}
	}
	return true
}

// slack is by how much two clocks, or two notes of one moment, differ; lag how
// long something may be spoken of before its system says it was made.
const slack, lag = 60, 300

// same reports whether two rows can be one thing by their times: they were not
// made at different moments, and neither was last seen before the other was made.
func (l *Linker) same(a, b uint32) bool {
	if l.types[a] == l.types[b] && l.created[a] != unknown && l.created[b] != unknown && abs(l.created[a]-l.created[b]) > slack {
		return false
	}
	return l.aliveAt(a, l.created[b]) && l.aliveAt(b, l.created[a])
}

// aliveAt reports whether a row was seen after a moment. One that has an id is
// what it is whenever it was seen.
func (l *Linker) aliveAt(r uint32, made int64) bool {
	return made == unknown || l.lastAt[r] == unknown || l.lastAt[r] >= made-lag || l.known(r)
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// timely reports whether the times of all the rows agree: a quick answer that
// says no sooner than same does.
func (l *Linker) timely(rows []uint32) bool {
	latest, oldest := unknown, int64(1)<<62
	for i, r := range rows {
		if made := l.created[r]; made != unknown {
			latest = max(latest, made)
			for _, o := range rows[:min(i, 8)] {
				if !l.same(o, r) {
					return false
				}
			}
			if i > 8 {
				return false
			}
		}
		if l.lastAt[r] != unknown && !l.known(r) {
			oldest = min(oldest, l.lastAt[r])
		}
	}
	return latest == unknown || oldest >= latest-lag
}

// clip makes a reason fit to be stored.
func clip(s string) string {
	const most = 1000
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) <= most {
		return s
	}
	n := most
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
