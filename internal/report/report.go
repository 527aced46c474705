// Package report holds what the reports say, as plain values, and the writers
// that lay them out for the screen, for paper, for a table and for a program. The
// engine fills the values; nothing here asks a question of its own.
package report

import (
	"time"

	"github.com/droverhq/drover"
)

// Names lists the reports.
var Names = []string{"inventory", "posture", "executive", "four-questions"}

// A Report is one of them. A part that a report does not have is nil; a part that
// it has and that is not known says so in itself.
type Report struct {
	Schema     string    `json:"schema"` // "drover/v1/report"
	Name       string    `json:"report"`
	Title      string    `json:"title"`
	At         time.Time `json:"at"`         // the moment that it is about
	Generation int64     `json:"generation"` // of the inventory that it counts
	Tool       string    `json:"tool"`       // the version of drover

	Questions  *Questions  `json:"questions,omitempty"`
	Inventory  *Inventory  `json:"inventory,omitempty"`
	Posture    *Posture    `json:"posture,omitempty"`
	Trend      *Trend      `json:"trend,omitempty"`
	Due        *Due        `json:"due,omitempty"`
	Fixes      *Fixes      `json:"fixes,omitempty"`
	Exceptions *Exceptions `json:"exceptions,omitempty"`
	Coverage   *Coverage   `json:"coverage,omitempty"`
	Unknowns   []string    `json:"unknowns"` // what could not be said, and why, one sentence each
}

// Schema is that of every report.
const Schema = "drover/v1/report"

// A Share answers a question with numbers: n of N, and of how many of the N it is
// not known. What is neither counted nor unknown is known not to be so.
type Share struct {
	Question string   `json:"question"`
	N        int      `json:"n"`
	Of       int      `json:"of"`
	Unknown  int      `json:"unknown"`
	Means    string   `json:"means"`    // what counts, in a sentence
	Evidence []string `json:"evidence"` // how it is known
	List     string   `json:"list"`     // the command that lists the n; "": there is none
	Rest     string   `json:"rest"`     // the command that lists the others, or where List is "" what is held against them; "": there is none
}

// Questions are the four that every owner of non-human identities is asked.
type Questions struct {
	Many        Share    `json:"many"`
	Humans      int      `json:"humans"`
	Ratio       *float64 `json:"ratio"`   // non-human identities per human; null: no human is known
	ByType      []Tally  `json:"by_type"` // the most first
	Monitored   Share    `json:"monitored"`
	Owned       Share    `json:"owned"`
	Appropriate Share    `json:"appropriate"`
}

// A Tally is how many there are of something.
type Tally struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// An Inventory is what there is.
type Inventory struct {
	Identities int            `json:"identities"` // non-human ones, and those of which it is not known
	Humans     int            `json:"humans"`
	Counts     []Breakdown    `json:"counts"`
	Items      []IdentityItem `json:"items"`
	Listed     string         `json:"list"` // the command that lists all of them
}

// A Breakdown counts the identities by one of their facts.
type Breakdown struct {
	By     string  `json:"by"` // "type", "environment"
	Counts []Tally `json:"counts"`
}

// An IdentityItem is one identity of an inventory.
type IdentityItem struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Type      string     `json:"type"`
	NHIType   string     `json:"nhi_type"` // "unknown" where it is not
	Env       string     `json:"env"`
	Owner     string     `json:"owner"` // "": nobody
	Lifecycle string     `json:"lifecycle"`
	LastUsed  *time.Time `json:"last_used"` // null: unknown
	Created   *time.Time `json:"created"`
	Keys      int        `json:"credentials"`
	Risk      int        `json:"risk"`
	Tier0     bool       `json:"tier0"` // if it falls, everything falls
}

// A Posture is how it stands.
type Posture struct {
	CheckedAt  *time.Time       `json:"checked_at"` // null: no check was ever run
	Checks     int              `json:"checks"`     // of the last run
	Failed     []string         `json:"failed"`     // that could not look, and why
	Clean      Share            `json:"clean"`      // identities without a finding of high or critical severity
	Severities []Severity       `json:"severities"`
	Areas      []Area           `json:"areas"`
	Worst      []drover.Finding `json:"worst"`
}

// A Severity counts the findings that hold, those that somebody accepted among
// them.
type Severity struct {
	Severity drover.Severity `json:"severity"`
	Open     int             `json:"open"` // open, regressed and unchecked
	Accepted int             `json:"accepted"`
	List     string          `json:"list"`
}

// An Area counts the findings of one area that hold.
type Area struct {
	Area     string `json:"area"`
	Checks   int    `json:"checks"`   // that look at it
	Findings int    `json:"findings"` // open ones
	Worst    string `json:"worst"`    // the worst severity among them, "": none
}

// A Trend is how many findings held, over time.
type Trend struct {
	Points []Point `json:"points"` // the oldest first; empty: the history is too short
	Why    string  `json:"why"`    // what is missing, "": nothing
}

// A Point is the state at one moment.
type Point struct {
	At    time.Time      `json:"at"`
	Basis string         `json:"basis"` // Recorded or AskedAnew
	Open  map[string]int `json:"open"`  // by severity, all of them
	Total int            `json:"total"`
}

// What a Point rests on: what a run of the checks recorded at that moment, by the
// checks and the policy of that day, or what today's checks say of the inventory as
// it was then.
const (
	Recorded  = "recorded"
	AskedAnew = "asked anew"
)

// Due are the secrets that end, or ought to be changed, soon.
type Due struct {
	Buckets []Bucket  `json:"buckets"` // overdue, within 7, 30, 60 and 90 days; each without those of the one before
	Items   []DueItem `json:"items"`   // the soonest first
	NoEnd   Share     `json:"no_end"`  // secrets whose end is not known, among those that are in force
}

// A Bucket counts what falls into a span of days.
type Bucket struct {
	Name    string `json:"name"`
	Days    int    `json:"days"` // 0: overdue
	Expire  int    `json:"expire"`
	Rotate  int    `json:"rotate"`
	Breaks  int    `json:"breaks"`  // secrets among them on which something depends
	Unknown int    `json:"unknown"` // among them of which it is not known what depends on them
}

// A DueItem is one secret that is due.
type DueItem struct {
	ID         string     `json:"id"`
	Ref        drover.Ref `json:"ref"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Identity   string     `json:"identity"` // whose it is; "": not known
	Why        string     `json:"why"`      // expires, rotate
	At         time.Time  `json:"at"`
	Days       int        `json:"days"`       // until then; negative: ago
	Stops      string     `json:"stops"`      // what stops
	Dependents int        `json:"dependents"` // how many things
	Unknowns   []string   `json:"unknowns"`
	Owner      string     `json:"owner"`
}

// Fixes are the acts that help most.
type Fixes struct {
	Total int       `json:"total"` // acts that end everything
	Top   []FixItem `json:"top"`
}

// A FixItem is one act.
type FixItem struct {
	ID          string          `json:"id"`
	Title       string          `json:"title"`
	Severity    drover.Severity `json:"severity"` // the worst that it ends
	Findings    int             `json:"findings"` // that it ends
	RiskRemoved int             `json:"risk_removed"`
	Breaks      drover.Breaks   `json:"breaks"`
	Owners      []string        `json:"owners"`
}

// Exceptions are what somebody decided to live with.
type Exceptions struct {
	Findings int             `json:"findings"`
	Items    []ExceptionItem `json:"items"`
}

// An ExceptionItem is one decision.
type ExceptionItem struct {
	Says     string          `json:"says"` // reason, approver and end in one line
	Findings int             `json:"findings"`
	Worst    drover.Severity `json:"worst"`
	Until    *time.Time      `json:"until"`  // null: it is in Says only
	Lapsed   bool            `json:"lapsed"` // it has ended, or what it was about has changed
}

// Coverage is what was looked at, and when.
type Coverage struct {
	Sources []SourceItem `json:"sources"`
	Unseen  int          `json:"unseen"` // things that are only mentioned: no source delivered them
	Gaps    []string     `json:"gaps"`   // permissions that were not analysed
}

// A SourceItem is how the last look at a source went.
type SourceItem struct {
	ID     string     `json:"id"`
	Kind   string     `json:"kind"`
	Status string     `json:"status"` // ok, partial, failed, disabled, never
	LastOK *time.Time `json:"last_ok"`
	Stale  bool       `json:"stale"` // the last success is over a week ago, or there was none
	Says   string     `json:"says"`
}
