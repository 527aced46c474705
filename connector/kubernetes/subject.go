package kubernetes

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// The groups that the API server puts identities into by itself (Kubernetes
// documentation, Using RBAC Authorization, and package serviceaccount).
const (
	groupAuthenticated = "system:authenticated"
	groupAccounts      = "system:serviceaccounts"
	groupNodes         = "system:nodes"
	groupMasters       = "system:masters"
	groupAnonymous     = "system:unauthenticated"
)

// user emits a user, who is no object of the API but a name that bindings,
// certificates and tokens give, and returns the end of an edge to it. A service
// account's name is that service account.
func (c *cluster) user(name string, out *connector.Out) drover.Ref {
	if ns, sa, ok := serviceAccountOf(name); ok {
		return c.saEnd(ns, sa)
	}
	n := drover.Node{Ref: c.named("user", name), Kind: drover.KindIdentity, Type: system + ".user", Name: cut(name, 1024)}
	if usable(name) {
		n.Aliases = c.aliases(func(h string) []string { return []string{"k8s-user:" + h + "/" + name} })
	}
	if strings.HasPrefix(name, "system:") {
		n.Attrs = drover.NewAttrs(map[string]any{"provider_managed": true})
	}
	out.Node(n)
	if name != "system:anonymous" {
		c.memberOf(n.Ref, groupAuthenticated, "", "every user that signed in is in "+groupAuthenticated, nil, out)
	}
	return n.Ref
}

// group emits a group and returns its ref. The groups of service accounts are in
// each other: that of a namespace in that of all, that in system:authenticated,
// so that each account needs one edge.
func (c *cluster) group(name string, out *connector.Out) drover.Ref {
	n := drover.Node{Ref: c.named("group", name), Kind: drover.KindGroup, Type: system + ".group", Name: cut(name, 1024)}
	if usable(name) {
		n.Aliases = c.aliases(func(h string) []string { return []string{"k8s-group:" + h + "/" + name} })
	}
	attrs := map[string]any{}
	if strings.HasPrefix(name, "system:") {
		attrs["provider_managed"] = true
	}
	if name == groupMasters {
		attrs["bypasses_rbac"] = true
	}
	n.Attrs = drover.NewAttrs(attrs)
	out.Node(n)
	switch {
	case strings.HasPrefix(name, groupAccounts+":"):
		c.memberOf(n.Ref, groupAccounts, "", "every service account is in "+groupAccounts, nil, out)
	case name == groupAccounts:
		c.memberOf(n.Ref, groupAuthenticated, "", "every service account is in "+groupAuthenticated, nil, out)
	}
	return n.Ref
}

// memberOf joins an identity or a group to a group, which it emits.
func (c *cluster) memberOf(who drover.Ref, group, part, proof string, cond map[string]any, out *connector.Out) {
	out.Edge(drover.Edge{From: who, To: c.group(group, out), Kind: drover.EdgeMemberOf, Part: part, Cond: drover.NewAttrs(cond), Proof: proof})
}

// serviceAccountOf takes the user name of a service account apart.
func serviceAccountOf(user string) (ns, name string, ok bool) {
	rest, ok := strings.CutPrefix(user, "system:serviceaccount:")
	if !ok {
		return "", "", false
	}
	ns, name, ok = strings.Cut(rest, ":")
	return ns, name, ok && ns != "" && name != "" && usable(ns) && usable(name) && !strings.ContainsAny(ns+name, ":/|")
}

// usable reports whether a name may stand in an alias: it is not so long, or of
// such characters, that another name or a pattern could be read into it.
func usable(name string) bool {
	if name == "" || len(name) > 512 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '\uFFFD' || r == '*' || r == '?'
	})
}
