package drover

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

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

// Severities lists every Severity from worst to least.
var Severities = []Severity{Critical, High, Medium, Low, Info}

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

// A FindingState is where a finding stands.
type FindingState string

const (
	FindingOpen      FindingState = "open"      // it holds and nobody has accepted it
	FindingRegressed FindingState = "regressed" // it was fixed, and holds again
	FindingAccepted  FindingState = "accepted"  // it holds, and an exception covers it until a date; it still counts in posture
	FindingFixed     FindingState = "fixed"     // the check looked again and it holds no more
	FindingUnchecked FindingState = "unchecked" // it held when it was last looked at; since then the check could not look
)

// FindingStates lists every FindingState.
var FindingStates = []FindingState{FindingOpen, FindingRegressed, FindingAccepted, FindingFixed, FindingUnchecked}

// A Finding says that a check or a rule holds for a subject. Two findings with
// the same Key are the same finding, seen twice: its history, exceptions and
// tickets hang on the key, which holds no message text and no time.
type Finding struct {
	Check    string   // id of the check or rule
	Subject  Subject  // what it is about; Ref identifies it
	Part     string   // tells apart several findings of one check on one subject
	Severity Severity // of this finding: a check may raise or lower its own

	// The five parts of a finding that people can act on. None is empty in a
	// finding that a check reported.
	What     string         // one sentence, subject first
	Why      string         // the consequence, in words of the business
	Evidence []FindingProof // what decides it; at least one
	Fix      Fix
	Breaks   Breaks

	Controls []string // "OWASP-NHI7:2025"
	Path     []Ref    // the nodes that prove it, in reading order

	// What its history and the engine add; zero in what a check reports.
	State     FindingState
	FirstSeen time.Time // when Drover first found it
	LastSeen  time.Time // when it was last found
	FixedAt   time.Time // when it was seen to hold no more
	FixedBy   string    // what change closed it: "attribute Status of aws-key:AKIA… is Inactive", "no longer listed"
	Owner     string    // who answers for the subject, as displayed; "": nobody
	Assignee  string    // who was asked to act; "": nobody
	Risk      int       // of its subject, 0 to 100
	Exception string    // why it is accepted: id, reason, approver and end in one line
}

// A Subject is what a finding is about.
type Subject struct {
	Ref  Ref    `json:"ref"`
	Name string `json:"name"` // as displayed by its system; hostile text
	Type string `json:"type"` // the vendor's
}

// A FindingProof is one fact that a finding rests on.
type FindingProof struct {
	Text   string    `json:"text"`        // "last used 2025-11-02 (385 days ago)"
	Source string    `json:"source"`      // the source or the field that says so: "credential_report", "postgres orders-db: pg_roles.rolsuper"
	At     time.Time `json:"at,omitzero"` // when it was read, or when it happened; zero: unknown
	Grade  Grade     `json:"grade"`       // never "": proven is said
}

// A Fix is what ends a finding: the exact object, and the exact command.
type Fix struct {
	Text    string `json:"text"`    // one sentence in the imperative that names the object
	Command string `json:"command"` // what to type, quoted for a POSIX shell; "": there is no command for it, Text says what to do
	Action  string `json:"action"`  // id of the remedy: "disable", "rotate", "set_owner"
	Undo    string `json:"-"`       // one sentence: how it is taken back, or that it cannot be; Breaks repeats it. "": nothing is to say

	// Object is what is changed, and Group what the fixes of several findings
	// have in common: findings with the same Group are closed together.
	Object Ref    `json:"object,omitempty"`
	Group  string `json:"group,omitempty"`
}

// Breaks says what the fix may stop.
type Breaks struct {
	Text       string   `json:"text"`       // what stops, or that nothing was seen to depend on it, within which window
	Dependents int      `json:"dependents"` // how many things depend on what is changed, as far as is known; who only has a right to it is told in Text alone
	Unknowns   []string `json:"unknowns"`   // what could not be seen; empty: everything was
}

// Key identifies the finding for ever: "check ref", and " part" where it has one.
func (f *Finding) Key() string {
	key := f.Check + " " + string(f.Subject.Ref)
	if f.Part != "" {
		key += " " + f.Part
	}
	return key
}

// Fingerprint is 32 hex digits of a hash of the key: the same finding has the
// same one in every installation and format.
func (f *Finding) Fingerprint() string {
	sum := sha256.Sum256([]byte(f.Key()))
	return hex.EncodeToString(sum[:16])
}

// ID is how people name a finding: "F-" and the first digits of its fingerprint
// in base 32.
func (f *Finding) ID() string { return "F-" + findingDigits(f.Fingerprint()) }

// Valid returns nil, or an error wrapping ErrInvalid that names the bad field.
func (f *Finding) Valid() error {
	if f.Check == "" {
		return fmt.Errorf("finding: check is empty: %w", ErrInvalid)
	}
	if err := f.Subject.Ref.Valid(); err != nil {
		return fmt.Errorf("finding: subject: %w", err)
	}
	if f.Severity < Info || f.Severity > Critical {
		return fmt.Errorf("finding %s: severity is unset: %w", f.Check, ErrInvalid)
	}
	if f.What == "" {
		return fmt.Errorf("finding %s on %s: what is empty: %w", f.Check, f.Subject.Ref, ErrInvalid)
	}
	return nil
}

// crockford is base 32 without letters that are mistaken for others.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func findingDigits(fingerprint string) string {
	raw, err := hex.DecodeString(fingerprint[:10])
	if err != nil {
		return fingerprint
	}
	v := uint64(0)
	for _, b := range raw {
		v = v<<8 | uint64(b)
	}
	out := make([]byte, 8)
	for i := range out {
		out[7-i] = crockford[v&31]
		v >>= 5
	}
	return string(out)
}
