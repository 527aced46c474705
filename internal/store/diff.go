package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/droverhq/drover"
)

// ChangeKind is what became of a node or an edge.
type ChangeKind string

const (
	Added   ChangeKind = "added"
	Changed ChangeKind = "changed"
	Removed ChangeKind = "removed"
)

// A Change is what happened to one node or one edge between two generations.
// Either the nodes or the edges are set; Before is nil for what was added and
// After for what was removed.
type Change struct {
	Kind       ChangeKind
	Before     *Fact
	After      *Fact
	EdgeBefore *EdgeFact
	EdgeAfter  *EdgeFact
}

// Diff yields what changed from one generation to another, earlier or later, as
// the scope sees it: the net effect, so that what came and went, or what one
// source ended while another still asserts it, is not in it. Nodes come first,
// in order of id, then edges. Who asserts a thing is no part of it.
func (s *Store) Diff(ctx context.Context, from, to int64, scope drover.Scope) iter.Seq2[Change, error] {
	return s.diff(ctx, from, to, scope, 0)
}

// DiffAbout is Diff of one node: what happened to it, and to the edges that begin or
// end there. It reads no more of the store than these, but for one walk over an index.
func (s *Store) DiffAbout(ctx context.Context, from, to int64, scope drover.Scope, ref drover.Ref) iter.Seq2[Change, error] {
	return s.diff(ctx, from, to, scope, s.RefID(ref))
}

func (s *Store) diff(ctx context.Context, from, to int64, scope drover.Scope, only int64) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		a, err := s.view(ctx, from, scope)
		if err == nil {
			var b *view
			if b, err = s.view(ctx, to, scope); err == nil {
				d := differ{s: s, a: a, b: b, only: only, yield: yield}
				if err = d.nodes(ctx); err == nil && !d.stopped {
					err = d.edges(ctx)
				}
				if d.stopped {
					return
				}
			}
		}
		if err != nil {
			yield(Change{}, fmt.Errorf("diff generations %d and %d: %w", from, to, s.d.explain(err)))
		}
	}
}

type differ struct {
	s       *Store
	a, b    *view
	only    int64 // id of the ref that is asked about; 0: everything
	yield   func(Change, error) bool
	stopped bool
}

func (d *differ) emit(c Change) bool {
	d.stopped = d.stopped || !d.yield(c, nil)
	return !d.stopped
}

// touched returns the values of a column, in order and once each, in the rows of
// a table that began or ended between the two generations: 8 bytes a row.
func (d *differ) touched(ctx context.Context, table, column, boundary string) ([]int64, error) {
	lo, hi := min(d.a.gen, d.b.gen), max(d.a.gen, d.b.gen)
	// Row ids grow with the generations, so those that began are one range of ids.
	var first sql.NullInt64
	err := d.s.r.QueryRowContext(ctx, `SELECT min(`+boundary+`) FROM generation WHERE id > $1 AND id <= $2`, lo, hi).Scan(&first)
	if err != nil || !first.Valid {
		return nil, err
	}
	if lo == 0 {
		first.Int64 = 0
	}
	about := ""
	if d.only != 0 {
		about = fmt.Sprintf(` AND %s = %d`, column, d.only)
		if table == "edge" {
			about = fmt.Sprintf(` AND (from_id = %d OR to_id = %[1]d)`, d.only)
		}
	}
	var ids []int64
	collect := func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		if len(ids) == cap(ids) && len(ids) > 1<<16 {
			slices.Sort(ids)
			ids = slices.Compact(ids)
		}
		return err
	}
	err = each(ctx, d.s.r, collect, `SELECT `+column+` FROM `+table+` WHERE id >= $1 AND from_gen > $2 AND from_gen <= $3`+about, first.Int64, lo, hi)
	if err != nil {
		return nil, err
	}
	err = each(ctx, d.s.r, collect, `SELECT `+column+` FROM `+table+` WHERE to_gen > $1 AND to_gen <= $2 AND to_gen < `+open+about, lo, hi)
	slices.Sort(ids)
	return slices.Compact(ids), err
}

func (d *differ) nodes(ctx context.Context) error {
	ids, err := d.touched(ctx, "node", "ref_id", "node_lo")
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(ids, batch) {
		before, err := d.a.nodes(ctx, chunk)
		if err != nil {
			return err
		}
		after, err := d.b.nodes(ctx, chunk)
		if err != nil {
			return err
		}
		for _, id := range chunk {
			f, had := before[id]
			g, has := after[id]
			c := Change{Kind: Changed, Before: &f, After: &g}
			switch {
			case !had && !has, had && has && sameNode(&f.Node, &g.Node):
				continue
			case !had:
				c.Kind, c.Before = Added, nil
			case !has:
				c.Kind, c.After = Removed, nil
			}
			if !d.emit(c) {
				return nil
			}
		}
	}
	return nil
}

func sameNode(a, b *drover.Node) bool {
	return a.Kind == b.Kind && a.Type == b.Type && a.Name == b.Name && slices.Equal(a.Aliases, b.Aliases) &&
		a.Created.Equal(b.Created) && a.Rotated.Equal(b.Rotated) && a.Expires.Equal(b.Expires) && bytes.Equal(a.Attrs, b.Attrs)
}

func (d *differ) edges(ctx context.Context) error {
	ids, err := d.touched(ctx, "edge", "from_id", "edge_lo")
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(ids, batch) {
		before, err := d.a.edgesFrom(ctx, chunk)
		if err != nil {
			return err
		}
		after, err := d.b.edgesFrom(ctx, chunk)
		if err != nil {
			return err
		}
		keys := maps.Clone(before)
		maps.Copy(keys, after)
		order := slices.SortedFunc(maps.Keys(keys), edgeKey.compare)
		for _, k := range order {
			f, had := before[k]
			g, has := after[k]
			c := Change{Kind: Changed, EdgeBefore: &f, EdgeAfter: &g}
			switch {
			case had && has && sameEdgeContent(&f.Edge, &g.Edge):
				continue
			case d.only != 0 && k.from != d.only && k.to != d.only:
				continue
			case !had:
				c.Kind, c.EdgeBefore = Added, nil
			case !has:
				c.Kind, c.EdgeAfter = Removed, nil
			}
			if !d.emit(c) {
				return nil
			}
		}
	}
	return nil
}

func sameEdgeContent(a, b *drover.Edge) bool {
	return bytes.Equal(a.Cond, b.Cond) && a.Technique == b.Technique && a.Grade == b.Grade && a.Proof == b.Proof
}
