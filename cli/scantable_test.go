package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// What may not be read is counted, not lost in the JSON; sections left out for
// the same reason are told together.
func TestScanTable(t *testing.T) {
	denied := "needs pg_monitor"
	r := &engine.ScanResult{Sources: []engine.ScanSource{{ID: "m", Status: drover.StatusOK, Sections: []engine.SectionState{
		{Name: "ssh", Status: drover.StatusOK, Notes: []drover.Note{{Where: "/home/a/.ssh", Text: "not read", Unread: true}, {Where: "/home/b/.ssh", Text: "not read", Unread: true}, {Where: "x", Text: "a note"}}},
		{Name: "hba", Status: drover.StatusSkipped, Error: &denied},
		{Name: "passwords", Status: drover.StatusSkipped, Error: &denied},
	}}}}
	show := func(verbose bool) string {
		var b bytes.Buffer
		a := &app{out: &b, errs: &b, now: time.Now, flags: flags{verbose: verbose}}
		a.scanTable(&b, r, nil)
		return b.String()
	}
	got := show(false)
	for _, want := range []string{"2 places that this scan does not speak for: -v shows them\n", "hba, passwords: skipped: needs pg_monitor\n"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("got %q, want once %q", got, want)
		}
	}
	if got := show(true); !strings.Contains(got, "/home/a/.ssh: not read") {
		t.Errorf("-v: got %q", got)
	}
}
