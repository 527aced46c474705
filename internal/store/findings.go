package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// EachFinding calls fn for every finding, those that were fixed included, in the
// order in which they were first found.
func (s *Store) EachFinding(ctx context.Context, fn func(StoredFinding) error) error {
	err := each(ctx, s.r, scanFinding(fn), `SELECT `+findingColumns+` FROM finding ORDER BY id`)
	if err != nil {
		return fmt.Errorf("read findings: %w", s.d.explain(err))
	}
	return nil
}

// FindingsAbout lists the findings about some subjects, fixed ones included, in
// the order in which they were first found.
func (s *Store) FindingsAbout(ctx context.Context, refs []drover.Ref) (list []StoredFinding, err error) {
	ids := make([]int64, len(refs))
	for i, r := range refs {
		ids[i] = s.RefID(r)
	}
	err = inList(s.d, ids, 1, func(in string, args []any) error {
		return each(ctx, s.r, scanFinding(func(f StoredFinding) error {
			list = append(list, f)
			return nil
		}), `SELECT `+findingColumns+` FROM finding WHERE ref_id IN `+in+` ORDER BY id`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("read findings: %w", s.d.explain(err))
	}
	return list, nil
}

const findingColumns = `body, shape, first_us, open_us, last_us, end_us, ended_by, opened`

func scanFinding(fn func(StoredFinding) error) func(rows *sql.Rows) error {
	return func(rows *sql.Rows) error {
		var f StoredFinding
		var body string
		var shape []byte
		var first, opened, last int64
		var end sql.NullInt64
		var endedBy string
		if err := rows.Scan(&body, &shape, &first, &opened, &last, &end, &endedBy, &f.Opened); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &f.Finding); err != nil {
			return err
		}
		f.Shape = hex.EncodeToString(shape)
		f.FirstSeen, f.OpenedAt, f.LastSeen = timeOf(first), timeOf(opened), timeOf(last)
		f.State = drover.FindingOpen
		switch {
		case end.Valid:
			f.State, f.FixedAt, f.FixedBy = drover.FindingFixed, timeOf(end.Int64), endedBy
		case f.Opened > 1:
			f.State = drover.FindingRegressed
		}
		return fn(f)
	}
}

// OpenChecks lists the checks that have findings that hold.
func (s *Store) OpenChecks(ctx context.Context) (ids []string, err error) {
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT DISTINCT check_id FROM finding WHERE end_us IS NULL ORDER BY check_id`)
	if err != nil {
		return nil, fmt.Errorf("list the checks of findings: %w", s.d.explain(err))
	}
	return ids, nil
}

// A FindingSpan is a time in which a finding held. To is zero while it does.
type FindingSpan struct {
	Fingerprint string
	From, To    time.Time
	Severity    drover.Severity
	EndedBy     string
}

// FindingSpans lists when findings held, for counts over time.
func (s *Store) FindingSpans(ctx context.Context) (list []FindingSpan, err error) {
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var x FindingSpan
		var key []byte
		var from, severity int64
		var to sql.NullInt64
		if err := rows.Scan(&key, &from, &to, &severity, &x.EndedBy); err != nil {
			return err
		}
		x.Fingerprint, x.From, x.Severity = hex.EncodeToString(key), timeOf(from), drover.Severity(severity)
		if to.Valid {
			x.To = timeOf(to.Int64)
		}
		list = append(list, x)
		return nil
	}, `SELECT fkey, from_us, to_us, severity, ended_by FROM finding_span UNION ALL SELECT fkey, open_us, end_us, severity, ended_by FROM finding WHERE end_us IS NULL`)
	if err != nil {
		return nil, fmt.Errorf("read the history of findings: %w", s.d.explain(err))
	}
	return list, nil
}

// CheckRuns lists the runs of checks, the last first; limit 0: all.
func (s *Store) CheckRuns(ctx context.Context, limit int) (list []CheckRun, err error) {
	if limit <= 0 {
		limit = 1 << 30
	}
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var r CheckRun
		var at, took int64
		if err := rows.Scan(&r.Generation, &at, &took, &r.Body); err != nil {
			return err
		}
		r.At, r.Took = timeOf(at), time.Duration(took)*time.Microsecond
		list = append(list, r)
		return nil
	}, `SELECT gen, at_us, took_us, body FROM check_run ORDER BY at_us DESC, id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read the runs of checks: %w", s.d.explain(err))
	}
	return list, nil
}

// A Decision is what somebody decided about a finding.
type Decision struct {
	Fingerprint string
	Kind        string // accept, reopen, assign
	At          time.Time
	Who         string
	Body        string // JSON, the engine's
}

// Decide adds decisions, all or none.
func (s *Store) Decide(ctx context.Context, list []Decision) error {
	err := s.write(ctx, func(t *tx) error {
		next, err := t.nextID("decision")
		if err != nil {
			return err
		}
		for i, d := range list {
			if !storable(d.Kind + d.Who + d.Body) {
				return fmt.Errorf("a decision that is no UTF-8 text: %w", drover.ErrInvalid)
			}
			if err := t.exec(`INSERT INTO decision (id, fkey, kind, at_us, who, body) VALUES ($1, $2, $3, $4, $5, $6)`, next+int64(i), unhex(d.Fingerprint), d.Kind, micros(d.At), d.Who, d.Body); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	return nil
}

// Decisions lists what was decided until a moment, oldest first; the zero time
// is now.
func (s *Store) Decisions(ctx context.Context, until time.Time) (list []Decision, err error) {
	if until.IsZero() {
		until = s.o.Now()
	}
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var d Decision
		var key []byte
		var at int64
		if err := rows.Scan(&key, &d.Kind, &at, &d.Who, &d.Body); err != nil {
			return err
		}
		d.Fingerprint, d.At = hex.EncodeToString(key), timeOf(at)
		list = append(list, d)
		return nil
	}, `SELECT fkey, kind, at_us, who, body FROM decision WHERE at_us <= $1 ORDER BY id`, micros(until))
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", s.d.explain(err))
	}
	return list, nil
}
