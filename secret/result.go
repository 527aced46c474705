package secret

import (
	"cmp"
	"slices"
	"strings"
)

// result orders the findings and drops a generic one where a rule that knows
// the value's kind has found it, or more, on the same line.
func (m *matcher) result() []Hit {
	if len(m.hits) == 0 {
		return nil
	}
	named := map[int][]string{} // line -> values of rules that are not generic
	for i := range m.hits {
		if f := &m.hits[i]; !f.rule.generic {
			named[f.Line] = append(named[f.Line], f.Value.Reveal())
		}
	}
	var out []Hit
	for i := range m.hits {
		f := &m.hits[i]
		if f.rule.generic && slices.ContainsFunc(named[f.Line], func(v string) bool {
			return strings.Contains(v, f.Value.Reveal())
		}) {
			continue
		}
		out = append(out, f.Hit)
	}
	slices.SortStableFunc(out, func(a, b Hit) int {
		return cmp.Or(a.Start-b.Start, a.End-b.End, strings.Compare(a.Rule, b.Rule))
	})
	return out
}
