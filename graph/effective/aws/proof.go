package aws

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

func compile(p *awsiam.Policies) *awsiam.Profile { return awsiam.Compile(p) }

func splitServices(s string) []string { return strings.Split(s, "|") }

// edge explains an answer. Its proof names a statement only if nothing else would
// do without it: then deleting any statement that is named takes the edge away, or
// leaves it under another condition. Where several statements allow the same, none
// of them is named as deciding: an entry without a reference says so.
func (x *engine) edge(a *answer, search func(view) *answer, f *profile) effective.Edge {
	e := effective.Edge{Move: true, Level: access.LevelEscalate, Grade: drover.GradeProven, Cond: a.condition()}
	if len(a.conds) > 0 {
		e.Grade = drover.GradeInferred
	}
	type named struct {
		ref       drover.Ref
		statement string
	}
	seen := map[named]bool{}
	var several []string
	for _, p := range x.explain(a) {
		if p.Ref == "" || p.Statement == "" {
			if !slices.Contains(e.Proof, p) {
				e.Proof = append(e.Proof, p)
			}
			continue
		}
		if n := (named{p.Ref, p.Statement}); seen[n] {
			continue
		} else {
			seen[n] = true
		}
		if x.decides(&p, e.Cond, search, f) {
			e.Proof = append(e.Proof, p)
		} else if !slices.Contains(several, p.Text) {
			several = append(several, p.Text)
		}
	}
	for _, text := range several {
		e.Proof = append(e.Proof, access.Proof{Effect: "allow", Text: text + "; so does another: each is enough without this one"})
	}
	return e
}

// explain lists what decides all requests of an answer.
func (x *engine) explain(a *answer) []access.Proof {
	var out []access.Proof
	for i := range a.asked {
		q := &a.asked[i]
		proof := q.rules.Explain(&q.r).Proof
		if q.made {
			tellMade(proof, q.r.Resource)
		}
		out = append(out, proof...)
	}
	return append(out, a.notes...)
}

// tellMade says in proofs that the name of what was asked for was made up: nobody
// shall look for it.
func tellMade(proof []access.Proof, resource string) {
	const made = " (a name made up for the question)"
	for i := range proof {
		p := &proof[i]
		if at := strings.Index(p.Text, " on "+resource); at >= 0 {
			at += len(" on " + resource)
			p.Text = p.Text[:at] + made + p.Text[at:]
		} else if p.Statement != "" {
			p.Text += "; the name asked for is made up"
		}
	}
}

// decides reports whether the answer changes when a statement goes.
func (x *engine) decides(p *access.Proof, cond drover.Attrs, search func(view) *answer, f *profile) bool {
	index, ok := statementIndex(p.Statement)
	if !ok {
		return true
	}
	a := search(x.without(f, p.Ref, index))
	return a == nil || string(a.condition()) != string(cond)
}
