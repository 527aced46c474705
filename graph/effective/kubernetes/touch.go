package kubernetes

import (
	"iter"
	"slices"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// touch yields the Secrets, workloads and service accounts that a profile
// reaches, each at its strongest level. It costs what it yields: of a profile that
// has nothing in the whole cluster only the namespaces of its own bindings are
// walked, and what holds in the whole cluster is asked once.
func (m *model) touch(number uint32) iter.Seq[effective.Touch] {
	return func(yield func(effective.Touch) bool) {
		if int(number) >= len(m.list) {
			return
		}
		p := &m.list[number]
		everywhere := &kinds{p: p}
		for _, s := range p.spaces() {
			k := everywhere
			if p.binds(s.name) {
				k = &kinds{p: p, ns: s.name}
			}
			if !k.touch(s, yield) {
				return
			}
		}
		node := resourceOf("node")
		for _, n := range p.c.machines {
			if l := p.level(node, "", n.name); l != "" && !yield(effective.Touch{Row: n.row, Level: l, Grade: drover.GradeProven}) {
				return
			}
		}
	}
}

// spaces are the namespaces in which a profile may have something, by name: all of
// them where it has something in the whole cluster.
func (p *profile) spaces() []*space {
	own := map[string]bool{}
	wide := p.masters
	for _, i := range p.bindings {
		if ns := p.c.policy.Bindings[i].Namespace; ns != "" {
			own[ns] = true
		} else if p.c.policy.Role(i) != nil {
			wide = true
		}
	}
	if wide {
		return p.c.order
	}
	var out []*space
	for ns := range own {
		if s := p.c.spaces[ns]; s != nil {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, bySpace)
	return out
}

// binds reports whether a profile has bindings that count in one namespace only.
func (p *profile) binds(ns string) bool {
	return slices.ContainsFunc(p.bindings, func(i int) bool { return p.c.policy.Bindings[i].Namespace == ns })
}

// kinds is what a profile has on the kinds of objects of a namespace, "" of those in
// which it has no bindings of its own, each asked once.
type kinds struct {
	p    *profile
	ns   string
	list []kindLevel
}

type kindLevel struct {
	typ   string
	r     *resource    // nil: of no resource that is read
	all   access.Level // on every object of the kind; "" none
	names bool         // a rule is for objects of a name: each is asked for
}

func (k *kinds) of(typ string) kindLevel {
	for i := range k.list {
		if k.list[i].typ == typ {
			return k.list[i]
		}
	}
	one := kindLevel{typ: typ, r: resourceOf(typ)}
	if one.r != nil {
		one.all, one.names = k.p.level(one.r, k.ns, ""), k.p.named(one.r, k.ns)
	}
	k.list = append(k.list, one)
	return one
}

func (k *kinds) touch(s *space, yield func(effective.Touch) bool) bool {
	one := func(of kindLevel, row uint32, name string) bool {
		l := of.all
		if of.names {
			l = k.p.level(of.r, k.ns, name)
		}
		return l == "" || yield(effective.Touch{Row: row, Level: l, Grade: drover.GradeProven})
	}
	if !one(k.of("namespace"), s.row, s.name) {
		return false
	}
	if of := k.of("secret"); of.any() {
		for _, t := range s.secrets {
			if !one(of, t.row, t.name) {
				return false
			}
		}
	}
	if of := k.of("service_account"); of.any() {
		for _, a := range s.accounts {
			if !one(of, a.row, a.name) {
				return false
			}
		}
	}
	for _, w := range s.workloads {
		if !one(k.of(w.typ), w.row, w.name) {
			return false
		}
	}
	return true
}

func (k kindLevel) any() bool { return k.all != "" || k.names }

// named reports whether a rule of the profile is for objects of a resource by name.
func (p *profile) named(r *resource, ns string) bool {
	return p.each(ns, func(rule *k8srbac.Rule) bool {
		if len(rule.ResourceNames) == 0 {
			return false
		}
		q := k8srbac.Request{Group: r.group, Resource: r.name, Namespace: ns, Name: rule.ResourceNames[0]}
		return slices.ContainsFunc(r.asks(), func(a ask) bool {
			q.Verb, q.Subresource = a.verb, a.sub
			return rule.Allows(&q)
		})
	})
}

// each calls fn for the rules that count in a namespace until it returns true.
func (p *profile) each(ns string, fn func(*k8srbac.Rule) bool) bool {
	for _, i := range p.bindings {
		role := p.c.policy.Role(i)
		if b := p.c.policy.Bindings[i].Namespace; role == nil || b != "" && b != ns {
			continue
		}
		for k := range role.Rules {
			if fn(&role.Rules[k]) {
				return true
			}
		}
	}
	return false
}

// level is the strongest that a profile has on an object, its subresources
// included; "" none.
func (p *profile) level(r *resource, ns, name string) access.Level {
	if p.masters {
		return access.LevelEscalate
	}
	best, rank := access.Level(""), access.Level("").Rank()
	q := k8srbac.Request{Group: r.group, Resource: r.name, Namespace: ns, Name: name}
	p.each(ns, func(rule *k8srbac.Rule) bool {
		for _, a := range r.asks() {
			if a.rank <= rank {
				break
			}
			q.Verb, q.Subresource = a.verb, a.sub
			if rule.Allows(&q) {
				best, rank = a.level, a.rank
				break
			}
		}
		return best == access.LevelEscalate
	})
	return best
}

// An ask is one thing that may be done to objects of a resource.
type ask struct {
	verb, sub string
	level     access.Level
	rank      int // of the level
}

// asks are what may be done to objects of a resource, the strongest first.
func (r *resource) asks() []ask { return asks()[r] }

var asks = sync.OnceValue(func() map[*resource][]ask {
	out := make(map[*resource][]ask, len(resources))
	for i := range resources {
		r := &resources[i]
		for _, sub := range append([]string{""}, r.subs...) {
			for _, verb := range slices.Concat(verbs, r.verbs) {
				l := r.levelOf(verb, sub)
				out[r] = append(out[r], ask{verb, sub, l, l.Rank()})
			}
		}
		slices.SortStableFunc(out[r], func(a, b ask) int { return b.rank - a.rank })
	}
	return out
})

func (r *resource) levelOf(verb, sub string) access.Level {
	name := r.name
	if sub != "" {
		name += "/" + sub
	}
	return k8srbac.Level(verb, r.group, name)
}
