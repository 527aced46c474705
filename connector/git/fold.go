package git

import (
	"cmp"
	"slices"

	"github.com/droverhq/drover"
)

// fold keeps, for each secret in each path, the lines at which it came in first.
// Later versions that still hold it, or hold it again, are no news. What is
// allowed is taken out, with everything of that secret in that path.
func (sc *scanner) fold(ignore []*allowed) (kept []finding, ignored int) {
	type key struct {
		path uint32
		cred drover.Ref
	}
	rank := func(f finding) int32 {
		if f.commit == before {
			return before
		}
		return sc.graph.rank[f.commit]
	}
	sc.last = map[presence]int32{}
	list := sc.findings
	slices.SortFunc(list, func(a, b finding) int {
		return cmp.Or(cmp.Compare(sc.h.paths[a.path], sc.h.paths[b.path]), cmp.Compare(a.cred, b.cred), cmp.Compare(rank(a), rank(b)),
			cmp.Compare(a.line, b.line), cmp.Compare(a.rule, b.rule), cmp.Compare(a.blob, b.blob), cmp.Compare(openedBy(a), openedBy(b)))
	})
	for len(list) > 0 {
		k := key{list[0].path, list[0].cred}
		n := 1
		for n < len(list) && k == (key{list[n].path, list[n].cred}) {
			n++
		}
		group := list[:n]
		list = list[n:]
		if slices.ContainsFunc(group, func(f finding) bool {
			return slices.ContainsFunc(ignore, func(a *allowed) bool {
				return a.names(sc.commitName(f.commit), sc.h.paths[f.path], f.rule, f.line, f.print)
			})
		}) {
			ignored++
			continue
		}
		if last := group[n-1].commit; last != before {
			sc.last[presence(k)] = last
		}
		for i, f := range group {
			if f.commit != group[0].commit {
				break
			}
			if i == 0 || f.line != group[i-1].line {
				kept = append(kept, f)
			} else if last := &kept[len(kept)-1]; f.opens != nil {
				last.also = append(last.also, f.opens) // the same password for another account, in one line
			}
		}
	}
	return kept, ignored
}

// openedBy is whom the text around a finding says that it is for.
func openedBy(f finding) drover.Ref {
	if f.opens == nil {
		return ""
	}
	return f.opens.Ref
}

func (sc *scanner) commitName(n int32) string {
	if n == before {
		return ""
	}
	return sc.graph.ids[n].String()
}
