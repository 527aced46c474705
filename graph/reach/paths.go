package reach

import (
	"math"
	"slices"

	"github.com/droverhq/drover"
)

// Bounds of Paths: the edges that one call looks at while it walks, and the hops
// of a path.
const (
	pathWork = 1 << 20
	pathHops = 10_000
)

// Paths lists distinct paths from any of from to any of to: the best grade
// first, then the fewest hops, then by the numbers of their nodes. No path has
// one of from or to in between, so each says the last way in; a node of both is
// no path. Two paths differ in their nodes: where several edges join the same
// two, a path names the best graded of the lowest number, and Between lists the
// others. At most limit are listed; more is true if there may be others, since
// the limit was reached, the work became too much, or they are of more than ten
// thousand hops.
func (g *Graph) Paths(from, to []uint32, o Options, limit int) (paths []Path, more bool) {
	l := g.lens(o)
	w := &walk{g: g, limit: limit, work: pathWork, starts: newBitmap(g.n), on: map[uint32]bool{}}
	for worst := range uint8(grades) {
		if g.grades>>worst&1 == 0 || limit <= 0 {
			continue
		}
		w.lens, w.worst = l.better(worst), worst
		w.back = g.backward(to, w.lens)
		clear(w.starts)
		for _, n := range from {
			if w.back.Has(n) && w.back.Hops(n) > 0 {
				w.starts.set(n)
			}
		}
		if !w.stage() {
			return w.paths, true
		}
	}
	return w.paths, false
}

// A walk deepens step by step (IDA*, Korf 1985): the hops that a node is away
// from the targets are known, so no step is taken that cannot arrive in time but
// for the rule that no node is met twice.
type walk struct {
	g      *Graph
	lens   *lens
	worst  uint8  // grade of the paths wanted now: better ones are listed already
	back   *Reach // from the targets
	starts bitmap
	limit  int
	work   int

	bound int // hops of the paths wanted now
	next  int // the fewest hops over bound that were passed over
	on    map[uint32]bool
	nodes []uint32
	edges []uint32
	paths []Path
}

// stage lists the paths of one grade; false: stopped before the last.
func (w *walk) stage() bool {
	w.next = math.MaxInt
	for n := range w.starts.all() {
		w.next = min(w.next, w.back.Hops(n))
	}
	for w.next <= min(w.lens.maxHops, pathHops) {
		w.bound, w.next = w.next, math.MaxInt
		for n := range w.starts.all() {
			if hops := w.back.Hops(n); hops > w.bound {
				w.next = min(w.next, hops)
				continue
			}
			if !w.from(n) {
				return false
			}
		}
	}
	return w.next > w.lens.maxHops || w.next == math.MaxInt
}

// from walks on from n, which is put on the path.
func (w *walk) from(n uint32) bool {
	w.nodes = append(w.nodes, n)
	w.on[n] = true
	ok, s := true, w.g.steps(n, w.lens)
	for ok && w.work > 0 && s.next() {
		w.work -= s.looked
		ok = w.to(&s)
	}
	w.work -= s.looked
	delete(w.on, n)
	w.nodes = w.nodes[:len(w.nodes)-1]
	return ok && w.work > 0
}

// to takes the step that s is at, unless it leads nowhere.
func (w *walk) to(s *stepper) bool {
	n := s.to
	if !w.back.Has(n) {
		return true
	}
	hops := w.back.Hops(n)
	if hops == 0 {
		if len(w.edges)+1 < w.bound {
			return true // listed before
		}
		return w.arrive(n, s.any.edge)
	}
	if s.move.grade == grades || w.starts.has(n) || w.on[n] {
		return true
	}
	if f := len(w.edges) + 1 + hops; f > w.bound {
		w.next = min(w.next, f)
		return true
	}
	w.edges = append(w.edges, s.move.edge)
	ok := w.from(n)
	w.edges = w.edges[:len(w.edges)-1]
	return ok
}

func (w *walk) arrive(n, last uint32) bool {
	edges := append(slices.Clone(w.edges), last)
	grade := w.g.gradeOf(edges)
	if grade != drover.Grades[w.worst] {
		return true // listed among the better
	}
	w.paths = append(w.paths, Path{Nodes: append(slices.Clone(w.nodes), n), Edges: edges, Grade: grade})
	return len(w.paths) < w.limit
}

// A stepper goes over the nodes that an edge leads to from one node, ascending,
// each once, with the best edge there.
type stepper struct {
	g         *Graph
	lens      *lens
	moves     [2]uint32 // what is left of the moves
	touches   [2]uint32 // and of the touches
	to        uint32
	any, move stepEdge
	looked    int // edges looked at for it
}

// A stepEdge is an edge of the best grade; grade is grades where there is none.
type stepEdge struct {
	edge  uint32
	grade uint8
}

func (b *stepEdge) offer(e uint32, grade uint8) {
	if grade < b.grade {
		b.edge, b.grade = e, grade
	}
}

func (g *Graph) steps(n uint32, l *lens) stepper {
	b, end := g.out.at[n], g.out.at[n+1].start
	return stepper{g: g, lens: l, moves: [2]uint32{b.start, b.mid}, touches: [2]uint32{b.mid, end}}
}

// next goes to the next node that a passing edge leads to.
func (s *stepper) next() bool {
	s.looked = 0
	for s.moves[0] < s.moves[1] || s.touches[0] < s.touches[1] {
		s.to = math.MaxUint32
		for _, part := range [2]*[2]uint32{&s.moves, &s.touches} {
			if part[0] < part[1] {
				s.to = min(s.to, s.g.out.ends[part[0]])
			}
		}
		s.any.grade, s.move.grade = grades, grades
		s.take(&s.moves)
		s.move = s.any
		s.take(&s.touches)
		if s.any.grade < grades && !s.lens.gone.Has(s.to) {
			return true
		}
	}
	return false
}

// take takes the edges to s.to off one part.
func (s *stepper) take(part *[2]uint32) {
	for ; part[0] < part[1] && s.g.out.ends[part[0]] == s.to; part[0]++ {
		s.looked++
		if s.lens.passes(part[0]) {
			s.any.offer(part[0], gradeOf(s.g.out.class[part[0]]))
		}
	}
}
