package awsiam

import (
	"slices"
	"sync/atomic"

	"github.com/droverhq/drover/access"
)

// A plan is the statements of a profile that name one action, sorted by what they
// do to a request in which nothing takes part but the profile's own policies. What
// cannot change its outcome is left out.
type plan struct {
	action   int
	deny     []*rule
	identity []*rule
	guards   [][]*rule // of each one must hold: boundary, session policy, SCP levels
	never    bool      // a guard names the action nowhere
}

// plans remembers the plans of the actions that a profile was asked of: a table by
// action in which a plan lies in one of planReach slots. It grows to planSlots and
// then forgets.
type plans []atomic.Pointer[plan]

const (
	planReach = 4
	planSlots = 1024
)

func (t plans) slot(action, k int) *atomic.Pointer[plan] {
	return &t[(uint32(action)*0x9e3779b1>>16+uint32(k))&uint32(len(t)-1)]
}

func (t plans) find(action int) *plan {
	for k := range planReach {
		pl := t.slot(action, k).Load()
		if pl == nil || pl.action == action {
			return pl
		}
	}
	return nil
}

// keep reports whether there was room.
func (t plans) keep(pl *plan) bool {
	for k := range planReach {
		if s := t.slot(pl.action, k); s.CompareAndSwap(nil, pl) || s.Load().action == pl.action {
			return true
		}
	}
	return false
}

// grown is a table twice as large with the same plans; what finds no room in it is
// made again when it is asked for.
func (t plans) grown() plans {
	next := make(plans, max(16, 2*len(t)))
	for i := range t {
		if pl := t[i].Load(); pl != nil {
			next.keep(pl)
		}
	}
	return next
}

// alone reports whether the profile's own policies are all that take part.
func (p *Profile) alone(q *query, r *Request) bool {
	return q.id >= 0 && !p.unread && len(p.rcps) == 0 && r.ResourcePolicy == nil && r.RCPs == nil && r.EndpointPolicies == nil && !r.ResourceUnread && q.boundByOrganization() && q.who.typ != FederatedUser
}

// quick is decide for a request that the profile meets alone.
func (p *Profile) quick(q *query) access.Verdict {
	pl := p.plan(q)
	deny := no
	for _, r := range pl.deny {
		if deny = max(deny, r.weigh(yes, q)); deny == yes {
			return access.Deny
		}
	}
	if pl.never || q.crossAccount() || q.needsResourcePolicy() {
		return access.Deny
	}
	t := deny.not()
	if q.who.typ != Root { // who may do everything in its account
		t = min(t, anyOf(pl.identity, q))
	}
	for _, g := range pl.guards {
		if t == no {
			return access.Deny
		}
		t = min(t, anyOf(g, q))
	}
	switch t {
	case yes:
		return access.Allow
	case maybe:
		return access.Conditional
	}
	return access.Deny
}

func anyOf(rules []*rule, q *query) tri {
	t := no
	for _, r := range rules {
		if t = max(t, r.weigh(yes, q)); t == yes {
			break
		}
	}
	return t
}

func (p *Profile) plan(q *query) *plan {
	t := p.plans.Load()
	if t != nil {
		if pl := t.find(q.id); pl != nil {
			return pl
		}
	}
	pl := p.newPlan(q)
	if t != nil && t.keep(pl) {
		return pl
	}
	if t != nil && len(*t) >= planSlots {
		t.slot(q.id, 0).Store(pl)
		return pl
	}
	var have plans
	if t != nil {
		have = *t
	}
	next := have.grown()
	next.keep(pl)
	p.plans.CompareAndSwap(t, &next) // a plan that another made meanwhile is made again
	return pl
}

func (p *Profile) newPlan(q *query) *plan {
	pl := &plan{action: q.id}
	for _, l := range append(slices.Clone(p.scps), p.identity, p.boundary, p.session) { // in the order of layers
		if l == nil {
			continue
		}
		deny, allow, total := l.naming(q)
		pl.deny = append(pl.deny, deny...)
		switch {
		case l == p.identity:
			pl.identity = allow
		case len(allow) == 0:
			pl.never = true
		case !total:
			pl.guards = append(pl.guards, allow)
		}
	}
	pl.deny, pl.guards = slices.Clip(pl.deny), slices.Clip(pl.guards)
	return pl
}

// naming are the statements of a layer that name the action; total says that one
// of those that allow always holds.
func (l *layer) naming(q *query) (deny, allow []*rule, total bool) {
	for i := range l.binds {
		b := &l.binds[i]
		switch {
		case !b.actions.has(q):
		case b.deny:
			deny = append(deny, b.rule)
		default:
			allow, total = append(allow, b.rule), total || b.total()
		}
	}
	return deny, allow, total
}
