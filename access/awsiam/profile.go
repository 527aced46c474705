package awsiam

import (
	"sync/atomic"

	"github.com/droverhq/drover/access"
)

// A Profile is the policies of one principal, ready to answer. All principals
// with the same documents share one. It is immutable but for a
// bounded cache, and safe for concurrent use.
type Profile struct {
	identity, boundary, session *layer // boundary, session: nil where there is none
	scps, rcps                  []*layer
	unread                      bool // some document was not

	plans atomic.Pointer[plans]
}

// Compile prepares policies. Nil p stands for none.
func Compile(p *Policies) *Profile {
	if p == nil {
		p = &Policies{}
	}
	f := &Profile{identity: newLayer(identityLayer, 0, p.Identity)}
	if p.Boundary != nil {
		f.boundary = newLayer(boundaryLayer, 0, []Attached{*p.Boundary})
	}
	if p.Session != nil {
		f.session = newLayer(sessionLayer, 0, p.Session)
	}
	if !p.Management {
		f.scps = newLevels(scpLayer, p.SCPs)
		f.rcps = newLevels(rcpLayer, p.RCPs)
	}
	for _, l := range append([]*layer{f.identity, f.boundary, f.session}, f.scps...) {
		f.unread = f.unread || l != nil && l.unread != nil
	}
	return f
}

// Decide answers r without a proof: Explain's verdict.
func (p *Profile) Decide(r *Request) access.Verdict {
	var q query
	q.init(r)
	return p.decide(&q, r)
}

// Actions is the set of catalogue actions that some statement of the principal's
// own policies may allow on some resource: an upper bound, which boundaries,
// session policies, SCPs and unconditional denies on every resource narrow.
func (p *Profile) Actions() Bitset {
	out := p.identity.allowedActions()
	for _, l := range append([]*layer{p.boundary, p.session}, p.scps...) {
		if l != nil {
			out.and(l.allowedActions())
		}
	}
	for _, l := range append([]*layer{p.identity, p.boundary, p.session}, p.scps...) {
		if l == nil {
			continue
		}
		for i := range l.binds {
			if b := &l.binds[i]; b.deny && b.total() {
				out.without(b.actions.bits())
			}
		}
	}
	return out
}

// total is whether a statement holds on every resource under every condition.
func (r *rule) total() bool {
	every := r.noResource
	for i := range r.resources {
		p := &r.resources[i]
		every = every || !r.notResource && p.template == nil && p.segment == nil && p.whole.shape == anything
	}
	return every && len(r.clauses) == 0 && !r.guess
}

func (l *layer) allowedActions() Bitset {
	out := make(Bitset, (Actions()+63)/64)
	for i := range l.binds {
		if b := &l.binds[i]; !b.deny {
			out.or(b.actions.bits())
		}
	}
	return out
}
