package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// A SavedView is one way of looking that somebody kept.
type SavedView struct {
	ID      string
	Name    string // one owner has no two of one name
	Owner   string // who made it
	Share   string // the engine's word for who sees it
	Team    string // "": shared with none
	Version int64  // from 1, counts the changes
	Changed time.Time
	Body    string // JSON, the engine's
}

// maxView bounds a view's body, in bytes.
const maxView = 64 << 10

// PutView adds a view where v.Version is 0, and otherwise changes the one of that
// id and version. It returns the new version. Errors wrap drover.ErrConflict where
// somebody else changed it first or its owner has another view of the name, and
// drover.ErrNotFound where it is gone.
func (s *Store) PutView(ctx context.Context, v SavedView) (int64, error) {
	if v.ID == "" || v.Name == "" || max(len(v.ID), len(v.Name), len(v.Owner), len(v.Team)) > maxName || len(v.Body) > maxView || !storable(v.ID+v.Name+v.Owner+v.Share+v.Team+v.Body) {
		return 0, fmt.Errorf("save view %.80q: its id or name is empty, over %d bytes or no UTF-8 text, or it is over %d bytes in all: %w", v.Name, maxName, maxView, drover.ErrInvalid)
	}
	err := s.write(ctx, func(t *tx) error {
		var twins int
		if err := t.c.QueryRowContext(ctx, `SELECT count(*) FROM saved_view WHERE owner = $1 AND name = $2 AND id <> $3`, v.Owner, v.Name, v.ID).Scan(&twins); err != nil {
			return err
		}
		if twins > 0 {
			return fmt.Errorf("there is a view of that name already: %w", drover.ErrConflict)
		}
		now := micros(s.o.Now())
		if v.Version == 0 {
			return t.exec(`INSERT INTO saved_view (id, name, owner, share, team, version, changed_us, body) VALUES ($1, $2, $3, $4, $5, 1, $6, $7)`, v.ID, v.Name, v.Owner, v.Share, v.Team, now, v.Body)
		}
		if err := t.viewIs(v.ID, v.Version); err != nil {
			return err
		}
		return t.exec(`UPDATE saved_view SET name = $2, share = $3, team = $4, version = version + 1, changed_us = $5, body = $6 WHERE id = $1`, v.ID, v.Name, v.Share, v.Team, now, v.Body)
	})
	if err != nil {
		return 0, fmt.Errorf("save view %.80q: %w", v.Name, err)
	}
	return v.Version + 1, nil
}

// viewIs refuses a view of another version.
func (t *tx) viewIs(id string, version int64) error {
	var have int64
	if err := t.c.QueryRowContext(t.ctx, `SELECT coalesce(max(version), 0) FROM saved_view WHERE id = $1`, id).Scan(&have); err != nil {
		return err
	}
	switch {
	case have == 0:
		return drover.ErrNotFound
	case have != version:
		return fmt.Errorf("it has version %d, not %d: somebody changed it; read it again: %w", have, version, drover.ErrConflict)
	}
	return nil
}

// RemoveView forgets a view of a version, and who watches it; 0 stands for any.
// Errors are those of PutView.
func (s *Store) RemoveView(ctx context.Context, id string, version int64) error {
	err := s.write(ctx, func(t *tx) error {
		if version != 0 {
			if err := t.viewIs(id, version); err != nil {
				return err
			}
		}
		res, err := t.c.ExecContext(ctx, `DELETE FROM saved_view WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return drover.ErrNotFound
		}
		return t.exec(`DELETE FROM view_watch WHERE view_id = $1`, id)
	})
	if err != nil {
		return fmt.Errorf("remove view %.80q: %w", id, err)
	}
	return nil
}

// Views lists all views, in order of name and id.
func (s *Store) Views(ctx context.Context) (list []SavedView, err error) {
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var v SavedView
		var changed int64
		if err := rows.Scan(&v.ID, &v.Name, &v.Owner, &v.Share, &v.Team, &v.Version, &changed, &v.Body); err != nil {
			return err
		}
		v.Changed = timeOf(changed)
		list = append(list, v)
		return nil
	}, `SELECT id, name, owner, share, team, version, changed_us, body FROM saved_view`)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", s.d.explain(err))
	}
	sortBy(list, func(v SavedView) [2]string { return [2]string{v.Name, v.ID} })
	return list, nil
}
