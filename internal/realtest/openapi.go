package realtest

import (
	"context"
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

// Pinned versions of what judges the API.
const (
	redoclyVersion      = "2.77.0"
	schemathesisVersion = "4.32.5"
)

// OpenAPILint asks Redocly CLI (npm, MIT) what is wrong with an OpenAPI document, by
// its recommended rules. It returns errors and warnings.
func OpenAPILint(t testing.TB, document string) (faults, warnings []Complaint) {
	t.Helper()
	const system = "@redocly/cli"
	tree, node, err := installPackages("redocly-"+redoclyVersion, system+"@"+redoclyVersion)
	if errors.Is(err, errAbsent) {
		NotRun(t, system, redoclyVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install %s: %v", system, err)
	}
	t.Setenv("REDOCLY_TELEMETRY", "off")
	t.Setenv("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
	said, err := output(t, node, filepath.Join(tree, "node_modules", "@redocly", "cli", "bin", "cli.js"), "lint", "--extends=recommended", "--format=json", "--max-problems=1000", document)
	start := strings.IndexByte(said, '{')
	var v struct {
		Totals   struct{ Errors, Warnings int }
		Problems []struct {
			RuleID, Message, Severity string
			Location                  []struct{ Pointer string }
		}
	}
	if start < 0 || json.NewDecoder(strings.NewReader(said[start:])).Decode(&v) != nil {
		t.Fatalf("%s said %.500s: %v", system, said, err)
	}
	for _, p := range v.Problems {
		c := Complaint{Rule: p.RuleID, Text: p.Message}
		if len(p.Location) > 0 {
			c.Text += " at " + p.Location[0].Pointer
		}
		if p.Severity == "error" {
			faults = append(faults, c)
		} else {
			warnings = append(warnings, c)
		}
	}
	if len(faults) != v.Totals.Errors {
		t.Fatalf("%s counts %d errors and lists %d", system, v.Totals.Errors, len(faults))
	}
	Suite(t, system, redoclyVersion)
	return faults, warnings
}

// APIFuzz lets Schemathesis (PyPI, MIT) make calls of the document to a running
// server, examples of each operation, the edges of every parameter and random ones,
// always the same for one seed, and returns what it printed and how many calls it
// made. Every call that is answered with 5xx, or with what the document does not
// have, fails it.
func APIFuzz(t testing.TB, document, base string, seed, examples int, headers map[string]string, more ...string) (report string, ok bool) {
	t.Helper()
	const system = "schemathesis"
	venv, err := installPython("schemathesis==" + schemathesisVersion)
	if errors.Is(err, errAbsent) {
		NotRun(t, system, schemathesisVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install %s: %v", system, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	args := []string{"run", document, "--url=" + base, fmt.Sprint("--seed=", seed), fmt.Sprint("--max-examples=", examples), "--no-color", "--workers=1", "--request-timeout=120", "--phases=examples,coverage,fuzzing", "--suppress-health-check=all"}
	for name, value := range headers {
		args = append(args, "--header="+name+": "+value)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(venv, "bin", "python"), append(append([]string{"-m", "schemathesis.cli"}, args...), more...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "HYPOTHESIS_STORAGE_DIRECTORY="+cmd.Dir)
	out, err := cmd.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		t.Fatalf("%s: %v", system, err)
	}
	Suite(t, system, schemathesisVersion)
	return string(out), err == nil
}
