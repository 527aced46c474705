package ocsf

import (
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// An event is of the moment at which the finding was last seen, and what happened
// then fits how it stands since.
func TestMoment(t *testing.T) {
	first := time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)
	now := first.Add(20 * drover.Day)
	fixed := now.Add(-time.Minute)
	for _, c := range []struct {
		name                   string
		f                      drover.Finding
		at, start, end         time.Time
		activity, status, kind string
	}{
		{"first seen by the last look", drover.Finding{State: drover.FindingOpen, FirstSeen: now, LastSeen: now}, now, now, time.Time{}, "Create", "New", "Compliance Finding: Create"},
		{"seen again", drover.Finding{State: drover.FindingOpen, FirstSeen: first, LastSeen: now}, now, first, time.Time{}, "Update", "In Progress", "Compliance Finding: Update"},
		{"assigned at once", drover.Finding{State: drover.FindingOpen, FirstSeen: now, LastSeen: now, Assignee: "asha"}, now, now, time.Time{}, "Create", "New", "Compliance Finding: Create"},
		{"accepted", drover.Finding{State: drover.FindingAccepted, FirstSeen: now, LastSeen: now}, now, now, time.Time{}, "Update", "Suppressed", "Compliance Finding: Update"},
		{"fixed", drover.Finding{State: drover.FindingFixed, FirstSeen: first, LastSeen: first.Add(drover.Day), FixedAt: fixed}, fixed, first, fixed, "Close", "Resolved", "Compliance Finding: Close"},
		{"not looked at again", drover.Finding{State: drover.FindingUnchecked, FirstSeen: first, LastSeen: first}, first, first, time.Time{}, "Update", "Unknown", "Compliance Finding: Update"},
		{"fixed before and open again", drover.Finding{State: drover.FindingOpen, FirstSeen: first, LastSeen: now, FixedAt: first.Add(drover.Day)}, now, first, time.Time{}, "Update", "In Progress", "Compliance Finding: Update"},
		{"never stored", drover.Finding{}, now, time.Time{}, time.Time{}, "Create", "New", "Compliance Finding: Create"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.f.Controls = []string{"OWASP-NHI7:2025"}
			e := event(&c.f, nil, &export.Head{Now: now})
			if e.Time != millis(c.at) || e.Start != millis(c.start) || e.End != millis(c.end) {
				t.Errorf("time %d, start %d, end %d; want %d, %d, %d", e.Time, e.Start, e.End, millis(c.at), millis(c.start), millis(c.end))
			}
			if e.ActivityName != c.activity || e.Status != c.status || e.TypeName != c.kind {
				t.Errorf("%s, %s, %s; want %s, %s, %s", e.ActivityName, e.Status, e.TypeName, c.activity, c.status, c.kind)
			}
			if first := max(millis(c.f.FirstSeen), 0); e.FindingInfo.FirstSeen != first {
				t.Errorf("first_seen_time %d, want %d", e.FindingInfo.FirstSeen, first)
			}
		})
	}
}
