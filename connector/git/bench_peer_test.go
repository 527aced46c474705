//go:build unix

package git_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/git"
	"github.com/droverhq/drover/internal/realtest"
)

// BenchmarkBesideGitleaks reads the history of DROVER_BENCH_REPO, or of a repository
// made of this project's files, here and with the gitleaks command (DROVER_GITLEAKS)
// in turn, and reports the processor seconds of both, the median of the rounds.
func BenchmarkBesideGitleaks(b *testing.B) {
	peer := realtest.Gitleaks(b)
	dir := os.Getenv("DROVER_BENCH_REPO")
	if dir == "" {
		y := corpus(b, "../..", 2000)
		y.git("repack", "-q", "-a", "-d")
		dir = y.dir
	}
	report := filepath.Join(b.TempDir(), "report.json")
	emitted(b, dir) // rules are compiled once per process
	var own, theirs []time.Duration
	for b.Loop() {
		begin := cpu(b)
		emitted(b, dir)
		own = append(own, cpu(b)-begin)
		cmd := exec.Command(peer, "git", "--no-banner", "--exit-code", "0", "-f", "json", "-r", report, dir)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("run gitleaks: %v\n%s", err, out)
		}
		theirs = append(theirs, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	slices.Sort(own)
	slices.Sort(theirs)
	mine, other := own[len(own)/2].Seconds(), theirs[len(theirs)/2].Seconds()
	b.ReportMetric(mine, "cpu-s")
	b.ReportMetric(other, "gitleaks-cpu-s")
	b.ReportMetric(other/mine, "times")
}

// emitted scans the history and writes what comes out to nowhere, as JSON: gitleaks
// writes a report too. What the contract suite checks and sorts is not the scan's.
func emitted(b *testing.B, dir string) {
	b.Helper()
	out := json.NewEncoder(io.Discard)
	s := &connector.Scan{Session: connectortest.Session(b, git.Connector, map[string][]string{"paths": {dir}, "worktree": {"false"}, "reflogs": {"false"}}, new(bytes.Buffer)),
		Open: func(context.Context, string, string) (connector.Sink, error) { return written{out}, nil }}
	if err := git.Connector.Discover(b.Context(), s); err != nil {
		b.Fatal(err)
	}
}

type written struct{ out *json.Encoder }

func (w written) Put(_ string, r drover.Record) error { return w.out.Encode(r) }
func (w written) Keep(string) error                   { return nil }
func (w written) Close(drover.Section) error          { return nil }

// cpu is the processor time that this process has used.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
