package realtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const motoVersion = "5.2.5"

// MotoServer is a running emulator of the AWS API that belongs to one test.
type MotoServer struct {
	URL    string // http://127.0.0.1:<port>
	Python string // has boto3 of the same installation
	dir    string
	stop   io.Closer
}

// Moto starts an emulator of the AWS API (moto, from PyPI) with variables of its
// own, "NAME=value", and stops it when the test ends. It holds nothing at first
// and checks no signature until Enforce.
func Moto(t testing.TB, env ...string) *MotoServer {
	t.Helper()
	const system = "AWS API"
	tree, err := installMoto()
	if errors.Is(err, errAbsent) {
		NotRun(t, system, "moto "+motoVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install moto: %v", err)
	}
	m := &MotoServer{Python: filepath.Join(tree, "bin", "python")}
	for try := 1; ; try++ {
		if err = m.start(env); err == nil {
			break
		}
		// Somebody may take the free port between our look and the start.
		if try == 5 || !strings.Contains(err.Error(), "in use") {
			t.Fatalf("start moto: %v", err)
		}
	}
	t.Cleanup(func() { _ = m.stop.Close() })
	Suite(t, system, "moto "+motoVersion+" (emulator)")
	return m
}

// Enforce has the emulator check signatures and policies after n more calls, as
// AWS does from the first; a negative n ends that.
func (m *MotoServer) Enforce(t testing.TB, n int) {
	t.Helper()
	count := fmt.Sprint(n)
	if n < 0 {
		count = "inf"
	}
	resp, err := http.Post(m.URL+"/moto-api/reset-auth", "text/plain", strings.NewReader(count))
	if err != nil {
		t.Fatalf("enforce: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("enforce: status %d", resp.StatusCode)
	}
}

// Run runs a Python script beside the emulator, with the credentials in env, and
// returns what it prints. AWS_ENDPOINT_URL points to the emulator.
func (m *MotoServer) Run(t testing.TB, script string, env []string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, m.Python, append([]string{script}, args...)...)
	cmd.Env = append(append([]string{}, "PATH="+os.Getenv("PATH"), "HOME="+m.dir, "AWS_EC2_METADATA_DISABLED=true", "AWS_DEFAULT_REGION=us-east-1", "AWS_ENDPOINT_URL="+m.URL,
		"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing"), env...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python %s: %v\n%s", filepath.Base(script), err, said.String())
	}
	return out
}

// installMoto makes the Python environment that moto and boto3 lie in.
func installMoto() (string, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("python3 is not installed: %w", errAbsent)
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	return once(filepath.Join(cache, "moto-"+motoVersion), func(tmp string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		if out, err := exec.CommandContext(ctx, python, "-m", "venv", tmp).CombinedOutput(); err != nil {
			return fmt.Errorf("python3 -m venv: %w: %.300s: apt-get install python3-venv: %w", err, oneLine(out), errAbsent)
		}
		pip := exec.CommandContext(ctx, filepath.Join(tmp, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "moto[server]=="+motoVersion)
		if out, err := pip.CombinedOutput(); err != nil {
			return fmt.Errorf("pip install moto[server]==%s: %w: %.300s: %w", motoVersion, err, oneLine(out), errAbsent)
		}
		return nil
	})
}

func oneLine(b []byte) string { return strings.Join(strings.Fields(string(b)), " ") }

// superviseMoto is supervise for a server without a pid file.
const superviseMoto = `
dir=$1; shift
"$@" </dev/null >>"$dir/server.log" 2>&1 &
server=$!
cat >/dev/null
kill "$server" 2>/dev/null
wait
rm -rf "$dir"
`

func (m *MotoServer) start(env []string) error {
	dir, err := os.MkdirTemp("", "drover-moto-")
	if err != nil {
		return err
	}
	m.dir = dir
	port, err := freePort()
	if err != nil {
		return err
	}
	m.URL = fmt.Sprintf("http://127.0.0.1:%d", port)
	cmd := exec.Command("/bin/sh", "-c", superviseMoto, "sh", dir, m.Python, "-m", "moto.server", "-H", "127.0.0.1", "-p", fmt.Sprint(port))
	cmd.Dir = dir
	cmd.Env = append(append([]string{}, "PATH="+os.Getenv("PATH"), "HOME="+dir), env...)
	runAs(cmd, -1, -1)
	stop, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	m.stop = stop
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	return m.waitReady(gone)
}

// waitReady waits until the emulator answers.
func (m *MotoServer) waitReady(gone <-chan struct{}) error {
	client := &http.Client{Timeout: 5 * time.Second}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		if resp, err := client.Get(m.URL + "/moto-api/data.json"); err == nil {
			resp.Body.Close()
			return nil
		}
		log, _ := os.ReadFile(filepath.Join(m.dir, "server.log"))
		if strings.Contains(string(log), "in use") || strings.Contains(string(log), "Traceback") {
			_ = m.stop.Close()
			return fmt.Errorf("it did not come up: %.2000s", log)
		}
		select {
		case <-gone:
			return fmt.Errorf("it ended at once: %.2000s", log)
		case <-time.After(100 * time.Millisecond):
		}
	}
	_ = m.stop.Close()
	return fmt.Errorf("it did not answer in time")
}
