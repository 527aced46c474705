package reach

import (
	"iter"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A Reach is the answer of Blast or Reverse. It is safe for one reader at a time.
type Reach struct {
	lens    *lens
	reverse bool
	starts  []uint32
	held    bitmap
	hops    depths
	count   int

	touched map[uint32]Touch
	grade   []uint8 // code of the best path's grade, by node; filled when asked
}

// A Touch is a row that is reached by an edge that is no move.
type Touch struct {
	Node  uint32
	Level access.Level // the strongest at which anything held touches it
	Grade drover.Grade // of the best path to it at that level
	Hops  int          // of the shortest path to it, at any level
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

// Touched yields what is touched and not held, in ascending order. After
// Reverse there is none: whoever touches the target is in All.
func (r *Reach) Touched() iter.Seq[Touch] {
	if r.touched == nil {
		r.touch()
	}
	return func(yield func(Touch) bool) {
		nodes := make([]uint32, 0, len(r.touched))
		for n := range r.touched {
			nodes = append(nodes, n)
		}
		slices.Sort(nodes)
		for _, n := range nodes {
			if !yield(r.touched[n]) {
				return
			}
		}
	}
}

func (r *Reach) touch() {
	r.touched = map[uint32]Touch{}
	if r.reverse {
		return
	}
	g := r.lens.g
	for n := range r.All() {
		hops := int(r.hops.at(n)) + 1
		if hops > r.lens.maxHops {
			continue
		}
		for e := g.out.mids[n]; e < g.out.starts[n+1]; e++ {
			to := g.out.ends[e]
			if r.held.has(to) || !r.lens.passes(e) || r.lens.gone.Has(to) {
				continue
			}
			grade := drover.Grades[max(r.gradeCode(n), gradeOf(g.out.class[e]))]
			t, ok := r.touched[to]
			level := levelAt(g.out.level[e])
			switch {
			case !ok:
				t = Touch{Node: to, Level: level, Grade: grade, Hops: hops}
			case level.Rank() > t.Level.Rank() || level == t.Level && slices.Index(drover.Grades, grade) < slices.Index(drover.Grades, t.Grade):
				t.Level, t.Grade = level, grade
			}
			t.Hops = min(t.Hops, hops)
			r.touched[to] = t
		}
	}
}

// Grade is the grade of the best path between the starts and n, whatever its
// length: a path is as good as its weakest edge. "" where Has is false.
func (r *Reach) Grade(n uint32) drover.Grade {
	if !r.Has(n) {
		return ""
	}
	return drover.Grades[r.gradeCode(n)]
}

// gradeCode searches again with ever worse edges, and notes with which of them a
// node was first reached.
func (r *Reach) gradeCode(n uint32) uint8 {
	present := r.lens.g.grades
	if present&(present-1) == 0 {
		if present == 0 || r.hops.at(n) == 0 {
			return 0
		}
		for worst := range uint8(grades) {
			if present>>worst == 1 {
				return worst
			}
		}
	}
	if r.grade == nil {
		r.grade = make([]uint8, r.lens.g.n)
		for i := range r.grade {
			r.grade[i] = grades - 1
		}
		for worst := grades - 2; worst >= 0; worst-- {
			better := r.lens.g.search(r.starts, r.lens.better(uint8(worst)), r.reverse)
			for i := range better.All() {
				r.grade[i] = uint8(worst)
			}
		}
	}
	return r.grade[n]
}

// Path returns a shortest path between the starts and n: of these, at each step
// from n on, over the edge of the best grade, then of the lowest number. After
// Blast n may also be a node that is touched. False where there is none.
func (r *Reach) Path(n uint32) (Path, bool) {
	g := r.lens.g
	if int64(n) >= int64(g.n) {
		return Path{}, false
	}
	p := Path{Nodes: []uint32{n}}
	hops := -1
	if r.held.has(n) {
		hops = int(r.hops.at(n))
	} else if r.reverse || r.lens.gone.Has(n) {
		return Path{}, false
	}
	for hops != 0 {
		e, ok := r.step(n, hops)
		if !ok {
			return Path{}, false
		}
		p.Edges = append(p.Edges, e)
		if n = g.out.ends[e]; !r.reverse {
			n, _ = g.Ends(e)
		}
		p.Nodes = append(p.Nodes, n)
		hops = int(r.hops.at(n))
	}
	if !r.reverse {
		slices.Reverse(p.Nodes)
		slices.Reverse(p.Edges)
	}
	p.Grade = g.gradeOf(p.Edges)
	return p, true
}

// step returns the best edge of n to a node one hop nearer to the starts; with
// hops -1, from the nearest node that touches n.
func (r *Reach) step(n uint32, hops int) (best uint32, ok bool) {
	g := r.lens.g
	side, touches := &g.in, hops < 0
	if r.reverse {
		side, touches = &g.out, hops == 1
	}
	lo, hi := side.starts[n], side.mids[n]
	if touches {
		hi = side.starts[n+1]
	}
	near, bestGrade := r.lens.maxHops, uint8(grades)
	if hops > 0 {
		near = hops - 1
	}
	for i := lo; i < hi; i++ {
		from := side.ends[i]
		if !r.held.has(from) || int(r.hops.at(from)) > near || hops > 0 && int(r.hops.at(from)) != near {
			continue
		}
		e := i
		if r.reverse {
			if !r.lens.passes(e) {
				continue
			}
		} else if !r.lens.passesIn(n, i) {
			continue
		}
		grade := gradeOf(side.class[i])
		if hops < 0 && int(r.hops.at(from)) == near && grade >= bestGrade || hops > 0 && grade >= bestGrade {
			continue
		}
		if !r.reverse {
			e = g.inbound(n, i)
		}
		best, bestGrade, ok = e, grade, true
		near = int(r.hops.at(from))
	}
	if hops < 0 && near >= r.lens.maxHops {
		return 0, false
	}
	return best, ok
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

// depths are hops per node: a byte each until one is farther than that.
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
