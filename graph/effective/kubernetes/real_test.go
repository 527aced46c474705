package kubernetes

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/connector/connectortest"
	connector "github.com/droverhq/drover/connector/kubernetes"
	"github.com/droverhq/drover/internal/realtest"
)

// An attempt is somebody who has some rights, and tries what they may give.
type attempt struct {
	name      string
	technique string // that there is an edge of if it succeeds, and none if not
	rules     []string
	cluster   bool // the rules count everywhere
	labels    string
	try       func(x *try) bool
}

// right is the first thing that the rules allow. When the server knows of it, it
// knows of the role and its binding, and what it refuses then it refuses.
func (a *attempt) right() realtest.Right {
	f := strings.Fields(a.rules[0])
	verb, _, _ := strings.Cut(f[0], ",")
	group, resources, _ := strings.Cut(f[1], ":")
	resource, _, _ := strings.Cut(resources, ",")
	resource, sub, _ := strings.Cut(resource, "/")
	x := realtest.Right{User: "system:serviceaccount:try-" + a.name + ":actor", Verb: verb, Group: group, Resource: resource, Subresource: sub, Namespace: "try-" + a.name}
	if a.cluster {
		x.Namespace = ""
	}
	if len(f) > 2 {
		x.Name = f[2]
	}
	return x
}

// A try is one attempt under way, as its own service account in its own namespace.
type try struct {
	t     *testing.T
	k     *realtest.KubeServer
	ns    string
	token string
}

// do reports whether the API server did what it was asked for.
func (x *try) do(method, path, body string, headers ...string) (bool, string) {
	x.t.Helper()
	client, err := x.k.Client()
	if err != nil {
		x.t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(x.t.Context(), method, x.k.URL+strings.ReplaceAll(path, "{ns}", x.ns), strings.NewReader(strings.ReplaceAll(body, "{ns}", x.ns)))
	if err != nil {
		x.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+x.token)
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/merge-patch+json")
	}
	if strings.HasSuffix(path, "ephemeralcontainers") {
		req.Header.Set("Content-Type", "application/strategic-merge-patch+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], strings.ReplaceAll(headers[i+1], "{ns}", x.ns))
	}
	resp, err := client.Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusForbidden {
		return false, string(text)
	}
	if resp.StatusCode/100 != 2 && !strings.Contains(path, "/exec") && !strings.Contains(path, "/proxy") { // which need a kubelet
		x.t.Errorf("%s %s: %d %.300s", method, path, resp.StatusCode, text)
	}
	return true, string(text)
}

func (x *try) ok(method, path, body string, headers ...string) bool {
	x.t.Helper()
	done, _ := x.do(method, path, body, headers...)
	return done
}

const (
	rbacPath = "/apis/rbac.authorization.k8s.io/v1"
	podBody  = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"made"},"spec":{"serviceAccountName":"victim","containers":[{"name":"c","image":"x"%s}]}}`
	bindBody = `{"metadata":{"name":"%s"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"kind":"ServiceAccount","namespace":"{ns}","name":"actor"}]}`
)

func bindInSpace(x *try) bool {
	return x.ok("POST", rbacPath+"/namespaces/{ns}/rolebindings", fmt.Sprintf(bindBody, "mine"))
}

func bindEverywhere(x *try) bool {
	return x.ok("POST", rbacPath+"/clusterrolebindings", fmt.Sprintf(bindBody, "mine-{ns}"))
}

func raiseRole(x *try) bool {
	return x.ok("PATCH", rbacPath+"/namespaces/{ns}/roles/given", `{"rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}]}`)
}

func asVictim(x *try) bool {
	return x.ok("GET", "/apis", "", "Impersonate-User", "system:serviceaccount:{ns}:victim")
}

func asMasters(x *try) bool {
	return x.ok("GET", "/api/v1/secrets", "", "Impersonate-User", "somebody", "Impersonate-Group", "system:masters")
}

func asMastersAlone(x *try) bool {
	return x.ok("GET", "/api/v1/secrets", "", "Impersonate-User", "system:serviceaccount:{ns}:actor", "Impersonate-Group", "system:masters")
}

func asUser(x *try) bool { return x.ok("GET", "/apis", "", "Impersonate-User", "plain-user") }

// approved has a certificate for a user signed.
func approved(x *try) bool {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		x.t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "system:serviceaccount:" + x.ns + ":victim"}}, key)
	if err != nil {
		x.t.Fatal(err)
	}
	body := `{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"of-{ns}"},"spec":{"usages":["client auth"],"signerName":"kubernetes.io/kube-apiserver-client","request":"` +
		base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})) + `"}}`
	path := "/apis/certificates.k8s.io/v1/certificatesigningrequests"
	made, text := x.do("POST", path, body)
	if !made {
		return false
	}
	var csr map[string]any
	if err := json.Unmarshal([]byte(text), &csr); err != nil {
		x.t.Fatal(err)
	}
	csr["status"] = map[string]any{"conditions": []any{map[string]any{"type": "Approved", "status": "True", "reason": "test", "message": "test"}}}
	raw, err := json.Marshal(csr)
	if err != nil {
		x.t.Fatal(err)
	}
	return x.ok("PUT", path+"/of-{ns}/approval", string(raw))
}

// tokenFilled has the control plane put a token into a Secret, and reads it.
func tokenFilled(x *try) bool {
	body := `{"metadata":{"name":"mine","annotations":{"kubernetes.io/service-account.name":"victim"}},"type":"kubernetes.io/service-account-token"}`
	if !x.ok("POST", "/api/v1/namespaces/{ns}/secrets", body) {
		return false
	}
	var ok bool
	realtest.Await(x.t, "the Secret holds a token, or may not be read", func() bool {
		var text string
		ok, text = x.do("GET", "/api/v1/namespaces/{ns}/secrets/mine", "")
		return !ok || strings.Contains(text, `"token":`)
	})
	return ok
}

func creates(resource, body string) func(*try) bool {
	return func(x *try) bool { return x.ok("POST", resource, body) }
}

var attempts = []attempt{
	{"bind", "ROLE_BIND", []string{"create " + r + ":rolebindings", "bind " + r + ":clusterroles"}, false, "", bindInSpace},
	{"bind-without", "ROLE_BIND", []string{"create " + r + ":rolebindings"}, false, "", bindInSpace},
	{"bind-view", "ROLE_BIND", []string{"create " + r + ":rolebindings", "bind " + r + ":clusterroles view"}, false, "", func(x *try) bool {
		return x.ok("POST", rbacPath+"/namespaces/{ns}/rolebindings", strings.Replace(fmt.Sprintf(bindBody, "mine"), "cluster-admin", "view", 1))
	}},
	{"bind-other-role", "", []string{"create " + r + ":rolebindings", "bind " + r + ":clusterroles view"}, false, "", bindInSpace},
	{"bind-all", "ROLE_BIND", []string{"create " + r + ":clusterrolebindings", "bind " + r + ":clusterroles"}, true, "", bindEverywhere},
	{"bind-all-roles", "ROLE_BIND", []string{"create " + r + ":clusterrolebindings", "bind " + r + ":roles"}, true, "", bindEverywhere},
	{"bind-all-in-space", "ROLE_BIND", []string{"create " + r + ":clusterrolebindings", "bind " + r + ":clusterroles"}, false, "", bindEverywhere},
	{"escalate", "ESCALATE_VERB", []string{"patch,escalate,get " + r + ":roles given"}, false, "", raiseRole},
	{"escalate-without", "ESCALATE_VERB", []string{"patch,get " + r + ":roles"}, false, "", raiseRole},
	{"token", "TOKEN_REQUEST", []string{"create :serviceaccounts/token victim"}, false, "", creates("/api/v1/namespaces/{ns}/serviceaccounts/victim/token", `{"spec":{}}`)},
	{"token-other", "", []string{"create :serviceaccounts/token other"}, false, "", creates("/api/v1/namespaces/{ns}/serviceaccounts/victim/token", `{"spec":{}}`)},
	{"act-as", "IDENTITY_IMPERSONATE", []string{"impersonate :serviceaccounts victim"}, false, "", asVictim},
	{"act-as-users", "", []string{"impersonate :users"}, true, "", asVictim},
	{"act-as-masters", "IDENTITY_IMPERSONATE", []string{"impersonate :users,groups"}, true, "", asMasters},
	{"act-as-masters-groups", "IDENTITY_IMPERSONATE", []string{"impersonate :groups"}, true, "", asMastersAlone},
	{"act-as-masters-in-space", "IDENTITY_IMPERSONATE", []string{"impersonate :users,groups"}, false, "", asMasters},
	{"act-as-user-in-space", "IDENTITY_IMPERSONATE", []string{"impersonate :users"}, false, "", asUser},
	{"request", "CSR_APPROVE", []string{"create certificates.k8s.io:certificatesigningrequests", "update certificates.k8s.io:certificatesigningrequests/approval", "approve certificates.k8s.io:signers kubernetes.io/*"}, true, "", approved},
	{"request-other-signer", "CSR_APPROVE", []string{"create certificates.k8s.io:certificatesigningrequests", "update certificates.k8s.io:certificatesigningrequests/approval", "approve certificates.k8s.io:signers example.com/*"}, true, "", approved},
	{"token-secret", "TOKEN_SECRET_CREATE", []string{"create,get :secrets"}, false, "", tokenFilled},
	{"token-secret-blind", "TOKEN_SECRET_CREATE", []string{"create :secrets"}, false, "", tokenFilled},
	{"pod", "POD_CREATE", []string{"create :pods"}, false, "", creates("/api/v1/namespaces/{ns}/pods", fmt.Sprintf(podBody, ""))},
	{"pod-named", "POD_CREATE", []string{"create :pods made"}, false, "", creates("/api/v1/namespaces/{ns}/pods", fmt.Sprintf(podBody, ""))},
	{"deployment", "WORKLOAD_CREATE", []string{"create apps:deployments"}, false, "", creates("/apis/apps/v1/namespaces/{ns}/deployments",
		`{"metadata":{"name":"made"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"serviceAccountName":"victim","containers":[{"name":"c","image":"x"}]}}}}`)},
	{"patch", "POD_PATCH", []string{"patch,get :pods"}, false, "", func(x *try) bool {
		return x.ok("PATCH", "/api/v1/namespaces/{ns}/pods/there", `{"metadata":{"labels":{"x":"y"}}}`)
	}},
	{"debug", "EPHEMERAL_CONTAINER", []string{"patch :pods/ephemeralcontainers"}, false, "", func(x *try) bool {
		return x.ok("PATCH", "/api/v1/namespaces/{ns}/pods/there/ephemeralcontainers", `{"spec":{"ephemeralContainers":[{"name":"d","image":"x"}]}}`)
	}},
	{"debug-pods", "EPHEMERAL_CONTAINER", []string{"get :pods/ephemeralcontainers", "create :pods/*"}, false, "", func(x *try) bool {
		return x.ok("PATCH", "/api/v1/namespaces/{ns}/pods/there/ephemeralcontainers", `{"spec":{"ephemeralContainers":[{"name":"d","image":"x"}]}}`)
	}},
	{"exec", "POD_EXEC", []string{"create :pods/exec"}, false, "", func(x *try) bool {
		return x.ok("POST", "/api/v1/namespaces/{ns}/pods/there/exec?command=id&stdout=1", "")
	}},
	{"exec-star", "POD_EXEC", []string{"create :pods/*"}, false, "", func(x *try) bool {
		return x.ok("POST", "/api/v1/namespaces/{ns}/pods/there/exec?command=id&stdout=1", "")
	}},
	{"kubelet", "NODE_PROXY", []string{"get :nodes/proxy"}, true, "", func(x *try) bool { return x.ok("GET", "/api/v1/nodes/some/proxy/pods", "") }},
	{"kubelet-in-space", "NODE_PROXY", []string{"get :nodes/proxy"}, false, "", func(x *try) bool { return x.ok("GET", "/api/v1/nodes/some/proxy/pods", "") }},
	{"webhook", "WEBHOOK_WRITE", []string{"create admissionregistration.k8s.io:mutatingwebhookconfigurations"}, true, "", creates("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", `{"metadata":{"name":"of-{ns}"}}`)},
	{"label", "PSA_LABEL", []string{"patch :namespaces", "create :pods"}, false, "restricted", func(x *try) bool {
		priv := fmt.Sprintf(podBody, `,"securityContext":{"privileged":true}`)
		if x.ok("POST", "/api/v1/namespaces/{ns}/pods", priv) {
			x.t.Error("a privileged pod was let in before")
		}
		if !x.ok("PATCH", "/api/v1/namespaces/{ns}", `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`) {
			return false
		}
		realtest.Await(x.t, "a namespace of the label lets a privileged pod in", func() bool { return x.ok("POST", "/api/v1/namespaces/{ns}/pods", priv) })
		return true
	}},
	{"label-without", "PSA_LABEL", []string{"create :pods"}, false, "restricted", func(x *try) bool {
		return x.ok("PATCH", "/api/v1/namespaces/{ns}", `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`)
	}},
	{"volume", "PV_HOSTPATH", []string{"create :persistentvolumes,persistentvolumeclaims,pods"}, true, "", creates("/api/v1/persistentvolumes",
		`{"metadata":{"name":"of-{ns}"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"hostPath":{"path":"/"}}}`)},
}

// What the model says may be done can be done, and what it does not say cannot: a
// real API server is asked to, as who has the rights.
func TestAttempts(t *testing.T) {
	k := realtest.NewKube(t)
	k.Controllers(t)
	var setup strings.Builder
	for _, a := range attempts {
		ns := "try-" + a.name
		labels := ""
		if a.labels != "" {
			labels = "pod-security.kubernetes.io/enforce: " + a.labels
		}
		setup.WriteString(namespaceOf(ns, labels) + sa(ns, "actor") + sa(ns, "victim"))
		if a.labels == "" {
			setup.WriteString(pod(ns, "there", "victim", "", ""))
		}
		at, name := ns, "given"
		if a.cluster {
			at, name = "", "given-"+a.name
		}
		setup.WriteString(gives(at, name, ns+"/actor", a.rules...))
	}
	k.Kubectl(t, setup.String(), "apply", "-f", "-")
	result := connectortest.Collect(t, connector.Connector, map[string][]string{"kubeconfig": {k.Kubeconfig}})
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	for _, c := range attempts {
		k.AwaitRight(t, c.right())
	}
	a := answered(t, input(result))
	a.compare(t, k)
	works := 0
	for _, c := range attempts {
		ns := "try-" + c.name
		given := a.edgesOf(ns)
		x := &try{t: t, k: k, ns: ns}
		x.token = tokenOf(t, k, ns)
		said, done := c.technique != "" && slices.Contains(given, c.technique), c.try(x)
		if done {
			works++
		}
		if c.technique != "" && said != done {
			t.Errorf("%s: the API server did it: %v; edges: %v", c.name, done, given)
		}
		if c.technique == "" && done {
			t.Errorf("%s: it should have been refused", c.name)
		}
	}
	t.Logf("%d attempts as who has the rights, %d succeeded, each as the edges say", len(attempts), works)
}

// edgesOf are the techniques of what the account of an attempt has.
func (a *answers) edgesOf(ns string) (out []string) {
	for _, actor := range a.rows["service_account actor"] {
		if a.node(actor).Attrs.Str("namespace") != ns {
			continue
		}
		for _, e := range a.by("PERMISSION_DISCOVER", []uint32{actor}) {
			for _, i := range a.out[e.To] {
				out = append(out, a.edges[i].Technique)
			}
		}
		for _, i := range a.out[actor] {
			out = append(out, a.edges[i].Technique)
		}
	}
	return out
}

func tokenOf(t *testing.T, k *realtest.KubeServer, ns string) string {
	t.Helper()
	code, text := k.Do(t, k.AdminToken, "POST", "/api/v1/namespaces/"+ns+"/serviceaccounts/actor/token", `{"spec":{}}`)
	var out struct {
		Status struct {
			Token string `json:"token"`
		} `json:"status"`
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil || code/100 != 2 {
		t.Fatalf("%d %.300s", code, text)
	}
	return out.Status.Token
}

// compare asks the model and the API server the same, about accounts and the
// control plane's own users, as the connector read them.
func (a *answers) compare(t *testing.T, k *realtest.KubeServer) {
	wrong, asked := 0, 0
	for row, id := range a.who() {
		if id.kind == "Group" || id.who.Node() || asked > 600 {
			continue
		}
		for _, q := range []k8srbac.Request{
			{Verb: "get", Resource: "secrets", Namespace: "try-token-secret"}, {Verb: "create", Resource: "pods", Namespace: "try-pod"}, {Verb: "create", Resource: "pods", Subresource: "exec", Namespace: "try-exec"},
			{Verb: "list", Group: rbac, Resource: "clusterroles"}, {Verb: "patch", Resource: "namespaces", Namespace: "try-label", Name: "try-label"},
		} {
			asked++
			text := spellAsked(q)
			question, ok := a.m.Question(text, q.Verb)
			if !ok {
				t.Fatalf("%s is no question", text)
			}
			got := a.m.Decide(row, question).Verdict == access.Allow
			ask := func() bool {
				return k.Allowed(t, realtest.Right{User: id.who.User, Groups: id.who.Groups, Verb: q.Verb, Group: q.Group, Resource: q.Resource, Subresource: q.Subresource, Namespace: q.Namespace, Name: q.Name})
			}
			// The authorizer may not have seen yet what the connector read.
			want := ask()
			for end := time.Now().Add(time.Minute); wrong == 0 && want != got && time.Now().Before(end); want = ask() {
				time.Sleep(200 * time.Millisecond)
			}
			if got != want {
				if wrong++; wrong <= 10 {
					t.Errorf("%s: %s %s: got %v, the API server says %v", id.who.User, q.Verb, text, got, want)
				}
			}
		}
	}
	t.Logf("%d questions about what the connector read, %d differences", asked, wrong)
}

func spellAsked(q k8srbac.Request) string {
	s := asked{ns: q.Namespace, group: q.Group, plural: q.Resource, sub: q.Subresource, name: q.Name}
	return s.String()
}
