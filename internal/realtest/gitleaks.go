package realtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// gitleaksVersion is that of the rules that package secret holds.
const gitleaksVersion = "8.30.1"

// Gitleaks returns the path of the gitleaks command, whose findings ours are
// compared with: DROVER_GITLEAKS, or else built from its published module into
// the cache.
func Gitleaks(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("DROVER_GITLEAKS"); path != "" {
		Suite(t, "gitleaks", "of DROVER_GITLEAKS")
		return path
	}
	dir, err := buildGitleaks()
	if errors.Is(err, errAbsent) {
		NotRun(t, "gitleaks", gitleaksVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("build gitleaks: %v", err)
	}
	Suite(t, "gitleaks", gitleaksVersion)
	return filepath.Join(dir, "gitleaks")
}

func buildGitleaks() (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	return once(filepath.Join(cache, "gitleaks-"+gitleaksVersion+"-"+runtime.GOOS+"-"+runtime.GOARCH), func(tmp string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "go", "install", "-trimpath", "github.com/zricethezav/gitleaks/v8@v"+gitleaksVersion)
		cmd.Dir = tmp // in no module
		cmd.Env = append(os.Environ(), "GOBIN="+tmp, "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go install gitleaks: %w: %.300s: %w", err, strings.TrimSpace(string(out)), errAbsent)
		}
		return nil
	})
}
