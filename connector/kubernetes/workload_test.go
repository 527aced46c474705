package kubernetes

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// runsCanaries are the secret values in testdata/workloads.yaml.
var runsCanaries = []string{"CANARY-runs-Hq72nVx1", "CANARY-zalando-Wm35kTy8", "CANARYarg4Kz8Rw1Yp6Nv3Xb", "CANARY-url-Tx83mQp2", "CANARY-ware-Lk29vBn7",
	"CANARYawsrunsXk38dLq92Vb7TzMn41WpRc6Yh5E", "CANARYrepo7Qm2"}

var running struct {
	sync.Mutex
	on map[*realtest.KubeServer]bool
}

// startRuns adds testdata/workloads.yaml to the estate, and what controllers
// would make of it: a ReplicaSet, its pod, a pod of a controller that nobody
// knows, and the mirror of a static pod.
func startRuns(t *testing.T) *estate {
	t.Helper()
	e := startEstate(t)
	running.Lock()
	defer running.Unlock()
	if running.on[e.KubeServer] {
		return e
	}
	for _, name := range []string{"crds", "workloads"} {
		text, err := os.ReadFile("testdata/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		e.Kubectl(t, string(text), "apply", "-f", "-")
		if name == "crds" {
			e.Kubectl(t, "", "wait", "--for=condition=Established", "--timeout=180s", "crd", "--all")
			for _, api := range strings.Fields(e.Kubectl(t, "", "get", "crd", "-o", `jsonpath={range .items[*]}{.spec.group}/{.spec.versions[0].name}{"\n"}{end}`)) {
				group, version, _ := strings.Cut(api, "/")
				e.AwaitKinds(t, group, version)
			}
		}
	}
	deployment := e.uid(t, "deployment", "runs", "web")
	e.Kubectl(t, owned("apps/v1", "ReplicaSet", "web-7d9f", "apps/v1", "Deployment", "web", deployment, "app: web",
		"selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {serviceAccountName: web, containers: [{name: app, image: x}]}}"), "create", "-f", "-")
	set := e.uid(t, "replicaset", "runs", "web-7d9f")
	pod := "serviceAccountName: web\n  containers: [{name: app, image: x}]"
	e.Kubectl(t, owned("v1", "Pod", "web-7d9f-abcde", "apps/v1", "ReplicaSet", "web-7d9f", set, "app: web", pod), "create", "-f", "-")
	for _, name := range []string{"kafka-0", "kafka-1"} {
		e.Kubectl(t, owned("v1", "Pod", name, "core.strimzi.io/v1beta2", "StrimziPodSet", "kafka", "11111111-2222-3333-4444-555555555555", "app: kafka", pod), "create", "-f", "-")
	}
	running.on = map[*realtest.KubeServer]bool{e.KubeServer: true}
	return e
}

func owned(api, kind, name, ownerAPI, ownerKind, owner, uid, labels, spec string) string {
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n  namespace: runs\n  labels: {%s}\n  ownerReferences: [{apiVersion: %s, kind: %s, name: %s, uid: %s, controller: true}]\nspec:\n  %s\n",
		api, kind, name, labels, ownerAPI, ownerKind, owner, uid, spec)
}

func (e *estate) uid(t *testing.T, kind, ns, name string) string {
	t.Helper()
	args := []string{"get", kind, name, "-o", "jsonpath={.metadata.uid}"}
	if ns != "" {
		args = append(args, "-n", ns)
	}
	return e.Kubectl(t, "", args...)
}

// The contract holds with workloads and custom resources, however secrets are read.
func TestWorkloadContract(t *testing.T) {
	e := startRuns(t)
	connectortest.Run(t, connectortest.Case{Connector: Connector, Config: e.config("secrets", secretsDecode), Canaries: append(runsCanaries, canaries...)})
}

// What runs, seen by a foreign program one object at a time, is what the
// connector lists, by uid.
func TestWorkloadSets(t *testing.T) {
	e := startRuns(t)
	r := connectortest.Collect(t, Connector, e.config())
	n := 0
	for typ, path := range map[string]string{
		"pod": "/api/v1/pods", "deployment": "/apis/apps/v1/deployments", "replica_set": "/apis/apps/v1/replicasets", "stateful_set": "/apis/apps/v1/statefulsets", "daemon_set": "/apis/apps/v1/daemonsets",
		"cron_job": "/apis/batch/v1/cronjobs", "service": "/api/v1/services", "authorization_policy": "/apis/security.istio.io/v1/authorizationpolicies",
		"peer_authentication": "/apis/security.istio.io/v1/peerauthentications", "certificate": "/apis/cert-manager.io/v1/certificates", "cluster_issuer": "/apis/cert-manager.io/v1/clusterissuers",
		"argocd_application": "/apis/argoproj.io/v1alpha1/applications", "external_secret": "/apis/external-secrets.io/v1/externalsecrets", "secret_store": "/apis/external-secrets.io/v1/secretstores",
		"validating_webhook_configuration": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
	} {
		var got []string
		for _, x := range r.ByType("kubernetes." + typ) {
			got = append(got, x.Ref.ID())
		}
		want := e.uids(t, path)
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
			t.Errorf("%s: -kubectl +drover\n%s", typ, d)
		}
		n += len(got)
	}
	t.Logf("%d objects compared by uid", n)
}

// ends names the nodes of the estate for the table of facts.
type ends struct {
	t      *testing.T
	result *connectortest.Result
}

// ref finds a node by the last word of its type and its name.
func (e ends) ref(typ, name string) drover.Ref {
	e.t.Helper()
	for _, n := range e.result.ByType(system + "." + typ) {
		if n.Name == name && (n.Attrs.Str("namespace") == "runs" || n.Attrs.Str("namespace") == "" || typ == "argocd_application") {
			return n.Ref
		}
	}
	e.t.Errorf("no %s %s", typ, name)
	return ""
}

func TestWorkloadFacts(t *testing.T) {
	e := startRuns(t)
	r := connectortest.Collect(t, Connector, e.config("secrets", secretsDecode))
	workloadFacts(t, r, "kube.drover.test:6443")
	at := ends{t: t, result: r}
	// What controllers made is counted under the first of them.
	web := at.ref("deployment", "web")
	for typ, name := range map[string]string{"replica_set": "web-7d9f", "pod": "web-7d9f-abcde"} {
		if n, _ := r.Node(at.ref(typ, name)); n.Template != web {
			t.Errorf("%s %s is counted under %q; want the Deployment", typ, name, n.Template)
		}
	}
	set := at.ref("strimzi_pod_set", "kafka")
	for _, name := range []string{"kafka-0", "kafka-1"} {
		if n, _ := r.Node(at.ref("pod", name)); n.Template != set {
			t.Errorf("pod %s is counted under %q", name, n.Template)
		}
	}
	if !hasEdge(r, set, drover.EdgeRunsAs, at.ref("service_account", "web")) {
		t.Error("the unknown controller runs as nobody")
	}
	// The secret's name alone says the role, without its value.
	meta := connectortest.Collect(t, Connector, e.config())
	billing := at.ref("secret", "billing-user.acid-main.credentials.postgresql.acid.zalan.do")
	if !hasEdge(meta, billing, drover.EdgeAuthenticates, drover.UnseenRef("dsn:postgres://acid-main.runs.svc:5432/billing-user")) {
		t.Error("the name of the operator's Secret says no role")
	}
}

func hasEdge(r *connectortest.Result, from drover.Ref, kind drover.EdgeKind, to drover.Ref) bool {
	return slices.ContainsFunc(r.Edges, func(x drover.Edge) bool { return x.From == from && x.Kind == kind && x.To == to && x.Proof != "" })
}

// workloadFacts checks what testdata/workloads.yaml says, one by one, live or
// from files.
func workloadFacts(t *testing.T, r *connectortest.Result, host string) {
	t.Helper()
	at := ends{t: t, result: r}
	web, sa := at.ref("deployment", "web"), at.ref("service_account", "web")
	unseen := drover.UnseenRef
	object := func(typ, name string) drover.Ref {
		return unseen("kubernetes-object:" + host + "/" + typ + "/" + name)
	}
	for _, want := range []struct {
		from drover.Ref
		kind drover.EdgeKind
		to   drover.Ref
	}{
		{web, drover.EdgeRunsAs, sa},
		{at.ref("cron_job", "backup"), drover.EdgeRunsAs, at.ref("service_account", "default")},
		{at.ref("pod", "debug"), drover.EdgeRunsAs, sa},
		{at.ref("daemon_set", "agent"), drover.EdgeRunsAs, sa},
		{at.ref("stateful_set", "cache"), drover.EdgeRunsAs, at.ref("service_account", "default")},
		{web, drover.EdgeReadsSecret, at.ref("secret", "web-db")},
		{web, drover.EdgeReadsSecret, object("secret", "runs/web-env")},
		{web, drover.EdgeReadsSecret, object("secret", "runs/web-tls")},
		{web, drover.EdgeReadsSecret, object("secret", "runs/web-extra")},
		{web, drover.EdgeReadsSecret, object("secret", "runs/pull")},
		{web, drover.EdgeReadsSecret, unseen("kubernetes-vault-secret:-/database/creds/web")},
		{sa, drover.EdgeCanAssume, unseen("kubernetes-vault-role:-/auth/kubernetes/web")},
		{sa, drover.EdgeCanAssume, unseen("arn:aws:iam::123456789012:role/web")},
		{at.ref("secret", "web-db"), drover.EdgeAuthenticates, unseen("dsn:postgres://10.9.8.7:5432/web")},
		{at.ref("helm_release", "shop"), drover.EdgeCreated, web},
		{at.ref("helm_release", "shop"), drover.EdgeCreated, sa},
		{web, drover.EdgeTrusts, unseen("spiffe://mesh.example/ns/shop/sa/checkout")},
		{web, drover.EdgeTrusts, unseen("spiffe://*/ns/ops/sa/*")},
		{web, drover.EdgeTrusts, unseen("oidc:https://issuer.example.com|job")},
		{at.ref("authorization_policy", "web"), drover.EdgeAttached, web},
		{at.ref("peer_authentication", "strict"), drover.EdgeAttached, at.ref("namespace", "runs")},
		{at.ref("certificate", "web"), drover.EdgeIssuedBy, at.ref("cluster_issuer", "letsencrypt")},
		{at.ref("certificate", "web"), drover.EdgeAuthenticates, unseen("spiffe://mesh.example/ns/runs/sa/web")},
		{at.ref("cluster_issuer", "letsencrypt"), drover.EdgeReadsSecret, object("secret", "cert-manager/acme-account")},
		{at.ref("cluster_issuer", "letsencrypt"), drover.EdgeCanAssume, unseen("arn:aws:iam::123456789012:role/dns")},
		{unseen("email:ops@example.com"), drover.EdgeOwns, at.ref("cluster_issuer", "letsencrypt")},
		{unseen("email:jane@example.com"), drover.EdgeCreated, at.ref("namespace", "runs")},
		{unseen("email:ops@example.com"), drover.EdgeOwns, sa},
		{unseen("github:acme/web"), drover.EdgeCreated, sa},
		{unseen("login:github.com/acme/web-team"), drover.EdgeOwns, web},
		{unseen("github:acme/deploy"), drover.EdgeCreated, at.ref("argocd_application", "shop")},
		{unseen("arn:aws:iam::123456789012:role/reader"), drover.EdgeReadsSecret, unseen("arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/web-??????")},
		{sa, drover.EdgeCanAssume, unseen("arn:aws:iam::123456789012:role/reader")},
		{at.ref("external_secret", "web-env"), drover.EdgeCreated, object("secret", "runs/web-env")},
		{at.ref("validating_webhook_configuration", "checks"), drover.EdgeTrusts, at.ref("service", "warehouse")},
	} {
		if !hasEdge(r, want.from, want.kind, want.to) {
			t.Errorf("no edge %s %s %s", want.from, want.kind, want.to)
		}
	}
	opened := map[drover.Ref]bool{}
	for _, x := range r.Edges {
		if x.Kind == drover.EdgeAuthenticates {
			opened[x.To] = true
		}
	}
	for _, alias := range []string{"dsn:postgres://oracle.example.com:5432/web", "dsn:postgres://10.9.8.7:5432/reader", "aws-key-principal:AKIA2OGYBAH63ZTVW2QA"} {
		if !opened[unseen(alias)] {
			t.Errorf("nothing authenticates %s", alias)
		}
	}
	n, _ := r.Node(sa)
	if !slices.Contains(n.Aliases, "spiffe://mesh.example/ns/runs/sa/web") {
		t.Errorf("the account has no SPIFFE id: %q", n.Aliases)
	}
	d, _ := r.Node(web)
	containers, _ := d.Attrs.Get("initContainers").([]any)
	text := fmt.Sprint(containers)
	if len(containers) != 1 || !strings.Contains(text, "privileged:true") || !strings.Contains(text, "[NET_ADMIN SYS_ADMIN]") || !strings.Contains(text, "tag:1.2") {
		t.Errorf("init containers: %s", text)
	}
	if on, _ := d.Attrs.Bool("hostNetwork"); !on || d.Attrs.Str("azure.workload.identity/use") != "true" || d.Attrs.Str("serviceAccountName") != "web" {
		t.Errorf("deployment: %s", d.Attrs)
	}
	volumes := fmt.Sprint(d.Attrs.Get("volumes"))
	for _, s := range []string{"path:/var/log", "audience:vault.example.com", "expirationSeconds:3600", "web-tls"} {
		if !strings.Contains(volumes, s) {
			t.Errorf("volumes have no %s: %s", s, volumes)
		}
	}
	if strings.Contains(volumes, "scratch") {
		t.Errorf("an empty volume is kept: %s", volumes)
	}
}
