package graph

import (
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/link"
)

// A Builder makes a Snapshot: add the nodes in ascending order of their ids, then
// the edges, the uses and the labels; name what Missing lists; Index; Build. It
// is not safe for concurrent use.
type Builder struct {
	s     Snapshot
	ids   *idTable
	kinds map[drover.Kind]uint8
	edges map[drover.EdgeKind]uint8

	missing   []int64          // ends of edges that are no node, in order of their appearance
	isMissing map[int64]uint32 // their places in missing
	texts     map[int64]drover.Ref
	expanded  int // edges that names with several meanings made

	names      *nameList               // what patterns are compared with
	filters    map[uint32]*link.Filter // by condition
	passed     map[[2]uint32][]uint32  // what of a place in missing a condition means
	filterings int
}

// NewBuilder starts a snapshot of a generation.
func NewBuilder(generation int64, asOf time.Time) *Builder {
	b := &Builder{s: Snapshot{Generation: generation, AsOf: asOf, cache: &cache{}}, kinds: map[drover.Kind]uint8{}, edges: map[drover.EdgeKind]uint8{},
		isMissing: map[int64]uint32{}, texts: map[int64]drover.Ref{}, filters: map[uint32]*link.Filter{}, passed: map[[2]uint32][]uint32{}}
	for i, k := range drover.Kinds {
		b.kinds[k] = uint8(i)
	}
	for i, k := range drover.EdgeKinds {
		b.edges[k] = uint8(i)
	}
	x := &b.s.rows
	for _, w := range []*words{&x.types, &x.sourceSets, &x.systems, &b.s.edges.words, &b.s.extras.words} {
		w.init()
	}
	return b
}

// Node adds a row. One whose id is not greater than the last one's is passed over.
func (b *Builder) Node(r Row) {
	if ids := b.s.rows.ids; len(ids) > 0 && r.ID <= ids[len(ids)-1] {
		return
	}
	b.add(r)
	b.s.seen = len(b.s.rows.ids)
}

func (b *Builder) add(r Row) uint32 {
	x, n := &b.s.rows, r.Node
	x.ids = append(x.ids, r.ID)
	x.entities = append(x.entities, r.Entity)
	x.refs = append(x.refs, x.text.keep(string(n.Ref)))
	x.names = append(x.names, x.text.keep(n.Name))
	x.attrs = append(x.attrs, x.json.keep(string(n.Attrs)))
	x.kinds = append(x.kinds, b.kinds[n.Kind])
	x.typ = append(x.typ, x.types.code(n.Type))
	system, _, _ := strings.Cut(string(n.Ref), "/")
	x.system = append(x.system, x.systems.code(system))
	x.created = append(x.created, unix(n.Created))
	x.rotated = append(x.rotated, unix(n.Rotated))
	x.expires = append(x.expires, unix(n.Expires))
	x.firstSeen = append(x.firstSeen, unix(r.FirstSeen))
	x.observed = append(x.observed, unix(r.Observed))
	x.aliases.add(&x.text, n.Aliases)
	set := ""
	if len(r.Sources) == 1 {
		set = r.Sources[0]
	} else if len(r.Sources) > 1 {
		slices.Sort(r.Sources)
		set = strings.Join(r.Sources, "\x00")
	}
	x.sources = append(x.sources, x.sourceSets.code(set))
	return uint32(len(x.ids) - 1)
}

// isUnnamed marks the end of an edge that is a place in missing, not yet a row.
const isUnnamed = 1 << 31

// Edge adds an edge between two store ids; e.From and e.To are not looked at.
func (b *Builder) Edge(from, to int64, e *drover.Edge) {
	x := &b.s.edges
	x.from = append(x.from, b.end(from))
	x.to = append(x.to, b.end(to))
	x.kind = append(x.kind, b.edges[e.Kind])
	x.part = append(x.part, x.words.code(e.Part))
	x.cond = append(x.cond, x.words.code(string(e.Cond)))
	x.technique = append(x.technique, x.words.code(e.Technique))
	x.grade = append(x.grade, x.words.code(string(e.Grade)))
	x.proof = append(x.proof, b.s.rows.text.keep(e.Proof))
	x.joined = append(x.joined, 0)
}

func (b *Builder) end(id int64) uint32 {
	if i, ok := b.row(id); ok {
		return uint32(i)
	}
	i, ok := b.isMissing[id]
	if !ok {
		i = uint32(len(b.missing))
		b.missing = append(b.missing, id)
		b.isMissing[id] = i
	}
	return i | isUnnamed
}

func (b *Builder) row(id int64) (int, bool) {
	if b.ids == nil {
		b.ids = newIDTable(b.s.rows.ids)
	}
	return b.ids.find(b.s.rows.ids, id)
}

// subject returns the row of a node that something is said about, or its place
// in missing.
func (b *Builder) subject(id int64) (uint32, bool) {
	if i, ok := b.row(id); ok {
		return uint32(i), true
	}
	i, ok := b.isMissing[id]
	return i | isUnnamed, ok
}

// Missing lists the ends of edges that are no node. Name must say what they are
// called before Index.
func (b *Builder) Missing() []int64 { return b.missing }

// Name says the refs of ids that Missing lists.
func (b *Builder) Name(refs map[int64]drover.Ref) {
	for id, ref := range refs {
		b.texts[id] = ref
	}
}

// Index ends the adding: names are joined to what they mean, and nodes, edges and
// BaseTable of the snapshot can be read from now on. Facts cannot yet.
func (b *Builder) Index() *Snapshot {
	s := &b.s
	b.merge()
	r := &resolver{s: s}
	ends := b.ends(r)
	b.joinEnds(ends)
	signed := b.signIns(r)
	rows := make([]uint32, len(ends))
	for i := range ends {
		switch e := &ends[i]; {
		case e.unseen > 0:
			rows[i] = e.unseen - 1
		case len(e.rows) > 0:
			rows[i] = e.rows[0]
		default:
			rows[i] = b.unseen(uint32(i), e)
		}
	}
	s.edges.dedupe(b.touched(ends, signed))
	s.extras.name(rows, s.seen)
	s.out = newCSR(len(s.rows.ids), s.edges.from)
	s.in = newCSR(len(s.rows.ids), s.edges.to)
	s.rows.types.codes, s.rows.sourceSets.codes, s.rows.systems.codes, s.edges.words.codes = nil, nil, nil, nil
	return s
}

// touched marks the rows that edges reach under several names: heads of entities
// and what ends known by an alias turned out to be.
func (b *Builder) touched(ends []end, more []uint32) []bool {
	t := make([]bool, len(b.s.rows.ids))
	for _, r := range more {
		t[r] = true
	}
	for i := range ends {
		for _, r := range ends[i].rows {
			t[r] = true
		}
	}
	for h := range b.s.members().rest {
		t[h] = true
	}
	return t
}

// Build finishes the snapshot that Index returned. Facts is asked once for every
// row that a source asserts, in the order of the rows. Now is when the facts are concluded.
func (b *Builder) Build(now time.Time, facts func(i int) Facts) *Snapshot {
	s := &b.s
	s.judged = now.Unix()
	s.extras.sort()
	s.extras.words.codes = nil
	s.cols.init(s.seen)
	for i := range s.seen {
		s.cols.add(facts(i))
	}
	s.cols.done()
	s.order = s.byName()
	s.index()
	return s
}
