package check

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// Several checks speak of accounts that nobody uses. Each such account is one
// finding, of the check that says most: these decide which one it is.

var endWord = NewWord([]string{"expir", "end", "until", "valid", "ttl", "sunset", "decommission", "retire", "delete", "remove"},
	"expiry", "expirydate", "expires", "expireson", "expiresat", "expireat", "expiration", "expirationdate", "enddate", "end", "endson", "validuntil", "validtill", "until", "ttldate",
	"sunset", "sunsetdate", "decommissiondate", "decommissionon", "retiredate", "retireon", "retireby", "deleteafter", "deleteon", "deleteby", "removeafter", "removeby", "projectend", "projectenddate")

// StatedEnd is the day on which a row was to end by the word of whoever made it: a
// tag, a label or an attribute such as expires-on. It ends nothing by itself.
func (e *Estate) StatedEnd(row int) (t time.Time, said Mark, ok bool) {
	said, ok = e.Mark(row, endWord)
	if !ok {
		return t, said, false
	}
	t, ok = ParseDay(said.Value)
	return t, said, ok
}

// PastEnd reports whether a row's stated end is over.
func (e *Estate) PastEnd(row int) bool {
	t, _, ok := e.StatedEnd(row)
	return ok && !t.Add(drover.Day).After(e.Now)
}

// Temporary reports whether a name or environment says that something was made for
// a while or to try something out: word is what says so.
func (e *Estate) Temporary(row int) (word string, ok bool) {
	for _, w := range strings.FieldsFunc(strings.ToLower(e.Graph.Name(row)), func(r rune) bool { return (r < 'a' || r > 'z') && r < 0x80 }) {
		switch w {
		case "test", "tests", "testing", "tst", "temp", "tmp", "temporary", "poc", "trial", "demo", "sandbox", "playground", "experiment", "spike", "hackathon", "delete", "deleteme", "old", "deprecated", "throwaway":
			return w, true
		}
	}
	switch env := e.Graph.Facts(row).Env; env {
	case "poc", "sandbox", "demo", "lab":
		return env, true
	}
	return "", false
}

// broadReach is from how many rows on an account reaches widely.
const broadReach = 25

// Broad reports whether much falls with a row, as far as reach was computed.
func (e *Estate) Broad(row int) bool {
	s, ok := e.Standing(row)
	return ok && (s.Tier0 > 0 || s.Reach >= broadReach)
}

// Dormant reports whether an identity has not been used for longer than the
// threshold by evidence that would have shown use, while it is enabled.
func (e *Estate) Dormant(row int) bool {
	_, kept := e.BreakGlass(row)
	return e.Graph.Facts(row).Lifecycle == drover.LifecycleDormant && !kept
}

// Zombie reports whether a dormant identity was made for a while, and much falls
// with it.
func (e *Estate) Zombie(row int) (word string, ok bool) {
	if word, ok = e.Temporary(row); !ok || !e.Dormant(row) || !e.Broad(row) {
		return "", false
	}
	return word, true
}

// A Revival is a secret that was set anew, or a use, after a time of none.
type Revival struct {
	Row    int // whose secret was set or what was used: the identity or a credential of it
	At     time.Time
	Reset  bool          // its secret was set anew; else it was used
	Silent time.Duration // how long there was no use before
	Before drover.FindingProof
}

// Revived reports whether an identity came back after it had not been used for
// longer than the dormant threshold: within the last such time its secret was set
// anew without any use since, or within the idle threshold it was used after a
// source had seen none for that long. Secrets that a system renews by itself are no sign.
func (e *Estate) Revived(row int) (r Revival, ok bool) {
	u, known := e.Use(row)
	if !known {
		return r, false
	}
	if r, ok = e.revived(row, &u); !ok || e.renewed(row) {
		return Revival{}, false
	}
	return r, true
}

func (e *Estate) revived(row int, u *graph.Use) (r Revival, ok bool) {
	dormant := e.DormantAfter()
	recent := func(t time.Time) bool { return !t.After(e.Now) && e.Now.Sub(t) < dormant }
	again := !u.LastUsed.IsZero() && !u.LastUsed.After(e.Now) && e.Now.Sub(u.LastUsed) < e.IdleAfter()
	if u.NeverSource != "" && !u.NeverAt.IsZero() && u.LastUsed.After(u.NeverAt) && again {
		born := e.Graph.Created(row)
		if silent := min(u.NeverWindow, u.NeverAt.Sub(born)); !born.IsZero() && silent >= dormant {
			return Revival{row, u.LastUsed, false, silent, Proof("no use in the "+Span(u.NeverWindow)+" before "+Day(u.NeverAt), u.NeverSource, u.NeverAt, "")}, true
		}
	}
	if before, field, ok := e.previous(row, again); ok && u.LastUsed.Sub(before) >= dormant {
		return Revival{row, u.LastUsed, false, u.LastUsed.Sub(before), Proof(field+" is "+Day(before), e.Source(row)+": "+field, before, "")}, true
	}
	if u.LastUsed.IsZero() || !u.ObservedAt.IsZero() && e.Now.Sub(u.ObservedAt) >= e.IdleAfter() {
		return r, false
	}
	if e.Now.Sub(u.LastUsed) < dormant {
		return r, false // a secret of these days was set at most that long after it
	}
	reset := func(i int) {
		at := e.Graph.Rotated(i)
		if at.IsZero() || !recent(at) || at.Sub(u.LastUsed) < dormant || e.Graph.Kind(i) == drover.KindCredential && (e.Off(i) || e.renewed(i)) {
			return
		}
		if !ok || at.After(r.At) {
			r, ok = Revival{i, at, true, at.Sub(u.LastUsed), e.UseProof(*u)}, true
		}
	}
	reset(row)
	for h := range e.Graph.In(row) {
		if h.Kind == drover.EdgeAuthenticates {
			reset(h.Row)
		}
	}
	return r, ok
}

// previousFields are where systems keep the sign-in before the last one.
var previousFields = []string{"PREVIOUS_SIGNON", "previous_last_used", "previousLastLogonTimestamp", "previous_sign_in"}

// previous is the use before the last one, where a system keeps it; it is asked for
// only where the last one was lately.
func (e *Estate) previous(row int, again bool) (t time.Time, field string, ok bool) {
	a := e.Graph.Attrs(row)
	if !again || !containsFold(a, []byte("previous")) {
		return t, "", false
	}
	for _, f := range previousFields {
		if t, ok := ParseDay(a.Str(f)); ok {
			return t, f, true
		}
	}
	return t, "", false
}

// renewed reports whether a system changes the secret of a row by itself: group
// managed accounts and computers of a directory, secrets with rotation switched on.
func (e *Estate) renewed(row int) bool {
	if name := e.Graph.Name(row); strings.HasSuffix(name, "$") {
		return true
	}
	switch typ := e.Graph.Type(row); typ {
	case "ad.gmsa", "ad.msds_groupmanagedserviceaccount", "ad.computer", "kubernetes.service_account_token", "x509.certificate":
		return true
	}
	for _, key := range [...]string{"RotationEnabled", "rotation_enabled", "automaticRotation", "auto_rotate"} {
		if on, _ := e.Graph.Flag(row, key); on {
			return true
		}
	}
	for _, p := range e.Places(row) {
		if on, _ := e.Graph.Flag(p, "RotationEnabled"); on {
			return true
		}
	}
	return false
}
