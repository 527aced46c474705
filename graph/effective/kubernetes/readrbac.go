package kubernetes

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// A bound is what decides about one role or binding, with its row.
type bound[T any] struct {
	row uint32
	it  T
}

// rbac compiles the roles and bindings of a cluster.
func (w *world) rbac(c *cluster, mine []int) {
	var roles []bound[k8srbac.Role]
	var bindings []bound[k8srbac.Binding]
	unread, manifests := 0, false
	for _, i := range mine {
		if w.in.Ref(i).Tenant() != c.tenant {
			continue
		}
		switch lastWord(w.in.Type(i)) {
		case "role", "cluster_role":
			r, m, ok := w.role(i)
			if !ok {
				unread++
			}
			manifests = manifests || m.Manifest != ""
			roles = append(roles, bound[k8srbac.Role]{uint32(w.in.Head(i)), r})
		case "role_binding", "cluster_role_binding":
			bindings = append(bindings, bound[k8srbac.Binding]{uint32(w.in.Head(i)), w.binding(i)})
		}
	}
	bindings = append(bindings, w.unbound(c)...)
	if unread > 0 {
		c.gaps = append(c.gaps, effective.Gap{System: system, What: "rules of roles", Why: "their documents were not read", Rows: unread})
	}
	slices.SortFunc(roles, func(a, b bound[k8srbac.Role]) int {
		return cmp.Or(cmp.Compare(a.it.Namespace, b.it.Namespace), cmp.Compare(a.it.Name, b.it.Name), cmp.Compare(a.row, b.row))
	})
	slices.SortFunc(bindings, func(a, b bound[k8srbac.Binding]) int {
		return cmp.Or(cmp.Compare(a.it.Namespace, b.it.Namespace), cmp.Compare(a.it.Name, b.it.Name), cmp.Compare(a.row, b.row))
	})
	var rs []k8srbac.Role
	for _, r := range roles {
		rs, c.roleRows = append(rs, r.it), append(c.roleRows, r.row)
	}
	if manifests {
		aggregate(rs)
	}
	var bs []k8srbac.Binding
	for _, b := range bindings {
		bs, c.bindings = append(bs, b.it), append(c.bindings, b.row)
	}
	c.policy = k8srbac.New(rs, bs)
}

// aggregate fills the rules of aggregated roles of manifests. What a dump of a
// cluster has filled in stays: the roles it comes from may not be in the dump.
func aggregate(roles []k8srbac.Role) {
	filled := make([][]k8srbac.Rule, len(roles))
	for i := range roles {
		if roles[i].Aggregation != nil {
			filled[i] = roles[i].Rules
		}
	}
	k8srbac.Aggregate(roles)
	for i, was := range filled {
		for _, r := range was {
			if !slices.ContainsFunc(roles[i].Rules, func(x k8srbac.Rule) bool { return x.String() == r.String() }) {
				roles[i].Rules = append(roles[i].Rules, r)
			}
		}
	}
}

func (w *world) role(i int) (k8srbac.Role, meta, bool) {
	var a struct {
		meta
		Document string `json:"document"`
	}
	_ = json.Unmarshal(w.in.Attrs(i), &a)
	r := k8srbac.Role{Ref: w.in.Ref(w.in.Head(i)), Namespace: a.Namespace, Name: w.in.Name(i), Labels: a.Labels}
	if w.in.Document == nil {
		return r, a.meta, false
	}
	d, ok := w.in.Document(a.Document)
	if !ok {
		return r, a.meta, false
	}
	var err error
	r.Rules, r.Aggregation, err = k8srbac.ParseRules([]byte(d.Body))
	return r, a.meta, err == nil
}

func (w *world) binding(i int) k8srbac.Binding {
	var a struct {
		meta
		Role struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"roleRef"`
	}
	_ = json.Unmarshal(w.in.Attrs(i), &a)
	b := k8srbac.Binding{Ref: w.in.Ref(w.in.Head(i)), Namespace: a.Namespace, Name: w.in.Name(i), RoleKind: a.Role.Kind, RoleName: a.Role.Name}
	head := w.in.Head(i)
	for h := range w.in.Out(head) {
		if h.Kind != drover.EdgeAttached {
			continue
		}
		if id := w.who[uint32(w.in.Head(h.Row))]; id != nil && w.member(id, head) {
			b.Subjects = append(b.Subjects, k8srbac.Subject{Kind: id.kind, Namespace: id.namespace, Name: id.name})
		}
	}
	return b
}

// member reports whether an identity is a member of a role by a binding: each
// subject of one has two edges, and a what-if may take away either.
func (w *world) member(id *identity, binding int) bool {
	if id.parts == nil {
		id.parts = map[string]bool{}
		for h := range w.in.Out(int(id.row)) {
			if h.Kind == drover.EdgeMemberOf {
				id.parts[w.in.Edge(h.Edge).Part] = true
			}
		}
	}
	return slices.ContainsFunc(w.in.MemberRows(binding), func(m int) bool { return id.parts[w.in.Ref(m).ID()] })
}

// unbound are memberships of roles by no binding that was read, such as those of
// a what-if: each stands for a binding of its own.
func (w *world) unbound(c *cluster) (out []bound[k8srbac.Binding]) {
	known := map[string]bool{}
	for i := range w.in.Len() {
		if t := w.in.Type(i); t == system+".role_binding" || t == system+".cluster_role_binding" {
			known[w.in.Ref(i).ID()] = true
		}
	}
	for _, id := range c.people {
		for h := range w.in.Out(int(id.row)) {
			typ := lastWord(w.in.Type(h.Row))
			if h.Kind != drover.EdgeMemberOf || typ != "role" && typ != "cluster_role" {
				continue
			}
			e := w.in.Edge(h.Edge)
			if known[e.Part] || w.in.Ref(h.Row).Tenant() != c.tenant {
				continue
			}
			b := k8srbac.Binding{Name: w.in.Name(h.Row), Namespace: e.Cond.Str("namespace"), RoleKind: "ClusterRole", RoleName: w.in.Name(h.Row),
				Subjects: []k8srbac.Subject{{Kind: id.kind, Namespace: id.namespace, Name: id.name}}}
			if typ == "role" {
				b.RoleKind, b.Namespace = "Role", w.meta(h.Row).Namespace
			}
			row := w.in.Node(drover.Node{Ref: c.ref("permission_set", "member:"+string(w.in.Ref(int(id.row)))+" "+e.Part+" "+string(e.To)), Kind: drover.KindPolicy, Type: system + ".permission_set", Name: b.Name})
			out = append(out, bound[k8srbac.Binding]{row, b})
		}
	}
	return out
}

// join says who is in which group and which bindings name whom.
func (w *world) join(c *cluster) {
	for _, id := range c.people {
		for h := range w.in.Out(int(id.row)) {
			switch h.Kind {
			case drover.EdgeMemberOf:
				if g := w.who[uint32(w.in.Head(h.Row))]; g != nil && g.kind == "Group" && g.c == c {
					id.groups = append(id.groups, g)
				}
			case drover.EdgeCanAssume:
				id.cloud = true
			}
		}
		for h := range w.in.In(int(id.row)) {
			if c.mapped || h.Kind != drover.EdgeMemberOf && h.Kind != drover.EdgeCanAssume || w.who[uint32(h.Row)] != nil {
				continue
			}
			proof := w.in.Edge(h.Edge).Proof
			c.mapped = strings.Contains(proof, " mapRoles[") || strings.Contains(proof, " mapUsers[")
		}
		id.groups = append(id.groups, c.implied(id)...)
		slices.SortFunc(id.groups, func(a, b *identity) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.row, b.row)) })
		id.groups = slices.Compact(id.groups)
	}
	for _, id := range c.people {
		id.who.Groups = id.closure()
		own := k8srbac.Who{User: id.who.User}
		if id.kind == "Group" {
			own.Groups = []string{id.name}
		}
		id.bindings = c.policy.Of(own)
	}
	for _, m := range c.machines {
		m.user = c.byName["system:node:"+m.name]
	}
}

// implied are the groups that the API server fills by itself, as far as a binding
// speaks of them, where no source said so.
func (c *cluster) implied(id *identity) (out []*identity) {
	for _, g := range id.who.Groups {
		if x := c.groups[g]; x != nil && x != id && !slices.ContainsFunc(id.groups, func(has *identity) bool { return has == x || slices.Contains(has.closure(), g) }) {
			out = append(out, x)
		}
	}
	return out
}

// closure are the names of all groups that id is in, directly or not, its own
// among them where it is one.
func (id *identity) closure() []string {
	names := slices.Clone(id.who.Groups)
	seen := map[*identity]bool{id: true}
	for list := slices.Clone(id.groups); len(list) > 0; {
		g := list[0]
		if list = list[1:]; seen[g] {
			continue
		}
		seen[g] = true
		names = append(names, g.name)
		list = append(list, g.groups...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
