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

// What several sections cannot read for one reason is told once, in lines that
// can be copied; of sections with one name it is said which they are.
func TestScanTableFaults(t *testing.T) {
	rule, throttled := "denied; grant\n- verbs: [list]\x1b[2J", "throttled"
	lost := []drover.Note{{Where: "secret", Text: "not joined: " + rule, Lost: true}}
	r := &engine.ScanResult{Sources: []engine.ScanSource{{ID: "m", Status: drover.StatusPartial, Sections: []engine.SectionState{
		{Name: "secrets", Status: drover.StatusFailed, Error: &rule},
		{Name: "jobs", Status: drover.StatusPartial, Notes: lost},
		{Name: "pods", Status: drover.StatusPartial, Notes: lost},
		{Name: "lambda", Coverage: "aws:111122223333/eu-west-1/lambda", Status: drover.StatusFailed, Error: &throttled},
		{Name: "lambda", Coverage: "aws:444455556666/eu-west-1/lambda", Status: drover.StatusOK},
	}}}}
	var b bytes.Buffer
	(&app{out: &b, errs: &b, now: time.Now}).scanTable(&b, r, nil)
	for _, want := range []string{
		"         secrets: failed: denied; grant\n             - verbs: [list]",
		"         jobs, pods: partial: ",
		"           secret: not joined: denied; grant\n             - verbs: [list]",
		"         lambda of aws:111122223333/eu-west-1: failed: throttled\n",
	} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("got %q, want once %q", b.String(), want)
		}
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Errorf("an escape sequence came through: %q", b.String())
	}
}
