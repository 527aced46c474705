package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
	"weak"

	"github.com/droverhq/drover/internal/store"
)

// Answers that a whole page shows, such as home, are about everything: they are made
// anew when the estate, the findings, the decisions about them or the state of a
// source is another one. In a large estate that is done beside, and who asks is
// answered with the one before until then, as with snapshots: who writes waits for
// the new one, for a while.

// pages keep the last answers of a slot.
type pages struct {
	mu   sync.Mutex
	last map[string]*wholePage // by name
}

type wholePage struct {
	of   wholeOf
	v    any
	next func(context.Context) error // makes the next one, if there is to be one
	run  *run                        // while it does
}

// wholeOf is what an answer is made of. It keeps nothing of it in memory.
type wholeOf struct {
	held    weak.Pointer[held]
	found   weak.Pointer[findings]
	mark    store.Mark
	sources string
}

// page returns an answer about the present that a whole page shows.
func page[T any](ctx context.Context, e *Engine, name string, make func(context.Context) (T, error)) (T, error) {
	if e.memory == nil {
		return make(ctx)
	}
	var none T
	s, of, err := e.wholeOf(ctx)
	if err != nil {
		return none, err
	}
	slot := e.memory.slot(e)
	if last, current := slot.pages.ask(name, of); last != nil && (current || s.Len() >= largeFrom) {
		if !current {
			slot.freshen(e.memory, name)
		}
		return last.(T), nil
	}
	next := func(ctx context.Context) (v T, err error) {
		s, of, err := e.wholeOf(ctx)
		if err != nil {
			return none, err
		}
		if last, current := slot.pages.ask(name, of); current {
			return last.(T), nil
		}
		key := fmt.Sprintf("%s %v %p %s", name, of.mark, of.found.Value(), of.sources)
		v, err = memoised(ctx, &s.held.memos, key, func(T) int { return 1 << 10 }, make)
		if err == nil {
			slot.pages.keep(name, of, v)
		}
		return v, err
	}
	v, err := next(ctx)
	if err == nil {
		slot.pages.next(name, func(ctx context.Context) error { _, err := next(ctx); return err })
	}
	return v, err
}

// wholeOf is what an answer would be made of now.
func (e *Engine) wholeOf(ctx context.Context) (s *Snapshot, of wholeOf, err error) {
	if s, err = e.Snapshot(ctx, time.Time{}); err != nil {
		return nil, of, err
	}
	f, err := e.memory.foundOf(ctx, e)
	if err != nil {
		return nil, of, err
	}
	of.held, of.found = weak.Make(s.held), weak.Make(f)
	if of.mark, err = e.store.Mark(ctx); err != nil {
		return nil, of, err
	}
	sources, err := e.SourceStates(ctx)
	if err != nil {
		return nil, of, err
	}
	raw, err := json.Marshal(sources)
	if err != nil {
		return nil, of, fmt.Errorf("state of the sources: %w", err)
	}
	of.sources = string(raw)
	return s, of, nil
}

// ask returns the last answer of a name, nil where there is none, and whether it is
// what would be made now.
func (p *pages) ask(name string, of wholeOf) (last any, current bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.last[name]
	if x == nil {
		return nil, false
	}
	return x.v, x.of == of
}

// keep notes an answer.
func (p *pages) keep(name string, of wholeOf, v any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.last = map[string]*wholePage{}
	}
	if p.last[name] == nil {
		p.last[name] = &wholePage{}
	}
	p.last[name].of, p.last[name].v = of, v
}

// next notes how the next answer is made.
func (p *pages) next(name string, next func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.last[name]; x != nil {
		x.next = next
	}
}

// freshen makes an answer anew beside, where it is of before, once for all who want
// it; nil where nobody knows how, or the server stops.
func (s *slot) freshen(l *memory, name string) *run {
	s.pages.mu.Lock()
	defer s.pages.mu.Unlock()
	x := s.pages.last[name]
	if x == nil || x.next == nil || l.ctx.Err() != nil {
		return nil
	}
	if x.run == nil {
		x.run = l.start(x.next, func() { s.pages.mu.Lock(); x.run = nil; s.pages.mu.Unlock() })
	}
	return x.run
}

// kept are the names of the answers to keep current.
func (s *slot) kept() []string {
	if cur := s.cur.Load(); cur == nil || cur.Len() < largeFrom {
		return nil // made when asked for
	}
	s.pages.mu.Lock()
	defer s.pages.mu.Unlock()
	return slices.Collect(maps.Keys(s.pages.last))
}

// whole waits until the answers that are kept are of now.
func (s *slot) whole(ctx context.Context, l *memory) error {
	for _, name := range s.kept() {
		for range 2 { // what was under way may be of before
			if err := s.freshen(l, name).wait(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
