package check

import (
	"time"

	"github.com/droverhq/drover"
)

// A Validity is whether a credential that was found somewhere still opens
// anything.
type Validity string

const (
	ValidityUnknown Validity = "unknown" // nothing seen says either
	ValidityLive    Validity = "live"    // its system says that it is good
	ValidityDead    Validity = "dead"    // it is disabled, expired or replaced, or all that it opens is
)

// maxSession is the longest that temporary credentials of AWS last (STS API
// Reference, GetSessionToken: DurationSeconds).
const maxSession = 36 * time.Hour

// Validity tells whether a credential that was at a place since that time is
// still good, and the fact that says so. A zero since is not known.
func (e *Estate) Validity(credential int, since time.Time) (Validity, drover.FindingProof) {
	g := e.Graph
	f := g.Facts(credential)
	source := e.Source(credential)
	switch f.Status {
	case "disabled":
		return ValidityDead, Proof("its system says that it is disabled", source, time.Time{}, "")
	case "expired":
		return ValidityDead, Proof("it expired "+Day(g.Expires(credential)), source, g.Expires(credential), "")
	}
	if temp, _ := g.Flag(credential, "temporary"); temp && !since.IsZero() && e.Now.Sub(since) > maxSession {
		return ValidityDead, Proof("a temporary key lasts 36 hours at most", source, since, drover.GradeInferred)
	}
	holders, off := e.Holders(credential), 0
	for _, h := range holders {
		if e.Off(h) {
			off++
		}
		if r := g.Rotated(h); !since.IsZero() && r.After(since) && g.Str(credential, "Status") == "" && !g.Unseen(h) {
			return ValidityDead, Proof("the secret of "+e.Say(h)+" was changed "+Day(r)+", after it came here", e.Source(h), r, "")
		}
	}
	if off > 0 && off == len(holders) {
		return ValidityDead, Proof("what it opens is switched off: "+e.Says(holders), e.Source(holders[0]), time.Time{}, "")
	}
	if f.Status == "active" && (g.Str(credential, "status") != "" || g.Str(credential, "Status") != "") {
		return ValidityLive, Proof("its system says that it is active", source, time.Time{}, "")
	}
	if u, ok := g.Use(credential); ok && !u.LastUsed.IsZero() && (since.IsZero() || u.LastUsed.After(since)) {
		return ValidityLive, Proof("last used "+Day(u.LastUsed)+" ("+Ago(e.Now, u.LastUsed)+")", u.LastUsedSource, u.LastUsed, u.LastUsedGrade)
	}
	if end := g.Expires(credential); end.After(e.Now) {
		if e.Graph.Ref(credential).System() != "secret" {
			return ValidityLive, Proof("its system lists it, and it ends "+Day(end), source, time.Time{}, drover.GradeInferred)
		}
		return ValidityUnknown, Proof("it ends "+Day(end)+"; whether it was revoked before is not visible here", source, time.Time{}, drover.GradeUnknown)
	}
	return ValidityUnknown, Proof("whether it is still good is not visible here", source, time.Time{}, drover.GradeUnknown)
}

// Serious reports whether much depends on a credential: what it opens is in
// production, or of tier 0, or reaches what is. Words say which, as the end of a
// sentence.
func (e *Estate) Serious(credential int) (words string, ok bool) {
	rows := append([]int{credential}, e.Holders(credential)...)
	for _, r := range rows {
		if e.Graph.Facts(r).Tier == 0 {
			return "it is of tier 0: whoever has it has everything", true
		}
		if s, ok := e.Standing(r); ok && s.Tier0 > 0 {
			return "it reaches " + Count(s.Tier0, "thing") + " of tier 0", true
		}
	}
	for _, r := range rows {
		if Production(e.Env(r)) {
			return "it opens production", true
		}
	}
	return "", false
}

// TierZero reports whether a row is of tier 0 or reaches something that is.
func (e *Estate) TierZero(row int) bool {
	if e.Graph.Facts(row).Tier == 0 {
		return true
	}
	s, ok := e.Standing(row)
	return ok && s.Tier0 > 0
}
