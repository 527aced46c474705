package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/reach"
)

// A BlastItem is one identity of `blast-radius --all`.
type BlastItem struct {
	NodeView
	Reach   int  `json:"reach"`    // nodes of every kind that fall with it by explicit edges; what its rights touch beside is counted by blast-radius ID
	Exact   bool `json:"exact"`    // whether reach was counted; else it is an estimate, within a tenth
	ToTier0 int  `json:"to_tier0"` // how many of tier 0 it gets to; exact
	Risk    int  `json:"risk"`     // 0 to 100: 50 for the first of tier 0, 5 for each further, 20 at most; 6 for each tenfold of nodes, 30 at most
}

// A BlastsView is `blast-radius --all`.
type BlastsView struct {
	Items []BlastItem
	Total int // of all that match, also of those that a limit left out
	Age
}

// BlastAll counts what falls with each identity that a filter keeps, all at
// once, the worst first.
func (e *Engine) BlastAll(ctx context.Context, filter string, asOf time.Time, o ReachOptions) (*BlastsView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	keep, err := x.s.Match(tierZero(filter))
	if err != nil {
		return nil, err
	}
	batch := x.Graph.Reach().All(x.Tier0Rows(), reach.Options{Level: o.Level})
	v := &BlastsView{Items: []BlastItem{}, Age: x.age(x.Gaps())}
	for _, row := range x.s.heads(keep) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !x.Taker(row) {
			continue
		}
		s := batch.At(row)
		if x.Tier0(row) {
			s.Tier0-- // what is of tier 0 itself does not count as something that it gets to
		}
		v.Items = append(v.Items, BlastItem{NodeView: NodeView{Ref: x.Ref(row)}, Reach: s.Reach, Exact: s.Exact, ToTier0: s.Tier0, Risk: effective.Risk(s.Reach, s.Tier0)})
	}
	slices.SortStableFunc(v.Items, func(a, b BlastItem) int {
		return cmp.Or(b.Risk-a.Risk, b.ToTier0-a.ToTier0, b.Reach-a.Reach, cmp.Compare(a.Ref, b.Ref))
	})
	v.Total = len(v.Items)
	if o.Limit > 0 {
		v.Items = v.Items[:min(len(v.Items), o.Limit)]
	}
	for i := range v.Items {
		if row, ok := x.row(v.Items[i].Ref); ok {
			v.Items[i].NodeView = x.node(row)
		}
	}
	return v, nil
}
