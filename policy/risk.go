package policy

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// Weights are the most points that each part of a risk score may have. They add
// up to 100 at most, so that a score is at most 100 and is the sum of its parts.
type Weights struct {
	Reach       int `json:"reach"`       // what falls with it
	Exposure    int `json:"exposure"`    // where its credentials lie
	Age         int `json:"age"`         // how long its secrets outlived their interval
	Use         int `json:"use"`         // whether anybody would notice that it is misused
	Ownership   int `json:"ownership"`   // whether anybody answers for it
	DataClass   int `json:"data_class"`  // what data it opens
	Environment int `json:"environment"` // where it works, and how much hangs on it
	Findings    int `json:"findings"`    // the worst open finding
}

// DefaultWeights are what is shipped. What falls, and how near a thief is, make
// more than half; that nobody would notice or answers comes after. Findings speak
// of the same faults again, so they have no points unless a house gives them some.
var DefaultWeights = Weights{Reach: 35, Exposure: 25, Age: 10, Use: 5, Ownership: 10, DataClass: 10, Environment: 5}

// Sum is the highest score that the weights allow.
func (w Weights) Sum() int {
	return w.Reach + w.Exposure + w.Age + w.Use + w.Ownership + w.DataClass + w.Environment + w.Findings
}

// Levels say from which score on a risk is called critical, high or medium; what
// is below is low.
type Levels struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
}

// DefaultLevels are what is shipped.
var DefaultLevels = Levels{Critical: 65, High: 45, Medium: 25}

// Word names the level of a score.
func (l Levels) Word(score int) string {
	switch {
	case score >= l.Critical:
		return "critical"
	case score >= l.High:
		return "high"
	case score >= l.Medium:
		return "medium"
	}
	return "low"
}

// Risk is how a house weighs risk.
type Risk struct {
	Weights Weights
	Levels  Levels
	Pos     Pos // of the weights; the zero Pos: they are as shipped
}

func (r *reader) risk(o *Risk, n ast.Node) {
	r.pairs("risk", n, []string{"weights", "levels"}, func(key string, v ast.Node) {
		switch key {
		case "weights":
			o.Pos = r.pos(v)
			r.weights(&o.Weights, v)
		case "levels":
			l := &o.Levels
			r.pairs("risk.levels", v, []string{"critical", "high", "medium"}, func(key string, w ast.Node) {
				*map[string]*int{"critical": &l.Critical, "high": &l.High, "medium": &l.Medium}[key] = r.number("risk.levels."+key, w, 1, 100)
			})
			if l.Medium >= l.High || l.High >= l.Critical {
				r.fail(v, "risk.levels: want medium (%d) < high (%d) < critical (%d)", l.Medium, l.High, l.Critical)
			}
		}
	})
}

// weightNames are the keys of risk.weights, in the order of the parts.
var weightNames = []string{"reach", "exposure", "age", "use", "ownership", "data_class", "environment", "findings"}

func (r *reader) weights(w *Weights, n ast.Node) {
	fields := map[string]*int{"reach": &w.Reach, "exposure": &w.Exposure, "age": &w.Age, "use": &w.Use, "ownership": &w.Ownership, "data_class": &w.DataClass, "environment": &w.Environment, "findings": &w.Findings}
	r.pairs("risk.weights", n, weightNames, func(key string, v ast.Node) {
		*fields[key] = r.number("risk.weights."+key, v, 0, 100)
	})
	if sum := w.Sum(); sum > 100 || sum == 0 {
		r.fail(n, "risk.weights: with the shipped ones of those that are not set they add up to %d (%s); want 1 to 100, so that a score is the sum of its parts", sum, w.Say())
	}
}

// Say writes the weights as one clause: "reach 35, exposure 25".
func (w Weights) Say() string {
	return fmt.Sprintf("reach %d, exposure %d, age %d, use %d, ownership %d, data_class %d, environment %d, findings %d",
		w.Reach, w.Exposure, w.Age, w.Use, w.Ownership, w.DataClass, w.Environment, w.Findings)
}
