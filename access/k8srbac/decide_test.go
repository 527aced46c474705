package k8srbac

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// req reads "verb [group/]resource[/sub] [ns=…] [name=…]" or "verb /url".
func req(t testing.TB, s string) *Request {
	t.Helper()
	f := strings.Fields(s)
	q := &Request{Verb: f[0]}
	if strings.HasPrefix(f[1], "/") {
		q.Path = f[1]
		return q
	}
	res := f[1]
	if g, rest, ok := strings.Cut(res, ":"); ok {
		q.Group, res = g, rest
	}
	q.Resource, q.Subresource, _ = strings.Cut(res, "/")
	for _, x := range f[2:] {
		k, v, _ := strings.Cut(x, "=")
		switch k {
		case "ns":
			q.Namespace = v
		case "name":
			q.Name = v
		default:
			t.Fatalf("what is %q", x)
		}
	}
	return q
}

// rule reads a rule of JSON without the quotes of its keys' names.
func rule(t testing.TB, s string) Rule {
	t.Helper()
	var r Rule
	if err := json.Unmarshal([]byte(s), &r); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return r
}

// Every line is a sentence of Kubernetes documentation, Using RBAC Authorization
// (R), or of the authorizer's source (S).
func TestRule(t *testing.T) {
	for _, c := range []struct {
		why, rule, asked string
		want             bool
	}{
		{"R: a rule allows its verbs on its resources of its groups", `{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`, "get pods ns=a", true},
		{"another verb is another right", `{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`, "list pods ns=a", false},
		{"another resource", `{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`, "get secrets ns=a", false},
		{"R: \"\" indicates the core API group, and no other", `{"verbs":["get"],"apiGroups":[""],"resources":["deployments"]}`, "get apps:deployments ns=a", false},
		{"S: a rule without groups matches none", `{"verbs":["get"],"resources":["pods"]}`, "get pods ns=a", false},
		{"R: * stands for every group", `{"verbs":["get"],"apiGroups":["*"],"resources":["deployments"]}`, "get apps:deployments ns=a", true},
		{"R: * stands for every verb, also those of the future", `{"verbs":["*"],"apiGroups":[""],"resources":["pods"]}`, "frob pods ns=a", true},
		{"S: * is a word of its own, not a pattern", `{"verbs":["ge*"],"apiGroups":[""],"resources":["pods"]}`, "get pods ns=a", false},
		{"R: * stands for every resource, and their subresources", `{"verbs":["get"],"apiGroups":[""],"resources":["*"]}`, "get pods/log ns=a", true},
		{"R: a subresource is named with a slash", `{"verbs":["get"],"apiGroups":[""],"resources":["pods/log"]}`, "get pods/log ns=a", true},
		{"R: the resource does not give its subresources", `{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`, "get pods/log ns=a", false},
		{"nor a subresource its resource", `{"verbs":["get"],"apiGroups":[""],"resources":["pods/log"]}`, "get pods ns=a", false},
		{"S: */scale is the scale of everything", `{"verbs":["update"],"apiGroups":["*"],"resources":["*/scale"]}`, "update apps:deployments/scale ns=a", true},
		{"S: */scale is no resource without subresource", `{"verbs":["update"],"apiGroups":["*"],"resources":["*/scale"]}`, "update apps:deployments ns=a", false},
		{"S: */scale is not */rescale", `{"verbs":["update"],"apiGroups":["*"],"resources":["*/scale"]}`, "update apps:deployments/rescale ns=a", false},
		{"S: pods/* is a text that nothing is called", `{"verbs":["create"],"apiGroups":[""],"resources":["pods/*"]}`, "create pods/exec ns=a", false},
		{"R: resourceNames restrict to objects of the names", `{"verbs":["get"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["db"]}`, "get secrets ns=a name=db", true},
		{"and to no other", `{"verbs":["get"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["db"]}`, "get secrets ns=a name=web", false},
		{"R: create cannot be restricted, for the name is not known", `{"verbs":["create"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["db"]}`, "create secrets ns=a", false},
		{"R: list is restricted to a field selector of the name", `{"verbs":["list"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["db"]}`, "list secrets ns=a", false},
		{"which names the object", `{"verbs":["list"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["db"]}`, "list secrets ns=a name=db", true},
		{"S: names are no patterns", `{"verbs":["get"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["*"]}`, "get secrets ns=a name=db", false},
		{"R: nonResourceURLs are paths", `{"verbs":["get"],"nonResourceURLs":["/healthz"]}`, "get /healthz", true},
		{"R: a final * matches any rest", `{"verbs":["get"],"nonResourceURLs":["/healthz/*"]}`, "get /healthz/etcd", true},
		{"but what stands before it", `{"verbs":["get"],"nonResourceURLs":["/healthz/*"]}`, "get /healthz", false},
		{"S: several are one", `{"verbs":["get"],"nonResourceURLs":["/log**"]}`, "get /logs/x", true},
		{"S: in the middle it is a character", `{"verbs":["get"],"nonResourceURLs":["/*/x"]}`, "get /a/x", false},
		{"R: * is every URL", `{"verbs":["get"],"nonResourceURLs":["*"]}`, "get /metrics", true},
		{"S: resources are no URLs", `{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}`, "get /healthz", false},
		{"nor URLs resources", `{"verbs":["*"],"nonResourceURLs":["*"]}`, "get pods ns=a", false},
		{"R: impersonation is a verb on users", `{"verbs":["impersonate"],"apiGroups":[""],"resources":["users"],"resourceNames":["jane"]}`, "impersonate users name=jane", true},
		{"R: signers are named domain/*", `{"verbs":["approve"],"apiGroups":["certificates.k8s.io"],"resources":["signers"],"resourceNames":["example.com/*"]}`, "approve certificates.k8s.io:signers name=example.com/*", true},
	} {
		r := rule(t, c.rule)
		if got := r.Allows(req(t, c.asked)); got != c.want {
			t.Errorf("%s: %s of %s: got %v, want %v", c.why, c.asked, c.rule, got, c.want)
		}
	}
}

// small is a cluster of two namespaces.
func small() *Policy {
	read := []Rule{{Verbs: []string{"get", "list"}, APIGroups: []string{""}, Resources: []string{"pods"}}}
	return New([]Role{
		{Name: "reader", Ref: "kubernetes/c/cluster_role/reader", Rules: append(slices.Clone(read), Rule{Verbs: []string{"get"}, NonResourceURLs: []string{"/metrics"}})},
		{Name: "reader", Namespace: "b", Ref: "kubernetes/c/role/b-reader", Rules: []Rule{{Verbs: []string{"delete"}, APIGroups: []string{""}, Resources: []string{"pods"}}}},
		{Name: "all", Ref: "kubernetes/c/cluster_role/all", Rules: []Rule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}},
	}, []Binding{
		{Name: "everywhere", Ref: "kubernetes/c/cluster_role_binding/everywhere", RoleKind: "ClusterRole", RoleName: "reader", Subjects: []Subject{{Kind: "User", Name: "ann"}}},
		{Name: "in-a", Namespace: "a", RoleKind: "ClusterRole", RoleName: "reader", Subjects: []Subject{{Kind: "Group", Name: "team"}, {Kind: "ServiceAccount", Name: "app"}}},
		{Name: "in-b", Namespace: "b", RoleKind: "Role", RoleName: "reader", Subjects: []Subject{{Kind: "ServiceAccount", Namespace: "a", Name: "app"}}},
		{Name: "lost", RoleKind: "ClusterRole", RoleName: "gone", Subjects: []Subject{{Kind: "User", Name: "ann"}}},
		{Name: "wrong", RoleKind: "Role", RoleName: "reader", Subjects: []Subject{{Kind: "User", Name: "bob"}}},
		{Name: "nobody", RoleKind: "ClusterRole", RoleName: "all", Subjects: []Subject{{Kind: "ServiceAccount", Name: "app"}, {Kind: "Robot", Name: "r2"}}},
		{Name: "everybody", Namespace: "b", RoleKind: "ClusterRole", RoleName: "reader", Subjects: []Subject{{Kind: "Group", Name: GroupAuthenticated}}},
		{Name: "by-name", Namespace: "a", RoleKind: "ClusterRole", RoleName: "all", Subjects: []Subject{{Kind: "User", Name: "system:serviceaccount:b:ci"}}},
	})
}

func TestDecide(t *testing.T) {
	p := small()
	ann, bob, app, ci := Who{User: "ann"}, Who{User: "bob"}, Account("a", "app"), Account("b", "ci")
	for _, c := range []struct {
		why   string
		who   Who
		asked string
		want  access.Verdict
	}{
		{"R: a ClusterRoleBinding counts in every namespace", ann, "get pods ns=a", access.Allow},
		{"R: and in all at once", ann, "list pods", access.Allow},
		{"R: and for URLs", ann, "get /metrics", access.Allow},
		{"R: a RoleBinding to a ClusterRole counts in its namespace", Who{User: "x", Groups: []string{"team"}}, "get pods ns=a", access.Allow},
		{"and in no other", Who{User: "x", Groups: []string{"team"}}, "get pods ns=b", access.Deny},
		{"nor in all at once", Who{User: "x", Groups: []string{"team"}}, "list pods", access.Deny},
		{"R: it gives no URLs", Who{User: "x", Groups: []string{"team"}}, "get /metrics", access.Deny},
		{"S: an account without namespace is of the binding's", app, "get pods ns=a", access.Allow},
		{"of a ClusterRoleBinding it is nobody", app, "get secrets ns=a", access.Deny},
		{"R: accounts of other namespaces may be bound", app, "delete pods ns=b", access.Allow},
		{"R: a Role is that of the binding's namespace", app, "delete pods ns=a", access.Deny},
		{"S: a binding to a role that is not there gives nothing", ann, "create pods ns=a", access.Deny},
		{"R: a ClusterRoleBinding cannot name a Role", bob, "delete pods ns=b", access.Deny},
		{"R: system:authenticated is everybody who signed in", ci, "get pods ns=b", access.Allow},
		{"R: an account is a user of its name", ci, "create secrets ns=a", access.Allow},
		{"S: system:masters is asked no rule", Who{User: "root", Groups: []string{GroupMasters}}, "frob anything", access.Allow},
		{"nor for URLs", Who{User: "root", Groups: []string{GroupMasters}}, "get /logs", access.Allow},
		{"a group of a like name is another", Who{User: "root", Groups: []string{"system:master"}}, "get pods ns=a", access.Deny},
		{"a kubelet may have more from the Node authorizer", Who{User: "system:node:n1", Groups: []string{GroupNodes}}, "get secrets ns=a", access.Unknown},
		{"only in the group of nodes", Who{User: "system:node:n1"}, "get secrets ns=a", access.Deny},
	} {
		q := req(t, c.asked)
		d := p.Decide(c.who, q)
		if d.Verdict != c.want || len(d.Proof) == 0 {
			t.Errorf("%s: %s may %s: got %s %v, want %s", c.why, c.who.User, c.asked, d.Verdict, d.Proof, c.want)
		}
		if got := p.Allowed(c.who, q); got != (c.want == access.Allow) {
			t.Errorf("%s: Allowed says %v", c.why, got)
		}
	}
	want := []access.Proof{
		{Ref: "kubernetes/c/cluster_role_binding/everywhere", Effect: "allow", Text: `ClusterRoleBinding "everywhere" gives ClusterRole "reader" everywhere`},
		{Ref: "kubernetes/c/cluster_role/reader", Statement: "1", Effect: "allow", Text: `rule verbs=["get"] nonResourceURLs=["/metrics"]`},
	}
	if d := cmp.Diff(want, p.Decide(ann, req(t, "get /metrics")).Proof); d != "" {
		t.Errorf("proof (-want +got):\n%s", d)
	}
}

func TestGrants(t *testing.T) {
	p := small()
	var got []string
	for _, g := range p.Grants("kubernetes/c/service_account/1", Account("a", "app")) {
		got = append(got, fmt.Sprintf("%v on %v: %s", g.Actions.In, g.Resources.In, g.Level))
		if g.Identity != "kubernetes/c/service_account/1" || len(g.Proof) != 2 {
			t.Errorf("grant %+v", g)
		}
	}
	want := []string{"[get list] on [a/pods]: read", "[delete] on [b/pods]: delete", "[get list] on [b/pods]: read"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if g := p.Grants("r", Who{User: "root", Groups: []string{GroupMasters}}); len(g) != 1 || g[0].Level != access.LevelEscalate {
		t.Errorf("system:masters: %+v", g)
	}
}

func TestLevel(t *testing.T) {
	for _, c := range []struct {
		verb, group, resource string
		want                  access.Level
	}{
		{"get", "", "pods", access.LevelRead}, {"list", "", "secrets", access.LevelSecrets}, {"watch", "", "secrets", access.LevelSecrets}, {"get", "", "*", access.LevelSecrets},
		{"create", "", "pods", access.LevelExecute}, {"create", "", "pods/exec", access.LevelExecute}, {"patch", "apps", "deployments", access.LevelExecute}, {"patch", "", "configmaps", access.LevelWrite},
		{"create", "", "serviceaccounts/token", access.LevelEscalate}, {"get", "", "nodes/proxy", access.LevelExecute}, {"update", "rbac.authorization.k8s.io", "roles", access.LevelPermissions},
		{"update", "certificates.k8s.io", "certificatesigningrequests/approval", access.LevelPermissions}, {"impersonate", "", "users", access.LevelEscalate},
		{"bind", "rbac.authorization.k8s.io", "clusterroles", access.LevelEscalate}, {"deletecollection", "", "pods", access.LevelDelete}, {"*", "*", "*", access.LevelEscalate},
	} {
		if got := Level(c.verb, c.group, c.resource); got != c.want {
			t.Errorf("%s %s %s: got %s, want %s", c.verb, c.group, c.resource, got, c.want)
		}
	}
}

func TestAggregate(t *testing.T) {
	get := func(what string) []Rule {
		return []Rule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{what}}}
	}
	sum := func(label string) *Aggregation {
		return &Aggregation{Selectors: []Selector{{MatchLabels: map[string]string{label: "true"}}}}
	}
	roles := []Role{
		{Name: "z", Rules: get("pods"), Labels: map[string]string{"to-view": "true"}},
		{Name: "a", Rules: append(get("events"), get("pods")...), Labels: map[string]string{"to-view": "true"}},
		{Name: "view", Aggregation: sum("to-view"), Labels: map[string]string{"to-edit": "true"}, Rules: get("stale")},
		{Name: "edit", Aggregation: sum("to-edit"), Labels: map[string]string{"to-edit": "true"}},
		{Name: "own", Rules: get("nodes"), Labels: map[string]string{"to-edit": "true"}},
		{Name: "view", Namespace: "a", Rules: get("secrets"), Labels: map[string]string{"to-view": "true"}},
		{Name: "none", Aggregation: &Aggregation{}, Rules: get("kept")},
	}
	Aggregate(roles)
	got := map[string]string{}
	for _, r := range roles {
		var list []string
		for _, x := range r.Rules {
			list = append(list, x.Resources...)
		}
		got[r.Namespace+"/"+r.Name] = strings.Join(list, " ")
	}
	want := map[string]string{"/z": "pods", "/a": "events pods", "/view": "events pods", "/edit": "nodes events pods", "/own": "nodes", "a/view": "secrets", "/none": "kept"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestSelector(t *testing.T) {
	labels := map[string]string{"a": "1", "b": "2"}
	for _, c := range []struct {
		s    string
		want bool
	}{
		{`{}`, true}, {`{"matchLabels":{"a":"1","b":"2"}}`, true}, {`{"matchLabels":{"a":"2"}}`, false}, {`{"matchLabels":{"c":""}}`, false},
		{`{"matchExpressions":[{"key":"a","operator":"In","values":["1","3"]}]}`, true}, {`{"matchExpressions":[{"key":"c","operator":"In","values":[""]}]}`, false},
		{`{"matchExpressions":[{"key":"c","operator":"NotIn","values":["1"]}]}`, true}, {`{"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]}`, false},
		{`{"matchExpressions":[{"key":"a","operator":"Exists"}]}`, true}, {`{"matchExpressions":[{"key":"c","operator":"Exists"}]}`, false},
		{`{"matchExpressions":[{"key":"c","operator":"DoesNotExist"}]}`, true}, {`{"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]}`, false},
		{`{"matchExpressions":[{"key":"a","operator":"Gt","values":["0"]}]}`, false},
	} {
		var s Selector
		if err := json.Unmarshal([]byte(c.s), &s); err != nil {
			t.Fatal(err)
		}
		if got := s.Matches(labels); got != c.want {
			t.Errorf("%s: got %v, want %v", c.s, got, c.want)
		}
	}
}

// What the API server asks before it lets somebody write a role or bind one.
func TestCovers(t *testing.T) {
	all := `{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}`
	for _, c := range []struct {
		owner, servant []string
		want           bool
	}{
		{[]string{all}, []string{`{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`}, true},
		{[]string{all}, []string{`{"verbs":["get"],"nonResourceURLs":["/x"]}`}, false},
		{[]string{`{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`}, []string{all}, false},
		{[]string{`{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`, `{"verbs":["list"],"apiGroups":[""],"resources":["pods"]}`}, []string{`{"verbs":["get","list"],"apiGroups":[""],"resources":["pods"]}`}, true},
		{[]string{`{"verbs":["get"],"apiGroups":[""],"resources":["pods"],"resourceNames":["a","b"]}`}, []string{`{"verbs":["get"],"apiGroups":[""],"resources":["pods"],"resourceNames":["a"]}`}, true},
		{[]string{`{"verbs":["get"],"apiGroups":[""],"resources":["pods"],"resourceNames":["a"]}`}, []string{`{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`}, false},
		{[]string{`{"verbs":["get"],"apiGroups":["*"],"resources":["*/scale"]}`}, []string{`{"verbs":["get"],"apiGroups":["apps"],"resources":["deployments/scale"]}`}, true},
		{[]string{`{"verbs":["get"],"apiGroups":["*"],"resources":["*/scale"]}`}, []string{`{"verbs":["get"],"apiGroups":["apps"],"resources":["deployments"]}`}, false},
		{[]string{`{"verbs":["get"],"nonResourceURLs":["/a/*"]}`}, []string{`{"verbs":["get"],"nonResourceURLs":["/a/b"]}`}, true},
		{nil, nil, true},
	} {
		rules := func(list []string) (out []Rule) {
			for _, s := range list {
				out = append(out, rule(t, s))
			}
			return out
		}
		if got := Covers(rules(c.owner), rules(c.servant)); got != c.want {
			t.Errorf("%v covers %v: got %v", c.owner, c.servant, got)
		}
	}
}

// Whatever a document holds, it is read or refused, and asking it ends.
func FuzzParseRules(f *testing.F) {
	f.Add([]byte(`{"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods","pods/*","*/scale","*/"],"resourceNames":["a"]},{"verbs":["*"],"nonResourceURLs":["*","/a*"]}]}`), "get", "pods", "scale", "a", "/a/b")
	f.Add([]byte(`{"rules":null,"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}},{"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]}]}}`), "", "", "", "", "")
	f.Add([]byte(`{"rules":[{"verbs":null}]}`), "x", "*", "*", "*", "/")
	f.Fuzz(func(t *testing.T, body []byte, verb, resource, sub, name, path string) {
		rules, agg, err := ParseRules(body)
		if err != nil {
			return
		}
		roles := []Role{{Name: "r", Rules: rules, Aggregation: agg, Labels: map[string]string{"a": "b"}}, {Name: name, Rules: rules, Aggregation: agg, Labels: map[string]string{verb: name}}}
		p := New(slices.Clone(roles), []Binding{{Name: "b", RoleKind: "ClusterRole", RoleName: "r", Subjects: []Subject{{Kind: "User", Name: "u"}}}})
		for _, q := range []Request{{Verb: verb, Resource: resource, Subresource: sub, Name: name}, {Verb: verb, Path: path}} {
			w := Who{User: "u"}
			d := p.Decide(w, &q)
			if got := p.Allowed(w, &q); got != (d.Verdict == access.Allow) {
				t.Errorf("%+v: Decide says %s, Allowed %v", q, d.Verdict, got)
			}
		}
		for _, g := range p.Grants(drover.Ref("kubernetes/c/user/u"), Who{User: "u"}) {
			if len(g.Resources.In) > 2*maxSet {
				t.Errorf("%d patterns", len(g.Resources.In))
			}
		}
		if !Covers(rules, rules) && !slices.ContainsFunc(rules, func(r Rule) bool { return slices.Contains(r.ResourceNames, "") }) {
			t.Errorf("rules do not cover themselves: %s", body)
		}
		Aggregate(roles)
	})
}
