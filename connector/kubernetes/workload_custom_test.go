package kubernetes

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// What the kinds of operators say, one by one.
func TestCustomKinds(t *testing.T) {
	r := connectortest.Collect(t, Connector, map[string][]string{"path": {"testdata/custom.yaml"}, "cluster": {"lab"}, "trust_domain": {"mesh.example"}})
	if r.Err != nil || r.Status() != drover.StatusOK {
		t.Fatalf("%v %+v", r.Err, r.Sections)
	}
	text, err := json.Marshal([]any{r.Nodes, r.Edges, r.Documents, r.Sections})
	if err != nil {
		t.Fatal(err)
	}
	connectortest.NoCanary(t, string(text), []string{"CANARYvalues7Kq2Wn9xLp", "CANARY-vals-Qd81kWz3", "CANARYheader5Tz8Yb3Vm1Rn6"})
	n := func(typ, name string) drover.Ref {
		return drover.NewRef(system, "lab", typ, drover.Named(name))
	}
	unseen := drover.UnseenRef
	object := func(typ, name string) drover.Ref { return unseen("kubernetes-object:lab/" + typ + "/" + name) }
	bot, tasks := n("service_account", "c/bot"), n("tekton_task", "c/build")
	for _, want := range []struct {
		from drover.Ref
		kind drover.EdgeKind
		to   drover.Ref
	}{
		{n("rollout", "c/front"), drover.EdgeRunsAs, bot},
		{n("knative_service", "c/fn"), drover.EdgeRunsAs, bot},
		{n("cron_workflow", "c/etl"), drover.EdgeRunsAs, bot},
		{n("cron_workflow", "c/etl"), drover.EdgeRunsAs, unseen("k8s:lab/c/other")},
		{n("cron_workflow", "c/etl"), drover.EdgeReadsSecret, object("secret", "c/etl-token")},
		{tasks, drover.EdgeRunsAs, bot},
		{tasks, drover.EdgeReadsSecret, object("secret", "c/docker")},
		{n("autoscaling_runner_set", "c/runners"), drover.EdgeRunsAs, bot},
		{bot, drover.EdgeCanAssume, unseen("kubernetes-vault-role:vault.example.com/auth/k8s-prod/issuer")},
		{n("issuer", "c/vault"), drover.EdgeCanAssume, unseen("vault-role-id:11111111-2222-3333-4444-555555555555")},
		{n("issuer", "c/vault"), drover.EdgeReadsSecret, object("secret", "c/approle")},
		{bot, drover.EdgeCanAssume, unseen("kubernetes-vault-role:vault.example.com/auth/kubernetes/eso")},
		{bot, drover.EdgeReadsSecret, unseen("kubernetes-vault-secret:vault.example.com/kv/app/prod")},
		{n("external_secret", "c/app"), drover.EdgeCreated, object("secret", "c/app-secret")},
		{n("sealed_secret", "c/sealed"), drover.EdgeCreated, object("secret", "c/sealed")},
		{n("secret_provider_class", "c/aws"), drover.EdgeReadsSecret, unseen("arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf")},
		{unseen("git:git.example.com/Infra/cluster"), drover.EdgeCreated, n("flux_git_repository", "flux-system/infra")},
		{n("flux_git_repository", "flux-system/infra"), drover.EdgeReadsSecret, object("secret", "flux-system/deploy-key")},
		{n("flux_git_repository", "flux-system/infra"), drover.EdgeCreated, n("flux_kustomization", "flux-system/apps")},
		{n("flux_kustomization", "flux-system/apps"), drover.EdgeRunsAs, unseen("k8s:lab/flux-system/applier")},
		{n("flux_kustomization", "flux-system/apps"), drover.EdgeReadsSecret, object("secret", "flux-system/sops")},
		{object("flux_kustomization", "flux-system/apps"), drover.EdgeCreated, n("flux_helm_release", "flux-system/shop")},
		{n("flux_helm_release", "flux-system/shop"), drover.EdgeReadsSecret, object("secret", "flux-system/values")},
		{n("mesh_tls_authentication", "c/callers"), drover.EdgeTrusts, unseen("k8s:lab/shop/web")},
		{n("mesh_tls_authentication", "c/callers"), drover.EdgeTrusts, bot},
		{n("linkerd_authorization_policy", "c/callers"), drover.EdgeTrusts, n("mesh_tls_authentication", "c/callers")},
		{n("cluster_spiffe_id", "all"), drover.EdgeAttached, unseen("spiffe://mesh.example/ns/*/sa/*")},
		{object("namespace", "c"), drover.EdgeTrusts, unseen("kubernetes-any:*")},
	} {
		if !hasEdge(r, want.from, want.kind, want.to) {
			t.Errorf("no edge %s %s %s", want.from, want.kind, want.to)
		}
	}
	for ref, template := range map[drover.Ref]drover.Ref{
		n("workflow", "c/etl-123"): n("cron_workflow", "c/etl"), n("pod", "c/etl-123-pod"): n("cron_workflow", "c/etl"), n("pod", "c/build-run-pod"): tasks, n("pod", "c/runner-xyz"): n("autoscaling_runner_set", "c/runners"),
	} {
		if x, ok := r.Node(ref); !ok || x.Template != template {
			t.Errorf("%s is counted under %q; want %s", ref, x.Template, template)
		}
	}
	stored := 0
	for _, x := range r.Edges {
		if x.Kind == drover.EdgeStoredIn && x.To == n("flux_helm_release", "flux-system/shop") {
			stored++
		}
	}
	if stored != 2 {
		t.Errorf("%d secrets are found in the release's values; want 2", stored)
	}
	cluster := r.ByType("kubernetes.cluster")[0].Ref
	if !hasEdge(r, cluster, drover.EdgeTrusts, unseen("oidc:https://issuer.example.com|*")) {
		t.Error("a policy of the root namespace is not the mesh's")
	}
	for _, x := range r.Edges {
		if x.Kind == drover.EdgeTrusts && strings.Contains(string(x.To), "ns%2Fx%2Fsa%2Fy") {
			t.Errorf("what is denied is trusted: %s", x.Key())
		}
	}
	vm, _ := r.Node(n("cluster_static_entry", "vm"))
	if !slices.Contains(vm.Aliases, "spiffe://mesh.example/vm") || vm.Kind != drover.KindIdentity {
		t.Errorf("the static entry is %s %q", vm.Kind, vm.Aliases)
	}
	if a, _ := r.Node(bot); !slices.Contains(a.Aliases, "spiffe://mesh.example/ns/c/sa/bot") {
		t.Errorf("the account has no SPIFFE id: %q", a.Aliases)
	}
}

// A source that is asked for less says that it is, in the key that absence
// speaks of.
func TestManifestNarrowed(t *testing.T) {
	read := func(more ...string) *connectortest.Result {
		c := map[string][]string{"path": {"testdata/workloads.yaml"}}
		for i := 0; i < len(more); i += 2 {
			c[more[i]] = []string{more[i+1]}
		}
		return connectortest.Collect(t, Connector, c)
	}
	all, one, bare := read(), read("namespaces", "istio-system"), read("secrets", "skip")
	if len(one.ByType("kubernetes.deployment")) != 0 || len(one.ByType("kubernetes.namespace")) == 0 {
		t.Error("namespaces are not kept apart")
	}
	if len(bare.ByType("kubernetes.secret")) != 0 || len(bare.ByType("kubernetes.deployment")) != 1 {
		t.Error("secrets are not skipped")
	}
	keys := []string{all.Sections[0].Coverage, one.Sections[0].Coverage, bare.Sections[0].Coverage}
	slices.Sort(keys)
	if len(slices.Compact(keys)) != 3 {
		t.Errorf("coverage keys are the same: %q", keys)
	}
}
