package effective

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/reach"
)

// targets are the rows that a search reaches, with what the profiles of all that
// it took touch: one entry a row, at its strongest level.
type targets struct {
	g     *Graph
	by    map[uint32]Target
	taken []uint32
}

// targets gathers what follows from what r holds. The subject is taken, not a
// target of itself.
func (g *Graph) targets(ctx context.Context, row uint32, r *reach.Reach, o Options) (*targets, error) {
	return g.targetsOf(ctx, []uint32{row}, r, o)
}

// targetsOf is targets of several subjects, in ascending order.
func (g *Graph) targetsOf(ctx context.Context, subjects []uint32, r *reach.Reach, o Options) (*targets, error) {
	t := &targets{g: g, by: map[uint32]Target{}}
	models, err := g.models()
	if err != nil {
		return nil, err
	}
	done := map[profileKey]bool{}
	n := 0
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
		for _, name := range sortedKeys(models) {
			m := models[name]
			if m.Profile == nil || m.Touch == nil {
				continue
			}
			p, ok := m.Profile(who)
			if k := (profileKey{name, p}); ok && !done[k] {
				done[k] = true
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				t.profile(g.touch.of(m, k), who, r.Grade(who), o)
			}
		}
	}
	for x := range r.Touched() {
		if p, ok := r.Path(x.Node); ok && len(p.Nodes) > 1 {
			t.put(Target{Row: x.Node, Level: x.Level, Grade: x.Grade, Via: p.Nodes[len(p.Nodes)-2]})
		}
	}
	return t, nil
}

// take counts what is held: identities by themselves, everything that is reached
// as a target.
func (t *targets) take(row uint32, r *reach.Reach) {
	if t.g.Taker(row) {
		t.taken = append(t.taken, row)
	}
	if counts(t.g.Kind(row)) || t.g.marks.tagged[row] {
		t.by[row] = Target{Row: row, Level: access.LevelEscalate, Grade: r.Grade(row), Via: row, Moved: true}
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
			t.put(Target{Row: row, Level: x.Level, Grade: weaker(grade, x.Grade), Via: who})
		}
	}
}

func worstOf(g drover.Grade) int {
	if g == "" {
		return len(drover.Grades)
	}
	return gradeRank(g)
}

// put keeps the stronger level of a row, of equals the better grade.
func (t *targets) put(x Target) {
	old, ok := t.by[x.Row]
	if ok && (old.Moved || old.Level.Rank() > x.Level.Rank() || old.Level == x.Level && gradeRank(old.Grade) <= gradeRank(x.Grade)) {
		return
	}
	t.by[x.Row] = x
}

func (t *targets) counts() Counts {
	c := Counts{ByLevel: map[access.Level]int{}, ByDataClass: map[string]int{}, ByEnv: map[string]int{}}
	for row, x := range t.by {
		if !counts(t.g.Kind(row)) {
			continue
		}
		c.Total++
		c.ByLevel[x.Level]++
		f := t.g.Facts(row)
		c.ByDataClass[f.DataClass]++
		c.ByEnv[f.Env]++
		if t.g.Tier0(row) {
			c.Tier0++
		}
	}
	return c
}

// tier0 lists what of tier 0 is among them, identities that are taken included.
func (t *targets) tier0() (out []uint32) {
	for row := range t.by {
		if t.g.Tier0(row) {
			out = append(out, row)
		}
	}
	for _, row := range t.taken {
		if _, ok := t.by[row]; !ok && t.g.Tier0(row) {
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
	t, err := g.targets(ctx, row, g.reach.Blast([]uint32{row}, o.reach()), o)
	if err != nil {
		return nil, err
	}
	return func(yield func(Target) bool) {
		for _, n := range slices.Sorted(maps.Keys(t.by)) {
			if counts(g.Kind(n)) && !yield(t.by[n]) {
				return
			}
		}
	}, nil
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
