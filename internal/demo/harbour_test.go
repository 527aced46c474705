package demo_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/demo"
)

var update = flag.Bool("update", false, "write testdata/golden.txt anew; read it before it is committed")

// Harbour & Finch has what its story says, to the last one, and the checks find
// what is wrong there and nothing else: each line of the golden list was read by
// a person.
func TestHarbour(t *testing.T) {
	golden, err := filepath.Abs(filepath.Join("testdata", "golden.txt"))
	if err != nil {
		t.Fatal(err)
	}
	dir, now := t.TempDir(), time.Now()
	made, err := demo.Harbour(demo.Options{Dir: dir, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if made.Truth.Identities != demo.HarbourIdentities || made.Truth.Humans != demo.HarbourHumans {
		t.Errorf("made %d identities and %d humans", made.Truth.Identities, made.Truth.Humans)
	}
	e := open(t, dir, now)
	scanned(t, e)
	snapshot, err := e.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	s := snapshot.Summary()
	if s.ByVerdict["nhi"] != demo.HarbourIdentities || s.Humans != demo.HarbourHumans || s.ByVerdict["unknown"] != 0 {
		t.Errorf("the estate has %d humans and identities %v", s.Humans, s.ByVerdict)
	}
	var lines []string
	for _, f := range checked(t, e) {
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s", f.Check, f.Severity, f.Subject.Name, short(f.Subject.Ref)))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// short leaves the ids out of a ref that are drawn.
func short(r drover.Ref) string { return r.System() + "/" + r.Type() }
