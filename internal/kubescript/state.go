package kubescript

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/droverhq/drover"
)

// A Cluster is how an inventory calls the one that the world is in.
type Cluster struct {
	Tenant string // uid of the namespace kube-system
	Host   string // of its API server, in names of what is not there
}

// Nodes lists the world's nodes by ref, as an inventory names them:
// "kubernetes/<tenant>/<kind>/<uid>". The value is "<kind of node> <name>" and, of
// objects, their label rev; of service accounts also whether they want their
// token mounted.
func (w *World) Nodes(c Cluster) map[string]string {
	out := map[string]string{}
	add := func(o *object, kind string, more ...any) {
		out[o.ref(c)] = fmt.Sprintf("%s %s rev=%d", kind, o.name, o.rev) + fmt.Sprint(more...)
	}
	for _, o := range w.namespaces {
		add(o, "resource")
	}
	for _, a := range w.accounts {
		if a.automount != nil {
			add(&a.object, "identity", " automount=", *a.automount)
		} else {
			add(&a.object, "identity")
		}
	}
	for _, r := range w.roles {
		add(&r.object, "role")
	}
	for _, b := range w.bindings {
		add(&b.object, "policy")
		for _, s := range b.subjects {
			switch end := w.subjectEnd(c, s); {
			case s.kind == "Group":
				out[end] = "group " + s.name
			case strings.Contains(end, "/user/"):
				out[end] = "identity " + s.name
			}
		}
	}
	for _, x := range w.workloads {
		add(&x.object, "workload")
	}
	for _, s := range w.secrets {
		add(&s.object, "resource")
		if s.account != "" {
			out[s.tokenRef(c)] = "credential " + s.name
		}
	}
	return out
}

// Edges lists the world's edges as "from kind to part", the key of an edge. The
// value is the condition that the edge has beside its key, as JSON, "" for none.
func (w *World) Edges(c Cluster) map[string]string {
	out := map[string]string{}
	add := func(from, kind, to, part, cond string) {
		out[strings.TrimSpace(from+" "+kind+" "+to+" "+part)] = cond
	}
	for _, o := range w.namespaces {
		add(string(drover.NewRef("kubernetes", c.Tenant, "cluster", c.Tenant)), "contains", o.ref(c), "", "")
	}
	for _, a := range w.accounts {
		add(a.ref(c), "member_of", group(c, "system:serviceaccounts:"+a.ns), "", "")
		if a.cloud != "" {
			add(a.ref(c), "can_assume", string(drover.UnseenRef(a.cloud)), "", "")
		}
		if a.pull != "" {
			add(a.ref(c), "reads_secret", w.end(c, "secret", a.ns, a.pull), "imagePullSecrets", "")
		}
	}
	for _, b := range w.bindings {
		w.bindingEdges(b, c, add)
	}
	for _, x := range w.workloads {
		add(x.ref(c), "runs_as", w.end(c, "service_account", x.ns, x.account), "", `{"automountServiceAccountToken":false}`)
		if x.env != "" {
			add(x.ref(c), "reads_secret", w.end(c, "secret", x.ns, x.env), "envFrom", "")
		}
		if x.pull != "" {
			add(x.ref(c), "reads_secret", w.end(c, "secret", x.ns, x.pull), "imagePullSecrets", "")
		}
	}
	for _, s := range w.secrets {
		if s.account != "" {
			add(s.tokenRef(c), "stored_in", s.ref(c), "", "")
			add(s.tokenRef(c), "authenticates", w.end(c, "service_account", s.ns, s.account), "", "")
		}
	}
	return out
}

// bindingEdges: each subject is a member of the role by virtue of the binding,
// in the binding's namespace if it has one. A user who signed in is in
// system:authenticated.
func (w *World) bindingEdges(b *binding, c Cluster, add func(from, kind, to, part, cond string)) {
	ns, cond := "", ""
	if b.kind == "role_binding" {
		text, _ := json.Marshal(map[string]string{"namespace": b.ns})
		cond = string(text)
	}
	if b.roleKind == "role" {
		ns = b.ns
	}
	for _, s := range b.subjects {
		who := w.subjectEnd(c, s)
		add(who, "member_of", w.end(c, b.roleKind, ns, b.role), b.uid, cond)
		add(b.ref(c), "attached", who, "", "")
		if strings.Contains(who, "/user/") {
			add(who, "member_of", group(c, "system:authenticated"), "", "")
		}
	}
}

// subjectEnd is whom a subject means.
func (w *World) subjectEnd(c Cluster, s subject) string {
	switch s.kind {
	case "ServiceAccount":
		return w.end(c, "service_account", s.ns, s.name)
	case "Group":
		return group(c, s.name)
	}
	if rest, ok := strings.CutPrefix(s.name, "system:serviceaccount:"); ok {
		ns, name, _ := strings.Cut(rest, ":")
		return w.end(c, "service_account", ns, name)
	}
	return string(drover.NewRef("kubernetes", c.Tenant, "user", drover.Named(s.name)))
}

// end is what a name means now: the object that has it, or an alias for what is
// not there.
func (w *World) end(c Cluster, kind, ns, name string) string {
	for _, o := range w.all() {
		if o.kind == kind && o.ns == ns && o.name == name {
			return o.ref(c)
		}
	}
	return absent(c, kind, ns, name)
}

// Meant is the key of an edge with objects in place of the names that they have
// now: what a reader knows by name only is the same edge.
func (w *World) Meant(c Cluster, key string) string {
	f := strings.Fields(key)
	for _, o := range w.all() {
		name := absent(c, o.kind, o.ns, o.name)
		for i := 0; i < len(f); i += 2 {
			if f[i] == name {
				f[i] = o.ref(c)
			}
		}
	}
	return strings.Join(f, " ")
}

// absent is the end of an edge to an object that is known by name only.
func absent(c Cluster, kind, ns, name string) string {
	path := name
	if ns != "" {
		path = ns + "/" + name
	}
	if kind == "service_account" {
		return string(drover.UnseenRef("k8s:" + c.Host + "/" + path))
	}
	return string(drover.UnseenRef("kubernetes-object:" + c.Host + "/" + kind + "/" + path))
}

func (w *World) all() []*object {
	var out []*object
	for _, a := range w.accounts {
		out = append(out, &a.object)
	}
	for _, r := range w.roles {
		out = append(out, &r.object)
	}
	for _, s := range w.secrets {
		out = append(out, &s.object)
	}
	return out
}

func group(c Cluster, name string) string {
	return string(drover.NewRef("kubernetes", c.Tenant, "group", drover.Named(name)))
}

func (o *object) ref(c Cluster) string {
	return string(drover.NewRef("kubernetes", c.Tenant, o.kind, o.uid))
}

func (s *secret) tokenRef(c Cluster) string {
	return string(drover.NewRef("kubernetes", c.Tenant, "service_account_token", s.uid))
}
