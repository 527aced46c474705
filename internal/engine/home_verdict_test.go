package engine

import (
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/report"
)

// The verdict says how it was before, or that there is nothing to compare with.
func TestCompared(t *testing.T) {
	now := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	point := func(days, total int) FlowPoint {
		return FlowPoint{Point: report.Point{At: now.Add(-time.Duration(days) * drover.Day), Total: total}}
	}
	for _, c := range []struct {
		want   string
		points []FlowPoint
	}{
		{" There is nothing earlier to compare with.", nil},
		{" There is nothing earlier to compare with.", []FlowPoint{point(0, 3)}},
		{" As many findings are open as 10 days ago.", []FlowPoint{point(10, 3), point(0, 3)}},
		{" 2 more findings are open than 28 days ago.", []FlowPoint{point(80, 9), point(28, 3), point(5, 40), point(0, 5)}},
		{" 1 fewer finding is open than 60 days ago.", []FlowPoint{point(90, 1), point(60, 4), point(0, 3)}},
	} {
		v := TrendView{Points: c.points}
		if got := v.compared(); got != c.want {
			t.Errorf("%d points: got %q, want %q", len(c.points), got, c.want)
		}
	}
}
