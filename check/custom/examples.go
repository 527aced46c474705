package custom

import (
	"context"
	"slices"
	"time"

	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/policy"
)

// A Tried is an example of a rule and what came of it.
type Tried struct {
	Pos     policy.Pos
	Want    string   // fires, silent
	Got     string   // fires, silent, unknown, failed
	Missing []string // of unknown: the facts that the example does not say
	Failure string
}

// OK reports whether the rule did what the example wants. What is unknown does not
// fire, and so is silent.
func (t *Tried) OK() bool { return t.Got == t.Want || t.Got == "unknown" && t.Want == "silent" }

// Try asks the rule about its examples.
func (r *Rule) Try(ctx context.Context, now time.Time) (out []Tried) {
	for i := range r.examples {
		x := &r.examples[i]
		t := Tried{Pos: x.Pos, Want: "silent", Got: "silent"}
		if x.Fires {
			t.Want = "fires"
		}
		of, err := exampleOf(x, now)
		var fires *bool
		if err == nil {
			fires, t.Missing, err = r.decide(&check.Pass{Context: ctx}, &activation{of: of, now: now})
		}
		switch {
		case err != nil:
			t.Got, t.Failure = "failed", err.Error()
		case t.Missing != nil:
			t.Got = "unknown"
		case fires != nil && *fires:
			t.Got = "fires"
		}
		out = append(out, t)
	}
	return out
}

// Ask asks the rule about one row of an estate: fires, silent, unknown with what is
// missing, or "" for what the rule is not about.
func (r *Rule) Ask(ctx context.Context, e *check.Estate, i int) (got string, lacks []string, err error) {
	if i >= e.Graph.Seen() || !slices.Contains(r.kinds, e.Graph.Kind(i)) {
		return "", nil, nil
	}
	keep, err := r.kept(e)
	if err != nil || keep != nil && keep[i>>6]>>(i&63)&1 == 0 {
		return "", nil, err
	}
	var risk func(int) int
	if r.o.Risk != nil {
		risk = r.o.Risk(e)
	}
	p := &check.Pass{Estate: e, Check: r.Check, Context: ctx}
	fires, lacks, err := r.decide(p, &activation{of: &row{q: newAsker(ctx, e, risk), i: i}, now: e.Now})
	switch {
	case err != nil:
		return "failed", nil, err
	case lacks != nil:
		return "unknown", lacks, nil
	case fires == nil:
		return "", nil, nil
	case *fires:
		return "fires", nil, nil
	}
	return "silent", nil, nil
}
