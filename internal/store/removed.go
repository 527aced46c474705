package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/droverhq/drover"
)

// Removed returns the generation that ended the last node which is called so: by
// its ref, by its name, or by an entity id from lo to hi (0 and 0: none). Nodes that
// some source still asserts are not removed. Who may see it is for the caller to
// find out. The error wraps drover.ErrNotFound when there never was one.
func (s *Store) Removed(ctx context.Context, text string, lo, hi int64) (Generation, error) {
	ref := int64(0)
	if drover.Ref(text).Valid() == nil {
		ref = s.RefID(drover.Ref(text))
	}
	if !storable(text) {
		return Generation{}, fmt.Errorf("nothing was ever called so: %w", drover.ErrNotFound)
	}
	var gen int64
	err := s.r.QueryRowContext(ctx, `SELECT n.to_gen FROM node n WHERE n.to_gen < `+open+` AND (n.name = $1 OR n.ref_id = $2 OR n.ref_id BETWEEN $3 AND $4 OR n.ref_id IN (SELECT e.ref_id FROM entity e WHERE e.entity_id BETWEEN $3 AND $4))
		AND NOT EXISTS (SELECT 1 FROM node l WHERE l.ref_id = n.ref_id AND l.to_gen = `+open+`) ORDER BY n.to_gen DESC LIMIT 1`, text, ref, lo, max(hi, lo)).Scan(&gen)
	if errors.Is(err, sql.ErrNoRows) {
		return Generation{}, fmt.Errorf("nothing was ever called so: %w", drover.ErrNotFound)
	}
	if err != nil {
		return Generation{}, fmt.Errorf("look for what was removed: %w", s.d.explain(err))
	}
	return s.Generation(ctx, gen)
}
