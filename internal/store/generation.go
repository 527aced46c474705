package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// A Generation is one committed change. Both its number and its time are greater
// than those of the one before. The zero Generation is the empty store.
type Generation struct {
	ID     int64
	At     time.Time // when Drover knew
	Reason string    // "section", "tag", "link", "source removed"
	Scan   string    // the scan it belongs to, if any
}

const generationColumns = `SELECT id, at_us, reason, scan_id FROM generation `

// Latest returns the newest generation.
func (s *Store) Latest(ctx context.Context) (Generation, error) {
	return s.generation(ctx, s.r, generationColumns+`ORDER BY id DESC LIMIT 1`)
}

// AsOf returns what was the newest generation at t, the zero one when there was
// none yet. The error wraps drover.ErrNotFound when Compact forgot that time.
func (s *Store) AsOf(ctx context.Context, t time.Time) (Generation, error) {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return Generation{}, fmt.Errorf("as of %v: the year lies outside 1 to 9999: %w", t, drover.ErrInvalid)
	}
	g, err := s.generation(ctx, s.r, generationColumns+`WHERE at_us <= $1 ORDER BY at_us DESC, id DESC LIMIT 1`, micros(t))
	if err != nil {
		return Generation{}, err
	}
	h, err := s.horizon(ctx)
	if err != nil {
		return Generation{}, err
	}
	if h > 0 && g.ID < h {
		return Generation{}, fmt.Errorf("as of %s: the history before generation %d was compacted away: %w", t.UTC().Format(time.RFC3339), h, drover.ErrNotFound)
	}
	return g, nil
}

// Generation returns one by its number; the error wraps drover.ErrNotFound when
// there is none. 0 is the empty store.
func (s *Store) Generation(ctx context.Context, id int64) (Generation, error) {
	if id == 0 {
		return Generation{}, nil
	}
	g, err := s.generation(ctx, s.r, generationColumns+`WHERE id = $1`, id)
	if err == nil && g.ID == 0 {
		err = fmt.Errorf("generation %d: %w", id, drover.ErrNotFound)
	}
	return g, err
}

func (s *Store) generation(ctx context.Context, q querier, query string, args ...any) (Generation, error) {
	var g Generation
	var at int64
	err := q.QueryRowContext(ctx, query, args...).Scan(&g.ID, &at, &g.Reason, &g.Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Generation{}, nil
	case err != nil:
		return Generation{}, fmt.Errorf("read generation: %w", s.d.explain(err))
	}
	g.At = timeOf(at)
	return g, nil
}

// generation returns the number of the generation that this transaction makes,
// making it when first asked.
func (t *tx) generation(reason, scan string) (int64, error) {
	if t.gen != 0 {
		return t.gen, nil
	}
	last, err := t.s.generation(t.ctx, t.c, generationColumns+`ORDER BY id DESC LIMIT 1`)
	if err != nil {
		return 0, err
	}
	at := micros(t.s.o.Now())
	if last.ID > 0 {
		at = max(at, micros(last.At)+1) // the clock may stand still or run back
	}
	node, err := t.nextID("node")
	if err != nil {
		return 0, err
	}
	edge, err := t.nextID("edge")
	if err != nil {
		return 0, err
	}
	err = t.exec(`INSERT INTO generation (id, at_us, reason, scan_id, node_lo, edge_lo) VALUES ($1, $2, $3, $4, $5, $6)`,
		last.ID+1, at, reason, scan, node, edge)
	if err != nil {
		return 0, fmt.Errorf("make generation %d: %w", last.ID+1, err)
	}
	t.gen = last.ID + 1
	return t.gen, nil
}

// A Mark names a state of the store: while it is the same, so is every answer
// about the present but those about scans under way.
type Mark struct {
	Generation int64 // the newest
	Decisions  int64 // about findings
	Runs       int64 // of checks
}

// Mark returns the mark of now, in one cheap query.
func (s *Store) Mark(ctx context.Context) (Mark, error) {
	var m Mark
	err := s.r.QueryRowContext(ctx, `SELECT coalesce((SELECT max(id) FROM generation), 0), coalesce((SELECT max(id) FROM decision), 0), coalesce((SELECT max(id) FROM check_run), 0)`).Scan(&m.Generation, &m.Decisions, &m.Runs)
	if err != nil {
		return Mark{}, fmt.Errorf("read mark: %w", s.d.explain(err))
	}
	return m, nil
}
