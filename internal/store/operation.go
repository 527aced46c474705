package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/droverhq/drover"
)

// An Operation is work that takes longer than an answer may, as it is kept.
type Operation struct {
	ID      string
	Kind    string
	State   string // the engine's word; "running" while its holder works on it
	Holder  string // the process that works on it
	Started time.Time
	Beat    time.Time // when its holder last said that it lives
	Ended   time.Time // zero: it goes on
	Body    string    // JSON, the engine's
	Undo    string    // JSON, the engine's; "": nothing to take back. Lists leave it out
}

// Running is the state of an operation that goes on.
const Running = "running"

// PutOperation keeps the state of an operation. It changes one that this holder
// began and that still runs, or that has ended; one that is done anybody may call
// undone; none that was declared interrupted runs again: the error wraps
// drover.ErrConflict then.
func (s *Store) PutOperation(ctx context.Context, o Operation) error {
	if o.ID == "" || len(o.ID) > maxName || !storable(o.ID+o.Kind+o.State+o.Holder+o.Body+o.Undo) {
		return fmt.Errorf("keep operation %.80q: the id is empty, over %d bytes or something is no UTF-8 text: %w", o.ID, maxName, drover.ErrInvalid)
	}
	var ended any
	if !o.Ended.IsZero() {
		ended = micros(o.Ended)
	}
	err := s.write(ctx, func(t *tx) error {
		res, err := t.c.ExecContext(ctx, `INSERT INTO operation (id, kind, state, holder, started_us, beat_us, ended_us, body, undo) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, beat_us = excluded.beat_us, ended_us = excluded.ended_us, body = excluded.body, undo = excluded.undo
			WHERE operation.holder = excluded.holder AND (operation.state = 'running' OR excluded.state <> 'running') OR operation.state = 'done' AND excluded.state = 'undone'`,
			o.ID, o.Kind, o.State, o.Holder, micros(o.Started), micros(s.o.Now()), ended, o.Body, o.Undo)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return fmt.Errorf("another process holds it, or it was declared ended: %w", drover.ErrConflict)
	})
	if err != nil {
		return fmt.Errorf("keep operation %s: %w", o.ID, err)
	}
	return nil
}

// InterruptOperations declares interrupted what runs in the name of another holder
// and was last heard of before a moment. It returns their ids.
func (s *Store) InterruptOperations(ctx context.Context, holder string, before time.Time) (ids []string, err error) {
	dead := func(q querier) (ids []string, err error) {
		err = each(ctx, q, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		}, `SELECT id FROM operation WHERE state = 'running' AND holder <> $1 AND beat_us < $2 ORDER BY id`, holder, micros(before))
		return ids, err
	}
	if ids, err = dead(s.r); err == nil && len(ids) > 0 {
		err = s.write(ctx, func(t *tx) (err error) {
			if ids, err = dead(t.c); err != nil {
				return err
			}
			return inList(s.d, ids, 2, func(in string, args []any) error {
				return t.exec(`UPDATE operation SET state = 'interrupted', ended_us = $1 WHERE id IN `+in, append([]any{micros(s.o.Now())}, args...)...)
			})
		})
	}
	if err != nil {
		return nil, fmt.Errorf("end operations of processes that are gone: %w", s.d.explain(err))
	}
	return ids, nil
}

const operationColumns = `SELECT id, kind, state, holder, started_us, beat_us, ended_us, body`

func scanOperation(rows *sql.Rows, more ...any) (Operation, error) {
	var o Operation
	var started, beat int64
	var ended sql.NullInt64
	err := rows.Scan(append([]any{&o.ID, &o.Kind, &o.State, &o.Holder, &started, &beat, &ended, &o.Body}, more...)...)
	o.Started, o.Beat, o.Ended = timeOf(started), timeOf(beat), nullTime(ended)
	return o, err
}

// Operations lists the latest operations, the newest first, without what undoes
// them.
func (s *Store) Operations(ctx context.Context, limit int) (list []Operation, err error) {
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		o, err := scanOperation(rows)
		list = append(list, o)
		return err
	}, operationColumns+` FROM operation ORDER BY started_us DESC, id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list operations: %w", s.d.explain(err))
	}
	return list, nil
}

// Operation returns one by its id, with what undoes it. The error wraps
// drover.ErrNotFound where there is none.
func (s *Store) Operation(ctx context.Context, id string) (o Operation, err error) {
	found := false
	err = each(ctx, s.r, func(rows *sql.Rows) (err error) {
		var undo string
		o, err = scanOperation(rows, &undo)
		o.Undo, found = undo, true
		return err
	}, operationColumns+`, undo FROM operation WHERE id = $1`, id)
	switch {
	case err != nil:
		return o, fmt.Errorf("read operation %.80q: %w", id, s.d.explain(err))
	case !found:
		return o, fmt.Errorf("operation %.80q: %w", id, drover.ErrNotFound)
	}
	return o, nil
}

// ForgetOperations removes those that ended before a moment.
func (s *Store) ForgetOperations(ctx context.Context, before time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		return t.exec(`DELETE FROM operation WHERE state <> 'running' AND ended_us < $1`, micros(before))
	})
	if err != nil {
		return fmt.Errorf("forget operations: %w", err)
	}
	return nil
}

// NextEra counts the lives of what numbers its events: each call returns one more
// than the one before, from 1, also after a restart.
func (s *Store) NextEra(ctx context.Context) (era int64, err error) {
	err = s.write(ctx, func(t *tx) error {
		var text string
		err := t.c.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'event_era'`).Scan(&text)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		have, _ := strconv.ParseInt(text, 10, 64)
		era = have + 1
		return t.exec(`INSERT INTO meta (name, value) VALUES ('event_era', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, strconv.FormatInt(era, 10))
	})
	if err != nil {
		return 0, fmt.Errorf("number the events: %w", err)
	}
	return era, nil
}

// Exclusive reports whether no other process can write to the store while this
// one has it open.
func (s *Store) Exclusive() bool { return s.d.name() == "sqlite" && !s.o.ReadOnly }
