package peers

import (
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// BenchmarkOurs is one decision of ours in the same workload, alone.
func BenchmarkOurs(b *testing.B) {
	e, err := newOurs(newWorkload(seed))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	from, n := realtest.CPUTime(), 0
	for b.Loop() {
		e.decide(n % decisions)
		n++
	}
	b.ReportMetric(float64((realtest.CPUTime()-from).Nanoseconds())/float64(n), "cpu-ns/decision")
}
