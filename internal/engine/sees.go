package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover/internal/authz"
)

// actor is who acts, as it is recorded.
func (e *Engine) actor() string { return e.who() }

// Who is how the caller is named in records and receipts, and the grants by which they
// see.
func (e *Engine) Who(context.Context) (string, []string, error) {
	return e.who(), GrantWords(e.caller.Grants), nil
}

// GrantWords spells grants as authz.ParseGrant reads them.
func GrantWords(list []authz.Grant) []string { return spelled(list) }

// manages reports whether the caller may change what belongs to others.
func (e *Engine) manages() bool {
	return slices.ContainsFunc(e.caller.Grants, func(g authz.Grant) bool { return g.Role == authz.Admin && !g.Limited() })
}

// inTeam reports whether the caller is of a team.
func (e *Engine) inTeam(name string) bool {
	return e.manages() || slices.ContainsFunc(e.caller.Grants, func(g authz.Grant) bool {
		return slices.ContainsFunc(g.Teams, func(t string) bool { return strings.EqualFold(t, name) })
	})
}

// hears reports whether the caller may know of an event.
func (e *Engine) hears(ctx context.Context, v *Event) bool {
	if v.Kind == "view.changed" {
		return v.watcher == e.caller.ID && e.covers(v.grants)
	}
	if e.sight.All() {
		return v.Kind != "operation" || e.ownOperation(v.actor)
	}
	switch {
	case v.Kind == "reset" || v.Kind == "generation":
		return true
	case v.Kind == "operation":
		return e.ownOperation(v.actor)
	case v.Source != "" && !e.sight.Source(v.Source):
		return false
	case v.Subject != "":
		s, err := e.Snapshot(ctx, time.Time{})
		return err == nil && e.shows(s, v.Subject)
	}
	return e.whole(v.Source) // a count of everything is not theirs
}

// whole reports whether the caller sees everything that a source asserts.
func (e *Engine) whole(source string) bool {
	return slices.ContainsFunc(e.caller.Narrow(authz.IdentityRead).Grants, func(g authz.Grant) bool {
		return g.Role != authz.Owner && len(g.Teams)+len(g.Envs) == 0 && (len(g.Sources) == 0 || slices.Contains(g.Sources, source))
	})
}

// ownOperation reports whether the caller may know of an operation.
func (e *Engine) ownOperation(actor string) bool { return e.sight.All() || actor == e.actor() }

// seesAll reports whether the caller sees the whole estate, and with it what is
// counted without asking row by row.
func (e *Engine) seesAll() bool { return e.sight.All() }
