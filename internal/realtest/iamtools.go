package realtest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	pmapperVersion        = "1.1.5"
	cloudsplainingVersion = "0.9.1"
)

//go:embed testdata/pmapper.py
var pmapperScript []byte

//go:embed testdata/cloudsplaining.py
var cloudsplainingScript []byte

// PMapper asks Principal Mapper (PyPI, AGPL-3.0, a process of its own) the
// question that testdata/pmapper.py describes, and stores its answer.
func PMapper(t testing.TB, question, answer any) {
	t.Helper()
	askPython(t, "PMapper", pmapperVersion, "principalmapper=="+pmapperVersion, pmapperScript, question, answer)
}

// Cloudsplaining asks cloudsplaining (PyPI, BSD-3-Clause) the question that
// testdata/cloudsplaining.py describes, and stores its answer.
func Cloudsplaining(t testing.TB, question, answer any) {
	t.Helper()
	askPython(t, "cloudsplaining", cloudsplainingVersion, "cloudsplaining=="+cloudsplainingVersion, cloudsplainingScript, question, answer)
}

func askPython(t testing.TB, system, version, requirement string, script []byte, question, answer any) {
	t.Helper()
	tree, err := installPython(strings.Fields(requirement)...)
	if errors.Is(err, errAbsent) {
		NotRun(t, system, version, err.Error())
	}
	if err != nil {
		t.Fatalf("install %s: %v", system, err)
	}
	in, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "ask.py")
	if err := os.WriteFile(file, script, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(tree, "bin", "python"), file)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "PYTHONDONTWRITEBYTECODE=1"}
	cmd.Stdin = bytes.NewReader(in)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%.3000s", system, err, said.String())
	}
	if err := json.Unmarshal(out, answer); err != nil {
		t.Fatalf("%s: %v: %.300s", system, err, out)
	}
	Suite(t, system, version)
}

// installPython makes a Python environment that holds requirements,
// "name==version".
func installPython(requirements ...string) (string, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("python3 is not installed: %w", errAbsent)
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	return once(filepath.Join(cache, "python-"+strings.Join(requirements, "+")), func(tmp string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		if out, err := exec.CommandContext(ctx, python, "-m", "venv", tmp).CombinedOutput(); err != nil {
			return fmt.Errorf("python3 -m venv: %w: %.300s: apt-get install python3-venv: %w", err, oneLine(out), errAbsent)
		}
		if len(requirements) == 0 {
			return nil
		}
		pip := exec.CommandContext(ctx, filepath.Join(tmp, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
		pip.Args = append(pip.Args, requirements...)
		if out, err := pip.CombinedOutput(); err != nil {
			return fmt.Errorf("pip install %s: %w: %.300s: %w", strings.Join(requirements, " "), err, oneLine(out), errAbsent)
		}
		return nil
	})
}
