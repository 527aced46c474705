package policy

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// A Policy is what one drover.yaml says, with the policy files beside it. The
// zero value has no thresholds, weights or levels: Default has the shipped ones.
type Policy struct {
	Thresholds    Thresholds
	Naming        Naming
	Classify      Classify
	Ownership     Ownership
	Owners        []Owner
	Exceptions    []Exception
	Windows       map[string]Window
	Freezes       []Freeze
	Criticality   []Rule // Value: low, medium, high, critical
	BusinessUnits []Unit
	Rotation      Rotation
	Risk          Risk
	Regulation    map[string]Regulation // upper-case name
	Severity      map[string]Severity   // id of a built-in check
	Checks        []Custom
	Assertions    []Assertion
	Files         []Match // patterns of further policy files, relative to drover.yaml
}

// Default is the policy of a house that wrote none.
func Default() *Policy {
	return &Policy{Thresholds: Thresholds{DefaultIdle, DefaultDormant}, Naming: Naming{OnMismatch: "finding"}, Risk: Risk{Weights: DefaultWeights, Levels: DefaultLevels}}
}

// Sections are the keys of drover.yaml that this package owns.
var Sections = []string{"thresholds", "naming", "classify", "ownership", "owners", "exceptions", "windows", "criticality", "business_units",
	"rotation", "risk", "regulation", "severity", "checks", "assertions", "policies"}

// Pos is a place in the file: line and column from 1.
type Pos struct {
	File      string
	Line, Col int
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// A Match is text in the filter grammar, or the name of a node, and where it
// stands.
type Match struct {
	Text string
	Pos  Pos
}

// Thresholds say when an identity counts as idle and as dormant.
type Thresholds struct{ Idle, Dormant time.Duration }

// Default thresholds.
const (
	DefaultIdle    = 30 * drover.Day
	DefaultDormant = 90 * drover.Day
)

// Naming is the house's grammar of names.
type Naming struct {
	Pattern    string // "{type}-{env}-{function}-{region}-{n}"
	PatternPos Pos
	OnMismatch string              // finding (default), ignore
	Vocabulary map[string][]string // slot -> words
	Prefixes   []string
}

// Classify holds what the house says of classes of identities. Of overrides
// that match one identity and set one property, the last wins.
type Classify struct {
	Tier0           []Match
	Regulated       map[string][]Match // upper-case regulation -> what it covers
	Overrides       []Override
	UnownedIsOrphan bool
}

// An Override sets properties of what matches. Set holds keys of TagKeys.
type Override struct {
	Match Match
	Set   map[string]string
}

// Ownership says what is asked of owners and where they are looked for.
type Ownership struct {
	Required     bool
	Sources      []string
	ConfirmEvery time.Duration
	OnLeaver     string // manager, team, orphan
}

// An Owner gives what matches to a person or team.
type Owner struct {
	Match Match
	Owner string // "email:…", "team:…", or a name
}

// An Exception accepts findings of Rule on what matches until a date.
type Exception struct {
	ID         string
	Match      Match
	Rule       string // a rule's id, or "*"
	Reason     string
	ApprovedBy string
	Until      time.Time // the first instant at which it no longer holds
}

// Active reports whether the exception holds at now.
func (e *Exception) Active(now time.Time) bool { return now.Before(e.Until) }

// A Rule gives what matches a value.
type Rule struct {
	Match Match
	Value string
}

// A Unit maps departments of the HR tree and cost centres, with all that lies
// under them, to a business unit.
type Unit struct {
	Name        string
	Departments []string
	CostCenters []string
}

// UnitOf returns the business unit of the first entry of path that a unit
// names; path runs from a person's own department upwards. "" when none does.
func (p *Policy) UnitOf(costCenter string, path ...string) string {
	for i := range p.BusinessUnits {
		for _, c := range p.BusinessUnits[i].CostCenters {
			if c == costCenter && c != "" {
				return p.BusinessUnits[i].Name
			}
		}
	}
	for _, dep := range path {
		for i := range p.BusinessUnits {
			for _, d := range p.BusinessUnits[i].Departments {
				if equalFold(d, dep) {
					return p.BusinessUnits[i].Name
				}
			}
		}
	}
	return ""
}
