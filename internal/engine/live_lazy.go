package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/droverhq/drover"
)

// A lazy is a value that whoever asks first makes for all who ask. What failed is
// made again by who asks next. The zero lazy is ready.
type lazy[T any] struct {
	mu  sync.Mutex
	v   T
	ok  bool
	run *run
}

// A run is one attempt under way.
type run struct {
	done chan struct{}
	err  error // once done is closed
}

// get returns the value. With apart it is made apart from ctx: whoever waits may
// give up, and it is finished for the others.
func (l *lazy[T]) get(ctx context.Context, apart bool, make func(context.Context) (T, error)) (T, error) {
	for {
		v, r, mine := l.join()
		if r == nil {
			return v, nil
		}
		switch {
		case mine && apart:
			go l.attempt(context.WithoutCancel(ctx), r, make)
		case mine:
			l.attempt(ctx, r, make)
		}
		select {
		case <-r.done:
		case <-ctx.Done():
			return v, ctx.Err()
		}
		canceled := errors.Is(r.err, context.Canceled) || errors.Is(r.err, context.DeadlineExceeded)
		if r.err != nil && (mine || !canceled || ctx.Err() != nil) {
			return v, r.err
		}
	}
}

// join returns the value, or the attempt under way, which is the caller's to make
// where mine is true.
func (l *lazy[T]) join() (v T, r *run, mine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ok {
		return l.v, nil, false
	}
	if mine = l.run == nil; mine {
		l.run = &run{done: make(chan struct{})}
	}
	return v, l.run, mine
}

func (l *lazy[T]) attempt(ctx context.Context, r *run, make func(context.Context) (T, error)) {
	var v T
	err := fmt.Errorf("it was given up: %w", drover.ErrInvalid)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if r.err = err; err == nil {
			l.v, l.ok = v, true
		}
		l.run = nil
		close(r.done)
	}()
	v, err = make(ctx)
}

// peek returns the value where it was made.
func (l *lazy[T]) peek() (T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.v, l.ok
}

// put sets the value that another lazy made.
func (l *lazy[T]) put(v T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.v, l.ok = v, true
}
