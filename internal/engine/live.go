package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// A server answers from memory. What it answers from is immutable: a reader takes
// what is there, and never waits for what is being made; whatever the store has
// new, be it from this process or another, is made beside it, once for all, and
// takes its place when it is whole. What is replaced goes when its last reader
// goes. Who writes waits a moment for the new state, so that their next read shows
// what they did.

const (
	pollEvery  = 500 * time.Millisecond
	patience   = 15 * time.Second // for which a writer waits at most
	freshFor   = time.Minute      // ages are measured from a moment no older than about this
	idleFor    = 10 * time.Minute
	keepFor    = 5 * time.Minute // for which what was replaced serves lists that began in it
	largeFrom  = 50_000          // rows; the moment of a larger estate moves on more slowly
	largeFresh = 5 * time.Minute
	slotMax    = 64
	slotBytes  = 1 << 30 // of what narrow callers see
)

// memory is what a server keeps in memory.
type memory struct {
	e      *Engine // that sees everything
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mark   atomic.Pointer[store.Mark] // the one that was asked for last of those that came

	marks  sync.Mutex // over the two below
	asked  int64      // how often the store was asked for its mark
	latest int64      // which of these mark is the answer to

	mu    sync.Mutex
	slots map[string]*slot // by authz.Sight.Key
	past  pastCache
}

// A slot keeps the present of everybody who sees the same.
type slot struct {
	e     *Engine
	cur   atomic.Pointer[Snapshot]
	prev  atomic.Pointer[Snapshot] // of the generation before, for lists that began in it
	found atomic.Pointer[findings]
	used  atomic.Int64 // Unix time
	took  atomic.Int64 // nanoseconds that the last snapshot took
	ended atomic.Int64 // Unix nanoseconds, when it was made

	mu     sync.Mutex
	making *run // of the snapshot
	asking *run // of the findings
	pages  pages
}

func newMemory(e *Engine) *memory {
	l := &memory{e: e, slots: map[string]*slot{}}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.wg.Go(l.poll)
	return l
}

// close waits until nothing of it works any more.
func (l *memory) close() {
	l.cancel()
	l.wg.Wait()
}

// poll looks what the store has new, and makes anew what somebody reads.
func (l *memory) poll() {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := l.look(l.ctx); err != nil {
			if l.ctx.Err() == nil {
				l.e.o.Log.WarnContext(l.ctx, "the store does not answer; what is shown may be old", "err", err)
			}
			continue
		}
		for _, s := range l.inUse() {
			if time.Since(time.Unix(0, s.ended.Load())) > keepFor {
				s.prev.Store(nil)
			}
			if cur := s.cur.Load(); cur != nil && l.old(s, cur) && s.rested() {
				s.next(l)
			}
			if f := s.found.Load(); f != nil && !f.current(l, s) {
				s.ask(l)
				continue
			}
			if !s.e.sight.All() {
				continue // who sees a part has it made when they ask
			}
			for _, name := range s.kept() {
				s.freshen(l, name)
			}
		}
	}
}

// look reads the store's mark. What it keeps is never older than what the store had
// when look was called: an answer that comes late does not replace one that was asked
// for after it.
func (l *memory) look(ctx context.Context) (store.Mark, error) {
	ticket := l.ask()
	m, err := l.e.store.Mark(ctx)
	if err == nil {
		l.keep(ticket, m)
	}
	return m, err
}

// ask gives the number of a question to the store.
func (l *memory) ask() int64 {
	l.marks.Lock()
	defer l.marks.Unlock()
	l.asked++
	return l.asked
}

// keep takes the answer to a question, unless that to a later one is there.
func (l *memory) keep(ticket int64, m store.Mark) {
	l.marks.Lock()
	defer l.marks.Unlock()
	if ticket > l.latest {
		l.latest = ticket
		l.mark.Store(&m)
	}
}

// inUse are the slots to keep current. What nobody has read for long and is
// narrow is forgotten.
func (l *memory) inUse() []*slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*slot
	for key, s := range l.slots {
		if key == "" || time.Since(time.Unix(s.used.Load(), 0)) < idleFor {
			out = append(out, s)
		} else {
			delete(l.slots, key)
		}
	}
	return out
}

// slot returns the slot of an engine, and makes room for it.
func (l *memory) slot(e *Engine) *slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := e.sight.Key()
	s := l.slots[key]
	if s == nil {
		l.makeRoom()
		s = &slot{e: e}
		if key == "" {
			s.e = l.e
		}
		l.slots[key] = s
	}
	s.used.Store(time.Now().Unix())
	return s
}

// makeRoom forgets narrow slots, the longest unread first, until few and small
// enough are left.
func (l *memory) makeRoom() {
	for {
		var oldest string
		size := int64(0)
		for key, s := range l.slots {
			if key == "" {
				continue
			}
			if cur := s.cur.Load(); cur != nil {
				size += cur.Bytes()
			}
			if oldest == "" || s.used.Load() < l.slots[oldest].used.Load() {
				oldest = key
			}
		}
		if oldest == "" || len(l.slots) < slotMax && size < slotBytes {
			return
		}
		delete(l.slots, oldest)
	}
}

// snapshot is the shared snapshot of a moment, for an engine.
func (l *memory) snapshot(ctx context.Context, e *Engine, asOf time.Time) (*Snapshot, error) {
	if !asOf.IsZero() {
		return l.past.get(ctx, e, asOf)
	}
	s := l.slot(e)
	cur := s.cur.Load()
	if cur != nil && e.o.Now().Sub(cur.now) < 2*cur.fresh() {
		return cur, nil
	}
	return l.current(ctx, s)
}

// current waits until a slot shows what the store has.
func (l *memory) current(ctx context.Context, s *slot) (*Snapshot, error) {
	if _, err := l.look(ctx); err != nil {
		return nil, err
	}
	for range 2 { // what was under way may be of before
		if cur := s.cur.Load(); cur != nil && !l.old(s, cur) {
			return cur, nil
		}
		r := s.next(l)
		if r == nil {
			return nil, fmt.Errorf("the server stops: %w", drover.ErrConflict)
		}
		select {
		case <-r.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return s.cur.Load(), nil
}

// old reports whether the store has newer than a snapshot, or time has gone on.
func (l *memory) old(s *slot, cur *Snapshot) bool {
	m := l.mark.Load()
	return m != nil && m.Generation != cur.Generation || s.e.o.Now().Sub(cur.now) >= cur.fresh() || s.e.o.Now().Before(cur.now)
}

// fresh is for how long the moment of a snapshot is as good as now.
func (s *Snapshot) fresh() time.Duration {
	if s.Len() >= largeFrom {
		return largeFresh
	}
	return freshFor
}

// before is the snapshot of a generation that was replaced last, as an engine sees
// it; nil where that is not kept.
func (l *memory) before(e *Engine, generation int64) *Snapshot {
	if l == nil {
		return nil
	}
	if prev := l.slot(e).prev.Load(); prev != nil && prev.Generation == generation {
		return prev
	}
	return nil
}

// rested reports whether the machine had as long to itself as the last snapshot
// took, so that a scan which commits often does not keep it busy.
func (s *slot) rested() bool {
	return time.Now().UnixNano()-s.ended.Load() >= s.took.Load()
}

// next makes the next snapshot of a slot in the background, once for all who want
// it; nil when the server stops.
func (s *slot) next(l *memory) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.making == nil && l.ctx.Err() == nil {
		s.making = l.start(func(ctx context.Context) error {
			started := time.Now()
			cur := s.cur.Load()
			if prev := s.prev.Load(); prev != nil && prev.Len() >= largeFrom {
				s.prev.Store(nil) // three at a time would be too many
			}
			made, err := s.e.following(ctx, cur)
			if err != nil {
				return err
			}
			if cur != nil {
				made.held.warm(ctx, cur.held)
			}
			s.cur.Store(made)
			if cur != nil && cur.Generation != made.Generation {
				s.prev.Store(cur)
			}
			s.took.Store(int64(time.Since(started)))
			s.ended.Store(time.Now().UnixNano())
			if cur == nil {
				l.wg.Go(func() { made.held.warmUp(l.ctx) })
			}
			return nil
		}, func() { s.mu.Lock(); s.making = nil; s.mu.Unlock() })
	}
	return s.making
}

// start runs fn in the background; ended is called before the run is done.
func (l *memory) start(fn func(context.Context) error, ended func()) *run {
	r := &run{done: make(chan struct{})}
	l.wg.Go(func() {
		var one lazy[struct{}]
		_, err := one.get(l.ctx, false, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) })
		if err != nil && !errors.Is(err, context.Canceled) {
			l.e.o.Log.WarnContext(l.ctx, "what is kept in memory was not made anew", "err", err)
		}
		r.err = err
		ended()
		close(r.done)
	})
	return r
}

// following makes the snapshot after one, which may be nil. Of the same generation
// only what time changes is made anew.
func (e *Engine) following(ctx context.Context, cur *Snapshot) (*Snapshot, error) {
	gen, err := e.store.Latest(ctx)
	if err != nil {
		return nil, err
	}
	now := e.o.Now()
	if cur != nil && cur.Generation == gen.ID && !cur.early && !now.Before(cur.now) && !e.settings.Timed(now) {
		return cur.again(now), nil
	}
	if e.sight.All() {
		return e.makeOf(ctx, gen, time.Time{}, now)
	}
	return e.narrow(ctx, gen, now)
}

// Refresh waits until what is answered from is what the store has now. Without
// Options.Keep that is always so.
func (e *Engine) Refresh(ctx context.Context) error {
	if e.memory == nil {
		return nil
	}
	s := e.memory.slot(e)
	if _, err := e.memory.current(ctx, s); err != nil {
		return err
	}
	if f := s.found.Load(); f != nil && !f.current(e.memory, s) {
		if err := s.ask(e.memory).wait(ctx); err != nil {
			return err
		}
	}
	return s.whole(ctx, e.memory)
}

// Preload takes the snapshot that an earlier process kept of what the store has now,
// so that a server answers from it at once, also while what it writes at its start is
// made into the next one. Without such a file it does nothing.
func (e *Engine) Preload(ctx context.Context) error {
	if e.memory == nil {
		return nil
	}
	_, key, err := e.savedNow(ctx)
	if key == "" {
		return err
	}
	s := e.memory.slot(e)
	if s.cur.Load() != nil {
		return nil
	}
	made := e.saved(ctx, key, e.o.Now())
	if made == nil {
		return nil
	}
	made.key = key
	// What the first readers ask for is made of it first; only then, or when somebody
	// writes, the next one.
	s.took.Store(int64(time.Minute))
	s.ended.Store(time.Now().UnixNano())
	if s.cur.CompareAndSwap(nil, made) {
		e.memory.wg.Go(func() {
			made.held.warmUp(e.memory.ctx)
			s.took.Store(0)
		})
	}
	return nil
}

// changed tells that this process wrote. It waits for the new state, for a while;
// where nothing was read yet there is nothing old that could be shown.
func (e *Engine) changed(ctx context.Context) {
	if e.memory == nil || e.memory.slot(e).cur.Load() == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := e.Refresh(ctx); err != nil && ctx.Err() == nil {
		e.o.Log.WarnContext(ctx, "what was written is not shown yet", "err", err)
	}
}

// forget drops everything: what the store has under the same numbers is another
// history.
func (l *memory) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.slots)
	l.past.drop()
}

// exact is the graph of effects of this very moment and all that was committed, for
// what is kept by its time.
func (e *Engine) exact(ctx context.Context, asOf time.Time) (*Effects, error) {
	if e.memory == nil || !asOf.IsZero() {
		return e.Effects(ctx, asOf)
	}
	s, err := e.memory.current(ctx, e.memory.slot(e))
	if err != nil {
		return nil, err
	}
	if now := e.o.Now(); now.After(s.now) {
		s = s.again(now)
	}
	return e.effects(ctx, s.view(ctx), nil)
}

// wait returns the error of a run; nil waits for nothing.
func (r *run) wait(ctx context.Context) error {
	if r == nil {
		return nil
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
