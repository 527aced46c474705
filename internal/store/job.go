package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// A Job is work that is due every so often, as it is kept. Zero times are unknown.
type Job struct {
	ID       string
	Epoch    int64     // of its last claim
	Until    time.Time // when the claim ends by itself; zero: nobody has it
	Due      time.Time
	Started  time.Time // the last run
	Ended    time.Time
	OK       time.Time // the end of the last run that went well
	Failures int       // since then
	Error    string    // of the last failure
}

// A Lease is the claim of a job, in whose name something is written.
type Lease struct {
	Job   string
	Epoch int64
}

// Jobs lists what is known of every job, by id.
func (s *Store) Jobs(ctx context.Context) ([]Job, error) {
	var list []Job
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var j Job
		var t [5]sql.NullInt64
		if err := rows.Scan(&j.ID, &j.Epoch, &t[0], &t[1], &t[2], &t[3], &t[4], &j.Failures, &j.Error); err != nil {
			return err
		}
		j.Until, j.Due, j.Started, j.Ended, j.OK = nullTime(t[0]), nullTime(t[1]), nullTime(t[2]), nullTime(t[3]), nullTime(t[4])
		list = append(list, j)
		return nil
	}, `SELECT id, epoch, until_us, due_us, started_us, ended_us, ok_us, failures, error FROM job ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", s.d.explain(err))
	}
	return list, nil
}

// ClaimJob takes a job until a moment, provided that its epoch is still the one
// that was seen, 0 for a job that was never claimed, and, unless forced, that
// nobody has it at now. It returns the new epoch; ok is false when somebody was
// faster.
func (s *Store) ClaimJob(ctx context.Context, id string, seen int64, now, until time.Time, force bool) (epoch int64, ok bool, err error) {
	if id == "" || len(id) > maxName || !storable(id) {
		return 0, false, fmt.Errorf("claim job %.80q: the id is empty, over %d bytes or no UTF-8 text: %w", id, maxName, drover.ErrInvalid)
	}
	free := micros(now)
	if force {
		free = 1<<63 - 1
	}
	err = s.write(ctx, func(t *tx) error {
		res, err := t.c.ExecContext(ctx, `INSERT INTO job (id, epoch, until_us, failures, error) VALUES ($1, 1, $2, 0, '')
			ON CONFLICT (id) DO UPDATE SET epoch = job.epoch + 1, until_us = excluded.until_us
			WHERE job.epoch = $3 AND (job.until_us IS NULL OR job.until_us <= $4)`, id, micros(until), seen, free)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		ok = true
		return t.c.QueryRowContext(ctx, `SELECT epoch FROM job WHERE id = $1`, id).Scan(&epoch)
	})
	if err != nil {
		return 0, false, fmt.Errorf("claim job %s: %w", id, err)
	}
	return epoch, ok, nil
}

// RenewJob keeps a claim until a moment; ok is false when it was lost.
func (s *Store) RenewJob(ctx context.Context, l Lease, until time.Time) (ok bool, err error) {
	return s.changeJob(ctx, "renew", `UPDATE job SET until_us = $3 WHERE id = $1 AND epoch = $2`, l.Job, l.Epoch, micros(until))
}

// EndJob keeps how a run ended and gives the job back; ok is false when the claim
// was lost, and nothing is kept then.
func (s *Store) EndJob(ctx context.Context, l Lease, j Job) (ok bool, err error) {
	return s.changeJob(ctx, "end", `UPDATE job SET until_us = NULL, due_us = $3, started_us = $4, ended_us = $5, ok_us = $6, failures = $7, error = $8 WHERE id = $1 AND epoch = $2`,
		l.Job, l.Epoch, microsOrNull(j.Due), microsOrNull(j.Started), microsOrNull(j.Ended), microsOrNull(j.OK), j.Failures, clean(j.Error))
}

func (s *Store) changeJob(ctx context.Context, verb, statement string, args ...any) (ok bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		res, err := t.c.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		ok = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("%s job %s: %w", verb, args[0], err)
	}
	return ok, nil
}

// ForgetJobs removes jobs that are no more, but for those that somebody has.
func (s *Store) ForgetJobs(ctx context.Context, ids []string) error {
	err := s.write(ctx, func(t *tx) error {
		return inList(s.d, ids, 1, func(in string, args []any) error {
			return t.exec(`DELETE FROM job WHERE until_us IS NULL AND id IN `+in, args...)
		})
	})
	if err != nil {
		return fmt.Errorf("forget jobs: %w", err)
	}
	return nil
}

// holds returns an error wrapping drover.ErrConflict when the lease in whose name
// something is to be written was taken over. Writers queue, so that it stays true
// until the transaction ends.
func (t *tx) holds(l *Lease) error {
	if l == nil {
		return nil
	}
	var epoch int64
	err := t.c.QueryRowContext(t.ctx, `SELECT epoch FROM job WHERE id = $1`, l.Job).Scan(&epoch)
	if err == nil && epoch == l.Epoch || err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return fmt.Errorf("another server took over this scan: %w", drover.ErrConflict)
}

func microsOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return micros(t)
}
