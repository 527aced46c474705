package engine

import (
	"context"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// SetTags sets and removes tags of the node that id names. A pair with an empty
// value sets the bare tag; keys that classification knows override it.
func (e *Engine) SetTags(ctx context.Context, id string, set map[string]string, remove []string) (drover.Ref, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return "", err
	}
	i, err := s.Lookup(id)
	if err != nil {
		return "", err
	}
	ref := s.Ref(i)
	refuse, err := e.fitTags(ctx, set, remove)
	if err == nil {
		err = refuse(ref)
	}
	if err != nil {
		return "", err
	}
	detail := map[string]any{"set": set, "removed": list(remove)}
	var put, end []store.Tag
	for k, v := range set {
		put = append(put, store.Tag{Ref: ref, Key: k, Value: v, Who: e.who()})
	}
	for _, k := range remove {
		end = append(end, store.Tag{Ref: ref, Key: k, Who: e.who()})
	}
	err = e.audited(ctx, &AuditEntry{Action: "tag.set", Target: string(ref), Detail: detail}, func(ctx context.Context) error {
		_, err := e.store.ChangeTags(ctx, put, end)
		return err
	})
	if err != nil {
		return "", err
	}
	return ref, nil
}
