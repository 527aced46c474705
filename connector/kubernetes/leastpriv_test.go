package kubernetes

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// The role that the scopes print is enough to read everything, and its holder can
// change nothing: neither by what the connector asks, as the server's audit log
// has it, nor if somebody else uses the credential.
func TestLeastPrivilege(t *testing.T) {
	e := startEstate(t)
	r := connectortest.Collect(t, Connector, e.config())
	if r.Status() != drover.StatusOK {
		t.Errorf("with the printed role: %v %v", r.Err, bad(r))
	}
	const ns = "/api/v1/namespaces/shop"
	meta := func(kind string) string {
		return `{"apiVersion":"v1","kind":"` + kind + `","metadata":{"name":"drover-wrote"}}`
	}
	for _, w := range []struct{ method, path, body string }{
		{"POST", "/api/v1/namespaces", meta("Namespace")},
		{"POST", ns + "/serviceaccounts", meta("ServiceAccount")},
		{"POST", ns + "/secrets", meta("Secret")},
		{"POST", ns + "/configmaps", meta("ConfigMap")},
		{"POST", ns + "/pods", meta("Pod")},
		{"POST", ns + "/pods/bare/exec?command=id", ""},
		{"POST", ns + "/pods/bare/eviction", `{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"bare"}}`},
		{"POST", ns + "/serviceaccounts/checkout/token", `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}`},
		{"PATCH", ns + "/serviceaccounts/checkout", `{"metadata":{"labels":{"drover":"wrote"}}}`},
		{"PATCH", ns + "/secrets/database", `{"stringData":{"drover":"wrote"}}`},
		{"DELETE", ns + "/secrets/database", ""},
		{"DELETE", ns + "/serviceaccounts/checkout", ""},
		{"DELETE", "/apis/apps/v1/namespaces/shop/deployments/checkout", ""},
		{"PATCH", "/apis/apps/v1/namespaces/shop/deployments/checkout/scale", `{"spec":{"replicas":0}}`},
		{"POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"drover-wrote"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"kind":"ServiceAccount","name":"drover","namespace":"drover"}]}`},
		{"PATCH", "/apis/rbac.authorization.k8s.io/v1/clusterroles/drover", `{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}`},
		{"DELETE", "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/reader", ""},
		{"POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", `{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"drover-wrote"},"spec":{"request":"","signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"]}}`},
		{"PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/jane/approval", meta("CertificateSigningRequest")},
		{"DELETE", "/api/v1/nodes/worker-1", ""},
		{"GET", "/api/v1/nodes/worker-1/proxy/pods", ""},
		{"GET", "/api/v1/namespaces/kube-system/configmaps", ""},
		{"GET", ns + "/configmaps/anything", ""},
		{"GET", ns + "/pods/bare/log", ""},
	} {
		if code, body := e.Do(t, e.token, w.method, w.path, w.body); code != 403 {
			t.Errorf("%s %s: %d, want 403: %.200s", w.method, w.path, code, body)
		}
	}
	verbs := audited(t, e, "system:serviceaccount:drover:drover", "drover")
	if verbs["list"] < 20 || verbs["get"] < 5 || len(verbs) != 2 {
		t.Errorf("the audit log has these verbs of the connector: %v, want list and get only", verbs)
	}
}

// audited counts the verbs of the requests that a user made with a user agent.
func audited(t *testing.T, e *estate, user, agent string) map[string]int {
	t.Helper()
	f, err := os.Open(e.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	verbs := map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v struct {
			Verb, UserAgent string
			User            struct{ Username string }
		}
		if json.Unmarshal(lines.Bytes(), &v) == nil && v.User.Username == user && v.UserAgent == agent {
			verbs[v.Verb]++
		}
	}
	return verbs
}

// Without the right to list one kind, that section fails and names the rule to
// grant; `source test` names it, too. Secrets can be left out for good.
func TestMissingRule(t *testing.T) {
	e := startEstate(t)
	rules := Manifest()
	rules = rules[strings.Index(rules, "rules:\n")+len("rules:\n"):]
	rules, _, _ = strings.Cut(rules, "---")
	less := strings.Replace(rules, secretKind.rule()+"\n", "", 1)
	if less == rules {
		t.Fatal("the manifest has no rule for secrets")
	}
	token := grant(t, e.KubeServer, "nosecrets", less)
	r := connectortest.Collect(t, Connector, e.config("token", token))
	s, _ := r.Section("secrets")
	if s.Status != drover.StatusFailed || !strings.Contains(s.Error, secretKind.rule()) || !strings.Contains(s.Error, "secrets to skip") {
		t.Errorf("secrets is %s: %s", s.Status, s.Error)
	}
	if a, _ := r.Section("serviceaccounts"); a.Status != drover.StatusPartial || len(serviceAccounts(r)) < 50 {
		t.Errorf("serviceaccounts is %s with %d nodes: they refer to secrets that could not be listed", a.Status, len(serviceAccounts(r)))
	}
	if _, err := probed(t, e.config("token", token)); err == nil || !strings.Contains(err.Error(), secretKind.rule()) {
		t.Errorf("probe: %v", err)
	}
	r = connectortest.Collect(t, Connector, e.config("token", token, "secrets", secretsSkip))
	if r.Status() != drover.StatusOK {
		t.Errorf("with secrets left out: %v", bad(r))
	}
	if _, err := probed(t, e.config("token", token, "secrets", secretsSkip)); err != nil {
		t.Errorf("probe with secrets left out: %v", err)
	}
}
