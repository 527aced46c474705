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
	Fix         drover.Fix       // of its first finding
	Findings    []drover.Finding // the worst first
	Ends        int              // how many findings it ends, also those that are not kept
	RiskRemoved int              // points; 0 where the head tells none
	Worst       drover.Severity
	Risk        int // the highest of its subjects
	title       string
	place       int // in the order of the head
}

// Rank reads the stream to its end and keeps at most keep findings whole, beside
// some forty bytes for each fix. The order does not depend on that of the stream:
// it is that of the fixes of the head, else by severity, findings and risk.
func Rank(ctx context.Context, head *Head, records iter.Seq2[drover.Record, error], keep int) (*Ranking, error) {
	groupOf := func(f *drover.Finding) string {
		if head.FixOf != nil {
			if id := head.FixOf(f); id != "" {
				return id
			}
		}
		return fixOf(f)
	}
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
	if head.Fixes != nil {
		r.Fixes = len(head.Fixes)
	}
	r.group(head, k.sorted(), func(f *drover.Finding) (string, int) {
		id := groupOf(f)
		return id, ends[maphash.String(seed, id)]
	})
	return r, nil
}

// group puts the findings of one fix together, and the fixes in order.
func (r *Ranking) group(head *Head, list []drover.Finding, fix func(f *drover.Finding) (id string, ends int)) {
	told := map[string]int{}
	for i := range head.Fixes {
		told[head.Fixes[i].ID] = i
	}
	byGroup := map[string]*Group{}
	for _, f := range list {
		id, ends := fix(&f)
		g := byGroup[id]
		if g == nil {
			g = &Group{Fix: f.Fix, Worst: f.Severity, Ends: ends, place: len(told)}
			if i, ok := told[id]; ok {
				x := &head.Fixes[i]
				g.title, g.Ends, g.RiskRemoved, g.place = x.Title, x.Ends, x.RiskRemoved, i
			}
			byGroup[id] = g
		}
		g.Findings, g.Risk = append(g.Findings, f), max(g.Risk, f.Risk)
	}
	for _, g := range byGroup {
		r.Groups = append(r.Groups, *g)
	}
	slices.SortFunc(r.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(b.Worst, a.Worst), cmp.Compare(b.Ends, a.Ends), cmp.Compare(b.Risk, a.Risk), before(&a.Findings[0], &b.Findings[0]))
	})
}

// fixOf is the fix of a finding; one that names none is its own.
func fixOf(f *drover.Finding) string {
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
	if g.title != "" {
		return g.title
	}
	if g.Fix.Text == "" {
		return g.Findings[0].What
	}
	return g.Fix.Text
}
