//go:build unix

package builtin_test

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/check"
)

// identities is how many the estate of the benchmark has: DROVER_BENCH_N, 20,000
// unless told.
func identities() int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_BENCH_N")); err == nil && n > 0 {
		return n
	}
	return 20_000
}

// BenchmarkChecks asks all checks of an estate of DROVER_BENCH_N identities in one
// walk. live-MB is what the run holds on to while it goes, at most, beyond the
// estate itself: findings are handed out one by one, so it grows with the checks
// that compare everything with everything, and not with what they find.
func BenchmarkChecks(b *testing.B) {
	e := land(b, identities())
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		e := &check.Estate{Graph: e.Graph, Effects: e.Effects, Policy: e.Policy, Now: e.Now}
		findings, peak := 0, uint64(0)
		o := check.Options{Finding: func(drover.Finding) error { findings++; return nil }}
		o.Progress = func(done, all int) {
			if done%(1<<18) == 0 || done+4096 >= all {
				runtime.GC()
				runtime.ReadMemStats(&during)
				peak = max(peak, during.HeapAlloc)
			}
		}
		start, busy := time.Now(), cpu()
		if err := check.Run(b.Context(), e, builtin.Checks, o); err != nil {
			b.Fatal(err)
		}
		took := time.Since(start)
		b.ReportMetric(cpu()-busy, "cpu-s")
		b.ReportMetric(float64(e.Graph.Seen())/took.Seconds(), "rows/s")
		b.ReportMetric(float64(took.Nanoseconds())/float64(e.Graph.Seen())/float64(len(builtin.Checks)), "ns/row/check")
		b.ReportMetric(float64(findings), "findings")
		b.ReportMetric(float64(peak-min(peak, before.HeapAlloc))/(1<<20), "live-MB")
		b.ReportMetric(float64(len(builtin.Checks)), "checks")
	}
	runtime.KeepAlive(e)
}

// cpu is how many seconds processors have worked for this process, garbage
// collection included: on a machine that others use too, the fairer number.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// BenchmarkEachCheck says what each check costs by itself, a row.
func BenchmarkEachCheck(b *testing.B) {
	e := land(b, min(identities(), 100_000))
	for _, c := range builtin.Checks {
		b.Run(c.ID, func(b *testing.B) {
			b.ReportAllocs()
			findings := 0
			for b.Loop() {
				findings = 0
				if err := check.Run(b.Context(), e, []*check.Check{c}, check.Options{Finding: func(drover.Finding) error { findings++; return nil }}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(e.Graph.Seen()), "ns/row")
			b.ReportMetric(float64(findings), "findings")
		})
	}
}
