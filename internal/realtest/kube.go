package realtest

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A KubeServer is a running kube-apiserver with its etcd, that belongs to this
// test process. It has RBAC, node and bootstrap token authorization, the
// ServiceAccount admission plugin, and an audit log; no controllers run until
// [KubeServer.Controllers] starts them, so namespaces get no service account by
// themselves.
type KubeServer struct {
	URL        string // https://127.0.0.1:<port>
	AdminToken string // of a user in system:masters
	CAFile     string // the authority of its certificate, and of client certificates
	Kubeconfig string // for kubectl, as the administrator
	Issuer     string // of service account tokens
	AuditLog   string // JSON Lines, level Metadata

	dir  string
	stop io.Closer // our end of the supervisor's standard input

	mu          sync.Mutex
	controllers io.Closer // the same of the controllers' supervisor; nil: they do not run
}

var kube struct {
	sync.Mutex
	tried  bool
	server *KubeServer
	err    error
}

// Kube returns the Kubernetes API server, started if it is not up yet; the first
// time ever it is built, which takes some minutes. All tests of a process share
// it: work in namespaces of your own.
func Kube(t testing.TB) *KubeServer {
	t.Helper()
	kube.Lock()
	defer kube.Unlock()
	if !kube.tried {
		kubeStarted(t, affordable(t, "kube-apiserver"))
		kube.tried = true
		kube.server, kube.err = startKube()
	}
	kubeStarted(t, kube.err)
	Suite(t, "kube-apiserver", kubeVersion)
	return kube.server
}

// NewKube starts an API server for this test alone, such as one that needs
// controllers: what they do would show in the others' results.
func NewKube(t testing.TB) *KubeServer {
	t.Helper()
	kubeStarted(t, affordable(t, "kube-apiserver"))
	k, err := startKube()
	kubeStarted(t, err)
	Suite(t, "kube-apiserver", kubeVersion)
	t.Cleanup(func() {
		if k.controllers != nil {
			_ = k.controllers.Close()
		}
		_ = k.stop.Close()
	})
	return k
}

// kubeStarted ends the test that cannot have its server.
func kubeStarted(t testing.TB, err error) {
	t.Helper()
	switch {
	case errors.Is(err, errAbsent):
		NotRun(t, "kube-apiserver", kubeVersion, err.Error())
	case err != nil:
		t.Fatalf("start kube-apiserver: %v", err)
	}
}

// superviseKube runs a script until its standard input ends, which it does when
// we close our end and when we die, even by SIGKILL. The script starts programs
// with run and adds their process ids to pids.
const superviseKube = `
cd "$1" || exit 1
pids=
run() { name=$1; shift; "$@" </dev/null >>"$name.log" 2>&1 & pids="$pids $!"; }
%s
cat >/dev/null
kill -KILL $pids 2>/dev/null
wait
%s
`

// supervised starts a script as superviseKube says; after runs when it has ended.
func supervised(dir, script, after string) (io.Closer, error) {
	cmd := exec.Command("/bin/sh", "-c", fmt.Sprintf(superviseKube, script, after), "sh", dir)
	runAs(cmd, -1, -1)
	stop, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the supervisor: %w: %w", err, errAbsent)
	}
	go func() { _ = cmd.Wait() }()
	return stop, nil
}

func startKube() (*KubeServer, error) {
	etcd, err := exec.LookPath("etcd")
	if err != nil {
		return nil, fmt.Errorf("no etcd: apt-get install etcd-server: %w", errAbsent)
	}
	program, err := kubeProgram("kube-apiserver")
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		k, err := start(etcd, program)
		if err == nil {
			return k, nil
		}
		// Somebody may take a free port between our look and the start.
		if try == 3 || !strings.Contains(err.Error(), "address already in use") {
			return nil, err
		}
	}
}

func start(etcd, program string) (k *KubeServer, err error) {
	dir, err := os.MkdirTemp("", "drover-kube-")
	if err != nil {
		return nil, err
	}
	k = &KubeServer{AdminToken: rand.Text(), CAFile: filepath.Join(dir, "ca.pem"), Kubeconfig: filepath.Join(dir, "kubeconfig"), AuditLog: filepath.Join(dir, "audit.log"), dir: dir,
		Issuer: "https://oidc.drover.test/" + strings.ToLower(rand.Text())}
	defer func() {
		if err == nil {
			return
		}
		if k.stop != nil {
			_ = k.stop.Close() // the supervisor removes the folder
		} else {
			os.RemoveAll(dir)
		}
	}()
	var ports [3]int
	for i := range ports {
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	k.URL = fmt.Sprintf("https://127.0.0.1:%d", ports[2])
	if err := k.prepare(); err != nil {
		return nil, err
	}
	script := fmt.Sprintf(`
run etcd '%s' --data-dir etcd --listen-client-urls http://127.0.0.1:%d --advertise-client-urls http://127.0.0.1:%d --listen-peer-urls http://127.0.0.1:%d --unsafe-no-fsync
run server '%s' --etcd-servers=http://127.0.0.1:%d --bind-address=127.0.0.1 --endpoint-reconciler-type=none --secure-port=%d \
  --tls-cert-file=server.pem --tls-private-key-file=server.key --client-ca-file=ca.pem --service-cluster-ip-range=10.0.0.0/24 \
  --service-account-issuer=%s --service-account-signing-key-file=sa.key --service-account-key-file=sa.pub \
  --token-auth-file=tokens.csv --enable-bootstrap-token-auth=true --authorization-mode=Node,RBAC --allow-privileged=true \
  --audit-policy-file=audit.yaml --audit-log-path=audit.log --audit-log-maxsize=1000`,
		etcd, ports[0], ports[0], ports[1], program, ports[0], ports[2], k.Issuer)
	if k.stop, err = supervised(dir, script, `rm -rf "$1"`); err != nil {
		return nil, err
	}
	return k, k.waitReady()
}

// prepare fills the server's folder.
func (k *KubeServer) prepare() error {
	if err := kubeCerts(k.dir); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"tokens.csv": k.AdminToken + `,admin,1,"system:masters"` + "\n",
		"audit.yaml": "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n",
		"kubeconfig": k.Config("admin", "token: "+k.AdminToken),
	} {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Config is the text of a kubeconfig for this server with one user, whose
// credential is given as the lines of the user's entry.
func (k *KubeServer) Config(user, credential string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: test
clusters:
- name: test
  cluster: {server: "%s", certificate-authority: "%s"}
contexts:
- name: test
  context: {cluster: test, user: "%s"}
users:
- name: "%s"
  user:
    %s
`, k.URL, k.CAFile, user, user, strings.ReplaceAll(strings.TrimSpace(credential), "\n", "\n    "))
}

// Client returns an HTTP client that trusts the server.
func (k *KubeServer) Client() (*http.Client, error) {
	pem, err := os.ReadFile(k.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}, nil
}

func (k *KubeServer) waitReady() error {
	client, err := k.Client()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		req, err := http.NewRequest(http.MethodGet, k.URL+"/readyz", nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+k.AdminToken)
		if resp, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if log := k.log("etcd") + k.log("server"); strings.Contains(log, "address already in use") {
			break
		}
	}
	return fmt.Errorf("it did not come up:\n%s\n%s", k.log("etcd"), k.log("server"))
}

func (k *KubeServer) log(name string) string {
	b, _ := os.ReadFile(filepath.Join(k.dir, name+".log"))
	return string(b[max(0, len(b)-3000):])
}

// Controllers starts the kube-controller-manager, which signs certificates, fills
// Secrets of legacy tokens, and makes pods of deployments. It is built the first
// time, so the test is one of the heavy tier until it is in the cache.
func (k *KubeServer) Controllers(t testing.TB) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.controllers != nil {
		return
	}
	dir, err := kubeBuilt("kube-controller-manager")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil && os.Getenv("DROVER_TEST_FULL") == "" {
		t.Skip("kube-controller-manager is not built yet; DROVER_TEST_FULL=1 builds it")
	}
	if err := affordable(t, "kube-controller-manager"); err != nil {
		NotRun(t, "kube-controller-manager", kubeVersion, err.Error())
	}
	program, err := kubeProgram("kube-controller-manager")
	switch {
	case errors.Is(err, errAbsent):
		NotRun(t, "kube-controller-manager", kubeVersion, err.Error())
	case err != nil:
		t.Fatalf("build kube-controller-manager: %v", err)
	}
	for try := 1; ; try++ {
		if err = k.startControllers(program); err == nil {
			break
		}
		// Somebody may take the free port between our look and the start.
		if try == 3 || !strings.Contains(err.Error(), "address already in use") {
			t.Fatalf("start kube-controller-manager: %v", err)
		}
	}
	Suite(t, "kube-controller-manager", kubeVersion)
}

// startControllers returns when the controllers say that they are well.
func (k *KubeServer) startControllers(program string) (err error) {
	port, err := freePort()
	if err != nil {
		return err
	}
	_ = os.Remove(filepath.Join(k.dir, "controllers.log")) // of an earlier try
	if k.controllers, err = supervised(k.dir, fmt.Sprintf(`run controllers '%s' --kubeconfig=kubeconfig --bind-address=127.0.0.1 --secure-port=%d --cert-dir=certs-controllers \
  --service-account-private-key-file=sa.key --root-ca-file=ca.pem --cluster-signing-cert-file=ca.pem --cluster-signing-key-file=ca.key \
  --use-service-account-credentials=true --leader-elect=false --controllers='*,-nodeipam'`, program, port), ""); err != nil {
		return err
	}
	// Their certificate is one that they made for themselves.
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if resp, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d/healthz", port)); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if strings.Contains(k.log("controllers"), "address already in use") {
			break
		}
	}
	_ = k.controllers.Close()
	k.controllers = nil
	return fmt.Errorf("they did not come up:\n%s", k.log("controllers"))
}

// Kubectl runs the real kubectl as the administrator, with standard input, and
// returns its standard output. It must succeed. It is the foreign program that
// tests change and count with.
func (k *KubeServer) Kubectl(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		NotRun(t, "kubectl", "", "kubectl is not installed: apt-get install kubernetes-client")
	}
	cmd := exec.Command(kubectl, append([]string{"--kubeconfig", k.Kubeconfig, "--cache-dir", filepath.Join(k.dir, "kubectl")}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "HOME="+k.dir, "KUBECONFIG="+k.Kubeconfig)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String()
}

// Do sends a request with a bearer token and returns the answer's status and body.
func (k *KubeServer) Do(t testing.TB, token, method, path, body string) (int, string) {
	t.Helper()
	client, err := k.Client()
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), method, k.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/merge-patch+json")
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, string(b)
}
