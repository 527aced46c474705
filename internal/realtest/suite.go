package realtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Statuses of a Line.
const (
	StatusRun    = "run"     // the suite runs against the system and version named
	StatusNotRun = "not run" // the system could not be had; fails under CI=true
	StatusNoData = "no data" // public data that lies beside some checkouts is not here
)

// A Line is one line of the file named by DROVER_TEST_REPORT, as JSON.
type Line struct {
	Suite   string `json:"suite"` // package folder, relative to the module
	Test    string `json:"test"`
	System  string `json:"system"`
	Version string `json:"version,omitempty"`
	Status  string `json:"status"`
	Why     string `json:"why,omitempty"`
}

var recorded sync.Map // of Line: each is written once per process

// Suite records that the calling test runs against a system: the real one, an
// emulator or a fake, as version says ("15.20", "moto 5.2.1", "fake, from the
// vendor's documentation").
func Suite(t testing.TB, system, version string) {
	t.Helper()
	record(t, Line{System: system, Version: version, Status: StatusRun})
}

// NotRun records that the system cannot be had here and why, and skips the
// test; under CI=true it fails it.
func NotRun(t testing.TB, system, version, why string) {
	t.Helper()
	record(t, Line{System: system, Version: version, Status: StatusNotRun, Why: why})
	if os.Getenv("CI") == "true" {
		t.Fatalf("NOT RUN: %s %s: %s", system, version, why)
	}
	t.Skipf("NOT RUN: %s %s: %s", system, version, why)
}

// SharedData returns the path of a public data set that lies beside some
// checkouts, and skips the test where it does not. Such data only widens a
// test: every package has enough testdata of its own.
func SharedData(t testing.TB, rel string) string {
	t.Helper()
	root, err := ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "..", "shared", "data", filepath.FromSlash(rel))
	// Links resolved: what reads it resolves them too, and paths are compared.
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		record(t, Line{System: "public data " + rel, Status: StatusNoData, Why: "it does not lie beside this checkout"})
		t.Skipf("public data %s is not beside this checkout", rel)
	}
	return path
}

// ModuleRoot returns the folder of the go.mod above the working directory.
func ModuleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("find the module: no go.mod above the working directory")
		}
		dir = up
	}
}

func record(t testing.TB, l Line) {
	t.Helper()
	file := os.Getenv("DROVER_TEST_REPORT")
	if file == "" {
		return
	}
	l.Suite, l.Test = suiteName(), t.Name()
	if _, again := recorded.LoadOrStore(l, true); again {
		return
	}
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	// One short write to a file opened for appending is not torn by the other
	// test processes that write to it.
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatalf("record the suite: %v", err)
	}
	defer f.Close()
	if _, err := f.Write(append(b, '\n')); err != nil {
		t.Fatalf("record the suite: %v", err)
	}
}

// suiteName is the folder that go test runs this process in.
func suiteName() string {
	root, err := ModuleRoot()
	if err != nil {
		return filepath.Base(os.Args[0])
	}
	dir, err := os.Getwd()
	if err != nil {
		return filepath.Base(os.Args[0])
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		return filepath.Base(os.Args[0])
	}
	return filepath.ToSlash(rel)
}
