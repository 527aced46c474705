package realtest

import (
	"strings"
	"testing"
)

// The API server comes up, is one per process, and answers a foreign client and
// ours; who is unknown is turned away.
func TestKube(t *testing.T) {
	k := Kube(t)
	if again := Kube(t); again != k {
		t.Error("a second server was started")
	}
	if got := k.Kubectl(t, "", "get", "--raw", "/version"); !strings.Contains(got, `"v`+kubeVersion+`"`) {
		t.Errorf("version: %s", got)
	}
	if got := k.Kubectl(t, "", "get", "--raw", "/.well-known/openid-configuration"); !strings.Contains(got, k.Issuer) {
		t.Errorf("issuer %s is not in %s", k.Issuer, got)
	}
	if code, body := k.Do(t, k.AdminToken, "GET", "/api/v1/namespaces/kube-system", ""); code != 200 || !strings.Contains(body, `"uid"`) {
		t.Errorf("namespace kube-system: %d %s", code, body)
	}
	if code, _ := k.Do(t, "nobody", "GET", "/api/v1/namespaces", ""); code != 401 {
		t.Errorf("an unknown token: %d", code)
	}
	certificate, key := k.ClientCert(t, "jane", "team:a")
	if len(certificate) == 0 || len(key) == 0 {
		t.Error("no client certificate")
	}
}

// The controllers give a namespace its service account.
func TestKubeControllers(t *testing.T) {
	k := NewKube(t)
	k.Controllers(t)
	k.Kubectl(t, "", "create", "namespace", "controlled")
	Await(t, "the namespace has a service account", func() bool {
		code, _ := k.Do(t, k.AdminToken, "GET", "/api/v1/namespaces/controlled/serviceaccounts/default", "")
		return code == 200
	})
}

// A right that was given is waited for, and none is said that was not given.
func TestKubeRight(t *testing.T) {
	k := Kube(t)
	k.Kubectl(t, `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: righteous}
rules: [{apiGroups: [""], resources: [nodes], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: righteous}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: righteous}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: righteous}]
`, "apply", "-f", "-")
	k.AwaitRight(t, Right{User: "righteous", Verb: "list", Resource: "nodes"})
	if k.Allowed(t, Right{User: "righteous", Verb: "delete", Resource: "nodes"}) {
		t.Error("a right that nobody gave")
	}
	k.AwaitKinds(t, "apps", "v1")
}
