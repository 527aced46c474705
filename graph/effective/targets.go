package effective

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph/reach"
)

// targets are the rows that a search reaches, with what the profiles of all that
// it took touch: one cell a row, at its strongest level.
type targets struct {
	g     *Graph
	cells []cell
	via   []uint32 // by row, who reaches it, where that is asked
	asked bool
	rows  []uint32      // those with a cell, in the order in which they came
	taken []uint32      // identities, ascending
	touch []reach.Touch // of the rows that answers name one by one
	held  int           // rows that the search took
	have  []surestOf    // by model; between questions empty
}

// cost is what finding them took, in rows.
func (t *targets) cost() int { return len(t.cells)/64 + t.found() }

// found is how many rows were taken and reached.
func (t *targets) found() int { return t.held + len(t.rows) }

// A cell is what is known of one row: moved (1 bit) | grade (2 bits) | level, its
// rank + 2 (4 bits). 0: it is not reached.
type cell uint8

const (
	cellMoved = 1 << 6
	gradeAt   = 4
	levelBits = 1<<gradeAt - 1
)

func newCell(level access.Level, grade drover.Grade, moved bool) cell {
	c := cell(level.Rank()+2) | cell(max(0, gradeRank(grade)))<<gradeAt
	if moved {
		c |= cellMoved
	}
	return c
}

func (c cell) moved() bool         { return c&cellMoved != 0 }
func (c cell) level() access.Level { return levelOfRank(int(c&levelBits) - 2) }
func (c cell) grade() drover.Grade { return drover.Grades[c>>gradeAt&3] }

func levelOfRank(rank int) access.Level {
	if rank < 0 {
		return ""
	}
	return access.Levels[rank]
}

// targets gathers what follows from what r holds. The subjects, in ascending
// order, are taken, not targets of themselves. Via says whether who reaches each
// is asked.
func (g *Graph) targets(ctx context.Context, subjects []uint32, r *reach.Reach, o Options, via bool) (*targets, error) {
	t, _ := g.room.Get().(*targets)
	if t == nil {
		t = &targets{g: g, cells: make([]cell, g.Len())}
	}
	if t.asked = via; via && t.via == nil {
		t.via = make([]uint32, g.Len())
	}
	return g.targetsIn(ctx, subjects, r, o, t)
}

// free gives the memory of targets back: five bytes a row of the estate, which the next
// question clears row by row instead of asking for it anew.
func (t *targets) free() { t.g.room.Put(t) }

// targetsIn is targets in the memory of others of the same graph, which are lost;
// nil: in new memory.
func (g *Graph) targetsIn(ctx context.Context, subjects []uint32, r *reach.Reach, o Options, t *targets) (*targets, error) {
	if t == nil {
		t = &targets{g: g, cells: make([]cell, g.Len())}
	}
	touching, err := g.touching()
	if err != nil {
		return nil, err
	}
	for _, n := range t.rows {
		t.cells[n] = 0
	}
	t.rows, t.taken, t.held = t.rows[:0], t.taken[:0], r.Len()
	t.touch = t.touch[:0]
	n := 0
	if t.have == nil {
		t.have = make([]surestOf, len(touching))
	}
	have := t.have
	for who := range r.All() {
		if n++; n%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, ok := slices.BinarySearch(subjects, who); !ok {
			t.take(who, r)
		}
		if o.MaxHops > 0 && r.Hops(who) >= o.MaxHops {
			continue // a touch from here would be one hop too many
		}
		for i := range touching {
			if p, ok := touching[i].Profile(who); ok {
				have[i].add(p, who, r)
			}
		}
	}
	for i, x := range touching {
		for p, who := range have[i].all() {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			t.profile(g.touch.of(x.Model, profileKey{x.name, p}), who, r.Grade(who), o)
		}
		have[i].empty()
	}
	for x := range r.Touched() {
		t.put(x.Node, newCell(x.Level, x.Grade, false), x.Node)
		if g.marks.tagged[x.Node] {
			t.touch = append(t.touch, x)
		}
		if t.asked {
			if from, ok := r.Before(x.Node); ok {
				t.via[x.Node] = from
			}
		}
	}
	return t, nil
}

// A namedModel is a model that has profiles, with its system's name.
type namedModel struct {
	name string
	*Model
}

// touching are the models that have profiles, by name.
func (g *Graph) touching() ([]namedModel, error) {
	models, err := g.models()
	if err != nil {
		return nil, err
	}
	var out []namedModel
	for _, name := range sortedKeys(models) {
		if m := models[name]; m.Profile != nil && m.Touch != nil {
			out = append(out, namedModel{name, m})
		}
	}
	return out, nil
}

// surestOf is, of each profile that something held has, who is held the surest: in
// a list for numbers that are small, as they are, else in a map.
type surestOf struct {
	list []uint32 // row + 1
	far  map[uint32]uint32
}

const maxListedProfile = 1 << 22

func (s *surestOf) add(p, who uint32, r *reach.Reach) {
	if p >= maxListedProfile {
		if s.far == nil {
			s.far = map[uint32]uint32{}
		}
		if best, ok := s.far[p]; !ok || surer(r, who, best) {
			s.far[p] = who
		}
		return
	}
	if int(p) >= len(s.list) {
		s.list = append(s.list, make([]uint32, int(p)+1-len(s.list))...)
	}
	if best := s.list[p]; best == 0 || surer(r, who, best-1) {
		s.list[p] = who + 1
	}
}

// empty forgets them and keeps the list.
func (s *surestOf) empty() {
	clear(s.list)
	s.far = nil
}

func surer(r *reach.Reach, a, b uint32) bool { return gradeRank(r.Grade(a)) < gradeRank(r.Grade(b)) }

// all yields the profiles in ascending order.
func (s *surestOf) all() iter.Seq2[uint32, uint32] {
	return func(yield func(p, who uint32) bool) {
		for p, who := range s.list {
			if who > 0 && !yield(uint32(p), who-1) {
				return
			}
		}
		for _, p := range slices.Sorted(maps.Keys(s.far)) {
			if !yield(p, s.far[p]) {
				return
			}
		}
	}
}

// take counts what is held: identities by themselves, everything that is reached
// as a target.
func (t *targets) take(row uint32, r *reach.Reach) {
	kind := t.g.Kind(row)
	if kind == drover.KindIdentity || kind == drover.KindHuman {
		t.taken = append(t.taken, row)
	}
	if counts(kind) || t.g.marks.tagged[row] {
		t.put(row, newCell(access.LevelEscalate, r.Grade(row), true), row)
	}
}

// counts reports whether rows of a kind count as resources.
func counts(k drover.Kind) bool {
	return k == drover.KindResource || k == drover.KindPlace || k == drover.KindWorkload
}

func (t *targets) profile(list []Touch, who uint32, grade drover.Grade, o Options) {
	for _, x := range list {
		if x.Level.Rank() < o.Level.Rank() || gradeRank(x.Grade) > worstOf(o.MinGrade) {
			continue
		}
		row := t.g.in.head(x.Row)
		if c := o.Without; c != nil && slices.Contains(c.Rows, row) {
			continue
		}
		if counts(t.g.Kind(row)) || t.g.marks.tagged[row] {
			t.put(row, newCell(x.Level, weaker(grade, x.Grade), false), who)
		}
	}
}

func worstOf(g drover.Grade) int {
	if g == "" {
		return len(drover.Grades)
	}
	return gradeRank(g)
}

// put keeps the stronger level of a row, of equals the better grade; what is taken
// over, before all.
func (t *targets) put(row uint32, c cell, via uint32) {
	old := t.cells[row]
	switch {
	case old == 0:
		t.rows = append(t.rows, row)
	case old.moved() || !c.moved() && (old&levelBits > c&levelBits || old&levelBits == c&levelBits && old>>gradeAt&3 <= c>>gradeAt&3):
		return
	}
	t.cells[row] = c
	if t.asked {
		t.via[row] = via
	}
}

func (t *targets) counts() Counts {
	c := Counts{ByLevel: map[access.Level]int{}}
	class, env := newTally(t.g.in, "data_class"), newTally(t.g.in, "env")
	for _, row := range t.rows {
		if !counts(t.g.Kind(row)) {
			continue
		}
		c.Total++
		c.ByLevel[t.cells[row].level()]++
		class.add(row)
		env.add(row)
		if t.g.Tier0(row) {
			c.Tier0++
		}
	}
	c.ByDataClass, c.ByEnv = class.sums(), env.sums()
	return c
}

// A tally counts the values of one column of the snapshot.
type tally struct {
	col  *filter.Column
	n    []int
	none int // rows that have no such fact
}

func newTally(in *Input, name string) *tally {
	t := &tally{}
	if table := in.Table(); table != nil {
		t.col = table.Columns[name]
	}
	if t.col != nil {
		t.n = make([]int, len(t.col.Dict))
	}
	return t
}

func (t *tally) add(row uint32) {
	if t.col == nil || int(row) >= len(t.col.Codes) {
		t.none++
		return
	}
	t.n[t.col.Codes[row]]++
}

func (t *tally) sums() map[string]int {
	out := map[string]int{}
	if t.none > 0 {
		out[""] = t.none
	}
	for code, n := range t.n {
		if n > 0 {
			out[t.col.Dict[code]] += n
		}
	}
	return out
}

// tier0 lists what of tier 0 is among them, identities that are taken included.
func (t *targets) tier0() (out []uint32) {
	for _, row := range t.rows {
		if t.g.Tier0(row) {
			out = append(out, row)
		}
	}
	slices.Sort(out)
	return out
}

// Resources yields what a row reaches, by row: each once, at its strongest level,
// with the identity that reaches it. It errors as Blast does.
func (g *Graph) Resources(ctx context.Context, row uint32, o Options) (iter.Seq[Target], error) {
	row = g.in.head(row)
	r := g.reach.Blast([]uint32{row}, o.reach())
	t, err := g.targets(ctx, []uint32{row}, r, o, true)
	if err != nil {
		return nil, err
	}
	defer t.free()
	defer r.Free()
	slices.Sort(t.rows)
	var list []Target
	for _, n := range t.rows {
		if !counts(g.Kind(n)) {
			continue
		}
		c := t.cells[n]
		x := Target{Row: n, Level: c.level(), Grade: c.grade(), Via: t.via[n], Moved: c.moved()}
		if x.Hops = r.Hops(x.Via); x.Via != n {
			x.Hops++ // a touch
		} else {
			x.Via = g.lastTaken(r, n, row)
		}
		list = append(list, x)
	}
	return slices.Values(list), nil
}

// lastTaken is the last identity on a path before its end, or who begins.
func (g *Graph) lastTaken(r *reach.Reach, end, who uint32) uint32 {
	for n, ok := r.Before(end); ok && n != who; n, ok = r.Before(n) {
		if g.Taker(n) {
			return n
		}
	}
	return who
}

type profileKey struct {
	system string
	n      uint32
}

// A memo keeps what profiles touch, of most of them: profiles are few, and an
// estate's questions meet the same ones over and over.
type memo struct {
	mu   sync.Mutex
	list map[profileKey][]Touch
	size int
}

// maxMemo bounds the touches that a memo keeps.
const maxMemo = 8 << 20

func (m *memo) of(model *Model, k profileKey) []Touch {
	m.mu.Lock()
	list, ok := m.list[k]
	m.mu.Unlock()
	if ok {
		return list
	}
	list = slices.Collect(model.Touch(k.n))
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.list == nil || m.size+len(list) > maxMemo {
		m.list, m.size = map[profileKey][]Touch{}, 0
	}
	m.list[k] = list
	m.size += len(list)
	return list
}
