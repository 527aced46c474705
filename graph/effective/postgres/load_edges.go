package postgres

import (
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/pgacl"
)

// edgesOf reads the stored edges that leave a row of ours, and the secrets that
// are stored in it.
func (e *estate) edgesOf(i int) {
	at := uint32(i)
	for h := range e.in.Out(i) {
		to := uint32(h.Row)
		switch h.Kind {
		case drover.EdgeMemberOf:
			e.membership(at, to, e.in.Edge(h.Edge))
		case drover.EdgeOwns:
			e.owner(at, to)
		case drover.EdgeCanAccess:
			e.grant(at, to, h.Edge)
		case drover.EdgeContains:
			e.contains(at, to)
		case drover.EdgeGuardedBy:
			if p, ok := e.policies[to]; ok {
				if o, ok := e.object[at]; ok {
					obj := &o.c.acl.Objects[o.at]
					obj.Policies = append(obj.Policies, pgacl.Policy{Ref: p.Ref})
				}
			}
		case drover.EdgeAttached:
			e.attached(at, to, h.Edge)
		case drover.EdgeReadsSecret:
			e.mappingOf(at, to)
		}
	}
	for h := range e.in.In(i) {
		if h.Kind == drover.EdgeStoredIn && e.in.Kind(h.Row) == drover.KindCredential {
			e.storedIn(uint32(h.Row), i)
		}
	}
}

func (e *estate) membership(from, to uint32, edge drover.Edge) {
	m, ok := e.role[from]
	r, ok2 := e.role[to]
	if !ok || !ok2 || m.c != r.c || m.oid == pgacl.Public || r.oid == pgacl.Public {
		return
	}
	var s pgacl.Membership
	s.Role, s.Member = r.oid, m.oid
	if _, grantor, ok := numbers(strings.TrimPrefix(edge.Part, "grantor=")); ok {
		s.Grantor = grantor
	}
	cond := edge.Cond.Map()
	s.Admin, _ = cond["admin_option"].(bool)
	s.Inherit, s.Options = cond["inherit_option"].(bool)
	s.Set, _ = cond["set_option"].(bool)
	m.c.acl.Memberships = append(m.c.acl.Memberships, s)
}

// owner reads who owns an object. Of large objects one row stands for all of a
// database, each with an owner of its own: an owner holds all on some of them.
func (e *estate) owner(from, to uint32) {
	m, ok := e.role[from]
	o, ok2 := e.object[to]
	if !ok || !ok2 || m.c != o.c {
		return
	}
	obj := &o.c.acl.Objects[o.at]
	if obj.Class == pgacl.ClassLargeObjects {
		all := pgacl.Of(obj.Class, 0)
		give(obj, m.oid, "", all, all)
		return
	}
	obj.Owner = m.oid
	if obj.Class == pgacl.ClassDatabase {
		for i := range o.c.acl.Databases {
			if d := &o.c.acl.Databases[i]; d.OID == obj.OID {
				d.Owner = m.oid
			}
		}
	}
}

// give merges what one grantee holds on an object or a column of it.
func give(o *pgacl.Object, grantee pgacl.OID, column string, held, option pgacl.Privileges) {
	if column != "" {
		for i := range o.Columns {
			if c := &o.Columns[i]; c.Grantee == grantee && c.Column == column {
				c.Held, c.Option = c.Held|held, c.Option|option
				return
			}
		}
		o.Columns = append(o.Columns, pgacl.ColumnItem{Column: column, Item: pgacl.Item{Grantee: grantee, Held: held, Option: option}})
		return
	}
	for i := range o.Items {
		if it := &o.Items[i]; it.Grantee == grantee {
			it.Held, it.Option = it.Held|held, it.Option|option
			return
		}
	}
	o.Items = append(o.Items, pgacl.Item{Grantee: grantee, Held: held, Option: option})
}

// parsePart reads a privilege as the part of a can_access edge spells it:
// "SELECT", "SELECT(email)", "INSERT WITH GRANT OPTION".
func parsePart(part string) (p pgacl.Privileges, column string, option bool) {
	part, option = strings.CutSuffix(part, " WITH GRANT OPTION")
	if name, rest, ok := strings.Cut(part, "("); ok && strings.HasSuffix(rest, ")") {
		part, column = name, strings.TrimSuffix(rest, ")")
	}
	return pgacl.Parse(part), column, option
}

func (e *estate) grant(from, to uint32, edge int) {
	o, ok := e.object[to]
	if !ok {
		return
	}
	m, ok := e.role[from]
	if !ok || m.c != o.c {
		for i := range o.c.triggers {
			if t := &o.c.triggers[i]; t.row == from {
				t.function = to
			}
		}
		return
	}
	p, column, option := parsePart(e.in.Edge(edge).Part)
	if p == 0 {
		return
	}
	given := pgacl.Privileges(0)
	if option {
		given = p
	}
	give(&o.c.acl.Objects[o.at], m.oid, column, p, given)
}

func (e *estate) contains(from, to uint32) {
	s, ok := e.object[from]
	if !ok {
		return
	}
	switch outer := &s.c.acl.Objects[s.at]; outer.Class {
	case pgacl.ClassSchema:
		if o, ok := e.object[to]; ok && o.c == s.c {
			o.c.acl.Objects[o.at].Schema = s.at
		}
	case pgacl.ClassServer:
		if i, ok := s.c.mapAt[to]; ok {
			s.c.mappings[i].server, s.c.mappings[i].db = outer.OID, outer.DB
		}
	}
}

// attached reads whom a row policy names, and what default privileges say.
func (e *estate) attached(from, to uint32, edge int) {
	m, isRole := e.role[to]
	if p, ok := e.policies[from]; ok && isRole {
		p.Roles = append(p.Roles, m.oid)
		return
	}
	_, tenant, _, _, ok := e.in.Ref(int(from)).Parts()
	if !ok || e.byTenant[tenant] == nil {
		return
	}
	d := e.byTenant[tenant].defaults[from]
	if d == nil {
		return
	}
	switch part := e.in.Edge(edge).Part; {
	case part == "maker" && isRole:
		d.Maker = m.oid
	case part == "schema":
		d.Schema = e.in.Name(int(to))
	case isRole:
		what, found := strings.CutPrefix(part, "grants ")
		p, _, option := parsePart(what)
		if !found || p == 0 {
			return
		}
		it := pgacl.Item{Grantee: m.oid, Held: p}
		if option {
			it.Option = p
		}
		d.Items = append(d.Items, it)
	}
}

func (e *estate) mappingOf(from, to uint32) {
	m, ok := e.role[from]
	if !ok {
		return
	}
	if i, ok := m.c.mapAt[to]; ok {
		m.c.mappings[i].user = m.oid
	}
}

func (e *estate) storedIn(cred uint32, where int) {
	_, tenant, typ, id, ok := e.in.Ref(where).Parts()
	c := e.byTenant[tenant]
	if !ok || c == nil {
		return
	}
	db := pgacl.OID(0)
	if strings.Contains(id, ".") && typ != "postgres.db_role_setting" {
		db, _, _ = numbers(id)
	}
	c.stored = append(c.stored, storedSecret{cred: cred, place: uint32(where), typ: typ, db: db})
}

// ready ends the reading of a cluster: what only several rows together say.
func (c *cluster) ready() {
	cat := c.acl.Catalog
	inside := map[pgacl.OID]bool{}
	for i := range cat.Objects {
		o := &cat.Objects[i]
		if o.Class == pgacl.ClassSchema {
			inside[o.DB] = true
			c.schemas[o.DB] = append(c.schemas[o.DB], i)
		}
		for j := range o.Policies {
			if row, ok := c.in.Find(o.Policies[j].Ref); ok {
				if p := c.policies[uint32(c.in.Head(row))]; p != nil {
					o.Policies[j] = *p
					for _, r := range p.Roles {
						c.holdsItself[r] = true
					}
				}
			}
		}
		slices.SortFunc(o.Items, func(a, b pgacl.Item) int { return int(a.Grantee) - int(b.Grantee) })
	}
	for i := range cat.Databases {
		cat.Databases[i].Read = inside[cat.Databases[i].OID]
	}
	for _, row := range slices.Sorted(maps.Keys(c.defaults)) {
		cat.Defaults = append(cat.Defaults, *c.defaults[row])
		for _, it := range c.defaults[row].Items {
			c.holdsItself[it.Grantee] = true
		}
	}
	slices.SortFunc(cat.Memberships, compareMemberships)
	c.acl = pgacl.New(cat)
	c.bind()
	if c.self == noRow {
		ref := drover.NewRef("postgres", c.tenant, "postgres.cluster", c.tenant)
		c.self = c.node(drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.cluster", Name: c.name})
	}
	for i := range cat.Objects {
		o := &c.acl.Objects[i]
		c.names[o.Name] = append(c.names[o.Name], place{c, i})
	}
}

// node adds a node that no connector asserts, or finds the row that does.
func (e *estate) node(n drover.Node) uint32 {
	row := e.in.Node(n)
	if int(row) < e.in.Len() {
		row = uint32(e.in.Head(int(row)))
	}
	return row
}

// refOf is the ref of a row, of the added ones too.
func (e *estate) refOf(row uint32) drover.Ref {
	if n := int(row) - e.in.Len(); n >= 0 {
		if extra := e.in.Extra(); n < len(extra) {
			return extra[n].Ref
		}
		return ""
	}
	return e.in.Ref(int(row))
}

// document returns the body of a document that was read.
func (e *estate) document(hash string) (string, bool) {
	if hash == "" || e.in.Document == nil {
		return "", false
	}
	d, ok := e.in.Document(hash)
	return d.Body, ok
}
