package realtest

import (
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// kubeVersion is that of the Kubernetes modules in testdata/kubernetes.
const kubeVersion = "1.36.3"

// kubeSources is a module that builds the programs of the control plane from
// what the Go proxy has: Kubernetes publishes no binaries there.
//
//go:embed testdata/kubernetes
var kubeSources embed.FS

// kubeBuilt is where a program is kept once it is built.
func kubeBuilt(program string) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, program+"-"+kubeVersion+"-"+runtime.GOOS+"-"+runtime.GOARCH), nil
}

// kubeProgram returns the path of "kube-apiserver" or "kube-controller-manager",
// built into the cache if it is not there: some minutes, once. An error wraps
// errAbsent where its sources cannot be had.
func kubeProgram(program string) (string, error) {
	dir, err := kubeBuilt(program)
	if err != nil {
		return "", err
	}
	if dir, err = once(dir, func(tmp string) error { return buildKube(tmp, program) }); err != nil {
		return "", err
	}
	return filepath.Join(dir, program), nil
}

// affordable returns an error wrapping errAbsent where a program is not built yet
// and the test would be ended before it could be.
func affordable(t testing.TB, program string) error {
	dir, err := kubeBuilt(program)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	const enough = 25 * time.Minute
	if d, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if end, limited := d.Deadline(); limited && time.Until(end) < enough {
			return fmt.Errorf("%s is not built yet, which takes some minutes: run make test, or go test with -timeout 40m: %w", program, errAbsent)
		}
	}
	return nil
}

func buildKube(dir, program string) error {
	src, err := os.MkdirTemp("", "drover-kube-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(src)
	for from, to := range map[string]string{"go.mod.txt": "go.mod", "go.sum.txt": "go.sum", program + ".go.txt": "main.go"} {
		b, err := kubeSources.ReadFile("testdata/kubernetes/" + from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(src, to), b, 0o644); err != nil {
			return err
		}
	}
	if err := runGo(src, 20*time.Minute, "mod", "download", "k8s.io/kubernetes"); err != nil {
		return fmt.Errorf("%w: %w", err, errAbsent)
	}
	const version = "k8s.io/component-base/version."
	ldflags := "-s -w -X " + version + "gitVersion=v" + kubeVersion + " -X " + version + "gitMajor=1 -X " + version + "gitMinor=" + strings.Split(kubeVersion, ".")[1]
	return runGo(src, time.Hour, "build", "-trimpath", "-ldflags="+ldflags, "-o", filepath.Join(dir, program), ".")
}

// runGo runs the go command in a module of its own.
func runGo(dir string, limit time.Duration, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w: %.500s", args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}
