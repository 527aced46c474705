package drover

import "fmt"

// Severity orders findings. The zero value is unset and is not valid.
type Severity int

const (
	Info Severity = iota + 1
	Low
	Medium
	High
	Critical
)

var severities = [...]string{"unset", "info", "low", "medium", "high", "critical"}

// String returns the lower-case word.
func (s Severity) String() string {
	if s < 0 || int(s) >= len(severities) {
		return fmt.Sprintf("severity(%d)", int(s))
	}
	return severities[s]
}

// MarshalText writes the word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word; "unset" is not accepted.
func (s *Severity) UnmarshalText(b []byte) error {
	for i, w := range severities[1:] {
		if w == string(b) {
			*s = Severity(i + 1)
			return nil
		}
	}
	return fmt.Errorf("severity %q is none of %v: %w", cut(string(b), 40), severities[1:], ErrInvalid)
}

// A Finding says that a check or a rule holds for a subject. Two findings with
// the same Key are the same finding, seen twice: its history, exceptions and
// tickets hang on the key, which holds no message text and no time.
type Finding struct {
	Rule     string   `json:"rule"`
	Subject  Ref      `json:"subject"`
	Part     string   `json:"part,omitempty"` // tells apart several findings of one rule on one subject
	Severity Severity `json:"severity"`

	// The five parts of a finding that people can act on.
	What     string   `json:"what"`
	Why      string   `json:"why,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
	Fix      string   `json:"fix,omitempty"` // the exact object and command
	Breaks   string   `json:"breaks,omitempty"`

	Path []Ref `json:"path,omitempty"` // the nodes that prove it, in reading order
}

// Key identifies the finding for ever.
func (f *Finding) Key() string { return f.Rule + " " + string(f.Subject) + " " + f.Part }
