package classify

import (
	"time"

	"github.com/droverhq/drover"
)

// An Input is what is known about one identity. Everything is optional; a zero
// value means unknown, never "none". Strings may be hostile.
type Input struct {
	Kind    drover.Kind
	Type    string // the vendor's: "aws.iam.user"
	Name    string
	Aliases []string
	Attrs   drover.Attrs

	Created   time.Time
	Expires   time.Time
	FirstSeen time.Time // when Drover first saw it: a lower bound of its age

	Disabled State // switched off in its system, reversibly
	Deleted  State // gone from its system
	Declared State // somebody announced it, no system has shown it yet

	Use       Use
	Creds     Creds
	Behaviour Behaviour
	Rel       Relations

	// User holds what our users say by tag or policy: keys are those of UserKeys.
	// Tags holds the vendor's explicit tags or labels; those in Attrs under
	// "tags", "Tags", "labels" or "annotations" are read without being listed.
	User, Tags []Label

	// Containers are the names of what it lies in, nearest first: namespace,
	// project, account, cluster. They decide the environment where they name one.
	Containers []string
	// HomeRegions are the regions its account or cluster is active in; they
	// resolve a partial location such as "east-2a".
	HomeRegions []string
	// Trusts are the principals that may become it, in the vendor's words:
	// "lambda.amazonaws.com", "arn:aws:iam::1:saml-provider/okta".
	Trusts []string
}

// State is a fact with three values; the zero value is unknown.
type State uint8

const (
	StateUnknown State = iota
	No
	Yes
)

// StateOf turns a value that may be unknown into a State.
func StateOf(value, known bool) State {
	switch {
	case !known:
		return StateUnknown
	case value:
		return Yes
	}
	return No
}

// A Label is one key with its value. By says who set it, for a user's label.
type Label struct{ Key, Value, By string }

// Use sums up the evidence of use. LastUsed, NeverUsed and Live may come from
// different sources; each names its own.
type Use struct {
	LastUsed       time.Time     // zero: no use is known
	LastUsedSource string        // "credential_report"
	LastUsedGrade  drover.Grade  // "": proven
	Granularity    time.Duration // LastUsed is true to this much
	ObservedAt     time.Time     // when the source of LastUsed was read; zero: just now
	Partial        bool          // there are ways to use it that the source of LastUsed does not see

	NeverSource string        // set when a source covers NeverWindow and saw no use in it
	NeverWindow time.Duration // how far back that source looks
	NeverAt     time.Time     // when it was read; zero: just now

	Live       time.Time // when it was last seen connected or running
	LiveSource string
}

// Creds sums up what proves the identity.
type Creds struct {
	Keys         int   // long-lived keys, tokens, client secrets
	Certificates int   // certificates and SSH keys
	Federations  int   // federated trusts of workloads
	MFA          State // a second factor or passkey is enrolled
	Interactive  State // can sign in interactively: console password, interactive SSO
	NeverExpires State // a password that never expires
}

// Behaviour sums up what was seen in logs over at least a week. Zero: nothing seen.
type Behaviour struct {
	HoursPerDay    float64 // mean number of distinct hours with activity on an active day
	WeekendRatio   float64 // share of activity on Saturday and Sunday; -1: not measured
	SDKAgents      State   // user agents are SDKs or tools only
	Browsers       State   // user agents include a browser
	RegularGaps    State   // times between calls are regular
	SeveralDevices State   // several personal devices or places within a day
	Days           int     // days observed
}

// Relations sums up the edges around the identity.
type Relations struct {
	OwnedByTeam   bool     // an application, team or group owns it
	OwnsOthers    int      // identities that it owns
	RunsBy        []string // kinds of workload that run as it: "pod", "function", "unit"
	InVault       bool     // its secret lies in a vault or secret store
	UsedByPeople  int      // distinct people seen using it
	HRMatch       bool     // joined to a person in an HR system
	OwnerLeft     State    // its owner has left and nobody took over
	HasOwner      State
	MemberOf      []string // names of groups and roles
	Department    string   // its owner's business unit
	PrimaryOf     string   // name of the person's first account, when this is a second one
	CreatedByTool bool     // made by infrastructure as code or a controller
}

// UserKeys are the keys that Input.User understands.
var UserKeys = []string{"verdict", "nhi_type", "lifecycle", "purpose", "env", "function", "location", "instance", "data_class", "criticality", "regulation", "business_unit", "tier"}

// Settings are what a house decides. The zero value is usable.
type Settings struct {
	Idle, Dormant time.Duration // 0: 30 and 90 days
	// UnownedIsOrphan calls an identity orphaned when owners were looked for and
	// none was found, not only when its owner left.
	UnownedIsOrphan bool
	Naming          Naming
}

func (s Settings) withDefaults() Settings {
	if s.Idle <= 0 {
		s.Idle = 30 * drover.Day
	}
	if s.Dormant <= 0 {
		s.Dormant = 90 * drover.Day
	}
	if s.Dormant < s.Idle {
		s.Dormant = s.Idle
	}
	return s
}
