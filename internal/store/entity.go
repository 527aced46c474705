package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/droverhq/drover"
)

// An EntityLink says that a ref is a member of an entity. An entity has no
// existence of its own: it is the number that its members share.
type EntityLink struct {
	ID     int64 // of the ref; filled in by Entities
	Ref    drover.Ref
	Entity int64  // the ref's own id takes it out of any other entity
	Reason string // "same alias aws-key:AKIA…"
}

// Link makes the given refs members of the given entities, as one generation,
// which it returns; 0 when all were already. Refs that are not named stay where
// they are.
func (s *Store) Link(ctx context.Context, links []EntityLink) (int64, error) {
	for _, l := range links {
		if err := l.Ref.Valid(); err != nil {
			return 0, fmt.Errorf("link: %w", err)
		}
		if l.Entity <= 0 || len(l.Reason) > maxTag || !storable(l.Reason) {
			return 0, fmt.Errorf("link %s: the entity is not positive, or the reason over %d bytes or no UTF-8 text: %w", l.Ref, maxTag, drover.ErrInvalid)
		}
	}
	var gen int64
	err := s.write(ctx, func(t *tx) (err error) {
		gen, err = t.link(links)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("link: %w", err)
	}
	return gen, nil
}

func (t *tx) link(links []EntityLink) (int64, error) {
	type current struct{ row, entity int64 }
	have := map[int64]current{}
	err := each(t.ctx, t.c, func(rows *sql.Rows) error {
		var ref int64
		var c current
		err := rows.Scan(&ref, &c.row, &c.entity)
		have[ref] = c
		return err
	}, `SELECT ref_id, id, entity_id FROM entity WHERE to_gen = `+open)
	if err != nil {
		return 0, err
	}
	refs := make([]drover.Ref, len(links))
	for i, l := range links {
		refs[i] = l.Ref
	}
	if err := t.putRefList(refs...); err != nil {
		return 0, err
	}
	want := map[int64]EntityLink{} // the last word on each ref
	for _, l := range links {
		l.ID = t.s.RefID(l.Ref)
		want[l.ID] = l
	}
	var ended []int64
	var begun []EntityLink
	for _, l := range links {
		id := t.s.RefID(l.Ref)
		l, ok := want[id]
		if !ok {
			continue
		}
		delete(want, id)
		c, linked := have[id]
		if linked && c.entity == l.Entity || !linked && l.Entity == id {
			continue
		}
		if linked {
			ended = append(ended, c.row)
		}
		if l.Entity != id {
			begun = append(begun, l)
		}
	}
	if len(ended)+len(begun) == 0 {
		return 0, nil
	}
	return t.writeLinks(ended, begun)
}

func (t *tx) writeLinks(ended []int64, begun []EntityLink) (int64, error) {
	gen, err := t.generation("link", "")
	if err != nil {
		return 0, err
	}
	if err := t.endRows("entity", ended, gen); err != nil {
		return 0, err
	}
	id, err := t.nextID("entity")
	if err != nil {
		return 0, err
	}
	i := 0
	return gen, t.s.d.insert(t, "entity", []string{"id", "ref_id", "entity_id", "from_gen", "to_gen", "reason"}, func() ([]any, error) {
		if i == len(begun) {
			return nil, nil
		}
		l := begun[i]
		i++
		return []any{id + int64(i), l.ID, l.Entity, gen, int64(maxGen), l.Reason}, nil
	})
}

// Entities lists the memberships that hold at a generation and are not the
// default one, in order of ref. A narrow scope sees those of the nodes it sees.
func (s *Store) Entities(ctx context.Context, gen int64, scope drover.Scope) ([]EntityLink, error) {
	if err := s.beyond(ctx, gen); err != nil {
		return nil, fmt.Errorf("list entities: %w", err)
	}
	var list []EntityLink
	var ids []int64
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var l EntityLink
		if err := rows.Scan(&l.ID, &l.Ref, &l.Entity, &l.Reason); err != nil {
			return err
		}
		list, ids = append(list, l), append(ids, l.ID)
		return nil
	}, `SELECT e.ref_id, r.ref, e.entity_id, e.reason FROM entity e JOIN ref r ON r.id = e.ref_id WHERE e.from_gen <= $1 AND e.to_gen > $1`, gen)
	if err == nil && !scope.All() {
		list, err = s.visibleLinks(ctx, gen, scope, list, ids)
	}
	if err != nil {
		return nil, fmt.Errorf("list entities: %w", s.d.explain(err))
	}
	sortBy(list, func(l EntityLink) [2]string { return [2]string{string(l.Ref)} })
	return list, nil
}

func (s *Store) visibleLinks(ctx context.Context, gen int64, scope drover.Scope, list []EntityLink, ids []int64) ([]EntityLink, error) {
	v, err := s.view(ctx, gen, scope)
	if err != nil {
		return nil, err
	}
	facts, err := v.nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	shown := list[:0]
	for _, l := range list {
		if _, ok := facts[l.ID]; ok {
			shown = append(shown, l)
		}
	}
	return shown, nil
}
