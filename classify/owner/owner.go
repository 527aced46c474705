// Package owner says who probably answers for something, from plain signals: a
// tag that names a team, the line of CODEOWNERS that covers a file, who made it,
// who owns what is like it. It ranks candidates, says how sure it is and why,
// and says nothing where nothing speaks.
//
// Everything is a pure function over signals; package graph/owners collects
// them. The one table of weights is in signals.go.
package owner

import (
	"cmp"
	"math"
	"slices"

	"github.com/droverhq/drover"
)

// A Signal is one fact that speaks for one candidate.
type Signal struct {
	Kind Kind
	Who  string // of the candidate: the same text is the same candidate

	// Share is how much of the kind's weight it has, above 0 to 1: a line that
	// names four teams says less of each, nine of ten neighbours more than five.
	// 0 stands for 1.
	Share  float64
	Grade  drover.Grade // "": proven
	Source string       // where it was read: ".github/CODEOWNERS:12", "tag team"
	Text   string       // a clause whose subject is the candidate: "owns deploy/ in CODEOWNERS"
}

// A Suggestion is one candidate with everything that speaks for it.
type Suggestion struct {
	Who        string
	Score      float64 // log-odds
	Confidence float64 // 0 to 1: how often a suggestion like it is right
	Reasons    []Signal
}

const (
	// prior is the log-odds of somebody who is named at all, before it is weighed
	// how.
	prior = -1.4
	// enough is the confidence from which a suggestion is given, and clear how much
	// surer in log-odds it must be than the next one.
	enough = 0.5
	clear  = 0.25
	// further is how much each further signal of one kind adds, of the weight that
	// it has alone, and mostFurther how many of them count: signals of one kind
	// depend on each other.
	further     = 0.15
	mostFurther = 3
)

// Suggest ranks who is spoken for, the most likely first; of equals the one whose
// name sorts first. One more signal for a candidate never lowers its rank. None
// without signals.
func Suggest(signals []Signal) []Suggestion {
	by := map[string][]Signal{}
	for _, s := range signals {
		if s.Who != "" && kinds[s.Kind].weight != 0 {
			by[s.Who] = append(by[s.Who], s)
		}
	}
	out := make([]Suggestion, 0, len(by))
	for who, list := range by {
		slices.SortStableFunc(list, func(a, b Signal) int {
			return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Text, b.Text))
		})
		score := total(list)
		out = append(out, Suggestion{Who: who, Score: score, Confidence: 1 / (1 + math.Exp(-score)), Reasons: list})
	}
	slices.SortFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Who, b.Who))
	})
	return out
}

// Clear returns the first of ranked suggestions where it is likelier than not and
// stands out from the next; false where it is better to ask.
func Clear(ranked []Suggestion) (Suggestion, bool) {
	if len(ranked) == 0 || ranked[0].Confidence < enough {
		return Suggestion{}, false
	}
	if len(ranked) > 1 && ranked[0].Score-ranked[1].Score < clear {
		return Suggestion{}, false
	}
	return ranked[0], true
}

// total adds the signals of one candidate, the heaviest first: of each kind the
// first in full, and a little for the next ones.
func total(list []Signal) float64 {
	sum := prior
	seen := map[Kind]int{}
	for i := range list {
		n := seen[list[i].Kind]
		seen[list[i].Kind]++
		switch {
		case n == 0:
			sum += list[i].weight()
		case n <= mostFurther:
			sum += further * list[i].weight()
		}
	}
	return sum
}

// weight is what a signal adds alone, above 0.
func (s *Signal) weight() float64 {
	w := kinds[s.Kind].weight
	if s.Share > 0 && s.Share < 1 {
		w *= s.Share
	}
	switch s.Grade {
	case drover.GradeInferred:
		w *= 0.9
	case drover.GradeDeclared:
		w *= 0.85
	case drover.GradeUnknown:
		w *= 0.5
	}
	return w
}
