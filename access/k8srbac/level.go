package k8srbac

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// Level is what a verb on a resource lets its holder do, in our words. Reading
// Secrets is obtaining credentials, and whoever may list or watch them reads them
// (Kubernetes documentation, RBAC good practices).
func Level(verb, group, resource string) access.Level {
	base, sub, _ := strings.Cut(resource, "/")
	rbac := group == "rbac.authorization.k8s.io" || group == all
	switch verb {
	case "impersonate", "escalate", "bind", "approve", "sign", all:
		return access.LevelEscalate
	case "delete", "deletecollection":
		return access.LevelDelete
	case "get", "list", "watch":
		return readLevel(verb, base, sub)
	case "create", "update", "patch":
		switch {
		case base == "serviceaccounts" && sub == "token":
			return access.LevelEscalate
		case base == "pods" && (sub == "exec" || sub == "attach" || sub == "ephemeralcontainers" || sub == "portforward"), base == "nodes" && sub == "proxy", sub == "proxy":
			return access.LevelExecute
		case sub == "" && runsPods(group, base):
			return access.LevelExecute
		case rbac && slices.Contains([]string{"roles", "clusterroles", "rolebindings", "clusterrolebindings"}, base), base == "certificatesigningrequests" && sub == "approval":
			return access.LevelPermissions
		}
		return access.LevelWrite
	}
	return access.LevelRead
}

func readLevel(verb, base, sub string) access.Level {
	switch {
	case base == "secrets" || base == all:
		return access.LevelSecrets
	case base == "nodes" && sub == "proxy":
		return access.LevelExecute // kubelets run commands by GET, over WebSocket
	case verb == "list" && sub == "":
		return access.LevelRead // lists return whole objects
	}
	return access.LevelRead
}

// runsPods reports whether objects of a resource run pods.
func runsPods(group, resource string) bool {
	switch resource {
	case all, "pods", "replicationcontrollers":
		return group == "" || group == all
	case "deployments", "daemonsets", "statefulsets", "replicasets":
		return group == "apps" || group == all
	case "jobs", "cronjobs":
		return group == "batch" || group == all
	}
	return false
}

// Grants lists what the bindings of who give, rule by rule. Actions are verbs;
// resources are <namespace>/<resource>[.<group>][/<subresource>][:<name>], `*`
// for every namespace, or URLs.
func (p *Policy) Grants(identity drover.Ref, w Who) []access.Grant {
	var out []access.Grant
	if w.Masters() {
		out = append(out, access.Grant{Identity: identity, Actions: access.Set{In: []string{all}}, Resources: access.Set{In: []string{all}}, Level: access.LevelEscalate,
			Proof: []access.Proof{{Effect: "allow", Text: "members of system:masters pass by all authorization"}}})
	}
	for _, i := range p.Of(w) {
		r := p.Role(i)
		if r == nil {
			continue
		}
		ns := p.Bindings[i].Namespace
		for k := range r.Rules {
			rule := &r.Rules[k]
			g := access.Grant{Identity: identity, Actions: access.Set{In: rule.Verbs}, Resources: rule.resources(ns), Level: rule.Level(), Proof: p.Proof(i, k)}
			if ns != "" && len(rule.Resources) == 0 {
				continue // URLs are given by ClusterRoleBindings only
			}
			out = append(out, g)
		}
	}
	return out
}

// Level is the strongest of a rule's rights.
func (r *Rule) Level() access.Level {
	best := access.Level("")
	up := func(l access.Level) {
		if l.Rank() > best.Rank() {
			best = l
		}
	}
	for _, v := range r.Verbs {
		for _, g := range r.APIGroups {
			for _, res := range r.Resources {
				up(Level(v, g, res))
			}
		}
		if len(r.NonResourceURLs) > 0 {
			up(access.LevelRead)
		}
	}
	return best
}

// maxSet bounds the patterns of one grant: what a hostile rule would have more of
// is left out. A rule of a role as large as the API server takes has fewer.
const maxSet = 20_000

func (r *Rule) resources(namespace string) access.Set {
	if namespace == "" {
		namespace = all
	}
	var s access.Set
	for _, g := range r.APIGroups {
		for _, res := range r.Resources {
			name := namespace + "/" + Spell(g, res)
			if len(r.ResourceNames) == 0 && len(s.In) < maxSet {
				s.In = append(s.In, name)
			}
			for _, n := range r.ResourceNames[:min(len(r.ResourceNames), maxSet-len(s.In))] {
				s.In = append(s.In, name+":"+n)
			}
		}
	}
	if namespace == all {
		s.In = append(s.In, r.NonResourceURLs...)
	}
	return s
}

// Spell writes a resource with its group as kubectl does: deployments.apps/scale.
func Spell(group, resource string) string {
	if group == "" {
		return resource
	}
	base, sub, ok := strings.Cut(resource, "/")
	if ok {
		return base + "." + group + "/" + sub
	}
	return base + "." + group
}
