package judge

import (
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

func lastUsed(u *graph.Use, v drover.Evidence, observed time.Time) {
	if v.At.After(u.LastUsed) {
		u.LastUsed, u.LastUsedSource, u.LastUsedGrade, u.Granularity, u.ObservedAt = v.At, v.Source, v.Grade, v.Granularity, observed
	}
}
