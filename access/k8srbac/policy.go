package k8srbac

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Role is a ClusterRole (Namespace "") or a Role.
type Role struct {
	Ref         drover.Ref
	Namespace   string
	Name        string
	Labels      map[string]string // of a ClusterRole, for aggregation
	Rules       []Rule
	Aggregation *Aggregation
}

// Kind is "ClusterRole" or "Role".
func (r *Role) Kind() string {
	if r.Namespace == "" {
		return "ClusterRole"
	}
	return "Role"
}

// A Binding is a ClusterRoleBinding (Namespace "") or a RoleBinding.
type Binding struct {
	Ref       drover.Ref
	Namespace string
	Name      string
	RoleKind  string // ClusterRole or Role; a ClusterRoleBinding can only name a ClusterRole
	RoleName  string
	Subjects  []Subject
}

// Kind is "ClusterRoleBinding" or "RoleBinding".
func (b *Binding) Kind() string {
	if b.Namespace == "" {
		return "ClusterRoleBinding"
	}
	return "RoleBinding"
}

// A Subject is whom a binding names. The namespace of a ServiceAccount that
// names none is that of the binding.
type Subject struct {
	Kind      string // User, Group, ServiceAccount
	Namespace string
	Name      string
}

// Groups that the API server knows of by itself (Kubernetes documentation,
// Authenticating and Using RBAC Authorization).
const (
	GroupMasters         = "system:masters" // passes by every authorizer
	GroupAuthenticated   = "system:authenticated"
	GroupUnauthenticated = "system:unauthenticated"
	GroupAccounts        = "system:serviceaccounts"
	GroupNodes           = "system:nodes"
	UserAnonymous        = "system:anonymous"
	nodeUser             = "system:node:"
	accountUser          = "system:serviceaccount:"
)

// Who is who asks: a user name and the groups that its authentication gave.
type Who struct {
	User   string
	Groups []string
}

// Account is a service account as the API server sees it: in the groups of all
// accounts, of its namespace's, and of everybody who signed in.
func Account(namespace, name string) Who {
	return Who{accountUser + namespace + ":" + name, []string{GroupAccounts, GroupAccounts + ":" + namespace, GroupAuthenticated}}
}

// A Policy is all roles and bindings of one cluster. It is immutable and safe
// for concurrent use.
type Policy struct {
	Roles    []Role
	Bindings []Binding

	role  []int // of each binding: its place in Roles, -1: it names none that is there
	users map[string][]int32
	group map[string][]int32
}

// New indexes roles and bindings, which must not be changed after.
func New(roles []Role, bindings []Binding) *Policy {
	p := &Policy{Roles: roles, Bindings: bindings, role: make([]int, len(bindings)), users: map[string][]int32{}, group: map[string][]int32{}}
	byName := make(map[[2]string]int, len(roles))
	for i := range roles {
		byName[[2]string{roles[i].Namespace, roles[i].Name}] = i
	}
	for i := range bindings {
		b := &bindings[i]
		p.role[i] = -1
		key, ok := [2]string{"", b.RoleName}, b.RoleKind == "ClusterRole"
		if b.RoleKind == "Role" && b.Namespace != "" {
			key, ok = [2]string{b.Namespace, b.RoleName}, true
		}
		if r, there := byName[key]; ok && there {
			p.role[i] = r
		}
		for _, s := range b.Subjects {
			p.subject(int32(i), b, s)
		}
	}
	return p
}

func (p *Policy) subject(i int32, b *Binding, s Subject) {
	add := func(m map[string][]int32, name string) {
		if l := m[name]; len(l) == 0 || l[len(l)-1] != i {
			m[name] = append(l, i)
		}
	}
	switch s.Kind {
	case "User":
		add(p.users, s.Name)
	case "Group":
		add(p.group, s.Name)
	case "ServiceAccount":
		ns := s.Namespace
		if ns == "" {
			ns = b.Namespace
		}
		if ns != "" {
			add(p.users, accountUser+ns+":"+s.Name)
		}
	}
}

// Role is the role of binding i, nil where it names none that is known: such a
// binding gives nothing.
func (p *Policy) Role(i int) *Role {
	if p.role[i] < 0 {
		return nil
	}
	return &p.Roles[p.role[i]]
}

// Of lists the bindings that apply to who, in the order of Bindings.
func (p *Policy) Of(w Who) []int {
	var out []int
	add := func(list []int32) {
		for _, i := range list {
			out = append(out, int(i))
		}
	}
	add(p.users[w.User])
	for _, g := range w.Groups {
		add(p.group[g])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Masters reports whether who passes by all authorization.
func (w *Who) Masters() bool { return slices.Contains(w.Groups, GroupMasters) }

// Node reports whether the Node authorizer, which is not RBAC and is not
// evaluated, may allow who more: a kubelet.
func (w *Who) Node() bool {
	return strings.HasPrefix(w.User, nodeUser) && slices.Contains(w.Groups, GroupNodes)
}

// RoleIndex is the place in Roles of the role of binding i, -1 where it names
// none that is known.
func (p *Policy) RoleIndex(i int) int { return p.role[i] }
