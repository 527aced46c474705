package effective

import (
	"cmp"
	"context"
	"slices"

	"github.com/droverhq/drover"
)

// A Difference is what two graphs give differently, by identity.
type Difference struct {
	Changed []Changed // most tier 0 first, gained before lost
	More    int       // identities whose reach may differ and that were not compared
}

// A Changed is one identity whose reach differs.
type Changed struct {
	Ref        drover.Ref
	Name       string
	Old, New   int // rows; -1: it is not in that graph
	Tier0      Delta
	Resources  Delta // gained also what is reached at a stronger level
	Identities Delta
}

// A Delta is how one set differs. The lists have the first maxListed at most, in
// order of their refs; the numbers are exact.
type Delta struct {
	Before, After  int
	Gained, Lost   []drover.Ref
	GainedN, LostN int
}

const (
	maxListed   = 1_000
	maxCompared = 2_000
	compareWork = 4_000_000 // rows looked at
)

// Diff compares what identities reach in two graphs, each by its own rows: things
// are the same by their refs. Only identities that a difference can concern are
// looked at, the nearest to a difference first, maxCompared at most and fewer
// where each reaches much; o.Limit, if positive, bounds what is listed.
func Diff(ctx context.Context, old, new *Graph, o Options) (*Difference, error) {
	d, err := newDiffing(ctx, old, new)
	if err != nil {
		return nil, err
	}
	out := &Difference{}
	work := 0
	for i, s := range d.concerned(d.seeds()) {
		if i >= maxCompared || work > compareWork {
			out.More++
			continue
		}
		x, cost, err := d.compare(ctx, s, o)
		if err != nil {
			return nil, err
		}
		work += cost
		if x.differs() {
			out.Changed = append(out.Changed, x)
		}
	}
	slices.SortStableFunc(out.Changed, func(a, b Changed) int {
		return cmp.Or(cmp.Compare(b.Tier0.GainedN, a.Tier0.GainedN), cmp.Compare(b.Tier0.LostN, a.Tier0.LostN), cmp.Compare(b.Resources.GainedN, a.Resources.GainedN),
			cmp.Compare(b.Resources.LostN, a.Resources.LostN), cmp.Compare(a.Ref, b.Ref))
	})
	if o.Limit > 0 && len(out.Changed) > o.Limit {
		out.More += len(out.Changed) - o.Limit
		out.Changed = out.Changed[:o.Limit]
	}
	return out, nil
}

func (x *Changed) differs() bool {
	return x.Tier0.differs() || x.Resources.differs() || x.Identities.differs()
}

func (d *Delta) differs() bool { return d.GainedN+d.LostN > 0 }

// A diffing matches the rows of two graphs.
type diffing struct {
	old, new *Graph
	forth    []int // row of new, by row of old; -1: none
	back     []int
	touches  map[[2]profileKey]bool // whether two profiles touch the same
	scratch  [2]*targets
}

func newDiffing(ctx context.Context, old, new *Graph) (*diffing, error) {
	d := &diffing{old: old, new: new, forth: make([]int, old.Len()), back: make([]int, new.Len()), touches: map[[2]profileKey]bool{}}
	for i := range d.back {
		d.back[i] = -1
	}
	for i := range d.forth {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		d.forth[i] = -1
		if row, ok := new.in.row(old.Ref(uint32(i))); ok {
			d.forth[i], d.back[row] = int(row), i
		}
	}
	for _, g := range []*Graph{old, new} {
		if _, err := g.models(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// seeds are the rows, of old and of new, whose own edges or rights differ.
func (d *diffing) seeds() (seeds [2][]uint32) {
	for i, j := range d.forth {
		if j < 0 || d.print(d.old, uint32(i), d.forth) != d.print(d.new, uint32(j), nil) || !d.sameRights(uint32(i), uint32(j)) || d.old.marks.tier0[i] != d.new.marks.tier0[j] {
			seeds[0] = append(seeds[0], uint32(i))
			if j >= 0 {
				seeds[1] = append(seeds[1], uint32(j))
			}
		}
	}
	for j, i := range d.back {
		if i < 0 {
			seeds[1] = append(seeds[1], uint32(j))
		}
	}
	return seeds
}

// print is a number that two rows share whose edges lead to the same: the sum
// over the edges, so that their order does not matter.
func (d *diffing) print(g *Graph, row uint32, to []int) (sum uint64) {
	for e := range g.reach.Out(row) {
		x := g.reach.Edge(e)
		end := int(x.To)
		if to != nil {
			end = to[end]
		}
		h := uint64(end+2)*0x9E3779B97F4A7C15 ^ uint64(slices.Index(drover.EdgeKinds, x.Kind)+1)*0xBF58476D1CE4E5B9 ^ uint64(x.Level.Rank()+2)*0x94D049BB133111EB ^ uint64(gradeRank(x.Grade)+1)<<32
		if x.Move {
			h = ^h
		}
		h ^= h >> 31
		sum += h * 0xD6E8FEB86659FD93
	}
	return sum
}

// sameRights reports whether an identity's profiles touch the same in both.
func (d *diffing) sameRights(old, new uint32) bool {
	a, b := d.old.profilesOf(old), d.new.profilesOf(new)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !d.sameTouches(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (d *diffing) sameTouches(a, b profileKey) bool {
	k := [2]profileKey{a, b}
	if same, ok := d.touches[k]; ok {
		return same
	}
	sum := func(g *Graph, k profileKey, to []int) (sum uint64) {
		for _, t := range g.touch.of(g.Models()[k.system], k) {
			row := int(g.in.head(t.Row))
			if to != nil {
				row = to[row]
			}
			h := uint64(row+2)*0x9E3779B97F4A7C15 ^ uint64(t.Level.Rank()+2)*0x94D049BB133111EB ^ uint64(gradeRank(t.Grade)+1)<<32
			sum += (h ^ h>>31) * 0xD6E8FEB86659FD93
		}
		return sum
	}
	d.touches[k] = a.system == b.system && sum(d.old, a, d.forth) == sum(d.new, b, nil)
	return d.touches[k]
}

// profilesOf are the profiles that decide for a row, one a system at most.
func (g *Graph) profilesOf(row uint32) (out []profileKey) {
	models := g.Models()
	for _, name := range sortedKeys(models) {
		if m := models[name]; m.Profile != nil && m.Touch != nil {
			if p, ok := m.Profile(row); ok {
				out = append(out, profileKey{name, p})
			}
		}
	}
	return out
}

// A subject is an identity whose reach may differ.
type subject struct {
	old, new int // rows; -1: none
	hops     int // to the nearest difference
}

// concerned are the identities that get to a seed in either graph, the nearest
// first.
func (d *diffing) concerned(seeds [2][]uint32) []subject {
	by := map[[2]int]int{}
	for i, g := range []*Graph{d.old, d.new} {
		if len(seeds[i]) == 0 {
			continue
		}
		r := g.reach.Reverse(seeds[i], g.movesInto(seeds[i], Options{}))
		for n := range r.All() {
			if !g.Taker(n) {
				continue
			}
			k := [2]int{-1, int(n)}
			if i == 0 {
				k = [2]int{int(n), d.forth[n]}
			} else {
				k[0] = d.back[n]
			}
			if hops, ok := by[k]; !ok || r.Hops(n) < hops {
				by[k] = r.Hops(n)
			}
		}
	}
	out := make([]subject, 0, len(by))
	for k, hops := range by {
		out = append(out, subject{k[0], k[1], hops})
	}
	slices.SortFunc(out, func(a, b subject) int {
		return cmp.Or(cmp.Compare(a.hops, b.hops), cmp.Compare(a.old, b.old), cmp.Compare(a.new, b.new))
	})
	return out
}

// compare compares what one identity reaches, and says what that cost.
func (d *diffing) compare(ctx context.Context, s subject, o Options) (x Changed, cost int, err error) {
	x = Changed{Old: s.old, New: s.new}
	o.Without = nil
	var before, after *targets
	if s.old >= 0 {
		x.Ref, x.Name = d.old.Ref(uint32(s.old)), d.old.Name(uint32(s.old))
		if before, err = d.of(ctx, d.old, s.old, o, &d.scratch[0]); err != nil {
			return x, 0, err
		}
		cost += before.cost()
	}
	if s.new >= 0 {
		x.Ref, x.Name = d.new.Ref(uint32(s.new)), d.new.Name(uint32(s.new))
		if after, err = d.of(ctx, d.new, s.new, o, &d.scratch[1]); err != nil {
			return x, 0, err
		}
		cost += after.cost()
	}
	tier0 := func(t *targets, n uint32) bool { return t.g.Tier0(n) }
	x.Tier0 = d.delta(before, after, tier0)
	x.Resources = d.delta(before, after, func(t *targets, n uint32) bool { return counts(t.g.Kind(n)) })
	x.Identities = d.taken(before, after)
	return x, cost, nil
}

// of finds what one row reaches, in memory that is used again.
func (d *diffing) of(ctx context.Context, g *Graph, row int, o Options, scratch **targets) (*targets, error) {
	t, err := g.targetsIn(ctx, []uint32{uint32(row)}, g.reach.Blast([]uint32{uint32(row)}, o.reach()), o, *scratch)
	*scratch = t
	return t, err
}

// delta compares the rows of two targets that a test picks.
func (d *diffing) delta(before, after *targets, picks func(*targets, uint32) bool) (x Delta) {
	if before != nil {
		for _, n := range before.rows {
			if !picks(before, n) {
				continue
			}
			x.Before++
			if j := d.forth[n]; j < 0 || after == nil || !picks(after, uint32(j)) || after.cells[j]&levelBits < before.cells[n]&levelBits {
				x.LostN++
				x.Lost = keep(x.Lost, d.old, n)
			}
		}
	}
	if after != nil {
		for _, n := range after.rows {
			if !picks(after, n) {
				continue
			}
			x.After++
			if i := d.back[n]; i < 0 || before == nil || !picks(before, uint32(i)) || before.cells[i]&levelBits < after.cells[n]&levelBits {
				x.GainedN++
				x.Gained = keep(x.Gained, d.new, n)
			}
		}
	}
	slices.Sort(x.Gained)
	slices.Sort(x.Lost)
	return x
}

// taken compares the identities that are taken.
func (d *diffing) taken(before, after *targets) (x Delta) {
	has := func(t *targets, n int) bool {
		if t == nil || n < 0 {
			return false
		}
		_, ok := slices.BinarySearch(t.taken, uint32(n))
		return ok
	}
	if before != nil {
		x.Before = len(before.taken)
		for _, n := range before.taken {
			if !has(after, d.forth[n]) {
				x.LostN++
				x.Lost = keep(x.Lost, d.old, n)
			}
		}
	}
	if after != nil {
		x.After = len(after.taken)
		for _, n := range after.taken {
			if !has(before, d.back[n]) {
				x.GainedN++
				x.Gained = keep(x.Gained, d.new, n)
			}
		}
	}
	slices.Sort(x.Gained)
	slices.Sort(x.Lost)
	return x
}

func keep(list []drover.Ref, g *Graph, row uint32) []drover.Ref {
	if len(list) < maxListed {
		list = append(list, g.Ref(row))
	}
	return list
}
