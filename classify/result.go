package classify

import "github.com/droverhq/drover"

// Source says where a value comes from, best first.
type Source string

const (
	SourceUser      Source = "user"      // a person or policy of the house says so
	SourceTag       Source = "tag"       // an explicit tag or label in the system
	SourceStructure Source = "structure" // type, attributes, relations, surroundings
	SourceBehaviour Source = "behaviour" // what was seen in use
	SourceName      Source = "name"
)

// A Value is one conclusion. An empty Source means unknown. Reason is one
// sentence or clause; Alternatives are the readings that could not be told apart.
type Value[T any] struct {
	Value        T
	Source       Source
	Grade        drover.Grade
	Reason       string
	Alternatives []T
}

// Known reports whether there is a value.
func (v Value[T]) Known() bool { return v.Source != "" }

// Group is a set of signals that depend on each other; groups are independent.
type Group string

const (
	GroupUser       Group = "user"
	GroupType       Group = "type"
	GroupCredential Group = "credential"
	GroupBehaviour  Group = "behaviour"
	GroupDirectory  Group = "directory"
	GroupName       Group = "name"
	GroupRelations  Group = "relations"
)

// A Reason is one signal. Text is a clause whose subject is the identity ("has a
// manager"); Detail, if any, may follow it behind a colon. Weight is in log-odds: positive speaks for non-human,
// negative for human. Detail is what was matched; hostile text, bounded.
type Reason struct {
	Text   string
	Detail string
	Group  Group
	Weight float64
}

// A Verdict is a value with how sure it is and why.
type Verdict struct {
	Value[drover.Verdict]
	Score      float64 // sum of the groups' log-odds
	Confidence float64 // 0..1, of the verdict given; for unknown, of the better guess
	Reasons    []Reason
	// Automatable is true when a user said it, a decisive type did, or at least
	// two independent groups agree: what may be acted on without asking.
	Automatable bool
}

// A Result is everything that is concluded about one identity.
type Result struct {
	Verdict      Verdict
	NHIType      Value[drover.NHIType] // unknown when the verdict is human
	Lifecycle    Value[drover.Lifecycle]
	Purpose      Value[string]
	Env          Value[string]
	Function     Value[string]
	Location     Value[string]
	Zone         string // availability zone letter or number within Location
	Instance     Value[string]
	DataClass    Value[string] // public, internal, confidential, restricted
	Criticality  Value[string] // low, medium, high, critical
	Regulation   Value[[]string]
	BusinessUnit Value[string]
	Tier         Value[int] // 0: falls, everything falls
	Name         NameParts
}
