//go:build unix

package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBesideGitleaks reads the history of DROVER_BENCH_REPO, or of a repository
// made of this project's files, here and with the gitleaks command (DROVER_GITLEAKS)
// in turn, and reports the processor seconds of both, the median of the rounds.
func BenchmarkBesideGitleaks(b *testing.B) {
	peer := os.Getenv("DROVER_GITLEAKS")
	if peer == "" {
		b.Skip("DROVER_GITLEAKS not set: no gitleaks binary to compare with")
	}
	dir := os.Getenv("DROVER_BENCH_REPO")
	if dir == "" {
		y := corpus(b, "../..", 2000)
		y.git("repack", "-q", "-a", "-d")
		dir = y.dir
	}
	report := filepath.Join(b.TempDir(), "report.json")
	scan(b, dir, "worktree", "false", "reflogs", "false") // rules are compiled once per process
	var own, theirs []time.Duration
	for b.Loop() {
		begin := cpu(b)
		scan(b, dir, "worktree", "false", "reflogs", "false")
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

// cpu is the processor time that this process has used.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
