package junit

import (
	"bytes"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

func render(t *testing.T, whole bool, n int) []byte {
	t.Helper()
	head := exporttest.Head()
	if whole {
		head.Subject = ""
	}
	var b bytes.Buffer
	if err := write(t.Context(), &b, head, exporttest.Findings(n)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A reader of others finds the cases that were written, and the schema of Jenkins
// is kept.
func TestReaders(t *testing.T) {
	const n = 400
	want := map[string]int{}
	for r := range exporttest.Findings(n) {
		switch r.Finding.State {
		case drover.FindingFixed:
		case drover.FindingAccepted:
			want["skipped"]++
		case drover.FindingUnchecked:
			want["errors"]++
		default:
			want["failures"]++
		}
	}
	want["errors"]++ // the check that could not look
	got := realtest.JUnit(t, render(t, true, n))
	for _, e := range got.Schema {
		t.Error(e)
	}
	sum, cases := map[string]int{}, 0
	names := map[string]bool{}
	for _, s := range got.Suites {
		names[s.Name] = true
		if s.Tests != s.Said {
			t.Errorf("suite %s says %d tests and has %d", s.Name, s.Tests, s.Said)
		}
		cases += s.Said
		sum["failures"] += s.Failures
		sum["errors"] += s.Errors
		sum["skipped"] += s.Skipped
	}
	for k, v := range want {
		if sum[k] != v {
			t.Errorf("%d %s, want %d", sum[k], k, v)
		}
	}
	if cases != n+2 || !names["quietcheck"] || !names["openfederation"] {
		t.Errorf("%d cases of %v, want the findings and one for each check that found nothing or could not look", cases, names)
	}
	if bad := realtest.JUnit(t, bytes.Replace(render(t, true, 3), []byte(` tests=`), []byte(` toasts=`), 1)); len(bad.Schema) == 0 {
		t.Error("a suite without its number of tests was not complained of")
	}
}

// Of a part of the findings, none says that a check found nothing.
func TestPart(t *testing.T) {
	if out := string(render(t, false, 3)); strings.Contains(out, "quietcheck") || !strings.Contains(out, "openfederation") {
		t.Error("a check whose findings may be among those left out passes, or one that could not look is left out")
	}
}

// A check with more findings than are held has several suites, each with its
// numbers right.
func TestLargeCheck(t *testing.T) {
	out := render(t, true, 6_000)
	if n := bytes.Count(out, []byte(`<testsuite id=`)); n < 6 {
		t.Errorf("%d suites", n)
	}
	for _, s := range realtest.JUnit(t, out).Suites {
		if s.Tests != s.Said {
			t.Errorf("suite %s says %d tests and has %d", s.Name, s.Tests, s.Said)
		}
	}
}
