package pgscript

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func one(format string, args ...any) []Statement {
	return []Statement{Statement(fmt.Sprintf(format, args...))}
}

func loginWord(login bool) string {
	if login {
		return "LOGIN"
	}
	return "NOLOGIN"
}

func (w *World) createRole(rng *rand.Rand) []Statement {
	r := &role{name: w.name(rng), login: rng.IntN(3) > 0, limit: -1}
	w.roles = append(w.roles, r)
	return one("CREATE ROLE %s %s", quote(r.name), loginWord(r.login))
}

func (w *World) alterRole(rng *rand.Rand) []Statement {
	r := pick(rng, w.roles)
	if rng.IntN(2) == 0 {
		r.login = !r.login
		return one("ALTER ROLE %s %s", quote(r.name), loginWord(r.login))
	}
	r.limit = rng.IntN(20) - 1
	return one("ALTER ROLE %s CONNECTION LIMIT %d", quote(r.name), r.limit)
}

func (w *World) renameRole(rng *rand.Rand) []Statement {
	r := pick(rng, w.roles)
	old := r.name
	r.name = w.name(rng)
	return one("ALTER ROLE %s RENAME TO %s", quote(old), quote(r.name))
}

// dropRole drops what the role owns and what was granted to it, then the role.
// Its memberships, both ways, end with it.
func (w *World) dropRole(rng *rand.Rand) []Statement {
	r := pick(rng, w.roles)
	for _, t := range slices.Clone(w.tables) {
		if t.owner == r {
			w.forget(t)
		}
	}
	maps.DeleteFunc(w.grants, func(k grantKey, _ bool) bool { return k.to == r })
	maps.DeleteFunc(w.members, func(k [2]*role, _ bool) bool { return k[0] == r || k[1] == r })
	w.roles = slices.DeleteFunc(w.roles, func(x *role) bool { return x == r })
	return []Statement{Statement("DROP OWNED BY " + quote(r.name)), Statement("DROP ROLE " + quote(r.name))}
}

// grantRole makes an older role a member of a younger one, never the reverse, so
// that no cycle can arise, which the server would refuse.
func (w *World) grantRole(rng *rand.Rand) []Statement {
	i, j := rng.IntN(len(w.roles)), rng.IntN(len(w.roles))
	if i == j {
		return nil
	}
	of, member := w.roles[max(i, j)], w.roles[min(i, j)]
	key := [2]*role{of, member}
	if admin, there := w.members[key]; there && admin {
		return nil // granting again without the option would change nothing
	}
	admin := rng.IntN(4) == 0
	w.members[key] = admin
	s := fmt.Sprintf("GRANT %s TO %s", quote(of.name), quote(member.name))
	if admin {
		s += " WITH ADMIN OPTION"
	}
	return one("%s", s)
}

func (w *World) revokeRole(rng *rand.Rand) []Statement {
	if len(w.members) == 0 {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(w.members), func(a, b [2]*role) int {
		return strings.Compare(a[0].name+"\x00"+a[1].name, b[0].name+"\x00"+b[1].name)
	})
	k := pick(rng, keys)
	if w.members[k] && rng.IntN(3) == 0 {
		w.members[k] = false
		return one("REVOKE ADMIN OPTION FOR %s FROM %s", quote(k[0].name), quote(k[1].name))
	}
	delete(w.members, k)
	return one("REVOKE %s FROM %s", quote(k[0].name), quote(k[1].name))
}

func (w *World) createTable(rng *rand.Rand) []Statement {
	t := &table{name: w.name(rng)}
	w.tables = append(w.tables, t)
	return one("CREATE TABLE public.%s (id int)", quote(t.name))
}

func (w *World) dropTable(rng *rand.Rand) []Statement {
	t := pick(rng, w.tables)
	w.forget(t)
	return one("DROP TABLE public.%s", quote(t.name))
}

func (w *World) forget(t *table) {
	maps.DeleteFunc(w.grants, func(k grantKey, _ bool) bool { return k.on == t })
	w.tables = slices.DeleteFunc(w.tables, func(x *table) bool { return x == t })
}

// changeTable renames a table or gives it away. What the new owner had been
// granted becomes the owner's own right.
func (w *World) changeTable(rng *rand.Rand) []Statement {
	t := pick(rng, w.tables)
	if rng.IntN(2) == 0 {
		old := t.name
		t.name = w.name(rng)
		return one("ALTER TABLE public.%s RENAME TO %s", quote(old), quote(t.name))
	}
	t.owner = pick(rng, w.roles)
	maps.DeleteFunc(w.grants, func(k grantKey, _ bool) bool { return k.on == t && k.to == t.owner })
	return one("ALTER TABLE public.%s OWNER TO %s", quote(t.name), quote(t.owner.name))
}

// grantTable never grants to the owner, who has the right anyway, nor an option
// to PUBLIC, which the server refuses.
func (w *World) grantTable(rng *rand.Rand) []Statement {
	t := pick(rng, w.tables)
	var to *role
	if rng.IntN(8) > 0 {
		to = pick(rng, w.roles)
	}
	if to != nil && to == t.owner {
		return nil
	}
	key := grantKey{to, t, pick(rng, privileges)}
	option := to != nil && rng.IntN(4) == 0
	w.grants[key] = w.grants[key] || option // an option once granted stays
	s := fmt.Sprintf("GRANT %s ON public.%s TO %s", key.privilege, quote(t.name), grantee(to))
	if option {
		s += " WITH GRANT OPTION"
	}
	return one("%s", s)
}

func grantee(r *role) string {
	if r == nil {
		return "PUBLIC"
	}
	return quote(r.name)
}

func (w *World) revokeTable(rng *rand.Rand) []Statement {
	if len(w.grants) == 0 {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(w.grants), func(a, b grantKey) int {
		return strings.Compare(a.on.name+"\x00"+grantee(a.to)+"\x00"+a.privilege, b.on.name+"\x00"+grantee(b.to)+"\x00"+b.privilege)
	})
	k := pick(rng, keys)
	if w.grants[k] && rng.IntN(3) == 0 {
		w.grants[k] = false
		return one("REVOKE GRANT OPTION FOR %s ON public.%s FROM %s", k.privilege, quote(k.on.name), grantee(k.to))
	}
	delete(w.grants, k)
	return one("REVOKE %s ON public.%s FROM %s", k.privilege, quote(k.on.name), grantee(k.to))
}
