package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// An Answer is what a call that changed something was answered with, kept so that
// repeating the call does nothing twice.
type Answer struct {
	Request []byte // hash of what was asked
	Running bool   // the first call has not ended
	Made    bool   // what it asked is done; without Running, its answer is lost
	Holder  string // the process that answers it
	At      time.Time

	Status  int
	Headers string // JSON, the API's
	Body    []byte
}

type callKey struct{}

// WithCall returns a context in whose name a call was claimed. The write that does
// what it asks, which is the one that also writes an audit entry (see [WithAudit]),
// notes so in the same transaction: whatever becomes of the process then, nobody
// does it again.
func WithCall(ctx context.Context, who, key string) context.Context {
	return context.WithValue(ctx, callKey{}, [2]string{who, key})
}

// made notes that the call of the transaction's context is done, if it has one.
func (t *tx) made() error {
	c, ok := t.ctx.Value(callKey{}).([2]string)
	if !ok {
		return nil
	}
	return t.exec(`UPDATE answer SET state = 'made' WHERE who = $1 AND akey = $2 AND state = 'running'`, c[0], c[1])
}

// maxAnswer bounds what is kept of one answer, in bytes.
const maxAnswer = 4 << 20

// ClaimAnswer begins a call under a caller's key: it returns nil where the call is
// to be made, and the answer, or that it is running, where it was made before.
// Answers before since are forgotten, and so is a call that a process began which
// is given up, by what abandoned says of it, unless what it asked was done before.
func (s *Store) ClaimAnswer(ctx context.Context, who, key string, request []byte, holder string, since time.Time, abandoned func(Answer) bool) (*Answer, error) {
	if who == "" || key == "" || max(len(who), len(key)) > maxName || !storable(who+key+holder) {
		return nil, fmt.Errorf("a key for repeating a call is empty, over %d bytes or no UTF-8 text: %w", maxName, drover.ErrInvalid)
	}
	var found *Answer
	err := s.write(ctx, func(t *tx) error {
		found = nil
		if err := t.exec(`DELETE FROM answer WHERE at_us < $1`, micros(since)); err != nil {
			return err
		}
		a, err := t.answer(who, key)
		if err != nil {
			return err
		}
		gone := a != nil && a.Running && abandoned(*a)
		if gone && a.Made {
			a.Running = false
		}
		if a != nil && !(gone && !a.Made && bytes.Equal(a.Request, request)) {
			found = a
			return nil
		}
		if err := t.exec(`DELETE FROM answer WHERE who = $1 AND akey = $2`, who, key); err != nil {
			return err
		}
		return t.exec(`INSERT INTO answer (who, akey, request, state, holder, at_us, status, headers, body) VALUES ($1, $2, $3, 'running', $4, $5, 0, '', $6)`,
			who, key, request, holder, micros(s.o.Now()), []byte{})
	})
	if err != nil {
		return nil, fmt.Errorf("begin a call that may be repeated: %w", s.d.explain(err))
	}
	return found, nil
}

func (t *tx) answer(who, key string) (*Answer, error) {
	var a Answer
	var state string
	var at int64
	err := t.c.QueryRowContext(t.ctx, `SELECT request, state, holder, at_us, status, headers, body FROM answer WHERE who = $1 AND akey = $2`, who, key).Scan(&a.Request, &state, &a.Holder, &at, &a.Status, &a.Headers, &a.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	a.Running, a.Made, a.At = state == "running" || state == "made", state == "made" || state == "lost", timeOf(at)
	return &a, err
}

// KeepAnswer ends a call that was claimed with what it was answered with.
func (s *Store) KeepAnswer(ctx context.Context, who, key string, a Answer) error {
	if len(a.Body) > maxAnswer || len(a.Headers) > maxAnswer {
		return fmt.Errorf("keep an answer of over %d bytes: %w", maxAnswer, drover.ErrInvalid)
	}
	if a.Body == nil {
		a.Body = []byte{}
	}
	err := s.write(ctx, func(t *tx) error {
		return t.exec(`UPDATE answer SET state = 'done', status = $3, headers = $4, body = $5 WHERE who = $1 AND akey = $2`, who, key, a.Status, a.Headers, a.Body)
	})
	if err != nil {
		return fmt.Errorf("keep an answer: %w", s.d.explain(err))
	}
	return nil
}

// DropAnswer forgets a call that was claimed and changed nothing; one that changed
// something is done, and has no answer.
func (s *Store) DropAnswer(ctx context.Context, who, key string) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.exec(`UPDATE answer SET state = 'lost' WHERE who = $1 AND akey = $2 AND state = 'made'`, who, key); err != nil {
			return err
		}
		return t.exec(`DELETE FROM answer WHERE who = $1 AND akey = $2 AND state = 'running'`, who, key)
	})
	if err != nil {
		return fmt.Errorf("forget a call: %w", s.d.explain(err))
	}
	return nil
}
