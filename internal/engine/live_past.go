package engine

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pastCache keeps snapshots of the past, the last used first: a few, and no more
// memory than pastBytes but for the first.
type pastCache struct {
	mu   sync.Mutex
	list []*pastEntry
}

type pastEntry struct {
	key  string // whose
	gen  int64
	at   time.Time
	made lazy[*Snapshot]
}

const (
	pastMax   = 16
	pastBytes = 1 << 30
)

// get returns the snapshot of a moment as an engine sees it. What was asked of a
// moment that had not passed is not kept, and what was committed later with the
// time of its beginning is a generation of its own.
func (c *pastCache) get(ctx context.Context, e *Engine, at time.Time) (*Snapshot, error) {
	at = at.UTC()
	if at.After(e.o.Now().Add(-time.Second)) {
		return e.past(ctx, at)
	}
	gen, err := e.store.AsOf(ctx, at) // also says what was compacted away
	if err != nil {
		return nil, err
	}
	return c.entry(e.sight.Key(), gen.ID, at).made.get(ctx, true, func(ctx context.Context) (*Snapshot, error) { return e.past(ctx, at) })
}

func (c *pastCache) entry(key string, gen int64, at time.Time) *pastEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.list, func(p *pastEntry) bool { return p.key == key && p.gen == gen && p.at.Equal(at) })
	p := &pastEntry{key: key, gen: gen, at: at}
	if i >= 0 {
		p = c.list[i]
		c.list = slices.Delete(c.list, i, i+1)
	}
	c.list = slices.Insert(c.list, 0, p)
	size := int64(0)
	for i, p := range c.list {
		if s, ok := p.made.peek(); ok {
			size += s.Bytes()
		}
		if i > 0 && (i >= pastMax || size > pastBytes) {
			clear(c.list[i:])
			c.list = c.list[:i]
			break
		}
	}
	return p
}

func (c *pastCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = nil
}

// past makes the snapshot of a moment as the engine sees it.
func (e *Engine) past(ctx context.Context, at time.Time) (*Snapshot, error) {
	if e.sight.All() {
		return e.make(ctx, at)
	}
	return e.makeNarrow(ctx, at)
}
