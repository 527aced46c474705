package graph

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Builder makes a Snapshot. Add the nodes, then the edges, then Build. It is
// not safe for concurrent use.
type Builder struct {
	s       Snapshot
	scratch arena
	aliases *aliasTable
	kinds   map[drover.Kind]uint8
	edges   map[drover.EdgeKind]uint8
}

// NewBuilder starts a snapshot of a generation.
func NewBuilder(generation int64, asOf time.Time) *Builder {
	b := &Builder{s: Snapshot{Generation: generation, AsOf: asOf}, kinds: map[drover.Kind]uint8{}, edges: map[drover.EdgeKind]uint8{}}
	for i, k := range drover.Kinds {
		b.kinds[k] = uint8(i)
	}
	for i, k := range drover.EdgeKinds {
		b.edges[k] = uint8(i)
	}
	b.s.rows.types.init()
	b.s.rows.sourceSets.init()
	b.s.edges.words.init()
	return b
}

// Node adds a row. A ref that was added before is passed over.
func (b *Builder) Node(r Row) {
	if _, ok := b.s.refs.find(b.s.rows.refs, string(r.Node.Ref)); ok {
		return
	}
	b.add(r)
	b.s.seen = len(b.s.rows.ids)
}

func (b *Builder) add(r Row) uint32 {
	x, n := &b.s.rows, r.Node
	x.ids = append(x.ids, r.ID)
	x.entities = append(x.entities, r.Entity)
	x.refs = append(x.refs, b.scratch.keep(string(n.Ref)))
	x.names = append(x.names, b.scratch.keep(n.Name))
	x.attrs = append(x.attrs, b.scratch.keep(string(n.Attrs)))
	x.kinds = append(x.kinds, b.kinds[n.Kind])
	x.typ = append(x.typ, x.types.code(n.Type))
	x.created = append(x.created, unix(n.Created))
	x.rotated = append(x.rotated, unix(n.Rotated))
	x.expires = append(x.expires, unix(n.Expires))
	x.firstSeen = append(x.firstSeen, unix(r.FirstSeen))
	x.observed = append(x.observed, unix(r.Observed))
	x.aliases.add(&b.scratch, n.Aliases)
	slices.Sort(r.Sources)
	x.sources = append(x.sources, x.sourceSets.code(strings.Join(r.Sources, "\x00")))
	i := uint32(len(x.ids) - 1)
	b.s.refs.add(x.refs, i)
	return i
}

// Edge adds an edge. An end that is no row becomes an unseen one.
func (b *Builder) Edge(e drover.Edge) {
	x := &b.s.edges
	x.from = append(x.from, b.end(e.From))
	x.to = append(x.to, b.end(e.To))
	x.kind = append(x.kind, b.edges[e.Kind])
	x.part = append(x.part, x.words.code(e.Part))
	x.cond = append(x.cond, x.words.code(string(e.Cond)))
	x.technique = append(x.technique, x.words.code(e.Technique))
	x.grade = append(x.grade, x.words.code(string(e.Grade)))
	x.proof = append(x.proof, b.scratch.keep(e.Proof))
}

// end returns the row of an edge's end. An alias that exactly one node has
// stands for that node; a person goes before an account of the same mail address.
func (b *Builder) end(ref drover.Ref) uint32 {
	if i, ok := b.s.refs.find(b.s.rows.refs, string(ref)); ok {
		return uint32(i)
	}
	_, _, scheme, alias, _ := ref.Parts()
	if ref.Unseen() {
		if b.aliases == nil {
			b.aliases = newAliasTable(&b.s.rows)
		}
		if i, ok := b.aliases.find(&b.s.rows, alias); ok {
			return i
		}
	}
	name := strings.TrimPrefix(alias, scheme+":")
	return b.add(Row{Node: drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "unseen." + scheme, Name: name, Aliases: []string{alias}}})
}

// Index ends the adding: nodes, edges and BaseTable of the snapshot can be read
// from now on. Facts cannot yet.
func (b *Builder) Index() *Snapshot {
	s := &b.s
	s.out = newCSR(len(s.rows.ids), s.edges.from)
	s.in = newCSR(len(s.rows.ids), s.edges.to)
	return s
}

// Build finishes the snapshot that Index returned. Facts is asked once for every
// row that a source asserts, in the order of the rows.
func (b *Builder) Build(facts func(i int) Facts) *Snapshot {
	s := &b.s
	s.cols.init(s.seen)
	for i := range s.seen {
		s.cols.add(facts(i))
	}
	s.rows.types.codes, s.rows.sourceSets.codes, s.edges.words.codes = nil, nil, nil
	s.index()
	return s
}

// attr decodes one attribute of row i for the filter.
func (s *Snapshot) attr(i int, path []string) any {
	raw := s.rows.attrs[i]
	if raw == "" {
		return nil
	}
	// Most rows do not have the field at all: look before decoding.
	key, err := json.Marshal(path[0])
	if err != nil || !strings.Contains(raw, string(key)) {
		return nil
	}
	return drover.Attrs(raw).Get(path...)
}
