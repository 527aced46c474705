package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/policy"
	"github.com/droverhq/drover/secret"
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
	for _, k := range slices.Concat(slices.Sorted(maps.Keys(set)), remove) {
		if owners.Reserved(k) {
			return "", fmt.Errorf("tag %s: a tag sets no owner: drover owner set %s OWNER: %w", k, s.shortID(i), drover.ErrInvalid)
		}
	}
	for k, v := range set {
		if secret.RedactString(k+"="+v) != k+"="+v {
			return "", fmt.Errorf("tag %q: the value looks like a secret, and secrets are never stored: %w", k, drover.ErrInvalid)
		}
		if err := policy.ValidTag(k, v); err != nil {
			return "", err
		}
		if v == "" && slices.Contains(policy.TagKeys, k) {
			return "", fmt.Errorf("tag %s needs a value: %s=…: %w", k, k, drover.ErrInvalid)
		}
	}
	detail := map[string]any{"set": set, "removed": list(remove)}
	err = e.audited(ctx, &AuditEntry{Action: "tag.set", Target: string(ref), Detail: detail}, func(ctx context.Context) error {
		for _, k := range remove {
			if _, err := e.store.RemoveTag(ctx, ref, k, e.who()); err != nil {
				return err
			}
		}
		for k, v := range set {
			if _, err := e.store.SetTag(ctx, store.Tag{Ref: ref, Key: k, Value: v, Who: e.who()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return ref, nil
}
