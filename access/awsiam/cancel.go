package awsiam

import "slices"

// A deny that may hold takes with it every allow under the same condition: where
// the allow's condition implies the deny's, the allow is never of use. Without
// this an answer would be left with a condition that nothing meets.
//
// suspects are the denies of one request that may hold, and hang on their
// conditions alone. Only so many are kept; more leave a condition that is longer
// than it must be.
type suspects struct {
	list [8]*rule
	n    int
}

func (s *suspects) add(r *rule) {
	if s.n < len(s.list) {
		s.list[s.n] = r
		s.n++
	}
}

// cancel is whether a suspect holds whenever an allow, which may hold, does.
func (s *suspects) cancel(allow *rule, q *query) bool {
	return slices.ContainsFunc(s.list[:s.n], func(d *rule) bool {
		for i := range d.clauses {
			if c := &d.clauses[i]; !allow.requires(c) && c.eval(q) != yes {
				return false
			}
		}
		return true
	})
}

// requires is whether one of the rule's clauses implies c.
func (r *rule) requires(c *clause) bool {
	return slices.ContainsFunc(r.clauses, func(own clause) bool { return own.implies(c) })
}

// implies is whether c never holds without d: the same operator and key, with
// fewer values, or with more of them if it is negated.
func (c *clause) implies(d *clause) bool {
	if c.op != d.op || c.set != d.set || c.ifExists != d.ifExists || c.key != d.key || c.bad || d.bad {
		return false
	}
	few, many := c, d
	if c.op.negated {
		few, many = d, c
	}
	for i := range few.operands {
		same := func(o operand) bool {
			return o.text == few.operands[i].text && (o.template == nil) == (few.operands[i].template == nil)
		}
		if !slices.ContainsFunc(many.operands, same) {
			return false
		}
	}
	return true
}
