package check

import (
	"github.com/droverhq/drover/policy"
)

// Interval is how old the secret of a row may become, by what falls with it and
// by the house's rules: of a credential that opens several things the shortest.
// Every is 0 where a rule says that nothing is asked.
func (e *Estate) Interval(row int) policy.Interval {
	var best policy.Interval
	found := false
	for _, id := range e.Holders(row) {
		if e.Graph.Unseen(id) {
			continue
		}
		if v := e.interval(row, id); !found || v.Every > 0 && (best.Every == 0 || v.Every < best.Every) {
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
	s := policy.RotationSubject{Type: e.Graph.Type(row), Tier0: f.Tier == 0 || st.Tier0 > 0, Reach: st.Risk, Criticality: f.Criticality, Env: f.Env, DataClass: f.DataClass, Regulation: f.Regulation}
	if e.Rule != nil {
		if s.Rule = e.Rule(row); s.Rule == 0 {
			s.Rule = e.Rule(id)
		}
	}
	return e.Policy.Decide(s)
}
