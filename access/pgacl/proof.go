package pgacl

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover/access"
)

// ways lists by what else role holds what it holds by first: other grants,
// ownership, predefined roles. Any one of them would do.
func (k *Cluster) ways(role OID, o *Object, first Holding, q Query) []Holding {
	out := []Holding{first}
	add := func(h Holding) {
		if h != first {
			out = append(out, h)
		}
	}
	if first.by == bySuper {
		return out
	}
	db, p := o.database(), q.Privilege
	if role != Public && o.Owner != Public && k.Inherits(role, o.Owner, db) && (q.Option || o.OwnerLacks&p == 0) {
		add(Holding{byOwning, o.Owner})
	}
	has := func(it *Item) bool {
		held := it.Held
		if q.Option {
			held = it.Option
		}
		return held&p != 0 && (it.Grantee == Public || k.Inherits(role, it.Grantee, db))
	}
	for i := range o.Items {
		if it := &o.Items[i]; has(it) {
			by := byGrant
			if it.Grantee == Public {
				by = byPublic
			}
			add(Holding{by, it.Grantee})
		}
	}
	for i := range o.Columns {
		if it := &o.Columns[i]; q.Column != "" && it.Column == q.Column && has(&it.Item) {
			add(Holding{byColumn, it.Grantee})
		}
	}
	if q.Option || role == Public {
		return out
	}
	for _, m := range meanings {
		if p&m.gives(o.Class) != 0 && (k.Version == 0 || k.Version >= m.since) && k.Inherits(role, m.role, o.DB) {
			add(Holding{byPredefined, m.role})
		}
	}
	return out
}

// allProof is the proof of every way. Where there are several, each says so: taking
// one away leaves the others.
func (k *Cluster) allProof(role OID, o *Object, first Holding, q Query) []access.Proof {
	const most = 5
	ways := k.ways(role, o, first, q)
	var out []access.Proof
	for i, h := range ways[:min(len(ways), most)] {
		proof := k.proof(role, o, h, q)
		if len(ways) > 1 {
			proof[0].Text += fmt.Sprintf(" (way %d of %d)", i+1, len(ways))
			for j := range proof[1:] {
				proof[j+1].Text += fmt.Sprintf(" (way %d of %d)", i+1, len(ways))
			}
		}
		out = append(out, proof...)
	}
	return out
}

// proof says by what a privilege is held: the grant, then the memberships by
// which it comes to role.
func (k *Cluster) proof(role OID, o *Object, h Holding, q Query) []access.Proof {
	p := access.Proof{Ref: o.Ref, Effect: "allow"}
	what := q.Privilege.String()
	switch h.by {
	case bySuper:
		return []access.Proof{{Ref: k.ref(role), Statement: "rolsuper", Effect: "allow", Text: k.name(role) + " is a superuser, who bypasses every check"}}
	case byOwning:
		p.Statement, p.Text = "OWNER", fmt.Sprintf("%s owns %s", k.name(h.via), shown(o.Name))
	case byPredefined:
		p.Ref, p.Statement = k.ref(h.via), what
		p.Text = fmt.Sprintf("%s gives %s on every object of this kind", k.name(h.via), what)
	default:
		if h.by == byColumn {
			what += "(" + shown(q.Column) + ")"
		}
		if p.Statement = what; q.Option {
			p.Statement += " WITH GRANT OPTION"
		}
		p.Text = fmt.Sprintf("%s on %s is granted to %s", what, shown(o.Name), k.name(h.via))
	}
	out := []access.Proof{p}
	if h.via == Public || h.via == role {
		return out
	}
	return append(out, k.chainProof(role, h.via, o.database())...)
}

// chainProof names the memberships by which role inherits from via. One that
// another chain could stand in for says so.
func (k *Cluster) chainProof(role, via, db OID) []access.Proof {
	var out []access.Proof
	if _, granted := k.reach(role, byInheritance).via[via]; via == DatabaseOwner && !granted {
		if d := k.Database(db); d != nil {
			out = append(out, access.Proof{Ref: d.Ref, Statement: "OWNER", Effect: "allow", Text: fmt.Sprintf("%s owns database %s, so it is pg_database_owner there", k.name(d.Owner), shown(d.Name))})
			via = d.Owner
		}
	}
	for _, m := range k.chain(role, via, byInheritance) {
		text := fmt.Sprintf("%s is a member of %s and inherits from it", k.name(m.Member), k.name(m.Role))
		if k.reachesWithout(role, via, m) {
			text += "; another chain of memberships would do"
		}
		out = append(out, access.Proof{Ref: k.ref(m.Role), Statement: "member " + k.quoted(m.Member), Effect: "allow", Text: text})
	}
	return out
}

// reachesWithout reports whether role inherits from via even if nobody had
// granted what m grants.
func (k *Cluster) reachesWithout(role, via OID, m *Membership) bool {
	seen, queue := map[OID]bool{role: true}, []OID{role}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, row := range k.of[at] {
			x := &k.Memberships[row]
			if x.Member == m.Member && x.Role == m.Role || seen[x.Role] || !k.passes(x, byInheritance) {
				continue
			}
			if x.Role == via {
				return true
			}
			seen[x.Role] = true
			queue = append(queue, x.Role)
		}
	}
	return false
}

// OwnerProof says by what role may do what an object's owner may; nil where it
// may not.
func (k *Cluster) OwnerProof(role OID, o *Object) []access.Proof {
	h := k.Owns(role, o)
	if !h.Held() {
		return nil
	}
	return k.proof(role, o, h, Query{})
}

// RoleProof says by which memberships member is role: in the way that "SET ROLE",
// "INHERIT", "MEMBER" and "ADMIN" name; "" is SET ROLE.
func (k *Cluster) RoleProof(member, role OID, way string) []access.Proof {
	how, text := bySetRole, "and may SET ROLE to it"
	switch way {
	case "INHERIT":
		how, text = byInheritance, "and inherits from it"
	case "MEMBER", "ADMIN":
		how, text = byMembership, ""
	}
	if k.Super(member) {
		return []access.Proof{{Ref: k.ref(member), Statement: "rolsuper", Effect: "allow", Text: k.name(member) + " is a superuser, who counts as a member of every role"}}
	}
	var out []access.Proof
	for _, m := range k.chain(member, role, how) {
		out = append(out, access.Proof{Ref: k.ref(m.Role), Statement: "member " + k.quoted(m.Member), Effect: "allow",
			Text: strings.TrimSpace(fmt.Sprintf("%s is a member of %s %s", k.name(m.Member), k.name(m.Role), text))})
	}
	if len(out) == 0 {
		out = append(out, access.Proof{Ref: k.ref(role), Effect: "allow", Text: "it is " + k.name(member) + " itself, or the owner of the database"})
	}
	return out
}
