package awsscript

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

func (w *World) createPolicy(rng *rand.Rand) []Call {
	p := &policy{thing: thing{kind: "policy", name: w.name(rng, "policy")}, versions: []string{"v1"}, byDefault: "v1", revs: map[string]int{"v1": 1}}
	w.policies = append(w.policies, p)
	return call("CreatePolicy", "PolicyName", p.name, "PolicyDocument", document(1)).learns(&p.id, "PolicyId")
}

// document is a policy that differs by its revision.
func document(rev int) string {
	return text(map[string]any{"Version": "2012-10-17", "Statement": map[string]any{"Effect": "Allow", "Action": "s3:GetObject", "Resource": fmt.Sprintf("arn:aws:s3:::bucket-%d/*", rev)}})
}

func (w *World) arn(p *policy) string { return "arn:aws:iam::" + w.account + ":policy/" + p.name }

func (w *World) deletePolicy(rng *rand.Rand) []Call {
	if len(w.policies) == 0 {
		return nil
	}
	return w.dropPolicy(rng.IntN(len(w.policies)))
}

// dropPolicy takes a policy from all that have it, then deletes its versions and
// it.
func (w *World) dropPolicy(i int) []Call {
	p := w.policies[i]
	var out []Call
	for _, a := range w.attached {
		if a.policy == p {
			out = append(out, w.attachment("Detach", a))
		}
	}
	w.attached = slices.DeleteFunc(w.attached, func(a attachment) bool { return a.policy == p })
	for _, r := range w.roles {
		if r.boundary == p {
			out = append(out, w.bound(r, nil))
			r.boundary = nil
		}
	}
	for _, v := range p.versions {
		if v != p.byDefault {
			out = append(out, call("DeletePolicyVersion", "PolicyArn", w.arn(p), "VersionId", v))
		}
	}
	w.policies = slices.Delete(w.policies, i, i+1)
	w.bury(&p.thing)
	return append(out, call("DeletePolicy", "PolicyArn", w.arn(p)))
}

// changeVersions adds a version, makes another the default, or deletes one.
func (w *World) changeVersions(rng *rand.Rand) []Call {
	if len(w.policies) == 0 {
		return nil
	}
	p := pick(rng, w.policies)
	if n := rng.IntN(3); n == 0 && len(p.versions) < 5 {
		next := len(p.revs) + 1
		v := fmt.Sprintf("v%d", next)
		p.versions, p.revs[v] = append(p.versions, v), next
		asDefault := rng.IntN(2) == 0
		if asDefault {
			p.byDefault = v
		}
		return []Call{call("CreatePolicyVersion", "PolicyArn", w.arn(p), "PolicyDocument", document(next), "SetAsDefault", fmt.Sprint(asDefault))}
	} else if v := pick(rng, p.versions); v != p.byDefault && n == 1 {
		p.byDefault = v
		return []Call{call("SetDefaultPolicyVersion", "PolicyArn", w.arn(p), "VersionId", v)}
	} else if v != p.byDefault {
		p.versions = slices.DeleteFunc(p.versions, func(x string) bool { return x == v })
		return []Call{call("DeletePolicyVersion", "PolicyArn", w.arn(p), "VersionId", v)}
	}
	return nil
}

// principal chooses a user, a group or a role; nil if there is none.
func (w *World) principal(rng *rand.Rand, kinds ...string) *thing {
	var all []*thing
	for _, u := range w.users {
		all = append(all, &u.thing)
	}
	all = append(all, w.groups...)
	for _, r := range w.roles {
		all = append(all, &r.thing)
	}
	all = slices.DeleteFunc(all, func(t *thing) bool { return !slices.Contains(kinds, t.kind) })
	if len(all) == 0 {
		return nil
	}
	return pick(rng, all)
}

// word is the kind of a principal as actions and parameters have it: "User".
func (t *thing) word() string { return strings.ToUpper(t.kind[:1]) + t.kind[1:] }

func (w *World) attachment(verb string, a attachment) Call {
	return call(verb+a.to.word()+"Policy", a.to.word()+"Name", a.to.name, "PolicyArn", w.arn(a.policy))
}

func (w *World) toggleAttached(rng *rand.Rand) []Call {
	to := w.principal(rng, "user", "group", "role")
	if to == nil || len(w.policies) == 0 {
		return nil
	}
	a := attachment{pick(rng, w.policies), to}
	if i := slices.Index(w.attached, a); i >= 0 {
		w.attached = slices.Delete(w.attached, i, i+1)
		return []Call{w.attachment("Detach", a)}
	}
	w.attached = append(w.attached, a)
	return []Call{w.attachment("Attach", a)}
}

// bound sets or, with a nil policy, deletes the boundary of a role.
func (w *World) bound(r *role, p *policy) Call {
	if p == nil {
		return call("DeleteRolePermissionsBoundary", "RoleName", r.name)
	}
	return call("PutRolePermissionsBoundary", "RoleName", r.name, "PermissionsBoundary", w.arn(p))
}

// toggleBoundary is for roles only: the emulator knows no boundaries of users.
func (w *World) toggleBoundary(rng *rand.Rand) []Call {
	if len(w.roles) == 0 || len(w.policies) == 0 {
		return nil
	}
	r := pick(rng, w.roles)
	if r.boundary != nil {
		r.boundary = nil
	} else {
		r.boundary = pick(rng, w.policies)
	}
	return []Call{w.bound(r, r.boundary)}
}

// changeInline adds, replaces or deletes a policy that belongs to one principal.
func (w *World) changeInline(rng *rand.Rand) []Call {
	if len(w.inline) > 0 && rng.IntN(2) == 0 {
		i := rng.IntN(len(w.inline))
		in := w.inline[i]
		if rng.IntN(2) == 0 {
			w.inline = slices.Delete(w.inline, i, i+1)
			return []Call{in.drop()}
		}
		in.rev++
		return []Call{in.put()}
	}
	of := w.principal(rng, "user", "group", "role")
	if of == nil {
		return nil
	}
	in := &inline{of: of, name: "inline" + pick(rng, ends)}
	if slices.ContainsFunc(w.inline, func(x *inline) bool { return x.of == of && x.name == in.name }) {
		return nil
	}
	w.inline = append(w.inline, in)
	return []Call{in.put()}
}

func (in *inline) put() Call {
	return call("Put"+in.of.word()+"Policy", in.of.word()+"Name", in.of.name, "PolicyName", in.name, "PolicyDocument", document(in.rev))
}

func (in *inline) drop() Call {
	return call("Delete"+in.of.word()+"Policy", in.of.word()+"Name", in.of.name, "PolicyName", in.name)
}
