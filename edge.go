package drover

import (
	"fmt"
	"slices"
)

// EdgeKind is how two nodes are joined. The list is closed.
type EdgeKind string

const (
	EdgeOwns          EdgeKind = "owns"          // human, group -> anything
	EdgeCreated       EdgeKind = "created"       // creator -> what it created
	EdgeAuthenticates EdgeKind = "authenticates" // credential -> identity
	EdgeMemberOf      EdgeKind = "member_of"     // identity, group -> group, role
	EdgeCanAssume     EdgeKind = "can_assume"    // identity -> identity, role
	EdgeDelegatesTo   EdgeKind = "delegates_to"  // agent -> agent, identity -> identity acting for it
	EdgeRunsAs        EdgeKind = "runs_as"       // workload -> identity
	EdgeCanAccess     EdgeKind = "can_access"    // identity, role -> resource
	EdgeReadsSecret   EdgeKind = "reads_secret"  // identity, workload -> credential, place
	EdgeEscalates     EdgeKind = "escalates"     // identity -> identity, by Technique
	EdgeStoredIn      EdgeKind = "stored_in"     // credential -> place, resource
	EdgeExposes       EdgeKind = "exposes"       // place, resource -> who can read it
	EdgeTrusts        EdgeKind = "trusts"        // identity, resource -> issuer, principal pattern
	EdgeAttached      EdgeKind = "attached"      // policy -> identity, resource, group
	EdgeBoundedBy     EdgeKind = "bounded_by"    // identity -> policy that limits it
	EdgeGuardedBy     EdgeKind = "guarded_by"    // resource, account -> policy that guards it
	EdgeIssuedBy      EdgeKind = "issued_by"     // certificate, CA -> CA
	EdgeContains      EdgeKind = "contains"      // account, database, namespace -> what lies in it
)

// EdgeKinds lists every EdgeKind.
var EdgeKinds = []EdgeKind{EdgeOwns, EdgeCreated, EdgeAuthenticates, EdgeMemberOf, EdgeCanAssume, EdgeDelegatesTo, EdgeRunsAs, EdgeCanAccess, EdgeReadsSecret, EdgeEscalates,
	EdgeStoredIn, EdgeExposes, EdgeTrusts, EdgeAttached, EdgeBoundedBy, EdgeGuardedBy, EdgeIssuedBy, EdgeContains}

// An Edge joins two nodes. Its key is (From, To, Kind, Part): Part tells apart
// several edges of one kind between the same two nodes, such as the privileges
// of one grant. An end known only by an alias is an UnseenRef; an end that is a
// pattern ("repo:org/*") is an UnseenRef of the pattern, which a snapshot expands.
type Edge struct {
	From Ref      `json:"from"`
	To   Ref      `json:"to"`
	Kind EdgeKind `json:"kind"`
	Part string   `json:"part,omitempty"`

	Cond      Attrs  `json:"cond,omitempty"`      // the condition under which it holds, in the vendor's words; empty: none
	Technique string `json:"technique,omitempty"` // for escalates: the catalogue id
	Grade     Grade  `json:"grade,omitempty"`     // "": proven
	Proof     string `json:"proof,omitempty"`     // what decides it: statement, grant, file and line
}

// Key identifies the edge.
func (e *Edge) Key() string {
	return string(e.From) + " " + string(e.Kind) + " " + string(e.To) + " " + e.Part
}

// Valid returns nil, or an error wrapping ErrInvalid that names the bad field.
func (e *Edge) Valid() error {
	if err := e.From.Valid(); err != nil {
		return fmt.Errorf("edge: from: %w", err)
	}
	if err := e.To.Valid(); err != nil {
		return fmt.Errorf("edge: to: %w", err)
	}
	if !slices.Contains(EdgeKinds, e.Kind) {
		return fmt.Errorf("edge %s: kind %q is none of %v: %w", e.From, cut(string(e.Kind), 40), EdgeKinds, ErrInvalid)
	}
	if err := e.Cond.Valid(); err != nil {
		return fmt.Errorf("edge %s: cond: %w", e.From, err)
	}
	return e.Grade.Valid()
}
