package rolebased

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A Compiled table answers questions. It is immutable and safe for concurrent
// use. The table must not change while it is in use.
type Compiled struct {
	*Table
	roles map[string]Role
	byWho map[string][]int // principal or group -> assignments
	// parents is Table.Parents by scopes as they are compared.
	parents map[string][]string
}

// Compile indexes a table by principal.
func Compile(t *Table) *Compiled {
	c := &Compiled{Table: t, roles: t.Roles, byWho: map[string][]int{}, parents: make(map[string][]string, len(t.Parents))}
	for s, list := range t.Parents {
		s = c.normal(s)
		c.parents[s] = append(c.parents[s], list...)
	}
	if t.Fold {
		c.roles = make(map[string]Role, len(t.Roles))
		for id, r := range t.Roles {
			c.roles[strings.ToLower(id)] = r
		}
	}
	for i, a := range t.Assignments {
		for _, p := range a.Principals {
			if list := c.byWho[p]; len(list) == 0 || list[len(list)-1] != i {
				c.byWho[p] = append(list, i)
			}
		}
	}
	return c
}

// identities are all names under which an assignment may reach who: itself, the
// groups that it is in, directly or not, and everyone.
func (c *Compiled) identities(who Principal) map[string]bool {
	in := map[string]bool{Everyone: true}
	if !who.Anonymous {
		in[Authenticated] = true
	}
	todo := append([]string{who.ID}, who.Groups...)
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id == "" || in[id] {
			continue
		}
		in[id] = true
		todo = append(todo, c.Members[id]...)
	}
	return in
}

// assignments are those that reach who, in the order of the table.
func (c *Compiled) assignments(who Principal) []*Assignment {
	in := c.identities(who)
	var ids []int
	for id := range in {
		ids = append(ids, c.byWho[id]...)
	}
	slices.Sort(ids)
	var out []*Assignment
	for _, i := range slices.Compact(ids) {
		a := &c.Assignments[i]
		if !slices.ContainsFunc(a.Except, func(id string) bool { return in[id] }) {
			out = append(out, a)
		}
	}
	return out
}

// permissions are those of an assignment, its role's and the included roles'.
// Whole is false where a role's permissions are not known.
func (c *Compiled) permissions(a *Assignment) (list []Permission, whole bool) {
	list, whole = slices.Clone(a.Permissions), true
	seen := map[string]bool{"": true}
	todo := []string{c.fold(a.Role)}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		r, ok := c.roles[id]
		whole = whole && ok && !r.Unread
		list = append(list, r.Permissions...)
		for _, more := range r.Includes {
			todo = append(todo, c.fold(more))
		}
	}
	return list, whole
}

func (c *Compiled) fold(s string) string {
	if c.Fold {
		return strings.ToLower(s)
	}
	return s
}

// actions is what a permission allows.
func (c *Compiled) actions(p *Permission) access.Set {
	return access.Set{In: p.Actions, Out: p.NotActions, Fold: c.Fold}
}

// holds says whether an assignment's scope holds another, given with all that
// holds it (above): it is everything, the same, or among them.
func (c *Compiled) holds(a *Assignment, scope string, above map[string]bool) bool {
	at := c.normal(a.Scope)
	switch {
	case at == scope:
		return true
	case a.Here:
		return false
	}
	return at == "" || above[at]
}

// normal is a scope as it is compared: without a trailing slash.
func (c *Compiled) normal(scope string) string {
	if scope == "/" {
		return ""
	}
	return c.fold(strings.TrimSuffix(scope, "/"))
}

// above is the set of scopes that hold scope, itself among them.
func (c *Compiled) above(scope string) map[string]bool {
	seen := map[string]bool{}
	todo := []string{scope}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s == "" || seen[s] {
			continue
		}
		seen[s] = true
		if i := strings.LastIndexByte(s, '/'); i > 0 {
			todo = append(todo, s[:i])
		}
		for _, p := range c.parents[s] {
			todo = append(todo, c.normal(p))
		}
	}
	return seen
}

// level is the strongest level among the actions of a set, as far as patterns
// show: the first pattern of the table that a name matches decides for it.
func (c *Compiled) level(s access.Set) access.Level {
	best := access.Level("")
	for _, t := range append([]access.Set{{In: s.In, Out: s.Out}}, s.Or...) {
		for _, p := range t.In {
			if l := c.levelOf(p, t.Out); l.Rank() > best.Rank() {
				best = l
			}
		}
	}
	return best
}

func (c *Compiled) levelOf(pattern string, except []string) access.Level {
	if !strings.ContainsAny(pattern, "*?$") {
		for _, l := range c.Levels {
			if (access.Set{In: []string{l.Pattern}, Fold: c.Fold}).Contains(pattern) {
				return l.Level
			}
		}
		return ""
	}
	best := access.Level("")
	rest := access.Set{In: []string{pattern}, Out: except, Fold: c.Fold}
	for _, l := range c.Levels {
		of := access.Set{In: []string{l.Pattern}, Fold: c.Fold}
		if some, err := access.Overlaps(rest, of); err != nil || some {
			if l.Level.Rank() > best.Rank() {
				best = l.Level
			}
		}
		less, err := access.Minus(rest, of)
		if err != nil {
			continue
		}
		if rest = less; len(rest.In) == 0 {
			break
		}
	}
	return best
}

// proof names an assignment.
func (c *Compiled) proof(a *Assignment, effect, text string) access.Proof {
	return access.Proof{Ref: a.Ref, Statement: a.Statement, Effect: effect, Text: text}
}

// title is what a reader calls the role of an assignment.
func (c *Compiled) title(a *Assignment) string {
	switch r := c.roles[c.fold(a.Role)]; {
	case a.Role == "":
		return "its permissions"
	case r.Name != "":
		return "role " + clip(r.Name)
	}
	return "role " + clip(a.Role)
}

// clip bounds what is quoted of a scanned system.
func clip(s string) string {
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func every(scope string) bool { return scope == "" || scope == "/" }

func at(scope string) string {
	if every(scope) {
		return "everywhere"
	}
	return "at " + clip(scope)
}

func both(a, b drover.Attrs) drover.Attrs { return access.All(a, b) }
