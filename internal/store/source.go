package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// A Source is a configured source, as far as it is kept in the store and not in
// a file.
type Source struct {
	ID       string
	Kind     string          // the connector
	Config   json.RawMessage // one object: its options, secrets by reference only
	Disabled bool
	Changed  time.Time
}

// PutSource adds a source or changes the one of that id.
func (s *Store) PutSource(ctx context.Context, src Source) error {
	if src.ID == "" || len(src.ID) > maxName || src.Kind == "" || len(src.Kind) > maxName || !storable(src.ID+src.Kind+string(src.Config)) {
		return fmt.Errorf("put source %.80q: id or kind is empty, over %d bytes or no UTF-8 text: %w", src.ID, maxName, drover.ErrInvalid)
	}
	config := src.Config
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	if len(config) > drover.MaxAttrs || !json.Valid(config) {
		return fmt.Errorf("put source %s: its options are no JSON or over %d bytes: %w", src.ID, drover.MaxAttrs, drover.ErrInvalid)
	}
	disabled := 0
	if src.Disabled {
		disabled = 1
	}
	err := s.write(ctx, func(t *tx) error {
		return t.exec(`INSERT INTO source (id, kind, config, disabled, changed_us) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, config = excluded.config, disabled = excluded.disabled, changed_us = excluded.changed_us`,
			src.ID, src.Kind, string(config), disabled, micros(s.o.Now()))
	})
	if err != nil {
		return fmt.Errorf("put source %s: %w", src.ID, err)
	}
	return nil
}

// Sources lists the sources that the scope may see, in order of id.
func (s *Store) Sources(ctx context.Context, scope drover.Scope) ([]Source, error) {
	var list []Source
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var src Source
		var config string
		var disabled, changed int64
		if err := rows.Scan(&src.ID, &src.Kind, &config, &disabled, &changed); err != nil {
			return err
		}
		src.Config, src.Disabled, src.Changed = json.RawMessage(config), disabled != 0, timeOf(changed)
		if scope.Source(src.ID) {
			list = append(list, src)
		}
		return nil
	}, `SELECT id, kind, config, disabled, changed_us FROM source`)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", s.d.explain(err))
	}
	sortBy(list, func(src Source) [2]string { return [2]string{src.ID} })
	return list, nil
}

// RemoveSource forgets how a source is configured and ends all that it asserts,
// as one generation, which it returns; 0 when it asserted nothing. What it said
// stays in the history. The error wraps drover.ErrNotFound when nothing is known
// of it. To stop reading a source is no reason to remove it: what is not looked
// at is not gone.
func (s *Store) RemoveSource(ctx context.Context, id string) (int64, error) {
	var gen int64
	err := s.write(ctx, func(t *tx) error {
		var cov []any
		err := each(ctx, t.c, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			cov = append(cov, id)
			return err
		}, `SELECT id FROM coverage WHERE source = $1`, id)
		if err != nil {
			return err
		}
		res, err := t.c.ExecContext(ctx, `DELETE FROM source WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 && len(cov) == 0 {
			return drover.ErrNotFound
		}
		gen, err = t.endCoverages(cov)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("remove source %.80q: %w", id, err)
	}
	return gen, nil
}

// endCoverages ends every assertion of the coverages, evidence too, and lets
// them begin anew.
func (t *tx) endCoverages(cov []any) (int64, error) {
	for _, id := range cov {
		for _, l := range layouts {
			var n int
			err := t.c.QueryRowContext(t.ctx, `SELECT count(*) FROM (SELECT 1 FROM `+l.table+` WHERE coverage_id = $1 AND to_gen = `+open+` LIMIT 1) AS one`, id).Scan(&n)
			if err != nil {
				return 0, err
			}
			if n == 0 {
				continue
			}
			gen, err := t.generation("source removed", "")
			if err != nil {
				return 0, err
			}
			if err := t.exec(`UPDATE `+l.table+` SET to_gen = $1 WHERE coverage_id = $2 AND to_gen = `+open, gen, id); err != nil {
				return 0, fmt.Errorf("end %ss: %w", l.table, err)
			}
		}
		if err := t.exec(`UPDATE coverage SET version = version + 1, last_ok_us = NULL WHERE id = $1`, id); err != nil {
			return 0, err
		}
	}
	return t.gen, nil
}
