package awsiam

import (
	"slices"
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
	if q.unchangeable() != "" {
		return access.Deny
	}
	if p.alone(q, r) {
		return p.quick(q)
	}
	e := p.environment(q, r)
	deny := e.denied(q)
	switch {
	case deny == yes:
		return access.Deny
	case r.ResourceUnread:
		return access.Unknown
	}
	s := e.sides(q)
	switch min(s.allowed(q), deny.not()) {
	case yes:
		return access.Allow
	case maybe:
		return access.Conditional
	}
	if e.mayAllow(q) {
		return access.Unknown
	}
	return access.Deny
}

// mayAllow is whether a document that was not read could turn an implicit deny
// into an allow.
func (e *environment) mayAllow(q *query) bool {
	if !e.unread && (e.ResourcePolicy == nil || e.ResourcePolicy.Doc != nil) && !slices.ContainsFunc(e.EndpointPolicies, func(a Attached) bool { return a.Doc == nil }) {
		return false
	}
	q.hopeful = true
	s := e.sides(q)
	q.hopeful = false
	return s.allowed(q) != no
}

// environment is what takes part in one request.
type environment struct {
	*Profile
	*Request
	own        bool // the principal's own policies
	scps, rcps []*layer
	foreign    bool // the request's RCPs
}

func (p *Profile) environment(q *query, r *Request) environment {
	e := environment{Profile: p, Request: r, own: q.who.inAWS()}
	q.bounded = e.own && p.boundary != nil
	if q.boundByOrganization() {
		e.scps = p.scps
	}
	if !q.who.linked && catalogue().rcps[q.service()] {
		e.foreign = r.RCPs != nil
		if !e.foreign && e.own && !q.crossAccount() {
			e.rcps = p.rcps
		}
	}
	return e
}

// layers are all that can deny, in the order of denied, which does not make a
// list.
func (e *environment) layers() []*layer {
	out := slices.Concat(e.rcps, e.scps)
	add := func(kind layerKind, level int, at *Attached) {
		l := layerOf(kind, level, at)
		out = append(out, &l)
	}
	if e.own {
		for _, l := range []*layer{e.identity, e.boundary, e.session} {
			if l != nil {
				out = append(out, l)
			}
		}
	}
	if e.foreign {
		for i, list := range e.RCPs {
			for k := range list {
				add(rcpLayer, i, &list[k])
			}
		}
	}
	if e.ResourcePolicy != nil {
		add(resourceLayer, 0, e.ResourcePolicy)
	}
	for i := range e.EndpointPolicies {
		add(endpointLayer, i, &e.EndpointPolicies[i])
	}
	return out
}

func (e *environment) denied(q *query) tri {
	t := no
	for _, l := range e.rcps {
		t = max(t, l.denies(q))
	}
	for _, l := range e.scps {
		t = max(t, l.denies(q))
	}
	if e.own && t != yes {
		t = max(t, e.identity.denies(q))
		if e.boundary != nil {
			t = max(t, e.boundary.denies(q))
		}
		if e.session != nil {
			t = max(t, e.session.denies(q))
		}
	}
	if t == yes {
		return yes
	}
	return max(t, e.requestDenies(q))
}

// requestDenies is denied by what the request brings.
func (e *environment) requestDenies(q *query) tri {
	t := no
	if e.foreign {
		for i, list := range e.RCPs {
			for k := range list {
				l := layerOf(rcpLayer, i, &list[k])
				t = max(t, l.denies(q))
			}
		}
	}
	if e.ResourcePolicy != nil {
		l := layerOf(resourceLayer, 0, e.ResourcePolicy)
		t = max(t, l.denies(q))
	}
	for i := range e.EndpointPolicies {
		l := layerOf(endpointLayer, i, &e.EndpointPolicies[i])
		t = max(t, l.denies(q))
	}
	return t
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
		switch {
		case e.session != nil:
			s.session = e.session.allows(q)
		case q.who.typ == FederatedUser:
			s.session = no
		}
	}
	for _, l := range e.scps {
		s.guards = min(s.guards, l.allows(q))
	}
	for i := range e.EndpointPolicies {
		l := layerOf(endpointLayer, i, &e.EndpointPolicies[i])
		s.guards = min(s.guards, l.allows(q))
	}
	if e.ResourcePolicy != nil {
		l := layerOf(resourceLayer, 0, e.ResourcePolicy)
		s.named = l.named(q)
	}
	return s
}
