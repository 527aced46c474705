package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/access"
)

// office is a namespace with rights of several kinds.
func office() string {
	return shop + secretOf("bank", "vault") +
		gives("shop", "reads", "shop/web", "get,list :secrets") +
		gives("bank", "one", "shop/web", "get :secrets vault", "create :serviceaccounts/token teller") +
		gives("shop", "execs", "shop/job", "create :pods/exec", "get :pods") +
		gives("", "sees", "group:team", "list :namespaces,nodes,pods") +
		gives("", "root", "user:ann", "* *:*")
}

func (a *answers) identity(t *testing.T, name string) uint32 {
	t.Helper()
	rows := a.rows[name]
	if len(rows) != 1 {
		t.Fatalf("%d rows are called %q", len(rows), name)
	}
	return rows[0]
}

func TestDecide(t *testing.T) {
	a := loaded(t, parse(t, office()))
	for _, c := range []struct {
		who, resource, action string
		want                  access.Verdict
		text                  string // of the proof or the condition
	}{
		{"service_account web", "shop/secrets/db", "get", access.Allow, `RoleBinding "reads"`},
		{"service_account web", "shop/secrets", "list", access.Allow, `RoleBinding "reads"`},
		{"service_account web", "bank/secrets/vault", "get", access.Allow, `RoleBinding "one"`},
		{"service_account web", "bank/secrets/other", "get", access.Deny, "no rule"},
		{"service_account web", "bank/secrets", "list", access.Deny, "no rule"},
		{"service_account web", "secrets", "list", access.Conditional, `"namespace":["shop"]`},
		{"service_account web", "secrets/vault", "get", access.Conditional, `"namespace":["bank","shop"]`},
		{"service_account web", "bank/serviceaccounts/token/teller", "create", access.Allow, `RoleBinding "one"`},
		{"service_account web", "bank/serviceaccounts/teller/token", "create", access.Allow, `RoleBinding "one"`},
		{"service_account web", "bank/serviceaccounts", "", access.Deny, "no rule"},
		{"service_account web", "bank/serviceaccounts/teller", "", access.Allow, "the strongest that is allowed: create serviceaccounts/token"},
		{"service_account job", "shop/pods/exec", "create", access.Allow, `RoleBinding "execs"`},
		{"service_account job", "shop/pods", "", access.Allow, "the strongest that is allowed: create pods/exec"},
		{"group team", "nodes", "list", access.Allow, `ClusterRoleBinding "sees"`},
		{"group team", "shop/pods", "list", access.Allow, `ClusterRoleBinding "sees"`},
		{"group team", "pods", "delete", access.Deny, "no rule"},
		{"user ann", "deployments.apps/two", "delete", access.Allow, `ClusterRoleBinding "root"`},
		{"user ann", "widgets.example.io", "create", access.Allow, `ClusterRoleBinding "root"`},
		{"user ann", "/healthz", "get", access.Deny, "no rule"},
	} {
		q, ok := a.m.Question(c.resource, c.action)
		if !ok || !q.Known {
			t.Errorf("%s %s: taken %v, known %v", c.resource, c.action, ok, q.Known)
			continue
		}
		d := a.m.Decide(a.identity(t, c.who), q)
		if said := fmt.Sprint(d.Proof, string(d.Condition)); d.Verdict != c.want || !strings.Contains(said, c.text) {
			t.Errorf("%s: %s %s: got %s %s, want %s with %q", c.who, c.action, c.resource, d.Verdict, said, c.want, c.text)
		}
	}
	if d := a.m.Decide(a.identity(t, "pod one"), mustAsk(t, a, "secrets", "get")); d.Verdict != access.Unknown {
		t.Errorf("a pod is no identity: %+v", d)
	}
}

func mustAsk(t *testing.T, a *answers, resource, action string) (q struct {
	System   string
	Resource string
	Row      int
	Action   string
	Known    bool
}) {
	t.Helper()
	got, ok := a.m.Question(resource, action)
	if !ok {
		t.Fatalf("%s is no question", resource)
	}
	return got
}

func TestQuestion(t *testing.T) {
	a := loaded(t, parse(t, office()))
	secret := a.in.Ref(int(a.identity(t, "secret db")))
	for _, c := range []struct {
		text, action string
		want         string // "" not taken
	}{
		{"secrets", "get", "secrets row=false known=true"},
		{"shop/secrets/db", "get", "shop/secrets/db row=true known=true"},
		{string(secret), "get", "shop/secrets/db row=true known=true"},
		{"kubernetes-object:test/secret/shop/db", "", "shop/secrets/db row=true known=true"},
		{"k8s:test/shop/web", "impersonate", "shop/serviceaccounts/web row=true known=true"},
		{"namespaces/shop", "patch", "namespaces/shop row=true known=true"},
		{"nodes/n1/proxy", "get", "nodes/n1/proxy row=false known=true"},
		{"secrets", "frob", "secrets row=false known=false"},
		{"roles", "escalate", "roles row=false known=true"},
		{"pods", "escalate", "pods row=false known=false"},
		{"/metrics", "get", "/metrics row=false known=true"},
		{"/metrics", "watch", "/metrics row=false known=false"},
		{"widgets.example.io", "frob", "widgets.example.io row=false known=true"},
		{"shop/widgets.example.io/a", "get", "shop/widgets.example.io/a row=false known=true"},
		{"nothing", "get", ""}, {"a/b/c/d/e", "get", ""}, {"", "get", ""}, {"arn:aws:s3:::b", "s3:GetObject", ""}, {"shop/pods/exec/one/more", "create", ""},
	} {
		q, ok := a.m.Question(c.text, c.action)
		got := ""
		if ok {
			got = fmt.Sprintf("%s row=%v known=%v", q.Resource, q.Row >= 0, q.Known)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTouch(t *testing.T) {
	a := loaded(t, parse(t, office()))
	for who, want := range map[string][]string{
		"service_account web":    {"secret db secrets", "secret vault secrets", "service_account teller escalate"},
		"service_account job":    {"pod one execute"},
		"service_account teller": nil,
		"group team":             {"namespace bank read", "namespace shop read", "pod one read"},
	} {
		p, ok := a.m.Profile(a.identity(t, who))
		if !ok {
			t.Fatalf("%s has no profile", who)
		}
		var got []string
		for x := range a.m.Touch(p) {
			got = append(got, a.name(x.Row)+" "+string(x.Level))
		}
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", who, d)
		}
	}
	web, _ := a.m.Profile(a.identity(t, "service_account web"))
	teller, _ := a.m.Profile(a.identity(t, "service_account teller"))
	if web == teller {
		t.Error("one with bindings and one without share a profile")
	}
	if g := a.m.Grants(a.identity(t, "service_account web")); len(g) != 3 {
		t.Errorf("grants: %+v", g)
	}
}

// Where the Secrets of a live cluster were listed, only accounts that have a token
// in one are reached by reading them.
func TestHeldTokens(t *testing.T) {
	token := `---
apiVersion: v1
kind: Secret
metadata: {name: job-token, namespace: shop, annotations: {kubernetes.io/service-account.name: job}}
type: kubernetes.io/service-account-token
`
	a := loaded(t, parse(t, shop+token+gives("shop", "b", "bank/teller", "list :secrets")))
	want := []string{"role_binding b -TOKEN_LIST-> service_account job", "role_binding b -TOKEN_LIST-> service_account web inferred"}
	if d := cmp.Diff(want, a.all()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
