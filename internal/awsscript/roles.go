package awsscript

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
)

// A statement of a trust policy names one principal.
type statement struct {
	sid       string
	sort, who string         // "AWS", "Service" or "Federated", and its value
	alias     string         // as inventories call whom it names
	condition map[string]any // nil: none
	web       bool           // by a token of an OpenID Connect provider
}

func (w *World) createRole(rng *rand.Rand) []Call {
	r := &role{thing: thing{kind: "role", name: w.name(rng, "role")}, trust: w.trust(rng)}
	w.roles = append(w.roles, r)
	return call("CreateRole", "RoleName", r.name, "AssumeRolePolicyDocument", r.document()).learns(&r.id, "RoleId")
}

func (w *World) deleteRole(rng *rand.Rand) []Call {
	if len(w.roles) == 0 {
		return nil
	}
	return w.dropRole(rng.IntN(len(w.roles)))
}

func (w *World) dropRole(i int) []Call {
	r := w.roles[i]
	out := w.strip(&r.thing)
	for _, p := range w.profiles {
		if p.role == r {
			out = append(out, p.call("RemoveRoleFromInstanceProfile", r))
			p.role = nil
		}
	}
	if r.boundary != nil {
		out = append(out, w.bound(r, nil))
	}
	w.roles = slices.Delete(w.roles, i, i+1)
	w.bury(&r.thing)
	return append(out, call("DeleteRole", "RoleName", r.name))
}

func (w *World) changeTrust(rng *rand.Rand) []Call {
	if len(w.roles) == 0 {
		return nil
	}
	r := pick(rng, w.roles)
	r.trust = w.trust(rng)
	return []Call{call("UpdateAssumeRolePolicy", "RoleName", r.name, "PolicyDocument", r.document())}
}

// trust invents one to three statements: services, accounts, users and roles by
// ARN, the world, and repositories that come with a token.
func (w *World) trust(rng *rand.Rand) []statement {
	var out []statement
	for i := range 1 + rng.IntN(3) {
		s := statement{sid: fmt.Sprintf("S%d", i)}
		switch rng.IntN(6) {
		case 0:
			s.sort, s.who = "Service", pick(rng, []string{"ec2.amazonaws.com", "lambda.amazonaws.com"})
			s.alias = "aws-service:" + s.who
		case 1:
			s.sort, s.who = "AWS", pick(rng, []string{"arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:role/deploy"})
			s.alias = s.who
		case 2:
			s.sort, s.who, s.alias = "AWS", "*", "aws-any:*"
			s.condition = map[string]any{"StringEquals": map[string]any{"aws:PrincipalTag/team": fmt.Sprintf("id-%d", rng.IntN(3))}}
		case 3:
			s.sort, s.who, s.web = "Federated", "arn:aws:iam::"+w.account+":oidc-provider/token.actions.githubusercontent.com", true
			sub := pick(rng, []string{"repo:acme/app:ref:refs/heads/main", "repo:acme/*"})
			s.alias = "oidc:https://token.actions.githubusercontent.com|" + sub
			s.condition = map[string]any{"StringLike": map[string]any{"token.actions.githubusercontent.com:sub": sub}}
		default:
			sort := pick(rng, []string{"user", "role"})
			s.sort, s.who = "AWS", "arn:aws:iam::"+w.account+":"+sort+"/"+w.existing(rng, sort)
			s.alias = s.who
		}
		out = append(out, s)
	}
	return out
}

// existing is the name of a user or role, or of one that is not there.
func (w *World) existing(rng *rand.Rand, sort string) string {
	names := []string{w.prefix + "-ghost"}
	for _, u := range w.users {
		if sort == "user" {
			names = append(names, u.name)
		}
	}
	for _, r := range w.roles {
		if sort == "role" {
			names = append(names, r.name)
		}
	}
	return pick(rng, names)
}

func (r *role) document() string {
	var list []any
	for _, s := range r.trust {
		x := map[string]any{"Sid": s.sid, "Effect": "Allow", "Principal": map[string]any{s.sort: s.who}, "Action": "sts:AssumeRole"}
		if s.web {
			x["Action"] = "sts:AssumeRoleWithWebIdentity"
		}
		if s.condition != nil {
			x["Condition"] = s.condition
		}
		list = append(list, x)
	}
	return text(map[string]any{"Version": "2012-10-17", "Statement": list})
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of texts
	}
	return string(b)
}

func (w *World) createProfile(rng *rand.Rand) []Call {
	p := &profile{thing: thing{kind: "instance_profile", name: w.name(rng, "instance_profile")}}
	w.profiles = append(w.profiles, p)
	return call("CreateInstanceProfile", "InstanceProfileName", p.name).learns(&p.id, "InstanceProfileId")
}

// changeProfile puts a role into a profile, which holds one, or takes it out, or
// deletes the profile.
func (w *World) changeProfile(rng *rand.Rand) []Call {
	if len(w.profiles) == 0 || len(w.roles) == 0 {
		return nil
	}
	i := rng.IntN(len(w.profiles))
	p := w.profiles[i]
	switch {
	case rng.IntN(4) == 0:
		return w.dropProfile(i)
	case p.role != nil:
		r := p.role
		p.role = nil
		return []Call{p.call("RemoveRoleFromInstanceProfile", r)}
	}
	p.role = pick(rng, w.roles)
	return []Call{p.call("AddRoleToInstanceProfile", p.role)}
}

func (p *profile) call(action string, r *role) Call {
	return call(action, "InstanceProfileName", p.name, "RoleName", r.name)
}

func (w *World) dropProfile(i int) []Call {
	p := w.profiles[i]
	var out []Call
	if p.role != nil {
		out = append(out, p.call("RemoveRoleFromInstanceProfile", p.role))
	}
	w.profiles = slices.Delete(w.profiles, i, i+1)
	w.bury(&p.thing)
	return append(out, call("DeleteInstanceProfile", "InstanceProfileName", p.name))
}
