package authz

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// A Row is what the bounds of grants ask of one thing of the estate.
type Row struct {
	Sources []string // ids of those that assert it
	Teams   []string // names or keys of the teams that answer for it
	Env     string   // "": unknown
	Owners  []string // keys of the people who answer for it: mail addresses, ids
}

// A Sight is what a caller sees of the estate, ready to be asked of millions of
// rows. The zero Sight sees nothing.
type Sight struct {
	all    bool
	grants []Grant
	me     []string // by which the caller is named as an owner
	key    string
}

// Sight works out what a caller sees: what each grant that allows them to see
// the estate covers.
func (c Caller) Sight() Sight {
	s := Sight{}
	for _, me := range []string{c.Email, c.ID} {
		if me != "" {
			s.me = append(s.me, strings.ToLower(me))
		}
	}
	parts := []string{}
	for _, g := range c.Grants {
		if !allows(c, g, IdentityRead, About{}) {
			continue
		}
		s.all = s.all || !g.Limited() && g.Role != Owner
		s.grants = append(s.grants, g)
		parts = append(parts, s.part(g))
	}
	if s.all {
		return s
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(parts), "\x01")))
	s.key = hex.EncodeToString(sum[:16])
	return s
}

// part names what one grant shows.
func (s Sight) part(g Grant) string {
	whose := "anybody's"
	if g.Role == Owner {
		whose = strings.Join(s.me, "\x02")
	}
	lists := []string{whose}
	for _, list := range [][]string{g.Sources, g.Teams, g.Envs} {
		list = slices.Clone(list)
		for i, v := range list {
			list[i] = strings.ToLower(v)
		}
		slices.Sort(list)
		lists = append(lists, strings.Join(slices.Compact(list), "\x03"))
	}
	return strings.Join(lists, "\x00")
}

// All reports whether everything is seen, so that no row need be asked.
func (s Sight) All() bool { return s.all }

// Key names what is seen: callers with one key see the same rows, so that one
// snapshot serves them. "" is everything.
func (s Sight) Key() string { return s.key }

// Row reports whether a row is seen. A bound that the row says nothing about does
// not cover it: what is unknown is not shown. A grant of the role owner covers
// only what the caller answers for, in person or in a team that the grant names.
func (s Sight) Row(r Row) bool {
	if s.all {
		return true
	}
	return slices.ContainsFunc(s.grants, func(g Grant) bool {
		switch {
		case !overlap(g.Sources, r.Sources), len(g.Envs) > 0 && !holds(g.Envs, r.Env):
			return false
		case g.Role != Owner:
			return overlap(g.Teams, r.Teams)
		}
		return s.owns(r) || len(g.Teams) > 0 && overlap(g.Teams, r.Teams)
	})
}

// Source reports whether the caller may know that a source exists.
func (s Sight) Source(id string) bool {
	return s.all || slices.ContainsFunc(s.grants, func(g Grant) bool { return g.Role != Owner && overlap(g.Sources, []string{id}) })
}

func (s Sight) owns(r Row) bool {
	return slices.ContainsFunc(r.Owners, func(o string) bool {
		return slices.Contains(s.me, strings.TrimPrefix(strings.ToLower(o), "email:"))
	})
}

// overlap reports whether a bound lets any of the values through.
func overlap(bound, values []string) bool {
	return len(bound) == 0 || slices.ContainsFunc(values, func(v string) bool { return holds(bound, v) })
}

func holds(bound []string, v string) bool {
	return v != "" && slices.ContainsFunc(bound, func(b string) bool { return strings.EqualFold(b, v) })
}
