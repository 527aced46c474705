package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// An AuditRow is one entry of the audit log. Rows are numbered from 1 without
// gaps; Seq and Hash are the store's to set.
type AuditRow struct {
	Seq     int64
	At      time.Time
	Who     string
	Action  string
	Target  string
	Outcome string
	Body    string // JSON: all else that is known of it
	Hash    []byte
}

// maxAudit bounds the body of an audit row, in bytes.
const maxAudit = 64 << 10

// hashed is the hash of a row, given the one before. Each field is preceded by
// its length, so that no two rows are hashed as the same bytes.
func (r *AuditRow) hashed(before []byte) []byte {
	h := sha256.New()
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	put([]byte("drover audit 1"))
	put(before)
	var n [16]byte
	binary.BigEndian.PutUint64(n[:8], uint64(r.Seq))
	binary.BigEndian.PutUint64(n[8:], uint64(micros(r.At)))
	put(n[:])
	for _, s := range []string{r.Who, r.Action, r.Target, r.Outcome, r.Body} {
		put([]byte(s))
	}
	return h.Sum(nil)
}

func (r *AuditRow) check() error {
	for _, s := range []string{r.Who, r.Action, r.Target, r.Outcome} {
		if len(s) > maxName || !storable(s) {
			return fmt.Errorf("audit: a field is over %d bytes or no UTF-8 text: %w", maxName, drover.ErrInvalid)
		}
	}
	if r.Action == "" || r.Outcome == "" || len(r.Body) > maxAudit || !storable(r.Body) {
		return fmt.Errorf("audit: action or outcome is empty, or the body over %d bytes or no UTF-8 text: %w", maxAudit, drover.ErrInvalid)
	}
	return nil
}

// A PendingAudit is an entry that the next write of a context commits together
// with itself: what was done and the record of it are there both or not at all.
type PendingAudit struct {
	Row     AuditRow
	Written bool // it is in the store

	// Since is the number of the newest entry when what is written was read; nil: it
	// does not matter. The write fails with ErrMoved where others have changed the
	// same since, by whatever door and in whatever process. Own are entries that are no
	// others'.
	Since *int64
	Own   []int64
}

// ErrMoved says that somebody else changed a thing between the look at it and the
// write. Whoever gets it looks again.
var ErrMoved = fmt.Errorf("somebody else changed it at the same moment; try again: %w", drover.ErrConflict)

type pendingKey struct{}

// WithAudit returns a context whose first write also writes p. One goroutine uses
// it.
func WithAudit(ctx context.Context, p *PendingAudit) context.Context {
	return context.WithValue(ctx, pendingKey{}, p)
}

// audit writes the entry that the context of a transaction carries, if it has
// one that no transaction before it wrote. It returns what to do once committed.
func (t *tx) audit() (committed func(), err error) {
	p, _ := t.ctx.Value(pendingKey{}).(*PendingAudit)
	if p == nil || p.Written {
		return func() {}, nil
	}
	if err := t.unmoved(p); err != nil {
		return nil, err
	}
	row := p.Row
	if err := t.appendAudit(&row); err != nil {
		return nil, err
	}
	if err := t.made(); err != nil {
		return nil, err
	}
	return func() { p.Row, p.Written = row, true }, nil
}

// unmoved refuses a write of what others have changed since it was read.
func (t *tx) unmoved(p *PendingAudit) error {
	if p.Since == nil {
		return nil
	}
	moved := false
	err := each(t.ctx, t.c, func(rows *sql.Rows) error {
		var seq int64
		var action, target string
		err := rows.Scan(&seq, &action, &target)
		moved = moved || !slices.Contains(p.Own, seq) && p.Row.meets(action, target)
		return err
	}, `SELECT seq, action, target FROM audit WHERE seq > $1 AND outcome IN ('done', 'partial')`, *p.Since)
	if err == nil && moved {
		err = ErrMoved
	}
	return err
}

// meets reports whether an entry may be about the same thing as r: it is of the same
// kind, and one of the two is about many things, or both are about the same one. What
// takes back an operation is about whatever that was.
func (r *AuditRow) meets(action, target string) bool {
	mine, theirs := kindOf(r.Action), kindOf(action)
	if mine == "operation" || theirs == "operation" {
		return true
	}
	return mine == theirs && (target == r.Target || target == "" || r.Target == "")
}

// kindOf is what an action changes: owners are tags, and checks change findings.
func kindOf(action string) string {
	area, _, _ := strings.Cut(action, ".")
	switch area {
	case "owner":
		return "tag"
	case "check":
		return "finding"
	}
	return area
}

// AppendAudit adds one row at the end of the log and returns it.
func (s *Store) AppendAudit(ctx context.Context, row AuditRow) (AuditRow, error) {
	err := s.write(ctx, func(t *tx) error { return t.appendAudit(&row) })
	if err != nil {
		return AuditRow{}, fmt.Errorf("append to the audit log: %w", err)
	}
	return row, nil
}

func (t *tx) appendAudit(row *AuditRow) error {
	if err := row.check(); err != nil {
		return err
	}
	seq, hash, err := auditHead(t.ctx, t.c)
	if err != nil {
		return err
	}
	row.Seq, row.At = seq+1, timeOf(micros(row.At))
	row.Hash = row.hashed(hash)
	if err := t.exec(`INSERT INTO audit (seq, at_us, who, action, target, outcome, body, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		row.Seq, micros(row.At), row.Who, row.Action, row.Target, row.Outcome, row.Body, row.Hash); err != nil {
		return fmt.Errorf("audit entry %d: the log does not end where it says; `drover audit verify` says more: %w", row.Seq, err)
	}
	if err := t.step("audited"); err != nil {
		return err
	}
	return t.exec(`INSERT INTO meta (name, value) VALUES ('audit_head', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, headText(row.Seq, row.Hash))
}

func headText(seq int64, hash []byte) string { return fmt.Sprintf("%d %x", seq, hash) }

// auditHead is the newest entry by what meta says of it. A log whose rows were
// all taken away does not begin anew.
func auditHead(ctx context.Context, q querier) (seq int64, hash []byte, err error) {
	var value string
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'audit_head'`).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read the end of the audit log: %w", err)
	}
	number, text, _ := strings.Cut(value, " ")
	if _, err := fmt.Sscanf(number, "%d", &seq); err != nil {
		return 0, nil, fmt.Errorf("the end of the audit log is not readable: %w", drover.ErrInvalid)
	}
	if hash, err = hex.DecodeString(text); err != nil {
		return 0, nil, fmt.Errorf("the end of the audit log is not readable: %w", drover.ErrInvalid)
	}
	return seq, hash, nil
}

// AuditHead returns number and hash of the newest entry; 0 where there is none.
func (s *Store) AuditHead(ctx context.Context) (seq int64, hash []byte, err error) {
	seq, hash, err = auditHead(ctx, s.r)
	return seq, hash, s.d.explain(err)
}

// An AuditQuery says which entries to list. Empty fields match all.
type AuditQuery struct {
	Who, Action, Target, Outcome string // Action "tag." matches what begins so, others match whole
	From, To                     time.Time
	Before                       int64 // only entries with smaller numbers; 0: all
	Limit                        int   // 0: all
}

// where is the condition of a query, and its values.
func (q *AuditQuery) where() (string, []any) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	for _, f := range [][2]string{{"who", q.Who}, {"target", q.Target}, {"outcome", q.Outcome}} {
		if f[1] != "" {
			add(f[0]+" = $%d", f[1])
		}
	}
	switch {
	case strings.HasSuffix(q.Action, "."):
		add("substr(action, 1, "+strconv.Itoa(len(q.Action))+") = $%d", q.Action)
	case q.Action != "":
		add("action = $%d", q.Action)
	}
	if !q.From.IsZero() {
		add("at_us >= $%d", micros(q.From))
	}
	if !q.To.IsZero() {
		add("at_us < $%d", micros(q.To))
	}
	if q.Before > 0 {
		add("seq < $%d", q.Before)
	}
	return strings.Join(where, " AND "), args
}

// AuditRows lists entries, the newest first.
func (s *Store) AuditRows(ctx context.Context, q AuditQuery) ([]AuditRow, error) {
	where, args := q.where()
	query := auditColumns + where + " ORDER BY seq DESC"
	if q.Limit > 0 {
		query += " LIMIT " + strconv.Itoa(q.Limit)
	}
	var list []AuditRow
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		r, err := scanAudit(rows)
		list = append(list, r)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list the audit log: %w", s.d.explain(err))
	}
	return list, nil
}

const auditColumns = `SELECT seq, at_us, who, action, target, outcome, body, hash FROM audit WHERE `

func scanAudit(rows *sql.Rows) (r AuditRow, err error) {
	var at int64
	err = rows.Scan(&r.Seq, &at, &r.Who, &r.Action, &r.Target, &r.Outcome, &r.Body, &r.Hash)
	r.At = timeOf(at)
	return r, err
}

// AuditCount counts the entries that a query matches, whatever its limit.
func (s *Store) AuditCount(ctx context.Context, q AuditQuery) (n int, err error) {
	where, args := q.where()
	if err := s.r.QueryRowContext(ctx, `SELECT count(*) FROM audit WHERE `+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the audit log: %w", s.d.explain(err))
	}
	return n, nil
}
