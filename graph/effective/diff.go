package effective

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
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

// A Delta is how one set differs. The lists have maxListed entries at most, in
// order of their refs; the numbers are exact.
type Delta struct {
	Before, After  int
	Gained, Lost   []drover.Ref
	GainedN, LostN int
}

const (
	maxListed   = 1_000
	maxCompared = 2_000
)

// Diff compares what identities reach in two graphs, each by its own rows: things
// are the same by their refs. Only identities that a difference can concern are
// looked at, maxCompared at most; o.Limit, if positive, bounds what is listed.
func Diff(ctx context.Context, old, new *Graph, o Options) (*Difference, error) {
	d, err := newDiffing(ctx, old, new)
	if err != nil {
		return nil, err
	}
	seeds := d.seeds()
	concerned := d.concerned(seeds)
	out := &Difference{}
	for _, ref := range concerned {
		if len(out.Changed) >= maxCompared {
			out.More++
			continue
		}
		x, err := d.compare(ctx, ref, o)
		if err != nil {
			return nil, err
		}
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

// concerned are the identities that get to a seed in either graph.
func (d *diffing) concerned(seeds [2][]uint32) []drover.Ref {
	refs := map[drover.Ref]bool{}
	for i, g := range []*Graph{d.old, d.new} {
		if len(seeds[i]) == 0 {
			continue
		}
		for n := range g.reach.Reverse(seeds[i], g.movesInto(seeds[i], Options{})).All() {
			if g.Taker(n) {
				refs[g.Ref(n)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(refs))
}

// A reached is what one identity reaches, by ref.
type reached struct {
	resources, tier0, identities map[drover.Ref]access.Level
}

func (g *Graph) reached(ctx context.Context, row uint32, o Options) (r reached, err error) {
	t, err := g.targets(ctx, []uint32{row}, g.reach.Blast([]uint32{row}, o.reach()), o, false)
	if err != nil {
		return r, err
	}
	r = reached{map[drover.Ref]access.Level{}, map[drover.Ref]access.Level{}, map[drover.Ref]access.Level{}}
	for _, n := range t.rows {
		if counts(g.Kind(n)) {
			r.resources[g.Ref(n)] = t.cells[n].level()
		}
	}
	for _, n := range t.tier0() {
		r.tier0[g.Ref(n)] = t.cells[n].level()
	}
	for _, n := range t.taken {
		r.identities[g.Ref(n)] = access.LevelEscalate
	}
	return r, nil
}

func (d *diffing) compare(ctx context.Context, ref drover.Ref, o Options) (x Changed, err error) {
	x = Changed{Ref: ref, Old: -1, New: -1}
	o.Without = nil
	var before, after reached
	if row, ok := d.old.in.row(ref); ok {
		x.Old, x.Name = int(row), d.old.Name(row)
		if before, err = d.old.reached(ctx, row, o); err != nil {
			return x, err
		}
	}
	if row, ok := d.new.in.row(ref); ok {
		x.New, x.Name = int(row), d.new.Name(row)
		if after, err = d.new.reached(ctx, row, o); err != nil {
			return x, err
		}
	}
	x.Tier0, x.Resources, x.Identities = delta(before.tier0, after.tier0), delta(before.resources, after.resources), delta(before.identities, after.identities)
	return x, nil
}

func delta(before, after map[drover.Ref]access.Level) Delta {
	d := Delta{Before: len(before), After: len(after)}
	for ref, level := range after {
		if old, ok := before[ref]; !ok || level.Rank() > old.Rank() {
			d.Gained = append(d.Gained, ref)
		}
	}
	for ref, level := range before {
		if now, ok := after[ref]; !ok || now.Rank() < level.Rank() {
			d.Lost = append(d.Lost, ref)
		}
	}
	d.GainedN, d.LostN = len(d.Gained), len(d.Lost)
	slices.Sort(d.Gained)
	slices.Sort(d.Lost)
	d.Gained, d.Lost = d.Gained[:min(len(d.Gained), maxListed)], d.Lost[:min(len(d.Lost), maxListed)]
	return d
}
