package postgres

import (
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// acl is SQL for an access control list as text[] of "grantee grantor grantable
// PRIVILEGE", object identifiers and keywords only. What a null list stands for
// is filled in (kind: as acldefault takes it), so PUBLIC's built-in rights are
// there. The owner's own entries are left out, for owning includes them; but what
// an owner took from itself is an entry "revoked PRIVILEGE". It can always grant
// that to itself again.
//
// PostgreSQL documentation, 5.8 Privileges.
func acl(list, kind, owner string) string {
	standard := "pg_catalog.acldefault('" + kind + "', " + owner + ")"
	return "(array(select a.grantee::int8 || ' ' || a.grantor::int8 || ' ' || a.is_grantable::int || ' ' || a.privilege_type" +
		" from pg_catalog.aclexplode(coalesce(" + list + ", " + standard + ")) a where a.grantee <> " + owner + ")" +
		" || array(select 'revoked ' || std.privilege_type from pg_catalog.aclexplode(" + standard + ") std where " + list + " is not null and std.grantee = " + owner +
		" and not exists (select from pg_catalog.aclexplode(" + list + ") a where a.grantee = " + owner + " and a.privilege_type = std.privilege_type)))"
}

// without marks a node with the privileges that its owner took from itself.
func without(n drover.Node, entries []string) drover.Node {
	var revoked []string
	for _, e := range entries {
		if p, ok := strings.CutPrefix(e, "revoked "); ok {
			revoked = append(revoked, cut(p, 64))
		}
	}
	if len(revoked) > 0 {
		slices.Sort(revoked)
		n.Attrs = n.Attrs.With("owner_revoked", revoked)
	}
	return n
}

// changed is SQL that leaves out what initdb made and nobody granted anew: some
// three thousand catalogs and functions in each database, equal everywhere.
// The rest of them, such as pg_authid granted to a role, stays in. initdb keeps
// no record for information_schema (n), whose views show a role only its own.
func changed(class, oid, list string) string {
	return "(" + oid + " >= 16384 or n.nspname <> 'information_schema' and " + list + " is distinct from (select i.initprivs from pg_catalog.pg_init_privs i" +
		" where i.classoid = 'pg_catalog." + class + "'::regclass and i.objoid = " + oid + " and i.objsubid = 0))"
}

// A grant is one privilege of one grantee, whoever granted it, however often.
type grant struct {
	grantee   int64
	privilege string
	grantable bool
	grantors  []string
}

// parseACL reads what acl wrote. The order is fixed: grantee, privilege.
func parseACL(entries []string) []grant {
	byKey := map[string]*grant{}
	for _, e := range entries {
		f := strings.SplitN(e, " ", 4)
		if len(f) != 4 {
			continue
		}
		grantee, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			continue
		}
		g := byKey[f[0]+" "+f[3]]
		if g == nil {
			g = &grant{grantee: grantee, privilege: cut(f[3], 64)}
			byKey[f[0]+" "+f[3]] = g
		}
		g.grantable = g.grantable || f[2] == "1"
		g.grantors = append(g.grantors, f[1])
	}
	var out []grant
	for _, g := range byKey {
		slices.Sort(g.grantors)
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b grant) int {
		if a.grantee != b.grantee {
			return int(min(max(a.grantee-b.grantee, -1), 1))
		}
		return strings.Compare(a.privilege, b.privilege)
	})
	return out
}

// part is the privilege as GRANT spells it: "SELECT", "SELECT(email)",
// "SELECT WITH GRANT OPTION".
func (g grant) part(column string) string {
	p := g.privilege
	if column != "" {
		p += "(" + text(column) + ")"
	}
	if g.grantable {
		p += " WITH GRANT OPTION"
	}
	return p
}

// grants emits a can_access edge for every entry of an access control list.
func (c cluster) grants(out *connector.Out, to drover.Ref, entries []string, column, where string) {
	for _, g := range parseACL(entries) {
		out.Edge(drover.Edge{From: c.role(g.grantee), To: to, Kind: drover.EdgeCanAccess, Part: g.part(column),
			Proof: where + ", granted by " + strings.Join(g.grantors, ", ")})
	}
}

// object emits a node, who owns it and what contains it. Entries are its access
// control list, nil where it has none.
func (c cluster) object(out *connector.Out, n drover.Node, entries []string, owner int64, parent drover.Ref) {
	out.Node(without(n, entries))
	if owner != 0 {
		out.Edge(drover.Edge{From: c.role(owner), To: n.Ref, Kind: drover.EdgeOwns})
	}
	if parent != "" {
		out.Edge(drover.Edge{From: parent, To: n.Ref, Kind: drover.EdgeContains})
	}
}
