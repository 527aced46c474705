package judge

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// AddEvidence sums up one piece of evidence into the use of its subject;
// observed is when it was read. Early is true when it speaks of a moment that has
// not come: that is a fault of a clock or of an export, and no proof of use.
func AddEvidence(u *graph.Use, v drover.Evidence, observed, now time.Time) (early bool) {
	if v.At.After(now.Add(drover.Day)) {
		v.At, early = time.Time{}, true
	}
	detail(u, v, observed)
	switch v.Claim {
	case drover.ClaimLastUsed:
		u.Monitored = true
		lastUsed(u, v, observed)
	case drover.ClaimLive:
		u.Monitored = true
		if v.At.After(u.Live) {
			u.Live, u.LiveSource = v.At, v.Source
		}
		lastUsed(u, v, observed)
	case drover.ClaimNeverUsed:
		u.Monitored = true
		u.NeverSource, u.NeverWindow, u.NeverAt = v.Source, v.Window, observed
	case drover.ClaimCalls:
		u.Monitored = true
	case drover.ClaimDeclared:
		u.Declared = true
	}
	return early
}

// maxDetail bounds the word of a use, in bytes.
const maxDetail = 200

// detail keeps the word of the newest use that has one.
func detail(u *graph.Use, v drover.Evidence, observed time.Time) {
	switch v.Claim {
	case drover.ClaimLastUsed, drover.ClaimLive, drover.ClaimCalls:
	default:
		return
	}
	at := v.At
	if at.IsZero() {
		at = observed
	}
	if v.Value == "" || u.Detail != "" && !at.After(u.DetailAt) {
		return
	}
	u.Detail, u.DetailSource, u.DetailAt = strings.ToValidUTF8(v.Value[:min(len(v.Value), maxDetail)], ""), v.Source, at
}

func lastUsed(u *graph.Use, v drover.Evidence, observed time.Time) {
	if v.At.After(u.LastUsed) {
		u.LastUsed, u.LastUsedSource, u.LastUsedGrade, u.Granularity, u.ObservedAt = v.At, v.Source, v.Grade, v.Granularity, observed
	}
}
