package realtest

import (
	"strings"
	"testing"
	"time"
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
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if code, _ := k.Do(t, k.AdminToken, "GET", "/api/v1/namespaces/controlled/serviceaccounts/default", ""); code == 200 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("no service account after a minute:\n%s", k.log("controllers"))
		}
	}
}
