package check

import (
	"cmp"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/judge"
)

// Use says what evidence there is of the use of a row; of an identity, its
// credentials' too. ok is false where there is none: then nothing may be said of
// its use.
func (e *Estate) Use(row int) (graph.Use, bool) { return judge.Use(e.Graph, row) }

// Unused says whether a source that would have seen it proves that a row was not
// used for as long as the policy calls dormant. It is false for what is new, what
// is only idle, and wherever use is unknown: nobody watches it, the source looks
// back too short a time, or was not read lately. Proof is the sentence for it.
func (e *Estate) Unused(row int) (proof drover.FindingProof, ok bool) {
	return e.UnusedFor(row, e.Policy.Thresholds.Dormant)
}

// UnusedFor is Unused for another time.
func (e *Estate) UnusedFor(row int, d time.Duration) (proof drover.FindingProof, ok bool) {
	if l := e.Graph.Facts(row).Lifecycle; l == drover.LifecycleActive || l == drover.LifecycleRequested {
		return proof, false
	}
	u, ok := e.Use(row)
	if !ok || !e.unused(row, &u, d) {
		return proof, false
	}
	return e.UseProof(u), true
}

// unused mirrors how classify judges a lifecycle.
func (e *Estate) unused(row int, u *graph.Use, d time.Duration) bool {
	idle := e.Policy.Thresholds.Idle
	if !u.Live.IsZero() && e.Now.Sub(u.Live) < d {
		return false
	}
	if !u.LastUsed.IsZero() {
		stale := !u.ObservedAt.IsZero() && e.Now.Sub(u.ObservedAt) >= idle
		return e.Now.Sub(u.LastUsed) >= d+u.Granularity && !stale && !u.Partial && u.LastUsedGrade != drover.GradeUnknown
	}
	if u.NeverSource == "" || u.Partial {
		return false
	}
	at := u.NeverAt
	if at.IsZero() || at.After(e.Now) {
		at = e.Now
	}
	born, _, known := e.Born(row)
	return known && e.Now.Sub(at) < idle && min(at.Sub(born), u.NeverWindow) >= d
}

// LastUse is the sentence for the last use that is known, whenever it was: for
// the evidence of a finding that is not about use. ok is false where none is.
func (e *Estate) LastUse(row int) (proof drover.FindingProof, ok bool) {
	u, ok := e.Use(row)
	if !ok || u.LastUsed.IsZero() && u.NeverSource == "" {
		return proof, false
	}
	return e.UseProof(u), true
}

// UseProof is the sentence for what a use says.
func (e *Estate) UseProof(u graph.Use) drover.FindingProof {
	if !u.LastUsed.IsZero() {
		text := "last used " + Day(u.LastUsed) + " (" + Ago(e.Now, u.LastUsed) + ")"
		if u.Granularity >= drover.Day {
			text += ", true to " + Span(u.Granularity)
		}
		return Proof(text, cmp.Or(Clean(u.LastUsedSource), "a source without a name"), u.ObservedAt, u.LastUsedGrade)
	}
	return Proof("no use in the "+Span(u.NeverWindow)+" that the source covers", cmp.Or(Clean(u.NeverSource), "a source without a name"), u.NeverAt, drover.GradeProven)
}

// Monitored reports whether a source that would have seen use covers a row. Where
// it is false, its use is unknown.
func (e *Estate) Monitored(row int) bool { return e.Graph.Facts(row).Monitored }

// Born is when a row was made. Exact is false where only the moment is known at
// which Drover first saw it: it is that old at least. ok is false where neither is.
func (e *Estate) Born(row int) (at time.Time, exact, ok bool) {
	if at = e.Graph.Created(row); !at.IsZero() {
		return at, true, true
	}
	at = e.Graph.FirstSeen(row)
	return at, false, !at.IsZero()
}

// New reports whether a row may be too young to be judged by its use or by what
// it lacks: made within the time that the policy calls idle, or of unknown age and
// first seen within it.
func (e *Estate) New(row int) bool {
	at, _, ok := e.Born(row)
	return !ok || e.Now.Sub(at) < e.Policy.Thresholds.Idle
}

// Secret is when the secret of a credential was last changed: rotated, else
// created. ok is false where neither is known.
func (e *Estate) Secret(credential int) (at time.Time, ok bool) {
	if at = e.Graph.Rotated(credential); !at.IsZero() {
		return at, true
	}
	at = e.Graph.Created(credential)
	return at, !at.IsZero()
}

// SecretAge is how old the secret of a credential is, with the sentence for it.
func (e *Estate) SecretAge(credential int) (age time.Duration, proof drover.FindingProof, ok bool) {
	at, ok := e.Secret(credential)
	if !ok {
		return 0, proof, false
	}
	word := "created"
	if !e.Graph.Rotated(credential).IsZero() {
		word = "secret last changed"
	}
	return e.Now.Sub(at), e.Said(credential, word+" "+Day(at)+" ("+Ago(e.Now, at)+")"), true
}

// Said is the proof that the source of a row says something of it.
func (e *Estate) Said(row int, text string) drover.FindingProof {
	return Proof(text, e.Source(row), e.Graph.Observed(row), drover.GradeProven)
}

// Source names the sources that assert a row: "aws-prod", "github and hr". What no
// source asserts is named by others only.
func (e *Estate) Source(row int) string {
	if row >= e.Graph.Seen() {
		return "named by others only"
	}
	var names []string
	for _, s := range e.Graph.Row(row).Sources {
		names = append(names, Clean(s))
	}
	if len(names) == 0 {
		return strings.TrimSpace(e.Graph.Ref(row).System() + " source")
	}
	return List(names)
}

// SaidBy is the proof that an edge gives: its own words where it has some, its
// kind else, and the grade that it has.
func (e *Estate) SaidBy(edge int, text string) drover.FindingProof {
	x := e.Graph.Edge(edge)
	from, _ := e.Graph.Ends(edge)
	source := e.Source(from)
	if x.Proof != "" {
		source += ": " + Clean(x.Proof)
	}
	return Proof(text, source, e.Graph.Observed(from), x.Grade)
}
