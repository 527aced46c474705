package reach

import (
	"iter"
	"maps"
	"math"
	"math/bits"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A Touch is a row that is reached by an edge that is no move.
type Touch struct {
	Node  uint32
	Level access.Level // the strongest at which anything held touches it
	Grade drover.Grade // of the best path to it at that level
	Hops  int          // of the shortest path to it, at any level
}

// Touched yields what is touched and not held, in ascending order. After
// Reverse there is none: whoever touches the target is in All.
func (r *Reach) Touched() iter.Seq[Touch] {
	if r.reverse {
		return func(func(Touch) bool) {}
	}
	few, left := r.lens.g.n/16, r.lens.g.n/16
	for n := range r.All() {
		lo, hi := r.lens.g.out.touches(n)
		if left -= int(hi-lo) + 1; left < 0 {
			return r.touchedOfMany()
		}
	}
	return r.touchedOfFew(few - left)
}

// A mark is the level and the grade of a touch, such that the greater is the
// better; 0 for none.
type mark uint8

func newMark(level, grade uint8) mark { return mark((level+1)<<2 | (grades - 1 - grade)) }

func (m mark) touch(n uint32, hops int) Touch {
	return Touch{Node: n, Level: levelAt(uint8(m>>2) - 1), Grade: drover.Grades[grades-1-m&(grades-1)], Hops: hops}
}

// touchedOfFew goes out from what is held.
func (r *Reach) touchedOfFew(size int) iter.Seq[Touch] {
	type seen struct {
		mark mark
		hops int
	}
	g, rows := r.lens.g, make(map[uint32]seen, size)
	for n := range r.All() {
		hops := int(r.hops.at(n)) + 1
		if hops > r.lens.maxHops {
			continue
		}
		for e, hi := g.out.touches(n); e < hi; e++ {
			to := g.out.ends[e]
			if r.held.has(to) || !r.lens.passes(e) || r.lens.gone.Has(to) {
				continue
			}
			m := newMark(g.out.level[e], max(r.gradeCode(n), gradeOf(g.out.class[e])))
			s, ok := rows[to]
			if !ok {
				s.hops = hops
			}
			rows[to] = seen{max(s.mark, m), min(s.hops, hops)}
		}
	}
	return func(yield func(Touch) bool) {
		for _, n := range slices.Sorted(maps.Keys(rows)) {
			if !yield(rows[n].mark.touch(n, rows[n].hops)) {
				return
			}
		}
	}
}

// touchedOfMany asks of each row who touches it.
func (r *Reach) touchedOfMany() iter.Seq[Touch] {
	return func(yield func(Touch) bool) {
		g, far := r.lens.g, r.distances()
		plain, table, level, cuts := r.lens.plain, &r.lens.class, r.lens.level, r.lens.cut.Len() > 0
		for n := range uint32(g.n) {
			lo, hi := g.in.touches(n)
			if lo == hi || r.held.has(n) || r.lens.gone.Has(n) {
				continue
			}
			m, near := mark(0), uint32(math.MaxUint32)
			for i := lo; i < hi; i++ {
				d := far[g.in.ends[i]]
				if d == 0 {
					continue
				}
				if !plain && (!table[g.in.class[i]] || g.in.level[i] < level || cuts && !r.lens.passesIn(n, i)) {
					continue
				}
				m = max(m, newMark(g.in.level[i], max(uint8(d&(grades-1)), gradeOf(g.in.class[i]))))
				near = min(near, d)
			}
			if m != 0 && !yield(m.touch(n, int(near>>2))) {
				return
			}
		}
	}
}

// distances are, by node, the hops of a touch from there and the grade of the way
// to it, in one number; 0 where there is no way, or no hop left.
func (r *Reach) distances() []uint32 {
	all, better := make([]uint32, r.lens.g.n), r.byGrade()
	for w, held := range r.held {
		for ; held != 0; held &= held - 1 {
			i := bits.TrailingZeros64(held)
			hops := r.hops.at(uint32(w<<6+i)) + 1
			if int64(hops) > int64(r.lens.maxHops) {
				continue
			}
			grade := uint32(len(better))
			for code, b := range better {
				if b[w]>>i&1 != 0 {
					grade = uint32(code)
					break
				}
			}
			all[w<<6+i] = hops<<2 | grade
		}
	}
	return all
}
