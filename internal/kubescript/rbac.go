package kubescript

import (
	"math/rand/v2"
	"slices"
)

// createRole makes a role of a namespace or of the cluster.
func (w *World) createRole(rng *rand.Rand) []Request {
	o := object{kind: "cluster_role"}
	if rng.IntN(3) > 0 {
		o.kind, o.ns = "role", pick(rng, w.namespaces).name
	}
	o.name = w.name(rng, o.kind, o.ns, spice)
	r := &role{object: o, rules: rng.IntN(3)}
	w.roles = append(w.roles, r)
	return r.create(nil, map[string]any{"rules": r.list()})
}

func (r *role) list() []any {
	all := []any{
		map[string]any{"apiGroups": []any{""}, "resources": []any{"pods", "pods/log"}, "verbs": []any{"get", "list", "watch"}},
		map[string]any{"apiGroups": []any{"*"}, "resources": []any{"secrets"}, "resourceNames": []any{"one"}, "verbs": []any{"*"}},
		map[string]any{"apiGroups": []any{"apps"}, "resources": []any{"deployments"}, "verbs": []any{"patch"}},
	}
	return all[:r.rules]
}

func (w *World) changeRole(rng *rand.Rand) []Request {
	if len(w.roles) == 0 {
		return nil
	}
	r := pick(rng, w.roles)
	r.rules, r.rev = rng.IntN(4), r.rev+1
	return r.patch(nil, map[string]any{"rules": r.list()})
}

func (w *World) deleteRole(rng *rand.Rand) []Request {
	if len(w.roles) == 0 {
		return nil
	}
	return w.dropRole(rng.IntN(len(w.roles)))
}

func (w *World) dropRole(i int) []Request {
	r := w.roles[i]
	w.roles = slices.Delete(w.roles, i, i+1)
	w.bury(&r.object)
	return r.drop()
}

// createBinding binds to a role that is there, or to a name that is not, or not
// any more: bindings outlive roles.
func (w *World) createBinding(rng *rand.Rand) []Request {
	o := object{kind: "cluster_role_binding"}
	if rng.IntN(3) > 0 {
		o.kind, o.ns = "role_binding", pick(rng, w.namespaces).name
	}
	o.name = w.name(rng, o.kind, o.ns, spice)
	b := &binding{object: o}
	b.roleKind, b.role = w.roleName(rng, o.ns)
	b.subjects = w.subjects(rng)
	w.bindings = append(w.bindings, b)
	group := "rbac.authorization.k8s.io"
	return b.create(nil, map[string]any{"subjects": b.list(), "roleRef": map[string]any{"apiGroup": group, "kind": collections[b.roleKind].kind, "name": b.role}})
}

// roleName chooses what a binding in the namespace may refer to.
func (w *World) roleName(rng *rand.Rand, ns string) (kind, name string) {
	kind = "cluster_role"
	if ns != "" && rng.IntN(2) == 0 {
		kind = "role"
	} else {
		ns = ""
	}
	names := append([]string{w.prefix + "-ghost"}, w.graves[kind+"/"+ns]...)
	if rng.IntN(6) == 0 {
		return kind, pick(rng, names)
	}
	for _, r := range w.roles {
		if r.kind == kind && r.ns == ns {
			names = append(names, r.name)
		}
	}
	return kind, pick(rng, names)
}

// subjects are up to four: accounts of any namespace, users and groups. A user
// may have the name by which the API server calls a service account.
func (w *World) subjects(rng *rand.Rand) []subject {
	var out []subject
	for range rng.IntN(5) {
		var s subject
		switch rng.IntN(6) {
		case 0:
			s = subject{kind: "Group", name: w.prefix + "-group" + spice[rng.IntN(len(spice))]}
		case 1, 2:
			s = subject{kind: "User", name: w.prefix + "-user/" + spice[rng.IntN(len(spice))]}
		case 3:
			ns := pick(rng, w.namespaces).name
			s = subject{kind: "User", name: "system:serviceaccount:" + ns + ":" + w.accountName(rng, ns)}
		default:
			ns := pick(rng, w.namespaces).name
			s = subject{kind: "ServiceAccount", ns: ns, name: w.accountName(rng, ns)}
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (b *binding) list() []any {
	list := []any{}
	for _, s := range b.subjects {
		x := map[string]any{"kind": s.kind, "name": s.name}
		if s.kind == "ServiceAccount" {
			x["namespace"] = s.ns
		} else {
			x["apiGroup"] = "rbac.authorization.k8s.io"
		}
		list = append(list, x)
	}
	return list
}

// changeBinding changes whom it binds; the role of a binding never changes.
func (w *World) changeBinding(rng *rand.Rand) []Request {
	if len(w.bindings) == 0 {
		return nil
	}
	b := pick(rng, w.bindings)
	b.rev++
	if rng.IntN(3) > 0 {
		b.subjects = w.subjects(rng)
	}
	return b.patch(nil, map[string]any{"subjects": b.list()})
}

func (w *World) deleteBinding(rng *rand.Rand) []Request {
	if len(w.bindings) == 0 {
		return nil
	}
	return w.dropBinding(rng.IntN(len(w.bindings)))
}

func (w *World) dropBinding(i int) []Request {
	b := w.bindings[i]
	w.bindings = slices.Delete(w.bindings, i, i+1)
	w.bury(&b.object)
	return b.drop()
}
