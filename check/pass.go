package check

import (
	"context"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/policy"
)

// An Estate is what a run of checks reads: everything is immutable but what is
// kept for the next check that asks the same.
type Estate struct {
	Graph   *graph.Snapshot
	Effects *effective.Graph // nil: reach was not computed; checks that need it stay silent
	Policy  *policy.Policy   // never nil
	Now     time.Time
	// Document returns the body of a policy, a trust or a configuration by the
	// hash that a node's Attrs["document"] names; nil: none can be read.
	Document func(hash string) (drover.Document, bool)
	// Rule tells which of the policy's rotation rules matches a row, from 1; 0 or
	// nil: none.
	Rule func(row int) int

	memo memo
}

// A Pass is one run of one check over an estate.
type Pass struct {
	*Estate
	Check   *Check
	Context context.Context

	report func(Hit)
	exempt func(row int, reason string)
	failed error // why it is asked no more; nil: it is
}

// fail ends a pass whose check panicked.
func (p *Pass) fail(why any) { p.failed = &Failure{p.Check.ID, fmt.Errorf("it panicked: %v", why)} }

// A Hit is what a check found on one row. Run makes a finding of it.
type Hit struct {
	Row      int
	Part     string          // tells apart several hits of one check on one row; stable: no time, no count
	Severity drover.Severity // 0: the check's

	What     string // one sentence, subject first, with p.Say(row) as subject
	Why      string // "": the check's
	Evidence []drover.FindingProof
	Fix      drover.Fix // from check/remedy
	Path     []int      // rows that prove it

	// Stops is what the fix changes, by row: Run asks what depends on each, and
	// writes Breaks from it. Keeps says that the fix takes nothing from them (an
	// owner is set, a tag, a name).
	Stops []int
	Keeps bool
	// Loses is what dependents lose where it is less than everything: "write
	// access to orders"; "": the whole of what Stops gives.
	Loses    string
	Unknowns []string // what could not be seen, added to what Run finds out itself
}

// Report hands in a hit. A hit on a row that is exempt is dropped, and the
// exemption is listed instead: see Exempt.
func (p *Pass) Report(h Hit) { p.report(h) }

// Exempted says that the check would have fired on a row and why it did not:
// "managed by AWS: a service-linked role".
func (p *Pass) Exempted(row int, reason string) { p.exempt(row, reason) }

// Proof is a shorthand for one fact. Grade "" is proven.
func Proof(text, source string, at time.Time, grade drover.Grade) drover.FindingProof {
	if grade == "" {
		grade = drover.GradeProven
	}
	return drover.FindingProof{Text: text, Source: source, At: at, Grade: grade}
}
