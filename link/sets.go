package link

import "slices"

// sets is a union-find over rows.
type sets struct{ parent []uint32 }

func newSets(n int) sets {
	s := sets{make([]uint32, n)}
	for i := range s.parent {
		s.parent[i] = uint32(i)
	}
	return s
}

func (s *sets) find(r uint32) uint32 {
	for s.parent[r] != r {
		s.parent[r] = s.parent[s.parent[r]]
		r = s.parent[r]
	}
	return r
}

// join unites two sets; the lower row stands for both.
func (s *sets) join(a, b uint32) {
	a, b = s.find(a), s.find(b)
	if a > b {
		a, b = b, a
	}
	s.parent[b] = a
}

// replace takes one set apart into others, given as the number of each row's.
func (s *sets) replace(rows, number []uint32) {
	for _, r := range rows {
		s.parent[r] = r
	}
	first := map[uint32]uint32{}
	for i, r := range rows {
		if f, ok := first[number[i]]; ok {
			s.join(f, r)
		} else {
			first[number[i]] = r
		}
	}
}

// several yields the rows of each set of several, by ID.
func (p *partition) several(yield func(root uint32, rows []uint32)) {
	ends := make([]uint32, len(p.order)+1)
	for r := range p.order {
		ends[p.sets.find(uint32(r))+1]++
	}
	for i := range len(p.order) {
		ends[i+1] += ends[i]
	}
	list, next := make([]uint32, len(p.order)), slices.Clone(ends[:len(p.order)])
	for _, r := range p.order {
		root := p.sets.find(r)
		list[next[root]] = r
		next[root]++
	}
	for r := range p.order {
		if from, to := ends[r], ends[r+1]; to > from+1 {
			yield(uint32(r), list[from:to])
		}
	}
}
