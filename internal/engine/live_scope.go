package engine

import (
	"context"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check/custom"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// For is the engine for a caller: it acts in their name, and everything that it
// answers is made of an estate that never had what they may not see, so that no
// count, graph or text can tell of it. It shares store and memory with e, and need
// not be closed.
//
// What they see is what their grants cover (authz.Sight), and with it: credentials
// of the identities that they see; people and teams who answer for these; what no
// source asserts and something of theirs points at. Members of one entity are seen
// together. What was joined by what they do not see stays joined, and ids are the
// same for everybody.
func (e *Engine) For(caller authz.Caller) *Engine {
	c := *e
	c.given = true
	c.caller, c.sight, c.scope, c.o.User = caller, caller.Sight(), scopeOf(caller), caller.Who()
	if !c.sight.All() {
		c.tallies = &tallies{by: map[string]custom.Tally{}}
	}
	return &c
}

// asking is the engine with rules of its own, so that what they come to on a part
// of the estate is not taken for what they came to on all of it.
func (e *Engine) asking() (*Engine, error) {
	if e.sight.All() || len(e.rules) == 0 {
		return e, nil
	}
	c := *e
	return &c, c.readRules()
}

// scopeOf is what is read of the store for a caller: only what the sources assert
// that their grants name, where every grant names some.
func scopeOf(caller authz.Caller) drover.Scope {
	if caller.Sight().All() {
		return drover.ScopeAll
	}
	var ids []string
	for _, g := range caller.Narrow(authz.IdentityRead).Grants {
		if len(g.Sources) == 0 {
			return drover.ScopeAll
		}
		ids = append(ids, g.Sources...)
	}
	return drover.ScopeSources(ids...)
}

// narrow makes the snapshot of a generation as the caller sees it.
func (e *Engine) narrow(ctx context.Context, gen store.Generation, now time.Time) (*Snapshot, error) {
	whole, err := e.wider(ctx, gen, now)
	if err != nil {
		return nil, err
	}
	seen := e.seen(whole)
	part := whole.Part(func(i int) bool { return seen[i] }, e.namesSource(whole))
	j := judge.New(part, e.settings, now)
	part.Conclude(now, j.Facts)
	s := e.newSnapshot(part, now, j)
	s.early = whole.early
	return s, ctx.Err()
}

// makeNarrow is make for a caller who does not see everything.
func (e *Engine) makeNarrow(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	gen, err := e.store.Latest(ctx)
	now := e.o.Now()
	if !asOf.IsZero() {
		gen, err = e.store.AsOf(ctx, asOf)
		now = asOf
	}
	if err != nil {
		return nil, err
	}
	return e.narrow(ctx, gen, now)
}

// wider is the snapshot that narrow takes a part of: the whole one, since who answers
// for what one source holds is often said by another, and what would be concluded
// without that is wrong.
func (e *Engine) wider(ctx context.Context, gen store.Generation, now time.Time) (*Snapshot, error) {
	all := *e
	all.caller, all.sight, all.scope = authz.Local(""), authz.Local("").Sight(), drover.ScopeAll
	if e.memory == nil {
		return all.makeOf(ctx, gen, now, now)
	}
	if latest, err := e.store.Latest(ctx); err != nil || latest.ID != gen.ID {
		if err != nil {
			return nil, err
		}
		return e.memory.past.get(ctx, e.memory.e, now)
	}
	s, err := e.memory.current(ctx, e.memory.slot(e.memory.e))
	if err == nil && s.Generation == gen.ID && now.After(s.now) {
		s = s.again(now)
	}
	if err != nil || s.Generation == gen.ID {
		return s, err
	}
	return all.makeOf(ctx, gen, now, now)
}

// namesSource says of which sources the caller may know that they exist: those whose
// rows they see without a bound on whose they are, and where a grant is bounded by
// something else, those that assert a row that it covers.
func (e *Engine) namesSource(s *Snapshot) func(id string) bool {
	named := map[string]bool{}
	for i := range s.Seen() {
		sources := s.Row(i).Sources
		if slices.ContainsFunc(sources, func(id string) bool { return !named[id] && e.sight.Source(id) }) && e.sight.Row(s.sightOf(i)) {
			for _, id := range sources {
				named[id] = named[id] || e.sight.Source(id)
			}
		}
	}
	return func(id string) bool { return named[id] || e.whole(id) }
}

// seen marks the rows that the caller sees.
func (e *Engine) seen(s *Snapshot) []bool {
	seen := make([]bool, s.Seen())
	mark := func(head int) {
		for _, m := range s.MemberRows(head) {
			seen[m] = true
		}
	}
	for i := range s.Seen() {
		if !s.IsMember(i) && e.sight.Row(s.sightOf(i)) {
			mark(i)
		}
	}
	// The rows without which what is known of these would be wrong: the credentials
	// that prove them, what gives them their rights and what they lie in, and who
	// answers for them.
	var more []int
	for i := range seen {
		if seen[i] && !s.IsMember(i) {
			more = append(more, i)
		}
	}
	own := len(more)
	walked := newBitset(s.Seen())
	for k := 0; k < len(more); k++ {
		i := more[k]
		if walked.has(uint32(i)) {
			continue
		}
		walked.set(uint32(i))
		if k < own {
			s.answering(i, mark)
		}
		s.givers(i, func(j int, on bool) {
			mark(j)
			if on {
				more = append(more, j)
			}
		})
	}
	return seen
}

// answering marks who answers for row i.
func (s *Snapshot) answering(i int, mark func(int)) {
	o, ok := s.Owners().Current(i)
	if !ok {
		return
	}
	rows := []int{o.From}
	for _, p := range append([]owners.Party{o.Party, o.Deputy}, o.Overrides...) {
		rows = append(rows, p.Row)
	}
	for _, r := range rows {
		if r >= 0 && !s.Unseen(r) {
			mark(s.Head(r))
		}
	}
}

// givers marks the credentials of row i, the policies, roles and groups that it has
// its rights from, and what contains it; on says that these have givers as well.
func (s *Snapshot) givers(i int, mark func(row int, on bool)) {
	see := func(h graph.Hop, kinds ...drover.Kind) {
		if !s.Unseen(h.Row) && slices.Contains(kinds, s.Kind(h.Row)) {
			mark(s.Head(h.Row), s.Kind(h.Row) != drover.KindCredential)
		}
	}
	for h := range s.In(i) {
		switch h.Kind {
		case drover.EdgeAuthenticates:
			see(h, drover.KindCredential)
		case drover.EdgeAttached:
			see(h, drover.KindPolicy, drover.KindRole)
		case drover.EdgeContains:
			see(h, drover.KindResource, drover.KindGroup)
		}
	}
	for h := range s.Out(i) {
		switch h.Kind {
		case drover.EdgeMemberOf:
			see(h, drover.KindGroup, drover.KindRole)
		case drover.EdgeAttached, drover.EdgeBoundedBy, drover.EdgeGuardedBy:
			see(h, drover.KindPolicy, drover.KindRole)
		}
	}
}

// sightOf is what the bounds of grants ask of row i.
func (s *Snapshot) sightOf(i int) authz.Row {
	r := authz.Row{Sources: s.Row(i).Sources, Env: s.Facts(i).Env}
	if s.Kind(i) == drover.KindCredential && r.Env == "" {
		if j, ok := s.Find(drover.Ref(s.Facts(i).Identity)); ok && !s.Unseen(j) {
			r.Env = s.Facts(j).Env
		}
	}
	o, ok := s.Owners().Current(i)
	if !ok {
		if s.Kind(i) == drover.KindHuman { // everybody answers for themselves
			r.Owners = s.keysOf(owners.Party{Row: i})
		}
		return r
	}
	for _, p := range []owners.Party{o.Party, o.Deputy} {
		if p.None() {
			continue
		}
		if s.Owners().IsTeam(p) {
			r.Teams = append(r.Teams, s.keysOf(p)...)
			continue
		}
		r.Owners = append(r.Owners, s.keysOf(p)...)
		if p.Row >= 0 {
			for _, t := range s.Owners().Teams(p.Row) {
				r.Teams = append(r.Teams, s.keysOf(owners.Party{Row: t})...)
			}
		}
	}
	return r
}

// keysOf are the names by which a grant may mean a party.
func (s *Snapshot) keysOf(p owners.Party) []string {
	keys := []string{s.Owners().Name(p), s.Owners().Key(p)}
	if p.Row >= 0 {
		keys = append(keys, s.Aliases(p.Row)...)
	}
	return keys
}

// shows reports whether the caller sees what a ref names, in a snapshot of theirs.
func (e *Engine) shows(s *Snapshot, ref drover.Ref) bool {
	if e.sight.All() {
		return true
	}
	_, ok := s.Find(ref)
	return ok
}
