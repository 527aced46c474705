package kubernetes

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

func TestManifestContract(t *testing.T) {
	connectortest.Run(t, connectortest.Case{Connector: Connector, Config: map[string][]string{"path": {"testdata/manifests", "testdata/workloads.yaml"}},
		Canaries: append([]string{"CANARY-map-Yw62tRk9"}, runsCanaries...)})
}

// The same objects say the same from a file as from the API server.
func TestManifestFacts(t *testing.T) {
	r := connectortest.Collect(t, Connector, map[string][]string{"path": {"testdata/workloads.yaml"}, "hosts": {"https://Kube.drover.test:6443/"}})
	if r.Err != nil || r.Status() != drover.StatusOK {
		t.Fatalf("%v %+v", r.Err, r.Sections)
	}
	workloadFacts(t, r, "kube.drover.test:6443")
	at := ends{t: t, result: r}
	n, _ := r.Node(at.ref("deployment", "web"))
	if n.Ref.ID() != "name:runs/web" || !strings.HasPrefix(n.Ref.Tenant(), unnamedPrefix) || n.Attrs.Str("manifest") == "" {
		t.Errorf("deployment %s: %s", n.Ref, n.Attrs)
	}
}

// objects lists what a folder gives, by the last word of the type and the id.
func objects(r *connectortest.Result) []string {
	var out []string
	for _, n := range r.Nodes {
		if n.Ref.System() == system && n.Type != "kubernetes.group" && n.Type != "kubernetes.user" && n.Type != "kubernetes.cluster" {
			out = append(out, strings.TrimPrefix(n.Type, system+".")+" "+n.Ref.ID())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestManifestFolder(t *testing.T) {
	r := connectortest.Collect(t, Connector, map[string][]string{"path": {"testdata/manifests"}})
	want := []string{
		"cluster_role name:chart-role", "cluster_role name:fancy.v1.2.3-fancy-manager", "cluster_role_binding name:fancy.v1.2.3-fancy-manager", "cluster_service_version name:operators/fancy.v1.2.3",
		"config_map name:ops/settings", "cron_job 6c8b3a1e-2f4d-4b9c-9e5a-0d7f4b3c9a82", "deployment name:operators/fancy-controller", "deployment name:shop/app",
		"job 7d9c4b2f-3a5e-4c0d-8f6b-1e8a5c4d0b93", "namespace 4a6f1e9c-0d2b-4f7a-9c3e-8b5d2f1a7e60", "pod 8e0d5c3a-4b6f-4d1e-9a7c-2f9b6d5e1ca4", "pod 9f1e6d4b-5c7a-4e2f-8b8d-3a0c7e6f2db5",
		"role name:operators/fancy.v1.2.3-fancy-manager", "role_binding name:operators/fancy.v1.2.3-fancy-manager",
		"service_account 5b7a2f0d-1e3c-4a8b-8d4f-9c6e3a2b8f71", "service_account name:operators/fancy-manager", "service_account name:ops/second", "service_account name:ops/windows", "service_account name:shop/app",
	}
	if d := cmp.Diff(want, objects(r)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	for _, n := range r.Nodes {
		if n.Ref.System() == system && n.Ref.Tenant() != "4a6f1e9c-0d2b-4f7a-9c3e-8b5d2f1a7e60" {
			t.Errorf("%s is not of the cluster that the dump is of", n.Ref)
		}
	}
	tenant := "4a6f1e9c-0d2b-4f7a-9c3e-8b5d2f1a7e60"
	cron := drover.NewRef(system, tenant, "cron_job", "6c8b3a1e-2f4d-4b9c-9e5a-0d7f4b3c9a82")
	for _, typ := range []string{"kubernetes.job", "kubernetes.pod"} {
		n := r.ByType(typ)[0]
		if n.Template != cron {
			t.Errorf("%s is counted under %q; want the CronJob", n.Ref, n.Template)
		}
	}
	named := func(typ, name string) drover.Ref {
		return drover.NewRef(system, tenant, typ, drover.Named(name))
	}
	if !hasEdge(r, named("deployment", "shop/app"), drover.EdgeRunsAs, named("service_account", "shop/app")) {
		t.Error("the patch is taken for the deployment, or the overlay's namespace is lost")
	}
	if !hasEdge(r, named("service_account", "operators/fancy-manager"), drover.EdgeMemberOf, named("cluster_role", "fancy.v1.2.3-fancy-manager")) {
		t.Error("the operator's account is no member of its role")
	}
	s, _ := r.Section("manifests")
	notes := ""
	for _, n := range s.Notes {
		notes += n.Where + ": " + n.Text + "\n"
	}
	for _, part := range []string{"chart/templates: not read: templates of a Helm chart", "overlay/kustomization.yaml: not rendered", "1 patches of Deployment.apps", "1 Kustomization.kustomize.config.k8s.io", "1 YAML and JSON documents are no objects"} {
		if !strings.Contains(notes, part) {
			t.Errorf("no note %q in\n%s", part, notes)
		}
	}
	if s.Status != drover.StatusOK || !slices.Contains(r.Kept, s.Coverage+"#chart/templates") {
		t.Errorf("section is %s, kept are %q", s.Status, r.Kept)
	}
}

// What lies beside broken documents is read; what is broken is lost, in its
// file only.
func TestManifestHostile(t *testing.T) {
	dir := t.TempDir()
	sa := func(name string) string {
		return "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: " + name + ", namespace: n}\n"
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bomb.yaml", sa("before")+"---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: &a [x,x,x,x,x,x,x,x,x]\n  b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n  c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n  d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"+
		"  e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n  f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n  g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n---\n"+sa("after"))
	write("tabs.yaml", "apiVersion: v1\nkind: ServiceAccount\n\tmetadata: x\n---\n"+sa("tabs"))
	write("twice.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: n}\nmetadata: {name: twice, namespace: n}\n")
	write("template.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ .Values.name }}}\n---\n{{- if .Values.x }}\napiVersion: v1\nkind: Pod\n{{- end }}\n---\n"+sa("beside"))
	write("deep.json", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"deep"},"spec":`+strings.Repeat(`{"a":`, 5000)+"1"+strings.Repeat("}", 5000)+"}")
	write("cut.json", `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"cut"`)
	write("types.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: [a], namespace: n}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: n}\nspec: {containers: {}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {namespace: n}\n")
	write("utf16.yaml", "\xff\xfe"+strings.Join(strings.Split(sa("utf16"), ""), "\x00")+"\x00")
	write("flow.yaml", "{apiVersion: v1, kind: ServiceAccount, metadata: {name: flow, namespace: n}}\n")
	write("numbers.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: numbers, namespace: n}\nspec: {template: {spec: {hostPID: yes, containers: [{name: c, image: i, env: [{name: PORT, value: 8080}], securityContext: {runAsUser: '0', privileged: 'true'}}]}}}\n")
	write("odd.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: 123, namespace: n, labels: {a: 1, b: true}, creationTimestamp: soon}\nspec: {containers: [{name: c, image: i, command: sleep 1, securityContext: {capabilities: {add: SYS_ADMIN}}}]}\n")
	write("nul.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: \"a\\0b\\e[31m\\u202e\", namespace: n}\n")
	write("sub/same.yaml", sa("before"))
	if err := os.Symlink("..", filepath.Join(dir, "sub", "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "outside.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("flow.yaml", filepath.Join(dir, "inside.yaml")); err != nil {
		t.Fatal(err)
	}
	r := connectortest.Collect(t, Connector, map[string][]string{"path": {dir}})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	want := []string{"deployment name:n/numbers", "pod name:default/deep", "pod name:n/123", "service_account name:n/a\x00b\x1b[31m\u202e", "service_account name:n/after", "service_account name:n/before", "service_account name:n/beside", "service_account name:n/flow",
		"service_account name:n/tabs", "service_account name:n/twice", "service_account name:n/utf16"}
	if d := cmp.Diff(want, objects(r)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	var lost, unread []string
	s, _ := r.Section("manifests")
	for _, n := range s.Notes {
		file, _, _ := strings.Cut(n.Where, ":")
		switch {
		case n.Lost:
			lost = append(lost, file)
		case n.Unread:
			unread = append(unread, file)
		}
	}
	slices.Sort(lost)
	slices.Sort(unread)
	if d := cmp.Diff([]string{"bomb.yaml", "cut.json", "tabs.yaml", "types.yaml", "types.yaml", "types.yaml"}, lost); d != "" {
		t.Errorf("lost: -want +got\n%s%+v", d, s.Notes)
	}
	if d := cmp.Diff([]string{"outside.yaml", "template.yaml", "template.yaml"}, unread); d != "" {
		t.Errorf("unread: -want +got\n%s%+v", d, s.Notes)
	}
	n := r.ByType("kubernetes.deployment")[0]
	if on, _ := n.Attrs.Bool("hostPID"); !on || !strings.Contains(string(n.Attrs), `"privileged":true`) || !strings.Contains(string(n.Attrs), `"runAsUser":0`) {
		t.Errorf("numbers: %s", n.Attrs)
	}
}

func TestManifestOptions(t *testing.T) {
	for name, c := range map[string]struct {
		config map[string][]string
		want   error
	}{
		"no such path": {map[string][]string{"path": {"testdata/none"}}, drover.ErrNotFound},
		"and a server": {map[string][]string{"path": {"testdata/manifests"}, "server": {"https://k8s.example.com"}}, drover.ErrInvalid},
	} {
		if r := connectortest.Collect(t, Connector, c.config); !errors.Is(r.Err, c.want) {
			t.Errorf("%s: got %v; want %v", name, r.Err, c.want)
		}
	}
	// Two names of one folder, and a folder in another, are one.
	r := connectortest.Collect(t, Connector, map[string][]string{"path": {"testdata/manifests/dump", "testdata/manifests", "./testdata/../testdata/manifests"}})
	if len(r.Sections) != 1 {
		t.Errorf("got %d sections; want 1", len(r.Sections))
	}
	// A name for the cluster is its name in refs, and the uids of dumps hold.
	r = connectortest.Collect(t, Connector, map[string][]string{"path": {"testdata/manifests/dump"}, "cluster": {"prod"}})
	if _, ok := r.Node(drover.NewRef(system, "prod", "service_account", "5b7a2f0d-1e3c-4a8b-8d4f-9c6e3a2b8f71")); !ok {
		t.Errorf("no account by its uid in cluster prod: %q", objects(r))
	}
}

func TestAccepts(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"yes/a/b/x.yaml":       "# c\n---\napiVersion: apps/v1\nkind: Deployment\n",
		"yes2/x.json":          `{"kind": "List", "apiVersion": "v1", "items": []}`,
		"no/compose.yaml":      "services: {web: {image: x}}\n",
		"no/config.yaml":       "apiVersion: v1\nkind: Config\nusers: []\n",
		"no/Chart.yaml":        "apiVersion: v2\nname: x\n",
		"no/templates/x.yaml":  "apiVersion: v1\nkind: Pod\n",
		"no/package.json":      `{"name": "x", "kind": "Pod"}`,
		"no/catalog.yaml":      "apiVersion: backstage.io/v1alpha1\nkind: Component\n",
		"no/.git/x.yaml":       "apiVersion: v1\nkind: Pod\n",
		"no/readme.md":         "apiVersion: v1\nkind: Pod\n",
		"no/kind/cluster.yaml": "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]bool{"yes": true, "yes2": true, "no": false, "yes/a/b/x.yaml": true, "no/config.yaml": false, "no/readme.md": false, "none": false} {
		path = filepath.Join(dir, path)
		info, err := os.Stat(path)
		if _, got := Connector.Accepts(path, err == nil && info.IsDir()); got != want {
			t.Errorf("%s: got %t", path, got)
		}
	}
}

// On which node a bare pod runs decides what its node gives. Of a controller's
// pods each runs on another, so nothing is said of one.
func TestNodeName(t *testing.T) {
	dir := t.TempDir()
	text := `apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: n}
spec: {nodeName: node-1, containers: [{name: c, image: x, ports: [{containerPort: 8080, name: web, hostPort: 80}, {containerPort: "53", protocol: UDP}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: made-1, namespace: n, ownerReferences: [{apiVersion: example.com/v1, kind: Robot, name: made, controller: true}]}
spec: {nodeName: node-2, containers: [{name: c, image: x}]}
`
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := connectortest.Collect(t, Connector, map[string][]string{"path": {dir}})
	got := map[string]string{}
	for _, n := range r.Nodes {
		if n.Kind == drover.KindWorkload && n.Template == "" {
			got[n.Name] = n.Attrs.Str("nodeName")
			if ports := `"ports":[{"containerPort":8080,"hostPort":80,"name":"web"},{"containerPort":53,"protocol":"UDP"}]`; n.Name == "bare" && !strings.Contains(string(n.Attrs), ports) {
				t.Errorf("ports: %s", n.Attrs)
			}
		}
	}
	if d := cmp.Diff(map[string]string{"bare": "node-1", "made": ""}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
