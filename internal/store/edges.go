package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// An EdgeFact is what all assertions about one edge say together; the newest
// observation decides, as for a Fact.
type EdgeFact struct {
	From, To  int64 // ids of the ends' refs
	Edge      drover.Edge
	Sources   []string
	Coverages []string
	FirstSeen time.Time
	Observed  time.Time
}

// An edgeAssertion is one row of the edge table.
type edgeAssertion struct {
	id, from, to     int64
	cov              int64
	fromGen, toGen   int64
	observed, first  int64
	part             string
	edge             drover.Edge
	source, coverage string
}

const edgeColumns = `e.id, e.from_id, e.to_id, f.ref, t.ref, e.coverage_id, e.from_gen, e.to_gen, e.observed_us, e.first_us, e.section_part,
	e.kind, e.part, e.cond, e.technique, e.grade, e.proof FROM edge e JOIN ref f ON f.id = e.from_id JOIN ref t ON t.id = e.to_id `

func readEdge(c cells, a *edgeAssertion) {
	a.id, a.from, a.to, a.edge.From, a.edge.To = c.int(0), c.int(1), c.int(2), drover.Ref(c.text(3)), drover.Ref(c.text(4))
	a.cov, a.fromGen, a.toGen, a.observed, a.first, a.part = c.int(5), c.int(6), c.int(7), c.int(8), c.int(9), c.text(10)
	a.edge.Kind, a.edge.Part, a.edge.Cond = drover.EdgeKind(c.text(11)), c.text(12), c.attrs(13)
	a.edge.Technique, a.edge.Grade, a.edge.Proof = c.text(14), drover.Grade(c.text(15)), c.text(16)
}

// bareColumns are edgeColumns without the texts of the ends.
var bareColumns = strings.NewReplacer("f.ref, t.ref", "NULL, NULL", "JOIN ref f ON f.id = e.from_id JOIN ref t ON t.id = e.to_id ", "").Replace(edgeColumns)

// Edges yields each edge that the scope may see at a generation, in order of
// From, To, kind and part. The ends need not be nodes: one may be known from the
// edge alone.
func (s *Store) Edges(ctx context.Context, gen int64, scope drover.Scope) iter.Seq2[EdgeFact, error] {
	return s.edges(ctx, gen, scope, edgeColumns)
}

// EdgesByID yields what Edges does, with Edge.From and Edge.To left empty: From
// and To name the ends, at a third of the cost. Refs has their texts.
func (s *Store) EdgesByID(ctx context.Context, gen int64, scope drover.Scope) iter.Seq2[EdgeFact, error] {
	return s.edges(ctx, gen, scope, bareColumns)
}

func (s *Store) edges(ctx context.Context, gen int64, scope drover.Scope, columns string) iter.Seq2[EdgeFact, error] {
	return func(yield func(EdgeFact, error) bool) {
		v, err := s.view(ctx, gen, scope)
		if err != nil {
			yield(EdgeFact{}, fmt.Errorf("list edges: %w", err))
			return
		}
		var group []edgeAssertion // those of one pair of ends
		var facts []EdgeFact
		flush := func() bool {
			facts = mergeEdges(group, facts[:0])
			for _, f := range facts {
				if !yield(f, nil) {
					return false
				}
			}
			group = group[:0]
			return true
		}
		stopped := false
		err = v.edgeAssertions(ctx, columns, func(a *edgeAssertion) bool {
			if len(group) > 0 && (group[0].from != a.from || group[0].to != a.to) && !flush() {
				stopped = true
				return false
			}
			group = append(group, *a)
			return true
		})
		switch {
		case stopped:
		case err != nil:
			yield(EdgeFact{}, fmt.Errorf("list edges: %w", s.d.explain(err)))
		default:
			flush()
		}
	}
}

// Refs returns the texts of ref ids; ids that the store does not have are left out.
func (s *Store) Refs(ctx context.Context, ids []int64) (map[int64]drover.Ref, error) {
	refs := make(map[int64]drover.Ref, len(ids))
	err := inList(s.d, ids, 1, func(list string, args []any) error {
		return s.cells(ctx, func(c cells) error {
			refs[c.int(0)] = drover.Ref(c.text(1))
			return nil
		}, `SELECT id, ref FROM ref WHERE id IN `+list, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("read refs: %w", s.d.explain(err))
	}
	return refs, nil
}

func (v *view) edgeAssertions(ctx context.Context, columns string, fn func(*edgeAssertion) bool) error {
	var from, to, id int64
	got := make([]edgeAssertion, 0, page)
	for {
		got = got[:0]
		err := v.s.cells(ctx, func(c cells) error {
			got = append(got, edgeAssertion{})
			readEdge(c, &got[len(got)-1])
			return nil
		}, `SELECT `+columns+`WHERE (e.from_id, e.to_id, e.id) > ($1, $2, $3) AND e.from_gen <= $4 AND e.to_gen > $4
			ORDER BY e.from_id, e.to_id, e.id LIMIT `+strconv.Itoa(page), from, to, id, v.gen)
		if err != nil {
			return err
		}
		for i := range got {
			a := &got[i]
			from, to, id = a.from, a.to, a.id
			c, ok := v.sees(a.cov)
			if !ok {
				continue
			}
			a.source, a.coverage = c.source, c.coverage
			if !fn(a) {
				return nil
			}
		}
		if len(got) < page {
			return nil
		}
	}
}

// mergeEdges appends to out one fact of each kind and part among assertions about
// one pair of ends.
func mergeEdges(list []edgeAssertion, out []EdgeFact) []EdgeFact {
	slices.SortFunc(list, func(a, b edgeAssertion) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), strings.Compare(string(a.edge.Kind), string(b.edge.Kind)), strings.Compare(a.edge.Part, b.edge.Part),
			cmp.Compare(b.observed, a.observed), cmp.Compare(b.fromGen, a.fromGen),
			strings.Compare(a.source, b.source), strings.Compare(a.coverage, b.coverage), strings.Compare(a.part, b.part))
	})
	for i := range list {
		a := &list[i]
		if i > 0 && sameEdge(&list[i-1], a) {
			f := &out[len(out)-1]
			f.Sources, f.Coverages = unite(append(f.Sources, a.source)), unite(append(f.Coverages, a.coverage))
			if first := timeOf(a.first); first.Before(f.FirstSeen) {
				f.FirstSeen = first
			}
			continue
		}
		out = append(out, EdgeFact{a.from, a.to, a.edge, []string{a.source}, []string{a.coverage}, timeOf(a.first), timeOf(a.observed)})
	}
	return out
}

func sameEdge(a, b *edgeAssertion) bool {
	return a.from == b.from && a.to == b.to && a.edge.Kind == b.edge.Kind && a.edge.Part == b.edge.Part
}

// An edgeKey is what makes an edge the same edge.
type edgeKey struct {
	from, to   int64
	kind, part string
}

func (k edgeKey) compare(l edgeKey) int {
	return cmp.Or(cmp.Compare(k.from, l.from), cmp.Compare(k.to, l.to), strings.Compare(k.kind, l.kind), strings.Compare(k.part, l.part))
}

// edgesFrom returns the edges that begin at the given refs.
func (v *view) edgesFrom(ctx context.Context, ids []int64) (map[edgeKey]EdgeFact, error) {
	var list []edgeAssertion
	err := inList(v.s.d, ids, 2, func(in string, args []any) error {
		return v.s.cells(ctx, func(row cells) error {
			var a edgeAssertion
			readEdge(row, &a)
			if c, ok := v.sees(a.cov); ok {
				a.source, a.coverage = c.source, c.coverage
				list = append(list, a)
			}
			return nil
		}, `SELECT `+edgeColumns+`WHERE e.from_gen <= $1 AND e.to_gen > $1 AND e.from_id IN `+in, append([]any{v.gen}, args...)...)
	})
	m := map[edgeKey]EdgeFact{}
	for _, f := range mergeEdges(list, nil) {
		m[edgeKey{f.From, f.To, string(f.Edge.Kind), f.Edge.Part}] = f
	}
	return m, err
}
