package graph

import (
	"slices"
	"strings"
	"time"
)

// Part is the snapshot of an estate that never had the rows that keep does not
// hold. Keep is asked of the rows that a source asserts, and says the same of all
// members of one entity. Edges are kept where both ends are; what no source
// asserts is kept where a kept row has an edge to it. Source says which sources
// are named. Nothing that only other rows have is left in any vocabulary. Facts
// are not concluded: Conclude must be called before lists are made. It is Bounded.
func (s *Snapshot) Part(keep func(i int) bool, source func(id string) bool) *Snapshot {
	to := make([]uint32, s.Len()) // new row + 1; 0: not kept
	var from []uint32             // old row of each new one
	for i := range s.seen {
		if keep(i) {
			from = append(from, uint32(i))
			to[i] = uint32(len(from))
		}
	}
	p := &Snapshot{Generation: s.Generation, AsOf: s.AsOf, bounded: true, seen: len(from), cache: &cache{}}
	var edges []uint32
	wanted := make([]bool, s.Len())
	for e := range s.edges.from {
		a, b := int(s.edges.from[e]), int(s.edges.to[e])
		aIn, bIn := to[a] > 0 && a < s.seen, to[b] > 0 && b < s.seen
		switch {
		case aIn && bIn:
		case aIn && b >= s.seen:
			wanted[b] = true
		case bIn && a >= s.seen:
			wanted[a] = true
		default:
			continue
		}
		edges = append(edges, uint32(e))
	}
	for i := s.seen; i < s.Len(); i++ {
		if wanted[i] {
			from = append(from, uint32(i))
			to[i] = uint32(len(from))
		}
	}
	p.rows = s.rows.part(from, source)
	p.edges = s.edges.only(edges, to)
	p.extras = s.extras.part(to)
	p.out = newCSR(len(from), p.edges.from)
	p.in = newCSR(len(from), p.edges.to)
	return p
}

// Conclude gives a Part its facts, asked once for each row that a source asserts.
func (s *Snapshot) Conclude(now time.Time, facts func(i int) Facts) {
	s.judged = now.Unix()
	s.cols.init(s.seen)
	for i := range s.seen {
		s.cols.add(facts(i))
	}
	s.cols.done()
	s.order = s.byName()
	s.index()
}

func pick[T any](col []T, from []uint32) []T {
	out := make([]T, len(from))
	for i, f := range from {
		out[i] = col[f]
	}
	return out
}

// recode gives the words that are used new codes, in the order of their first use.
func (w *words) recode(cols ...[]uint32) words {
	var out words
	out.init()
	code := make([]uint32, len(w.words)) // + 1
	for _, col := range cols {
		for i, c := range col {
			if code[c] == 0 {
				code[c] = out.code(w.words[c]) + 1
			}
			col[i] = code[c] - 1
		}
	}
	out.codes = nil
	return out
}

// part shares the texts: they are never written again.
func (x *rows) part(from []uint32, source func(id string) bool) rows {
	p := rows{text: x.text, json: x.json, ids: pick(x.ids, from), entities: pick(x.entities, from), refs: pick(x.refs, from), names: pick(x.names, from), attrs: pick(x.attrs, from),
		kinds: pick(x.kinds, from), typ: pick(x.typ, from), system: pick(x.system, from), created: pick(x.created, from), rotated: pick(x.rotated, from), expires: pick(x.expires, from),
		firstSeen: pick(x.firstSeen, from), observed: pick(x.observed, from)}
	p.types = x.types.recode(p.typ)
	p.systems = x.systems.recode(p.system)
	p.sourceSets.init()
	sets := map[uint32]uint32{}
	p.sources = make([]uint32, len(from))
	for i, f := range from {
		set := x.sources[f]
		code, ok := sets[set]
		if !ok {
			ids := strings.Split(x.sourceSets.words[set], "\x00")
			code = p.sourceSets.code(strings.Join(slices.DeleteFunc(ids, func(id string) bool { return !source(id) }), "\x00"))
			sets[set] = code
		}
		p.sources[i] = code
		p.aliases.texts = append(p.aliases.texts, x.aliases.spans(int(f))...)
		p.aliases.ends = append(p.aliases.ends, uint32(len(p.aliases.texts)))
	}
	p.sourceSets.codes = nil
	return p
}

func (e *edges) only(keep, to []uint32) edges {
	p := edges{from: pick(e.from, keep), to: pick(e.to, keep), kind: pick(e.kind, keep), part: pick(e.part, keep), cond: pick(e.cond, keep), technique: pick(e.technique, keep),
		grade: pick(e.grade, keep), joined: pick(e.joined, keep), proof: pick(e.proof, keep)}
	for i := range p.from {
		p.from[i], p.to[i] = to[p.from[i]]-1, to[p.to[i]]-1
	}
	p.words = e.words.recode(p.part, p.cond, p.technique, p.grade, p.joined)
	return p
}

func (x *extras) part(to []uint32) extras {
	p := extras{}
	p.words.init()
	code := func(c uint32) uint32 { return p.words.code(x.words.words[c]) }
	for _, u := range x.uses {
		if to[u.Row] > 0 {
			u.Row = to[u.Row] - 1
			u.LastUsedSource, u.Grade, u.NeverSource, u.LiveSource, u.Detail, u.DetailSource = code(u.LastUsedSource), code(u.Grade), code(u.NeverSource), code(u.LiveSource), code(u.Detail), code(u.DetailSource)
			p.uses = append(p.uses, u)
		}
	}
	for _, l := range x.labels {
		if to[l.Row] > 0 {
			p.labels = append(p.labels, label{to[l.Row] - 1, code(l.Key), code(l.Value), code(l.By)})
		}
	}
	p.words.codes = nil
	p.sort()
	return p
}
