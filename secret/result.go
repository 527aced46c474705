package secret

import (
	"cmp"
	"slices"
	"strings"
)

// maxCompared bounds how many findings on one line a generic one is compared
// with; only hostile lines have more.
const maxCompared = 256

// result orders the findings. It drops a generic one where a rule that knows the
// value's kind has found it, or more, on the same line, and one that lies in what
// a rule of an earlier file has found.
func (m *matcher) result() []Hit {
	if len(m.hits) == 0 && len(m.cut) == 0 {
		return nil
	}
	named := map[int][]*finding{} // by line: findings of rules that are not generic
	for i := range m.hits {
		if f := &m.hits[i]; !f.rule.generic && len(named[f.Line]) < maxCompared {
			named[f.Line] = append(named[f.Line], f)
		}
	}
	out := m.unscanned()
	for i := range m.hits {
		f := &m.hits[i]
		if f.rule != assigned && !slices.ContainsFunc(named[f.Line], f.yields) {
			out = append(out, f.Hit)
		}
	}
	out = m.withAssigned(out)
	slices.SortStableFunc(out, func(a, b Hit) int {
		return cmp.Or(a.Start-b.Start, a.End-b.End, strings.Compare(a.Rule, b.Rule))
	})
	return out
}

// yields reports whether f says nothing beside o.
func (f *finding) yields(o *finding) bool {
	if f.rule.generic {
		return strings.Contains(o.Value.Reveal(), f.Value.Reveal())
	}
	return f.rule.file > o.rule.file && o.Start <= f.Start && f.End <= o.End
}

// withAssigned adds what was found by name where no rule has found anything.
func (m *matcher) withAssigned(out []Hit) []Hit {
	taken := make([]span, 0, len(out))
	for i := range out {
		taken = append(taken, span{out[i].Start, out[i].End})
	}
	slices.SortFunc(taken, func(a, b span) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	for i, until := 0, 0; i < len(taken); i++ { // so that ends are in order too
		until = max(until, taken[i].end)
		taken[i].end = until
	}
	for i := range m.hits {
		f := &m.hits[i]
		if f.rule != assigned {
			continue
		}
		n, _ := slices.BinarySearchFunc(taken, f.End, func(s span, end int) int { return s.start - end })
		if n == 0 || taken[n-1].end <= f.Start {
			out = append(out, f.Hit)
		}
	}
	return out
}
