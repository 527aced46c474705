package postgres

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/graph/effective"
)

// Actions beside privileges. SET ROLE, INHERIT, MEMBER and ADMIN are about roles,
// as pg_has_role has them; OWN is what an owner may do: alter, drop, grant.
var roleActions = map[string]bool{"SET ROLE": true, "INHERIT": true, "MEMBER": true, "ADMIN": true}

// question reads a resource as `db.schema.table`, `schema.table`, `db/table`, a
// ref, an alias, or any of them with a column: `db.schema.table(col)`; a role by
// its name, its ref or its alias. Where a name means several things, or one that
// was never scanned in a database that was, Row is -1.
func (e *estate) question(resource, action string) (effective.Question, bool) {
	action = strings.ToUpper(strings.Join(strings.Fields(action), " "))
	if action == "TEMP" {
		action = "TEMPORARY"
	}
	q := effective.Question{System: "postgres", Resource: resource, Row: -1, Action: action, Known: e.knows(action)}
	if base, option := strings.CutSuffix(action, " WITH GRANT OPTION"); option {
		q.Known = pgacl.Parse(base) != 0
	}
	if roleActions[action] {
		if row, ok := e.roleNamed(resource); ok {
			q.Row = int(row)
			return q, true
		}
	}
	if action == "" || !q.Known {
		if e.elsewhere(resource) {
			return q, false
		}
	}
	if row, ok := e.rowOf(resource, action); ok {
		q.Row = int(row)
		return q, true
	}
	if base, _, ok := splitColumn(resource); ok {
		if row, ok := e.rowOf(base, action); ok {
			q.Row = int(row)
			return q, true
		}
	}
	return q, e.ours(resource)
}

// elsewhere reports whether a bare name is also that of something of another
// system, so that only an action of ours would say that ours is meant.
func (e *estate) elsewhere(name string) bool {
	if strings.ContainsAny(name, "./(:") {
		return false
	}
	for i := range e.in.Seen() {
		if e.in.Name(i) == name && !strings.HasPrefix(string(e.in.Ref(i)), "postgres/") {
			return true
		}
	}
	return false
}

func (e *estate) knows(action string) bool {
	return action == "" || action == "OWN" || roleActions[action] || pgacl.Parse(action) != 0
}

// splitColumn reads "table(column)".
func splitColumn(resource string) (table, column string, ok bool) {
	table, rest, ok := strings.Cut(resource, "(")
	if !ok || !strings.HasSuffix(rest, ")") || rest == ")" {
		return resource, "", false
	}
	return table, strings.TrimSuffix(rest, ")"), true
}

// rowOf finds the one row of ours that a text names.
func (e *estate) rowOf(text, action string) (uint32, bool) {
	if strings.HasPrefix(text, "postgres/") {
		if i, ok := e.in.Find(drover.Ref(text)); ok {
			return e.mine(uint32(e.in.Head(i)))
		}
		if db, table, ok := strings.Cut(text, "/"); ok {
			return e.oneNamed(db+"."+table, action)
		}
		return 0, false
	}
	if row, ok := e.aliases()[text]; ok {
		return row, true
	}
	if db, table, ok := strings.Cut(text, "/"); ok {
		return e.oneNamed(db+"."+table, action)
	}
	return e.oneNamed(text, action)
}

func (e *estate) mine(row uint32) (uint32, bool) {
	if _, ok := e.role[row]; ok {
		return row, true
	}
	_, ok := e.object[row]
	return row, ok
}

// aliases are the names by which other systems know roles and clusters.
func (e *estate) aliases() map[string]uint32 {
	e.aliasOnce.Do(func() {
		e.byAlias = map[string]uint32{}
		for row := range e.role {
			for _, a := range e.in.Aliases(int(row)) {
				if other, taken := e.byAlias[a]; (strings.HasPrefix(a, "pg:") || strings.HasPrefix(a, "dsn:")) && (!taken || row < other) {
					e.byAlias[a] = row
				}
			}
		}
	})
	return e.byAlias
}

// oneNamed finds the one object, or else the one role, of a name; a schema may be
// left out, and so may the database. Of several the action may tell.
func (e *estate) oneNamed(name, action string) (uint32, bool) {
	e.nameOnce.Do(e.shorten)
	for _, index := range []map[string][]place{e.names, e.shorts} {
		at := index[name]
		if len(at) > 1 {
			at = meant(at, action)
		}
		if len(at) == 1 {
			return at[0].c.rows[at[0].at], true
		} else if len(at) > 1 {
			return 0, false
		}
	}
	return e.roleNamed(name)
}

// meant keeps those of several objects that have the privilege that an action is
// of, or any at all.
func meant(at []place, action string) []place {
	action, _ = strings.CutSuffix(action, " WITH GRANT OPTION")
	p := pgacl.Parse(action)
	var out []place
	for _, x := range at {
		if of := pgacl.Of(x.c.acl.Objects[x.at].Class, x.c.acl.Version); of != 0 && (p == 0 || of&p != 0) {
			out = append(out, x)
		}
	}
	return out
}

// roleNamed finds the one role of a name.
func (e *estate) roleNamed(name string) (uint32, bool) {
	var found []uint32
	for _, c := range e.clusters {
		for i := range c.acl.Roles {
			if r := &c.acl.Roles[i]; r.Name == name {
				found = append(found, c.row(r.OID))
			}
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return 0, false
}

// shorten indexes relations, functions and schemas by name without database, and
// without schema.
func (e *estate) shorten() {
	e.shorts = map[string][]place{}
	for _, c := range e.clusters {
		for i := range c.acl.Objects {
			o := &c.acl.Objects[i]
			d := c.acl.Database(o.DB)
			if d == nil {
				continue
			}
			name, ok := strings.CutPrefix(o.Name, d.Name+".")
			if !ok {
				continue
			}
			e.shorts[name] = append(e.shorts[name], place{c, i})
			if o.Schema >= 0 {
				if bare, ok := strings.CutPrefix(o.Name, c.acl.Objects[o.Schema].Name+"."); ok {
					e.shorts[bare] = append(e.shorts[bare], place{c, i})
					e.shorts[d.Name+"."+bare] = append(e.shorts[d.Name+"."+bare], place{c, i})
				}
			}
		}
	}
}

// ours reports whether a text that names nothing that was read speaks of one of
// our databases or of PostgreSQL by its scheme.
func (e *estate) ours(text string) bool {
	if strings.HasPrefix(text, "postgres/") || strings.HasPrefix(text, "pg:") || strings.HasPrefix(text, "dsn:postgres:") {
		return true
	}
	for i, r := range text {
		if r == '.' || r == '/' {
			for _, p := range e.names[text[:i]] {
				if p.c.acl.Objects[p.at].Class == pgacl.ClassDatabase {
					return true
				}
			}
		}
	}
	e.nameOnce.Do(e.shorten)
	base, _, _ := splitColumn(text)
	return len(e.names[base]) > 1 || len(e.shorts[base]) > 1
}

// decide answers for one role. What it could do after SET ROLE is not counted: a
// move leads to that role, which answers for itself.
func (e *estate) decide(row uint32, q effective.Question) access.Decision {
	who, ok := e.role[row]
	if !ok {
		return e.decideCluster(row, q)
	}
	if q.Row < 0 {
		return undecided(e.whyNot(who.c, q.Resource))
	}
	if to, ok := e.role[uint32(q.Row)]; ok {
		return e.decideRole(who, to, q)
	}
	at, ok := e.object[uint32(q.Row)]
	if !ok {
		return undecided("this is nothing that privileges are held on")
	}
	if at.c != who.c {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: who.c.ref(who.oid), Effect: "deny", Text: "the role is of another cluster"}}}
	}
	if d := at.c.acl.Database(at.c.acl.Objects[at.at].DB); d != nil && !d.Read {
		return undecided("what lies in the database was not read")
	}
	return who.c.decideObject(who.oid, at.at, q)
}

// decideCluster answers for a cluster itself: who holds it is a superuser.
func (e *estate) decideCluster(row uint32, q effective.Question) access.Decision {
	for _, c := range e.clusters {
		if c.self != row && c.host != row {
			continue
		}
		for i := range c.acl.Roles {
			if c.acl.Roles[i].Super {
				return e.decide(c.row(c.acl.Roles[i].OID), q)
			}
		}
	}
	return undecided("it is no role of a PostgreSQL cluster that was read")
}

func undecided(text string) access.Decision {
	return access.Decision{Verdict: access.Unknown, Proof: []access.Proof{{Text: text}}}
}

// whyNot says why a name led to no row.
func (e *estate) whyNot(c *cluster, resource string) string {
	base, _, _ := splitColumn(resource)
	if n := max(len(e.names[base]), len(e.shorts[base])); n > 1 {
		return fmt.Sprintf("%d objects have this name: write it as db.schema.name, or give the ref", n)
	}
	if strings.Contains(base, "pg_catalog.") || strings.Contains(base, "information_schema.") {
		return "what initdb made is read only where it was granted anew: it has the privileges that PostgreSQL gives it"
	}
	return "no object of this name was read in " + short(c.name)
}

func (c *cluster) decideObject(role pgacl.OID, at int, q effective.Question) access.Decision {
	o := &c.acl.Objects[at]
	column := ""
	if _, name, ok := splitColumn(q.Resource); ok && o.Class == pgacl.ClassTable && !strings.HasSuffix(o.Name, "("+name+")") {
		column = name
	}
	action, option := strings.CutSuffix(q.Action, " WITH GRANT OPTION")
	switch {
	case action == "":
		return c.strongest(role, at, column)
	case action == "OWN":
		return c.decideOwn(role, o)
	case roleActions[action]:
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: o.Ref, Effect: "deny", Text: action + " is about roles, and this is none"}}}
	}
	p := pgacl.Parse(action)
	if p == 0 {
		return undecided("PostgreSQL knows no action " + short(q.Action))
	}
	return c.acl.Decide(role, pgacl.Query{Object: at, Column: column, Privilege: p, Option: option})
}

func (c *cluster) decideOwn(role pgacl.OID, o *pgacl.Object) access.Decision {
	h := c.acl.Owns(role, o)
	if !h.Held() {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: o.Ref, Statement: "OWNER", Effect: "deny",
			Text: fmt.Sprintf("%s does not own %s, nor inherit from %s, which does", c.roleName(role), short(o.Name), c.roleName(o.Owner))}}}
	}
	return access.Decision{Verdict: access.Allow, Proof: c.acl.OwnerProof(role, o)}
}

// strongest answers for the strongest level that is allowed, and names it.
func (c *cluster) strongest(role pgacl.OID, at int, column string) access.Decision {
	o := &c.acl.Objects[at]
	if column == "" && c.acl.Owns(role, o).Held() {
		d := c.decideOwn(role, o)
		d.Proof[0].Statement = "OWN"
		return d
	}
	best, rank := access.Decision{}, -1
	var last access.Decision
	for p := range pgacl.Of(o.Class, c.acl.Version).Each {
		d := c.acl.Decide(role, pgacl.Query{Object: at, Column: column, Privilege: p})
		if last = d; d.Verdict != access.Allow && d.Verdict != access.Conditional {
			continue
		}
		n := pgacl.Level(o.Class, p).Rank() * 2
		if d.Verdict == access.Allow {
			n++
		}
		if n > rank {
			best, rank = d, n
		}
	}
	if rank < 0 {
		if last.Verdict == "" {
			return undecided("there are no privileges on " + short(o.Name))
		}
		return last
	}
	return best
}

func (e *estate) decideRole(who, to member, q effective.Question) access.Decision {
	if who.c != to.c {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: who.c.ref(who.oid), Effect: "deny", Text: "the role is of another cluster"}}}
	}
	if who == to {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: to.c.ref(to.oid), Effect: "deny", Text: "it is the role itself"}}}
	}
	a := who.c.acl
	how := map[string]struct {
		is   func(member, role, db pgacl.OID) bool
		text string
	}{
		"":         {a.SetRole, "SET ROLE to"},
		"SET ROLE": {a.SetRole, "SET ROLE to"},
		"INHERIT":  {a.Inherits, "inherit from"},
		"MEMBER":   {a.Member, "count as a member of"},
		"ADMIN":    {func(m, r, _ pgacl.OID) bool { return a.Admin(m, r) }, "grant"},
	}
	h, ok := how[q.Action]
	if !ok {
		return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: to.c.ref(to.oid), Effect: "deny", Text: short(q.Action) + " is not about roles"}}}
	}
	d := access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: to.c.ref(to.oid), Statement: q.Action, Effect: "deny",
		Text: fmt.Sprintf("%s may not %s %s", who.c.roleName(who.oid), h.text, to.c.roleName(to.oid))}}}
	if h.is(who.oid, to.oid, 0) {
		d.Verdict, d.Proof = access.Allow, a.RoleProof(who.oid, to.oid, q.Action)
	}
	return d
}
