package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// warnings say what may be a slip in who was added or what was granted: a name that
// looks like somebody else's, a bound that nothing is in. They keep nothing from being
// done: a source may be granted before it is configured.
func (e *Engine) warnings(ctx context.Context, m store.Member, grants []authz.Grant) []string {
	var out []string
	if all, err := e.store.Members(ctx); err == nil {
		out = append(out, twins(m, all)...)
	}
	return append(out, e.emptyBounds(ctx, grants)...)
}

// twins are the users whose name or mail address looks like that of another.
func twins(m store.Member, all []store.Member) (out []string) {
	for _, x := range all {
		if x.ID == m.ID {
			continue
		}
		for _, mine := range []string{m.Name, m.Email} {
			for _, theirs := range []string{x.Name, x.Email} {
				if mine != "" && theirs != "" && mine != theirs && skeleton(mine) == skeleton(theirs) {
					out = append(out, fmt.Sprintf("%s looks like %s, which is the user %s: the letters differ", text(mine, 128), text(theirs, 128), x.ID))
				}
			}
		}
	}
	return out
}

// emptyBounds says which sources, teams and environments of grants nobody knows.
func (e *Engine) emptyBounds(ctx context.Context, grants []authz.Grant) (out []string) {
	bounded := false
	for _, g := range grants {
		bounded = bounded || g.Limited()
	}
	if !bounded {
		return nil
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil
	}
	sources, teams, envs := map[string]bool{}, map[string]bool{}, map[string]bool{}
	note := func(set map[string]bool, names ...string) {
		for _, n := range names {
			set[strings.ToLower(n)] = true
		}
	}
	for i := range s.Seen() {
		r := s.sightOf(i)
		note(sources, r.Sources...)
		note(teams, r.Teams...)
		note(envs, r.Env)
	}
	if states, err := e.SourceStates(ctx); err == nil {
		for _, x := range states {
			note(sources, x.ID)
		}
	}
	said := map[string]bool{}
	tell := func(unknown bool, format, name string) {
		if line := fmt.Sprintf(format, text(name, 128)); unknown && !said[line] {
			said[line] = true
			out = append(out, line)
		}
	}
	for _, g := range grants {
		for _, n := range g.Sources {
			tell(!sources[strings.ToLower(n)], "source %q is not configured and was never scanned: that grant shows nothing of it yet", n)
		}
		for _, n := range g.Teams {
			p, _ := s.Owners().Find(n)
			tell(p.None() && !teams[strings.ToLower(n)], "team %q is not known, and answers for nothing: that grant shows nothing of it yet", n)
		}
		for _, n := range g.Envs {
			tell(!envs[strings.ToLower(n)], "nothing is known to be in environment %q: that grant shows nothing of it yet", n)
		}
	}
	return out
}
