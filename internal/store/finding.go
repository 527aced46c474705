package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A StoredFinding is a finding with its history.
type StoredFinding struct {
	drover.Finding
	Opened   int       // how often it was opened; above 1 it came back
	OpenedAt time.Time // when it was last opened
	Shape    string    // see FindingShape
}

// A FindingStage takes what one run of checks finds. It is written bit by bit;
// what a run that is not finished left is complete findings, and none of the
// others is taken for fixed.
type FindingStage struct {
	s    *Store
	at   int64
	list []drover.Finding
}

// findingBatch is how many findings are written in one transaction.
const findingBatch = 1000

// StageFindings begins a run at a moment.
func (s *Store) StageFindings(at time.Time) *FindingStage { return &FindingStage{s: s, at: micros(at)} }

// Put adds a finding. It keeps no reference to it.
func (g *FindingStage) Put(ctx context.Context, f drover.Finding) error {
	if err := f.Valid(); err != nil {
		return err
	}
	g.list = append(g.list, f)
	if len(g.list) < findingBatch {
		return nil
	}
	return g.flush(ctx)
}

// Finish writes what is left, and ends the findings of the checks that ran and
// were not put again: those that why is asked of, with the reason it gives. It
// returns what was opened for the first time, came back and was fixed.
func (g *FindingStage) Finish(ctx context.Context, run CheckRun, checks []string, why func(f drover.Finding) string) (FindingCounts, error) {
	if err := g.flush(ctx); err != nil {
		return FindingCounts{}, err
	}
	var c FindingCounts
	for _, id := range checks {
		gone, err := g.s.unseenFindings(ctx, id, g.at)
		if err != nil {
			return c, err
		}
		for len(gone) > 0 {
			n := min(len(gone), findingBatch)
			if err := g.s.endFindings(ctx, gone[:n], g.at, why); err != nil {
				return c, err
			}
			c.Fixed += n
			gone = gone[n:]
		}
	}
	err := g.s.write(ctx, func(t *tx) error {
		id, err := t.nextID("check_run")
		if err != nil {
			return err
		}
		if err := t.exec(`INSERT INTO check_run (id, gen, at_us, took_us, body) VALUES ($1, $2, $3, $4, $5)`, id, run.Generation, g.at, run.Took.Microseconds(), run.Body); err != nil {
			return err
		}
		return t.c.QueryRowContext(ctx, `SELECT coalesce(sum(CASE WHEN first_us = $1 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN open_us = $1 AND first_us < $1 THEN 1 ELSE 0 END), 0) FROM finding WHERE open_us = $1`, g.at).Scan(&c.New, &c.Regressed)
	})
	if err != nil {
		return c, fmt.Errorf("end a run of checks: %w", err)
	}
	return c, nil
}

// FindingCounts are the changes that one run made.
type FindingCounts struct {
	New       int `json:"new"`
	Regressed int `json:"regressed"`
	Fixed     int `json:"fixed"`
}

// A CheckRun is one run of checks.
type CheckRun struct {
	Generation int64
	At         time.Time
	Took       time.Duration
	Body       string // JSON, the engine's
}

// FindingShape is a hash of what makes a finding another one to decide about:
// its severity, what proves it and what it names, but not the numbers in its
// text, which change by themselves.
func FindingShape(f *drover.Finding) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d|%s|%s|%s\n", f.Severity, f.Fix.Action, f.Fix.Object, strings.Map(notDigit, f.What))
	for _, p := range f.Path {
		fmt.Fprintf(h, "%s\n", p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func notDigit(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}

func (g *FindingStage) flush(ctx context.Context) error {
	if len(g.list) == 0 {
		return nil
	}
	err := g.s.write(ctx, func(t *tx) error { return t.putFindings(g.list, g.at) })
	g.list = g.list[:0]
	if err != nil {
		return fmt.Errorf("write findings: %w", err)
	}
	return nil
}

// heldFinding is what the store has of a finding that is put again.
type heldFinding struct {
	id, open, severity int64
	hash               string
	ended              bool
}

func (t *tx) putFindings(list []drover.Finding, at int64) error {
	held, err := t.heldFindings(list)
	if err != nil {
		return err
	}
	next, err := t.nextID("finding")
	if err != nil {
		return err
	}
	var same []int64
	seen := map[string]bool{}
	for i := range list {
		f := &list[i]
		key := f.Fingerprint()
		if seen[key] {
			continue // a check that reports one thing twice says it once
		}
		seen[key] = true
		body, err := json.Marshal(f)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		h, ok := held[key]
		switch {
		case !ok:
			err = t.exec(`INSERT INTO finding (id, fkey, ref_id, check_id, severity, hash, shape, first_us, open_us, last_us, ended_by, opened, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, '', 1, $9)`,
				next, unhex(key), t.s.RefID(f.Subject.Ref), f.Check, int64(f.Severity), sum[:16], unhex(FindingShape(f)), at, string(body))
			next++
		case h.ended:
			err = t.exec(`UPDATE finding SET severity = $2, hash = $3, shape = $4, open_us = $5, last_us = $5, end_us = NULL, ended_by = '', opened = opened + 1, body = $6 WHERE id = $1`,
				h.id, int64(f.Severity), sum[:16], unhex(FindingShape(f)), at, string(body))
		case h.hash == string(sum[:16]):
			same = append(same, h.id)
		default:
			err = t.exec(`UPDATE finding SET severity = $2, hash = $3, shape = $4, last_us = $5, body = $6 WHERE id = $1`, h.id, int64(f.Severity), sum[:16], unhex(FindingShape(f)), at, string(body))
		}
		if err != nil {
			return err
		}
	}
	return inList(t.s.d, same, 2, func(in string, args []any) error {
		return t.exec(`UPDATE finding SET last_us = $1 WHERE id IN `+in, append([]any{at}, args...)...)
	})
}

// heldFindings returns what the store has of the findings, by fingerprint.
func (t *tx) heldFindings(list []drover.Finding) (map[string]heldFinding, error) {
	keys := make([][]byte, len(list))
	for i := range list {
		keys[i] = unhex(list[i].Fingerprint())
	}
	held := make(map[string]heldFinding, len(list))
	err := inList(t.s.d, keys, 1, func(in string, args []any) error {
		return each(t.ctx, t.c, func(rows *sql.Rows) error {
			var h heldFinding
			var key, hash []byte
			var end sql.NullInt64
			if err := rows.Scan(&h.id, &key, &hash, &h.open, &end, &h.severity); err != nil {
				return err
			}
			h.hash, h.ended = string(hash), end.Valid
			held[hex.EncodeToString(key)] = h
			return nil
		}, `SELECT id, fkey, hash, open_us, end_us, severity FROM finding WHERE fkey IN `+in, args...)
	})
	return held, err
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		return []byte(s)
	}
	return b
}

// unseenFindings lists the ids of the findings of a check that hold and were not
// put at a moment.
func (s *Store) unseenFindings(ctx context.Context, check string, at int64) (ids []int64, err error) {
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM finding WHERE check_id = $1 AND last_us < $2 AND end_us IS NULL ORDER BY id`, check, at)
	if err != nil {
		return nil, fmt.Errorf("list what is fixed: %w", s.d.explain(err))
	}
	return ids, nil
}

func (s *Store) endFindings(ctx context.Context, ids []int64, at int64, why func(drover.Finding) string) error {
	type ended struct {
		id, open, severity int64
		key                []byte
		body, by           string
	}
	var list []ended
	err := inList(s.d, ids, 1, func(in string, args []any) error {
		return each(ctx, s.r, func(rows *sql.Rows) error {
			var x ended
			if err := rows.Scan(&x.id, &x.key, &x.open, &x.severity, &x.body); err != nil {
				return err
			}
			list = append(list, x)
			return nil
		}, `SELECT id, fkey, open_us, severity, body FROM finding WHERE id IN `+in, args...)
	})
	if err != nil {
		return fmt.Errorf("read what is fixed: %w", s.d.explain(err))
	}
	for i := range list {
		var f drover.Finding
		if err := json.Unmarshal([]byte(list[i].body), &f); err != nil {
			return fmt.Errorf("finding %d: %w", list[i].id, err)
		}
		list[i].by = why(f)
	}
	return s.write(ctx, func(t *tx) error {
		next, err := t.nextID("finding_span")
		if err != nil {
			return err
		}
		for i, x := range list {
			if err := t.exec(`INSERT INTO finding_span (id, fkey, from_us, to_us, severity, ended_by) VALUES ($1, $2, $3, $4, $5, $6)`, next+int64(i), x.key, x.open, at, x.severity, x.by); err != nil {
				return err
			}
			if err := t.exec(`UPDATE finding SET end_us = $2, ended_by = $3 WHERE id = $1`, x.id, at, x.by); err != nil {
				return err
			}
		}
		return nil
	})
}
