package kubernetes

import (
	"fmt"
	"iter"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// A model answers for all clusters of a snapshot.
type model struct {
	*world
	edges []effective.Edge
	gaps  []effective.Gap
	list  []profile
}

// A profile is a set of bindings that somebody has, all of one cluster.
type profile struct {
	c        *cluster
	bindings []int
	masters  bool
	node     bool
}

// profiles numbers the sets of bindings.
func (m *model) profiles() {
	number := map[string]uint32{}
	kubelets := 0
	for i, c := range m.clusters {
		for _, id := range c.people {
			p := profile{c, c.policy.Of(id.who), id.who.Masters(), id.who.Node()}
			if p.node {
				kubelets++
			}
			key := fmt.Sprint(i, p.masters, p.node, p.bindings)
			n, ok := number[key]
			if !ok {
				n = uint32(len(m.list))
				number[key] = n
				m.list = append(m.list, p)
			}
			id.profile = n
		}
	}
	if kubelets > 0 {
		m.gaps = append(m.gaps, effective.Gap{System: system, What: "what the Node authorizer allows kubelets", Why: "it goes by the pods that are bound to a node at the moment, not by RBAC", Rows: kubelets})
	}
	if len(m.clusters) > 0 {
		m.gaps = append(m.gaps,
			effective.Gap{System: system, What: "admission webhooks and policies, which may refuse what RBAC allows", Why: "their rules are not read", Rows: 0},
			effective.Gap{System: system, What: "webhook and other authorizers beside RBAC", Why: "the API server's configuration is not in its API", Rows: 0})
	}
}

func (m *model) profile(row uint32) (uint32, bool) {
	if id := m.who[row]; id != nil {
		return id.profile, true
	}
	return 0, false
}

// touch yields the Secrets, workloads and service accounts that a profile
// reaches, each at its strongest level.
func (m *model) touch(number uint32) iter.Seq[effective.Touch] {
	return func(yield func(effective.Touch) bool) {
		if int(number) >= len(m.list) {
			return
		}
		p := &m.list[number]
		for _, s := range p.c.order {
			if !p.touchSpace(s, yield) {
				return
			}
		}
		for _, n := range p.c.machines {
			if l := p.level(resourceOf("node"), "", n.name); l != "" && !yield(effective.Touch{Row: n.row, Level: l, Grade: drover.GradeProven}) {
				return
			}
		}
	}
}

// touchSpace asks once for a kind of object, and for each only where a rule is
// for names.
func (p *profile) touchSpace(s *space, yield func(effective.Touch) bool) bool {
	type kind struct {
		all   access.Level
		names bool
	}
	kinds := map[string]kind{}
	of := func(typ, name string) access.Level {
		r := resourceOf(typ)
		if r == nil {
			return ""
		}
		k, ok := kinds[typ]
		if !ok {
			k = kind{p.level(r, s.name, ""), p.named(r, s.name)}
			kinds[typ] = k
		}
		if k.names {
			return p.level(r, s.name, name)
		}
		return k.all
	}
	one := func(row uint32, typ, name string) bool {
		l := of(typ, name)
		return l == "" || yield(effective.Touch{Row: row, Level: l, Grade: drover.GradeProven})
	}
	if !one(s.row, "namespace", s.name) {
		return false
	}
	for _, t := range s.secrets {
		if !one(t.row, "secret", t.name) {
			return false
		}
	}
	for _, a := range s.accounts {
		if !one(a.row, "service_account", a.name) {
			return false
		}
	}
	for _, w := range s.workloads {
		if !one(w.row, w.typ, w.name) {
			return false
		}
	}
	return true
}

// named reports whether a rule of the profile is for objects of a name.
func (p *profile) named(r *resource, ns string) bool {
	return p.each(ns, func(rule *k8srbac.Rule) bool { return len(rule.ResourceNames) > 0 })
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
	best := access.Level("")
	q := k8srbac.Request{Group: r.group, Resource: r.name, Namespace: ns, Name: name}
	p.each(ns, func(rule *k8srbac.Rule) bool {
		for _, sub := range append([]string{""}, r.subs...) {
			for _, verb := range slices.Concat(verbs, r.verbs) {
				q.Verb, q.Subresource = verb, sub
				if l := r.levelOf(verb, sub); l.Rank() > best.Rank() && rule.Allows(&q) {
					best = l
				}
			}
		}
		return best == access.LevelEscalate
	})
	return best
}

func (r *resource) levelOf(verb, sub string) access.Level {
	name := r.name
	if sub != "" {
		name += "/" + sub
	}
	return k8srbac.Level(verb, r.group, name)
}

func (m *model) grants(row uint32) []access.Grant {
	id := m.who[row]
	if id == nil {
		return nil
	}
	return id.c.policy.Grants(m.in.Ref(int(row)), id.who)
}
