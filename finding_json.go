package drover

import (
	"encoding/json"
	"fmt"
	"time"
)

// A FindingJSON is a finding as it is written in JSON: lists and times that are unknown are written
// as [] and null, so that every item has every field.
type FindingJSON struct {
	ID          string         `json:"id"`
	Key         string         `json:"key"`
	Check       string         `json:"check"`
	Part        string         `json:"part,omitempty"`
	Severity    Severity       `json:"severity"`
	State       FindingState   `json:"state"`
	Subject     Subject        `json:"subject"`
	What        string         `json:"what"`
	Why         string         `json:"why"`
	Evidence    []FindingProof `json:"evidence"`
	Fix         Fix            `json:"fix"`
	Breaks      Breaks         `json:"breaks"`
	Controls    []string       `json:"controls"`
	Path        []Ref          `json:"path,omitempty"`
	FirstSeen   *time.Time     `json:"first_seen"`
	LastSeen    *time.Time     `json:"last_seen"`
	FixedAt     *time.Time     `json:"fixed_at,omitempty"`
	FixedBy     string         `json:"fixed_by,omitempty"`
	Owner       *string        `json:"owner"`
	Assignee    string         `json:"assignee,omitempty"`
	Exception   string         `json:"exception,omitempty"`
	Risk        int            `json:"risk"`
	Fingerprint string         `json:"fingerprint"`
}

// MarshalJSON writes the exchange form of a finding.
func (f Finding) MarshalJSON() ([]byte, error) { return json.Marshal(f.JSON()) }

// JSON is the exchange form of a finding.
func (f Finding) JSON() FindingJSON {
	j := FindingJSON{ID: f.ID(), Key: f.Key(), Check: f.Check, Part: f.Part, Severity: f.Severity, State: f.State, Subject: f.Subject, What: f.What, Why: f.Why,
		Evidence: f.Evidence, Fix: f.Fix, Breaks: f.Breaks, Controls: f.Controls, Path: f.Path, FirstSeen: stamp(f.FirstSeen), LastSeen: stamp(f.LastSeen),
		FixedAt: stamp(f.FixedAt), FixedBy: f.FixedBy, Assignee: f.Assignee, Exception: f.Exception, Risk: f.Risk, Fingerprint: f.Fingerprint()}
	if f.Owner != "" {
		j.Owner = &f.Owner
	}
	if j.State == "" {
		j.State = FindingOpen
	}
	if j.Evidence == nil {
		j.Evidence = []FindingProof{}
	}
	if j.Controls == nil {
		j.Controls = []string{}
	}
	if j.Breaks.Unknowns == nil {
		j.Breaks.Unknowns = []string{}
	}
	return j
}

// UnmarshalJSON reads what MarshalJSON wrote. Id, key and fingerprint are made
// anew from the rest.
func (f *Finding) UnmarshalJSON(b []byte) error {
	var j FindingJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return fmt.Errorf("finding: %w", err)
	}
	*f = Finding{Check: j.Check, Part: j.Part, Severity: j.Severity, State: j.State, Subject: j.Subject, What: j.What, Why: j.Why, Evidence: j.Evidence, Fix: j.Fix,
		Breaks: j.Breaks, Controls: j.Controls, Path: j.Path, FirstSeen: moment(j.FirstSeen), LastSeen: moment(j.LastSeen), FixedAt: moment(j.FixedAt), FixedBy: j.FixedBy,
		Assignee: j.Assignee, Exception: j.Exception, Risk: j.Risk}
	if j.Owner != nil {
		f.Owner = *j.Owner
	}
	return nil
}

func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
