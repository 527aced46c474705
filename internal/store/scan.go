package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// ScanStart begins a scan.
type ScanStart struct {
	ID      string    // "": the next of s-YYYYMMDD-N
	Started time.Time // zero: now
	Lease   *Lease    // in whose name it writes; nil: nobody's. Once it was taken over, nothing more is written
}

// A ScanRun is a scan that is going on. Its sections may run side by side.
type ScanRun struct {
	ID string

	s     *Store
	lease *Lease
}

// A ScanSource is how one source of a scan went.
type ScanSource struct {
	ID     string        `json:"id"`
	Kind   string        `json:"kind"` // the connector
	Status drover.Status `json:"status"`
	Error  string        `json:"error,omitempty"`
}

// ScanEnd ends a scan.
type ScanEnd struct {
	Ended   time.Time // zero: now
	Status  drover.Status
	Sources []ScanSource
}

// BeginScan records that a scan began. The error wraps drover.ErrConflict when
// there is one of that id.
func (s *Store) BeginScan(ctx context.Context, start ScanStart) (*ScanRun, error) {
	if start.Started.IsZero() {
		start.Started = s.o.Now()
	}
	if len(start.ID) > maxName || !storable(start.ID) {
		return nil, fmt.Errorf("begin scan: the id is over %d bytes or no text: %w", maxName, drover.ErrInvalid)
	}
	err := s.write(ctx, func(t *tx) error {
		if err := t.holds(start.Lease); err != nil {
			return err
		}
		id, n := start.ID, 0
		if id == "" {
			day := start.Started.UTC().Format("s-20060102-")
			if err := t.c.QueryRowContext(ctx, `SELECT count(*) FROM scan WHERE id LIKE $1`, day+"%").Scan(&n); err != nil {
				return err
			}
			id = fmt.Sprintf("%s%d", day, n+1)
		}
		for {
			res, err := t.c.ExecContext(ctx, `INSERT INTO scan (id, started_us, status) VALUES ($1, $2, '') ON CONFLICT (id) DO NOTHING`, id, micros(start.Started))
			if err != nil {
				return err
			}
			if made, err := res.RowsAffected(); err != nil || made > 0 {
				start.ID = id
				return err
			}
			if start.ID != "" {
				return fmt.Errorf("there is a scan %q already: %w", start.ID, drover.ErrConflict)
			}
			n++
			id = fmt.Sprintf("%s%d", start.Started.UTC().Format("s-20060102-"), n+1)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("begin scan: %w", err)
	}
	return &ScanRun{ID: start.ID, s: s, lease: start.Lease}, nil
}

// End records how the scan went. A scan that was never ended shows an empty
// status; what its sections committed stands.
func (r *ScanRun) End(ctx context.Context, end ScanEnd) error {
	if end.Ended.IsZero() {
		end.Ended = r.s.o.Now()
	}
	err := r.s.write(ctx, func(t *tx) error {
		if err := t.holds(r.lease); err != nil {
			return err
		}
		if err := t.exec(`UPDATE scan SET ended_us = $1, status = $2 WHERE id = $3`, micros(end.Ended), string(end.Status), r.ID); err != nil {
			return err
		}
		for _, src := range end.Sources {
			err := t.exec(`INSERT INTO scan_source (scan_id, source, kind, status, error) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (scan_id, source) DO UPDATE SET kind = excluded.kind, status = excluded.status, error = excluded.error`,
				r.ID, clean(src.ID), clean(src.Kind), string(src.Status), clean(src.Error))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end scan %s: %w", r.ID, err)
	}
	return nil
}

// A Scan is one that the store knows of.
type Scan struct {
	ID             string
	Started, Ended time.Time // Ended is zero while it runs, and when it was killed
	Status         drover.Status
	Sources        []ScanSource
	Sections       []SectionResult // in the order of their commits
}

// Scans lists the latest scans, newest first, with what the scope may see of
// them; a scan of which it may see nothing is left out.
func (s *Store) Scans(ctx context.Context, scope drover.Scope, limit int) ([]Scan, error) {
	var list []Scan
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var c Scan
		var started int64
		var ended sql.NullInt64
		if err := rows.Scan(&c.ID, &started, &ended, &c.Status); err != nil {
			return err
		}
		c.Started, c.Ended = timeOf(started), nullTime(ended)
		list = append(list, c)
		return nil
	}, `SELECT id, started_us, ended_us, status FROM scan ORDER BY started_us DESC, id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list scans: %w", s.d.explain(err))
	}
	shown := list[:0]
	for _, c := range list {
		if err := s.fillScan(ctx, scope, &c); err != nil {
			return nil, fmt.Errorf("read scan %s: %w", c.ID, s.d.explain(err))
		}
		if scope.All() || len(c.Sources)+len(c.Sections) > 0 {
			shown = append(shown, c)
		}
	}
	return shown, nil
}

func (s *Store) fillScan(ctx context.Context, scope drover.Scope, c *Scan) error {
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var src ScanSource
		if err := rows.Scan(&src.ID, &src.Kind, &src.Status, &src.Error); err != nil {
			return err
		}
		if scope.Source(src.ID) {
			c.Sources = append(c.Sources, src)
		}
		return nil
	}, `SELECT source, kind, status, error FROM scan_source WHERE scan_id = $1 ORDER BY source`, c.ID)
	if err != nil {
		return err
	}
	c.Sections, err = s.sections(ctx, scope, `WHERE s.scan_id = $1 ORDER BY s.id`, c.ID)
	return err
}

func (s *Store) sections(ctx context.Context, scope drover.Scope, where string, args ...any) ([]SectionResult, error) {
	var list []SectionResult
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var r SectionResult
		var observed, committed int64
		var body, changes string
		if err := rows.Scan(&r.Scan, &r.Source, &observed, &committed, &r.Generation, &body, &changes); err != nil {
			return err
		}
		if !scope.Source(r.Source) {
			return nil
		}
		r.Observed, r.Committed = timeOf(observed), timeOf(committed)
		if err := json.Unmarshal([]byte(body), &r.Section); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(changes), &r.Changes); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	}, `SELECT s.scan_id, c.source, s.observed_us, s.committed_us, s.gen, s.body, s.changes
		FROM section s JOIN coverage c ON c.id = s.coverage_id `+where, args...)
	return list, err
}

// A LastSection is how a coverage of a source stands.
type LastSection struct {
	SectionResult           // the latest one, whatever its status
	LastOK        time.Time // the observation of the latest that was ok; zero: none ever was
	ReadOK        time.Time // when that was read: what a file says may be older; zero: not known
}

// LastSections lists the state of every coverage that the scope may see, in
// order of source and coverage.
func (s *Store) LastSections(ctx context.Context, scope drover.Scope) ([]LastSection, error) {
	list, err := s.sections(ctx, scope, `WHERE s.id IN (SELECT max(id) FROM section GROUP BY coverage_id)`)
	if err != nil {
		return nil, fmt.Errorf("list the last sections: %w", s.d.explain(err))
	}
	ok := map[[2]string][2]time.Time{}
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var k [2]string
		var us, read sql.NullInt64
		if err := rows.Scan(&k[0], &k[1], &us, &read); err != nil {
			return err
		}
		ok[k] = [2]time.Time{nullTime(us), nullTime(read)}
		return nil
	}, `SELECT c.source, c.coverage, c.last_ok_us, (SELECT s.committed_us FROM section s WHERE s.coverage_id = c.id AND s.status = 'ok' ORDER BY s.id DESC LIMIT 1) FROM coverage c`)
	if err != nil {
		return nil, fmt.Errorf("list the last sections: %w", s.d.explain(err))
	}
	last := make([]LastSection, len(list))
	for i, r := range list {
		at := ok[[2]string{r.Source, r.Section.Coverage}]
		last[i] = LastSection{r, at[0], at[1]}
	}
	sortBy(last, func(l LastSection) [2]string { return [2]string{l.Source, l.Section.Coverage} })
	return last, nil
}

func nullTime(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return timeOf(us.Int64)
}
