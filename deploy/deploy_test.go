package deploy_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/droverhq/drover/connector/kubernetes"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/realtest"
)

func read(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// secrets is the one rule that is left out: who may list Secrets can read them all.
var secrets = regexp.MustCompile(`- apiGroups: \[""\]\n  resources: \["secrets"\]\n  verbs: \[[^\]]*\]\n`)

// The role is the one that `drover source perms` prints, without Secrets.
func TestRole(t *testing.T) {
	full := kubernetes.Manifest()
	want := secrets.ReplaceAllString(full, "")
	if want == full || strings.Contains(want, `"secrets"`) {
		t.Fatalf("the rule about Secrets was not found in:\n%s", full)
	}
	got := read(t, "kubernetes/rbac.yaml")
	if os.Getenv("UPDATE") != "" {
		head, _, _ := strings.Cut(got, "apiVersion:")
		if err := os.WriteFile("kubernetes/rbac.yaml", []byte(head+restricted(want)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if _, body, _ := strings.Cut(got, "apiVersion:"); "apiVersion:"+body != restricted(want) {
		t.Error("kubernetes/rbac.yaml is not what the connector asks for: UPDATE=1 go test ./deploy")
	}
}

// restricted is a manifest whose namespace admits only pods that follow the Pod
// Security Standard of that name.
func restricted(manifest string) string {
	return strings.Replace(manifest, "metadata: {name: drover}\n", "metadata: {name: drover, labels: {pod-security.kubernetes.io/enforce: restricted}}\n", 1)
}

// documents are the objects of the manifests, in their order.
func documents(t testing.TB) (list []map[string]any) {
	t.Helper()
	for _, name := range []string{"kubernetes/rbac.yaml", "kubernetes/drover.yaml"} {
		d := yaml.NewDecoder(strings.NewReader(read(t, name)))
		for {
			var m map[string]any
			err := d.Decode(&m)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if m != nil {
				list = append(list, m)
			}
		}
	}
	return list
}

func field(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// The configuration in the manifest is one that drover reads.
func TestConfig(t *testing.T) {
	for _, d := range documents(t) {
		text, ok := field(d, "data", "drover.yaml").(string)
		if !ok {
			continue
		}
		path := filepath.Join(t.TempDir(), "drover.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if config.Loopback(c.Server.Listen) || c.Server.TLS.Cert == "" || c.Auth.OIDC.Issuer == "" {
			t.Errorf("the server is not one that others reach: %+v", c.Server)
		}
		return
	}
	t.Error("no configuration found")
}

// resources is where objects of a kind are.
var resources = map[string]string{
	"Namespace": "/api/v1/namespaces/", "ServiceAccount": "/api/v1/namespaces/drover/serviceaccounts/", "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles/",
	"ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/", "ConfigMap": "/api/v1/namespaces/drover/configmaps/", "PersistentVolumeClaim": "/api/v1/namespaces/drover/persistentvolumeclaims/",
	"Deployment": "/apis/apps/v1/namespaces/drover/deployments/", "Service": "/api/v1/namespaces/drover/services/", "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/drover/networkpolicies/", "Pod": "/api/v1/namespaces/drover/pods/",
}

// A cluster is the real API server.
type cluster struct {
	*realtest.KubeServer
	http *http.Client
}

func connect(t *testing.T) *cluster {
	k := realtest.Kube(t)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(read(t, k.CAFile))) {
		t.Fatal("no certificate authority")
	}
	return &cluster{k, &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}}
}

// apply applies an object on the server's side; dry says that nothing is kept.
func (c *cluster) apply(t *testing.T, object map[string]any, dry bool) (status int, answer string) {
	t.Helper()
	kind, _ := object["kind"].(string)
	base, ok := resources[kind]
	if !ok {
		t.Fatalf("where is a %s?", kind)
	}
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	url := c.URL + base + field(object, "metadata", "name").(string) + "?fieldManager=test&force=true&fieldValidation=Strict"
	if dry {
		url += "&dryRun=All"
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, url, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/apply-patch+yaml")
	req.Header.Set("Authorization", "Bearer "+c.AdminToken)
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// A real API server takes every object, knows every field, and admits the pod to a
// namespace of the Pod Security Standard "restricted".
func TestKubernetes(t *testing.T) {
	c := connect(t)
	list := documents(t)
	if len(list) < 9 {
		t.Fatalf("only %d objects", len(list))
	}
	seen := map[string]bool{}
	for _, d := range list {
		kind, _ := d["kind"].(string)
		seen[kind] = true
		// What others lie in or speak of is kept, the rest is tried.
		keep := kind == "Namespace" || kind == "ServiceAccount"
		status, answer := c.apply(t, d, !keep)
		if status/100 != 2 {
			t.Errorf("%s: %d %s", kind, status, answer)
		}
		if kind != "Deployment" {
			continue
		}
		pod := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "drover", "namespace": "drover"}, "spec": field(d, "spec", "template", "spec")}
		if status, answer := c.apply(t, pod, true); status/100 != 2 {
			t.Errorf("its pod is not admitted: %d %s", status, answer)
		}
		spec, ok := pod["spec"].(map[string]any)
		if !ok {
			t.Fatal("no pod")
		}
		for _, bad := range []string{"hostNetwork", "hostPID"} {
			spec[bad] = true
			if status, _ := c.apply(t, pod, true); status != http.StatusForbidden {
				t.Errorf("a pod with %s: %d, want 403: the server does not check pods", bad, status)
			}
			delete(spec, bad)
		}
	}
	for kind := range resources {
		if !seen[kind] && kind != "Pod" {
			t.Errorf("there is no %s", kind)
		}
	}
	// And it does check fields.
	bad := map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "x", "namespace": "drover"}, "spec": map[string]any{"prots": []any{}}}
	if status, _ := c.apply(t, bad, true); status/100 == 2 {
		t.Error("a field that does not exist was taken")
	}
}

// What the container is not to have.
func TestHardened(t *testing.T) {
	for _, d := range documents(t) {
		if d["kind"] != "Deployment" {
			continue
		}
		pod := field(d, "spec", "template", "spec")
		if field(pod, "securityContext", "runAsNonRoot") != true || field(pod, "securityContext", "seccompProfile", "type") != "RuntimeDefault" || field(pod, "hostNetwork") != nil {
			t.Errorf("the pod: %v", field(pod, "securityContext"))
		}
		for _, x := range field(pod, "containers").([]any) {
			if field(x, "securityContext", "readOnlyRootFilesystem") != true || field(x, "securityContext", "allowPrivilegeEscalation") != false || fmt.Sprint(field(x, "securityContext", "capabilities", "drop")) != "[ALL]" || field(x, "resources", "limits", "memory") == nil {
				t.Errorf("the container: %v", field(x, "securityContext"))
			}
		}
		return
	}
	t.Error("no deployment")
}

var exposure = regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)

// systemd takes the unit, and finds little to object to: 0 is none, 10 is all.
func TestSystemd(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		realtest.NotRun(t, "systemd-analyze", "", "not installed: apt-get install systemd")
	}
	unit := filepath.Join(t.TempDir(), "drover.service")
	binary, err := exec.LookPath("true") // the path of the real one is of no machine that builds
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(unit, []byte(strings.Replace(read(t, "systemd/drover.service"), "ExecStart=/usr/local/bin/drover", "ExecStart="+binary, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	version, err := exec.Command(tool, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	realtest.Suite(t, "systemd-analyze", strings.Fields(string(version))[1])
	if out, err := exec.Command(tool, "verify", "--man=no", unit).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("verify: %v\n%s", err, out)
	}
	out, err := exec.Command(tool, "security", "--offline=true", "--no-pager", unit).CombinedOutput()
	m := exposure.FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("security: %v\n%s", err, out)
	}
	if level, err := strconv.ParseFloat(string(m[1]), 64); err != nil || level > 1.5 {
		t.Errorf("exposure %s, want at most 1.5\n%s", m[1], out)
	}
}
