package reach

// A separator counts how many pairs of a source and a target a cut separates.
type separator struct {
	b       *Batch
	sources []uint32
	kept    []uint32 // comp of each node, without a cut
}

func (g *Graph) separator(from, to []uint32, o Options) *separator {
	b := newBatch(g, to, o)
	b.comp = make([]uint32, g.n)
	b.hub.reach = newBitmap(g.n)
	b.targetsOnly = true
	b.comps = []component{{}} // of what a cut takes away
	b.fill(nil)
	s := &separator{b: b}
	seen := newBitmap(g.n)
	for _, n := range from {
		if int64(n) < int64(g.n) && !seen.has(n) {
			seen.set(n)
			s.sources = append(s.sources, n)
		}
	}
	return s
}

// pairs counts the targets that each source of some reaches; those of which x is
// one end do not count.
func (s *separator) pairs(some bitmap, x uint32) (n int) {
	target, isTarget := s.b.targetN[x]
	for _, source := range s.sources {
		if source == x || !some.has(source) {
			continue
		}
		set := s.b.comps[s.b.comp[source]].targets
		n += s.b.sets.size(set)
		if isTarget && bitmap(s.b.sets.set(set)).has(uint32(target)) {
			n--
		}
	}
	return n
}

func (s *separator) withoutNode(x uint32) int {
	above := s.b.g.searchMoves([]uint32{x}, s.b.lens).held
	before := s.pairs(above, x)
	after := s.again(above, s.b.lens, x)
	return before - after
}

func (s *separator) withoutEdge(e uint32) int {
	b := s.b
	from, _ := b.g.Ends(e)
	above := b.g.searchMoves([]uint32{from}, b.lens).held
	o := b.options
	o.Without = NewEdgeSet(e)
	for old := range b.options.Without.All() {
		o.Without.Add(old)
	}
	before := s.pairs(above, none)
	return before - s.again(above, b.g.lens(o), none)
}

// again counts the pairs of the sources among above with another lens and
// without node x, and leaves everything as it was.
func (s *separator) again(above bitmap, l *lens, x uint32) int {
	b := s.b
	s.kept = append(s.kept[:0], b.comp...)
	comps, lens := len(b.comps), b.lens
	b.lens = l
	if x != none {
		b.comp[x] = 0
		above.clear(x)
	}
	b.fill(above)
	n := s.pairs(above, x)
	b.comp, s.kept = s.kept, b.comp
	b.comps, b.lens = b.comps[:comps], lens
	return n
}
