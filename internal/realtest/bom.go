package realtest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Pinned versions of what judges inventories and charts.
const (
	cyclonedxVersion = "11.12.0"
	mermaidVersion   = "11.17.2"
	jsdomVersion     = "29.1.1"
)

var (
	//go:embed testdata/cyclonedx.py
	cyclonedxScript []byte
	//go:embed testdata/mermaid.mjs
	mermaidScript []byte
)

// CycloneDX holds a bill of materials in JSON against the schema of its version,
// strictly, as the library of the standard's authors does (cyclonedx-python-lib,
// PyPI, Apache-2.0), and reads it into its objects. "" is no fault.
func CycloneDX(t testing.TB, version string, document []byte) (fault string) {
	t.Helper()
	ask := map[string]string{"version": version, "document": string(document)}
	askPython(t, "cyclonedx-python-lib", cyclonedxVersion, "cyclonedx-python-lib[json-validation]=="+cyclonedxVersion, cyclonedxScript, ask, &fault)
	return fault
}

// A MermaidChart is how Mermaid reads a flowchart: the labels that it would show,
// or why it does not.
type MermaidChart struct {
	Error        string
	Nodes, Edges []string
}

// Mermaid reads charts as Mermaid (npm, MIT) does.
func Mermaid(t testing.TB, charts []string) (list []MermaidChart) {
	t.Helper()
	const system = "mermaid"
	tree, node, err := installPackages("mermaid-"+mermaidVersion+"-jsdom-"+jsdomVersion, "mermaid@"+mermaidVersion, "jsdom@"+jsdomVersion)
	if errors.Is(err, errAbsent) {
		NotRun(t, system, mermaidVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install %s: %v", system, err)
	}
	script := filepath.Join(t.TempDir(), "mermaid.mjs")
	if err := os.WriteFile(script, mermaidScript, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(charts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, script, tree)
	cmd.Stdin = bytes.NewReader(in)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%.3000s", system, err, said.String())
	}
	if err := json.Unmarshal(out, &list); err != nil || len(list) != len(charts) {
		t.Fatalf("%s: %v: %.300s", system, err, out)
	}
	Suite(t, system, mermaidVersion)
	return list
}
