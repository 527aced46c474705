package check

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// Public lists the places of a credential that anybody can read, whatever sort
// they are, but for stores.
func (e *Estate) Public(credential int) (places []int) {
	for h := range e.Graph.Out(credential) {
		if h.Kind == drover.EdgeStoredIn && !e.Graph.Unseen(h.Row) && e.Exposure(h.Row) == "public" && e.HoldsValue(credential, h.Row) && !e.Approved(h.Row) {
			places = append(places, h.Row)
		}
	}
	return Distinct(places)
}

// Leaks lists the places where a credential lies in front of people: code as it
// is checked out, files that define builds, chats, tickets and pages, logs.
func (e *Estate) Leaks(credential int) []int {
	places := e.HeldIn(credential, InCode, InChat, InTicket, InPipeline, InLog)
	kept := places[:0]
	for _, p := range places {
		if !e.Superseded(p) && e.Committed(p) && (e.Storage(p) != InPipeline || e.Graph.Type(p) == "machine.file") {
			kept = append(kept, p)
		}
	}
	return kept
}

// Past lists the versions of files that hold a credential and are no longer
// checked out.
func (e *Estate) Past(credential int) []int {
	places := e.HeldIn(credential, InCode)
	kept := places[:0]
	for _, p := range places {
		if e.Superseded(p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// LeakSeverity weighs a leak: how bad, why, and what more is to be said of it.
func (e *Estate) LeakSeverity(credential int, v Validity, why string, proofs []drover.FindingProof) (drover.Severity, string, []drover.FindingProof) {
	if e.Graph.Str(credential, "checksum") == "invalid" {
		return drover.Low, why, append(proofs, Proof("its check digits are wrong: it may be no real one", e.Source(credential), time.Time{}, drover.GradeInferred))
	}
	if strings.Contains(e.Graph.Type(credential), ".test_") {
		return drover.Low, why, append(proofs, Proof("it is a test key by the form of its vendor", e.Source(credential), time.Time{}, ""))
	}
	words, serious := e.Serious(credential)
	if serious {
		why += " Here " + words + "."
	}
	switch {
	case serious && v == ValidityLive:
		return drover.Critical, why, proofs
	case serious || v == ValidityLive:
		return drover.High, why, proofs
	}
	return drover.Medium, why, proofs
}

// Distinct keeps the first of equal rows, in their order.
func Distinct(rows []int) []int {
	out := rows[:0]
	for i, r := range rows {
		seen := false
		for _, s := range rows[:i] {
			seen = seen || s == r
		}
		if !seen {
			out = append(out, r)
		}
	}
	return out
}
