package pgacl

// A reason says by what a privilege is held.
type reason uint8

const (
	byNothing reason = iota
	bySuper
	byOwning
	byGrant      // to the role itself, or to one that it inherits from
	byPublic     // to PUBLIC
	byPredefined // a role of the server's gives it: Via
	byColumn     // a grant on the one column
)

// A Holding is by what a role holds a privilege. The zero Holding holds nothing.
type Holding struct {
	by  reason
	via OID // owner, grantee or predefined role, which the role is or inherits from
}

// Held reports whether the privilege is held at all.
func (h Holding) Held() bool { return h.by != byNothing }

// Via is the role whose grant, ownership or meaning gives the privilege: the
// role itself, or one that it inherits from. PUBLIC for a grant to everybody.
func (h Holding) Via() OID { return h.via }

// database is the current database in which a question about an object is asked.
func (o *Object) database() OID {
	if o.Class == ClassDatabase {
		return o.OID
	}
	return o.DB
}

// Holds returns by what role holds privilege p on an object as a whole, what
// has_table_privilege, has_schema_privilege and their like answer. With option
// the right to grant it is asked for.
func (k *Cluster) Holds(role OID, o *Object, p Privileges, option bool) Holding {
	if Of(o.Class, k.Version)&p == 0 {
		return Holding{}
	}
	if k.protected(o, p) && !k.Super(role) {
		return Holding{}
	}
	if k.Super(role) {
		return Holding{bySuper, role}
	}
	if h := k.byItems(role, o, p, option); h.Held() || option {
		return h
	}
	return k.byMeaning(role, o, p)
}

// protected reports whether only a superuser may do this to a system catalog,
// whatever was granted (pg_class_aclmask).
func (k *Cluster) protected(o *Object, p Privileges) bool {
	return o.OID < firstUnpinned && (o.Class == ClassTable && !o.View || o.Class == ClassSequence) && p&(Insert|Update|Delete|Truncate|Usage) != 0
}

// byItems goes through ownership and the access control list (aclmask).
func (k *Cluster) byItems(role OID, o *Object, p Privileges, option bool) Holding {
	db := o.database()
	owner := o.Owner != Public && k.Inherits(role, o.Owner, db)
	if owner && (option || o.OwnerLacks&p == 0) {
		return Holding{byOwning, o.Owner}
	}
	best := Holding{}
	for i := range o.Items {
		it := &o.Items[i]
		has := it.Held
		if option {
			has = it.Option
		}
		if has&p == 0 {
			continue
		}
		switch {
		case it.Grantee == role:
			return Holding{byGrant, role}
		case it.Grantee == Public:
			best = Holding{byPublic, Public}
		case !best.Held() && k.Inherits(role, it.Grantee, db):
			best = Holding{byGrant, it.Grantee}
		}
	}
	return best
}

// byMeaning goes through the predefined roles that give a privilege on
// everything: pg_class_aclmask and pg_namespace_aclmask.
func (k *Cluster) byMeaning(role OID, o *Object, p Privileges) Holding {
	if role == Public {
		return Holding{}
	}
	for _, m := range meanings {
		if p&m.gives(o.Class) != 0 && (k.Version == 0 || k.Version >= m.since) && k.Inherits(role, m.role, o.DB) {
			return Holding{byPredefined, m.role}
		}
	}
	return Holding{}
}

// meanings are the predefined roles that give privileges on all objects.
var meanings = []meaning{
	{ReadAllData, 140000, Select},
	{WriteAllData, 140000, Insert | Update | Delete},
	{MaintainAll, 170000, Maintain},
}

type meaning struct {
	role  OID
	since int
	gave  Privileges // on relations
}

func (m meaning) gives(c Class) Privileges {
	switch c {
	case ClassTable, ClassSequence:
		return m.gave
	case ClassSchema:
		if m.role != MaintainAll {
			return Usage
		}
	}
	return 0
}

// HoldsColumn is Holds for one column: has_column_privilege. A privilege on the
// table is one on each of its columns.
func (k *Cluster) HoldsColumn(role OID, o *Object, column string, p Privileges, option bool) Holding {
	if o.Class != ClassTable || OfColumn&p == 0 {
		return Holding{}
	}
	if h := k.Holds(role, o, p, option); h.Held() {
		return h
	}
	for i := range o.Columns {
		it := &o.Columns[i]
		has := it.Held
		if option {
			has = it.Option
		}
		if it.Column == column && has&p != 0 && (it.Grantee == Public || k.Inherits(role, it.Grantee, o.DB)) {
			return Holding{byColumn, it.Grantee}
		}
	}
	return Holding{}
}

// ColumnsHeld lists the columns on which role holds p by grants on columns,
// each once, in the order of the catalog.
func (k *Cluster) ColumnsHeld(role OID, o *Object, p Privileges) []string {
	var out []string
	seen := map[string]bool{}
	for i := range o.Columns {
		it := &o.Columns[i]
		if it.Held&p != 0 && !seen[it.Column] && (it.Grantee == Public || k.Inherits(role, it.Grantee, o.DB)) {
			seen[it.Column] = true
			out = append(out, it.Column)
		}
	}
	return out
}

// Owns reports whether role may do what an object's owner may: alter it, drop it
// and grant on it. It is the owner, inherits from it, or is a superuser.
func (k *Cluster) Owns(role OID, o *Object) Holding {
	switch {
	case k.Super(role):
		return Holding{bySuper, role}
	case o.Owner != Public && role != Public && k.Inherits(role, o.Owner, o.database()):
		return Holding{byOwning, o.Owner}
	}
	return Holding{}
}
