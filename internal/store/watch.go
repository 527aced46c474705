package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// A Watch says that somebody is told when what a view lists changes.
type Watch struct {
	View    string // id of a view, kept or shipped
	Who     string // id of the caller
	Turn    int64  // from 1, counts the writes
	Since   time.Time
	Changed time.Time // when what it lists changed last; zero: not since they looked
	Body    string    // JSON, the engine's
	Seen    []byte    // the set when they looked last, in the engine's form; only of WatchSets
	Told    []byte    // the set of the last comparison; only of WatchSets
}

// maxWatch bounds one set of a watch, in bytes.
const maxWatch = 1 << 20

// PutWatch adds a watch where w.Turn is 0, and otherwise changes the one of that
// turn. The error wraps drover.ErrConflict where another writer was first, or there is
// such a watch already.
func (s *Store) PutWatch(ctx context.Context, w Watch) error {
	if w.View == "" || w.Who == "" || max(len(w.View), len(w.Who)) > maxName || len(w.Body) > maxView || max(len(w.Seen), len(w.Told)) > maxWatch || !storable(w.View+w.Who+w.Body) {
		return fmt.Errorf("watch view %.80q: its id is empty, over %d bytes or no UTF-8 text, or it is too large: %w", w.View, maxName, drover.ErrInvalid)
	}
	changed := sql.NullInt64{Int64: micros(w.Changed), Valid: !w.Changed.IsZero()}
	if w.Seen == nil {
		w.Seen = []byte{}
	}
	if w.Told == nil {
		w.Told = []byte{}
	}
	err := s.write(ctx, func(t *tx) error {
		query, args := `INSERT INTO view_watch (view_id, who, turn, since_us, changed_us, body, seen, told) VALUES ($1, $2, 1, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, []any{w.View, w.Who, micros(w.Since), changed, w.Body, w.Seen, w.Told}
		if w.Turn > 0 {
			query, args = `UPDATE view_watch SET turn = turn + 1, since_us = $3, changed_us = $4, body = $5, seen = $6, told = $7 WHERE view_id = $1 AND who = $2 AND turn = $8`, append(args, w.Turn)
		}
		r, err := t.c.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return fmt.Errorf("another writer was first: %w", drover.ErrConflict)
	})
	if err != nil {
		return fmt.Errorf("watch view %.80q: %w", w.View, err)
	}
	return nil
}

// RemoveWatch forgets a watch. The error wraps drover.ErrNotFound where there is none.
func (s *Store) RemoveWatch(ctx context.Context, view, who string) error {
	err := s.write(ctx, func(t *tx) error {
		r, err := t.c.ExecContext(ctx, `DELETE FROM view_watch WHERE view_id = $1 AND who = $2`, view, who)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return drover.ErrNotFound
	})
	if err != nil {
		return fmt.Errorf("stop watching view %.80q: %w", view, err)
	}
	return nil
}

// Watches lists the watches of somebody, or with "" of everybody, without their sets,
// in order of who and view.
func (s *Store) Watches(ctx context.Context, who string) (list []Watch, err error) {
	query, args := `SELECT view_id, who, turn, since_us, changed_us, body FROM view_watch`, []any{}
	if who != "" {
		query, args = query+` WHERE who = $1`, append(args, who)
	}
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var w Watch
		var since int64
		var changed sql.NullInt64
		if err := rows.Scan(&w.View, &w.Who, &w.Turn, &since, &changed, &w.Body); err != nil {
			return err
		}
		w.Since = timeOf(since)
		if changed.Valid {
			w.Changed = timeOf(changed.Int64)
		}
		list = append(list, w)
		return nil
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list watches: %w", s.d.explain(err))
	}
	sortBy(list, func(w Watch) [2]string { return [2]string{w.Who, w.View} })
	return list, nil
}

// WatchSets reads the sets of a watch into it. The error wraps drover.ErrNotFound
// where it is gone, and drover.ErrConflict where it has changed since it was listed.
func (s *Store) WatchSets(ctx context.Context, w *Watch) error {
	var turn int64
	err := s.r.QueryRowContext(ctx, `SELECT turn, seen, told FROM view_watch WHERE view_id = $1 AND who = $2`, w.View, w.Who).Scan(&turn, &w.Seen, &w.Told)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = drover.ErrNotFound
	case err != nil:
		err = s.d.explain(err)
	case turn != w.Turn:
		err = fmt.Errorf("another writer was first: %w", drover.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("read the watch of view %.80q: %w", w.View, err)
	}
	return nil
}
