package reach

import (
	"slices"
	"sort"
)

// Shortest returns a path of the fewest hops, whatever its grade. From a node to
// itself it is the path of no edges. False where there is none.
func (g *Graph) Shortest(from, to uint32, o Options) (Path, bool) {
	l := g.lens(o)
	if int64(max(from, to)) >= int64(g.n) || l.gone.Has(from) || l.gone.Has(to) {
		return Path{}, false
	}
	if from == to {
		return Path{Nodes: []uint32{from}, Grade: g.gradeOf(nil)}, true
	}
	s, _ := g.halves.Get().(*twoSided)
	if s == nil {
		s = &twoSided{}
		s.ahead, s.behind = newHalf(g.n), newHalf(g.n)
	}
	defer func() {
		s.ahead.reset()
		s.behind.reset()
		g.halves.Put(s)
	}()
	s.lens, s.g = l, g
	meet, ok := s.search(from, to)
	if !ok {
		return Path{}, false
	}
	return s.path(from, meet, to), true
}

// twoSided searches from both ends, a depth at a time, always on the side that
// has fewer edges ahead. Where both have gone a and b hops without meeting, no
// path is shorter than a+b+1, so the first node that both find is on a shortest.
type twoSided struct {
	g             *Graph
	lens          *lens
	ahead, behind half
}

// A half is what one side has found.
type half struct {
	seen  bitmap
	via   []uint32 // of what was seen: the place of the edge, among those of its side
	front []uint32
	all   []uint32
	edges int // out of the front
}

func newHalf(n int) half { return half{seen: newBitmap(n), via: make([]uint32, n)} }

func (h *half) reset() {
	for _, n := range h.all {
		h.seen.clear(n)
	}
	h.all, h.front, h.edges = h.all[:0], h.front[:0], 0
}

func (h *half) find(n, via uint32) {
	h.seen.set(n)
	h.via[n] = via
	h.all = append(h.all, n)
}

func (s *twoSided) search(from, to uint32) (meet uint32, ok bool) {
	s.ahead.find(from, 0)
	s.behind.find(to, 0)
	s.ahead.front, s.behind.front = append(s.ahead.front, from), append(s.behind.front, to)
	for hops := 0; hops < s.lens.maxHops && len(s.ahead.front) > 0 && len(s.behind.front) > 0; hops++ {
		// Backward first: only there are the touches of the target seen.
		if hops > 0 && s.ahead.edges <= s.behind.edges {
			meet, ok = s.forward()
		} else {
			meet, ok = s.backward(hops == 0)
		}
		if ok {
			return meet, true
		}
	}
	return 0, false
}

func (s *twoSided) forward() (meet uint32, ok bool) {
	h, r := &s.ahead, &s.g.out
	first := len(h.all)
	h.edges = 0
	for _, n := range h.front {
		for e, hi := r.moves(n); e < hi; e++ {
			to := r.ends[e]
			if h.seen.has(to) || !s.lens.plain && !s.lens.passes(e) || s.lens.gone.Has(to) {
				continue
			}
			h.find(to, e)
			if s.behind.seen.has(to) {
				return to, true
			}
			lo, hi := r.moves(to)
			h.edges += int(hi - lo)
		}
	}
	h.front = append(h.front[:0], h.all[first:]...)
	return 0, false
}

func (s *twoSided) backward(first bool) (meet uint32, ok bool) {
	h, r := &s.behind, &s.g.in
	old := len(h.all)
	h.edges = 0
	for _, n := range h.front {
		i, hi := r.moves(n)
		if first {
			i, hi = r.all(n)
		}
		for ; i < hi; i++ {
			from := r.ends[i]
			if h.seen.has(from) || !s.lens.plain && !s.lens.passesIn(n, i) || s.lens.gone.Has(from) {
				continue
			}
			h.find(from, i)
			if s.ahead.seen.has(from) {
				return from, true
			}
			lo, hi := r.moves(from)
			h.edges += int(hi - lo)
		}
	}
	h.front = append(h.front[:0], h.all[old:]...)
	return 0, false
}

// path goes from where both met back to each end.
func (s *twoSided) path(from, meet, to uint32) Path {
	g := s.g
	var p Path
	for n := meet; n != from; {
		e := s.ahead.via[n]
		p.Edges = append(p.Edges, e)
		n, _ = g.Ends(e)
	}
	slices.Reverse(p.Edges)
	for n := meet; n != to; {
		i := s.behind.via[n]
		next := g.in.at[1:]
		n = uint32(sort.Search(len(next), func(k int) bool { return next[k].start > i }))
		p.Edges = append(p.Edges, g.inbound(n, i))
	}
	p.Nodes = append(p.Nodes, from)
	for _, e := range p.Edges {
		p.Nodes = append(p.Nodes, g.out.ends[e])
	}
	p.Grade = g.gradeOf(p.Edges)
	return p
}
