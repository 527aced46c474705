package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// Members of one entity are rows of their own, since each is a fact of its own;
// but what the estate holds is the entity. So one member, the head, speaks for
// all: it has the aliases and sources of all, every edge that reaches a member
// reaches the head, and what evidence and labels say of a member they say of the
// head. The others stay as rows that Head leads away from.

// Head is the row that speaks for the entity of row i: the member that describes
// it best. It is i itself for most.
func (s *Snapshot) Head(i int) int {
	if h, ok := s.members().head[uint32(i)]; ok {
		return int(h)
	}
	return i
}

// IsMember reports whether row i is a member of an entity that another row
// speaks for. Lists of the estate pass over it.
func (s *Snapshot) IsMember(i int) bool { return s.Head(i) != i }

// MemberRows are the rows of the entity of row i, the head first, the rest by
// ref. Row i alone where nothing was joined to it.
func (s *Snapshot) MemberRows(i int) []int {
	h := s.Head(i)
	out := []int{h}
	for _, m := range s.members().rest[uint32(h)] {
		out = append(out, int(m))
	}
	return out
}

// Further are the rows of the entity of head i besides i itself, by ref; none for
// most. The list is shared and must not be changed.
func (s *Snapshot) Further(i int) []uint32 { return s.members().rest[uint32(i)] }

// members are the entities of several rows.
type members struct {
	head map[uint32]uint32   // member -> head; heads are not in it
	rest map[uint32][]uint32 // head -> its further members, by ref
}

func (s *Snapshot) members() *members {
	s.joinOnce.Do(func() { s.joins = s.rows.members(s.seen) })
	return s.joins
}

// members groups the rows of one entity and chooses their heads. Only what lies
// in the rows from the start decides, so that a snapshot that is opened again
// has the same heads.
func (x *rows) members(seen int) *members {
	groups := map[int64][]uint32{}
	for i := range seen {
		if x.entities[i] != x.ids[i] {
			groups[x.entities[i]] = append(groups[x.entities[i]], uint32(i))
		}
	}
	m := &members{map[uint32]uint32{}, map[uint32][]uint32{}}
	if len(groups) == 0 {
		return m
	}
	for i := range seen {
		if g, ok := groups[x.ids[i]]; ok && x.entities[i] == x.ids[i] {
			groups[x.ids[i]] = append(g, uint32(i))
		}
	}
	for _, g := range groups {
		slices.SortFunc(g, func(a, b uint32) int {
			return cmp.Or(cmp.Compare(x.rank(int(a)), x.rank(int(b))), cmp.Compare(x.ref(int(a)), x.ref(int(b))))
		})
		for _, i := range g[1:] {
			m.head[i] = g[0]
		}
		if len(g) > 1 {
			m.rest[g[0]] = g[1:]
			slices.SortFunc(m.rest[g[0]], func(a, b uint32) int { return cmp.Compare(x.ref(int(a)), x.ref(int(b))) })
		}
	}
	return m
}

// rank says how well a row describes what it is: best is one that its own system
// gave an id, then one known by name, a value that was found, a name in somebody
// else's file, and last what a person announced.
func (x *rows) rank(i int) int {
	system, _, _, id, _ := drover.Ref(x.ref(i)).Parts()
	if d, _ := drover.Attrs(x.json.at(x.attrs[i])).Bool("declared"); d {
		return 4
	}
	switch {
	case system == "unseen":
		return 3
	case system == "secret":
		return 2
	case strings.HasPrefix(id, "name:"):
		return 1
	}
	return 0
}

// Join makes a node that was added a member of an entity, before Index.
func (b *Builder) Join(id, entity int64) {
	if i, ok := b.row(id); ok {
		b.s.rows.entities[i] = entity
	}
}

// merge gives each head what its members have. It runs before edges get their
// ends and before anything is looked up by alias.
func (b *Builder) merge() {
	m := b.s.members()
	if len(m.head) == 0 {
		return
	}
	x := &b.s.rows
	texts := make([]span, 0, len(x.aliases.texts))
	ends := make([]uint32, 0, len(x.aliases.ends))
	for i := range x.ids {
		from := len(texts)
		texts = append(texts, x.aliases.spans(i)...)
		for _, j := range m.rest[uint32(i)] {
			texts = append(texts, x.aliases.spans(int(j))...)
			x.join(i, int(j))
		}
		if own := texts[from:]; len(m.rest[uint32(i)]) > 0 {
			slices.SortFunc(own, func(p, q span) int { return cmp.Compare(x.text.at(p), x.text.at(q)) })
			own = slices.CompactFunc(own, func(p, q span) bool { return x.text.at(p) == x.text.at(q) })
			texts = texts[:from+len(own)]
		}
		ends = append(ends, uint32(len(texts)))
	}
	x.aliases = lists{ends, texts}
	e, kept := &b.s.edges, 0
	for i := range e.from {
		from, to := m.of(e.from[i]), m.of(e.to[i])
		collapsed := from == to && e.from[i] != e.to[i] // between members of one entity: it joins nothing
		e.move(kept, i)
		e.from[kept], e.to[kept] = from, to
		if !collapsed {
			kept++
		}
	}
	e.cut(kept)
	for i := range b.s.extras.uses {
		b.s.extras.uses[i].Row = m.of(b.s.extras.uses[i].Row)
	}
	for i := range b.s.extras.labels {
		b.s.extras.labels[i].Row = m.of(b.s.extras.labels[i].Row)
	}
}

// of is the head of a row; the end of an edge that is no row yet stays what it is.
func (m *members) of(end uint32) uint32 {
	if h, ok := m.head[end]; ok && end&isUnnamed == 0 {
		return h
	}
	return end
}

// join adds to row i what row j knows and it does not.
func (x *rows) join(i, j int) {
	for _, col := range [][]int64{x.created, x.rotated, x.expires} {
		if col[i] == unknown {
			col[i] = col[j]
		}
	}
	if x.firstSeen[j] != unknown && (x.firstSeen[i] == unknown || x.firstSeen[j] < x.firstSeen[i]) {
		x.firstSeen[i] = x.firstSeen[j]
	}
	x.observed[i] = max(x.observed[i], x.observed[j])
	set := append(x.sourcesOf(i), x.sourcesOf(j)...)
	slices.Sort(set)
	x.sources[i] = x.sourceSets.code(strings.Join(slices.Compact(set), "\x00"))
}

// dedupe drops edges of the given rows that say the same, which only different
// names of their ends told apart: the better grade stays, of equals the one that
// knew its ends, then the first.
func (e *edges) dedupe(touched []bool) {
	var list []uint32
	for i := range e.from {
		if touched[e.from[i]] || touched[e.to[i]] {
			list = append(list, uint32(i))
		}
	}
	same := func(a, b uint32) int {
		return cmp.Or(cmp.Compare(e.from[a], e.from[b]), cmp.Compare(e.to[a], e.to[b]), cmp.Compare(e.kind[a], e.kind[b]), cmp.Compare(e.part[a], e.part[b]))
	}
	slices.SortFunc(list, func(a, b uint32) int {
		return cmp.Or(same(a, b), cmp.Compare(e.gradeRank(a), e.gradeRank(b)), cmp.Compare(e.joined[a], e.joined[b]), cmp.Compare(a, b))
	})
	var drop []uint32
	for k := 1; k < len(list); k++ {
		if same(list[k-1], list[k]) == 0 {
			drop = append(drop, list[k])
		}
	}
	if len(drop) == 0 {
		return
	}
	slices.Sort(drop)
	kept := int(drop[0])
	for i := kept; i < len(e.from); i++ {
		if len(drop) > 0 && drop[0] == uint32(i) {
			drop = drop[1:]
			continue
		}
		e.move(kept, i)
		kept++
	}
	e.cut(kept)
}

// gradeRank orders grades from the surest.
func (e *edges) gradeRank(i uint32) int {
	switch drover.Grade(e.words.words[e.grade[i]]) {
	case "", drover.GradeProven:
		return 0
	case drover.GradeDeclared:
		return 1
	case drover.GradeInferred:
		return 2
	}
	return 3
}

func (e *edges) move(to, from int) {
	e.from[to], e.to[to], e.kind[to], e.part[to] = e.from[from], e.to[from], e.kind[from], e.part[from]
	e.cond[to], e.technique[to], e.grade[to], e.proof[to] = e.cond[from], e.technique[from], e.grade[from], e.proof[from]
	e.joined[to] = e.joined[from]
}

func (e *edges) cut(n int) {
	e.from, e.to, e.kind, e.part = e.from[:n], e.to[:n], e.kind[:n], e.part[:n]
	e.cond, e.technique, e.grade, e.proof, e.joined = e.cond[:n], e.technique[:n], e.grade[:n], e.proof[:n], e.joined[:n]
}
