package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/droverhq/drover"
)

// Retention says what Compact may forget. A zero duration keeps for ever.
type Retention struct {
	History   time.Duration // versions that ended longer ago; what held then can no longer be asked for
	Evidence  time.Duration // evidence older than this is thinned to one value a day; at least a day, for today is never thinned
	Instances time.Duration // native ids of ephemeral identities not seen for longer
	Scans     time.Duration // records of scans that began longer ago, save the last section of each coverage
}

// Compacted says what Compact removed, in rows, save Horizon.
type Compacted struct {
	Versions, Evidence, Instances, Scans, Documents int64
	Horizon                                         Generation // the oldest that can be asked for; zero: all
}

// Compact forgets what the retention allows, in small transactions, so that it
// may be killed at any time and others may write meanwhile. What holds now is
// never touched.
func (s *Store) Compact(ctx context.Context, r Retention) (Compacted, error) {
	var done Compacted
	for _, step := range []func(context.Context, Retention, *Compacted) error{s.forgetVersions, s.thinEvidence, s.forgetInstances, s.forgetScans, s.forgetBodies} {
		if err := step(ctx, r, &done); err != nil {
			return done, fmt.Errorf("compact: %w", s.d.explain(err))
		}
	}
	if err := s.d.reclaim(ctx, s); err != nil {
		return done, fmt.Errorf("compact: give back the room: %w", s.d.explain(err))
	}
	return done, nil
}

// forgetVersions moves the horizon first, so that nobody can ask for a
// generation of which half is gone.
func (s *Store) forgetVersions(ctx context.Context, r Retention, done *Compacted) error {
	if r.History > 0 {
		// The generation that held at that time can still be asked for.
		g, err := s.generation(ctx, s.r, generationColumns+`WHERE at_us <= $1 ORDER BY at_us DESC, id DESC LIMIT 1`, micros(s.o.Now().Add(-r.History)))
		if err != nil {
			return err
		}
		have, err := s.horizon(ctx)
		if err != nil {
			return err
		}
		if g.ID > have {
			err := s.write(ctx, func(t *tx) error {
				return t.exec(`INSERT INTO meta (name, value) VALUES ('horizon', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, strconv.FormatInt(g.ID, 10))
			})
			if err != nil {
				return err
			}
		}
	}
	h, err := s.horizon(ctx)
	if err != nil || h == 0 {
		return err
	}
	if done.Horizon, err = s.Generation(ctx, h); err != nil {
		return err
	}
	for _, table := range []string{"node", "edge", "evidence", "document", "entity", "tag"} {
		n, err := s.deleteSlowly(ctx, table, `to_gen <= $1 AND to_gen < `+open, h)
		if done.Versions += n; err != nil {
			return err
		}
	}
	return nil
}

// horizon is the oldest generation that can be asked for, 0 for no limit.
func (s *Store) horizon(ctx context.Context) (int64, error) {
	v, err := s.meta(ctx, "horizon")
	if err != nil || v == "" {
		return 0, err
	}
	return strconv.ParseInt(v, 10, 64)
}

// beyond is the error for a generation older than the horizon.
func (s *Store) beyond(ctx context.Context, gen int64) error {
	h, err := s.horizon(ctx)
	if err != nil || gen == 0 || gen >= h {
		return err
	}
	return fmt.Errorf("generation %d: the history before generation %d was compacted away: %w", gen, h, drover.ErrNotFound)
}

// deleteSlowly deletes the rows of a condition on one value, some at a time.
func (s *Store) deleteSlowly(ctx context.Context, table, condition string, arg any) (int64, error) {
	var total int64
	for {
		var n int64
		err := s.write(ctx, func(t *tx) error {
			res, err := t.c.ExecContext(ctx, `DELETE FROM `+table+` WHERE id IN (SELECT id FROM `+table+` WHERE `+condition+` LIMIT 20000)`, arg)
			if err != nil {
				return err
			}
			n, err = res.RowsAffected()
			return err
		})
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

// thinEvidence keeps of each past day the last value of each piece of evidence,
// and lets the value before it stand until then: earlier than it was known a
// value is never shown.
func (s *Store) thinEvidence(ctx context.Context, r Retention, done *Compacted) error {
	if r.Evidence <= 0 {
		return nil
	}
	day := floorDiv(micros(s.o.Now().Add(-max(r.Evidence, drover.Day))), dayMicros)
	var gone []int64
	var extended []oldRow // id, and its new to_gen
	type link struct {
		cov, id, from, to, day int64
		key                    []byte
	}
	var kept, last link // the last that stays, and the one before the current
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var l link
		var observed int64
		var key sql.RawBytes
		if err := rows.Scan(&l.id, &l.cov, &key, &l.from, &l.to, &observed); err != nil {
			return err
		}
		l.key, l.day = append(l.key, key...), floorDiv(observed, dayMicros)
		chained := last.cov == l.cov && bytes.Equal(last.key, l.key) && last.to == l.from
		if !chained {
			kept = link{}
		}
		if chained && last.day == l.day && l.day < day && kept.id != 0 && kept.id != last.id {
			gone = append(gone, last.id)
			if n := len(extended) - 1; n >= 0 && extended[n].id == kept.id {
				extended[n].first = l.from
			} else {
				extended = append(extended, oldRow{kept.id, l.from})
			}
		} else {
			kept = last
			if !chained {
				kept = link{}
			}
		}
		last = l
		return nil
	}, `SELECT id, coverage_id, akey, from_gen, to_gen, observed_us FROM evidence ORDER BY coverage_id, akey, from_gen`)
	if err != nil || len(gone) == 0 {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		for _, e := range extended {
			if err := t.exec(`UPDATE evidence SET to_gen = $1 WHERE id = $2`, e.first, e.id); err != nil {
				return err
			}
		}
		done.Evidence = int64(len(gone))
		return inList(t.s.d, gone, 1, func(list string, args []any) error {
			return t.exec(`DELETE FROM evidence WHERE id IN `+list, args...)
		})
	})
}

func (s *Store) forgetInstances(ctx context.Context, r Retention, done *Compacted) (err error) {
	if r.Instances > 0 {
		done.Instances, err = s.deleteSlowly(ctx, "instance", `last_us < $1`, micros(s.o.Now().Add(-r.Instances)))
	}
	return err
}

func (s *Store) forgetScans(ctx context.Context, r Retention, done *Compacted) error {
	if r.Scans <= 0 {
		return nil
	}
	old := micros(s.o.Now().Add(-r.Scans))
	_, err := s.deleteSlowly(ctx, "section", `scan_id IN (SELECT id FROM scan WHERE started_us < $1)
		AND id NOT IN (SELECT max(id) FROM section GROUP BY coverage_id)`, old)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		const gone = `IN (SELECT id FROM scan WHERE started_us < $1 AND id NOT IN (SELECT scan_id FROM section))`
		if err := t.exec(`DELETE FROM scan_source WHERE scan_id `+gone, old); err != nil {
			return err
		}
		res, err := t.c.ExecContext(ctx, `DELETE FROM scan WHERE id `+gone, old)
		if err == nil {
			done.Scans, err = res.RowsAffected()
		}
		return err
	})
}

// forgetBodies drops the bodies that no assertion, past or present, names.
func (s *Store) forgetBodies(ctx context.Context, _ Retention, done *Compacted) error {
	return s.write(ctx, func(t *tx) error {
		res, err := t.c.ExecContext(ctx, `DELETE FROM body WHERE NOT EXISTS (SELECT 1 FROM document WHERE document.doc = body.doc)`)
		if err == nil {
			done.Documents, err = res.RowsAffected()
		}
		return err
	})
}

// Size says how big the store is.
type Size struct {
	Bytes       int64
	Live        int64 // assertions that hold
	History     int64 // assertions that ended
	Generations int64
	Oldest      Generation // the oldest that can be asked for
	Instances   int64      // native ids kept
}

// Size measures the store. It counts, so it takes a moment for a large one.
func (s *Store) Size(ctx context.Context) (Size, error) {
	z, err := s.size(ctx)
	if err != nil {
		return z, fmt.Errorf("measure the store: %w", s.d.explain(err))
	}
	return z, nil
}

// Bytes says how much room the store takes, quicker than Size counts its rows.
func (s *Store) Bytes(ctx context.Context) (int64, error) {
	n, err := s.d.bytes(ctx, s)
	if err != nil {
		return 0, fmt.Errorf("measure the store: %w", s.d.explain(err))
	}
	return n, nil
}

func (s *Store) size(ctx context.Context) (z Size, err error) {
	if z.Bytes, err = s.d.bytes(ctx, s); err != nil {
		return z, err
	}
	count := func(n *int64, query string) {
		if err == nil {
			var k int64
			err = s.r.QueryRowContext(ctx, query).Scan(&k)
			*n += k
		}
	}
	for _, l := range layouts {
		count(&z.Live, `SELECT count(*) FROM `+l.table+` WHERE to_gen = `+open)
		count(&z.History, `SELECT count(*) FROM `+l.table+` WHERE to_gen < `+open)
	}
	count(&z.Generations, `SELECT count(*) FROM generation`)
	count(&z.Instances, `SELECT count(*) FROM instance`)
	if err != nil {
		return z, err
	}
	h, err := s.horizon(ctx)
	if err != nil {
		return z, err
	}
	z.Oldest, err = s.generation(ctx, s.r, generationColumns+`WHERE id >= $1 ORDER BY id LIMIT 1`, h)
	return z, err
}
