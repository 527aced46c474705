// Package authz says who may do what: roles, the bounds of a grant, and the one
// decision, which an embedded Cedar policy takes (policy.cedar; an auditor reads
// that file and nothing else). It is pure: it knows no store and no request.
package authz

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// A Role is a set of things that one may do, as policy.cedar lists them.
type Role string

// The roles, from the least to the most.
const (
	Owner     Role = "owner"     // own items, in plain words
	Responder Role = "responder" // findings: look again, assign, mark
	Engineer  Role = "engineer"  // owners, tags, scans
	Approver  Role = "approver"  // accepts findings, not those that they asked for
	Auditor   Role = "auditor"   // reads everything and the record of it, writes nothing
	Admin     Role = "admin"     // the house: sources, users, settings
)

// Roles lists them, the least first.
func Roles() []Role { return []Role{Owner, Responder, Engineer, Approver, Auditor, Admin} }

// ParseRole reads a role's name. The error wraps drover.ErrInvalid.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", fmt.Errorf("no role is called %q; there are owner, responder, engineer, approver, auditor, admin: %w", clip(s), drover.ErrInvalid)
}

// A Grant gives a role inside bounds. An empty list is no bound in that
// dimension; a grant without any bound is for everything.
type Grant struct {
	Role    Role     `json:"role"`
	Sources []string `json:"sources,omitempty"` // ids of sources
	Teams   []string `json:"teams,omitempty"`   // names of teams, as owners are named
	Envs    []string `json:"envs,omitempty"`    // environments: prod, staging...
}

// Limited reports whether the grant has a bound.
func (g Grant) Limited() bool { return len(g.Sources)+len(g.Teams)+len(g.Envs) > 0 }

// Covers reports whether whoever holds g may hand out h: the same role or any
// from an admin, inside the same bounds or closer ones. For the role owner a team
// widens what is seen beyond one's own, and one's own lies in any team: so its teams
// are covered by the same teams of an owner, and by no teams of another role.
func (g Grant) Covers(h Grant) bool {
	subset := func(inner, outer []string) bool {
		return !slices.ContainsFunc(inner, func(s string) bool { return !slices.Contains(outer, s) })
	}
	within := func(inner, outer []string) bool {
		return len(outer) == 0 || len(inner) > 0 && subset(inner, outer)
	}
	teams := within(h.Teams, g.Teams)
	if h.Role == Owner {
		teams = g.Role == Owner && subset(h.Teams, g.Teams) || g.Role != Owner && len(g.Teams) == 0
	}
	return (g.Role == h.Role || g.Role == Admin) && teams && within(h.Sources, g.Sources) && within(h.Envs, g.Envs)
}

// String spells a grant as ParseGrant reads it: role[:dimension=a,b[;...]].
func (g Grant) String() string {
	var parts []string
	for _, d := range []struct {
		name string
		list []string
	}{{"source", g.Sources}, {"team", g.Teams}, {"env", g.Envs}} {
		if len(d.list) > 0 {
			parts = append(parts, d.name+"="+strings.Join(d.list, ","))
		}
	}
	if len(parts) == 0 {
		return string(g.Role)
	}
	return string(g.Role) + ":" + strings.Join(parts, ";")
}

// maxBound is how many values one dimension of a grant may have, and how long
// each may be.
const maxBound = 256

// ParseGrant reads "engineer", "engineer:source=aws-prod,k8s;env=prod" or
// "owner:team=payments". The error wraps drover.ErrInvalid.
func ParseGrant(s string) (Grant, error) {
	role, bounds, limited := strings.Cut(s, ":")
	r, err := ParseRole(role)
	if err != nil {
		return Grant{}, err
	}
	g := Grant{Role: r}
	if !limited {
		return g, nil
	}
	for part := range strings.SplitSeq(bounds, ";") {
		name, values, _ := strings.Cut(part, "=")
		list := strings.Split(values, ",")
		switch name {
		case "source":
			g.Sources = append(g.Sources, list...)
		case "team":
			g.Teams = append(g.Teams, list...)
		case "env":
			g.Envs = append(g.Envs, list...)
		default:
			return Grant{}, fmt.Errorf("grant %q: a bound is source=, team= or env=, as in engineer:source=aws-prod;env=prod: %w", clip(s), drover.ErrInvalid)
		}
	}
	return g, g.Valid()
}

// Valid checks a grant that came from outside. The error wraps drover.ErrInvalid.
func (g Grant) Valid() error {
	if _, err := ParseRole(string(g.Role)); err != nil {
		return err
	}
	for _, list := range [][]string{g.Sources, g.Teams, g.Envs} {
		if len(list) > maxBound {
			return fmt.Errorf("a grant with over %d values in one bound: %w", maxBound, drover.ErrInvalid)
		}
		for _, v := range list {
			if v == "" || len(v) > maxBound || strings.TrimSpace(v) != v || strings.ContainsAny(v, ",;=\x00\n") {
				return fmt.Errorf("a bound of a grant is empty, over %d bytes, or holds one of , ; =: %q: %w", maxBound, clip(v), drover.ErrInvalid)
			}
		}
	}
	return nil
}

// What a caller is.
const (
	Person  = "person"  // a user who signed in, or a token of theirs
	Machine = "machine" // a machine user's token, or a workload's own
	Here    = "local"   // who works on the server's own computer
)

// A Caller is who acts. The zero Caller may do nothing and sees nothing.
type Caller struct {
	ID     string // stable: of a user, or "local:<name>"
	Name   string
	Email  string
	Kind   string // Person, Machine, Here
	Grants []Grant

	Session string // id of the session, "" where there is none; never its value
	Token   string // id of the API token or of the workload rule, "" where there is none; never its value

	// Viewing is the role that As narrowed the grants to, "" where it did not. Who
	// looks on as another role looks only: nothing is changed meanwhile.
	Viewing Role
}

// Local is who works on the server's own computer: whoever can open the store's
// files is an admin of everything.
func Local(name string) Caller {
	return Caller{ID: "local:" + name, Name: name, Kind: Here, Grants: []Grant{{Role: Admin}}}
}

// Who is how the audit log and a decision name the caller.
func (c Caller) Who() string { return cmp.Or(c.Email, c.Name, c.ID) }

// Narrow keeps the grants that allow one of the actions, so that what the caller then sees
// and changes is bounded by these: an engineer of one source who may read all
// others tags in that one only.
func (c Caller) Narrow(list ...Action) Caller {
	c.Grants = slices.DeleteFunc(slices.Clone(c.Grants), func(g Grant) bool {
		return !slices.ContainsFunc(list, func(a Action) bool { return allows(c, g, a, About{}) })
	})
	return c
}

// As is what the caller would see with one role alone, for a preview of what
// others see. It never adds: the error wraps drover.ErrPermission where none of the
// caller's grants covers the role.
func (c Caller) As(r Role) (Caller, error) {
	if _, err := ParseRole(string(r)); err != nil {
		return Caller{}, err
	}
	var list []Grant
	for _, g := range c.Grants {
		if h := (Grant{r, g.Sources, g.Teams, g.Envs}); g.Covers(h) {
			list = append(list, h)
		}
	}
	if len(list) == 0 {
		return Caller{}, fmt.Errorf("only an admin sees the page as another role, and as an owner only one whose teams are not bounded: %w", drover.ErrPermission)
	}
	c.Grants, c.Viewing = list, r
	return c, nil
}

// Roles lists the roles that the caller can look on as: those that As takes, less
// the one that is theirs already.
func (c Caller) Roles() []Role {
	var list []Role
	for _, r := range Roles() {
		if as, err := c.As(r); err == nil && !slices.EqualFunc(as.Grants, c.Grants, func(g, h Grant) bool { return g.String() == h.String() }) {
			list = append(list, r)
		}
	}
	return list
}

// In keeps of every grant what lies in one environment, so that an answer is of that
// environment alone. It never adds.
func (c Caller) In(env string) Caller {
	var list []Grant
	for _, g := range c.Grants {
		if len(g.Envs) == 0 || slices.Contains(g.Envs, env) {
			g.Envs = []string{env}
			list = append(list, g)
		}
	}
	c.Grants = list
	return c
}

func clip(s string) string {
	if len(s) > 80 {
		s = s[:80] + "..."
	}
	q := strconv.QuoteToASCII(s)
	return q[1 : len(q)-1]
}
