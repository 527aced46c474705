package awsscript

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func call(action string, params ...string) Call {
	c := Call{Action: action, Params: map[string]string{}}
	for i := 0; i < len(params); i += 2 {
		c.Params[params[i]] = params[i+1]
	}
	return c
}

// learns makes a call tell the id of what it makes.
func (c Call) learns(id *string, field string) []Call {
	c.id, c.field = id, field
	return []Call{c}
}

func (w *World) createUser(rng *rand.Rand) []Call {
	return w.newUser(w.name(rng, "user"))
}

func (w *World) newUser(name string) []Call {
	u := &user{thing: thing{kind: "user", name: name}}
	w.users = append(w.users, u)
	return call("CreateUser", "UserName", name).learns(&u.id, "UserId")
}

// deleteUser makes the user anew under its name, now and then at once: it is
// another one then.
func (w *World) deleteUser(rng *rand.Rand) []Call {
	if len(w.users) == 0 {
		return nil
	}
	i := rng.IntN(len(w.users))
	name := w.users[i].name
	out := w.dropUser(i)
	if rng.IntN(3) == 0 {
		w.graves["user"] = slices.DeleteFunc(w.graves["user"], func(n string) bool { return n == name })
		out = append(out, w.newUser(name)...)
	}
	return out
}

// dropUser deletes all that a user has first: IAM deletes no user that has
// something.
func (w *World) dropUser(i int) []Call {
	u := w.users[i]
	out := w.strip(&u.thing)
	for _, k := range w.keys {
		if k.user == u {
			out = append(out, k.call("DeleteAccessKey"))
		}
	}
	w.keys = slices.DeleteFunc(w.keys, func(k *key) bool { return k.user == u })
	for _, m := range w.members {
		if m.user == u {
			out = append(out, m.call("RemoveUserFromGroup"))
		}
	}
	w.members = slices.DeleteFunc(w.members, func(m member) bool { return m.user == u })
	if u.password {
		out = append(out, call("DeleteLoginProfile", "UserName", u.name))
	}
	w.users = slices.Delete(w.users, i, i+1)
	w.bury(&u.thing)
	return append(out, call("DeleteUser", "UserName", u.name))
}

// strip takes the policies of a user, group or role away.
func (w *World) strip(t *thing) []Call {
	var out []Call
	for _, a := range w.attached {
		if a.to == t {
			out = append(out, w.attachment("Detach", a))
		}
	}
	w.attached = slices.DeleteFunc(w.attached, func(a attachment) bool { return a.to == t })
	for _, in := range w.inline {
		if in.of == t {
			out = append(out, in.drop())
		}
	}
	w.inline = slices.DeleteFunc(w.inline, func(in *inline) bool { return in.of == t })
	return out
}

// renameUser keeps the id. A user who has keys keeps the name: the emulator would
// not find the keys again (moto 5.2, AccessKey.user_name).
func (w *World) renameUser(rng *rand.Rand) []Call {
	if len(w.users) == 0 {
		return nil
	}
	u := pick(rng, w.users)
	if slices.ContainsFunc(w.keys, func(k *key) bool { return k.user == u }) {
		return nil
	}
	old := u.name
	w.made++
	u.name = fmt.Sprintf("%s-%d-renamed", w.prefix, w.made)
	return []Call{call("UpdateUser", "UserName", old, "NewUserName", u.name)}
}

func (k *key) call(action string, more ...string) Call {
	c := call(action, append([]string{"UserName", k.user.name}, more...)...)
	c.late = map[string]*string{"AccessKeyId": &k.id}
	return c
}

// createKey gives a user a key; two are the most that one may have.
func (w *World) createKey(rng *rand.Rand) []Call {
	if len(w.users) == 0 {
		return nil
	}
	u, has := pick(rng, w.users), 0
	for _, k := range w.keys {
		if k.user == u {
			has++
		}
	}
	if has == 2 {
		return nil
	}
	k := &key{user: u, active: true}
	w.keys = append(w.keys, k)
	return call("CreateAccessKey", "UserName", u.name).learns(&k.id, "AccessKeyId")
}

// changeKey deactivates, activates or deletes a key.
func (w *World) changeKey(rng *rand.Rand) []Call {
	if len(w.keys) == 0 {
		return nil
	}
	i := rng.IntN(len(w.keys))
	k := w.keys[i]
	if rng.IntN(3) == 0 {
		w.keys = slices.Delete(w.keys, i, i+1)
		return []Call{k.call("DeleteAccessKey")}
	}
	k.active = !k.active
	return []Call{k.call("UpdateAccessKey", "Status", k.status())}
}

func (k *key) status() string {
	if k.active {
		return "Active"
	}
	return "Inactive"
}

func (w *World) togglePassword(rng *rand.Rand) []Call {
	if len(w.users) == 0 {
		return nil
	}
	u := pick(rng, w.users)
	if u.password = !u.password; !u.password {
		return []Call{call("DeleteLoginProfile", "UserName", u.name)}
	}
	return []Call{call("CreateLoginProfile", "UserName", u.name, "Password", "Not-a-secret-1")}
}

func (w *World) createGroup(rng *rand.Rand) []Call {
	g := &thing{kind: "group", name: w.name(rng, "group")}
	w.groups = append(w.groups, g)
	return call("CreateGroup", "GroupName", g.name).learns(&g.id, "GroupId")
}

func (w *World) deleteGroup(rng *rand.Rand) []Call {
	if len(w.groups) == 0 {
		return nil
	}
	return w.dropGroup(rng.IntN(len(w.groups)))
}

func (w *World) dropGroup(i int) []Call {
	g := w.groups[i]
	out := w.strip(g)
	for _, m := range w.members {
		if m.group == g {
			out = append(out, m.call("RemoveUserFromGroup"))
		}
	}
	w.members = slices.DeleteFunc(w.members, func(m member) bool { return m.group == g })
	w.groups = slices.Delete(w.groups, i, i+1)
	w.bury(g)
	return append(out, call("DeleteGroup", "GroupName", g.name))
}

func (m member) call(action string) Call {
	return call(action, "UserName", m.user.name, "GroupName", m.group.name)
}

func (w *World) toggleMember(rng *rand.Rand) []Call {
	if len(w.users) == 0 || len(w.groups) == 0 {
		return nil
	}
	m := member{pick(rng, w.users), pick(rng, w.groups)}
	if i := slices.Index(w.members, m); i >= 0 {
		w.members = slices.Delete(w.members, i, i+1)
		return []Call{m.call("RemoveUserFromGroup")}
	}
	w.members = append(w.members, m)
	return []Call{m.call("AddUserToGroup")}
}
