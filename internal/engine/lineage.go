package engine

import (
	"context"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/owners"
)

// Creators answers `creators`.
func (e *Engine) Creators(ctx context.Context, id string, asOf time.Time) (*CreatorsView, error) {
	x, err := e.asked(ctx, asOf, ReachOptions{})
	if err != nil {
		return nil, err
	}
	row, err := x.Lookup(id)
	if err != nil {
		return nil, err
	}
	v := &CreatorsView{Schema: "drover/v1/creators", Subject: x.node(row), Chain: []CreatorView{}, Age: x.age(nil)}
	for _, c := range x.Graph.Creators(row) {
		v.Chain = append(v.Chain, CreatorView{NodeView: x.node(c.By), Created: x.Ref(c.Of), How: c.Kind, Depth: c.Depth, Grade: c.Grade, Proof: firstText(c.Proof), Left: x.left(c.By)})
		v.Human = v.Human || x.Kind(c.By) == drover.KindHuman
	}
	return v, nil
}

// left says of a person whether they have left, as their employer or a directory
// says; nil: neither says, or it is no person.
func (x *Effects) left(row uint32) *bool {
	if i := int(row); i < x.s.Seen() && x.Kind(row) == drover.KindHuman {
		if left, known := owners.Left(x.s.Attrs(i), x.s.now); known {
			return &left
		}
	}
	return nil
}

// Dependents answers `deps`.
func (e *Engine) Dependents(ctx context.Context, id string, asOf time.Time) (*DepsView, error) {
	return e.DependentsTo(ctx, id, asOf, 0)
}

// DependentsTo is Dependents with no more than so many listed; 0: all. Total counts all.
func (e *Engine) DependentsTo(ctx context.Context, id string, asOf time.Time, limit int) (*DepsView, error) {
	x, err := e.asked(ctx, asOf, ReachOptions{})
	if err != nil {
		return nil, err
	}
	row, err := x.Lookup(id)
	if err != nil {
		return nil, err
	}
	v := &DepsView{Schema: "drover/v1/deps", Subject: x.node(row), Items: []DepView{}, Age: x.age(x.Gaps())}
	list := x.Graph.Dependents(row)
	v.Total = len(list)
	sure := map[uint32]bool{}
	for _, d := range list {
		sure[d.Row] = sure[d.Row] || d.Grade == drover.GradeProven
	}
	v.Things = len(sure)
	for _, proven := range sure {
		if proven {
			v.Proven++
		}
	}
	if limit > 0 {
		list = list[:min(limit, len(list))]
	}
	for _, d := range list {
		item := DepView{NodeView: x.node(d.Row), How: d.As, Grade: d.Grade, Proof: firstText(d.Proof), LastUsed: when(d.Used)}
		if d.Through != row {
			through := x.node(d.Through)
			item.Through = &through
		}
		v.Items = append(v.Items, item)
	}
	return v, nil
}

func firstText(list []access.Proof) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].Text
}
