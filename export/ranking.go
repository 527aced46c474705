package export

import (
	"cmp"
	"container/heap"
	"context"
	"hash/maphash"
	"iter"
	"slices"

	"github.com/droverhq/drover"
)

// A Ranking is a stream of findings as people read it: the worst of them whole,
// all of them counted, those of one fix together.
type Ranking struct {
	Total    int                         // findings that hold: all but those that are fixed
	Severity map[drover.Severity]int     // of those
	State    map[drover.FindingState]int // of all, the fixed ones too
	Fixes    int                         // how many acts end all that hold
	Groups   []Group                     // of those kept, the most urgent first
	Kept     int                         // findings in Groups
}

// A Group is the findings that one fix ends.
type Group struct {
	Fix      drover.Fix
	Findings []drover.Finding // the worst first
	Ends     int              // how many findings it ends, also those that are not kept
	Worst    drover.Severity
	Risk     int // the highest of its subjects
}

// Rank reads the stream to its end and keeps at most keep findings whole, beside
// some forty bytes for each fix. The order does not depend on that of the stream.
func Rank(ctx context.Context, records iter.Seq2[drover.Record, error], keep int) (*Ranking, error) {
	r := &Ranking{Severity: map[drover.Severity]int{}, State: map[drover.FindingState]int{}}
	k := keeper{limit: keep}
	ends, seed := map[uint64]int{}, maphash.MakeSeed()
	for rec, err := range records {
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		f := rec.Finding
		if f == nil {
			continue
		}
		r.State[cmp.Or(f.State, drover.FindingOpen)]++
		if f.State == drover.FindingFixed {
			continue
		}
		r.Total++
		r.Severity[f.Severity]++
		ends[maphash.String(seed, groupOf(f))]++
		k.add(f)
	}
	r.Fixes, r.Kept = len(ends), len(k.list)
	byGroup := map[string]*Group{}
	for _, f := range k.sorted() {
		id := groupOf(&f)
		g := byGroup[id]
		if g == nil {
			g = &Group{Fix: f.Fix, Worst: f.Severity, Ends: ends[maphash.String(seed, id)]}
			byGroup[id] = g
		}
		g.Findings, g.Risk = append(g.Findings, f), max(g.Risk, f.Risk)
	}
	for _, g := range byGroup {
		r.Groups = append(r.Groups, *g)
	}
	slices.SortFunc(r.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Worst, a.Worst), cmp.Compare(b.Ends, a.Ends), cmp.Compare(b.Risk, a.Risk), before(&a.Findings[0], &b.Findings[0]))
	})
	return r, nil
}

// groupOf is the fix of a finding; one that names none is its own.
func groupOf(f *drover.Finding) string {
	if f.Fix.Group != "" {
		return f.Fix.Group
	}
	return "\x00" + f.Key()
}

// before orders findings by urgency: severity, whether somebody accepted it, the
// risk of the subject, and the key, which no two share.
func before(a, b *drover.Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(accepted(a), accepted(b)), cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Subject.Ref, b.Subject.Ref), cmp.Compare(a.Part, b.Part))
}

func accepted(f *drover.Finding) int {
	if f.State == drover.FindingAccepted {
		return 1
	}
	return 0
}

// A keeper holds the worst findings it was given, the mildest of them on top.
type keeper struct {
	limit int
	list  []drover.Finding
}

func (k *keeper) add(f *drover.Finding) {
	switch {
	case k.limit <= 0:
	case len(k.list) < k.limit:
		heap.Push(k, *f)
	case before(f, &k.list[0]) < 0:
		k.list[0] = *f
		heap.Fix(k, 0)
	}
}

func (k *keeper) sorted() []drover.Finding {
	slices.SortFunc(k.list, func(a, b drover.Finding) int { return before(&a, &b) })
	return k.list
}

// Len, Less, Swap, Push and Pop are what package heap asks for.
func (k *keeper) Len() int           { return len(k.list) }
func (k *keeper) Less(i, j int) bool { return before(&k.list[i], &k.list[j]) > 0 }
func (k *keeper) Swap(i, j int)      { k.list[i], k.list[j] = k.list[j], k.list[i] }
func (k *keeper) Push(x any)         { k.list = append(k.list, x.(drover.Finding)) }
func (k *keeper) Pop() any {
	last := k.list[len(k.list)-1]
	k.list = k.list[:len(k.list)-1]
	return last
}

// Title says what the fix does, or what is wrong where there is none.
func (g *Group) Title() string {
	if g.Fix.Text == "" {
		return g.Findings[0].What
	}
	return g.Fix.Text
}
