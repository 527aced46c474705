package engine

import (
	"context"
	"errors"
	"time"

	"github.com/droverhq/drover/internal/store"
)

// Who changes a thing by what they read of it must not undo what somebody else did
// between the two: another call, another server of the same store, a command in
// another process. All of these write to one audit log, in one transaction with what
// they do. So the end of the log is noted before the look; the write is refused where
// the log has, behind that end, a change of the same thing; and the look is made anew.

// ErrMoved says that somebody else changed a thing between the look at it and the
// write; see [Engine.Steady].
var ErrMoved = store.ErrMoved

// tries is how often a change is made anew at most. Each time somebody else's was
// made.
const tries = 16

// A steady is a look and the write that rests on it.
type steady struct {
	since int64
	own   []int64 // entries that were written in its course
}

type steadyKey struct{}

// Steady returns a context whose changes of a thing fail with ErrMoved where somebody
// else changed that thing after this moment. What is read from then on is brought up to
// date first. One goroutine uses it.
func (e *Engine) Steady(ctx context.Context) (context.Context, error) {
	seq, _, err := e.store.AuditHead(ctx)
	if err != nil {
		return nil, err
	}
	gen, err := e.store.Latest(ctx)
	if err != nil {
		return nil, err
	}
	for at, n := int64(-1), 0; at < gen.ID && n < tries; n++ { // what was being made may be of before
		if err := e.Refresh(ctx); err != nil {
			return nil, err
		}
		s, err := e.Snapshot(ctx, time.Time{})
		if err != nil {
			return nil, err
		}
		at = s.Generation
	}
	return context.WithValue(ctx, steadyKey{}, &steady{since: seq}), nil
}

// Retried calls try, with a steady context each time, until nobody changed meanwhile
// what it changes.
func (e *Engine) Retried(ctx context.Context, try func(ctx context.Context) error) error {
	if e.o.ReadOnly || ctx.Value(steadyKey{}) != nil {
		return try(ctx)
	}
	for n := 1; ; n++ {
		s, err := e.Steady(ctx)
		if err != nil {
			return err
		}
		if err = try(s); n == tries || !errors.Is(err, ErrMoved) {
			return err
		}
	}
}

// condition makes an entry depend on what its context was read by.
func condition(ctx context.Context, p *store.PendingAudit) {
	if s, ok := ctx.Value(steadyKey{}).(*steady); ok {
		p.Since, p.Own = &s.since, s.own
	}
}

// wrote notes an entry that the course of a change itself wrote.
func wrote(ctx context.Context, p *store.PendingAudit) {
	if s, ok := ctx.Value(steadyKey{}).(*steady); ok {
		s.own = append(s.own, p.Row.Seq)
	}
}
