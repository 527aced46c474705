package kubernetes

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/k8srbac"
)

// A scope asks what rights give in one namespace, or everywhere where ns is "".
type scope struct {
	b  *builder
	rs []right
	ns string

	// spaced makes ns "" mean every namespace, and nothing that is in none: a
	// ClusterRole that could be bound by RoleBindings anywhere.
	spaced bool
	out    []effect
}

func (s *scope) find(group, resource, sub string, verbs ...string) match {
	return find(s.rs, s.ns, group, resource, sub, verbs...)
}

// global is find for a resource that is in no namespace: RoleBindings do not give
// it.
func (s *scope) global(group, resource, sub string, verbs ...string) match {
	if s.spaced || s.ns != "" {
		return match{}
	}
	return find(s.rs, "", group, resource, sub, verbs...)
}

func (s *scope) add(e effect) {
	if e.to != none {
		s.out = append(s.out, e)
	}
}

// spaces are the namespaces that the scope speaks of.
func (s *scope) spaces() []*space {
	if s.ns == "" {
		return s.b.order
	}
	if x := s.b.spaces[s.ns]; x != nil {
		return []*space{x}
	}
	return nil
}

// all is the row of everything that the scope speaks of.
func (s *scope) all() uint32 {
	switch {
	case s.ns == "" && s.spaced:
		return s.b.everySpace()
	case s.ns == "":
		return s.b.row
	case s.b.spaces[s.ns] != nil:
		return s.b.spaces[s.ns].row
	}
	return none
}

// single are the effects of one binding by itself.
func (s *scope) single() {
	if s.admin() {
		return
	}
	whole := s.takeover()
	s.pods(whole)
	if !whole {
		s.secrets()
		s.tokens()
	}
	s.impersonate()
	s.proxies()
	s.webhooks()
	s.awsAuth()
	s.several()
}

// several are the effects that may take more than one rule.
func (s *scope) several() {
	if n := len(s.out); s.admin() {
		s.out = s.out[:n]
		return
	}
	s.groups()
	s.roleBind()
	s.escalate()
	s.approve()
	s.tokenSecret()
	s.volumes()
	s.labels()
}

// everything is the rule that allows all of it.
var everything = []k8srbac.Rule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}

// isAdmin reports whether rules are those of an administrator, and the one that
// makes them so.
func isAdmin(rules []k8srbac.Rule) (int, bool) {
	for k := range rules {
		if k8srbac.Covers(rules[k:k+1], everything) {
			return k, true
		}
	}
	return 0, false
}

// admin is whoever may do everything in the scope.
func (s *scope) admin() bool {
	for _, r := range s.rs {
		if r.ns != "" && r.ns != s.ns || !k8srbac.Covers([]k8srbac.Rule{*r.r}, everything) {
			continue
		}
		s.add(effect{to: s.all(), kind: drover.EdgeCanAccess, by: []right{r}})
		return true
	}
	return false
}

// takeover is whoever may run pods, enter those that run, and read Secrets: all
// of a namespace that acts.
func (s *scope) takeover() bool {
	if s.ns == "" {
		return false
	}
	run, enter, read := s.find(core, "pods", "", "create"), s.find(core, "pods", "exec", "create"), s.find(core, "secrets", "", "get", "list", "watch")
	if !enter.any {
		enter = s.find(core, "pods", "", "patch", "update")
	}
	if !run.any || !enter.any || !read.any {
		return false
	}
	s.add(effect{to: s.all(), technique: "NAMESPACE_TAKEOVER", by: slices.Concat(run.by, enter.by, read.by)})
	return true
}

// accounts leads to the service accounts that a match speaks of.
func (s *scope) accounts(m match, e effect) {
	if !m.ok() {
		return
	}
	e.by = append(slices.Clip(e.by), m.by...)
	if m.any && s.ns == "" {
		e.to = s.b.everyAccount()
		s.add(e)
		return
	}
	for _, x := range s.spaces() {
		for _, a := range x.accounts {
			if m.over(a.name) {
				e.to = a.row
				s.add(e)
			}
		}
	}
}

// workloads leads to the workloads whose pods a match speaks of. Pods of
// controllers have names that begin with the controller's.
func (s *scope) workloads(m match, e effect) {
	if !m.ok() {
		return
	}
	e.by = append(slices.Clip(e.by), m.by...)
	if m.any && s.ns == "" {
		e.to = s.b.everyWorkload()
		s.add(e)
		return
	}
	for _, x := range s.spaces() {
		for _, w := range x.workloads {
			one := e
			if one.to = w.row; m.over(w.name) && (m.any || w.typ == "pod") {
				s.add(one)
			} else if pod := w.podAmong(m.names); pod != "" {
				one.cond = drover.NewAttrs(map[string]any{"pod": pod})
				s.add(one)
			}
		}
	}
}

// podAmong is one of sorted names that a pod of the controller may have.
func (w *workload) podAmong(names []string) string {
	if w.typ == "pod" {
		return ""
	}
	if i, _ := slices.BinarySearch(names, w.name+"-"); i < len(names) && strings.HasPrefix(names[i], w.name+"-") {
		return names[i]
	}
	return ""
}

// pods are the rights over pods and what makes them. Where the namespace is
// taken over, only what leads out of it is said.
func (s *scope) pods(whole bool) {
	create := s.find(core, "pods", "", "create")
	made, changed := s.controllers()
	for _, way := range []struct {
		technique string
		m         match
	}{{"POD_CREATE", create}, {"WORKLOAD_CREATE", made}, {"WORKLOAD_PATCH", changed}} {
		if !way.m.ok() || way.technique == "WORKLOAD_CREATE" && create.any {
			continue
		}
		if way.technique == "WORKLOAD_PATCH" && (create.any || made.any) {
			continue
		}
		if !whole {
			every := way.m
			every.any = true // the object is one, the account any
			s.accounts(every, effect{technique: way.technique})
		}
		s.hosts(way.technique, way.m.by)
	}
	if whole {
		return
	}
	s.workloads(s.find(core, "pods", "exec", "create"), effect{technique: "POD_EXEC"})
	s.workloads(s.find(core, "pods", "", "patch", "update"), effect{technique: "POD_PATCH"})
	s.workloads(s.find(core, "pods", "ephemeralcontainers", "patch", "update"), effect{technique: "EPHEMERAL_CONTAINER"})
	s.workloads(s.find(core, "pods", "attach", "create"), effect{technique: "POD_ATTACH_API", cond: drover.NewAttrs(map[string]any{"containers": map[string]any{"stdin": true}})})
	s.workloads(s.find(core, "pods", "portforward", "create"), effect{technique: "POD_PORTFORWARD", kind: drover.EdgeCanAccess, touch: true, level: access.LevelRead})
}

// controllers are rights over the objects that pods are made from: of new ones,
// and of those that are there.
func (s *scope) controllers() (create, change match) {
	for _, k := range []struct{ group, resource, typ string }{
		{apps, "deployments", "deployment"}, {apps, "daemonsets", "daemon_set"}, {apps, "statefulsets", "stateful_set"}, {apps, "replicasets", "replica_set"},
		{batch, "jobs", "job"}, {batch, "cronjobs", "cron_job"}, {core, "replicationcontrollers", "replication_controller"},
	} {
		if m := s.find(k.group, k.resource, "", "create"); m.any && !create.any {
			create = m
		}
		if k.typ == "job" || change.any {
			continue // the template of a Job cannot be changed
		}
		if m := s.find(k.group, k.resource, "", "patch", "update"); m.ok() && s.there(k.typ, m) {
			change = m
		}
	}
	return create, change
}

// there reports whether a workload of a type is there that the match speaks of.
func (s *scope) there(typ string, m match) bool {
	for _, x := range s.spaces() {
		if slices.ContainsFunc(x.workloads, func(w *workload) bool { return w.typ == typ && m.over(w.name) }) {
			return true
		}
	}
	return false
}

// hosts leads from making pods to a node, as far as Pod Security may let one
// through.
func (s *scope) hosts(technique string, by []right) {
	best := ""
	for _, x := range s.spaces() {
		switch x.enforce {
		case "privileged":
			best = "privileged"
		case "":
			if best == "" {
				best = "unknown"
			}
		}
	}
	e := effect{to: s.b.node(), technique: technique, by: by}
	switch {
	case best == "unknown", s.ns == "" && best == "":
		e.cond = drover.NewAttrs(map[string]any{"pod-security.kubernetes.io/enforce": "privileged"})
	case best == "":
		return
	}
	s.add(e)
}

// secrets are the rights to read Secrets, which hold tokens of service accounts.
func (s *scope) secrets() {
	get, list := s.find(core, "secrets", "", "get"), s.find(core, "secrets", "", "list", "watch")
	for _, m := range []match{list, get} {
		if !m.ok() {
			continue
		}
		e := effect{kind: drover.EdgeReadsSecret, level: access.LevelSecrets, by: m.by}
		if m.any && s.ns == "" {
			e.to = s.b.everySecret()
			s.add(e)
			break
		}
		for _, x := range s.spaces() {
			for _, t := range x.secrets {
				if e.to = t.row; m.over(t.name) {
					s.add(e)
				}
			}
		}
		if m.any {
			break
		}
	}
	s.heldTokens(list, "TOKEN_LIST")
	s.heldTokens(get, "TOKEN_BRUTEFORCE")
}

// heldTokens leads to the accounts of which a Secret holds a token. Where the
// Secrets were not read any may; where they were, those that do.
func (s *scope) heldTokens(m match, technique string) {
	if !m.any {
		return // the Secrets of the names lead to what they hold
	}
	if !s.b.listed && len(s.b.tokens) == 0 {
		s.accounts(m, effect{technique: technique, cond: tokenSecretThere})
		return
	}
	for _, x := range s.spaces() {
		for _, a := range x.accounts {
			e := effect{to: a.row, technique: technique, by: m.by}
			if held := s.b.tokens[[2]string{a.namespace, a.name}]; !held && s.b.listed {
				continue
			} else if !held {
				e.cond = tokenSecretThere
			}
			s.add(e)
		}
	}
}

// tokenSecretThere is the condition that a Secret holds a token of the account.
var tokenSecretThere = drover.NewAttrs(map[string]any{"secret": map[string]any{"type": "kubernetes.io/service-account-token"}})

// tokens are the rights to have tokens issued, and to act as accounts.
func (s *scope) tokens() {
	s.accounts(s.find(core, "serviceaccounts", "token", "create"), effect{technique: "TOKEN_REQUEST"})
}

// proxies are the rights over the kubelets.
func (s *scope) proxies() {
	m := s.global(core, "nodes", "proxy", "create", "get")
	if m.any {
		s.add(effect{to: s.b.everyWorkload(), technique: "NODE_PROXY", by: m.by})
		return
	}
	for _, h := range s.b.machines {
		if !m.over(h.name) {
			continue
		}
		for _, w := range h.workloads {
			s.add(effect{to: w.row, technique: "NODE_PROXY", by: m.by})
		}
		if len(s.b.adrift) > 0 {
			s.add(effect{to: s.b.floating(), technique: "NODE_PROXY", cond: onNode(h.name), by: m.by})
		}
	}
}

// webhooks are the rights over what the API server asks before it stores.
func (s *scope) webhooks() {
	verbs := []string{"create", "update", "patch"}
	used := drover.NewAttrs(map[string]any{"admission": "somebody creates or changes an object"})
	policy, bound := s.global(admit, "mutatingadmissionpolicies", "", verbs...), s.global(admit, "mutatingadmissionpolicybindings", "", verbs...)
	if m := s.global(admit, "mutatingwebhookconfigurations", "", verbs...); m.ok() {
		s.add(effect{to: s.b.row, technique: "WEBHOOK_WRITE", cond: used, by: m.by})
	} else if policy.ok() && bound.ok() {
		s.add(effect{to: s.b.row, technique: "WEBHOOK_WRITE", cond: used, by: slices.Concat(policy.by, bound.by)})
	} else if m := s.global(admit, "validatingwebhookconfigurations", "", verbs...); m.ok() {
		s.add(effect{to: s.b.everySecret(), kind: drover.EdgeReadsSecret, level: access.LevelSecrets, technique: "WEBHOOK_WRITE", cond: used, by: m.by})
	}
}

// awsAuth is the right over the ConfigMap by which EKS maps IAM principals to
// users and groups, system:masters among them.
func (s *scope) awsAuth() {
	const space, name = "kube-system", "aws-auth"
	if !s.b.mapped || s.ns != "" && s.ns != space {
		return
	}
	if m := find(s.rs, space, core, "configmaps", "", "update", "patch"); m.over(name) {
		s.add(effect{to: s.b.row, technique: "AWS_AUTH_MAP", cond: drover.NewAttrs(map[string]any{"accessConfig": map[string]any{"authenticationMode": []any{"CONFIG_MAP", "API_AND_CONFIG_MAP"}}}), by: m.by})
	}
}
