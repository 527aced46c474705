package pgacl

import (
	"slices"
	"sync"
)

// A Cluster answers questions about one Catalog. It is safe for concurrent use.
type Cluster struct {
	Catalog
	roles map[OID]int // index in Roles
	dbs   map[OID]int
	of    map[OID][]int32 // member -> its rows in Memberships

	mu   sync.Mutex
	memo map[closureKey]*closure

	once  sync.Once // makes the rest
	index map[objectKey]int32
	named map[OID][]int32 // objects whose lists name the grantee
	owned map[OID][]int32
}

// relation is one of the ways in which a role can be another.
type relation uint8

const (
	byMembership relation = iota // whatever the options
	byInheritance
	bySetRole
)

type closureKey struct {
	role OID
	how  relation
}

// A closure is every role that a role is, in one way, itself first, and through
// which membership each was reached.
type closure struct {
	roles []OID
	via   map[OID]int32 // row of Memberships; -1: the role itself
}

// New makes the catalog ready for questions. The catalog must not be changed
// afterwards.
func New(c Catalog) *Cluster {
	k := &Cluster{Catalog: c, roles: make(map[OID]int, len(c.Roles)), dbs: make(map[OID]int, len(c.Databases)), of: map[OID][]int32{}, memo: map[closureKey]*closure{}}
	for i := range c.Roles {
		k.roles[c.Roles[i].OID] = i
	}
	for i := range c.Databases {
		k.dbs[c.Databases[i].OID] = i
	}
	for i := range c.Memberships {
		m := &c.Memberships[i]
		k.of[m.Member] = append(k.of[m.Member], int32(i))
	}
	return k
}

// Role returns a role; nil where there is none.
func (k *Cluster) Role(oid OID) *Role {
	if i, ok := k.roles[oid]; ok {
		return &k.Roles[i]
	}
	return nil
}

// Database returns a database; nil where there is none.
func (k *Cluster) Database(oid OID) *Database {
	if i, ok := k.dbs[oid]; ok {
		return &k.Databases[i]
	}
	return nil
}

// Super reports whether a role is a superuser, which bypasses every check. The
// attribute is not inherited.
func (k *Cluster) Super(oid OID) bool {
	r := k.Role(oid)
	return r != nil && r.Super
}

// passes reports whether a membership counts for a relation.
func (k *Cluster) passes(m *Membership, how relation) bool {
	switch how {
	case byInheritance:
		if m.Options {
			return m.Inherit
		}
		r := k.Role(m.Member)
		return r != nil && r.Inherit
	case bySetRole:
		return !m.Options || m.Set
	}
	return true
}

// reach returns what a role is, of itself and by pg_auth_members. Circles, which
// the server refuses to make, do no harm.
func (k *Cluster) reach(role OID, how relation) *closure {
	key := closureKey{role, how}
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.memo[key]; c != nil {
		return c
	}
	c := &closure{roles: []OID{role}, via: map[OID]int32{role: -1}}
	for i := 0; i < len(c.roles); i++ {
		for _, row := range k.of[c.roles[i]] {
			m := &k.Memberships[row]
			if _, seen := c.via[m.Role]; seen || !k.passes(m, how) {
				continue
			}
			c.via[m.Role] = row
			c.roles = append(c.roles, m.Role)
		}
	}
	k.memo[key] = c
	return c
}

// is reports whether member is role in the given way, with db as the current
// database, whose owner is pg_database_owner there (22.5).
func (k *Cluster) is(member, role, db OID, how relation) bool {
	if member == role || k.Super(member) {
		return true
	}
	c := k.reach(member, how)
	if _, ok := c.via[role]; ok {
		return true
	}
	return role == DatabaseOwner && k.ownsDatabase(c, db, how)
}

// ownsDatabase reports whether the owner of db is among a closure, in a way that
// makes it pg_database_owner.
func (k *Cluster) ownsDatabase(c *closure, db OID, how relation) bool {
	d := k.Database(db)
	if d == nil || k.Version != 0 && k.Version < 140000 {
		return false
	}
	if _, ok := c.via[d.Owner]; !ok {
		return false
	}
	// Before 16 a role without INHERIT is not followed, to this one neither.
	if r := k.Role(d.Owner); how == byInheritance && k.Version != 0 && k.Version < 160000 && r != nil && !r.Inherit {
		return false
	}
	return true
}

// Inherits reports whether member has the privileges of role without doing
// anything for it: pg_has_role(member, role, 'USAGE') in database db (0: none in
// particular).
func (k *Cluster) Inherits(member, role, db OID) bool { return k.is(member, role, db, byInheritance) }

// Member reports whether member is a member of role, whatever for:
// pg_has_role(…, 'MEMBER').
func (k *Cluster) Member(member, role, db OID) bool { return k.is(member, role, db, byMembership) }

// SetRole reports whether member may SET ROLE to role: pg_has_role(…, 'SET') from
// version 16 on; before, every member may.
func (k *Cluster) SetRole(member, role, db OID) bool { return k.is(member, role, db, bySetRole) }

// Admin reports whether member holds role with ADMIN OPTION, itself or through a
// membership: pg_has_role(…, 'MEMBER WITH ADMIN OPTION').
func (k *Cluster) Admin(member, role OID) bool {
	if k.Super(member) {
		return true
	}
	if member == role {
		return false
	}
	for _, r := range k.reach(member, byMembership).roles {
		for _, row := range k.of[r] {
			if m := &k.Memberships[row]; m.Role == role && m.Admin {
				return true
			}
		}
	}
	return false
}

// Inherited lists role and the roles whose privileges it has without doing
// anything for it, ascending. PUBLIC is not among them.
func (k *Cluster) Inherited(role, db OID) []OID {
	c := k.reach(role, byInheritance)
	out := slices.Clone(c.roles)
	if k.ownsDatabase(c, db, byInheritance) && !slices.Contains(out, DatabaseOwner) {
		out = append(out, DatabaseOwner)
	}
	slices.Sort(out)
	return out
}

// chain returns the memberships by which member is role, the first one its own.
func (k *Cluster) chain(member, role OID, how relation) []*Membership {
	c := k.reach(member, how)
	var out []*Membership
	for at := role; at != member; {
		row, ok := c.via[at]
		if !ok || row < 0 {
			return nil
		}
		m := &k.Memberships[row]
		out = append(out, m)
		at = m.Member
	}
	slices.Reverse(out)
	return out
}
