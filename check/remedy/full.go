package remedy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Limits of systems on keys of one identity; those that are switched off count too.
const (
	awsKeys    = 2  // access keys of a user (IAM and AWS STS quotas)
	googleKeys = 10 // user-managed keys of a service account (IAM quotas and limits)
)

// room says how to make room for another key where an identity has as many of a
// type as its system allows: one that is switched off is deleted, one that works is
// switched off when its users have moved over. Command is what does either to the
// key of an act. false: there is room.
func (a act) room(limit int, system string, command func(a act) string) (step, bool) {
	twins := slices.DeleteFunc(a.e.Twins(a.row), func(c int) bool { return strings.EqualFold(a.e.Graph.Str(c, "keyType"), "SYSTEM_MANAGED") })
	if len(twins)+1 < limit {
		return step{}, false
	}
	first := slices.MinFunc(twins, a.rather)
	has := "its identity"
	if row, ok := a.holder(); ok {
		has = a.e.Say(row)
	}
	has += " has " + strconv.Itoa(len(twins)+1) + " keys, as many as " + system + " allows: "
	b := a
	if b.row = first; a.over(first) {
		b.action = "delete"
		return step{command: command(b), text: "Delete " + a.e.Say(first) + " first, which is switched off and counts (" + strings.TrimSuffix(has, ": ") + "), then make a new key beside " + a.e.Say(a.row) + ", move its users over, and end it"}, true
	}
	b.action = "disable"
	end := "move what uses " + a.e.Say(first) + " to " + a.e.Say(a.row) + ", watch it go unused, and switch it off"
	if u, known := a.e.Graph.Use(first); known && u.LastUsed.IsZero() && u.NeverSource != "" {
		end = "switch " + a.e.Say(first) + " off, which was never used"
	}
	return step{command: command(b), text: strings.ToUpper(has[:1]) + has[1:] + end + "; then delete it, make a new key in its place, and move the users of " + a.e.Say(a.row) + " to that"}, true
}

// vaulted adds to a step what a secret that moves into a vault needs besides.
func (a act) vaulted(s step) step {
	if a.action == "vault" {
		s.text += "; keep the new one in a vault, have it read from there, and take the old one out of " + a.e.Say(a.what)
	}
	return s
}

// rather orders keys by which of them is to go first: what is switched off, what was
// never used, what is unused for longest, what is oldest.
func (a act) rather(x, y int) int {
	rank := func(c int) int {
		u, known := a.e.Graph.Use(c)
		switch {
		case a.over(c):
			return 0
		case known && u.LastUsed.IsZero() && u.NeverSource != "":
			return 1
		case known && !u.LastUsed.IsZero():
			return 2
		}
		return 3
	}
	ux, _ := a.e.Graph.Use(x)
	uy, _ := a.e.Graph.Use(y)
	mx, _ := a.e.Secret(x)
	my, _ := a.e.Secret(y)
	return cmp.Or(rank(x)-rank(y), ux.LastUsed.Compare(uy.LastUsed), mx.Compare(my), cmp.Compare(a.e.Graph.Ref(x), a.e.Graph.Ref(y)))
}

// over reports whether a credential itself is switched off or at its end.
func (a act) over(c int) bool {
	s := a.e.Graph.Facts(c).Status
	return s == "disabled" || s == "expired"
}
