package reach

// between makes the flow from any of from to any of to. Its node 0 leads to each
// source; each target leads to its sink, which its touches lead to as well; and
// every sink leads to the last node.
func (g *Graph) between(from, to []uint32, l *lens) *strait {
	ahead, behind := g.search(from, l, false), g.search(to, l, true)
	s := &strait{g: g, lens: l, local: make([]uint32, g.n), nodes: []uint32{none}}
	for i := range s.local {
		s.local[i] = none
	}
	for n := range ahead.All() {
		if behind.Has(n) {
			s.local[n] = uint32(len(s.nodes))
			s.nodes = append(s.nodes, n)
		}
	}
	s.inner = uint32(len(s.nodes))
	s.sinks = map[uint32]uint32{}
	for _, n := range to {
		if _, ok := s.sinks[n]; !ok && behind.Has(n) {
			s.sinks[n] = uint32(len(s.nodes))
			s.nodes = append(s.nodes, n)
			s.targets = append(s.targets, n)
		}
	}
	for _, n := range ahead.starts {
		if at := s.local[n]; at != none {
			s.sources = append(s.sources, at)
		}
	}
	s.last = uint32(len(s.nodes))
	s.nodes = append(s.nodes, none)
	s.fill()
	return s
}

// A strait is a flow and what its nodes are in the whole graph.
type strait struct {
	flow
	g       *Graph
	lens    *lens
	nodes   []uint32 // of each of ours: the node; none for the first and the last
	local   []uint32 // of each of theirs: ours, or none
	inner   uint32   // the first sink
	last    uint32
	sinks   map[uint32]uint32 // of a target
	sources []uint32          // ours
	targets []uint32          // theirs
}

func (s *strait) fill() {
	var starts []uint32
	var ends, edges []uint32
	add := func(to, edge uint32) {
		if k := len(ends) - 1; k >= int(starts[len(starts)-1]) && ends[k] == to { // edges come in order of To
			edges[k] = several
			return
		}
		ends, edges = append(ends, to), append(edges, edge)
	}
	for at, n := range s.nodes {
		starts = append(starts, uint32(len(ends)))
		switch {
		case at == 0:
			for _, to := range s.sources {
				add(to, none)
			}
		case uint32(at) >= s.inner && uint32(at) < s.last:
			add(s.last, none)
		case uint32(at) < s.inner:
			s.edges(n, add)
		}
	}
	s.out = flowRows{append(starts, uint32(len(ends))), ends, edges}
	s.in = s.out.transpose()
}

// edges adds the edges out of one node of the graph.
func (s *strait) edges(n uint32, add func(to, edge uint32)) {
	r := &s.g.out
	for e, hi := r.moves(n); e < hi; e++ {
		if to := s.local[r.ends[e]]; to != none && (s.lens.plain || s.lens.passes(e)) {
			add(to, e)
		}
	}
	for e, hi := r.touches(n); e < hi; e++ {
		if to, ok := s.sinks[r.ends[e]]; ok && s.lens.passes(e) {
			add(to, e)
		}
	}
	if to, ok := s.sinks[n]; ok {
		add(to, none)
	}
}

func (r *flowRows) transpose() flowRows {
	t := flowRows{make([]uint32, len(r.starts)), make([]uint32, len(r.ends)), make([]uint32, len(r.ends))}
	for _, to := range r.ends {
		t.starts[to]++
	}
	at := uint32(0)
	for n := range t.starts {
		t.starts[n], at = at, at+t.starts[n]
	}
	for n := range uint32(len(r.starts) - 1) {
		for e := r.starts[n]; e < r.starts[n+1]; e++ {
			i := &t.starts[r.ends[e]]
			t.ends[*i], t.edges[*i] = n, r.edges[e]
			*i++
		}
	}
	copy(t.starts[1:], t.starts)
	t.starts[0] = 0
	return t
}
