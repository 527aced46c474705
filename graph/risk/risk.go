// Package risk says how bad it would be if one identity were misused, and how
// likely that is, as a sum of points that each name their reason. The same input
// gives the same score, always, and a score is the sum of its parts: nothing is
// scaled, capped or learned.
//
// Each part measures one thing from 0 to 100 percent and has at most the points
// that the policy gives it (policy.Weights). More reach, more exposure, more age
// never lower a score. What is not known is said, with the points that not knowing
// costs.
package risk

import (
	"cmp"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/policy"
)

// A Score is a sum of parts, 0 to 100.
type Score struct {
	Total int    `json:"total"` // the sum of Parts
	Level string `json:"level"` // low, medium, high, critical
	Parts []Part `json:"parts"` // all that the policy weighs, those with most points first
}

// A Part is one reason.
type Part struct {
	Name    string `json:"name"`   // one of Parts
	Points  int    `json:"points"` // 0 to Of
	Of      int    `json:"of"`     // the most that the policy gives it
	Because string `json:"because"`
	// Unknown says that a fact is missing: Points are what not knowing costs.
	Unknown bool         `json:"unknown"`
	About   []drover.Ref `json:"about,omitzero"` // what decides it: the credential, the place, the owner
}

// The parts of a score, in the order in which those of equal points are listed.
const (
	Reach       = "reach"
	Exposure    = "exposure"
	Age         = "age"
	Ownership   = "ownership"
	Use         = "use"
	DataClass   = "data_class"
	Environment = "environment"
	Findings    = "findings"
)

// Parts lists the parts of every score.
var Parts = []string{Reach, Exposure, Age, Ownership, Use, DataClass, Environment, Findings}

// A measure is one part before it is weighed.
type measure struct {
	value   int // 0 to 100
	unknown bool
	because string
	about   []drover.Ref
}

// measures are one measure for each of Parts.
type measures [8]measure

func weights(w policy.Weights) [len(measures{})]int {
	return [...]int{w.Reach, w.Exposure, w.Age, w.Ownership, w.Use, w.DataClass, w.Environment, w.Findings}
}

// points is value percent of weight, rounded: it never falls as value grows, and
// is never more than weight. What is more than nothing is at least one point.
func points(value, weight int) int {
	value = max(0, min(value, 100))
	p := (value*weight + 50) / 100
	if p == 0 && value > 0 && weight > 0 {
		return 1
	}
	return p
}

func (m *measures) total(w policy.Weights) (sum int) {
	for i, weight := range weights(w) {
		sum += points(m[i].value, weight)
	}
	return sum
}

func (m *measures) score(r policy.Risk) Score {
	s := Score{Parts: make([]Part, 0, len(m))}
	for i, weight := range weights(r.Weights) {
		if weight == 0 {
			continue
		}
		p := Part{Name: Parts[i], Points: points(m[i].value, weight), Of: weight, Because: m[i].because, Unknown: m[i].unknown, About: m[i].about}
		s.Total += p.Points
		s.Parts = append(s.Parts, p)
	}
	slices.SortStableFunc(s.Parts, func(a, b Part) int { return cmp.Compare(b.Points, a.Points) })
	s.Level = r.Levels.Word(s.Total)
	return s
}
