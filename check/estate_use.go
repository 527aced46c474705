package check

import (
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
