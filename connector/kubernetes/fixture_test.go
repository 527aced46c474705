package kubernetes

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// canaries are the secret values in testdata/estate.yaml: two in annotations, of a
// ServiceAccount and of a Secret, then those in the data of Secrets alone.
var canaries = []string{
	"CANARY-annotation-Zk29xQ", canaryApplied, "CANARY-dsn-Pq71mmXw", "CANARYopaque8dXx2Qm41RtPz", "CANARYaws7kPz4TqLmV9xWbN2cRfY6uJ8eHd1gS", "CANARY-cnpg-uT5rWq9z",
	"CANARY-docker-Jw82Lk", "canary0123456789",
}

const (
	canaryApplied = "CANARY-applied-Rm73Lw"
	inAnnotations = 2 // canaries
)

// An estate is a real API server with testdata/estate.yaml and fifty more service
// accounts in it, and the role that drover asks for.
type estate struct {
	*realtest.KubeServer
	token string // of the service account that has that role and no other
}

var seeded struct {
	sync.Mutex
	e *estate
}

// startEstate starts the server and fills it, once per process.
func startEstate(t *testing.T) *estate {
	t.Helper()
	k := realtest.Kube(t)
	seeded.Lock()
	defer seeded.Unlock()
	if seeded.e == nil {
		seeded.e = fill(t, k)
	}
	return seeded.e
}

// fill makes the estate on a server.
func fill(t *testing.T, k *realtest.KubeServer) *estate {
	t.Helper()
	text, err := os.ReadFile("testdata/estate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.Write(text)
	for i := range 50 {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: worker-%02d, namespace: ops}\n", i)
	}
	k.Kubectl(t, b.String(), "create", "-f", "-")
	requestCertificate(t, k, "jane", "jane@example.com")
	k.Kubectl(t, Manifest(), "apply", "-f", "-")
	k.AwaitRight(t, realtest.Right{User: "system:serviceaccount:drover:drover", Verb: "list", Resource: "serviceaccounts"})
	return &estate{KubeServer: k, token: strings.TrimSpace(k.Kubectl(t, "", "create", "token", "drover", "-n", "drover", "--duration=2h"))}
}

// config is that of a source with the role that drover asks for, its pages short
// so that every list has some.
func (e *estate) config(more ...string) map[string][]string {
	c := map[string][]string{"server": {e.URL}, "token": {e.token}, "ca_file": {e.CAFile}, "hosts": {"kube.drover.test:6443"}, "page_size": {"7"}, "retry_wait": {"1ms"}}
	for i := 0; i < len(more); i += 2 {
		c[more[i]] = []string{more[i+1]}
	}
	return c
}

// uids asks a foreign program for the uids of all objects of a resource, without
// paging.
func (e *estate) uids(t *testing.T, path string) []string {
	t.Helper()
	var list struct {
		Items []struct {
			Metadata struct{ UID string }
		}
	}
	if err := json.Unmarshal([]byte(e.Kubectl(t, "", "get", "--raw", path)), &list); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	ids := []string{}
	for _, i := range list.Items {
		ids = append(ids, i.Metadata.UID)
	}
	return ids
}

// grant makes a service account with a ClusterRole of these rules and returns a
// token of it, when the server has seen the role and not one of its name before.
func grant(t *testing.T, k *realtest.KubeServer, name, rules string) string {
	t.Helper()
	once := "once" + strings.ToLower(rand.Text())
	rules = strings.TrimRight(rules, "\n") + `
- {apiGroups: ["drover.test"], resources: ["` + once + `"], verbs: ["get"]}`
	k.Kubectl(t, fmt.Sprintf(`apiVersion: v1
kind: ServiceAccount
metadata: {name: %[1]s, namespace: ops}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: %[1]s}
rules:
%[2]s
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: %[1]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %[1]s}
subjects: [{kind: ServiceAccount, name: %[1]s, namespace: ops}]
`, name, rules), "apply", "-f", "-")
	t.Cleanup(func() {
		k.Kubectl(t, "", "delete", "clusterrolebinding/"+name, "clusterrole/"+name)
		k.Kubectl(t, "", "delete", "-n", "ops", "serviceaccount/"+name)
	})
	k.AwaitRight(t, realtest.Right{User: "system:serviceaccount:ops:" + name, Verb: "get", Group: "drover.test", Resource: once})
	return strings.TrimSpace(k.Kubectl(t, "", "create", "token", name, "-n", "ops"))
}
