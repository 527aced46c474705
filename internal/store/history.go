package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
)

// A Version is one thing that one source said about a ref, and for how long.
type Version struct {
	Source, Coverage, Part string
	Node                   drover.Node
	From                   Generation // that made it
	To                     Generation // that ended it; zero: it still holds
	Observed               time.Time
}

// History lists all that the scope may see of what was ever said about a ref,
// oldest first. The error wraps drover.ErrNotFound when nothing was.
func (s *Store) History(ctx context.Context, scope drover.Scope, ref drover.Ref) ([]Version, error) {
	v, err := s.view(ctx, 0, scope)
	if err != nil {
		return nil, err
	}
	var list []Version
	gens := map[int64]Generation{}
	err = s.cells(ctx, func(row cells) error {
		var a assertion
		if err := readNode(row, &a); err != nil {
			return err
		}
		c, ok := v.sees(a.cov)
		if !ok || a.refText != ref {
			return nil
		}
		ver := Version{Source: c.source, Coverage: c.coverage, Part: a.part, Node: a.node, Observed: timeOf(a.observed), From: Generation{ID: a.from}}
		if a.to != maxGen {
			ver.To.ID = a.to
		}
		gens[ver.From.ID], gens[ver.To.ID] = Generation{}, Generation{}
		list = append(list, ver)
		return nil
	}, `SELECT `+nodeColumns+`WHERE n.ref_id = $1 ORDER BY n.id`, s.RefID(ref))
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", ref, s.d.explain(err))
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("node %.200s: %w", ref, drover.ErrNotFound)
	}
	for id := range gens {
		if gens[id], err = s.Generation(ctx, id); err != nil {
			return nil, err
		}
	}
	for i := range list {
		list[i].From, list[i].To = gens[list[i].From.ID], gens[list[i].To.ID]
	}
	slices.SortStableFunc(list, func(a, b Version) int { return cmp.Compare(a.From.ID, b.From.ID) })
	return list, nil
}

// Counts are totals inside a scope.
type Counts struct {
	Nodes map[drover.Kind]int64
	Edges int64
}

// Counts counts what Nodes and Edges would yield, without reading the contents.
func (s *Store) Counts(ctx context.Context, gen int64, scope drover.Scope) (Counts, error) {
	v, err := s.view(ctx, gen, scope)
	if err != nil {
		return Counts{}, err
	}
	c := Counts{Nodes: map[drover.Kind]int64{}}
	var group []assertion
	flush := func() {
		if len(group) > 0 {
			slices.SortFunc(group, newestFirst)
			c.Nodes[group[0].node.Kind]++
		}
		group = group[:0]
	}
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var a assertion
		if err := rows.Scan(&a.ref, &a.cov, &a.from, &a.observed, &a.part, &a.node.Kind); err != nil {
			return err
		}
		cov, ok := v.sees(a.cov)
		if !ok {
			return nil
		}
		a.source, a.coverage = cov.source, cov.coverage
		if len(group) > 0 && group[0].ref != a.ref {
			flush()
		}
		group = append(group, a)
		return nil
	}, `SELECT ref_id, coverage_id, from_gen, observed_us, section_part, kind FROM node WHERE from_gen <= $1 AND to_gen > $1 ORDER BY ref_id, id`, gen)
	flush()
	if err == nil {
		c.Edges, err = v.countEdges(ctx)
	}
	if err != nil {
		return Counts{}, fmt.Errorf("count: %w", s.d.explain(err))
	}
	return c, nil
}

// countEdges counts distinct edges: those of one pair of ends stand together.
func (v *view) countEdges(ctx context.Context) (n int64, err error) {
	type key struct{ kind, part string }
	var from, to int64
	pair := map[key]bool{}
	err = each(ctx, v.s.r, func(rows *sql.Rows) error {
		var f, t, cov int64
		var k key
		if err := rows.Scan(&f, &t, &cov, &k.kind, &k.part); err != nil {
			return err
		}
		if _, ok := v.sees(cov); !ok {
			return nil
		}
		if f != from || t != to {
			n += int64(len(pair))
			clear(pair)
			from, to = f, t
		}
		pair[k] = true
		return nil
	}, `SELECT from_id, to_id, coverage_id, kind, part FROM edge WHERE from_gen <= $1 AND to_gen > $1 ORDER BY from_id, to_id, id`, v.gen)
	return n + int64(len(pair)), err
}
