package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/droverhq/drover"
)

// cutName is where meta keeps the record of the last cut: what was removed from
// the beginning of the log, and how the log ended there. Its form, and who signed
// it, are its caller's.
const cutName = "audit_cut"

// AuditCut returns the record of the last cut; "" where none was made.
func (s *Store) AuditCut(ctx context.Context) (string, error) { return s.meta(ctx, cutName) }

// AuditBefore returns number and hash of the last entry that can be cut at a time:
// it and all before it are older. A log whose clock went back keeps what is in
// order before the first entry that is not. It returns 0 where there is none.
func (s *Store) AuditBefore(ctx context.Context, before time.Time) (seq int64, hash []byte, err error) {
	query := `SELECT seq, hash FROM audit WHERE seq < coalesce((SELECT min(seq) FROM audit WHERE at_us >= $1), 9223372036854775807) ORDER BY seq DESC LIMIT 1`
	err = s.r.QueryRowContext(ctx, query, micros(before)).Scan(&seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("look for old entries of the audit log: %w", s.d.explain(err))
	}
	return seq, hash, nil
}

// EachAudit calls fn with the entries up to a number, the oldest first.
func (s *Store) EachAudit(ctx context.Context, upTo int64, fn func(AuditRow) error) error {
	const page = 1000
	for after, n := int64(0), page; n == page; {
		var list []AuditRow
		err := each(ctx, s.r, func(rows *sql.Rows) error {
			r, err := scanAudit(rows)
			list = append(list, r)
			return err
		}, auditColumns+`seq > $1 AND seq <= $2 ORDER BY seq LIMIT 1000`, after, upTo)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", s.d.explain(err))
		}
		for _, r := range list {
			if err := fn(r); err != nil {
				return err
			}
			after = r.Seq
		}
		n = len(list)
	}
	return nil
}

// CutAudit removes the entries up to a number, which has that hash, and keeps the
// record of it in their place: in one transaction, with the entry that ctx
// carries (see [WithAudit]). An error that wraps drover.ErrConflict says that the
// log is another one by now.
func (s *Store) CutAudit(ctx context.Context, seq int64, hash []byte, record string) error {
	err := s.write(ctx, func(t *tx) error {
		var have []byte
		err := t.c.QueryRowContext(ctx, `SELECT hash FROM audit WHERE seq = $1`, seq).Scan(&have)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !bytes.Equal(have, hash) {
			return fmt.Errorf("entry %d is gone, or another one, by now; somebody else has cut it: %w", seq, drover.ErrConflict)
		}
		if err != nil {
			return err
		}
		if err := t.exec(`DELETE FROM audit WHERE seq <= $1`, seq); err != nil {
			return err
		}
		if err := t.step("cut"); err != nil {
			return err
		}
		return t.exec(`INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, cutName, record)
	})
	if err != nil {
		return fmt.Errorf("cut the audit log: %w", err)
	}
	return nil
}

// readCut is the record of the last cut as a transaction sees it.
func readCut(ctx context.Context, q querier) (record string, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, cutName).Scan(&record)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return record, err
}

const anchoredName = "audit_anchored"

// AuditAnchored is the number of the entry whose head was the first that was written
// outside this store; 0: none was yet.
func (s *Store) AuditAnchored(ctx context.Context) (int64, error) {
	v, err := s.meta(ctx, anchoredName)
	if err != nil || v == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("which end of the audit log was anchored first cannot be read: %w", drover.ErrInvalid)
	}
	return n, nil
}

// NoteAnchored keeps the number of the first head that was written, or with anew that
// of another log that now begins.
func (s *Store) NoteAnchored(ctx context.Context, seq int64, anew bool) error {
	if first, err := s.AuditAnchored(ctx); err != nil || first > 0 && !anew {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		return t.exec(`INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, anchoredName, strconv.FormatInt(seq, 10))
	})
}
