package check

import (
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/policy"
)

// Interval is how old the secret of a row may become, by what falls with it and
// by the house's rules: of a credential that opens several things the shortest.
// Every is 0 where a rule says that nothing is asked.
func (e *Estate) Interval(row int) policy.Interval {
	var best policy.Interval
	found := false
	for h := range e.Graph.Out(row) {
		if h.Kind != drover.EdgeAuthenticates || e.Graph.Unseen(h.Row) {
			continue
		}
		if v := e.interval(row, h.Row); !found || v.Every > 0 && (best.Every == 0 || v.Every < best.Every) {
			best, found = v, true
		}
	}
	if !found {
		return e.interval(row, row)
	}
	return best
}

// interval is that of a secret, as the proof of one identity.
func (e *Estate) interval(row, id int) policy.Interval {
	f := e.Graph.Facts(id)
	st, _ := e.Standing(id)
	s := policy.RotationSubject{Type: e.Graph.Type(row), Tier0: f.Tier == 0, Reach: st.Risk, Criticality: f.Criticality, Env: f.Env, DataClass: f.DataClass, Regulation: f.Regulation}
	if e.Rule != nil {
		if s.Rule = e.Rule(row); s.Rule == 0 {
			s.Rule = e.Rule(id)
		}
	}
	return e.Policy.Decide(s)
}

// Young reports whether a secret of an age is within every interval that the
// policy knows, so that nothing need be asked about what it opens.
func (e *Estate) Young(age time.Duration) bool {
	r := &e.Policy.Rotation
	least := policy.DefaultRotationHigh
	if r.High > 0 {
		least = r.High
	}
	for i := range r.Rules {
		if every := r.Rules[i].Every; every > 0 {
			least = min(least, every)
		}
	}
	for _, x := range e.Policy.Regulation {
		if x.Rotate > 0 {
			least = min(least, x.Rotate)
		}
	}
	return age <= least
}
