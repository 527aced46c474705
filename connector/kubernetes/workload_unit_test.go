package kubernetes

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// emitManaged emits objects and who made them; the records are checked.
func emitManaged(t testing.TB, c *cluster, list []kept) {
	t.Helper()
	emitOne(t, func(out *connector.Out) {
		for _, x := range list {
			x.k.emit(c, x.o, out)
			c.managed(x.k.typ, x.o, out)
		}
	})
}

func TestHosts(t *testing.T) {
	s := services{
		external: map[[2]string]string{{"n", "out"}: "db.example.com", {"n", "chain"}: "hop.m.svc.cluster.local", {"m", "hop"}: "far.example.com", {"n", "loop"}: "loop.n.svc"},
		manual:   map[[2]string]bool{{"n", "vm"}: true, {"n", "two"}: true},
		address:  map[[2]string]string{{"n", "vm"}: "10.0.0.9", {"n", "two"}: "10.0.0.1", {"n", "pods"}: "10.1.1.1"},
		several:  map[[2]string]bool{{"n", "two"}: true},
	}
	known := func(ns, name string) bool { return ns == "n" && name == "db" }
	for host, want := range map[string]string{
		"out": "db.example.com", "OUT.n.svc": "db.example.com", "chain": "far.example.com", "loop": "loop.n.svc", "vm": "10.0.0.9", "vm.n.svc.cluster.local": "10.0.0.9", "two": "two.n.svc", "pods": "pods.n.svc",
		"db": "db.n.svc", "db.n": "db.n.svc", "db.n.svc": "db.n.svc", "db.n.svc.cluster.local.": "db.n.svc", "pg-0.pg.n.svc.cluster.local": "pg.n.svc", "example.com": "example.com", "db.example.com": "db.example.com",
		"10.2.3.4": "10.2.3.4", "::1": "::1", "localhost": "localhost", "": "", "/var/run/pg": "/var/run/pg", "a..b": "a..b",
	} {
		if got := s.host("n", host, known); got != want {
			t.Errorf("host %q is %q; want %q", host, got, want)
		}
	}
}

// What a host stands for stands for itself, and no host makes it panic.
func TestHostsSettle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "svc", "cluster", "local", "10", "", "A."})
		host := strings.Join(rapid.SliceOfN(word, 1, 6).Draw(t, "host"), ".")
		s := services{external: map[[2]string]string{{"a", "b"}: rapid.SampledFrom([]string{"x.example.com", "b", "a.b.svc"}).Draw(t, "to")}}
		known := func(string, string) bool { return true }
		once := s.host("a", host, known)
		if again := s.host("a", once, known); again != once && len(strings.Split(once, ".")) > 2 && strings.HasSuffix(once, ".svc") {
			t.Errorf("%q is %q, which is %q", host, once, again)
		}
	})
}

func TestDatabaseRole(t *testing.T) {
	for name, c := range map[string]struct {
		meta meta
		want string
	}{
		"zalando":        {meta{Name: "foo-user.acid-minimal.credentials.postgresql.acid.zalan.do"}, "acid-minimal/foo-user"},
		"zalando, odd":   {meta{Name: "ns.user.cluster.credentials.postgresql.acid.zalan.do"}, ""},
		"cnpg app":       {meta{Name: "main-app", Labels: map[string]string{cnpgCluster: "main"}}, "main-rw/app"},
		"cnpg superuser": {meta{Name: "main-superuser", Labels: map[string]string{cnpgCluster: "main"}}, "main-rw/postgres"},
		"cnpg ca":        {meta{Name: "main-ca", Labels: map[string]string{cnpgCluster: "main"}}, ""},
		"crunchy":        {meta{Name: "hippo-pguser-rhino", Labels: map[string]string{crunchyOwner: "hippo", crunchyUser: "rhino"}}, "hippo-primary/rhino"},
		"another":        {meta{Name: "main-app"}, ""},
	} {
		service, user, _, ok := databaseRole(&c.meta)
		got := ""
		if ok {
			got = service + "/" + user
		}
		if got != c.want {
			t.Errorf("%s: got %q; want %q", name, got, c.want)
		}
	}
}

func TestRepository(t *testing.T) {
	for url, want := range map[string]string{
		"https://github.com/Acme/Deploy.git": "github.com/acme/deploy", "git@gitlab.com:Group/sub/p.git": "gitlab.com/group/sub/p", "ssh://git@git.example.com:2222/Team/App": "git.example.com/Team/App",
		"https://user:pa@ss@git.example.com/a/b": "git.example.com/a/b", "file:///srv/git": "", "{{ .url }}": "", "": "", "https://charts.example.com": "", "C:\\x": "",
	} {
		if got := repository(url); got != want {
			t.Errorf("%q is %q; want %q", url, got, want)
		}
	}
}

func TestSnake(t *testing.T) {
	for kind, want := range map[string]string{"ReplicaSet": "replica_set", "StrimziPodSet": "strimzi_pod_set", "CSIDriver": "csi_driver", "Job": "job", "": "workload", "\x00/é": "workload", "A1B": "a1b"} {
		if got := snake(kind); got != want {
			t.Errorf("%q is %q; want %q", kind, got, want)
		}
	}
}

func TestSecretUses(t *testing.T) {
	var spec any
	if err := json.Unmarshal([]byte(`{"acme": {"privateKeySecretRef": {"name": "acme"}, "solvers": [{"dns01": {"cloudflare": {"apiTokenSecretRef": {"name": "cf", "key": "token"}}}}]},
		"ca": {"secretName": "ca"}, "tpp": {"credentialsRef": {"name": "tpp"}}, "auth": {"secretRef": {"accessKeyIDSecretRef": {"name": "aws", "key": "id", "namespace": "other"}}},
		"configMapRef": {"name": "no"}, "issuerRef": {"name": "no"}, "serviceAccountRef": {"name": "no"}}`), &spec); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range secretUses(spec) {
		got = append(got, u.path+" "+join(u.ns, u.name)+" "+u.key)
	}
	want := []string{"acme.privateKeySecretRef acme ", "acme.solvers[0].dns01.cloudflare.apiTokenSecretRef cf token", "auth.secretRef.accessKeyIDSecretRef other/aws id", "ca.secretName ca ", "tpp.credentialsRef tpp "}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestSpiffe(t *testing.T) {
	c := &cluster{trustDomain: "mesh.example"}
	for template, want := range map[string]string{
		"spiffe://{{ .TrustDomain }}/ns/{{ .PodMeta.Namespace }}/sa/{{ .PodSpec.ServiceAccountName }}": "spiffe://mesh.example/ns/*/sa/*",
		"spiffe://other/static": "spiffe://other/static", "https://x": "", "spiffe://x/{{ unclosed": "",
	} {
		if got := c.spiffePattern(template); got != want {
			t.Errorf("%q is %q; want %q", template, got, want)
		}
	}
	for principal, want := range map[string]drover.Ref{"cluster.local/ns/a/sa/b": drover.UnseenRef("spiffe://mesh.example/ns/a/sa/b"), "other/ns/a/sa/b": drover.UnseenRef("spiffe://other/ns/a/sa/b"), "*": drover.UnseenRef("spiffe://*")} {
		if got := c.spiffe(principal); got != want {
			t.Errorf("%q is %s; want %s", principal, got, want)
		}
	}
	c.index = index{}
	if got := c.linkerdEnd("web.shop.serviceaccount.identity.linkerd.cluster.local"); got != drover.UnseenRef("k8s:-/shop/web") {
		t.Errorf("a Linkerd identity is %s", got)
	}
}

func TestExpand(t *testing.T) {
	known := map[string]string{"A": "x", "B": "$(A)"}
	for v, want := range map[string]string{"$(A)/$(C)": "x/$(C)", "plain": "plain", "$(B)": "$(A)", "$(": "$("} {
		if got := expand(v, known); got != want {
			t.Errorf("%q is %q; want %q", v, got, want)
		}
	}
	if !unbound("postgres://$(USER):x@db/x") || unbound("postgres://u:$(PW)@db/x") || unbound("echo $(x)") {
		t.Error("which connection strings are bound")
	}
}

func TestMeshDomain(t *testing.T) {
	for text, want := range map[string]string{"trustDomain: Td.Example\n": "td.example", "x: 1": "", "": "", "trustDomain: a/b": "", "\t": ""} {
		if got := meshDomain(map[string]string{"mesh": text}); got != want {
			t.Errorf("%q: %q; want %q", text, got, want)
		}
	}
}

// Pod templates of any content give valid records, whatever runs them.
func FuzzPodSpec(f *testing.F) {
	for _, s := range []string{
		`{"serviceAccount":"x","containers":[{"name":"c","image":"a/b:c@sha256:d","env":[{"name":"A","value":1},{"name":"PGPASSWORD","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},{"name":"PGUSER","value":"u"},{"name":"PGHOST","value":"h:1"}],"securityContext":{"capabilities":{"add":["CAP_X"]},"runAsUser":"5"}}]}`,
		`{"volumes":[{"name":"v","projected":{"sources":[{"serviceAccountToken":{"audience":"a","expirationSeconds":1}}]}},{"csi":{"driver":"secrets-store.csi.k8s.io","volumeAttributes":{"secretProviderClass":"x"}}}]}`,
		`{"containers":[{"args":["--password=x","--token","$(A)","-"],"command":[null,{}]}],"hostPID":"yes"}`,
	} {
		f.Add([]byte(s), []byte(`{"labels":{"azure.workload.identity/use":"true"},"annotations":{"vault.hashicorp.com/agent-inject":"true","vault.hashicorp.com/role":"r","iam.amazonaws.com/role":"arn:x"}}`))
	}
	f.Fuzz(func(t *testing.T, spec, meta []byte) {
		if !json.Valid(spec) || !json.Valid(meta) {
			return
		}
		pod := `{"metadata":{"name":"p","namespace":"n"},"spec":` + string(spec) + `}`
		deployment := `{"metadata":{"name":"d","namespace":"n"},"spec":{"template":{"metadata":` + string(meta) + `,"spec":` + string(spec) + `}}}`
		c := &cluster{tenant: "t", index: index{}, prints: drover.NewFingerprinter([]byte("k"))}
		c.resolve = c.resolveHost
		var list []kept
		for raw, name := range map[string]string{pod: "Pod", deployment: "Deployment"} {
			o, err := parseObject([]byte(raw), "fuzz")
			if err != nil {
				continue
			}
			o.Kind = name
			k := kinds[slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })]
			list = append(list, kept{k, o})
		}
		emitManaged(t, c, list)
	})
}
