package awsiam

import (
	"strings"

	"github.com/droverhq/drover/access"
)

// sides are the truths that the formula of allow joins.
type sides struct {
	identity, boundary, session tri
	named                       [closenesses]tri // the resource policy, by closeness
	guards                      tri              // SCPs, endpoint policies
}

// crossAccount: the resource is of another account than the caller.
func (q *query) crossAccount() bool { return q.owner != q.who.account }

// needsResourcePolicy is whether the resource's own policy must allow even in
// one account: KMS keys ("Key policies in AWS KMS": no IAM policy allows what the
// key policy does not) and the trust policies of roles.
func (q *query) needsResourcePolicy() bool {
	if !q.resource.arn {
		return false
	}
	switch q.resource.segment(2) {
	case "kms":
		return strings.HasPrefix(q.action, "kms:") && strings.HasPrefix(q.resource.segment(5), "key/")
	case "iam":
		return strings.HasPrefix(q.resource.segment(5), "role/") && trustAction(q.action)
	}
	return false
}

// trustAction: actions that a role's trust policy decides.
func trustAction(action string) bool {
	switch action {
	case "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext":
		return true
	}
	return false
}

// allowed is the formula of "Policy evaluation logic" without denies.
func (s *sides) allowed(q *query) tri {
	resource := max(s.named[directly], s.named[viaRole], s.named[viaAccount])
	if !q.who.inAWS() {
		return min(s.guards, resource)
	}
	own := min(s.identity, s.boundary, s.session)
	if q.crossAccount() {
		return min(s.guards, own, resource)
	}
	if q.needsResourcePolicy() {
		own = min(own, resource)
	}
	return min(s.guards, max(own, s.named[directly], min(s.named[viaRole], s.boundary, s.session)))
}

// free are calls that no policy can forbid ("GetCallerIdentity": no permissions
// are required, and a denial has no effect).
func (q *query) free() bool { return q.action == "sts:getcalleridentity" && q.who.inAWS() }

// boundByOrganization: SCPs bind principals of member accounts, the root user
// too, but no service-linked role and nobody outside.
func (q *query) boundByOrganization() bool { return q.who.inAWS() && !q.who.linked }

func (p *Profile) decide(q *query, r *Request) access.Verdict {
	if q.free() {
		return access.Allow
	}
	env := p.environment(q, r)
	deny := no
	for l := range env.all {
		if deny = max(deny, l.denies(q)); deny == yes {
			return access.Deny
		}
	}
	if r.ResourceUnread {
		return access.Unknown
	}
	s := env.sides(q)
	switch min(s.allowed(q), deny.not()) {
	case yes:
		return access.Allow
	case maybe:
		return access.Conditional
	}
	return access.Deny
}

// environment is the layers that take part in one request.
type environment struct {
	*Profile
	resource  *layer
	endpoints []*layer
	scps      []*layer
	rcps      []*layer
	own       bool // the principal's own policies take part
}

func (p *Profile) environment(q *query, r *Request) environment {
	e := environment{Profile: p, own: q.who.inAWS()}
	if r.ResourcePolicy != nil {
		e.resource = newLayer(resourceLayer, 0, []Attached{*r.ResourcePolicy})
	}
	for i := range r.EndpointPolicies {
		e.endpoints = append(e.endpoints, newLayer(endpointLayer, i, r.EndpointPolicies[i:i+1]))
	}
	if q.boundByOrganization() {
		e.scps = p.scps
	}
	if !q.who.linked {
		switch {
		case r.RCPs != nil:
			e.rcps = newLevels(rcpLayer, r.RCPs)
		case e.own && !q.crossAccount():
			e.rcps = p.rcps
		}
	}
	return e
}

// all yields every layer that can deny, in the order of AWS's evaluation.
func (e *environment) all(emit func(*layer) bool) {
	for _, list := range [][]*layer{e.rcps, e.scps} {
		for _, l := range list {
			if !emit(l) {
				return
			}
		}
	}
	if e.resource != nil && !emit(e.resource) {
		return
	}
	if e.own {
		for _, l := range []*layer{e.identity, e.boundary, e.session} {
			if l != nil && !emit(l) {
				return
			}
		}
	}
	for _, l := range e.endpoints {
		if !emit(l) {
			return
		}
	}
}

func (l *layer) denies(q *query) tri {
	t := no
	for i := range l.binds {
		if b := &l.binds[i]; b.deny {
			if t = max(t, b.matchFull(l.kind, q)); t == yes {
				break
			}
		}
	}
	return t
}

func (l *layer) allows(q *query) tri {
	t := no
	for i := range l.binds {
		if b := &l.binds[i]; !b.deny {
			if t = max(t, b.matchFull(l.kind, q)); t == yes {
				break
			}
		}
	}
	return t
}

// named is how a resource policy allows, by closeness.
func (l *layer) named(q *query) (by [closenesses]tri) {
	for i := range l.binds {
		b := &l.binds[i]
		if b.deny {
			continue
		}
		who, t := b.matchPrincipal(l.kind, q)
		if t == no {
			continue
		}
		if t = b.match(q); t == no {
			continue
		}
		for c := range by {
			by[c] = max(by[c], min(t, who[c]))
		}
	}
	return by
}

func (e *environment) sides(q *query) sides {
	s := sides{guards: yes}
	if e.own {
		s.identity, s.boundary, s.session = e.identity.allows(q), yes, yes
		if q.who.typ == Root { // may do everything in its account
			s.identity = yes
		}
		if e.boundary != nil {
			s.boundary = e.boundary.allows(q)
		}
		if e.session != nil {
			s.session = e.session.allows(q)
		}
	}
	for _, l := range e.scps {
		s.guards = min(s.guards, l.allows(q))
	}
	for _, l := range e.endpoints {
		s.guards = min(s.guards, l.allows(q))
	}
	if e.resource != nil {
		s.named = e.resource.named(q)
	}
	return s
}
