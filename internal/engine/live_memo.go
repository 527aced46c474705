package engine

import (
	"context"
	"slices"
	"sync"
)

// Answers that walk the whole estate or all findings are made once for what they
// are made of, and kept with it: with its snapshot, or its findings. What is kept is
// shared and never changed.

// memos keep the answers that were asked for last.
type memos struct {
	mu   sync.Mutex
	list []*memo // the last used first
}

type memo struct {
	key  string
	v    lazy[any]
	size int // in things that it lists
}

const (
	maxMemos    = 24
	maxMemoSize = 16 << 20 // of all that one set keeps
)

// of returns the place of an answer, and makes room for it.
func (m *memos) of(key string) *memo {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.list, func(x *memo) bool { return x.key == key })
	if i < 0 {
		m.list = slices.Insert(m.list, 0, &memo{key: key})
		m.trim()
		return m.list[0]
	}
	x := m.list[i]
	copy(m.list[1:i+1], m.list[:i])
	m.list[0] = x
	return x
}

// sized notes how much an answer takes.
func (m *memos) sized(x *memo, size int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	x.size = size
	m.trim()
}

// trim forgets what was not used for longest, but never the last.
func (m *memos) trim() {
	n := 0
	for i, x := range m.list {
		if n += x.size; i > 0 && (i >= maxMemos || n > maxMemoSize) {
			clear(m.list[i:])
			m.list = m.list[:i]
			return
		}
	}
}

// memoised returns what make makes, made once. size is how many things it lists, by how
// much memory each takes: a number is one.
func memoised[T any](ctx context.Context, m *memos, key string, size func(T) int, make func(context.Context) (T, error)) (T, error) {
	x := m.of(key)
	v, err := x.v.get(ctx, true, func(ctx context.Context) (any, error) {
		v, err := make(ctx)
		if err == nil {
			m.sized(x, size(v))
		}
		return v, err
	})
	if err != nil {
		var none T
		return none, err
	}
	return v.(T), nil
}
