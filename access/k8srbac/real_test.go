package k8srbac

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/realtest"
)

// rbacAPI is where the objects lie.
const rbacAPI = "/apis/rbac.authorization.k8s.io/v1"

// A server is the real API server over many connections.
type server struct {
	*realtest.KubeServer
	client *http.Client
}

func realServer(t *testing.T) *server {
	k := realtest.NewKube(t)
	k.Controllers(t)
	pem, err := os.ReadFile(k.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: workers}
	t.Cleanup(tr.CloseIdleConnections)
	return &server{k, &http.Client{Timeout: time.Minute, Transport: tr}}
}

// workers ask at the same time.
const workers = 16

// do sends one request as the administrator; the answer must be of class 2xx.
func (s *server) do(ctx context.Context, method, path string, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.AdminToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %d %.400s", method, path, resp.StatusCode, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// review asks the API server's authorizers about one request.
func (s *server) review(ctx context.Context, w Who, q *Request) (bool, error) {
	spec := map[string]any{"user": w.User, "groups": w.Groups}
	if q.Path != "" {
		spec["nonResourceAttributes"] = map[string]any{"verb": q.Verb, "path": q.Path}
	} else {
		spec["resourceAttributes"] = map[string]any{"verb": q.Verb, "group": q.Group, "resource": q.Resource, "subresource": q.Subresource, "namespace": q.Namespace, "name": q.Name}
	}
	var out struct {
		Status struct {
			Allowed bool `json:"allowed"`
		} `json:"status"`
	}
	err := s.do(ctx, http.MethodPost, "/apis/authorization.k8s.io/v1/subjectaccessreviews",
		map[string]any{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}, &out)
	return out.Status.Allowed, err
}

// An object is a role or binding as the API has it.
type object struct {
	Meta struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace,omitempty"`
		Labels    map[string]string `json:"labels,omitempty"`
	} `json:"metadata"`
	Rules       []Rule          `json:"rules,omitempty"`
	Aggregation *Aggregation    `json:"aggregationRule,omitempty"`
	RoleRef     *roleRef        `json:"roleRef,omitempty"`
	Subjects    []objectSubject `json:"subjects,omitempty"`
}

type roleRef struct {
	Group string `json:"apiGroup"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
}

type objectSubject struct {
	Group     string `json:"apiGroup,omitempty"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// policy reads all of the server's roles and bindings, its own among them. The
// rules of aggregated roles are computed here, and not read.
func (s *server) policy(t *testing.T) *Policy {
	list := func(resource string) []object {
		var out struct {
			Items []object `json:"items"`
		}
		if err := s.do(t.Context(), http.MethodGet, rbacAPI+"/"+resource, nil, &out); err != nil {
			t.Fatal(err)
		}
		return out.Items
	}
	var roles []Role
	var bindings []Binding
	for _, o := range slices.Concat(list("clusterroles"), list("roles")) {
		r := Role{Namespace: o.Meta.Namespace, Name: o.Meta.Name, Labels: o.Meta.Labels, Rules: o.Rules, Aggregation: o.Aggregation}
		if o.Aggregation != nil {
			r.Rules = nil
		}
		roles = append(roles, r)
	}
	for _, o := range slices.Concat(list("clusterrolebindings"), list("rolebindings")) {
		b := Binding{Namespace: o.Meta.Namespace, Name: o.Meta.Name, RoleKind: o.RoleRef.Kind, RoleName: o.RoleRef.Name}
		for _, x := range o.Subjects {
			b.Subjects = append(b.Subjects, Subject{Kind: x.Kind, Namespace: x.Namespace, Name: x.Name})
		}
		bindings = append(bindings, b)
	}
	Aggregate(roles)
	return New(roles, bindings)
}

// post creates an object.
func (s *server) post(t *testing.T, resource, kind string, o object) {
	t.Helper()
	body := map[string]any{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": o.Meta}
	if o.Rules != nil || o.RoleRef == nil {
		body["rules"] = o.Rules
	}
	if o.Aggregation != nil {
		body["aggregationRule"] = o.Aggregation
	}
	if o.RoleRef != nil {
		body["roleRef"], body["subjects"] = o.RoleRef, o.Subjects
	}
	path := rbacAPI + "/" + resource
	if o.Meta.Namespace != "" {
		path = rbacAPI + "/namespaces/" + o.Meta.Namespace + "/" + resource
	}
	if err := s.do(t.Context(), http.MethodPost, path, body, nil); err != nil {
		t.Fatal(err)
	}
}

// settled waits until the authorizer has seen what was written last, and the
// controller has aggregated.
func (s *server) settled(t *testing.T) {
	t.Helper()
	// One of each kind, each the last of its kind: watches keep order.
	rule := []Rule{{Verbs: []string{"get"}, APIGroups: []string{"last.io"}, Resources: []string{"lasts"}}}
	cluster := object{Rules: rule}
	cluster.Meta.Name, cluster.Meta.Labels = "zz-last", map[string]string{"last": "yes"}
	sum := object{Aggregation: &Aggregation{Selectors: []Selector{{MatchLabels: cluster.Meta.Labels}}}}
	sum.Meta.Name = "zz-last-sum"
	s.post(t, "clusterroles", "ClusterRole", cluster)
	s.post(t, "clusterroles", "ClusterRole", sum)
	role := object{Rules: rule}
	role.Meta.Name, role.Meta.Namespace = "zz-last", spaces[0]
	s.post(t, "roles", "Role", role)
	crb := object{RoleRef: &roleRef{"rbac.authorization.k8s.io", "ClusterRole", "zz-last-sum"}, Subjects: []objectSubject{{Group: "rbac.authorization.k8s.io", Kind: "User", Name: "zz-cluster"}}}
	crb.Meta.Name = "zz-last"
	s.post(t, "clusterrolebindings", "ClusterRoleBinding", crb)
	rb := object{RoleRef: &roleRef{"rbac.authorization.k8s.io", "Role", "zz-last"}, Subjects: []objectSubject{{Group: "rbac.authorization.k8s.io", Kind: "User", Name: "zz-space"}}}
	rb.Meta.Name, rb.Meta.Namespace = "zz-last", spaces[0]
	s.post(t, "rolebindings", "RoleBinding", rb)
	s.aggregated(t)
	q := &Request{Verb: "get", Group: "last.io", Resource: "lasts", Namespace: spaces[0]}
	for _, user := range []string{"zz-cluster", "zz-space"} {
		for end := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
			ok, err := s.review(t.Context(), Who{User: user}, q)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("the authorizer has not seen the binding of %s after two minutes", user)
			}
		}
	}
}

// settle asks again while the answer differs from ours: the authorizer reads roles
// through a watch of its own, which a busy machine holds back by seconds. An answer
// that differs for a minute differs.
func (s *server) settle(ctx context.Context, x *triple, want, got bool) (bool, error) {
	for end := time.Now().Add(time.Minute); want != got && time.Now().Before(end); {
		time.Sleep(200 * time.Millisecond)
		var err error
		if want, err = s.review(ctx, x.who, &x.q); err != nil {
			return want, err
		}
	}
	return want, nil
}

// aggregated waits until the controller has nothing to change any more: roles may
// be of roles that are of roles, each a turn of its own.
func (s *server) aggregated(t *testing.T) {
	t.Helper()
	last, since := "", time.Now()
	for end := time.Now().Add(2 * time.Minute); time.Since(since) < 3*time.Second; time.Sleep(200 * time.Millisecond) {
		var list struct {
			Items []object `json:"items"`
		}
		if err := s.do(t.Context(), http.MethodGet, rbacAPI+"/clusterroles", nil, &list); err != nil {
			t.Fatal(err)
		}
		now, err := json.Marshal(list.Items)
		if err != nil {
			t.Fatal(err)
		}
		if string(now) != last {
			last, since = string(now), time.Now()
		}
		if time.Now().After(end) {
			t.Fatal("the controller changes roles after two minutes still")
		}
	}
}

// A triple is one question.
type triple struct {
	who Who
	q   Request
}

// Every answer equals the API server's SubjectAccessReview: random roles, bindings
// and questions, the server's own roles among them.
func TestReal(t *testing.T) {
	count, objects := 2_000, 60
	if os.Getenv("DROVER_TEST_FULL") != "" {
		count, objects = 20_000, 250
	}
	const seed = 20260101
	g := &generator{rng: rand.New(rand.NewPCG(seed, seed))}
	s := realServer(t)
	for _, ns := range spaces {
		if err := s.do(t.Context(), http.MethodPost, "/api/v1/namespaces", map[string]any{"metadata": map[string]any{"name": ns}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for i := range objects {
		g.objects(t, s, i)
	}
	s.settled(t)
	p := s.policy(t)
	ask := make([]triple, count)
	for i := range ask {
		ask[i] = g.triple(p)
	}
	var next, allowed, wrong atomic.Int64
	var wg sync.WaitGroup
	started := time.Now()
	for range workers {
		wg.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(ask); i = next.Add(1) - 1 {
				x := &ask[i]
				want, err := s.review(t.Context(), x.who, &x.q)
				if err != nil {
					t.Errorf("ask the API server: %v", err)
					return
				}
				if want {
					allowed.Add(1)
				}
				d := p.Decide(x.who, &x.q)
				got := d.Verdict == access.Allow
				if wrong.Load() < 10 {
					if want, err = s.settle(t.Context(), x, want, got); err != nil {
						t.Errorf("ask the API server again: %v", err)
						return
					}
				}
				if got != want || got != p.Allowed(x.who, &x.q) {
					if wrong.Add(1) <= 10 {
						t.Errorf("%+v: %+v: got %v %v, the API server says %v", x.who, x.q, got, d.Proof, want)
					}
				}
			}
		})
	}
	wg.Wait()
	t.Logf("seed %d: %d triples over %d roles and %d bindings, %d allowed, %d differences, %.0f reviews a second",
		seed, len(ask), len(p.Roles), len(p.Bindings), allowed.Load(), wrong.Load(), float64(len(ask))/time.Since(started).Seconds())
	if a := int(allowed.Load()); a < count/10 || a > count*9/10 {
		t.Errorf("%d of %d are allowed: the questions ask for one answer only", a, count)
	}
}

var spaces = []string{"alpha", "beta", "gamma"}

// A generator makes objects and questions from small vocabularies, so that they
// meet.
type generator struct{ rng *rand.Rand }

func (g *generator) pick(list ...string) string { return list[g.rng.IntN(len(list))] }

// some are one to three of a list, each once.
func (g *generator) some(list ...string) []string {
	out := make([]string, 1+g.rng.IntN(3))
	for i := range out {
		out[i] = g.pick(list...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var (
	verbWords  = []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "impersonate", "bind", "escalate", "approve", "sign", "use"}
	groupWords = []string{"", "apps", "batch", "rbac.authorization.k8s.io", "certificates.k8s.io", "example.io"}
	resWords   = []string{"pods", "secrets", "configmaps", "deployments", "jobs", "nodes", "serviceaccounts", "users", "groups", "roles", "clusterroles", "signers", "certificatesigningrequests", "namespaces", "widgets"}
	subWords   = []string{"exec", "attach", "token", "scale", "status", "proxy", "log", "approval", "ephemeralcontainers"}
	nameWords  = []string{"a", "b", "web", "db", "kubernetes.io/kube-apiserver-client"}
	urlWords   = []string{"/healthz", "/healthz/etcd", "/metrics", "/api", "/api/v1", "/version", "/logs/", "/apis/apps"}
	userWords  = append(numbered("user-"), "ann", "bob", "system:anonymous", "system:kube-scheduler")
	teamWords  = append(numbered("team-"), "team:a", "system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:serviceaccounts:alpha", "system:bootstrappers")
	accWords   = append(numbered("app-"), "default", "ci")
)

// numbered are sixty names, so that not everybody has every binding.
func numbered(prefix string) []string {
	out := make([]string, 60)
	for i := range out {
		out[i] = fmt.Sprint(prefix, i)
	}
	return out
}

func (g *generator) rule(urls bool) Rule {
	verbs := g.some(verbWords...)
	if g.rng.IntN(12) == 0 {
		verbs = append(verbs, "*")
	}
	if urls && g.rng.IntN(4) == 0 {
		list := g.some(append([]string{"/healthz/*", "/api/*", "/apis*", "/l**"}, urlWords...)...)
		if g.rng.IntN(12) == 0 {
			list = append(list, "*")
		}
		return Rule{Verbs: verbs, NonResourceURLs: list}
	}
	r := Rule{Verbs: verbs, APIGroups: g.some(groupWords...)}
	if g.rng.IntN(6) == 0 {
		r.APIGroups = append(r.APIGroups, "*")
	}
	for range 1 + g.rng.IntN(3) {
		switch g.rng.IntN(10) {
		case 0:
			r.Resources = append(r.Resources, "*")
		case 1:
			r.Resources = append(r.Resources, "*/"+g.pick(subWords...))
		case 2:
			r.Resources = append(r.Resources, g.pick(resWords...)+"/*") // a text that matches nothing
		case 3, 4, 5:
			r.Resources = append(r.Resources, g.pick(resWords...)+"/"+g.pick(subWords...))
		default:
			r.Resources = append(r.Resources, g.pick(resWords...))
		}
	}
	if g.rng.IntN(3) == 0 {
		r.ResourceNames = g.some(nameWords...)
	}
	return r
}

func (g *generator) rules(urls bool) []Rule {
	out := make([]Rule, 1+g.rng.IntN(3))
	for i := range out {
		out[i] = g.rule(urls)
	}
	return out
}

// objects creates a role of each kind, bindings, and now and then a role that is
// aggregated of others.
func (g *generator) objects(t *testing.T, s *server, i int) {
	cluster := object{Rules: g.rules(true)}
	cluster.Meta.Name, cluster.Meta.Labels = fmt.Sprintf("cr-%d", i), map[string]string{"tier": g.pick("1", "2", "3"), "area": area(i)}
	if i%8 == 7 {
		cluster.Rules = nil
		cluster.Aggregation = &Aggregation{Selectors: []Selector{{MatchLabels: map[string]string{"area": area(i), "tier": g.pick("1", "2")}}}}
		if i%16 == 15 {
			cluster.Aggregation.Selectors = append(cluster.Aggregation.Selectors, Selector{MatchExpressions: []Requirement{
				{Key: "area", Operator: "In", Values: []string{area(i - 16), area(i)}}, {Key: "tier", Operator: "NotIn", Values: []string{"1", "2"}}}})
		}
	}
	s.post(t, "clusterroles", "ClusterRole", cluster)
	role := object{Rules: g.rules(false)}
	role.Meta.Name, role.Meta.Namespace = fmt.Sprintf("r-%d", i), g.pick(spaces...)
	s.post(t, "roles", "Role", role)
	name := func(n int) string { return fmt.Sprintf("cr-%d", g.rng.IntN(n+2)) } // some are not there
	crb := object{RoleRef: &roleRef{"rbac.authorization.k8s.io", "ClusterRole", name(i)}, Subjects: g.subjects()}
	crb.Meta.Name = fmt.Sprintf("crb-%d", i)
	if i%3 == 0 {
		s.post(t, "clusterrolebindings", "ClusterRoleBinding", crb)
	}
	for k, ref := range []*roleRef{{"rbac.authorization.k8s.io", "Role", role.Meta.Name}, {"rbac.authorization.k8s.io", "ClusterRole", name(i)}} {
		rb := object{RoleRef: ref, Subjects: g.subjects()}
		rb.Meta.Name, rb.Meta.Namespace = fmt.Sprintf("rb-%d-%d", i, k), role.Meta.Namespace
		if k == 1 {
			rb.Meta.Namespace = g.pick(spaces...)
		}
		s.post(t, "rolebindings", "RoleBinding", rb)
	}
}

// area is a label that a few roles share, so that aggregation stays small.
func area(i int) string { return fmt.Sprint("area-", i/12) }

func (g *generator) subjects() []objectSubject {
	var out []objectSubject
	for range 1 + g.rng.IntN(2) {
		switch g.rng.IntN(4) {
		case 0:
			out = append(out, objectSubject{Group: "rbac.authorization.k8s.io", Kind: "User", Name: g.pick(userWords...)})
		case 1:
			out = append(out, objectSubject{Group: "rbac.authorization.k8s.io", Kind: "Group", Name: g.pick(teamWords...)})
		case 2:
			out = append(out, objectSubject{Kind: "ServiceAccount", Namespace: g.pick(spaces...), Name: g.pick(accWords...)})
		default: // an account by its user name
			out = append(out, objectSubject{Group: "rbac.authorization.k8s.io", Kind: "User", Name: "system:serviceaccount:" + g.pick(spaces...) + ":" + g.pick(accWords...)})
		}
	}
	return out
}

// triple asks about what a rule gives somebody, more or less, or about anything.
func (g *generator) triple(p *Policy) triple {
	x := triple{who: g.who()}
	if g.rng.IntN(4) == 0 || len(p.Bindings) == 0 {
		x.q = g.request()
		return x
	}
	i := g.rng.IntN(len(p.Bindings))
	b, r := &p.Bindings[i], p.Role(i)
	if r == nil || len(r.Rules) == 0 || len(b.Subjects) == 0 {
		x.q = g.request()
		return x
	}
	switch s := b.Subjects[g.rng.IntN(len(b.Subjects))]; s.Kind {
	case "User":
		x.who.User = s.Name
	case "Group":
		x.who.Groups = append(x.who.Groups, s.Name)
	case "ServiceAccount":
		x.who = Account(s.Namespace, s.Name)
	}
	if x.who.Node() {
		x.who.User = "ann" // the Node authorizer is not RBAC
	}
	x.q = g.like(&r.Rules[g.rng.IntN(len(r.Rules))], b.Namespace)
	return x
}

func (g *generator) who() Who {
	var w Who
	switch g.rng.IntN(3) {
	case 0:
		w = Account(g.pick(spaces...), g.pick(accWords...))
	case 1:
		w = Who{User: g.pick(userWords...), Groups: g.some(teamWords...)}
	default:
		w = Who{User: g.pick(userWords...)}
	}
	if g.rng.IntN(60) == 0 {
		w.Groups = append(w.Groups, GroupMasters)
	}
	return w
}

func (g *generator) request() Request {
	if g.rng.IntN(6) == 0 {
		return Request{Verb: g.pick("get", "post", "head"), Path: g.pick(urlWords...)}
	}
	q := Request{Verb: g.pick(verbWords...), Group: g.pick(groupWords...), Resource: g.pick(resWords...)}
	if g.rng.IntN(3) == 0 {
		q.Subresource = g.pick(subWords...)
	}
	if g.rng.IntN(4) > 0 {
		q.Namespace = g.pick(spaces...)
	}
	if g.rng.IntN(2) == 0 {
		q.Name = g.pick(nameWords...)
	}
	return q
}

// like is a request that a rule speaks of, with one thing changed now and then.
func (g *generator) like(r *Rule, ns string) Request {
	q := g.request()
	word := func(list []string, else_ string) string {
		if len(list) == 0 || g.rng.IntN(8) == 0 {
			return else_
		}
		if w := g.pick(list...); w != "*" {
			return w
		}
		return else_
	}
	q.Verb = word(r.Verbs, q.Verb)
	if len(r.NonResourceURLs) > 0 {
		u := word(r.NonResourceURLs, g.pick(urlWords...))
		return Request{Verb: q.Verb, Path: strings.TrimRight(u, "*") + g.pick("", "x", "/y")}
	}
	if q.Path != "" {
		q = Request{Verb: q.Verb, Group: g.pick(groupWords...), Resource: g.pick(resWords...)}
	}
	q.Group = word(r.APIGroups, q.Group)
	res, sub, _ := strings.Cut(word(r.Resources, q.Resource), "/")
	if q.Resource, q.Subresource = res, sub; res == "*" {
		q.Resource = g.pick(resWords...)
	}
	q.Name = word(r.ResourceNames, q.Name)
	if q.Namespace = ns; ns == "" && g.rng.IntN(2) == 0 || g.rng.IntN(10) == 0 {
		q.Namespace = g.pick(spaces...)
	}
	return q
}
