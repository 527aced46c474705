package check

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// IdleAfter and DormantAfter are the policy's thresholds, or their defaults.
func (e *Estate) IdleAfter() time.Duration { return orDays(e.Policy.Thresholds.Idle, 30) }

// DormantAfter is from when on what is unused counts as dormant.
func (e *Estate) DormantAfter() time.Duration {
	return max(e.IdleAfter(), orDays(e.Policy.Thresholds.Dormant, 90))
}

func orDays(d time.Duration, days int) time.Duration {
	if d > 0 {
		return d
	}
	return time.Duration(days) * drover.Day
}

// Human reports whether a row is a person, or an account of one.
func (e *Estate) Human(row int) bool {
	return e.Graph.Kind(row) == drover.KindHuman || e.Graph.Kind(row) == drover.KindIdentity && e.Graph.Facts(row).Verdict == drover.VerdictHuman
}

// Lower reports whether an environment is for development and test.
func Lower(env string) bool {
	switch env {
	case "dev", "test", "qa", "sit", "uat", "staging", "sandbox", "lab", "poc", "demo", "perf", "nonprod":
		return true
	}
	return false
}

// Weigh raises or lowers a severity by what falls with a row: tier 0 in reach raises
// it by one, and by two in production; an environment for development and test
// without tier 0 in reach lowers it by one, to low at least.
func (e *Estate) Weigh(row int, s drover.Severity) drover.Severity {
	f := e.Graph.Facts(row)
	tier0 := f.Tier == 0
	if st, ok := e.Standing(row); ok && st.Tier0 > 0 {
		tier0 = true
	}
	switch {
	case tier0 && Production(f.Env):
		s += 2
	case tier0:
		s++
	case Lower(f.Env) && s > drover.Low:
		s--
	}
	return min(s, drover.Critical)
}

// Emergency is BreakGlass without its reason: what is kept for emergencies is meant
// to lie unused, and to be used by people.
func (e *Estate) Emergency(row int) bool {
	_, ok := e.BreakGlass(row)
	return ok
}

// Keyless reports whether nobody can sign in as an identity: every credential of it
// that is known is switched off or expired, and nothing runs as it, is trusted by it
// or may become it. false where none is known, where one may be kept elsewhere, as
// the password of an account of a directory, and where tokens are made by asking.
func (e *Estate) Keyless(identity int) bool {
	known := 0
	for h := range e.Graph.In(identity) {
		switch h.Kind {
		case drover.EdgeAuthenticates:
			if s := e.Graph.Facts(h.Row).Status; s != "disabled" && s != "expired" {
				return false
			}
			known++
		case drover.EdgeRunsAs, drover.EdgeCanAssume, drover.EdgeDelegatesTo:
			return false
		}
	}
	for h := range e.Graph.Out(identity) {
		if h.Kind == drover.EdgeTrusts {
			return false
		}
	}
	return known > 0 && keyed(e, identity)
}

// keyed reports whether the credentials of an identity are objects of their own in
// its system, so that it has none but those which are listed. Accounts that keep a
// password in themselves, or that a platform runs things as without one, are not.
func keyed(e *Estate, identity int) bool {
	if on, ok := e.Graph.Flag(identity, "password_enabled"); ok && on || !e.Graph.Rotated(identity).IsZero() {
		return false
	}
	g := e.Graph
	switch typ := g.Type(identity); g.Ref(identity).System() {
	case "aws":
		return typ == "aws.iam.user"
	case "entra", "azure":
		if home := g.Str(identity, "appOwnerOrganizationId"); home != "" && !strings.EqualFold(home, g.Ref(identity).Tenant()) || g.Str(identity, "servicePrincipalType") == "ManagedIdentity" {
			return false
		}
		return strings.HasSuffix(typ, ".application") || strings.HasSuffix(typ, ".app_registration") || strings.HasSuffix(typ, ".service_principal")
	case "okta":
		return strings.HasSuffix(typ, ".service_app")
	case "slack":
		return strings.HasSuffix(typ, ".bot") || strings.HasSuffix(typ, ".app")
	}
	return false
}
