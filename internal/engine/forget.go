package engine

import (
	"context"
	"fmt"
	"os"
)

// ForgetSources takes sources out as if they had never been scanned: history,
// findings and tags of what only they asserted go with them. It is for data that
// was never true; a source that is to be read no more is removed instead.
func (e *Engine) ForgetSources(ctx context.Context, ids []string) error {
	a := &AuditEntry{Action: "source.forget", Detail: map[string]any{"sources": ids}}
	if err := e.audited(ctx, a, func(ctx context.Context) error { return e.store.ForgetSources(ctx, ids) }); err != nil {
		return err
	}
	if err := os.RemoveAll(e.savedDir()); err != nil { // snapshots of generations that are no more
		return fmt.Errorf("forget sources: %w", err)
	}
	// What was one thing with something of theirs may be something else now.
	_, _, err := e.settle(ctx, &ScanChanges{})
	if e.memory != nil {
		e.memory.forget()
	}
	return err
}
