package awsiam

import (
	"slices"

	"github.com/droverhq/drover/access"
)

// A Profile is the policies of one principal, ready to answer. All principals
// with the same documents share one. It is immutable and safe
// for concurrent use.
type Profile struct {
	identity, boundary, session *layer // boundary, session: nil where there is none
	scps, rcps                  []*layer
}

type layerKind uint8

const (
	identityLayer layerKind = iota
	boundaryLayer
	sessionLayer
	scpLayer
	rcpLayer
	resourceLayer
	endpointLayer
)

// A layer is documents that decide together: one allow among them is enough.
type layer struct {
	kind  layerKind
	level int // of SCPs and RCPs, 0 the root
	from  []Attached
	binds []bound
}

// bound is a rule and where it stands.
type bound struct {
	*rule
	from, index int32
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
	return f
}

func newLayer(kind layerKind, level int, list []Attached) *layer {
	l := &layer{kind: kind, level: level, from: slices.Clone(list)}
	for i := range list {
		if list[i].Doc == nil {
			continue
		}
		for k := range list[i].Doc.rules {
			if r := &list[i].Doc.rules[k]; !r.void {
				l.binds = append(l.binds, bound{r, int32(i), int32(k)})
			}
		}
	}
	return l
}

func newLevels(kind layerKind, levels [][]Attached) []*layer {
	var out []*layer
	for i, list := range levels {
		out = append(out, newLayer(kind, i, list))
	}
	return out
}

// matchPrincipal is whether the Principal element of a statement names the
// caller, per closeness. Identity policies have none; a statement of a resource
// policy without one names nobody.
func (r *rule) matchPrincipal(kind layerKind, q *query) (by [closenesses]tri, t tri) {
	switch kind {
	case resourceLayer, rcpLayer, endpointLayer:
	default:
		return by, yes
	}
	if r.noPrincipal {
		return by, truth(kind != resourceLayer)
	}
	if r.notPrincipal {
		t = yes
		for i := range r.principals {
			t = min(t, r.principals[i].excludes(&q.who).not())
		}
		by[directly] = t
		return by, t
	}
	for i := range r.principals {
		m, c := r.principals[i].match(&q.who)
		by[c] = max(by[c], m)
		t = max(t, m)
	}
	return by, t
}

// matchFull is match with Principal.
func (b *bound) matchFull(kind layerKind, q *query) tri {
	_, t := b.matchPrincipal(kind, q)
	if t == no {
		return no
	}
	return min(t, b.match(q))
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
