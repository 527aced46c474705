package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
)

// AnySource reports whether the caller may have anything read that can be read from
// here: paths, kinds of sources with what this machine holds to sign in by, and this
// machine itself. That is an admin without bounds, or who works on this computer.
// Everybody else names sources that are configured; see Resolve.
func (e *Engine) AnySource() bool { return e.manages() }

// named are the sources that a caller means who may not have anything read: each word
// is the id of a configured one, and reading it is theirs to ask for. One that they may
// not know of is not there; one of which they see a part is refused, since reading it
// changes the rest as well.
func (e *Engine) named(ctx context.Context, words []string, all []Source) ([]Source, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("name the sources: to read all of them, this machine among them, takes the role admin without bounds: %w", drover.ErrInvalid)
	}
	var picked []Source
	for _, w := range words {
		at := slices.IndexFunc(all, func(s Source) bool { return s.ID == w })
		if at < 0 {
			return nil, noSource(w)
		}
		if !e.whole(w) {
			known, err := e.knownSources(ctx)
			if err != nil {
				return nil, err
			}
			if !known(w) {
				return nil, noSource(w)
			}
			return nil, fmt.Errorf("you see a part of source %s, and reading it changes all of it: that takes a grant without bounds, or one bounded by this source alone: %w", text(w, 80), drover.ErrPermission)
		}
		if !slices.ContainsFunc(picked, func(s Source) bool { return s.ID == w }) {
			picked = append(picked, all[at])
		}
	}
	return picked, nil
}

func noSource(id string) error {
	return fmt.Errorf("source %q: %w", clip(id, 80), drover.ErrNotFound)
}

// knownSources says of which sources the caller may know that they exist: those that a
// grant names, and those that assert something that they see.
func (e *Engine) knownSources(ctx context.Context) (func(id string) bool, error) {
	if e.sight.All() {
		return func(string) bool { return true }, nil
	}
	// Where every grant is bounded by sources alone these are all, and no row is asked.
	if !slices.ContainsFunc(e.caller.Narrow(authz.IdentityRead).Grants, partial) {
		return e.whole, nil
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range s.Seen() {
		for _, id := range s.Row(i).Sources {
			seen[id] = true
		}
	}
	return func(id string) bool { return seen[id] || e.whole(id) }, nil
}

// partial reports whether a grant shows some of what a source asserts and not the rest.
func partial(g authz.Grant) bool {
	return g.Role == authz.Owner || len(g.Teams)+len(g.Envs) > 0
}
