package rows

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// declare emits a record as something that people say and nobody has seen: a
// node gets attrs.declared and evidence of the claim, edges and evidence get the
// grade declared. A grade that is already weaker stays.
func declare(out Sink, r drover.Record, source string, asOf time.Time) {
	switch {
	case r.Node != nil:
		n := *r.Node
		if len(n.Attrs) > drover.MaxAttrs-64 {
			out.Lost(string(n.Ref), fmt.Errorf("no room for the attribute declared: %w", drover.ErrInvalid))
			return
		}
		n.Attrs = n.Attrs.With("declared", true)
		out.Record(drover.Record{Node: &n})
		out.Record(drover.Record{Evidence: &drover.Evidence{Subject: n.Ref, Claim: drover.ClaimDeclared, Source: source, At: asOf, Grade: drover.GradeDeclared}})
	case r.Edge != nil:
		e := *r.Edge
		e.Grade = weaker(e.Grade)
		out.Record(drover.Record{Edge: &e})
	case r.Evidence != nil:
		e := *r.Evidence
		e.Grade = weaker(e.Grade)
		out.Record(drover.Record{Evidence: &e})
	default:
		out.Record(r)
	}
}

func weaker(g drover.Grade) drover.Grade {
	if g == drover.GradeUnknown {
		return g
	}
	return drover.GradeDeclared
}
