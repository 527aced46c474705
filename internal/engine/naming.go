package engine

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

// A NamingView says whether a name follows the house's pattern.
type NamingView struct {
	Conforms bool   `json:"conforms"`
	Why      string `json:"why,omitempty"` // where the name leaves the pattern
}

// naming judges the name of row i by the pattern of drover.yaml. It returns nil
// where there is none, where mismatches are to be ignored, and for what no one
// here named: people, and anything that is no identity.
func (s *Snapshot) naming(i int) *NamingView {
	n := s.e.policy.Naming
	if n.Pattern == "" || n.OnMismatch == "ignore" || s.Kind(i) != drover.KindIdentity || s.Facts(i).Verdict == drover.VerdictHuman {
		return nil
	}
	ok, why := s.e.settings.Classifier.Conforms(s.Name(i))
	return &NamingView{ok, why}
}

// namingColumn is what `naming:mismatch` filters by. It is judged when it is asked
// for.
func (s *Snapshot) namingColumn() *filter.Column {
	return &filter.Column{Text: func(i int) string {
		switch v := s.naming(i); {
		case v == nil:
			return ""
		case v.Conforms:
			return "conforms"
		}
		return "mismatch"
	}}
}

// A NamingCount is how many names follow the pattern.
type NamingCount struct {
	Pattern  string `json:"pattern"`
	Conforms int    `json:"conforms"`
	Mismatch int    `json:"mismatch"`
}

func (s *Snapshot) namingCount() *NamingCount {
	if s.e.policy.Naming.Pattern == "" {
		return nil
	}
	c := &NamingCount{Pattern: s.e.policy.Naming.Pattern}
	for _, r := range s.entities() {
		if v := s.naming(int(r)); v != nil && v.Conforms {
			c.Conforms++
		} else if v != nil {
			c.Mismatch++
		}
	}
	return c
}
