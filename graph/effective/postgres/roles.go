package postgres

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/graph/effective"
)

// since16 reports whether memberships have options and CREATEROLE needs ADMIN
// OPTION. Where the version was not read, the options that were read tell.
func (c *cluster) since16() (yes, known bool) {
	if c.acl.Version != 0 {
		return c.acl.Version >= 160000, true
	}
	for i := range c.acl.Memberships {
		return c.acl.Memberships[i].Options, true
	}
	return true, false
}

func (c *cluster) row(oid pgacl.OID) uint32 {
	if oid == pgacl.Public {
		return c.public
	}
	if r, ok := c.roles[oid]; ok {
		return r
	}
	return noRow
}

func (c *cluster) ref(oid pgacl.OID) drover.Ref {
	if r := c.acl.Role(oid); r != nil {
		return r.Ref
	}
	if oid == pgacl.Public && c.public != noRow {
		return c.in.Ref(int(c.public))
	}
	return ""
}

func (c *cluster) roleName(oid pgacl.OID) string {
	if oid == pgacl.Public {
		return "PUBLIC"
	}
	if r := c.acl.Role(oid); r != nil {
		return "role " + short(r.Name)
	}
	return fmt.Sprintf("role %d", oid)
}

func (c *cluster) says(oid pgacl.OID, statement, text string) access.Proof {
	return access.Proof{Ref: c.ref(oid), Statement: statement, Effect: "allow", Text: c.roleName(oid) + " " + text}
}

// superuserEffects: a superuser holds the cluster, and the cluster every role.
// PostgreSQL documentation, 22.2 Role Attributes.
func (c *cluster) superuserEffects(out *effects) {
	for i := range c.acl.Roles {
		r := &c.acl.Roles[i]
		if r.Super {
			out.add(effective.Edge{From: c.row(r.OID), To: c.self, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_SUPERUSER",
				Proof: []access.Proof{c.says(r.OID, "rolsuper", "is a superuser, who bypasses every check")}})
		}
		out.add(effective.Edge{From: c.self, To: c.row(r.OID), Kind: drover.EdgeContains, Move: true,
			Proof: []access.Proof{{Ref: r.Ref, Effect: "allow", Text: "a superuser may SET ROLE to any role"}}})
	}
}

// A bond is what all memberships of one member in one role are good for.
type bond struct {
	member, role        pgacl.OID
	set, inherit, admin bool
	options             bool
}

// bind joins the memberships of one member in one role by several grantors.
func (c *cluster) bind() {
	c.bonds = map[pgacl.OID][]bond{}
	for i := range c.acl.Memberships {
		m := &c.acl.Memberships[i]
		of := c.bonds[m.Member]
		if n := len(of); n == 0 || of[n-1].role != m.Role {
			of = append(of, bond{member: m.Member, role: m.Role})
		}
		b := &of[len(of)-1]
		b.options = b.options || m.Options
		b.set = b.set || !m.Options || m.Set
		b.admin = b.admin || m.Admin
		if m.Options {
			b.inherit = b.inherit || m.Inherit
		} else if r := c.acl.Role(m.Member); r != nil {
			b.inherit = b.inherit || r.Inherit
		}
		c.bonds[m.Member] = of
	}
}

// membershipEffects: who may SET ROLE holds the role. Who inherits without SET
// (16 and later) has its privileges and neither its attributes nor what it could
// SET ROLE to: the role is touched, and techniques that go by privileges start
// from the member, too. ADMIN OPTION lets a member grant itself the rest, but not
// of a superuser. 22.3 Role Membership, GRANT.
func (c *cluster) membershipEffects(out *effects) {
	for i := range c.acl.Roles {
		for _, b := range c.bonds[c.acl.Roles[i].OID] {
			c.membership(out, b)
		}
	}
}

func (c *cluster) membership(out *effects, b bond) {
	from, to := c.row(b.member), c.row(b.role)
	proof := access.Proof{Ref: c.ref(b.role), Statement: "member " + plainName(c.acl.Role(b.member)), Effect: "allow"}
	switch {
	case b.set:
		proof.Text = fmt.Sprintf("%s is a member of %s and may SET ROLE to it", c.roleName(b.member), c.roleName(b.role))
		out.add(effective.Edge{From: from, To: to, Kind: drover.EdgeCanAssume, Move: true, Technique: "PG_SET_ROLE", Proof: []access.Proof{proof}})
	case b.inherit:
		proof.Text = fmt.Sprintf("%s inherits the privileges of %s, WITH SET FALSE: it cannot become it", c.roleName(b.member), c.roleName(b.role))
		out.add(effective.Edge{From: from, To: to, Kind: drover.EdgeCanAccess, Level: access.LevelExecute, Technique: "PG_INHERIT", Proof: []access.Proof{proof}})
	}
	if b.admin && b.options && !c.acl.Super(b.role) && b.role != pgacl.DatabaseOwner {
		proof.Text = fmt.Sprintf("%s holds %s WITH ADMIN OPTION and can GRANT it to itself WITH SET TRUE, INHERIT TRUE", c.roleName(b.member), c.roleName(b.role))
		for _, r := range c.becomers(b.member) {
			out.add(effective.Edge{From: c.row(r), To: to, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_ADMIN_OPTION", Proof: []access.Proof{proof}})
		}
	}
}

// ownerEffects: see replaceFunction. It gives something only to who has a role's
// privileges and cannot become it.
func (c *cluster) ownerEffects(out *effects) {
	for i := range c.acl.Roles {
		role := c.acl.Roles[i].OID
		for _, m := range c.becomers(role)[1:] {
			c.replaceFunction(out, m, role)
		}
	}
}

// replaceFunction: who has the privileges of a role owns its functions, and can
// replace one by code that is SECURITY DEFINER, so runs as the role: attributes
// included. It takes CREATE on the function's schema. The functions of initdb,
// which the bootstrap superuser owns, are not among the rows.
func (c *cluster) replaceFunction(out *effects, m, role pgacl.OID) {
	for i := range c.acl.Objects {
		o := &c.acl.Objects[i]
		schema := o.Schema >= 0 && o.Class == pgacl.ClassFunction && o.Owner == role
		system := role == pgacl.BootstrapSuperuser && o.Class == pgacl.ClassSchema && o.OID == catalogSchema
		if !schema && !system {
			continue
		}
		in := o
		if schema {
			in = &c.acl.Objects[o.Schema]
		}
		if !c.acl.Reaches(m, o) || !c.acl.Holds(m, in, pgacl.Create, false).Held() {
			continue
		}
		out.add(effective.Edge{From: c.row(m), To: c.row(role), Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_OWNER",
			Proof: []access.Proof{c.says(m, "INHERIT", "has the privileges of "+c.roleName(role)), {Ref: o.Ref, Statement: "OWNER", Effect: "allow",
				Text: fmt.Sprintf("what %s owns in %s can be replaced by code that runs as it", c.roleName(role), short(o.Name))}}})
		return
	}
}

// catalogSchema is the number of pg_catalog, fixed in the server's source.
const catalogSchema pgacl.OID = 11

// createRoleEffects: before 16 a role with CREATEROLE may grant any role that is
// no superuser to anybody, itself included; from 16 on it takes ADMIN OPTION,
// which is an effect of its own. PostgreSQL 15 documentation, 22.2.
func (c *cluster) createRoleEffects(out *effects) {
	new, known := c.since16()
	if new && known {
		return
	}
	for i := range c.acl.Roles {
		r := &c.acl.Roles[i]
		if !r.CreateRole || r.Super {
			continue
		}
		for j := range c.acl.Roles {
			to := &c.acl.Roles[j]
			if to.Super || to.OID == pgacl.DatabaseOwner || to.OID == r.OID {
				continue
			}
			e := effective.Edge{From: c.row(r.OID), To: c.row(to.OID), Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_CREATEROLE",
				Proof: []access.Proof{c.says(r.OID, "rolcreaterole", "has CREATEROLE and so can GRANT any role that is no superuser")}}
			if !known {
				e.Grade, e.Cond = drover.GradeInferred, drover.NewAttrs(map[string]any{"server_version": "before 16"})
			}
			out.add(e)
		}
	}
}

// replicationEffects: a role with REPLICATION can copy the cluster's files,
// password verifiers included, where pg_hba.conf lets it in for that. 22.2.
func (c *cluster) replicationEffects(out *effects) {
	for i := range c.acl.Roles {
		r := &c.acl.Roles[i]
		if !r.Replication || !r.Login || r.Super {
			continue
		}
		cond := map[string]any{"pg_hba.conf": "a rule for replication lets the role in"}
		if line, admits := c.hbaReplication(r); c.hbaRead && !admits {
			continue
		} else if line != "" {
			cond["line"] = line
		}
		out.add(effective.Edge{From: c.row(r.OID), To: c.self, Kind: drover.EdgeCanAccess, Level: access.LevelSecrets, Technique: "PG_REPLICATION", Grade: drover.GradeInferred,
			Cond: drover.NewAttrs(cond), Proof: []access.Proof{c.says(r.OID, "rolreplication", "may copy the whole cluster by physical replication")}})
	}
}

// hbaReplication finds a rule that may let a role in for replication; 20.1.
func (c *cluster) hbaReplication(r *pgacl.Role) (line string, ok bool) {
	for _, h := range c.hba {
		if h.method == "reject" || !slices.Contains(h.databases, "replication") {
			continue
		}
		for _, u := range h.users {
			if u == "all" || u == r.Name || u != "" && (u[0] == '+' || u[0] == '/') {
				return h.line, true
			}
		}
	}
	return "", false
}

// becomers returns from where a technique of a role's privileges starts: the role
// itself, and those that inherit from it and cannot become it by SET ROLE, to
// whom no move leads.
func (c *cluster) becomers(role pgacl.OID) []pgacl.OID {
	if c.inheritOnly == nil {
		c.inheritOnly = map[pgacl.OID][]pgacl.OID{}
		for i := range c.acl.Roles {
			r := &c.acl.Roles[i]
			if r.Super {
				continue
			}
			for _, to := range c.acl.Inherited(r.OID, 0) {
				if !c.acl.SetRole(r.OID, to, 0) {
					c.inheritOnly[to] = append(c.inheritOnly[to], r.OID)
				}
			}
		}
	}
	return append([]pgacl.OID{role}, c.inheritOnly[role]...)
}

// starts returns from where something granted in a database starts: as becomers,
// those that come into the database. Where PUBLIC does not, each role that does
// stands for itself.
func (c *cluster) starts(grantee, db pgacl.OID) []pgacl.OID {
	if grantee != pgacl.Public || c.enters(pgacl.Public, db) {
		return slices.DeleteFunc(c.becomers(grantee), func(r pgacl.OID) bool { return !c.enters(r, db) })
	}
	var out []pgacl.OID
	for i := range c.acl.Roles {
		if r := &c.acl.Roles[i]; !r.Super && c.enters(r.OID, db) {
			out = append(out, r.OID)
		}
	}
	return out
}

// enters reports whether a role, or PUBLIC, may connect to a database; one without
// LOGIN is there in somebody else's session.
func (c *cluster) enters(role, db pgacl.OID) bool {
	at, ok := c.acl.Find(pgacl.ClassDatabase, db, 0)
	if !ok {
		return false
	}
	if r := c.acl.Role(role); r != nil && !r.Login {
		return true
	}
	return c.acl.Holds(role, &c.acl.Objects[at], pgacl.Connect, false).Held()
}

// publicEffects lead every role to PUBLIC where something follows from being
// anybody.
func (c *cluster) publicEffects(out *effects) {
	if c.public == noRow || !slices.ContainsFunc(out.edges, func(e effective.Edge) bool { return e.From == c.public && e.Move }) {
		return
	}
	for i := range c.acl.Roles {
		r := &c.acl.Roles[i]
		if r.Super || r.Login && !c.connects(r.OID) {
			continue
		}
		out.add(effective.Edge{From: c.row(r.OID), To: c.public, Kind: drover.EdgeMemberOf, Move: true,
			Proof: []access.Proof{c.says(r.OID, "PUBLIC", "has what PUBLIC has, as every role does")}})
	}
}

// connects reports whether a role may connect to any database.
func (c *cluster) connects(role pgacl.OID) bool {
	for i := range c.acl.Databases {
		d := &c.acl.Databases[i]
		if at, ok := c.acl.Find(pgacl.ClassDatabase, d.OID, 0); ok && d.AllowConn && c.acl.Holds(role, &c.acl.Objects[at], pgacl.Connect, false).Held() {
			return true
		}
	}
	return false
}
