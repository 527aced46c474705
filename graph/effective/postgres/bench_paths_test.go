package postgres

import (
	"context"
	"slices"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// BenchmarkPaths prints how many of the paths that a real server lets an attacker
// take are found, and how many are found that it does not: over all techniques
// with their controls, on each version. The time is that of making all effects of
// the scanned cluster.
func BenchmarkPaths(b *testing.B) {
	for _, major := range []string{"15", "18"} {
		b.Run(major, func(b *testing.B) {
			realtest.Postgres(b, major)
			s := newStage(b, major)
			n := s.score()
			edges := 0
			for b.Loop() {
				m, err := System.Load(context.Background(), s.world.in)
				if err != nil {
					b.Fatal(err)
				}
				edges = len(slices.Collect(m.Edges))
			}
			b.ReportMetric(float64(n.found)/float64(n.positives), "recall")
			b.ReportMetric(float64(n.false_), "false")
			b.ReportMetric(float64(n.positives), "positives")
			b.ReportMetric(float64(n.negatives), "controls")
			b.ReportMetric(float64(edges), "edges")
		})
	}
}
