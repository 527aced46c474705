package kubernetes

import "testing"

// BenchmarkPaths reports how many of KubeHound's expected edges are found, and how
// many paths are found that are none.
func BenchmarkPaths(b *testing.B) {
	var m measured
	for b.Loop() {
		m = measure(b)
	}
	b.ReportMetric(m.recall(), "recall")
	b.ReportMetric(float64(len(m.wrong)), "false")
	b.Logf("kubernetes: KubeHound's system test: %d of %d expected edges found (recall %.3f); false paths %d among %d negative objects and %d mutated twins",
		m.found, m.expected, m.recall(), len(m.wrong), m.negatives, m.twins)
	for _, s := range m.missing {
		b.Logf("not found: %s", s)
	}
	for _, s := range m.wrong {
		b.Logf("false: %s", s)
	}
}
