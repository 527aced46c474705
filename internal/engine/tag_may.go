package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/policy"
	"github.com/droverhq/drover/secret"
)

// steering are the keys of tags by which checks, rules and the bounds of grants tell
// what a thing is: to change them is to decide about it, not to mark it.
var steering = []string{"verdict", "nhi_type", "lifecycle", "env", "data_class", "criticality", "regulation", "tier"}

// fitTags refuses tags that cannot be set, and those that the caller may not: what
// ends findings takes the right to accept them, what steers the right to decide about
// the identity, and who sees one environment only does not move things out of it. It
// returns what refuses a thing on which the caller may not set such tags. Errors wrap
// drover.ErrInvalid or drover.ErrPermission.
func (e *Engine) fitTags(ctx context.Context, set map[string]string, remove []string) (func(drover.Ref) error, error) {
	keys := slices.Concat(slices.Sorted(maps.Keys(set)), remove)
	for _, k := range keys {
		if owners.Reserved(k) {
			return nil, fmt.Errorf("tag %s: a tag sets no owner: drover owner set ID OWNER: %w", k, drover.ErrInvalid)
		}
		if v, sets := set[k]; sets {
			switch {
			case secret.RedactString(k+"="+v) != k+"="+v:
				return nil, fmt.Errorf("tag %q: the value looks like a secret, and secrets are never stored: %w", k, drover.ErrInvalid)
			case v == "" && slices.Contains(policy.TagKeys, k):
				return nil, fmt.Errorf("tag %s needs a value: %s=…: %w", k, k, drover.ErrInvalid)
			}
			if err := policy.ValidTag(k, v); err != nil {
				return nil, err
			}
		}
		if err := e.mayTag(k, set[k]); err != nil {
			return nil, err
		}
	}
	return e.tagReach(ctx, keys, set)
}

func (e *Engine) mayTag(k, v string) error {
	a := tagTakes(k, v)
	if a == "" {
		return nil
	}
	if d := authz.Decide(e.caller, a); !d.Allowed {
		does := "steers checks, rules and who sees this"
		if a == authz.FindingDecide {
			does = "ends findings as accepting them does"
		}
		return fmt.Errorf("tag %s %s, so %s: %w", check.Clean(k), does, d.Reason, drover.ErrPermission)
	}
	if k == "env" && len(e.caller.Grants) > 0 && !slices.ContainsFunc(e.caller.Grants, ofAnyEnv) {
		return fmt.Errorf("tag env: your grants are for some environments only, and a tag would move this into or out of them: %w", drover.ErrPermission)
	}
	return nil
}

func ofAnyEnv(g authz.Grant) bool { return len(g.Envs) == 0 }

// tagTakes is the right that a tag takes beside that of setting tags; "": none.
func tagTakes(k, v string) authz.Action {
	switch {
	case check.Exempts(k, v):
		return authz.FindingDecide
	case slices.Contains(steering, k):
		return authz.OwnerDecide
	}
	return ""
}

// tagReach returns what refuses a thing on which the caller may not set such tags: a
// right that one grant gives counts for what that grant shows, not for what others do.
func (e *Engine) tagReach(ctx context.Context, keys []string, set map[string]string) (func(drover.Ref) error, error) {
	type within struct {
		key  string
		sees *Snapshot
	}
	var bounds []within
	for _, k := range keys {
		a := tagTakes(k, set[k])
		if a == "" || len(e.caller.Grants) == 0 {
			continue
		}
		by := e.caller.Narrow(a)
		if k == "env" {
			by.Grants = slices.DeleteFunc(slices.Clone(by.Grants), func(g authz.Grant) bool { return !ofAnyEnv(g) })
		}
		narrow := e.For(by)
		if narrow.sight.All() {
			continue
		}
		s, err := narrow.Snapshot(ctx, time.Time{})
		if err != nil {
			return nil, err
		}
		bounds = append(bounds, within{k, s})
	}
	return func(ref drover.Ref) error {
		for _, b := range bounds {
			if _, ok := b.sees.Find(ref); !ok {
				return fmt.Errorf("tag %s: the grant by which you see this gives no right to set it, and the one that does is for other things: %w", check.Clean(b.key), drover.ErrPermission)
			}
		}
		return nil
	}, nil
}
