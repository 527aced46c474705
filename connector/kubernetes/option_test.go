package kubernetes

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

func probed(t *testing.T, config map[string][]string) (*connector.Session, error) {
	t.Helper()
	s := connectortest.Session(t, Connector, config, new(bytes.Buffer))
	return s, Connector.Probe(t.Context(), s)
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A kubeconfig reads what a server and a token read.
func TestKubeconfig(t *testing.T) {
	e := startEstate(t)
	want := connectortest.Collect(t, Connector, e.config())
	file := write(t, "config", e.Config("drover", "token: "+e.token))
	config := map[string][]string{"kubeconfig": {file}, "hosts": {"kube.drover.test:6443"}}
	if d := cmp.Diff(want.Nodes, connectortest.Collect(t, Connector, config).Nodes); d != "" {
		t.Errorf("-server +kubeconfig\n%s", d)
	}
	if _, err := probed(t, config); err != nil {
		t.Errorf("probe: %v", err)
	}
	// Files that it names beside itself are found.
	ca, err := os.ReadFile(e.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key := e.ClientCert(t, "beside", "system:masters")
	beside := write(t, "config", strings.Replace(e.Config("beside", "client-certificate: me.pem\nclient-key: me.key"), e.CAFile, "ca.pem", 1))
	for name, text := range map[string][]byte{"ca.pem": ca, "me.pem": certificate, "me.key": key} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(beside), name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := probed(t, map[string][]string{"kubeconfig": {beside}}); err != nil {
		t.Errorf("probe with a client certificate: %v", err)
	}
	found := suggest(func(name string) string { return map[string]string{"KUBECONFIG": file}[name] }, "")
	if len(found) != 1 || found[0].ID != "k8s-test" || found[0].Options["context"] != "test" {
		t.Errorf("suggested: %v", found)
	}
}

// What executes, and which authorities are believed, comes from the
// configuration file only.
func TestUntrusted(t *testing.T) {
	ran := filepath.Join(t.TempDir(), "ran")
	file := write(t, "config", `{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}],
contexts: [{name: c, context: {cluster: c, user: u}}],
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/touch, args: ["`+ran+`"], interactiveMode: Never}}}]}`)
	for _, config := range []map[string][]string{
		{"kubeconfig": {file}},
		{"server": {"https://127.0.0.1:1"}, "ca_file": {file}},
	} {
		s := connectortest.Session(t, Connector, config, new(bytes.Buffer))
		s.Trusted = false
		if err := Connector.Probe(t.Context(), s); !errors.Is(err, drover.ErrPermission) || !strings.Contains(err.Error(), "drover.yaml") {
			t.Errorf("%v: %v", config, err)
		}
		if err := Connector.Reads(t.Context(), s, func(connector.Read) {}); !errors.Is(err, drover.ErrPermission) {
			t.Errorf("%v: reads: %v", config, err)
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the plugin ran")
	}
}

// An exec plugin of a configuration file runs and signs in.
func TestExecPlugin(t *testing.T) {
	e := startEstate(t)
	script := write(t, "plugin", "#!/bin/sh\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\""+e.token+"\"}}'\n")
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	file := write(t, "config", e.Config("drover", "exec: {apiVersion: client.authentication.k8s.io/v1, command: \""+script+"\", interactiveMode: Never}"))
	if _, err := probed(t, map[string][]string{"kubeconfig": {file}}); err != nil {
		t.Errorf("probe: %v", err)
	}
}

// A proxy is gone through, and nothing but.
func TestProxy(t *testing.T) {
	e := startEstate(t)
	var through atomic.Int64
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := net.Dial("tcp", r.Host)
		if err != nil || r.Method != http.MethodConnect {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		defer to.Close()
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		through.Add(1)
		go func() { _, _ = io.Copy(to, conn); to.Close() }()
		_, _ = io.Copy(conn, to)
	}))
	defer p.Close()
	if _, err := probed(t, e.config("proxy", p.URL)); err != nil {
		t.Errorf("probe: %v", err)
	}
	if through.Load() == 0 {
		t.Error("nothing went through the proxy")
	}
	p.Close()
	if _, err := probed(t, e.config("proxy", p.URL)); err == nil {
		t.Error("the server was reached without its proxy")
	}
}

// Errors about a kubeconfig, and about options, say what is wrong and quote no
// secret.
func TestBadOptions(t *testing.T) {
	const canary = "CANARY-kubeconfig-token"
	t.Setenv("KUBECONFIG", "/nonexistent/config")
	for name, c := range map[string]struct {
		config map[string][]string
		want   string
	}{
		"nothing":        {map[string][]string{}, "exactly one of"},
		"two ways":       {map[string][]string{"server": {"https://k"}, "kubeconfig": {"/x"}}, "exactly one of"},
		"no file":        {map[string][]string{"kubeconfig": {"/nonexistent/config"}}, "no such file"},
		"broken file":    {map[string][]string{"kubeconfig": {write(t, "a", "users: [{name: u, user: {token: "+canary+"]\n")}}, "not a valid"},
		"no context":     {map[string][]string{"kubeconfig": {write(t, "b", "apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: "+canary+"}}]\n")}}, "no context"},
		"no URL":         {map[string][]string{"server": {"ftp://x"}}, "not a URL"},
		"bad proxy":      {map[string][]string{"server": {"https://k"}, "proxy": {"http://u:" + canary + "@[bad"}}, "option proxy"},
		"proxy's user":   {map[string][]string{"server": {"https://k"}, "proxy": {"http://u:" + canary + "@proxy:1"}}, "option proxy"},
		"not in cluster": {map[string][]string{"in_cluster": {"true"}}, "does not run in a pod"},
		"unreachable":    {map[string][]string{"server": {"https://127.0.0.1:1"}, "token": {canary}, "proxy": {"http://127.0.0.1:1"}, "retry_wait": {"1ms"}}, "127.0.0.1:1"},
	} {
		_, err := probed(t, c.config)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v; want %q in it", name, err, c.want)
		}
	}
}

// A source without a way to a cluster is refused where it is configured, unless
// kubectl has one by default, which is then used and said.
func TestDefaultKubeconfig(t *testing.T) {
	check := func(names ...string) (string, error) {
		return Connector.Check(func(name string) bool { return slices.Contains(names, name) })
	}
	t.Setenv("KUBECONFIG", "/nonexistent/config")
	if _, err := check(); !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), "kubeconfig") {
		t.Errorf("with nothing: %v", err)
	}
	e := startEstate(t)
	file := write(t, "config", e.Config("drover", "token: "+e.token))
	t.Setenv("KUBECONFIG", "/nonexistent/config"+string(filepath.ListSeparator)+file)
	if note, err := check(); err != nil || !strings.Contains(note, file) {
		t.Errorf("with a default: %q %v", note, err)
	}
	if _, err := probed(t, map[string][]string{}); err != nil {
		t.Errorf("probe by the default: %v", err)
	}
	for _, one := range []string{"kubeconfig", "server", "in_cluster", "path"} {
		if note, err := check(one); err != nil || note != "" {
			t.Errorf("with %s: %q %v", one, note, err)
		}
		if _, err := check(one, "kubeconfig", "server"); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("with %s and others: %v", one, err)
		}
	}
}

// With namespaces named, only those are read, under coverage keys of their own,
// and what is of no namespace may be out of reach.
func TestNamespaces(t *testing.T) {
	e := startEstate(t)
	token := grant(t, e.KubeServer, "narrow", "- {apiGroups: [\"\"], resources: [namespaces], resourceNames: [kube-system], verbs: [get]}")
	e.Kubectl(t, `# YAML
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: narrow, namespace: shop}, rules: [{apiGroups: ["*"], resources: ["*"], verbs: [list]}]}`, "apply", "-f", "-")
	e.Kubectl(t, `# YAML
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: narrow, namespace: shop}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: narrow}, subjects: [{kind: ServiceAccount, name: narrow, namespace: ops}]}`, "apply", "-f", "-")
	t.Cleanup(func() { e.Kubectl(t, "", "delete", "-n", "shop", "role/narrow", "rolebinding/narrow") })
	e.AwaitRight(t, realtest.Right{User: "system:serviceaccount:ops:narrow", Verb: "list", Resource: "serviceaccounts", Namespace: "shop"})
	r := connectortest.Collect(t, Connector, e.config("token", token, "namespaces", "shop"))
	if r.Err != nil || r.Status() != drover.StatusOK {
		t.Fatalf("%v %v", r.Err, bad(r))
	}
	for _, s := range r.Sections {
		if s.Name == "serviceaccounts" && !strings.HasSuffix(s.Coverage, "/serviceaccounts/shop") {
			t.Errorf("coverage %s claims more than was read", s.Coverage)
		}
		if s.Name == "nodes" && s.Status != drover.StatusSkipped {
			t.Errorf("nodes is %s", s.Status)
		}
	}
	want := e.uids(t, "/api/v1/namespaces/shop/serviceaccounts")
	if got := serviceAccounts(r); len(got) != len(want) || len(got) == 0 {
		t.Errorf("%d service accounts, want %d", len(got), len(want))
	}
}
