package reach

import "math/bits"

// A sweep is one search in breadth. While the front is small it goes along the
// edges of what was just found; when most of what is left could be found at once
// it asks the rest instead whether one of them leads to it (Beamer, Asanović,
// Patterson: Direction-Optimizing Breadth-First Search, 2012, with its bounds).
type sweep struct {
	g       *Graph
	lens    *lens
	reverse bool
	touch   bool   // the first edge may be one
	side    *rows  // the way we go
	back    *rows  // against it
	fed     bitmap // what a move leads to that way
	held    bitmap
	hops    depths
	depth   uint32
	last    uint32 // the depth at which something was found last
	front   []uint32
	next    []uint32
	count   int
}

// Bounds of Beamer's heuristic.
const (
	sweepAlpha = 15
	sweepBeta  = 18
)

// search goes from the starts along moves: forward, or backward where the first
// edge taken, which is the last of a path, may be a touch.
func (g *Graph) search(starts []uint32, l *lens, reverse bool) *Reach {
	return g.newSweep(l, reverse, reverse).reach(starts)
}

// searchMoves goes backward along moves alone.
func (g *Graph) searchMoves(starts []uint32, l *lens) *Reach {
	return g.newSweep(l, true, false).reach(starts)
}

func (g *Graph) newSweep(l *lens, reverse, touch bool) *sweep {
	s := &sweep{g: g, lens: l, reverse: reverse, touch: touch, side: &g.out, back: &g.in, fed: g.fedOut, held: newBitmap(g.n), hops: depths{near: g.takeRoom()}}
	if reverse {
		s.side, s.back, s.fed = s.back, s.side, g.fedIn
	}
	return s
}

// reach runs the search.
func (s *sweep) reach(starts []uint32) *Reach {
	for n := range s.lens.goneNodes() { // taken out again at the end
		s.held.set(n)
	}
	for _, n := range starts {
		if int64(n) < int64(s.g.n) && !s.held.has(n) {
			s.held.set(n)
			s.hops.near[n] = 0
			s.front = append(s.front, n)
		}
	}
	starts = append([]uint32(nil), s.front...)
	s.count = len(starts)
	s.run()
	for n := range s.lens.goneNodes() {
		s.held.clear(n)
	}
	return &Reach{lens: s.lens, reverse: s.reverse, starts: starts, held: s.held, hops: s.hops, last: s.last, count: s.count}
}

func (s *sweep) run() {
	left := len(s.side.ends)
	for len(s.front) > 0 && s.deeper() {
		ahead := s.ahead()
		if s.depth > 1 && ahead > left/sweepAlpha {
			s.up()
			continue
		}
		left -= ahead
		s.down()
		s.front, s.next = s.next, s.front[:0]
	}
}

// deeper goes to the next depth, if there is to be one.
func (s *sweep) deeper() bool {
	if int64(s.depth) >= int64(s.lens.maxHops) {
		return false
	}
	if s.depth++; s.depth == 256 {
		s.hops.widen()
	}
	return true
}

// ahead counts the edges out of the front.
func (s *sweep) ahead() int {
	n := 0
	for _, v := range s.front {
		lo, hi := s.side.moves(v)
		n += int(hi - lo)
	}
	return n
}

func (s *sweep) find(n uint32) {
	s.held.set(n)
	if s.hops.far == nil {
		s.hops.near[n] = uint8(s.depth)
	} else {
		s.hops.far[n] = s.depth
	}
}

// down goes along the edges of the front.
func (s *sweep) down() {
	held, ends, class, next := s.held, s.side.ends, s.side.class, s.next
	plain, table, cuts := s.lens.plain, &s.lens.class, s.cuts()
	for _, n := range s.front {
		lo, hi := s.side.moves(n)
		if s.touch && s.depth == 1 {
			lo, hi = s.side.all(n)
		}
		for i, to := range ends[lo:hi] {
			if held[to>>6]>>(to&63)&1 != 0 {
				continue
			}
			if !plain && (!table[class[lo+uint32(i)]] || cuts && !s.passes(n, lo+uint32(i), s.reverse)) {
				continue
			}
			s.find(to)
			next = append(next, to)
		}
	}
	if s.next = next; len(next) > 0 {
		s.count, s.last = s.count+len(next), s.depth
	}
}

// up asks what is not yet found, depth by depth, until little is found at once.
func (s *sweep) up() {
	front, next := newBitmap(s.g.n), newBitmap(s.g.n)
	for _, n := range s.front {
		front.set(n)
	}
	for awake := len(s.front); ; {
		found := s.ask(front, next)
		if s.count += found; found > 0 {
			s.last = s.depth
		}
		front, next = next, front
		if found >= awake || found > s.g.n/sweepBeta {
			awake = found
			if s.deeper() {
				continue
			}
			front = nil
		}
		break
	}
	s.front = s.front[:0]
	for n := range front.all() {
		s.front = append(s.front, n)
	}
}

// ask makes next what an edge leads to from front.
func (s *sweep) ask(front, next bitmap) (found int) {
	at, ends, class, fed := s.back.at, s.back.ends, s.back.class, s.fed
	plain, table, cuts := s.lens.plain, &s.lens.class, s.cuts()
	for w, held := range s.held {
		news := uint64(0)
		for rest := fed[w] &^ held; rest != 0; rest &= rest - 1 {
			n := uint32(w<<6 + bits.TrailingZeros64(rest))
			lo, hi := at[n].start, at[n].mid
			for i, from := range ends[lo:hi] {
				if front[from>>6]>>(from&63)&1 == 0 {
					continue
				}
				if !plain && (!table[class[lo+uint32(i)]] || cuts && !s.passes(n, lo+uint32(i), !s.reverse)) {
					continue
				}
				news |= rest & -rest
				break
			}
		}
		next[w] = news
		if news != 0 {
			s.held[w] |= news
			found += bits.OnesCount64(news)
			s.note(w, news)
		}
	}
	return found
}

// note notes how far the nodes of one word are.
func (s *sweep) note(w int, news uint64) {
	for ; news != 0; news &= news - 1 {
		n := w<<6 + bits.TrailingZeros64(news)
		if s.hops.far == nil {
			s.hops.near[n] = uint8(s.depth)
		} else {
			s.hops.far[n] = s.depth
		}
	}
}

// passes reports whether place i of the edges of n passes: of those that end
// there, or of those that begin there.
func (s *sweep) passes(n, i uint32, in bool) bool {
	if in {
		return s.lens.passesIn(n, i)
	}
	return s.lens.passes(i)
}

// cuts reports whether more than the class of an edge decides whether it passes.
func (s *sweep) cuts() bool { return s.lens.cut.Len() > 0 || s.touch && s.depth == 1 }
