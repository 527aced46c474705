package cli_test

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// A cluster on this computer has only a loopback address. A kubeconfig in a home
// and the live API server still speak of one cluster: the certificate in the file
// is that of the user whom a binding names, the token that of the service account.
func TestKubeconfigOfThisComputer(t *testing.T) {
	kube := realtest.Kube(t)
	dir := fresh(t)
	kube.Kubectl(t, `
apiVersion: v1
kind: Namespace
metadata: {name: laptop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer, namespace: laptop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: laptop-view, namespace: laptop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: laptop-bot}]
`, "apply", "-f", "-")
	t.Cleanup(func() { kube.Kubectl(t, "", "delete", "namespace", "laptop", "--wait=false") })

	b64 := base64.StdEncoding.EncodeToString
	certificate, key := kube.ClientCert(t, "laptop-bot")
	token := strings.TrimSpace(kube.Kubectl(t, "", "create", "token", "deployer", "-n", "laptop"))
	home := filepath.Join(dir, "planted")
	write(t, filepath.Join(home, ".kube", "config"), kube.Config("admin@laptop", "client-certificate-data: "+b64(certificate)+"\nclient-key-data: "+b64(key)))
	write(t, filepath.Join(home, ".kube", "ci.yaml"), kube.Config("ci", "token: "+token))
	config := write(t, filepath.Join(dir, "drover.yaml"), fmt.Sprintf(`version: 1
sources:
  - {id: cluster, kind: kubernetes, kubeconfig: %q}
  - {id: laptop, kind: machine, root: %q}
`, kube.Kubeconfig, home))
	out, errs, code := run(t, "--config", config, "scan", "-v")
	if code != 0 && code != 3 {
		t.Fatalf("scan: exit code %d\n%s%s", code, out, errs)
	}
	if strings.Contains(out+errs, token) {
		t.Fatal("the scan prints the token")
	}
	got := must(t, 0, "--config", config, "show", "laptop-bot")
	wants(t, got, `kubernetes\.user`, `Member .*kubernetes/.*cluster`, `Member .*laptop.*joined: same alias k8s-user:\[machine:[0-9a-f]{16}\]:\d+/laptop-bot`, `member_of .*view`, `authenticates .*\(x509\.certificate\)`)
	got = must(t, 0, "--config", config, "show", "deployer")
	wants(t, got, `kubernetes\.service_account`, `joined: same alias k8s(-user)?:\[machine:`, `authenticates .*(token|jwt)`)
	if strings.Contains(got, token) {
		t.Error("the token is shown")
	}
}
