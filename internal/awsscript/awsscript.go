// Package awsscript changes the IAM of an AWS account at random and knows what
// should be in it afterwards: users, keys, passwords, groups, roles and whom they
// trust, policies, instance profiles. It is the independent replay that a history
// of scans is compared with, so it shares no code with any connector: it speaks
// the query protocol of IAM, follows the meaning of each call, and asks the
// account for nothing but the ids of what it has made.
//
// A World is the model. Step invents the calls of one change and Apply makes
// them; Nodes and Edges say what an inventory should have now.
package awsscript

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
)

// A World is what the scripts have made so far in one account. Its names bear a
// prefix, for an account has others.
type World struct {
	prefix   string
	account  string // 12 digits
	made     int
	ids      map[string]bool     // of all that were ever made
	graves   map[string][]string // kind -> names that were deleted
	users    []*user
	keys     []*key
	groups   []*thing
	members  []member
	roles    []*role
	policies []*policy
	attached []attachment
	inline   []*inline
	profiles []*profile
}

// A thing has a name, and the immutable id that IAM gave it.
type thing struct {
	kind     string // the word in refs: "user"
	name, id string
}

type user struct {
	thing
	password bool
}

type key struct {
	user   *user
	id     string
	active bool
}

type member struct {
	user  *user
	group *thing
}

type role struct {
	thing
	trust    []statement
	boundary *policy
}

type policy struct {
	thing
	versions  []string // ids in order of making; a policy has five at most
	byDefault string
	revs      map[string]int // version, also of those that are no more -> revision of its document
}

type attachment struct {
	policy *policy
	to     *thing
}

type inline struct {
	of   *thing
	name string
	rev  int
}

type profile struct {
	thing
	role *role
}

// New returns an empty world in an account. The prefix, of letters, sets its
// names apart.
func New(prefix, account string) *World {
	return &World{prefix: prefix, account: account, ids: map[string]bool{}, graves: map[string][]string{}}
}

// Made reports whether the scripts made the thing with this id at any time.
func (w *World) Made(id string) bool { return w.ids[id] }

// ends are what names end in: IAM takes letters, digits and +=,.@-_ (IAM User
// Guide, "IAM name requirements").
var ends = []string{"", "", "-svc", "@example.com", "+tag", "=,.", "_x"}

// name invents a name, or takes that of a thing of the kind that is no more.
func (w *World) name(rng *rand.Rand, kind string) string {
	if dead := w.graves[kind]; len(dead) > 0 && rng.IntN(2) == 0 {
		i := rng.IntN(len(dead))
		name := dead[i]
		w.graves[kind] = slices.Delete(dead, i, i+1)
		return name
	}
	w.made++
	return fmt.Sprintf("%s-%d%s", w.prefix, w.made, ends[rng.IntN(len(ends))])
}

func (w *World) bury(t *thing) { w.graves[t.kind] = append(w.graves[t.kind], t.name) }

// Step changes the model and returns the calls, of one to six changes, that bring
// an account in the world's state to the new one. They must be applied at once.
func (w *World) Step(rng *rand.Rand) []Call {
	var out []Call
	for range 1 + rng.IntN(6) {
		out = append(out, w.change(rng)...)
	}
	return out
}

// change picks one kind of change that is possible now. The weights let a world
// grow to some dozens of things and stay there.
func (w *World) change(rng *rand.Rand) []Call {
	for {
		var c []Call
		switch n := rng.IntN(100); {
		case n < 10 && len(w.users) < 20:
			c = w.createUser(rng)
		case n < 15:
			c = w.deleteUser(rng)
		case n < 18:
			c = w.renameUser(rng)
		case n < 26:
			c = w.createKey(rng)
		case n < 33:
			c = w.changeKey(rng)
		case n < 37:
			c = w.togglePassword(rng)
		case n < 40 && len(w.groups) < 10:
			c = w.createGroup(rng)
		case n < 42:
			c = w.deleteGroup(rng)
		case n < 49:
			c = w.toggleMember(rng)
		case n < 56 && len(w.roles) < 15:
			c = w.createRole(rng)
		case n < 60:
			c = w.deleteRole(rng)
		case n < 65:
			c = w.changeTrust(rng)
		case n < 69 && len(w.policies) < 12:
			c = w.createPolicy(rng)
		case n < 71:
			c = w.deletePolicy(rng)
		case n < 76:
			c = w.changeVersions(rng)
		case n < 84:
			c = w.toggleAttached(rng)
		case n < 88:
			c = w.toggleBoundary(rng)
		case n < 94:
			c = w.changeInline(rng)
		case n < 97 && len(w.profiles) < 8:
			c = w.createProfile(rng)
		default:
			c = w.changeProfile(rng)
		}
		if len(c) > 0 {
			return c
		}
	}
}

// Apply makes the calls of the last Step and learns the ids of what they made. An
// error means that account and world no longer agree.
func (w *World) Apply(ctx context.Context, s *Server, step []Call) error {
	for _, c := range step {
		id, err := s.do(ctx, c)
		if err != nil {
			return err
		}
		if c.id != nil {
			*c.id = id
			w.ids[id] = true
		}
	}
	return nil
}

// Clear returns the calls that remove everything of the world.
func (w *World) Clear() []Call {
	var out []Call
	for len(w.users) > 0 {
		out = append(out, w.dropUser(0)...)
	}
	for len(w.groups) > 0 {
		out = append(out, w.dropGroup(0)...)
	}
	for len(w.profiles) > 0 {
		out = append(out, w.dropProfile(0)...)
	}
	for len(w.roles) > 0 {
		out = append(out, w.dropRole(0)...)
	}
	for len(w.policies) > 0 {
		out = append(out, w.dropPolicy(0)...)
	}
	return out
}
