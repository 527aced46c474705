package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/kubernetes"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/kubescript"
	"github.com/droverhq/drover/internal/realtest"
)

// The history of a real API server.
func TestHistoryOfKubernetes(t *testing.T) {
	for _, store := range someStores() {
		t.Run(store, func(t *testing.T) { history(t, store, steps(24), kubernetesWorld(t, store)) })
	}
}

func kubernetesWorld(t *testing.T, store string) *world {
	k := realtest.Kube(t)
	realtest.Suite(t, "history over Kubernetes, store in "+store, "kube-apiserver "+kubernetesVersion(t, k))
	client, err := k.Client()
	if err != nil {
		t.Fatal(err)
	}
	server := &kubescript.Server{URL: k.URL, Token: k.AdminToken, HTTP: client}
	prefix := "hist" + store[:1]
	script := kubescript.New(prefix)
	t.Cleanup(func() {
		if err := script.Apply(context.Background(), server, script.Clear()); err != nil {
			t.Errorf("clear: %v", err)
		}
	})
	proxy := newFaulty(t, prefix+"-", k.URL, client.Transport, true)
	proxy.op = kubernetesOp
	proxy.refuse = func(status int) (string, string) {
		return "application/json", fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"as the test says","code":%d}`, status)
	}
	t.Setenv("DROVER_TEST_TOKEN", k.AdminToken)
	const host = "kube.hist.example:6443"
	cluster := kubescript.Cluster{Tenant: kubeSystem(t, k), Host: host}
	return &world{
		connector: kubernetes.Connector,
		source: config.Source{ID: "k", Kind: "kubernetes", Options: map[string][]string{
			"server": {proxy.url}, "token": {"${env:DROVER_TEST_TOKEN}"}, "ca_file": {proxy.caFile}, "hosts": {host}, "retry_wait": {"1ms"}, "page_size": {"7"}}},
		parts: kubernetesParts(script),
		apply: func(rng *rand.Rand) error { return script.Apply(t.Context(), server, script.Step(rng)) },
		truth: func() inventory {
			inv := inventory{}
			maps.Copy(inv, script.Nodes(cluster))
			maps.Copy(inv, script.Edges(cluster))
			return inv
		},
		listed: func(s *engine.Snapshot, edges []drover.Edge) inventory {
			return kubernetesListed(t, s, edges, script, prefix)
		},
		meant: func(key string) string { return script.Meant(cluster, key) },
		harm:  proxy.wound,
		mend:  proxy.mend,
	}
}

// kubernetesOp is the path; lists of metadata and of whole objects are two.
func kubernetesOp(r *http.Request, _ []byte) string {
	if strings.Contains(r.Header.Get("Accept"), "PartialObjectMetadata") {
		return r.URL.Path + " metadata"
	}
	return r.URL.Path
}

func kubeSystem(t *testing.T, k *realtest.KubeServer) (uid string) {
	t.Helper()
	var ns struct{ Metadata struct{ UID string } }
	kubernetesGet(t, k, "/api/v1/namespaces/kube-system", &ns)
	return ns.Metadata.UID
}

func kubernetesVersion(t *testing.T, k *realtest.KubeServer) string {
	t.Helper()
	var v struct{ GitVersion string }
	kubernetesGet(t, k, "/version", &v)
	return v.GitVersion
}

func kubernetesGet(t *testing.T, k *realtest.KubeServer, path string, v any) {
	t.Helper()
	status, body := k.Do(t, k.AdminToken, http.MethodGet, path, "")
	if err := json.Unmarshal([]byte(body), v); err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d %v: %s", path, status, err, body)
	}
}

// kubernetesParts: each kind of objects is a section that also speaks of the
// edges from them; members of roles are said by the binding that the edge's part
// names. Users and groups are known from bindings of both kinds.
func kubernetesParts(script *kubescript.World) []part {
	var parts []part
	for kind, section := range map[string]string{
		"namespace": "namespaces", "service_account": "serviceaccounts", "secret": "secrets", "pod": "pods", "deployment": "deployments", "cron_job": "cronjobs",
		"role": "roles", "cluster_role": "clusterroles", "role_binding": "rolebindings", "cluster_role_binding": "clusterrolebindings",
	} {
		parts = append(parts, part{section, []string{section}, func(key string) bool { return kubernetesKind(script, key) == kind }, nil})
	}
	return append(parts, part{"users and groups", []string{"rolebindings", "clusterrolebindings"}, func(key string) bool { return kubernetesKind(script, key) == "" }, kubernetesBound(script)})
}

// kubernetesBound: a section of bindings tells of the users and groups that one of
// its bindings is attached to.
func kubernetesBound(script *kubescript.World) func(world inventory, section, key string) bool {
	return func(world inventory, section, key string) bool {
		who := strings.Fields(key)[0]
		for edge := range world {
			f := strings.Fields(edge)
			if len(f) == 3 && f[1] == "attached" && f[2] == who && strings.ReplaceAll(script.Kind(drover.Ref(f[0]).ID()), "_", "")+"s" == section {
				return true
			}
		}
		return false
	}
}

// kubernetesKind is the kind of objects whose section speaks of a node or an
// edge; "" for users and groups.
func kubernetesKind(script *kubescript.World, key string) string {
	f := strings.Fields(key)
	switch {
	case len(f) == 4 && f[1] == "member_of":
		return script.Kind(f[3])
	case len(f) > 1 && f[1] == "contains":
		return "namespace"
	}
	return script.Kind(drover.Ref(f[0]).ID())
}

// kubernetesListed reads the inventory of the scripted world out of what is known.
func kubernetesListed(t *testing.T, s *engine.Snapshot, edges []drover.Edge, script *kubescript.World, prefix string) inventory {
	t.Helper()
	mine := func(ref drover.Ref) bool {
		return script.Kind(ref.ID()) != "" || strings.HasPrefix(ref.ID(), "name:"+prefix+"-")
	}
	inv := inventory{}
	listedNodes(t, s, func(i int) {
		if !mine(s.Ref(i)) {
			return
		}
		v := string(s.Kind(i)) + " " + s.Name(i)
		if rev, ok := s.Attrs(i).Map()["labels"].(map[string]any); ok {
			v += fmt.Sprintf(" rev=%v", rev["rev"])
		}
		if mount, ok := s.Attrs(i).Bool("automountServiceAccountToken"); ok && s.Type(i) == "kubernetes.service_account" {
			v += fmt.Sprintf(" automount=%t", mount)
		}
		inv[string(s.Ref(i))] = v
	})
	for _, edge := range edges {
		if mine(edge.From) || mine(edge.To) || script.Kind(edge.Part) != "" {
			inv[edgeKey(edge)] = string(edge.Cond)
		}
	}
	return inv
}
