package kubernetes

import (
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/k8srbac"
)

// impersonate are the rights to act as users and service accounts (Kubernetes
// documentation, User impersonation). Accounts are of a namespace; users and
// groups of none.
func (s *scope) impersonate() {
	m := s.find(core, "serviceaccounts", "", "impersonate")
	if m.any && s.ns == "" {
		s.accounts(m, effect{technique: "IDENTITY_IMPERSONATE"})
	} else if m.ok() {
		for _, x := range s.spaces() {
			for _, a := range x.accounts {
				if m.over(a.name) {
					s.add(effect{to: a.row, technique: "IDENTITY_IMPERSONATE", cond: a.inCluster(), by: m.by})
				}
			}
		}
	}
	users := s.global(core, "users", "", "impersonate")
	if !users.ok() {
		return
	}
	for _, id := range s.b.people {
		if id.kind == "User" && users.over(id.name) {
			s.add(effect{to: id.row, technique: "IDENTITY_IMPERSONATE", cond: id.inCluster(), by: users.by})
		}
	}
}

// inCluster is the condition under which acting as an identity in the API is all
// of it: it holds no token that opens something outside, and is in no group that
// only its certificate names.
func (id *identity) inCluster() drover.Attrs {
	switch {
	case id.cloud:
		return drover.NewAttrs(map[string]any{"reach": "the API of this cluster only"})
	case id.kind == "User" && slices.ContainsFunc(id.groups, func(g *identity) bool { return g.name != k8srbac.GroupAuthenticated }):
		return drover.NewAttrs(map[string]any{"groups": "those of its credential are impersonated, too"})
	}
	return nil
}

// groups is the right to act in groups, which takes a user or an account to be.
func (s *scope) groups() {
	m := s.global(core, "groups", "", "impersonate")
	if !m.ok() {
		return
	}
	as := s.global(core, "users", "", "impersonate")
	if !as.ok() {
		as = find(s.rs, s.ns, core, "serviceaccounts", "", "impersonate")
	}
	if !as.ok() {
		return
	}
	by := slices.Concat(m.by, as.by)
	if m.over(k8srbac.GroupMasters) {
		s.add(effect{to: s.b.row, technique: "IDENTITY_IMPERSONATE", by: by})
		return
	}
	for _, g := range s.b.people {
		if g.kind == "Group" && m.over(g.name) {
			s.add(effect{to: g.row, technique: "IDENTITY_IMPERSONATE", by: by})
		}
	}
}

// escalate is the right to write into a role that one has what one does not have.
// The roles that count are those that the rights come from.
func (s *scope) escalate() {
	for _, kind := range []string{"clusterroles", "roles"} {
		find := s.find
		if kind == "clusterroles" {
			find = s.everywhere
		}
		write, lift := find(rbac, kind, "", "patch", "update"), find(rbac, kind, "", "escalate")
		if !write.ok() || !lift.ok() {
			continue
		}
		seen := map[uint32]bool{}
		for _, r := range s.rs {
			role := &s.b.policy.Roles[r.role]
			ours := role.Namespace == "" == (kind == "clusterroles") && (kind == "clusterroles" || role.Namespace == s.ns)
			if !ours || r.ns != s.ns || !write.over(role.Name) || !lift.over(role.Name) {
				continue
			}
			if to := s.all(); !seen[to] {
				seen[to] = true
				s.add(effect{to: to, technique: "ESCALATE_VERB", by: slices.Concat(write.by, lift.by)})
			}
		}
	}
}

// everywhere is global for rights that are held beside others of the scope: a
// ClusterRole is written cluster-wide, wherever it is bound.
func (s *scope) everywhere(group, resource, sub string, verbs ...string) match {
	if s.spaced {
		return match{}
	}
	return find(s.rs, "", group, resource, sub, verbs...)
}

// clientSigner signs client certificates for the API server.
const clientSigner = "kubernetes.io/kube-apiserver-client"

// approve is the right to have a certificate of any name signed. Requests for
// system:masters are refused (admission plugin CertificateSubjectRestriction).
func (s *scope) approve() {
	ask, approve := s.global(certs, "certificatesigningrequests", "", "create"), s.global(certs, "certificatesigningrequests", "approval", "update", "patch")
	sign := s.global(certs, "signers", "", "approve")
	if !ask.any || !approve.any || !sign.over(clientSigner) && !sign.over("kubernetes.io/*") {
		return
	}
	s.add(effect{to: s.b.everybody(), technique: "CSR_APPROVE", by: slices.Concat(ask.by, approve.by, sign.by)})
}

// tokenSecret is the right to make a Secret that the control plane fills with a
// token, and to read it.
func (s *scope) tokenSecret() {
	create, read := s.find(core, "secrets", "", "create"), s.find(core, "secrets", "", "get", "list", "watch")
	if create.any && read.any {
		s.accounts(match{any: true, by: slices.Concat(create.by, read.by)}, effect{technique: "TOKEN_SECRET_CREATE"})
	}
}

// volumes is the right to mount a path of a node past Pod Security.
func (s *scope) volumes() {
	pv := find(s.rs, "", core, "persistentvolumes", "", "create")
	if s.spaced || !pv.any {
		return
	}
	claim, pod := s.find(core, "persistentvolumeclaims", "", "create"), s.find(core, "pods", "", "create")
	if claim.any && pod.any {
		s.add(effect{to: s.b.node(), technique: "PV_HOSTPATH", by: slices.Concat(pv.by, claim.by, pod.by)})
	}
}

// labels is the right to lift Pod Security from a namespace and to create pods
// there. A namespace counts as being in itself, so a RoleBinding in it gives the
// right to change it (Kubernetes source, RequestInfoFactory).
func (s *scope) labels() {
	change, pod := s.find(core, "namespaces", "", "patch", "update"), s.find(core, "pods", "", "create")
	if !change.ok() || !pod.any {
		return
	}
	for _, x := range s.spaces() {
		if (x.enforce == "baseline" || x.enforce == "restricted") && change.over(x.name) {
			s.add(effect{to: s.b.node(), technique: "PSA_LABEL", by: slices.Concat(change.by, pod.by)})
			return
		}
	}
}
