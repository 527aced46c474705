package kubernetes

import (
	"cmp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// A world is the clusters of a snapshot.
type world struct {
	in       *effective.Input
	clusters []*cluster // by tenant
	byTenant map[string]*cluster
	who      map[uint32]*identity // by row
}

// A cluster is one tenant: what was read of it, by what its objects call each
// other.
type cluster struct {
	in     *effective.Input
	tenant string
	row    uint32 // of the cluster itself
	names  []string
	alone  bool // the only cluster there is

	spaces   map[string]*space
	order    []*space // by name
	people   []*identity
	byName   map[string]*identity // users, and accounts under their user names
	groups   map[string]*identity
	machines []*machine

	policy   *k8srbac.Policy
	bindings []uint32    // rows of policy.Bindings
	roleRows []uint32    // rows of policy.Roles
	adrift   []*workload // whose nodes are not known

	mapped bool               // ConfigMap aws-auth says who signs in as whom
	listed bool               // the Secrets of the live cluster were read
	tokens map[[2]string]bool // namespace and name of accounts of which a Secret holds a token
	gaps   []effective.Gap
}

// A space is a namespace.
type space struct {
	name      string
	row       uint32
	known     bool   // a source asserts it
	enforce   string // of label pod-security.kubernetes.io/enforce; "" none
	accounts  []*identity
	workloads []*workload
	secrets   []thing
}

// A thing is a row with its name.
type thing struct {
	row  uint32
	name string
}

// An identity is a service account, a user or a group.
type identity struct {
	row       uint32
	kind      string // ServiceAccount, User, Group
	namespace string
	name      string
	who       k8srbac.Who
	c         *cluster

	parts    map[string]bool // ids of the bindings by which it is a member of a role; nil: not looked up
	noToken  bool            // its automountServiceAccountToken is false
	cloud    bool            // it can assume an identity outside of the cluster
	groups   []*identity     // that a source names
	bindings []int           // that name it itself
	profile  uint32
}

// A machine is a node of the cluster.
type machine struct {
	row     uint32
	name    string
	control bool // it runs the control plane
	user    *identity

	workloads []*workload // that run there for certain
}

func (c *cluster) space(name string) *space {
	s := c.spaces[name]
	if s == nil {
		s = &space{name: name}
		c.spaces[name] = s
	}
	return s
}

// ref names what no source asserts.
func (c *cluster) ref(typ, name string) drover.Ref {
	return drover.NewRef(system, c.tenant, typ, drover.Named(name))
}

// settle gives every namespace a row and sorts everything by name, so that
// edges come in one order.
func (c *cluster) settle() {
	if c.row == none {
		c.row = c.in.Node(drover.Node{Ref: c.ref("cluster", c.tenant), Kind: drover.KindResource, Type: system + ".cluster", Name: c.tenant})
	}
	byName := func(a, b *identity) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.row, b.row)) }
	for _, s := range c.spaces {
		c.order = append(c.order, s)
		slices.SortFunc(s.accounts, byName)
		slices.SortFunc(s.workloads, func(a, b *workload) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.row, b.row)) })
		slices.SortFunc(s.secrets, func(a, b thing) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.row, b.row)) })
	}
	slices.SortFunc(c.order, bySpace)
	for _, s := range c.order {
		if !s.known {
			s.row = c.in.Node(drover.Node{Ref: c.ref("namespace", s.name), Kind: drover.KindResource, Type: system + ".namespace", Name: s.name})
		}
	}
	slices.SortFunc(c.people, func(a, b *identity) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.namespace, b.namespace), byName(a, b))
	})
	slices.SortFunc(c.machines, func(a, b *machine) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.row, b.row)) })
}

func bySpace(a, b *space) int { return cmp.Compare(a.name, b.name) }

// none is no row.
const none = ^uint32(0)

// lastWord is the vendor's word for a type of ours: "service_account".
func lastWord(typ string) string { return strings.TrimPrefix(typ, system+".") }
