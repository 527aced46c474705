package reach

import (
	"fmt"
	"math"
	"slices"

	"github.com/droverhq/drover"
)

// A Builder takes edges one by one, in any order, and makes a Graph of them. It
// keeps 16 bytes an edge until Build, which gives them back group by group.
type Builder struct {
	n      int
	edges  int
	shift  uint // nodes of one group: 1<<shift
	groups []group
	infos  interner
	refs   refBuilder
}

// A group is the edges out of neighbouring nodes, few enough to be sorted
// without leaving the cache.
type group struct{ chunks [][]record }

// A record is an edge on its way. Records of one node in order of key, then info,
// then grade, are its edges in order.
type record struct {
	key  uint64 // touch (1 bit) | to (32) | kind (5) | level (4) | grade (2) | unused (20)
	info uint32
	from uint32
}

const (
	chunkRecords = 1 << 10
	maxGroups    = 1 << 12
	gradeAt      = 20
	levelAtBit   = gradeAt + 2
	kindAt       = levelAtBit + 4
	toAt         = kindAt + kindBits
	touchAt      = toAt + 32
)

// NewBuilder makes a Builder for nodes numbered from 0 to nodes-1.
func NewBuilder(nodes int) *Builder {
	b := &Builder{n: nodes}
	for nodes>>b.shift > maxGroups {
		b.shift++
	}
	b.groups = make([]group, nodes>>b.shift+1)
	b.infos.init()
	return b
}

// Add takes one edge. The same edge (From, To, Kind, Move, Level, Info) counts
// once, at the best of its grades. An edge to itself is dropped: it gives nothing.
// Errors wrap drover.ErrInvalid and name the field.
func (b *Builder) Add(e Edge) error {
	if int64(e.From) >= int64(b.n) || int64(e.To) >= int64(b.n) {
		return fmt.Errorf("edge %d to %d: there are %d nodes: %w", e.From, e.To, b.n, drover.ErrInvalid)
	}
	class, level, err := encode(&e)
	if err != nil {
		return err
	}
	if e.From == e.To {
		return nil
	}
	if b.edges == math.MaxUint32 {
		return fmt.Errorf("edge %d to %d: a graph holds at most %d edges: %w", e.From, e.To, b.edges, drover.ErrInvalid)
	}
	b.edges++
	r := record{from: e.From, info: b.infos.code(&e.Info),
		key: uint64(e.To)<<toAt | uint64(class&kindMask)<<kindAt | uint64(level)<<levelAtBit | uint64(gradeOf(class))<<gradeAt}
	if !e.Move {
		r.key |= 1 << touchAt
	}
	b.groups[e.From>>b.shift].add(r)
	return nil
}

func (g *group) add(r record) {
	last := len(g.chunks) - 1
	if last < 0 || len(g.chunks[last]) == cap(g.chunks[last]) {
		size := chunkRecords
		if last < 0 {
			size = 64
		}
		g.chunks = append(g.chunks, make([]record, 0, size))
		last++
	}
	g.chunks[last] = append(g.chunks[last], r)
}

// SetRef gives a node its ref, so that a saved graph answers by itself. The last
// one given counts. Errors wrap drover.ErrInvalid.
func (b *Builder) SetRef(n uint32, ref drover.Ref) error {
	if int64(n) >= int64(b.n) {
		return fmt.Errorf("ref of node %d: there are %d nodes: %w", n, b.n, drover.ErrInvalid)
	}
	return b.refs.set(b.n, n, ref)
}

// Build makes the graph. The Builder is spent: nothing may be added after.
func (b *Builder) Build() *Graph {
	g := &Graph{n: b.n}
	var places []uint32
	g.infos, places = b.infos.table()
	g.out = newRows(b.n, b.edges)
	g.infos.codes = make([]byte, b.edges*g.infos.width)
	s := sorter{places: places}
	at := uint32(0)
	for i := range b.groups {
		first := uint32(i) << b.shift
		s.load(&b.groups[i], first, min(b.n-int(first), 1<<b.shift))
		b.groups[i].chunks = nil
		at = s.emit(g, first, at)
	}
	b.groups = nil
	g.out.cut(at)
	g.infos.codes = slices.Clip(g.infos.codes[:int(at)*g.infos.width])
	g.in = g.transpose()
	g.refs = b.refs.table()
	g.note()
	return g
}

func newRows(n, edges int) rows {
	return rows{at: make([]bounds, n+1), ends: make([]uint32, edges), class: make([]uint8, edges), level: make([]uint8, edges)}
}

// cut drops what is beyond the first n edges.
func (r *rows) cut(n uint32) {
	r.ends, r.class, r.level = r.ends[:n], r.class[:n], r.level[:n]
}

// A sorter puts the records of one group in order.
type sorter struct {
	places []uint32 // of info codes
	starts []uint32
	sorted []record
}

// load sorts the records of a group by node, then each node's by key and info.
func (s *sorter) load(g *group, first uint32, nodes int) {
	s.starts = append(s.starts[:0], make([]uint32, nodes+2)...)
	total := 0
	for _, c := range g.chunks {
		total += len(c)
		for i := range c {
			s.starts[c[i].from-first+2]++
		}
	}
	for i := 1; i < len(s.starts); i++ {
		s.starts[i] += s.starts[i-1]
	}
	s.sorted = slices.Grow(s.sorted[:0], total)[:total]
	for _, c := range g.chunks {
		for i := range c {
			r := c[i]
			r.info = s.places[r.info]
			at := &s.starts[r.from-first+1]
			s.sorted[*at] = r
			*at++
		}
	}
	for i := range nodes {
		sortRecords(s.sorted[s.starts[i]:s.starts[i+1]])
	}
}

// before reports whether a comes before b: by key without the grade, info, grade.
func (a *record) before(b *record) bool {
	if x, y := a.key>>levelAtBit, b.key>>levelAtBit; x != y {
		return x < y
	}
	return a.info < b.info || a.info == b.info && a.key < b.key
}

func sortRecords(list []record) {
	if len(list) > 32 {
		slices.SortFunc(list, func(a, b record) int {
			switch {
			case a.before(&b):
				return -1
			case b.before(&a):
				return 1
			}
			return 0
		})
		return
	}
	for i := 1; i < len(list); i++ {
		r, k := list[i], i
		for ; k > 0 && r.before(&list[k-1]); k-- {
			list[k] = list[k-1]
		}
		list[k] = r
	}
}

// emit writes the sorted records, each once, from edge number at on.
func (s *sorter) emit(g *Graph, first, at uint32) uint32 {
	for i := range len(s.starts) - 2 {
		n := first + uint32(i)
		g.out.at[n] = bounds{at, at}
		var last record
		for k, r := range s.sorted[s.starts[i]:s.starts[i+1]] {
			if k > 0 && r.key>>levelAtBit == last.key>>levelAtBit && r.info == last.info {
				continue
			}
			last = r
			move := r.key>>touchAt == 0
			g.out.ends[at] = uint32(r.key >> toAt)
			g.out.class[at] = classOf(uint8(r.key>>kindAt&kindMask), uint8(r.key>>gradeAt&(grades-1)), move)
			g.out.level[at] = uint8(r.key >> levelAtBit & 15)
			g.infos.put(at, r.info)
			at++
			if move {
				g.out.at[n].mid = at
			}
		}
	}
	g.out.at[g.n] = bounds{at, at}
	return at
}

// transpose makes the other direction of g.out.
func (g *Graph) transpose() rows {
	t := newRows(g.n, len(g.out.ends))
	for i, to := range g.out.ends {
		if g.out.class[i]&moveBit != 0 {
			t.at[to].start++
		} else {
			t.at[to].mid++
		}
	}
	at := uint32(0)
	for n := range t.at { // where the next move, and the next touch, of each goes
		b := &t.at[n]
		moves, touches := b.start, b.mid
		b.start, b.mid = at, at+moves
		at += moves + touches
	}
	for n := range uint32(g.n) {
		for e, end := g.out.all(n); e < end; e++ {
			b := &t.at[g.out.ends[e]]
			i := b.mid
			if g.out.class[e]&moveBit != 0 {
				i = b.start
				b.start++
			} else {
				b.mid++
			}
			t.ends[i], t.class[i], t.level[i] = n, g.out.class[e], g.out.level[e]
		}
	}
	last := uint32(0)
	for n := range g.n { // each now stands at the ends of its parts
		b := &t.at[n]
		b.start, b.mid, last = last, b.start, b.mid
	}
	return t
}

// note notes what can be read off the rows.
func (g *Graph) note() {
	g.fedOut, g.fedIn = g.in.fed(), g.out.fed()
	var seen [256]bool
	for _, c := range g.out.class {
		seen[c] = true
	}
	for c, ok := range seen {
		if ok {
			g.grades |= 1 << gradeOf(uint8(c))
		}
	}
}

// fed are the nodes that have moves in these rows.
func (r *rows) fed() bitmap {
	b := newBitmap(len(r.at) - 1)
	for n := range uint32(len(r.at) - 1) {
		if lo, hi := r.moves(n); lo < hi {
			b.set(n)
		}
	}
	return b
}
