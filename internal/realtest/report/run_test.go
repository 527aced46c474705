package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func report(t *testing.T, events, lines string) (*run, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(file, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	r := newRun()
	var out bytes.Buffer
	if err := r.readTests(strings.NewReader(events), &out); err != nil {
		t.Fatal(err)
	}
	if err := r.readLines(file); err != nil {
		t.Fatal(err)
	}
	r.print(&out)
	return r, out.String()
}

// One package of each fate, and the table that follows.
func TestReport(t *testing.T) {
	events := `{"Action":"pass","Package":"github.com/droverhq/drover/a","Test":"TestOne"}
{"Action":"output","Package":"github.com/droverhq/drover/a","Test":"TestTwo","Output":"    a_test.go:9: NOT RUN: X 1: no registry\n"}
{"Action":"output","Package":"github.com/droverhq/drover/a","Test":"TestTwo","Output":"--- SKIP: TestTwo (0.00s)\n"}
{"Action":"skip","Package":"github.com/droverhq/drover/a","Test":"TestTwo"}
{"Action":"pass","Package":"github.com/droverhq/drover/a","Elapsed":1.25}
{"Action":"skip","Package":"github.com/droverhq/drover/b"}
`
	lines := `{"suite":"a","test":"TestOne","system":"PostgreSQL","version":"15.20","status":"run"}
{"suite":"a","test":"TestTwo","system":"X","version":"1","status":"not run","why":"no registry"}
`
	r, got := report(t, events, lines)
	want := `pass  a (1.2 s)

SUITE  PASSED  FAILED  SKIPPED  SECONDS  AGAINST
a      1       0       1        1.2      PostgreSQL 15.20

NO TESTS
  b

SKIPPED
  a TestTwo: NOT RUN: X 1: no registry

NOT RUN
  a against X 1: no registry

1 passed, 0 failed, 1 skipped
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !r.ok(false) || r.ok(true) {
		t.Error("a suite that did not run must fail under CI only")
	}
}

// Whatever goes wrong is counted and shown.
func TestFailures(t *testing.T) {
	for name, events := range map[string]string{
		"a test": `{"Action":"output","Package":"p","Test":"T","Output":"BOOM\n"}
{"Action":"fail","Package":"p","Test":"T"}
{"Action":"fail","Package":"p"}`,
		"a build": `{"Action":"build-output","ImportPath":"p","Output":"BOOM\n"}
{"Action":"build-fail","ImportPath":"p"}
{"Action":"fail","Package":"p","FailedBuild":"p"}`,
		"a panic": `{"Action":"output","Package":"p","Test":"T","Output":"panic: BOOM\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\n"}
{"Action":"fail","Package":"p"}`,
	} {
		r, out := report(t, `{"Action":"pass","Package":"q","Test":"T"}`+"\n"+events+"\n", "")
		if _, failed, _ := r.totals(); failed != 1 || r.ok(false) || !strings.Contains(out, "BOOM") {
			t.Errorf("%s: %d failed, ok %v, output:\n%s", name, failed, r.ok(false), out)
		}
		if !strings.HasSuffix(out, "\n1 passed, 1 failed, 0 skipped\n") {
			t.Errorf("%s: the closing line is missing:\n%s", name, out)
		}
	}
}

// A run of nothing is not a success.
func TestNothingRan(t *testing.T) {
	r, out := report(t, "go: no packages\n", "")
	if r.ok(false) || !strings.Contains(out, "go: no packages") {
		t.Errorf("ok %v:\n%s", r.ok(false), out)
	}
}
