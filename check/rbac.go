package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/k8srbac"
)

// A Right is something that rules of Kubernetes roles may give. It is asked for
// by its address, so declare it once.
type Right struct {
	Says      string   // "impersonate users"
	Verbs     []string // any of them
	Group     string   // API group, "" is the core
	Resources []string // any of them; "pods/exec" names a subresource
	Name      string   // of an object that is enough by itself: "coredns"
	Namespace string   // that it is worth something in, beside everywhere; "": any
	Cluster   bool     // of things that are in no namespace: RoleBindings do not give it
}

// A KubeGrant is one binding that gives a right.
type KubeGrant struct {
	Role      int
	Binding   int    // -1: it was not read
	Namespace string // "": everywhere
	Rule      string // as it stands in the role
}

// Has lists the bindings by which a Kubernetes subject has a right by itself:
// those of its groups are the groups'. Bindings that Kubernetes makes for its own
// parts are left out, and so are roles that allow everything: whoever has one
// administers the cluster, which is said once and not of each right.
func (e *Estate) Has(subject int, r *Right) (out []KubeGrant) {
	if !kubeSubject(e.Graph.Type(subject)) {
		return nil
	}
	for h := range e.Graph.Out(subject) {
		if h.Kind != drover.EdgeMemberOf || e.Graph.Kind(h.Row) != drover.KindRole {
			continue
		}
		k := e.rule(h.Row, r)
		if k < 0 {
			continue
		}
		x := e.Graph.Edge(h.Edge)
		g := KubeGrant{Role: h.Row, Namespace: x.Cond.Str("namespace"), Rule: tell(&e.Rules(h.Row)[k])}
		if g.Binding = e.binding(subject, x.Part, g.Namespace); g.Binding >= 0 && e.Own(g.Binding) || r.Cluster && g.Namespace != "" || r.Namespace != "" && g.Namespace != "" && g.Namespace != r.Namespace {
			continue
		}
		out = append(out, g)
	}
	return out
}

// Held asks for several rights of a subject that is worth a word: not of a person,
// of what is switched off, or of Kubernetes' own parts. Says is what it may do.
func (e *Estate) Held(subject int, rights []*Right) (says []string, found []KubeGrant) {
	for _, r := range rights {
		list := e.Has(subject, r)
		if len(list) > 0 {
			says = append(says, r.Says)
		}
		for _, g := range list {
			if !slices.Contains(found, g) {
				found = append(found, g)
			}
		}
	}
	if len(found) > 0 && (e.Graph.Facts(subject).Verdict == drover.VerdictHuman || e.Off(subject) || e.Own(subject)) {
		return nil, nil
	}
	return says, found
}

// Object is what to take away so that a subject loses a grant: the binding, or the
// role where the binding was not read.
func (g KubeGrant) Object() int {
	if g.Binding >= 0 {
		return g.Binding
	}
	return g.Role
}

// EverywhereOf reports whether one of the grants holds in the whole cluster.
func EverywhereOf(list []KubeGrant) bool {
	for _, g := range list {
		if g.Namespace == "" {
			return true
		}
	}
	return false
}

// tell writes a rule for a sentence: "get and list on pods and secrets".
func tell(r *k8srbac.Rule) string {
	words := func(list []string) string {
		var out []string
		for i, w := range list {
			if i == 6 {
				out = append(out, Count(len(list)-i, "other"))
				break
			}
			out = append(out, Clean(w))
		}
		return List(out)
	}
	text := words(r.Verbs) + " on " + words(r.Resources)
	if len(r.ResourceNames) > 0 {
		text += " named " + words(r.ResourceNames)
	}
	return text
}

// kubeSubject reports whether a type is of those that bindings name.
func kubeSubject(typ string) bool {
	switch typ {
	case "kubernetes.service_account", "kubernetes.user", "kubernetes.group":
		return true
	}
	return false
}

// Own reports whether a row is its provider's own.
func (e *Estate) Own(row int) bool {
	own, _ := e.Graph.Attrs(row).Bool("provider_managed")
	return own
}

// binding finds the binding of an edge by the part that names it.
func (e *Estate) binding(subject int, id, namespace string) int {
	typ := "role_binding"
	if namespace == "" {
		typ = "cluster_role_binding"
	}
	if row, ok := e.Graph.Find(drover.NewRef("kubernetes", e.Graph.Ref(subject).Tenant(), typ, id)); ok {
		return row
	}
	return -1
}

// Rules are those of a Kubernetes role; nil: not read, or unreadable.
func (e *Estate) Rules(role int) []k8srbac.Rule {
	if rules, ok := e.memo.documents.rules[role]; ok {
		return rules
	}
	var rules []k8srbac.Rule
	if d, ok := e.Body(role); ok {
		rules, _, _ = k8srbac.ParseRules([]byte(d.Body))
	}
	if e.memo.documents.rules == nil {
		e.memo.documents.rules = map[int][]k8srbac.Rule{}
	}
	e.memo.documents.rules[role] = rules
	return rules
}

// rule is the first rule of a role that gives a right, -1: none.
func (e *Estate) rule(role int, r *Right) int {
	byRole := e.memo.documents.rights[r]
	if k, ok := byRole[role]; ok {
		return k
	}
	if byRole == nil {
		byRole = map[int]int{}
		if e.memo.documents.rights == nil {
			e.memo.documents.rights = map[*Right]map[int]int{}
		}
		e.memo.documents.rights[r] = byRole
	}
	k := r.among(e.Rules(role))
	byRole[role] = k
	return k
}

// everything is the rule that allows all of it.
var everything = []k8srbac.Rule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}

// Total reports whether rules allow everything.
func Total(rules []k8srbac.Rule) bool {
	for k := range rules {
		if k8srbac.Covers(rules[k:k+1], everything) {
			return true
		}
	}
	return false
}

func (r *Right) among(rules []k8srbac.Rule) int {
	if Total(rules) {
		return -1
	}
	for k := range rules {
		if r.given(&rules[k]) {
			return k
		}
	}
	return -1
}

func (r *Right) given(rule *k8srbac.Rule) bool {
	for _, res := range r.Resources {
		base, sub, _ := strings.Cut(res, "/")
		for _, v := range r.Verbs {
			q := k8srbac.Request{Verb: v, Group: r.Group, Resource: base, Subresource: sub}
			if rule.Allows(&q) {
				return true
			}
			if q.Name = r.Name; r.Name != "" && rule.Allows(&q) {
				return true
			}
		}
	}
	return false
}

// Grants tells grants of Kubernetes as proofs: the role, the binding, the rule.
func (e *Estate) Grants(list []KubeGrant) (out []drover.FindingProof) {
	for i, g := range list {
		if i == 5 {
			out = append(out, Proof(Count(len(list)-i, "further binding")+" give the same", "RBAC", e.Now, ""))
			break
		}
		by := "a binding that was not read"
		if g.Binding >= 0 {
			by = e.Say(g.Binding)
		}
		out = append(out, Proof(e.Say(g.Role)+" allows "+g.Rule, by+" "+Where(g.Namespace), e.Now, ""))
	}
	return out
}

// Where tells the scope of a binding: "in namespace web", "in the whole cluster".
func Where(namespace string) string {
	if namespace == "" {
		return "in the whole cluster"
	}
	return "in namespace " + Clean(namespace)
}

// Reaches tells where grants hold: "in the whole cluster", "in namespaces a and b".
func Reaches(list []KubeGrant) string {
	var spaces []string
	for _, g := range list {
		if g.Namespace == "" {
			return Where("")
		}
		if name := Clean(g.Namespace); !slices.Contains(spaces, name) {
			spaces = append(spaces, name)
		}
	}
	if len(spaces) == 1 {
		return "in namespace " + spaces[0]
	}
	if len(spaces) > 3 {
		spaces = append(spaces[:3:3], strconv.Itoa(len(spaces)-3)+" more")
	}
	return "in namespaces " + List(spaces)
}

// Bindings lists by which bindings a Kubernetes subject is a member of which roles,
// whatever these allow, and also where the role was not read.
func (e *Estate) Bindings(subject int) (out []KubeGrant) {
	for h := range e.Graph.Out(subject) {
		if h.Kind == drover.EdgeMemberOf && (e.Graph.Kind(h.Row) == drover.KindRole || e.Graph.Unseen(h.Row)) {
			x := e.Graph.Edge(h.Edge)
			g := KubeGrant{Role: h.Row, Namespace: x.Cond.Str("namespace")}
			g.Binding = e.binding(subject, x.Part, g.Namespace)
			out = append(out, g)
		}
	}
	return out
}

// MountsToken reports whether the pods of a workload are handed a token of the
// account that they run as: the pod's own word goes before the account's
// (Kubernetes, "Configure Service Accounts for Pods").
func (e *Estate) MountsToken(workload, account int) bool {
	if on, known := e.Graph.Attrs(workload).Bool("automountServiceAccountToken"); known {
		return on
	}
	on, known := e.Graph.Attrs(account).Bool("automountServiceAccountToken")
	return on || !known
}
