package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A change takes one thing away that a truth rests on.
type change struct {
	name string
	do   func(all []manifest) []manifest
}

// changed makes three twins of every truth, each without one thing that it rests
// on, and looks that it is silent there.
func (m *measured) changed(t testing.TB, all []manifest, list []truth) {
	made := map[string]*answers{}
	for _, x := range list {
		changes := twins(all, x)
		if len(changes) != 3 {
			t.Errorf("%v has %d twins, want 3", x, len(changes))
		}
		for _, c := range changes {
			key := c.name
			if made[key] == nil {
				made[key] = loaded(t, c.do(clone(t, all)))
			}
			m.twins++
			if made[key].found(x) {
				m.wrong = append(m.wrong, fmt.Sprintf("%v in the twin %q", x, c.name))
			} else {
				m.silent++
			}
		}
	}
}

// twins are the changes for one truth.
func twins(all []manifest, x truth) []change {
	switch x.technique {
	case "CE_NSENTER":
		return podTwins(x.technique, x.from, set(false, "spec", "hostPID"), eachBox(set(false, "securityContext", "privileged")), set(false, "spec", "hostUsers"))
	case "CE_PRIV_MOUNT", "CE_MODULE_LOAD":
		return podTwins(x.technique, x.from, eachBox(set(false, "securityContext", "privileged")), set(false, "spec", "hostUsers"), eachBox(drop("securityContext")))
	case "CE_SYS_PTRACE":
		return podTwins(x.technique, x.from, set(false, "spec", "hostPID"), eachBox(capabilities("SYS_PTRACE")), eachBox(capabilities("SYS_ADMIN")))
	case "CE_UMH_CORE_PATTERN":
		return podTwins(x.technique, x.from, eachBox(set(1000.0, "securityContext", "runAsUser")), eachBox(readOnly), eachBox(drop("volumeMounts")))
	case "IDENTITY_ASSUME":
		if x.to == "system:nodes" {
			return []change{gone("Node", x.from), renamed("Node", x.from), {"no binding speaks of the group", func(all []manifest) []manifest {
				return slices.DeleteFunc(all, func(o manifest) bool { return o.kind() == "ClusterRoleBinding" || o.kind() == "Node" })
			}}}
		}
		return podTwins(x.technique, x.from, set(false, "spec", "automountServiceAccountToken"), set("other", "spec", "serviceAccountName"), drop("spec", "serviceAccountName"))
	case "TOKEN_STEAL":
		return podsOf(all, x.to)
	case "PERMISSION_DISCOVER":
		_, binding, _ := strings.Cut(x.to, "::")
		return []change{
			object(binding, "names somebody else", func(o manifest) {
				for _, s := range o.maps("subjects") {
					s["name"] = "somebody-else"
				}
			}),
			object(binding, "names nobody", func(o manifest) { delete(o, "subjects") }),
			object(binding, "names accounts of another namespace", func(o manifest) {
				for _, s := range o.maps("subjects") {
					s["namespace"] = "elsewhere"
				}
			}),
		}
	}
	return ruleTwins(x)
}

// ruleTwins are those of a right that a binding gives: it is of another verb, for
// objects of a name that no object has, or counts in another namespace.
func ruleTwins(x truth) []change {
	role, binding, _ := strings.Cut(x.from, "::")
	verb := map[string]string{"ROLE_BIND": "bind", "TOKEN_BRUTEFORCE": "get"}[x.technique]
	rules := func(fn func(r manifest)) func(manifest) {
		return func(o manifest) {
			for _, r := range o.maps("rules") {
				if list, _ := r["verbs"].([]any); slices.Contains(list, any(verb)) {
					fn(r)
				}
			}
		}
	}
	narrow := change{binding + ": counts in another namespace", func(all []manifest) []manifest {
		for _, o := range all {
			if o.name() == binding && strings.HasSuffix(o.kind(), "Binding") {
				for _, s := range o.maps("subjects") {
					if s.text("namespace") == "" && s.text("kind") == "ServiceAccount" {
						s["namespace"] = "default"
					}
				}
				o["kind"] = "RoleBinding"
				o.at("metadata")["namespace"] = "elsewhere"
				o.at("roleRef")["kind"] = "ClusterRole"
			}
			if o.name() == role && o.kind() == "Role" {
				o["kind"] = "ClusterRole"
				delete(o.at("metadata"), "namespace")
			}
		}
		return all
	}}
	return []change{
		object(role, "has another verb", rules(func(r manifest) { r["verbs"] = []any{"delete"} })),
		object(role, "is for another name", rules(func(r manifest) { r["resourceNames"] = []any{"no-such-thing"} })),
		narrow,
	}
}

// object changes the role or binding of a name.
func object(name, what string, fn func(manifest)) change {
	return change{name + " " + what, func(all []manifest) []manifest {
		for _, o := range all {
			if o.name() == name && (strings.Contains(o.kind(), "Role")) {
				fn(o)
			}
		}
		return all
	}}
}

func gone(kind, name string) change {
	return change{kind + " " + name + " gone", func(all []manifest) []manifest {
		return slices.DeleteFunc(all, func(o manifest) bool { return o.kind() == kind && o.name() == name })
	}}
}

func renamed(kind, name string) change {
	return change{kind + " " + name + " renamed", func(all []manifest) []manifest {
		for _, o := range all {
			if o.kind() == kind && o.name() == name {
				o.at("metadata")["name"] = "other"
			}
		}
		return all
	}}
}

// podTwins change the pod that has a container, or the name.
func podTwins(technique, name string, edits ...func(manifest)) (out []change) {
	for i, edit := range edits {
		out = append(out, change{fmt.Sprintf("%s of %s, edit %d", technique, name, i), func(all []manifest) []manifest {
			for _, o := range all {
				if o.kind() == "Pod" && (o.name() == name || slices.ContainsFunc(o.at("spec").maps("containers"), func(c manifest) bool { return c.text("name") == name })) {
					edit(o)
				}
			}
			return all
		}})
	}
	return out
}

// podsOf change every pod that runs as an account.
func podsOf(all []manifest, account string) (out []change) {
	for _, edit := range []struct {
		name string
		do   func(manifest)
	}{
		{"mount no token", set(false, "spec", "automountServiceAccountToken")},
		{"run as another", set("other", "spec", "serviceAccountName")},
	} {
		out = append(out, change{"pods of " + account + " " + edit.name, func(all []manifest) []manifest {
			for _, o := range all {
				if o.kind() == "Pod" && o.text("spec", "serviceAccountName") == account {
					edit.do(o)
				}
			}
			return all
		}})
	}
	return append(out, change{account + " mounts no token", func(all []manifest) []manifest {
		for _, o := range all {
			if o.kind() == "ServiceAccount" && o.name() == account {
				o["automountServiceAccountToken"] = false
			}
		}
		return all
	}})
}

// set gives the field at a path a value.
func set(v any, path ...string) func(manifest) {
	return func(o manifest) {
		at := o
		for _, k := range path[:len(path)-1] {
			if at.at(k) == nil {
				at[k] = map[string]any{}
			}
			at = at.at(k)
		}
		at[path[len(path)-1]] = v
	}
}

func drop(path ...string) func(manifest) {
	return func(o manifest) { delete(o.at(path[:len(path)-1]...), path[len(path)-1]) }
}

func eachBox(fn func(manifest)) func(manifest) {
	return func(o manifest) {
		for _, c := range o.at("spec").maps("containers") {
			fn(c)
		}
	}
}

// capabilities takes one capability away.
func capabilities(without string) func(manifest) {
	return func(c manifest) {
		if caps := c.at("securityContext", "capabilities"); caps != nil {
			list, _ := caps["add"].([]any)
			caps["add"] = slices.DeleteFunc(list, func(x any) bool { return x == without })
		}
	}
}

func readOnly(c manifest) {
	for _, m := range c.maps("volumeMounts") {
		m["readOnly"] = true
	}
}
