package realtest

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// VaultVersion is the version that Vault builds and runs. Vault is under the
// Business Source License: it is built from its published module by the test
// that wants it, and no line of it is here or ships.
const VaultVersion = "1.21.0"

//go:embed testdata/vault/go.mod.txt
var vaultModule []byte

// A VaultServer is a running Vault with its data in memory.
type VaultServer struct {
	URL   string
	Token string // of the root policy
}

// Vault starts a server that ends with the test. It takes some minutes to build,
// once; where it is not built, only the full tests (DROVER_TEST_FULL) do so.
func Vault(t testing.TB) *VaultServer {
	t.Helper()
	const system = "vault"
	cache, err := CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "vault-"+VaultVersion+"-"+runtime.GOOS+"-"+runtime.GOARCH)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("DROVER_TEST_FULL") == "" {
			t.Skip("Vault is not built yet, which takes some minutes: make test-all builds it")
		}
		if d, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
			if end, limited := d.Deadline(); limited && time.Until(end) < 25*time.Minute {
				NotRun(t, system, VaultVersion, "Vault is not built yet, which takes some minutes: run go test with -timeout 60m")
			}
		}
	}
	if dir, err = once(dir, buildVault); errors.Is(err, errAbsent) {
		NotRun(t, system, VaultVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("build vault: %v", err)
	}
	for try := 1; ; try++ {
		s, err := startVault(t, filepath.Join(dir, "vault"))
		if err == nil {
			Suite(t, system, VaultVersion)
			return s
		}
		// Somebody may take the free port between our look and the start.
		if try == 5 || !strings.Contains(err.Error(), "address already in use") {
			t.Fatalf("start vault: %v", err)
		}
	}
}

func buildVault(dir string) error {
	src, err := os.MkdirTemp("", "drover-vault-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(src)
	if err := os.WriteFile(filepath.Join(src, "go.mod"), vaultModule, 0o644); err != nil {
		return err
	}
	if err := runGo(src, 20*time.Minute, "mod", "download", "github.com/hashicorp/vault"); err != nil {
		return fmt.Errorf("%w: %w", err, errAbsent)
	}
	return runGo(src, time.Hour, "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "vault"), "github.com/hashicorp/vault")
}

func startVault(t testing.TB, program string) (*VaultServer, error) {
	t.Helper()
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	var secret [16]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, err
	}
	s := &VaultServer{URL: fmt.Sprintf("http://127.0.0.1:%d", port), Token: hex.EncodeToString(secret[:])}
	home := t.TempDir()
	log, err := os.Create(filepath.Join(home, "server.log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "server", "-dev", "-dev-root-token-id="+s.Token, fmt.Sprintf("-dev-listen-address=127.0.0.1:%d", port), "-dev-no-store-token")
	cmd.Env = append(os.Environ(), "HOME="+home)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-gone
		_ = log.Close()
	})
	for end := time.Now().Add(patience); ; {
		err := s.Call(http.MethodGet, "sys/health", nil, nil)
		if err == nil {
			return s, nil
		}
		late := time.Now().After(end)
		select {
		case <-gone:
			late = true
		case <-time.After(50 * time.Millisecond):
		}
		if late {
			b, _ := os.ReadFile(log.Name())
			return nil, fmt.Errorf("it does not answer: %w: %s", err, strings.ReplaceAll(string(b[max(0, len(b)-2000):]), s.Token, "[token]"))
		}
	}
}

// Call asks the API for a path below /v1/, with a JSON body if in is not nil,
// and reads the answer into out if that is not nil.
func (s *VaultServer) Call(method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return fmt.Errorf("ask vault: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, s.URL+"/v1/"+path, &body)
	if err != nil {
		return fmt.Errorf("ask vault: %w", err)
	}
	r.Header.Set("X-Vault-Token", s.Token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask vault: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("hear vault: %w", err)
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("ask vault for %s: %s: %.300s", path, resp.Status, b)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}
