package pgacl

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// Grants lists everything that role is given, symbolically: one grant for each
// source (its attributes, an ownership, a grantee, a predefined role), set of
// privileges and kind of object. Resources are names with the database in front;
// what is given on all objects is a pattern. What row security, a missing CONNECT
// or USAGE leave of it is Decide's to say. What default privileges will give has
// the condition {"future":{"maker":…}}: it is no access yet.
func (k *Cluster) Grants(role OID) []access.Grant {
	out := k.attributeGrants(role)
	if k.Super(role) {
		return out
	}
	via := []OID{Public}
	if role != Public {
		via = append(via, k.reach(role, byInheritance).roles...)
	}
	slices.Sort(via)
	for _, r := range slices.Compact(via) {
		out = append(out, k.ownGrants(role, r)...)
	}
	out = append(out, k.ownerOfDatabase(role)...)
	return append(out, k.futureGrants(role)...)
}

// attributeGrants are what the role's own attributes and memberships give.
func (k *Cluster) attributeGrants(role OID) []access.Grant {
	r := k.Role(role)
	if r == nil {
		return nil
	}
	var out []access.Grant
	give := func(attr, text string, level access.Level, actions, resources []string) {
		out = append(out, access.Grant{Identity: r.Ref, Actions: access.Set{In: actions}, Resources: access.Set{In: resources}, Level: level,
			Proof: []access.Proof{{Ref: r.Ref, Statement: attr, Effect: "allow", Text: k.name(role) + " " + text}}})
	}
	if r.Super {
		give("rolsuper", "is a superuser, who bypasses every check", access.LevelEscalate, []string{"*"}, []string{"*"})
		return out
	}
	if r.CreateRole {
		give("rolcreaterole", "may make roles, and change those that it may administer", access.LevelEscalate, []string{"CREATE ROLE", "ALTER ROLE"}, []string{"*"})
	}
	if r.CreateDB {
		give("rolcreatedb", "may make databases", access.LevelWrite, []string{"CREATE DATABASE"}, []string{"*"})
	}
	if r.Replication {
		give("rolreplication", "may read the whole cluster by physical replication, where pg_hba.conf lets it", access.LevelSecrets, []string{"REPLICATION"}, []string{"*"})
	}
	if r.BypassRLS {
		give("rolbypassrls", "is not bound by row security", access.LevelList, []string{"BYPASSRLS"}, []string{"*"})
	}
	for _, to := range k.reach(role, bySetRole).roles[1:] {
		g := access.Grant{Identity: r.Ref, Actions: access.Set{In: []string{"SET ROLE"}}, Resources: access.Literals(k.plain(to)), Level: access.LevelEscalate}
		for _, m := range k.chain(role, to, bySetRole) {
			g.Proof = append(g.Proof, access.Proof{Ref: k.ref(m.Role), Statement: "member " + k.quoted(m.Member), Effect: "allow", Text: fmt.Sprintf("%s is a member of %s and may SET ROLE to it", k.name(m.Member), k.name(m.Role))})
		}
		out = append(out, g)
	}
	return out
}

// ownGrants are what via holds itself, by ownership, grants and its meaning, and
// role through it.
func (k *Cluster) ownGrants(role, via OID) []access.Grant {
	k.indexed()
	type key struct {
		class   Class
		actions string
	}
	groups := map[key][]string{}
	level := map[key]access.Level{}
	put := func(o *Object, l access.Level, actions []string) {
		g := key{o.Class, strings.Join(actions, "\x00")}
		groups[g] = append(groups[g], o.Name)
		if l.Rank() > level[g].Rank() {
			level[g] = l
		}
	}
	if via != Public {
		for _, i := range k.owned[via] {
			put(&k.Objects[i], access.LevelPermissions, []string{"*"})
		}
	}
	for _, i := range k.named[via] {
		o := &k.Objects[i]
		if actions, l := grantedTo(o, via); len(actions) > 0 {
			put(o, l, actions)
		}
	}
	proof := []access.Proof{{Ref: k.ref(via), Effect: "allow", Text: "held by " + k.name(via)}}
	if via != role && via != Public {
		proof = append(proof, k.chainProof(role, via, 0)...)
	}
	var out []access.Grant
	for _, m := range meanings {
		if m.role == via && (k.Version == 0 || k.Version >= m.since) {
			out = append(out, access.Grant{Identity: k.ref(role), Actions: access.Set{In: m.gave.Names()}, Resources: access.Set{In: []string{"*.*.*"}}, Level: Level(ClassTable, m.gave&-m.gave), Proof: proof})
		}
	}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.class, b.class), strings.Compare(a.actions, b.actions))
	})
	for _, g := range keys {
		out = append(out, access.Grant{Identity: k.ref(role), Actions: access.Set{In: strings.Split(g.actions, "\x00")}, Resources: access.Literals(groups[g]...), Level: level[g], Proof: proof})
	}
	return out
}

// grantedTo spells what an object's lists give to one grantee.
func grantedTo(o *Object, grantee OID) (actions []string, strongest access.Level) {
	add := func(it *Item, column string) {
		for p := range it.Held.Each {
			a := p.String()
			if column != "" {
				a += access.Literal("(" + column + ")")
			}
			l := Level(o.Class, p)
			if it.Option&p != 0 {
				a, l = a+" WITH GRANT OPTION", access.LevelPermissions
			}
			if actions = append(actions, a); l.Rank() > strongest.Rank() {
				strongest = l
			}
		}
	}
	for i := range o.Items {
		if o.Items[i].Grantee == grantee {
			add(&o.Items[i], "")
		}
	}
	for i := range o.Columns {
		if o.Columns[i].Grantee == grantee {
			add(&o.Columns[i].Item, o.Columns[i].Column)
		}
	}
	return actions, strongest
}

// ownerOfDatabase are what pg_database_owner is given in the databases whose
// owner role is.
func (k *Cluster) ownerOfDatabase(role OID) []access.Grant {
	if role == Public {
		return nil
	}
	var out []access.Grant
	c := k.reach(role, byInheritance)
	for i := range k.Databases {
		d := &k.Databases[i]
		if !k.ownsDatabase(c, d.OID, byInheritance) {
			continue
		}
		proof := k.chainProof(role, DatabaseOwner, d.OID)
		for _, at := range append(slices.Clone(k.Named(DatabaseOwner)), k.Owned(DatabaseOwner)...) {
			o := &k.Objects[at]
			if o.DB != d.OID {
				continue
			}
			g := access.Grant{Identity: k.ref(role), Resources: access.Literals(o.Name), Proof: proof}
			if o.Owner == DatabaseOwner {
				g.Actions.In, g.Level = []string{"*"}, access.LevelPermissions
			} else {
				g.Actions.In, g.Level = grantedTo(o, DatabaseOwner)
			}
			out = append(out, g)
		}
	}
	return out
}

// futureGrants are what default privileges will give.
func (k *Cluster) futureGrants(role OID) []access.Grant {
	var out []access.Grant
	for i := range k.Defaults {
		d := &k.Defaults[i]
		for j := range d.Items {
			it := &d.Items[j]
			if it.Grantee != Public && (role == Public || !k.Inherits(role, it.Grantee, d.DB)) {
				continue
			}
			in := d.Schema
			if db := k.Database(d.DB); in == "" && db != nil {
				in = db.Name
			}
			c := defaultClass(d.Type)
			g := access.Grant{Identity: k.ref(role), Actions: access.Set{In: it.Held.Names()}, Resources: access.Set{In: []string{access.Literal(in) + ".*"}},
				Condition: drover.NewAttrs(map[string]any{"future": map[string]any{"maker": k.plain(d.Maker)}}),
				Proof:     []access.Proof{{Ref: d.Ref, Effect: "allow", Text: fmt.Sprintf("will be granted to %s on what %s makes from now on", k.name(it.Grantee), k.name(d.Maker))}}}
			for p := range it.Held.Each {
				if l := Level(c, p); l.Rank() > g.Level.Rank() {
					g.Level = l
				}
			}
			out = append(out, g)
		}
	}
	return out
}

func defaultClass(t byte) Class {
	switch t {
	case 'r':
		return ClassTable
	case 'S':
		return ClassSequence
	case 'f':
		return ClassFunction
	case 'n':
		return ClassSchema
	}
	return ClassOther
}
