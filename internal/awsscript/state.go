package awsscript

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
)

// Nodes lists the world's nodes by ref, as an inventory names them:
// "aws/<account>/iam.<kind>/<id>". The value is "<kind of node> <name>", and what
// the scripts change beside: the status of a key, the versions of a policy, the
// hash of a document.
func (w *World) Nodes() map[string]string {
	out := map[string]string{}
	for _, u := range w.users {
		out[w.ref(&u.thing)] = "identity " + u.name
		if u.password {
			out[w.typed("login_profile", u.id)] = "credential " + u.name
		}
	}
	for _, k := range w.keys {
		out[w.typed("access_key", k.id)] = "credential " + k.id + " " + k.status()
	}
	for _, g := range w.groups {
		out[w.ref(g)] = "group " + g.name
	}
	for _, r := range w.roles {
		out[w.ref(&r.thing)] = "identity " + r.name + " " + hash(r.document())
	}
	for _, p := range w.policies {
		out[w.ref(&p.thing)] = fmt.Sprintf("policy %s %s of %s %s", p.name, p.byDefault, strings.Join(p.versions, ","), hash(document(p.revs[p.byDefault])))
	}
	for _, in := range w.inline {
		out[w.inlineRef(in)] = "policy " + in.name + " " + hash(document(in.rev))
	}
	for _, p := range w.profiles {
		out[w.ref(&p.thing)] = "resource " + p.name
	}
	return out
}

// Edges lists the world's edges as "from kind to part", the key of an edge. The
// value is the condition that the edge has beside its key, as JSON, "" for none.
func (w *World) Edges() map[string]string {
	out := map[string]string{}
	add := func(from, kind, to, part, cond string) {
		out[strings.TrimSpace(from+" "+kind+" "+to+" "+part)] = cond
	}
	account := string(drover.NewRef("aws", w.account, "account", w.account))
	for _, t := range w.things() {
		add(account, "contains", w.ref(t), "", "")
	}
	for _, u := range w.users {
		if u.password {
			add(w.typed("login_profile", u.id), "authenticates", w.ref(&u.thing), "", "")
		}
	}
	for _, k := range w.keys {
		add(w.typed("access_key", k.id), "authenticates", w.ref(&k.user.thing), "", "")
	}
	for _, m := range w.members {
		add(w.ref(&m.user.thing), "member_of", w.ref(m.group), "", "")
	}
	for _, r := range w.roles {
		if r.boundary != nil {
			add(w.ref(&r.thing), "bounded_by", w.ref(&r.boundary.thing), "", "")
		}
		for _, s := range r.trust {
			w.trustEdges(r, s, add)
		}
	}
	for _, a := range w.attached {
		add(w.ref(&a.policy.thing), "attached", w.ref(a.to), "", "")
	}
	for _, in := range w.inline {
		add(w.inlineRef(in), "attached", w.ref(in.of), "", "")
	}
	for _, p := range w.profiles {
		if p.role != nil {
			add(w.ref(&p.thing), "runs_as", w.ref(&p.role.thing), "", "")
		}
	}
	return out
}

func (w *World) trustEdges(r *role, s statement, add func(from, kind, to, part, cond string)) {
	end, part, cond := string(drover.UnseenRef(s.alias)), "trust policy statement "+s.sid, ""
	if s.condition != nil {
		action := "sts:AssumeRole"
		if s.web {
			action = "sts:AssumeRoleWithWebIdentity"
		}
		cond = text(map[string]any{"Action": action, "Condition": s.condition})
	}
	add(w.ref(&r.thing), "trusts", end, part, cond)
	if s.web {
		add(end, "can_assume", w.ref(&r.thing), part, cond)
	}
}

// A Policy is a managed policy of the world.
type Policy struct{ Name, ID string }

// Policies are the managed policies by ARN.
func (w *World) Policies() map[string]Policy {
	out := map[string]Policy{}
	for _, p := range w.policies {
		out[w.arn(p)] = Policy{p.name, p.id}
	}
	return out
}

func (w *World) things() []*thing {
	var all []*thing
	for _, u := range w.users {
		all = append(all, &u.thing)
	}
	all = append(all, w.groups...)
	for _, r := range w.roles {
		all = append(all, &r.thing)
	}
	for _, p := range w.policies {
		all = append(all, &p.thing)
	}
	for _, p := range w.profiles {
		all = append(all, &p.thing)
	}
	return all
}

func (w *World) ref(t *thing) string { return w.typed(t.kind, t.id) }

func (w *World) typed(typ, id string) string {
	return string(drover.NewRef("aws", w.account, "iam."+typ, id))
}

func (w *World) inlineRef(in *inline) string { return w.typed("inline_policy", in.of.id+":"+in.name) }

func hash(document string) string { return drover.NewDocument("aws-iam", document).Hash }
