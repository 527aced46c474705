package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// podOf is a pod with a controller, as kubectl prints it.
func podOf(i int, apiVersion, kind, name, labels string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p%[1]d","namespace":"ns","uid":"u-%[1]d","labels":{%[5]s},"ownerReferences":[{"apiVersion":%[2]q,"kind":%[3]q,"name":%[4]q,"uid":"r-%[4]s","controller":true}]},`+
		`"spec":{"serviceAccountName":"a","nodeName":"n%[1]d","containers":[{"name":"c","image":"x","env":[{"name":"DATABASE_URL","value":"postgres://lam_rw:Kx93jfQ2zz8@db.corp.net:5432/shop"}]}],`+
		`"volumes":[{"name":"v","secret":{"secretName":"dbs"}},{"name":"kube-api-access-%[1]d","projected":{"sources":[{"serviceAccountToken":{"path":"token"}}]}}]}}`, i, apiVersion, kind, name, labels)
}

func dump(t *testing.T, items ...string) *connectortest.Result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pods.json")
	text := `{"apiVersion":"v1","kind":"List","items":[` + strings.Join(items, ",") + `]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return connectortest.Collect(t, Connector, map[string][]string{"path": {path}})
}

// tenantOf is how the unknown cluster of a folder is called.
func tenantOf(t *testing.T, r *connectortest.Result) string {
	t.Helper()
	if len(r.Nodes) == 0 {
		t.Fatal("nothing was read")
	}
	return r.Nodes[0].Ref.Tenant()
}

const accountA = `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"a","namespace":"ns","uid":"sa1"}}`

// A dump of pods alone says what their controllers run as: these are described by
// their pods. The foreign count is that of the owners in the dump.
func TestPodsWithoutTheirControllers(t *testing.T) {
	r := dump(t, accountA,
		podOf(0, "apps/v1", "ReplicaSet", "web-5f7", ""), podOf(1, "apps/v1", "ReplicaSet", "web-5f7", ""),
		podOf(2, "apps/v1", "ReplicaSet", "shop-api-6bd", `"pod-template-hash":"6bd"`),
		podOf(3, "apps/v1", "ReplicaSet", "shop-api-9aa", `"pod-template-hash":"9aa"`),
		podOf(4, "apps/v1", "StatefulSet", "db", ""), podOf(5, "apps/v1", "DaemonSet", "ds", ""), podOf(6, "batch/v1", "Job", "once", ""),
		podOf(7, "v1", "ReplicationController", "old", ""), podOf(8, "example.org/v1", "Sharded", "own", ""))
	n := func(typ, name string) drover.Ref { return drover.NewRef(system, tenantOf(t, r), typ, "name:ns/"+name) }
	want := map[drover.Ref]string{
		n("replica_set", "web-5f7"): "kubernetes.replica_set", n("deployment", "shop-api"): "kubernetes.deployment", n("stateful_set", "db"): "kubernetes.stateful_set",
		n("daemon_set", "ds"): "kubernetes.daemon_set", n("job", "once"): "kubernetes.job", n("replication_controller", "old"): "kubernetes.replication_controller", n("sharded", "own"): "kubernetes.sharded",
	}
	account, secret := n("service_account", "a"), drover.UnseenRef("kubernetes-object:"+tenantOf(t, r)+"/secret/ns/dbs")
	got := 0
	for _, x := range r.Nodes {
		if x.Kind == drover.KindWorkload && x.Template == "" {
			got++
		}
	}
	if got != len(want) {
		t.Errorf("%d workloads; the pods have %d controllers", got, len(want))
	}
	for ref, typ := range want {
		if x, ok := r.Node(ref); !ok || x.Type != typ {
			t.Errorf("%s is %q, want a %s", ref, x.Type, typ)
		}
		if !hasEdge(r, ref, drover.EdgeRunsAs, account) || !hasEdge(r, ref, drover.EdgeReadsSecret, secret) {
			t.Errorf("%s: as whom it runs or which secret it reads is lost", ref)
		}
		if !slices.ContainsFunc(r.Edges, func(e drover.Edge) bool {
			return e.From == ref && e.Kind == drover.EdgeReadsSecret && e.To.Type() == "place" && strings.Contains(string(e.To), "DATABASE_URL")
		}) {
			t.Errorf("%s: the connection string in its environment is lost", ref)
		}
	}
	if x, _ := r.Node(n("pod", "p3")); x.Template != n("deployment", "shop-api") {
		t.Errorf("a pod is counted under %q", x.Template)
	}
}

// A controller that is in the files says itself what it runs as; what it made adds
// nothing to it. One whose object of the same kind is there, but not it, is still
// described.
func TestControllersThatAreRead(t *testing.T) {
	deployment := `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"ns","uid":"r-web"},"spec":{"template":{"spec":{"serviceAccountName":"b","containers":[{"name":"c","image":"y"}]}}}}`
	set := `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"%s","namespace":"ns","uid":"r-%[1]s","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"%s","uid":"r-%[2]s","controller":true}]},"spec":{"replicas":%d,"template":{"spec":{"serviceAccountName":"a","containers":[{"name":"c","image":"y"}]}}}}`
	r := dump(t, accountA, deployment, podOf(0, "apps/v1", "ReplicaSet", "web-5f7", `"pod-template-hash":"5f7"`), podOf(1, "apps/v1", "ReplicaSet", "api-5f7", `"pod-template-hash":"5f7"`),
		fmt.Sprintf(set, "web-1", "web", 0), fmt.Sprintf(set, "gone-1", "gone", 1), fmt.Sprintf(set, "past-1", "past", 0))
	n := func(typ, name string) drover.Ref { return drover.NewRef(system, tenantOf(t, r), typ, "name:ns/"+name) }
	account := n("service_account", "a")
	for name, want := range map[string]bool{"web": false, "api": true, "gone": true, "past": false} {
		if got := hasEdge(r, n("deployment", name), drover.EdgeRunsAs, account); got != want {
			t.Errorf("deployment %s runs as what its pods or ReplicaSets say: %v, want %v", name, got, want)
		}
		if x, ok := r.Node(n("deployment", name)); !ok || (x.Attrs.Get("known_by") == "its pods") != (name != "web") {
			t.Errorf("deployment %s: %v", name, x.Attrs)
		}
	}
}
