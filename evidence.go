package drover

import (
	"fmt"
	"slices"
	"time"
)

// Grade says how well a fact is known.
type Grade string

const (
	GradeProven   Grade = "proven"   // read from the system that decides it
	GradeInferred Grade = "inferred" // concluded, or conditional
	GradeDeclared Grade = "declared" // a person or a file says so, not seen yet
	GradeUnknown  Grade = "unknown"
)

// Grades lists every Grade from best to worst.
var Grades = []Grade{GradeProven, GradeInferred, GradeDeclared, GradeUnknown}

// Valid accepts the listed grades and "", which stands for proven.
func (g Grade) Valid() error {
	if g != "" && !slices.Contains(Grades, g) {
		return fmt.Errorf("grade %q is none of %v: %w", cut(string(g), 40), Grades, ErrInvalid)
	}
	return nil
}

// The claims that Evidence is made for.
const (
	ClaimLastUsed   = "last_used"    // At: when it was last used to authenticate or act
	ClaimNeverUsed  = "never_used"   // the source covers Window and saw no use; unlike absence of evidence
	ClaimLive       = "live"         // At: when it was seen connected or running
	ClaimCalls      = "calls"        // Count: calls made in Window
	ClaimDeclared   = "declared"     // a person said it exists
	ClaimFileTime   = "file_time"    // At: modification time of the file it lies in; a bound on its age, no more
	ClaimLastChange = "last_changed" // At: when its secret or definition was last changed, where Rotated cannot be read
)

// Evidence is a volatile fact about a node: it lies outside content hashes and
// diffs. The latest value and one a day are kept.
type Evidence struct {
	Subject Ref    `json:"subject"`
	Claim   string `json:"claim"`
	Source  string `json:"source"` // what says so: "pg_stat_activity", "credential_report", "interview"

	At          time.Time     `json:"at,omitzero"`          // zero: unknown, never "never"
	Window      time.Duration `json:"window,omitzero"`      // how far back the source looks; in JSON nanoseconds
	Granularity time.Duration `json:"granularity,omitzero"` // At is true to this much; zero: exact
	Count       int64         `json:"count,omitzero"`
	Value       string        `json:"value,omitempty"` // a short detail: client address class, service name; never a secret
	Grade       Grade         `json:"grade,omitempty"` // "": proven
}

// Valid returns nil, or an error wrapping ErrInvalid that names the bad field.
func (e *Evidence) Valid() error {
	if err := e.Subject.Valid(); err != nil {
		return fmt.Errorf("evidence: subject: %w", err)
	}
	if e.Claim == "" || e.Source == "" {
		return fmt.Errorf("evidence on %s: claim and source must not be empty: %w", e.Subject, ErrInvalid)
	}
	return e.Grade.Valid()
}
