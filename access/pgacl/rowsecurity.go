package pgacl

// commandOf is the letter of pg_policy.polcmd for a privilege; 0 where row
// security does not concern it (TRUNCATE and REFERENCES: 5.9).
func commandOf(p Privileges) byte {
	switch p {
	case Select:
		return 'r'
	case Insert:
		return 'a'
	case Update:
		return 'w'
	case Delete:
		return 'd'
	}
	return 0
}

// A RowFilter is what row security leaves of a privilege.
type RowFilter struct {
	On       bool     // it applies to the role
	Policies []Policy // those that admit or restrict rows; none permissive among them: no row at all
}

// None reports whether no row is left: row security applies and no permissive
// policy names the role.
func (f RowFilter) None() bool {
	if !f.On {
		return false
	}
	for i := range f.Policies {
		if f.Policies[i].Permissive {
			return false
		}
	}
	return true
}

// RowSecurity says what row security leaves of p on a table for a role that
// holds it (check_enable_rls, get_policies_for_relation).
func (k *Cluster) RowSecurity(role OID, o *Object, p Privileges) RowFilter {
	cmd := commandOf(p)
	if !o.RLS || cmd == 0 || o.Class != ClassTable || o.OID < FirstNormal {
		return RowFilter{}
	}
	if r := k.Role(role); r != nil && (r.Super || r.BypassRLS) {
		return RowFilter{}
	}
	if !o.ForceRLS && k.Owns(role, o).Held() {
		return RowFilter{}
	}
	f := RowFilter{On: true}
	for i := range o.Policies {
		q := &o.Policies[i]
		if q.Command != '*' && q.Command != cmd {
			continue
		}
		for _, to := range q.Roles {
			if to == Public || k.Inherits(role, to, o.DB) {
				f.Policies = append(f.Policies, *q)
				break
			}
		}
	}
	return f
}
