package pgscript

import "fmt"

// A State is a world at one moment, by identifiers, and shares nothing with it.
type State struct {
	Roles   map[int64]Role
	Tables  map[int64]Table
	Members map[Member]bool // -> ADMIN OPTION
	Grants  map[Grant]bool  // -> GRANT OPTION
}

// A Role is a role of the world.
type Role struct {
	Name      string
	Login     bool
	ConnLimit int // -1: none
}

// A Table is a table of the world. Owner 0 is the superuser who ran the script.
type Table struct {
	Name  string
	Owner int64
}

// A Member says that one role is a member of another.
type Member struct{ Role, Member int64 }

// A Grant is a privilege on a table. Grantee 0 is PUBLIC.
type Grant struct {
	Grantee, Table int64
	Privilege      string
}

// State copies the model. Call it after Apply, when all identifiers are known.
func (w *World) State() State {
	s := State{map[int64]Role{}, map[int64]Table{}, map[Member]bool{}, map[Grant]bool{}}
	for _, r := range w.roles {
		s.Roles[r.oid] = Role{r.name, r.login, r.limit}
	}
	for _, t := range w.tables {
		s.Tables[t.oid] = Table{t.name, t.owner.id()}
	}
	for k, admin := range w.members {
		s.Members[Member{k[0].oid, k[1].oid}] = admin
	}
	for k, option := range w.grants {
		s.Grants[Grant{k.to.id(), k.on.oid, k.privilege}] = option
	}
	return s
}

func (r *role) id() int64 {
	if r == nil {
		return 0
	}
	return r.oid
}

// Nodes lists the world's nodes by ref, in the form in which an inventory names
// them: "postgres/<tenant>/postgres.role/<oid>" and
// "postgres/<tenant>/postgres.relation/<database oid>.<oid>". The value is
// "kind name", the name of a table with its database and schema.
func (s State) Nodes(tenant string, db int64, dbName string) map[string]string {
	out := map[string]string{}
	for oid, r := range s.Roles {
		kind := "role"
		if r.Login {
			kind = "identity"
		}
		out[roleRef(tenant, oid)] = kind + " " + r.Name
	}
	for oid, t := range s.Tables {
		out[tableRef(tenant, db, oid)] = "resource " + dbName + ".public." + t.Name
	}
	return out
}

// Edges lists the world's edges as "from kind to part", the key of an edge. The value is what the
// edge says beside its key: the ADMIN OPTION of a membership. The owner of a
// table whom the script did not choose is superuser.
func (s State) Edges(tenant string, db, superuser int64) map[string]string {
	out := map[string]string{}
	for m, admin := range s.Members {
		out[fmt.Sprintf("%s member_of %s grantor=%d", roleRef(tenant, m.Member), roleRef(tenant, m.Role), superuser)] = fmt.Sprintf("admin_option=%t", admin)
	}
	for g, option := range s.Grants {
		part := g.Privilege
		if option {
			part += " WITH GRANT OPTION"
		}
		out[fmt.Sprintf("%s can_access %s %s", roleRef(tenant, g.Grantee), tableRef(tenant, db, g.Table), part)] = ""
	}
	for oid, t := range s.Tables {
		owner := t.Owner
		if owner == 0 {
			owner = superuser
		}
		out[fmt.Sprintf("%s owns %s ", roleRef(tenant, owner), tableRef(tenant, db, oid))] = ""
	}
	return out
}

func roleRef(tenant string, oid int64) string {
	if oid == 0 {
		return "postgres/" + tenant + "/postgres.public/PUBLIC"
	}
	return fmt.Sprintf("postgres/%s/postgres.role/%d", tenant, oid)
}

func tableRef(tenant string, db, oid int64) string {
	return fmt.Sprintf("postgres/%s/postgres.relation/%d.%d", tenant, db, oid)
}
