package awsiam

import (
	"slices"
	"sync/atomic"
)

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
	kind   layerKind
	level  int // of SCPs and RCPs, 0 the root
	from   []Attached
	one    *Attached // instead of from
	binds  []bound
	open   bool                                   // one statement allows everything always
	strict bool                                   // some statement may deny
	unread []string                               // names of documents that were not read
	cache  *[cacheSize]atomic.Pointer[candidates] // nil for few statements
}

// bound is a rule and where it stands.
type bound struct {
	*rule
	from, index int32
}

// candidates are the statements of a layer that name one action.
type candidates struct {
	action      int
	deny, allow []*bound
}

// Each layer remembers the candidates of the actions asked last, one per slot.
const (
	cacheSize = 64
	cacheFrom = 6 // statements
)

func newLayer(kind layerKind, level int, list []Attached) *layer {
	l := &layer{kind: kind, level: level, from: slices.Clone(list)}
	for i := range list {
		if list[i].Doc == nil {
			l.unread = append(l.unread, l.title(&list[i]))
			continue
		}
		for _, b := range list[i].Doc.binds {
			b.from = int32(i)
			if kind < rcpLayer && (b.noResource || !b.noPrincipal) {
				if !b.deny { // AWS refuses identity policies without Resource or with Principal
					continue
				}
				r := *b.rule
				r.guess, b.rule = true, &r
			}
			l.binds = append(l.binds, b)
		}
	}
	l.binds = slices.Clip(l.binds)
	l.survey()
	if len(l.binds) >= cacheFrom {
		l.cache = new([cacheSize]atomic.Pointer[candidates])
	}
	return l
}

// newLevels makes one layer per level.
func newLevels(kind layerKind, levels [][]Attached) []*layer {
	var out []*layer
	for i, list := range levels {
		out = append(out, newLayer(kind, i, list))
	}
	return out
}

// layerOf is the layer of a document that a request brings.
func layerOf(kind layerKind, level int, at *Attached) layer {
	l := layer{kind: kind, level: level, one: at}
	if at.Doc != nil {
		l.binds, l.strict = at.Doc.binds, true
	} else {
		l.unread = []string{l.title(at)}
	}
	return l
}

// survey notes what need not be asked again of the principal's own layers.
func (l *layer) survey() {
	for i := range l.binds {
		b := &l.binds[i]
		if b.deny {
			l.strict = true
		} else {
			l.open = l.open || l.kind < rcpLayer && b.total() && b.actions.everything()
		}
	}
}

// at is the document of a statement.
func (l *layer) at(b *bound) *Attached {
	if l.one != nil {
		return l.one
	}
	return &l.from[b.from]
}

// find returns the statements that name the action, nil where the layer is small
// and they are to be looked for.
func (l *layer) find(q *query) *candidates {
	if l.cache == nil || q.id < 0 {
		return nil
	}
	slot := &l.cache[q.id%cacheSize]
	if c := slot.Load(); c != nil && c.action == q.id {
		return c
	}
	c := &candidates{action: q.id}
	for i := range l.binds {
		b := &l.binds[i]
		switch {
		case !b.actions.has(q):
		case b.deny:
			c.deny = append(c.deny, b)
		default:
			c.allow = append(c.allow, b)
		}
	}
	slot.Store(c)
	return c
}

// denies is whether a Deny statement of the layer holds.
func (l *layer) denies(q *query) tri {
	t := no
	if l.strict {
		t = l.hold(q, true)
	}
	if l.unread != nil {
		t = max(t, maybe)
	}
	return t
}

// allows is whether an Allow statement of the layer holds.
func (l *layer) allows(q *query) tri {
	if l.open {
		return yes
	}
	t := l.hold(q, false)
	if l.unread != nil && q.hopeful {
		t = max(t, maybe)
	}
	return t
}

func (l *layer) hold(q *query, deny bool) tri {
	t := no
	if c := l.find(q); c != nil {
		list := c.allow
		if deny {
			list = c.deny
		}
		for _, b := range list {
			if t = max(t, b.hold(l.kind, q)); t == yes {
				break
			}
		}
		return t
	}
	for i := range l.binds {
		b := &l.binds[i]
		if b.deny != deny || !b.actions.has(q) {
			continue
		}
		if t = max(t, b.hold(l.kind, q)); t == yes {
			break
		}
	}
	return t
}

// hold is whether a statement that names the action holds. Denies that may are
// noted, and allows that they cancel do not.
func (b *bound) hold(kind layerKind, q *query) tri {
	who := yes
	if kind >= rcpLayer {
		if _, who = b.matchPrincipal(kind, q); who == no {
			return no
		}
	}
	return b.weigh(who, q)
}

// weigh is match together with what Principal says.
func (r *rule) weigh(who tri, q *query) tri {
	t := min(who, r.match(q))
	if t != maybe {
		return t
	}
	switch {
	case !r.deny && q.suspects.cancel(r, q):
		return no
	case r.deny && who == yes && !r.guess && r.matchResource(q) == yes:
		q.suspects.add(r)
	}
	return t
}

// named is how a resource policy allows, by closeness.
func (l *layer) named(q *query) (by [closenesses]tri) {
	if l.unread != nil && q.hopeful {
		by[directly] = maybe
	}
	for i := range l.binds {
		b := &l.binds[i]
		if b.deny || !b.actions.has(q) {
			continue
		}
		who, t := b.matchPrincipal(l.kind, q)
		if t == no {
			continue
		}
		for c := range by {
			by[c] = max(by[c], b.weigh(who[c], q))
		}
	}
	return by
}

// matchPrincipal is whether the Principal element of a statement names the
// caller, per closeness. Identity policies have none; a statement of a resource
// policy without one names nobody.
func (r *rule) matchPrincipal(kind layerKind, q *query) (by [closenesses]tri, t tri) {
	if kind < rcpLayer {
		return by, yes
	}
	if r.noPrincipal {
		return by, truth(kind != resourceLayer)
	}
	if r.badPrincipal {
		return by, maybe
	}
	if r.notPrincipal {
		t = r.spares(q).not()
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
