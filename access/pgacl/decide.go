package pgacl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A Query asks for one privilege on one object.
type Query struct {
	Object    int // index in Catalog.Objects
	Column    string
	Privilege Privileges // one
	Option    bool       // the right to grant it on
}

// Decide says whether a statement of role that needs the privilege would pass.
// Besides the privilege it takes CONNECT on the database, for a role with LOGIN,
// and USAGE on the schema. What other roles may do after SET ROLE is not counted:
// a deny names the role by which it would pass.
//
// Where row security filters the rows, the decision is Conditional and its
// condition names the policies: {"row_security":{"permissive":[…],"restrictive":[…]}}.
func (k *Cluster) Decide(role OID, q Query) access.Decision {
	if k.Role(role) == nil && role != Public || q.Object < 0 || q.Object >= len(k.Objects) {
		return unknown("", "the role or the object was not read")
	}
	o := &k.Objects[q.Object]
	if Of(o.Class, k.Version)&q.Privilege == 0 {
		return deny(o.Ref, q.Privilege.String(), fmt.Sprintf("there is no privilege %s on %s", q.Privilege, shown(o.Name)))
	}
	var h Holding
	if q.Column != "" {
		h = k.HoldsColumn(role, o, q.Column, q.Privilege, q.Option)
	} else {
		h = k.Holds(role, o, q.Privilege, q.Option)
	}
	if !h.Held() {
		return k.missing(role, o, q)
	}
	proof := k.allProof(role, o, h, q)
	if bar, why := k.barred(role, o); bar.Verdict != "" {
		return bar
	} else {
		proof = append(proof, why...)
	}
	if f := k.RowSecurity(role, o, q.Privilege); f.On && !q.Option {
		return f.decide(o, proof)
	}
	return access.Decision{Verdict: access.Allow, Proof: proof}
}

// barred says what keeps role from the object although it holds a privilege on
// it; otherwise what lets it there.
func (k *Cluster) barred(role OID, o *Object) (access.Decision, []access.Proof) {
	var proof []access.Proof
	db := k.Database(o.database())
	inSchema := o.Class == ClassTable || o.Class == ClassSequence || o.Class == ClassFunction
	if !k.Super(role) && (db == nil && o.DB != 0 || inSchema && o.Schema < 0) {
		return unknown(o.Ref, "the database or the schema that it lies in was not read"), nil
	}
	if db != nil {
		if !db.AllowConn {
			return deny(db.Ref, "datallowconn", fmt.Sprintf("database %s accepts no connections", shown(db.Name))), nil
		}
		if r := k.Role(role); r != nil && r.Login && !r.Super {
			at := k.object(ClassDatabase, db.OID, 0)
			if at == nil {
				return unknown(db.Ref, "who may connect to the database was not read"), nil
			}
			h := k.Holds(role, at, Connect, false)
			if !h.Held() {
				return deny(db.Ref, "CONNECT", fmt.Sprintf("%s may not CONNECT to database %s: granted neither to it nor to PUBLIC nor to a role that it inherits from", k.name(role), shown(db.Name))), nil
			}
			proof = append(proof, k.allProof(role, at, h, Query{Privilege: Connect})...)
		}
	}
	if o.Schema >= 0 && o.Schema < len(k.Objects) && !k.Super(role) {
		s := &k.Objects[o.Schema]
		h := k.Holds(role, s, Usage, false)
		if !h.Held() {
			return deny(s.Ref, "USAGE", fmt.Sprintf("%s has no USAGE on schema %s", k.name(role), shown(s.Name))), nil
		}
		proof = append(proof, k.allProof(role, s, h, Query{Privilege: Usage})...)
	}
	return access.Decision{}, proof
}

// Reaches reports whether role comes as far as the object: it may connect to its
// database, if it may log in, and use its schema.
func (k *Cluster) Reaches(role OID, o *Object) bool {
	bar, _ := k.barred(role, o)
	return bar.Verdict == ""
}

func (f RowFilter) decide(o *Object, proof []access.Proof) access.Decision {
	var allow, limit []string
	for i := range f.Policies {
		p := &f.Policies[i]
		if p.Permissive {
			allow = append(allow, p.Name)
		} else {
			limit = append(limit, p.Name)
		}
		proof = append(proof, access.Proof{Ref: p.Ref, Effect: "allow", Text: fmt.Sprintf("row security policy %s says which rows", shown(p.Name))})
	}
	if f.None() {
		return deny(o.Ref, "relrowsecurity", fmt.Sprintf("row security of %s is on and no permissive policy names the role: no row is left", shown(o.Name)))
	}
	cond := map[string]any{"permissive": allow}
	if len(limit) > 0 {
		cond["restrictive"] = limit
	}
	return access.Decision{Verdict: access.Conditional, Condition: drover.NewAttrs(map[string]any{"row_security": cond}), Proof: proof}
}

// missing explains a deny: what there is instead, and by which role it would pass.
func (k *Cluster) missing(role OID, o *Object, q Query) access.Decision {
	what := q.Privilege.String()
	if q.Column != "" {
		what += "(" + shown(q.Column) + ")"
	}
	if q.Option {
		what += " WITH GRANT OPTION"
	}
	text := fmt.Sprintf("no grant of %s on %s to %s, to PUBLIC or to a role that it inherits from", what, shown(o.Name), k.name(role))
	switch {
	case k.protected(o, q.Privilege):
		text = fmt.Sprintf("%s on the system catalog %s is for superusers, whatever is granted", what, shown(o.Name))
	case k.Owns(role, o).Held():
		text = fmt.Sprintf("the owner took %s on %s from itself, and can grant it to itself again", what, shown(o.Name))
	case q.Column == "":
		if cols := k.ColumnsHeld(role, o, q.Privilege); len(cols) > 0 {
			text += fmt.Sprintf("; only on %d of its columns: %s", len(cols), shown(strings.Join(cols[:min(len(cols), 5)], ", ")))
		}
	}
	for _, r := range k.reach(role, bySetRole).roles[1:] {
		if k.Holds(r, o, q.Privilege, q.Option).Held() || q.Column != "" && k.HoldsColumn(r, o, q.Column, q.Privilege, q.Option).Held() {
			text += fmt.Sprintf("; after SET ROLE %s it would hold it", k.name(r))
			break
		}
	}
	return deny(o.Ref, what, text)
}

func deny(ref drover.Ref, statement, text string) access.Decision {
	return access.Decision{Verdict: access.Deny, Proof: []access.Proof{{Ref: ref, Statement: statement, Effect: "deny", Text: text}}}
}

func unknown(ref drover.Ref, text string) access.Decision {
	return access.Decision{Verdict: access.Unknown, Proof: []access.Proof{{Ref: ref, Text: text}}}
}

func (k *Cluster) ref(role OID) drover.Ref {
	if r := k.Role(role); r != nil {
		return r.Ref
	}
	return ""
}

func (k *Cluster) plain(role OID) string {
	if role == Public {
		return "PUBLIC"
	}
	if r := k.Role(role); r != nil {
		return r.Name
	}
	for i := range PredefinedRoles {
		if PredefinedRoles[i].OID == role {
			return PredefinedRoles[i].Name
		}
	}
	return fmt.Sprint(uint32(role))
}

// quoted is a role's name as a proof's statement has it.
func (k *Cluster) quoted(role OID) string {
	name := k.plain(role)
	if shown(name) != name {
		return strconv.Quote(name)
	}
	return name
}

// name is a role as a sentence has it.
func (k *Cluster) name(role OID) string {
	if role == Public {
		return "PUBLIC"
	}
	return "role " + shown(k.plain(role))
}

// shown quotes a name of the scanned system, which may hold anything, and cuts it.
func shown(name string) string {
	const longest = 200
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r >= 0x80 {
			return fmt.Sprintf("%+q", name)
		}
	}
	return name
}
