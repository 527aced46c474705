package engine

import (
	"context"
	"time"
)

// SnapshotOf makes the snapshot of a moment again, as of one generation: the
// current one where nothing has changed since. The error wraps drover.ErrNotFound
// where that generation was compacted away, or never was.
func (e *Engine) SnapshotOf(ctx context.Context, generation int64, asOf time.Time) (*Snapshot, error) {
	s, err := e.Snapshot(ctx, asOf)
	if err != nil || s.Generation == generation {
		return s, err
	}
	if before := e.memory.before(e, generation); before != nil && asOf.IsZero() {
		return before.view(ctx), nil
	}
	gen, err := e.store.Generation(ctx, generation)
	if err != nil {
		return nil, err
	}
	return e.Snapshot(ctx, gen.At)
}
