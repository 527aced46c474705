package csv

import (
	"cmp"
	"strconv"

	"github.com/droverhq/drover"
)

// FindingColumns is the header of findings; columns are only ever added at its
// end.
var FindingColumns = []string{"id", "fingerprint", "check", "severity", "state", "subject_ref", "subject_name", "subject_type", "part", "what", "why", "evidence", "fix", "command", "action", "fix_object", "fix_group",
	"breaks", "dependents", "unknowns", "controls", "owner", "assignee", "risk", "first_seen", "last_seen", "fixed_at", "fixed_by", "exception"}

func findingRow(f *drover.Finding) []string {
	var evidence []string
	for _, e := range f.Evidence {
		text := e.Text + " | " + e.Source + " | " + string(cmp.Or(e.Grade, drover.GradeProven))
		if !e.At.IsZero() {
			text += " | " + stamp(e.At)
		}
		evidence = append(evidence, text)
	}
	return safe([]string{f.ID(), f.Fingerprint(), f.Check, f.Severity.String(), string(cmp.Or(f.State, drover.FindingOpen)), string(f.Subject.Ref), f.Subject.Name, f.Subject.Type, f.Part, f.What, f.Why,
		lines(evidence), f.Fix.Text, f.Fix.Command, f.Fix.Action, string(f.Fix.Object), f.Fix.Group, f.Breaks.Text, strconv.Itoa(f.Breaks.Dependents), lines(f.Breaks.Unknowns), lines(f.Controls),
		f.Owner, f.Assignee, strconv.Itoa(f.Risk), stamp(f.FirstSeen), stamp(f.LastSeen), stamp(f.FixedAt), f.FixedBy, f.Exception}, 11, 19, 20)
}
