package check

import (
	"strings"

	"github.com/droverhq/drover"
)

// BreakGlass reports whether a row is kept for emergencies: such an account must
// lie unused, has no everyday owner of its work, and is signed in to by people.
// Reason says how that is known: a tag of our users, a policy, a tag of the system,
// or its name together with a second sign of it, which is inferred.
//
// Many checks ask it of the same row, so the last answer is kept.
func (e *Estate) BreakGlass(row int) (reason string, ok bool) {
	m := &e.memo
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.glass.row != row+1 {
		reason, ok = e.breakGlass(row)
		m.glass = glass{row + 1, reason, ok}
	}
	return m.glass.reason, m.glass.ok
}

// glass is what BreakGlass answered; the row is counted from 1.
type glass struct {
	row    int
	reason string
	ok     bool
}

func (e *Estate) breakGlass(row int) (reason string, ok bool) {
	for _, key := range breakGlassKeys {
		v, by, ok := e.Tag(row, key)
		if !ok {
			continue
		}
		if no(v) {
			return "", false
		}
		switch {
		case by == "":
			return "tagged " + key + " in " + Clean(e.Graph.Ref(row).System()), true
		case strings.HasPrefix(by, "policy "):
			return "the " + Clean(by) + " calls it " + key, true
		}
		return "tagged " + key + " by " + Clean(by), true
	}
	if v, _, ok := e.Tag(row, "purpose"); ok && breakGlassWord(v) {
		return "its purpose is tagged " + Clean(v), true
	}
	if !breakGlassWord(e.Graph.Name(row)) {
		return "", false
	}
	second := e.secondSign(row)
	if second == "" {
		return "", false
	}
	return "inferred: its name says so, and " + second, true
}

var breakGlassKeys = []string{"break_glass", "breakglass"}

// Exempts reports whether a tag makes what it is on an account for emergencies, which
// checks leave out: setting it ends findings as accepting them does.
func Exempts(key, value string) bool {
	return sameKey(key, breakGlassKeys[0]) || sameKey(key, breakGlassKeys[1]) || sameKey(key, "purpose") && breakGlassWord(value)
}

func no(v string) bool {
	switch strings.ToLower(v) {
	case "false", "no", "0", "off":
		return true
	}
	return false
}

// breakGlassWord reports whether a text has a word for emergency access in it.
// It is asked of every row, and allocates nothing.
func breakGlassWord(s string) bool {
	for _, w := range [...]string{"breakglass", "break_glass", "break glass", "break_the_glass", "glassbreak", "glass_break", "emergency", "firecall", "fire_call", "firefighter", "notfall"} {
		for i := 0; i+len(w) <= len(s); i++ {
			if sameKey(s[i:i+len(w)], w) {
				return true
			}
		}
	}
	return false
}

// secondSign is what besides its name speaks for an emergency account: it is in a
// group of them, everything falls with it, its description says so, a source that
// would have seen it proves that it lies unused, as it should, or it asks for a
// second factor and is not in use.
func (e *Estate) secondSign(row int) string {
	for _, g := range e.Out(row, drover.EdgeMemberOf) {
		if breakGlassWord(e.Graph.Name(g)) {
			return "so does that of " + e.Say(g) + ", which it is in"
		}
	}
	if e.Graph.Facts(row).Tier == 0 {
		return "it is of tier 0"
	}
	if breakGlassWord(e.Str(row, "description")) || breakGlassWord(e.Str(row, "gecos")) {
		return "so does its description"
	}
	if p, ok := e.Unused(row); ok {
		return p.Text
	}
	// A second factor is carried by a person; what is in use every day is not kept
	// for an emergency.
	devices, _ := e.Graph.Attrs(row).Get("MFADevices").([]any)
	if on, _ := e.Graph.Flag(row, "mfa_active"); (on || len(devices) > 0) && !e.lately(row) {
		return "a second factor is asked of it, as of a person"
	}
	return ""
}

// lately reports whether an identity was seen used within the threshold for idle.
func (e *Estate) lately(row int) bool {
	last := e.Graph.Facts(row).LastUsed
	return !last.IsZero() && e.Now.Sub(last) < e.IdleAfter()
}
