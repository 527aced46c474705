package kubernetes

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/link"
)

func TestContract(t *testing.T) {
	e := startEstate(t)
	for _, mode := range []string{secretsMetadata, secretsDecode, secretsSkip} {
		t.Run(mode, func(t *testing.T) {
			connectortest.Run(t, connectortest.Case{Connector: Connector, Config: e.config("secrets", mode), Canaries: canaries})
		})
	}
}

// What the connector lists is what a foreign program lists, by uid: nothing
// missing, nothing more.
func TestSets(t *testing.T) {
	e := startEstate(t)
	r := connectortest.Collect(t, Connector, e.config())
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	served := e.Kubectl(t, "", "api-resources", "--no-headers", "-o", "name")
	counted := 0
	for _, k := range kinds {
		name := k.resource
		if k.group != "" {
			name += "." + k.group
		}
		if !slices.Contains(strings.Fields(served), name) {
			continue
		}
		want := e.uids(t, k.path(k.version, ""))
		got := []string{}
		for _, n := range r.ByType(system + "." + k.typ) {
			got = append(got, n.Ref.ID())
		}
		if k.typ == "endpoint_slice" {
			continue // read for what they say of services
		}
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -kubectl +drover\n%s", k.resource, d)
		}
		counted += len(got)
	}
	if counted < 150 {
		t.Errorf("only %d objects were compared", counted)
	}
	t.Logf("%d objects of the API server compared by uid", counted)
}

// Every subject of every binding becomes a member of its role, and nobody else
// does: the same subjects and roles as a foreign program prints.
func TestBindings(t *testing.T) {
	e := startEstate(t)
	r := connectortest.Collect(t, Connector, e.config())
	want := []string{}
	for _, resource := range []string{"rolebindings", "clusterrolebindings"} {
		text := e.Kubectl(t, "", "get", resource, "-A", "-o", `go-template={{range .items}}{{$b := .}}{{range .subjects}}{{$b.metadata.uid}} {{if eq .kind "ServiceAccount"}}User system:serviceaccount:{{.namespace}}:{{.name}}{{else}}{{.kind}} {{.name}}{{end}} -> {{$b.roleRef.kind}} {{$b.roleRef.name}} in {{or $b.metadata.namespace "all"}}{{"\n"}}{{end}}{{end}}`)
		want = append(want, strings.Split(strings.Trim(text, "\n"), "\n")...)
	}
	nodes := map[drover.Ref]drover.Node{}
	for _, n := range r.Nodes {
		nodes[n.Ref] = n
	}
	who := func(ref drover.Ref) string {
		n := nodes[ref]
		switch {
		case ref.Unseen(): // of an account that is not there
			f := strings.Split(ref.ID(), "/")
			return "User " + serviceAccountUser(f[1], f[2])
		case n.Type == "kubernetes.service_account":
			return "User " + serviceAccountUser(n.Attrs.Str("namespace"), n.Name)
		case n.Type == "kubernetes.group":
			return "Group " + n.Name
		}
		return "User " + n.Name
	}
	got := []string{}
	for _, edge := range r.Edges {
		binding, ok := nodes[drover.NewRef(system, edge.To.Tenant(), "role_binding", or(edge.Part, "-"))]
		if !ok {
			if binding, ok = nodes[drover.NewRef(system, edge.To.Tenant(), "cluster_role_binding", or(edge.Part, "-"))]; !ok {
				continue
			}
		}
		if edge.Kind != drover.EdgeMemberOf {
			continue
		}
		if ns := edge.Cond.Str("namespace"); ns != binding.Attrs.Str("namespace") {
			t.Errorf("%s holds in %q, its binding is in %q", edge.Key(), ns, binding.Attrs.Str("namespace"))
		}
		role := map[string]string{"kubernetes.role": "Role ", "kubernetes.cluster_role": "ClusterRole "}[nodes[edge.To].Type] + nodes[edge.To].Name
		got = append(got, edge.Part+" "+who(edge.From)+" -> "+role+" in "+or(binding.Attrs.Str("namespace"), "all"))
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" || len(got) < 30 {
		t.Errorf("%d memberships: -kubectl +drover\n%s", len(got), d)
	}
	t.Logf("%d subjects of bindings compared", len(got))
}

// The facts of the estate, one by one.
func TestFacts(t *testing.T) {
	e := startEstate(t)
	r := connectortest.Collect(t, Connector, e.config("secrets", secretsDecode))
	uid := func(kind, ns, name string) string {
		args := []string{"get", kind, name, "-o", "jsonpath={.metadata.uid}"}
		if ns != "" {
			args = append(args, "-n", ns)
		}
		return e.Kubectl(t, "", args...)
	}
	tenant := uid("namespace", "", "kube-system")
	ref := func(typ, kind, ns, name string) drover.Ref {
		return drover.NewRef(system, tenant, typ, uid(kind, ns, name))
	}
	named := func(typ, name string) drover.Ref {
		return drover.NewRef(system, tenant, typ, drover.Named(name))
	}
	checkout := ref("service_account", "serviceaccount", "shop", "checkout")
	sync := ref("service_account", "serviceaccount", "ops", "sync")
	n, _ := r.Node(checkout)
	for _, a := range []string{"k8s:kube.drover.test:6443/shop/checkout", "k8s-user:kube.drover.test:6443/system:serviceaccount:shop:checkout", "oidc:" + e.Issuer + "|system:serviceaccount:shop:checkout", "k8s-uid:" + checkout.ID()} {
		if !slices.Contains(n.Aliases, a) {
			t.Errorf("checkout has no alias %s: %q", a, n.Aliases)
		}
	}
	if auto, known := n.Attrs.Bool("automountServiceAccountToken"); auto || !known || n.Created.IsZero() || n.Attrs.Str("annotations", "db-password") != "[REDACTED]" {
		t.Errorf("checkout: %s, created %s", n.Attrs, n.Created)
	}
	token := drover.NewRef(system, tenant, "service_account_token", uid("secret", "shop", "checkout-token"))
	dsn := func(user string) drover.Ref {
		return drover.UnseenRef("dsn:postgres://orders-db.example.com:5432/" + user)
	}
	for _, want := range []struct {
		from, to drover.Ref
		kind     drover.EdgeKind
		anyFrom  bool
	}{
		{from: checkout, kind: drover.EdgeCanAssume, to: drover.UnseenRef("arn:aws:iam::123456789012:role/checkout")},
		{from: ref("service_account", "serviceaccount", "shop", "reporter"), kind: drover.EdgeCanAssume, to: drover.UnseenRef("email:reporter@proj.iam.gserviceaccount.com")},
		{from: sync, kind: drover.EdgeCanAssume, to: drover.UnseenRef("azure-app:6b29fc40-ca47-1067-b31d-00dd010662da")},
		{from: checkout, kind: drover.EdgeReadsSecret, to: ref("secret", "secret", "shop", "registry")},
		{from: checkout, kind: drover.EdgeMemberOf, to: ref("role", "role", "shop", "reader")},
		{from: checkout, kind: drover.EdgeMemberOf, to: ref("cluster_role", "clusterrole", "", "view")},
		{from: checkout, kind: drover.EdgeMemberOf, to: named("group", "system:serviceaccounts:shop")},
		{from: named("group", "system:serviceaccounts:shop"), kind: drover.EdgeMemberOf, to: named("group", "system:serviceaccounts")},
		{from: named("group", "system:serviceaccounts"), kind: drover.EdgeMemberOf, to: named("group", "system:authenticated")},
		{from: named("group", "system:serviceaccounts:ops"), kind: drover.EdgeMemberOf, to: ref("role", "role", "shop", "reader")},
		{from: named("user", "jane@example.com"), kind: drover.EdgeMemberOf, to: ref("role", "role", "shop", "reader")},
		{from: sync, kind: drover.EdgeMemberOf, to: ref("cluster_role", "clusterrole", "", "view")},
		{from: drover.UnseenRef("k8s:kube.drover.test:6443/shop/ghost"), kind: drover.EdgeMemberOf, to: ref("cluster_role", "clusterrole", "", "view")},
		{from: token, kind: drover.EdgeAuthenticates, to: checkout},
		{from: token, kind: drover.EdgeStoredIn, to: ref("secret", "secret", "shop", "checkout-token")},
		{from: ref("node", "node", "", "worker-1"), kind: drover.EdgeRunsAs, to: named("user", "system:node:worker-1")},
		{from: named("user", "system:node:worker-1"), kind: drover.EdgeMemberOf, to: named("group", "system:nodes")},
		{from: named("user", "system:bootstrap:abcdef"), kind: drover.EdgeMemberOf, to: named("group", "system:bootstrappers:worker")},
		{from: drover.UnseenRef("arn:aws:iam::123456789012:role/deployer"), kind: drover.EdgeCanAssume, to: named("user", "deployer")},
		{from: drover.UnseenRef("arn:aws:iam::123456789012:role/deployer"), kind: drover.EdgeMemberOf, to: named("group", "system:masters")},
		{from: drover.UnseenRef("arn:aws:iam::123456789012:role/nodes"), kind: drover.EdgeCanAssume, to: drover.UnseenRef("k8s-user:kube.drover.test:6443/system:node:*")},
		{from: named("user", "admin"), kind: drover.EdgeCreated, to: ref("certificate_signing_request", "csr", "", "jane")},
		{anyFrom: true, kind: drover.EdgeAuthenticates, to: dsn("shop")},
		{anyFrom: true, kind: drover.EdgeAuthenticates, to: dsn("app")},
		{anyFrom: true, kind: drover.EdgeAuthenticates, to: drover.UnseenRef("aws-key-principal:AKIA2OGYBAH6STMMNXQQ")},
		{anyFrom: true, kind: drover.EdgeAuthenticates, to: drover.UnseenRef("login:registry.example.com/puller")},
	} {
		if !slices.ContainsFunc(r.Edges, func(x drover.Edge) bool {
			return (want.anyFrom || x.From == want.from) && x.To == want.to && x.Kind == want.kind && x.Proof != ""
		}) {
			t.Errorf("no edge %s %s %s", want.from, want.kind, want.to)
		}
	}
	// The user names of sessions are a pattern of the nodes' own users.
	var covered []string
	for _, n := range r.Nodes {
		if slices.ContainsFunc(n.Aliases, func(a string) bool { return link.Match("k8s-user:kube.drover.test:6443/system:node:*", a) }) {
			covered = append(covered, n.Name)
		}
	}
	want := strings.Fields(e.Kubectl(t, "", "get", "nodes", "-o", `jsonpath={range .items[*]}system:node:{.metadata.name} {end}`))
	slices.Sort(covered)
	slices.Sort(want)
	if d := cmp.Diff(want, slices.Compact(covered)); d != "" || len(want) == 0 {
		t.Errorf("users of nodes: -kubectl +pattern\n%s", d)
	}
	used := slices.IndexFunc(r.Evidence, func(v drover.Evidence) bool {
		return v.Subject == token && v.Claim == drover.ClaimLastUsed && v.At.Format("2006-01-02") == "2026-05-04" && v.Granularity.Hours() == 24
	})
	if used < 0 {
		t.Errorf("no last use of the legacy token to the day: %v", r.Evidence)
	}
	role, _ := r.Node(ref("role", "role", "shop", "reader"))
	if !slices.ContainsFunc(r.Documents, func(d drover.Document) bool {
		return d.Hash == role.Attrs.Str("document") && d.Language == "k8s-rbac" && strings.Contains(d.Body, `"configmaps"`)
	}) {
		t.Errorf("role reader has no document: %s", role.Attrs)
	}
}
