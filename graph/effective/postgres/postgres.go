// Package postgres turns what was read of PostgreSQL clusters into effects: who
// becomes whom by membership, attribute and technique, who reaches the machine of
// the server, which stored secrets are read, and what each role may do to each
// object. The permission rules themselves are package pgacl's; here they meet the
// rows of a snapshot.
//
// load.go reads the snapshot; roles.go, host.go, code.go and secrets.go make the
// effects; model.go answers questions.
package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/graph/effective"
)

// System evaluates PostgreSQL 12 to 18.
var System = &effective.System{
	Name:  "postgres",
	Title: "PostgreSQL",
	Doc: "Roles, memberships with their options by version, ownership, grants, column grants, predefined roles, row security, SECURITY DEFINER functions, " +
		"and the ways from a role to another role, to the superuser, to the server's machine and to stored secrets.",
	Techniques: techniques,
	Load:       load,
}

// A cluster is one server's roles, objects and their rows.
type cluster struct {
	*estate
	tenant  string
	name    string
	self    uint32 // row of the cluster
	host    uint32 // row of the account that the server runs as; noRow: a provider's
	managed string // the provider whose machine the server runs on; "": none known
	machine []string

	acl         *pgacl.Cluster
	roles       map[pgacl.OID]uint32
	public      uint32
	rows        []uint32                  // of acl.Objects
	schemas     map[pgacl.OID][]int       // by database, indexes in acl.Objects
	inheritOnly map[pgacl.OID][]pgacl.OID // made by becomers
	holdsItself map[pgacl.OID]bool        // roles that row policies or default privileges name
	bonds       map[pgacl.OID][]bond      // by member
	creates     map[[2]pgacl.OID]bool     // answers of mayCreate

	functions map[int]function
	languages map[int]language
	triggers  []eventTrigger
	passwords []password
	mappings  []mapping
	mapAt     map[uint32]int // by row
	stored    []storedSecret
	hba       []hbaRule
	hbaRead   bool
	defaults  map[uint32]*pgacl.Default // by row, while loading
}

const noRow = ^uint32(0)

// load reads the clusters and makes their effects.
func load(ctx context.Context, in *effective.Input) (*effective.Model, error) {
	e := newEstate(in)
	if err := e.read(ctx); err != nil {
		return nil, fmt.Errorf("read PostgreSQL rows: %w", err)
	}
	out := &effects{estate: e, seen: map[edgeKey]int{}}
	for _, c := range e.clusters {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("evaluate PostgreSQL: %w", context.Cause(ctx))
		}
		c.effects(out)
	}
	return newModel(e, out), nil
}

// effects makes those of one cluster, in order.
func (c *cluster) effects(out *effects) {
	c.hostEffects(out)
	c.superuserEffects(out)
	c.membershipEffects(out)
	c.ownerEffects(out)
	c.createRoleEffects(out)
	c.replicationEffects(out)
	c.fileEffects(out)
	c.parameterEffects(out)
	c.languageEffects(out)
	c.definerEffects(out)
	c.eventTriggerEffects(out)
	c.triggerEffects(out)
	c.passwordEffects(out)
	c.secretEffects(out)
	c.mappingEffects(out)
	c.publicEffects(out)
}

// effects collects edges, each From, To, kind, technique and condition once.
type effects struct {
	*estate
	edges []effective.Edge
	seen  map[edgeKey]int
	gaps  []effective.Gap
}

type edgeKey struct {
	from, to  uint32
	kind      drover.EdgeKind
	technique string
	cond      string
}

// add keeps an edge. Of two that say the same the better proven one stays.
func (x *effects) add(e effective.Edge) {
	if e.From == noRow || e.To == noRow || e.From == e.To {
		return
	}
	if e.Grade == "" {
		e.Grade = drover.GradeProven
	}
	key := edgeKey{e.From, e.To, e.Kind, e.Technique, string(e.Cond)}
	if i, ok := x.seen[key]; ok {
		if x.edges[i].Grade != drover.GradeProven && e.Grade == drover.GradeProven {
			x.edges[i] = e
		}
		return
	}
	x.seen[key] = len(x.edges)
	x.edges = append(x.edges, e)
}

func (x *effects) gap(what, why string, rows int) {
	x.gaps = append(x.gaps, effective.Gap{System: "postgres", What: what, Why: why, Rows: rows})
}

// sorted returns the edges in a stable order.
func (x *effects) sorted() []effective.Edge {
	slices.SortStableFunc(x.edges, compareEdges)
	return x.edges
}
