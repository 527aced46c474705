package kubescript

import (
	"math/rand/v2"
	"slices"
)

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func (w *World) createNamespace(rng *rand.Rand) []Request {
	o := &object{kind: "namespace", name: w.name(rng, "namespace", "", []string{"", "-prod", "-x"})}
	w.namespaces = append(w.namespaces, o)
	return o.create(nil, nil)
}

func (w *World) changeNamespace(rng *rand.Rand) []Request {
	o := pick(rng, w.namespaces)
	o.rev++
	return o.patch(nil, nil)
}

func (w *World) deleteNamespace(rng *rand.Rand) []Request {
	if len(w.namespaces) < 3 {
		return nil
	}
	return w.dropNamespace(rng.IntN(len(w.namespaces)))
}

// dropNamespace deletes what is in a namespace, then the namespace: no controller
// need be there to do it.
func (w *World) dropNamespace(i int) []Request {
	ns := w.namespaces[i]
	var out []Request
	in := func(o *object) bool { return o.ns == ns.name }
	for i := len(w.bindings) - 1; i >= 0; i-- {
		if in(&w.bindings[i].object) {
			out = append(out, w.dropBinding(i)...)
		}
	}
	for i := len(w.roles) - 1; i >= 0; i-- {
		if in(&w.roles[i].object) {
			out = append(out, w.dropRole(i)...)
		}
	}
	for i := len(w.workloads) - 1; i >= 0; i-- {
		if in(&w.workloads[i].object) {
			out = append(out, w.dropWorkload(i)...)
		}
	}
	for i := len(w.secrets) - 1; i >= 0; i-- {
		if in(&w.secrets[i].object) {
			out = append(out, w.dropSecret(i)...)
		}
	}
	for i := len(w.accounts) - 1; i >= 0; i-- {
		if in(&w.accounts[i].object) {
			out = append(out, w.dropAccount(i)...)
		}
	}
	w.namespaces = slices.Delete(w.namespaces, i, i+1)
	w.bury(ns)
	return append(out, ns.drop()...)
}

func (w *World) createAccount(rng *rand.Rand) []Request {
	ns := pick(rng, w.namespaces).name
	a := &account{object: object{kind: "service_account", ns: ns, name: w.name(rng, "service_account", ns, plain)}}
	if rng.IntN(3) == 0 {
		a.automount = new(rng.IntN(2) == 0)
	}
	if rng.IntN(4) == 0 {
		a.cloud = cloudRole(rng)
	}
	w.accounts = append(w.accounts, a)
	return a.create(a.annotations(), a.fields())
}

func cloudRole(rng *rand.Rand) string {
	return "arn:aws:iam::123456789012:role/" + pick(rng, []string{"reader", "writer", "path/admin"})
}

func (a *account) annotations() map[string]any {
	if a.cloud == "" {
		return map[string]any{cloudAnnotation: nil}
	}
	return map[string]any{cloudAnnotation: a.cloud}
}

const cloudAnnotation = "eks.amazonaws.com/role-arn"

func (a *account) fields() map[string]any {
	pull := []any{}
	if a.pull != "" {
		pull = append(pull, map[string]any{"name": a.pull})
	}
	f := map[string]any{"imagePullSecrets": pull, "automountServiceAccountToken": nil}
	if a.automount != nil {
		f["automountServiceAccountToken"] = *a.automount
	}
	return f
}

func (w *World) changeAccount(rng *rand.Rand) []Request {
	if len(w.accounts) == 0 {
		return nil
	}
	a := pick(rng, w.accounts)
	switch rng.IntN(4) {
	case 0:
		a.rev++
	case 1:
		a.automount = pick(rng, []*bool{nil, new(true), new(false)})
	case 2:
		a.cloud = pick(rng, []string{"", cloudRole(rng)})
	case 3:
		a.pull = w.secretName(rng, a.ns)
	}
	return a.patch(map[string]any{"annotations": a.annotations()}, a.fields())
}

// deleteAccount makes the account anew under its name, now and then at once: it
// is another one then.
func (w *World) deleteAccount(rng *rand.Rand) []Request {
	if len(w.accounts) == 0 {
		return nil
	}
	i := rng.IntN(len(w.accounts))
	old := w.accounts[i]
	out := w.dropAccount(i)
	if rng.IntN(3) == 0 {
		w.graves["service_account/"+old.ns] = slices.DeleteFunc(w.graves["service_account/"+old.ns], func(n string) bool { return n == old.name })
		again := &account{object: object{kind: old.kind, ns: old.ns, name: old.name}}
		w.accounts = append(w.accounts, again)
		out = append(out, again.create(nil, nil)...)
	}
	return out
}

func (w *World) dropAccount(i int) []Request {
	a := w.accounts[i]
	w.accounts = slices.Delete(w.accounts, i, i+1)
	w.bury(&a.object)
	return a.drop()
}

// accountName is the name of an account of the namespace, which now and then is
// not there.
func (w *World) accountName(rng *rand.Rand, ns string) string {
	var names []string
	for _, a := range w.accounts {
		if a.ns == ns {
			names = append(names, a.name)
		}
	}
	if len(names) == 0 || rng.IntN(8) == 0 {
		return pick(rng, append([]string{w.prefix + "-ghost"}, w.graves["service_account/"+ns]...))
	}
	return pick(rng, names)
}

// secretName is like accountName, and "" at times.
func (w *World) secretName(rng *rand.Rand, ns string) string {
	names := []string{"", w.prefix + "-ghost"}
	for _, s := range w.secrets {
		if s.ns == ns {
			names = append(names, s.name)
		}
	}
	return pick(rng, names)
}

// createWorkload makes a pod only for an account that is there: the API server
// refuses others, and gives the pod the account's image pull secrets (Kubernetes
// documentation, Admission Controllers, ServiceAccount).
func (w *World) createWorkload(rng *rand.Rand) []Request {
	ns := pick(rng, w.namespaces).name
	kind := pick(rng, []string{"deployment", "deployment", "cron_job", "pod"})
	x := &workload{account: w.accountName(rng, ns), env: w.secretName(rng, ns)}
	if kind == "pod" {
		i := slices.IndexFunc(w.accounts, func(a *account) bool { return a.ns == ns && a.name == x.account })
		if i < 0 {
			return nil
		}
		x.pull = w.accounts[i].pull
	}
	ends := plain
	if kind == "cron_job" {
		ends = []string{"", "-nightly"} // 52 bytes at most
	}
	x.object = object{kind: kind, ns: ns, name: w.name(rng, kind, ns, ends)}
	w.workloads = append(w.workloads, x)
	return x.create(nil, x.fields())
}

func (x *workload) fields() map[string]any {
	c := map[string]any{"name": "main", "image": "registry.example.com/app:1", "envFrom": []any{}}
	if x.env != "" {
		c["envFrom"] = []any{map[string]any{"secretRef": map[string]any{"name": x.env, "optional": true}}}
	}
	pod := map[string]any{"serviceAccountName": x.account, "serviceAccount": x.account, "automountServiceAccountToken": false, "containers": []any{c}}
	template := map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": "a"}}, "spec": pod}
	switch x.kind {
	case "pod":
		return map[string]any{"spec": pod}
	case "cron_job":
		pod["restartPolicy"] = "Never"
		return map[string]any{"spec": map[string]any{"schedule": "0 3 * * *", "jobTemplate": map[string]any{"spec": map[string]any{"template": template}}}}
	}
	return map[string]any{"spec": map[string]any{"replicas": 1, "selector": map[string]any{"matchLabels": map[string]any{"app": "a"}}, "template": template}}
}

func (w *World) changeWorkload(rng *rand.Rand) []Request {
	if len(w.workloads) == 0 {
		return nil
	}
	x := pick(rng, w.workloads)
	if x.kind == "pod" || rng.IntN(3) == 0 {
		x.rev++
		return x.patch(nil, nil)
	}
	x.account, x.env = w.accountName(rng, x.ns), w.secretName(rng, x.ns)
	return x.patch(nil, x.fields())
}

func (w *World) deleteWorkload(rng *rand.Rand) []Request {
	if len(w.workloads) == 0 {
		return nil
	}
	return w.dropWorkload(rng.IntN(len(w.workloads)))
}

func (w *World) dropWorkload(i int) []Request {
	x := w.workloads[i]
	w.workloads = slices.Delete(w.workloads, i, i+1)
	w.bury(&x.object)
	return x.drop()
}

// createSecret makes one with a value, or one for the token of an account, which
// the control plane would put into it where one runs.
func (w *World) createSecret(rng *rand.Rand) []Request {
	ns := pick(rng, w.namespaces).name
	s := &secret{object: object{kind: "secret", ns: ns, name: w.name(rng, "secret", ns, plain)}}
	if rng.IntN(2) == 0 {
		s.account = w.accountName(rng, ns)
	}
	w.secrets = append(w.secrets, s)
	if s.account == "" {
		return s.create(nil, map[string]any{"type": "Opaque", "stringData": map[string]any{"value": "not a secret"}})
	}
	return s.create(map[string]any{"kubernetes.io/service-account.name": s.account}, map[string]any{"type": "kubernetes.io/service-account-token"})
}

func (w *World) deleteSecret(rng *rand.Rand) []Request {
	if len(w.secrets) == 0 {
		return nil
	}
	return w.dropSecret(rng.IntN(len(w.secrets)))
}

func (w *World) dropSecret(i int) []Request {
	s := w.secrets[i]
	w.secrets = slices.Delete(w.secrets, i, i+1)
	w.bury(&s.object)
	return s.drop()
}
