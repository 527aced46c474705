package cli

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/engine"
)

// `drover source list` shows when each source is due and how often it failed in a row.
func TestSourceColumns(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	in := func(d time.Duration) *time.Time { at := now.Add(d); return &at }
	every := "15m"
	var got [][]string
	a := &app{now: func() time.Time { return now }}
	columns := a.sourceColumns()
	for _, s := range []engine.SourceState{
		{ID: "never"},
		{ID: "due", Every: &every, NextScan: in(7 * time.Minute), LastOK: in(-8 * time.Minute)},
		{ID: "late", Every: &every, NextScan: in(-time.Minute), Failures: 3},
		{ID: "new", Every: &every},
	} {
		var row []string
		for _, c := range columns {
			if slices.Contains([]string{"ID", "LAST OK", "DUE", "FAILED IN A ROW"}, c.Name) {
				row = append(row, c.Get(s))
			}
		}
		got = append(got, row)
	}
	want := [][]string{{"never", "-", "-", "-"}, {"due", "8m", "in 7m", "0"}, {"late", "-", "now", "3"}, {"new", "-", "unknown", "0"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
