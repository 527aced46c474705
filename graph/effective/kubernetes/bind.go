package kubernetes

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/droverhq/drover"
)

// roleBind is the right to write bindings and to bind roles that are not one's
// own. Without bind the API server lets nobody give what they do not have, so
// there is nothing to gain.
func (s *scope) roleBind() {
	if !s.spaced && s.ns == "" {
		s.bindings("clusterrolebindings", true)
	}
	s.bindings("rolebindings", false)
}

// bindings are the ways to roles by one kind of binding.
func (s *scope) bindings(resource string, clusterWide bool) {
	create, change := s.find(rbac, resource, "", "create"), s.find(rbac, resource, "", "patch", "update")
	cluster := s.find(rbac, "clusterroles", "", "bind")
	if create.any && cluster.ok() {
		s.bindClusterRoles(clusterWide, cluster, slices.Concat(create.by, cluster.by))
	}
	roles := match{}
	if !clusterWide {
		roles = s.find(rbac, "roles", "", "bind")
	}
	if create.any && roles.ok() {
		s.bindRoles(roles, slices.Concat(create.by, roles.by))
	}
	if !create.any && change.ok() {
		s.join(clusterWide, change, cluster, roles)
	}
}

// bindClusterRoles leads to the ClusterRoles that could be bound: everything,
// where any could, for every cluster has cluster-admin.
func (s *scope) bindClusterRoles(clusterWide bool, m match, by []right) {
	admins := m.any || slices.Contains(m.names, "cluster-admin")
	to := s.all()
	if !clusterWide && s.ns == "" {
		to = s.b.everySpace()
	}
	for i, r := range s.b.policy.Roles {
		if admins || r.Namespace != "" {
			break // Roles come after ClusterRoles
		}
		if _, ok := isAdmin(r.Rules); ok && m.over(r.Name) {
			admins = true
		} else if m.over(r.Name) {
			s.add(effect{to: s.b.permissionSet(i, s.ns, !clusterWide), technique: "ROLE_BIND", by: by})
		}
	}
	if admins {
		s.add(effect{to: to, technique: "ROLE_BIND", by: by})
	}
}

// bindRoles leads to the Roles of namespaces that could be bound there.
func (s *scope) bindRoles(m match, by []right) {
	for i, r := range s.b.policy.Roles {
		x := s.b.spaces[r.Namespace]
		if x == nil || s.ns != "" && r.Namespace != s.ns || !m.over(r.Name) {
			continue
		}
		if _, ok := isAdmin(r.Rules); ok {
			s.add(effect{to: x.row, technique: "ROLE_BIND", by: by})
			continue
		}
		s.add(effect{to: s.b.ofRole(i), technique: "ROLE_BIND", by: by})
	}
}

// join leads to the bindings that a subject could be added to.
func (s *scope) join(clusterWide bool, change, cluster, roles match) {
	for i, b := range s.b.policy.Bindings {
		if (b.Namespace == "") != clusterWide || s.ns != "" && b.Namespace != s.ns || !change.over(b.Name) {
			continue
		}
		may := cluster
		if b.RoleKind == "Role" {
			may = roles
		}
		if may.ok() && may.over(b.RoleName) && s.b.policy.RoleIndex(i) >= 0 {
			s.add(effect{to: s.b.bindings[i], technique: "ROLE_BIND", by: slices.Concat(change.by, may.by)})
		}
	}
}

// ofRole is the row of a Role, with what it gives in its namespace.
func (b *builder) ofRole(i int) uint32 {
	row := b.roleRows[i]
	if !b.roles[i] {
		b.roles[i] = true
		b.queue = append(b.queue, func() {
			ns := b.policy.Roles[i].Namespace
			s := &scope{b: b, rs: b.rightsOf(-1, i, ns), ns: ns}
			s.single()
			b.effects(row, s.out)
		})
	}
	return row
}

// permissionSet is what a ClusterRole gives where somebody could bind it and
// nobody has: in a namespace, in every one, or everywhere.
func (b *builder) permissionSet(i int, ns string, spaced bool) uint32 {
	role := &b.policy.Roles[i]
	where, key := "everywhere", "*"
	switch {
	case ns != "":
		where, key = "in "+strconv.Quote(ns), ns
	case spaced:
		where, key = "in every namespace", "*/"
	}
	k := [2]string{role.Name, key}
	if row, ok := b.held[k]; ok {
		return row
	}
	row := b.in.Node(drover.Node{Ref: b.ref("permission_set", key+":"+role.Name), Kind: drover.KindRole, Type: system + ".permission_set",
		Name: fmt.Sprintf("%s %s", role.Name, where)})
	b.held[k] = row
	b.queue = append(b.queue, func() {
		s := &scope{b: b, rs: b.rightsOf(-1, i, ns), ns: ns, spaced: spaced && ns == ""}
		s.single()
		b.effects(row, s.out)
	})
	return row
}
