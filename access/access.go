// Package access holds what every permission language answers with: decisions,
// grants and the proofs of both. Each language has a room of its own below
// (awsiam, k8srbac, pgacl, rolebased) with one pure evaluator: no clock, no
// network, no store. *Access* is what vendors' policies grant; *policy* is only
// what our own users write.
package access

import (
	"slices"

	"github.com/droverhq/drover"
)

// Level is what an action lets its holder do to a resource, in our words.
type Level string

const (
	LevelList        Level = "list"        // see that it is there
	LevelRead        Level = "read"        // read its content
	LevelWrite       Level = "write"       // change it
	LevelDelete      Level = "delete"      // destroy it
	LevelPermissions Level = "permissions" // change who may do what to it
	LevelSecrets     Level = "secrets"     // obtain a credential from it
	LevelExecute     Level = "execute"     // run code in it, or with its identity
	LevelEscalate    Level = "escalate"    // become another identity, or gain rights that were not given
)

// Levels lists every Level, weakest first.
var Levels = []Level{LevelList, LevelRead, LevelWrite, LevelDelete, LevelPermissions, LevelSecrets, LevelExecute, LevelEscalate}

// Rank is the place of a level in Levels; -1 for "" and for what is no level.
func (l Level) Rank() int { return slices.Index(Levels, l) }

// Verdict is the outcome of one question.
type Verdict string

const (
	Allow       Verdict = "allow"
	Deny        Verdict = "deny"
	Conditional Verdict = "conditional" // allowed if Decision.Condition holds
	Unknown     Verdict = "unknown"     // what decides it was not read
)

// A Decision answers one question: may this identity do this to that?
type Decision struct {
	Verdict Verdict `json:"decision"`

	// Condition is what must hold for a Conditional decision to be an allow, in
	// the vendor's own operators and keys: {"StringEquals":{"aws:SourceVpc":["vpc-1"]}},
	// joined by {"all":[…]}, {"any":[…]} and {"not":…}. Empty otherwise.
	Condition drover.Attrs `json:"condition"`

	// Proof names what decides: for an allow, the statements without any of which
	// it would not be one; for a deny, the denying statement, or what is missing.
	Proof []Proof `json:"proof"`
}

// A Proof is one statement, binding or grant that decides.
type Proof struct {
	Ref       drover.Ref `json:"ref"`       // the policy, binding, role or grant; "": not a node (a default of the vendor)
	Statement string     `json:"statement"` // its id or position within Ref: `AllowRead (0)`, `2`, "" where Ref is one statement
	Effect    string     `json:"effect"`    // "allow" or "deny"; "" for what neither allows nor denies by itself
	Text      string     `json:"text"`      // one sentence for a reader
}

// A Grant is one thing that an identity is given: any of Actions on any of
// Resources, as long as Condition holds. Sets stay symbolic: a wildcard is one
// pattern, never the rows it stands for.
type Grant struct {
	Identity  drover.Ref   `json:"identity"`
	Actions   Set          `json:"actions"`
	Resources Set          `json:"resources"`
	Level     Level        `json:"level"` // the strongest level among its actions
	Condition drover.Attrs `json:"condition"`
	Proof     []Proof      `json:"proof"`
}
