package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// question reads RESOURCE as: a ref or an alias of a row; a URL (/healthz); or
// [NAMESPACE/]RESOURCE[.GROUP][/SUBRESOURCE][/NAME], such as secrets,
// shop/secrets/db, pods/exec, deployments.apps/web. ACTION is a verb.
func (m *model) question(text, action string) (effective.Question, bool) {
	if len(m.clusters) == 0 || text == "" {
		return effective.Question{}, false
	}
	q := effective.Question{System: system, Resource: text, Row: -1, Action: action}
	if text[0] == '/' {
		q.Known = action == "" || slices.Contains([]string{"get", "head", "post", "put", "patch", "delete", "options"}, action)
		return q, true
	}
	if row, ok := m.rowOf(text); ok {
		return m.ofRow(row, action)
	}
	a, ok := parseAsked(text)
	if !ok {
		return effective.Question{}, false
	}
	q.Known = a.resource == nil || a.resource.knows(action)
	if row, ok := m.rowAsked(a); ok {
		q.Row = row
	}
	return q, true
}

// rowOf finds a row of this system by ref or alias.
func (m *model) rowOf(text string) (int, bool) {
	if row, ok := m.in.Find(drover.Ref(text)); ok {
		row = m.in.Head(row)
		return row, m.in.Ref(row).System() == system
	}
	if !strings.HasPrefix(text, "k8s") && !strings.HasPrefix(text, "kubernetes-") {
		return 0, false
	}
	for i := range m.in.Len() {
		if strings.HasPrefix(m.in.Type(i), system+".") && slices.Contains(m.in.Aliases(i), text) {
			return m.in.Head(i), true
		}
	}
	return 0, false
}

// ofRow asks about a row: an object of a resource that the API has.
func (m *model) ofRow(row int, action string) (effective.Question, bool) {
	typ := lastWord(m.in.Type(row))
	r := resourceOf(typ)
	if r == nil {
		return effective.Question{}, false
	}
	name := m.in.Name(row)
	a := asked{resource: r, group: r.group, name: name, plural: r.name}
	if !r.global {
		a.ns = m.meta(row).Namespace
	}
	if typ == "namespace" {
		a.ns = name
	}
	return effective.Question{System: system, Resource: a.String(), Row: row, Action: action, Known: r.knows(action)}, true
}

// asked is a resource as a user wrote it.
type asked struct {
	ns, group, plural, sub, name string
	resource                     *resource // nil: of an API that is not built in
}

// String is its spelling: NAMESPACE/RESOURCE.GROUP/SUBRESOURCE/NAME.
func (a asked) String() string {
	parts := []string{a.ns, k8srbac.Spell(a.group, a.plural), a.sub, a.name}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "/")
}

func parseAsked(text string) (asked, bool) {
	f := strings.Split(text, "/")
	for i := range min(2, len(f)) {
		a := asked{resource: resourceNamed(f[i])}
		if a.resource == nil {
			plural, group, ok := strings.Cut(f[i], ".")
			if !ok || !strings.Contains(group, ".") || plural == "" {
				continue
			}
			a.plural, a.group = plural, group
		} else {
			a.plural, a.group = a.resource.name, a.resource.group
		}
		if i == 1 {
			a.ns = f[0]
		}
		rest := f[i+1:]
		if len(rest) > 0 && (a.resource == nil && len(rest) > 1 || a.resource != nil && slices.Contains(a.resource.subs, rest[0])) {
			a.sub, rest = rest[0], rest[1:]
		}
		switch {
		case len(rest) == 2 && a.resource != nil && a.sub == "" && slices.Contains(a.resource.subs, rest[1]):
			a.name, a.sub = rest[0], rest[1] // pods/web/exec, as in the API's own paths
		case len(rest) > 1:
			return asked{}, false
		case len(rest) == 1:
			a.name = rest[0]
		}
		if a.plural == "namespaces" && a.ns == "" {
			a.ns = a.name
		}
		return a, true
	}
	return asked{}, false
}

// rowAsked finds the row of what is asked for, where one is of that name.
func (m *model) rowAsked(a asked) (int, bool) {
	if a.resource == nil || a.resource.typ == "" || a.name == "" {
		return 0, false
	}
	found := -1
	for i := range m.in.Seen() {
		if m.in.Type(i) != system+"."+a.resource.typ || m.in.Name(i) != a.name || m.in.IsMember(i) {
			continue
		}
		if !a.resource.global && m.meta(i).Namespace != a.ns {
			continue
		}
		if found >= 0 {
			return 0, false // of several clusters
		}
		found = i
	}
	return found, found >= 0
}

// strength lists verbs with their subresources from the strongest level, for a
// question without a verb.
func (a *asked) strength() []k8srbac.Request {
	var out []k8srbac.Request
	base := k8srbac.Request{Group: a.group, Resource: a.plural, Subresource: a.sub, Namespace: a.ns, Name: a.name}
	more, subs := []string(nil), []string{a.sub}
	if a.resource != nil {
		more = a.resource.verbs
		if a.sub == "" {
			subs = append(subs, a.resource.subs...)
		}
	}
	for _, sub := range subs {
		for _, v := range slices.Concat(verbs, more) {
			q := base
			q.Verb, q.Subresource = v, sub
			if v == "create" && sub == "" {
				q.Name = "" // what is created has no name yet
			}
			out = append(out, q)
		}
	}
	slices.SortStableFunc(out, func(x, y k8srbac.Request) int { return level(&y).Rank() - level(&x).Rank() })
	return out
}

func level(q *k8srbac.Request) access.Level {
	name := q.Resource
	if q.Subresource != "" {
		name += "/" + q.Subresource
	}
	return k8srbac.Level(q.Verb, q.Group, name)
}

// decide answers for one identity of a cluster.
func (m *model) decide(row uint32, q effective.Question) access.Decision {
	id := m.who[row]
	if id == nil {
		return access.Decision{Verdict: access.Unknown, Proof: []access.Proof{{Text: "not an identity of a Kubernetes cluster"}}}
	}
	if strings.HasPrefix(q.Resource, "/") {
		verb := q.Action
		if verb == "" {
			verb = "get"
		}
		return id.c.policy.Decide(id.who, &k8srbac.Request{Verb: verb, Path: q.Resource})
	}
	if q.Row >= 0 && q.Row < m.in.Len() && m.in.Ref(q.Row).Tenant() != id.c.tenant {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Effect: "deny", Text: "it is of another cluster, in which this identity cannot sign in"}}}
	}
	a, ok := parseAsked(q.Resource)
	if !ok {
		return access.Decision{Verdict: access.Unknown, Proof: []access.Proof{{Text: "not a resource of Kubernetes"}}}
	}
	requests := a.strength()
	if q.Action != "" {
		requests = []k8srbac.Request{{Verb: q.Action, Group: a.group, Resource: a.plural, Subresource: a.sub, Namespace: a.ns, Name: a.name}}
		if q.Action == "create" && a.sub == "" {
			requests[0].Name = ""
		}
	}
	for i := range requests {
		if d := id.c.policy.Decide(id.who, &requests[i]); d.Verdict == access.Allow {
			return said(d, q, &requests[i])
		}
	}
	if a.ns == "" && (a.resource == nil || !a.resource.global) {
		for i := range requests {
			if d, ok := id.somewhere(requests[i]); ok {
				return said(d, q, &requests[i])
			}
		}
	}
	return id.c.policy.Decide(id.who, &requests[0])
}

// said names the verb that was found, for a question without one.
func said(d access.Decision, q effective.Question, r *k8srbac.Request) access.Decision {
	if q.Action == "" {
		sub := ""
		if r.Subresource != "" {
			sub = "/" + r.Subresource
		}
		d.Proof = append(d.Proof, access.Proof{Text: fmt.Sprintf("the strongest that is allowed: %s %s%s", r.Verb, r.Resource, sub)})
	}
	return d
}

// somewhere answers for a question that names no namespace, where everywhere is
// too much: allowed in some.
func (id *identity) somewhere(r k8srbac.Request) (access.Decision, bool) {
	var out access.Decision
	var in []string
	for _, s := range id.c.order {
		r.Namespace = s.name
		if d := id.c.policy.Decide(id.who, &r); d.Verdict == access.Allow {
			if len(in) == 0 {
				out = d
			}
			in = append(in, s.name)
		}
	}
	if len(in) == 0 {
		return out, false
	}
	out.Verdict, out.Condition = access.Conditional, drover.NewAttrs(map[string]any{"namespace": in})
	return out, true
}
