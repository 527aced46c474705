package reach

import (
	"iter"
	"math/bits"
	"slices"

	"github.com/droverhq/drover"
)

// A Reach is the answer of Blast or Reverse. It is safe for one reader at a time.
type Reach struct {
	lens    *lens
	reverse bool
	starts  []uint32
	held    bitmap
	hops    depths
	last    uint32 // hops to the farthest
	count   int
	better  []bitmap // what is held with edges up to each grade but the worst; found when asked
}

// Blast answers what falls if all of from is taken: what is held, going from
// move to move, and what is touched from there. Numbers that are no nodes are
// passed over.
func (g *Graph) Blast(from []uint32, o Options) *Reach {
	return g.search(from, g.lens(o), false)
}

// Reverse answers who can reach any of to: by moves, the last edge of a path may
// be a touch. Those of to are in it, at 0 hops.
func (g *Graph) Reverse(to []uint32, o Options) *Reach {
	return g.search(to, g.lens(o), true)
}

// Free gives the memory of r back for the next search, a byte a node; nothing may be
// asked of r after it. A search that is not freed is collected like everything else.
func (r *Reach) Free() {
	if near := r.hops.near; near != nil {
		r.lens.g.room.Put(&near)
	}
	r.hops, r.held = depths{}, nil
}

// takeRoom is a byte for each node, with whatever a search left in them.
func (g *Graph) takeRoom() []uint8 {
	if near, ok := g.room.Get().(*[]uint8); ok {
		return *near
	}
	return make([]uint8, g.n)
}

// Has reports whether n is held (Blast: the starts are; what is only touched is
// not) or reaches the target (Reverse: the targets do).
func (r *Reach) Has(n uint32) bool { return int64(n) < int64(r.lens.g.n) && r.held.has(n) }

// Len is the number of nodes for which Has is true.
func (r *Reach) Len() int { return r.count }

// All yields the nodes for which Has is true, in ascending order.
func (r *Reach) All() iter.Seq[uint32] { return r.held.all() }

// Hops is the number of edges of the shortest path between the starts and n; -1
// where Has is false.
func (r *Reach) Hops(n uint32) int {
	if !r.Has(n) {
		return -1
	}
	return int(r.hops.at(n))
}

// Farthest is the number of edges to the node that is the farthest, 0 where nothing
// but the starts is held.
func (r *Reach) Farthest() int { return int(r.last) }

// Grade is the grade of the best path between the starts and n, whatever its
// length: a path is as good as its weakest edge. "" where Has is false.
func (r *Reach) Grade(n uint32) drover.Grade {
	if !r.Has(n) {
		return ""
	}
	return drover.Grades[r.gradeCode(n)]
}

func (r *Reach) gradeCode(n uint32) uint8 {
	for code, held := range r.byGrade() {
		if held.has(n) {
			return uint8(code)
		}
	}
	return uint8(len(r.better))
}

// byGrade searches again with only the best edges, then with the next best, and
// so on; what is in none of these is reached with the worst alone.
func (r *Reach) byGrade() []bitmap {
	if worst := bits.Len8(r.lens.g.grades) - 1; r.better == nil && worst > 0 {
		for code := range worst {
			if code > 0 && r.lens.g.grades>>code&1 == 0 {
				r.better = append(r.better, r.better[code-1])
				continue
			}
			s := r.lens.g.newSweep(r.lens.better(uint8(code)), r.reverse, r.reverse)
			s.fed = s.fed.and(r.held)
			b := s.reach(r.starts)
			r.better = append(r.better, b.held)
			b.Free()
		}
	}
	return r.better
}

// Path returns a shortest path between the starts and n: of these, at each step
// away from n, over the edge of the best grade, then of the nearest number. After
// Blast n may also be a node that is touched. False where there is none.
func (r *Reach) Path(n uint32) (Path, bool) {
	g := r.lens.g
	if int64(n) >= int64(g.n) || !r.held.has(n) && (r.reverse || r.lens.gone.Has(n)) {
		return Path{}, false
	}
	p := Path{Nodes: []uint32{n}}
	if !r.held.has(n) {
		i, ok := r.entry(n)
		if !ok {
			return Path{}, false
		}
		e := g.inbound(n, i)
		n = g.in.ends[i]
		p.Edges, p.Nodes = append(p.Edges, e), append(p.Nodes, n)
	}
	for r.hops.at(n) != 0 {
		var e uint32
		if r.reverse {
			e = r.step(n)
			n = g.out.ends[e]
		} else {
			i := r.stepIn(n)
			e = g.inbound(n, i)
			n = g.in.ends[i]
		}
		p.Edges, p.Nodes = append(p.Edges, e), append(p.Nodes, n)
	}
	if !r.reverse {
		slices.Reverse(p.Nodes)
		slices.Reverse(p.Edges)
	}
	p.Grade = g.gradeOf(p.Edges)
	return p, true
}

// Before is the node before n on the path that Path returns, counted from the starts
// (after Reverse: the one after it). False where there is none: for a start, and for
// what is not reached.
func (r *Reach) Before(n uint32) (uint32, bool) {
	g := r.lens.g
	switch {
	case int64(n) >= int64(g.n):
		return 0, false
	case !r.held.has(n):
		if r.reverse || r.lens.gone.Has(n) {
			return 0, false
		}
		i, ok := r.entry(n)
		if !ok {
			return 0, false
		}
		return g.in.ends[i], true
	case r.hops.at(n) == 0:
		return 0, false
	case r.reverse:
		return g.out.ends[r.step(n)], true
	}
	return g.in.ends[r.stepIn(n)], true
}

// step returns the best edge between n and a node that is one hop nearer, after
// Reverse.
func (r *Reach) step(n uint32) uint32 {
	g, want := r.lens.g, r.hops.at(n)-1
	best := stepEdge{grade: grades}
	lo, hi := g.out.moves(n)
	if want == 0 {
		lo, hi = g.out.all(n)
	}
	for e := lo; e < hi; e++ {
		if to := g.out.ends[e]; r.held.has(to) && r.hops.at(to) == want && r.lens.passes(e) {
			best.offer(e, gradeOf(g.out.class[e]))
		}
	}
	return best.edge
}

// stepIn is step after Blast: the place of the edge among those that end somewhere.
func (r *Reach) stepIn(n uint32) uint32 {
	g, want := r.lens.g, r.hops.at(n)-1
	best := stepEdge{grade: grades}
	for i, hi := g.in.moves(n); i < hi; i++ {
		if from := g.in.ends[i]; r.held.has(from) && r.hops.at(from) == want && r.lens.passesIn(n, i) {
			best.offer(i, gradeOf(g.in.class[i]))
		}
	}
	return best.edge
}

// entry returns the place, among the edges that end somewhere, of the best by which
// the nearest node touches n.
func (r *Reach) entry(n uint32) (i uint32, ok bool) {
	g := r.lens.g
	near, best := r.lens.maxHops, stepEdge{grade: grades}
	for i, hi := g.in.touches(n); i < hi; i++ {
		from := g.in.ends[i]
		if !r.held.has(from) || int(r.hops.at(from)) > near || int(r.hops.at(from)) >= r.lens.maxHops || !r.lens.passesIn(n, i) {
			continue
		}
		if hops := int(r.hops.at(from)); hops < near {
			near, best.grade = hops, grades
		}
		best.offer(i, gradeOf(g.in.class[i]))
	}
	return best.edge, best.grade != grades
}

// A Path is a walk from one node to another that meets none twice.
type Path struct {
	Nodes []uint32     // one more than Edges
	Edges []uint32     // numbers
	Grade drover.Grade // the weakest of its edges'; proven for a path of no edges
}

func (g *Graph) gradeOf(edges []uint32) drover.Grade {
	worst := uint8(0)
	for _, e := range edges {
		worst = max(worst, gradeOf(g.out.class[e]))
	}
	return drover.Grades[worst]
}

// depths are hops per node: a byte each until one is farther than that. They say nothing
// of a node that is not held.
type depths struct {
	near []uint8
	far  []uint32
}

func (d *depths) at(n uint32) uint32 {
	if d.far != nil {
		return d.far[n]
	}
	return uint32(d.near[n])
}

// widen makes room for any depth.
func (d *depths) widen() {
	d.far = make([]uint32, len(d.near))
	for i, v := range d.near {
		d.far[i] = uint32(v)
	}
	d.near = nil
}
