package engine

// others are the further members of row i's entity: rows that are the same thing
// as others call it. Most entities have one member.
func (s *Snapshot) others(i int) []int {
	s.once.Do(func() {
		for j := range s.Seen() {
			if s.Entity(j) != s.ID(j) {
				if s.joined == nil {
					s.joined = map[int64][]int{}
				}
				s.joined[s.Entity(j)] = append(s.joined[s.Entity(j)], j)
			}
		}
		for j := range s.Seen() {
			if _, ok := s.joined[s.Entity(j)]; ok && s.Entity(j) == s.ID(j) {
				s.joined[s.Entity(j)] = append(s.joined[s.Entity(j)], j)
			}
		}
	})
	var out []int
	for _, j := range s.joined[s.Entity(i)] {
		if j != i {
			out = append(out, j)
		}
	}
	return out
}
