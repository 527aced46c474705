package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// DiffReach compares what identities reach: between two times, or now with a
// change in a file that is made to a copy.
func (e *Engine) DiffReach(ctx context.Context, req DiffRequest, with string) (*ReachDiffView, error) {
	old, now, err := e.compared(ctx, req, with)
	if err != nil {
		return nil, err
	}
	v, err := reachDiff(ctx, old, now, req.ID)
	if err != nil {
		return nil, err
	}
	v.With = with
	return v, nil
}

// reachDiff compares what identities reach in two graphs; id is whose, "" for all.
func reachDiff(ctx context.Context, old, now *Effects, id string) (*ReachDiffView, error) {
	v := &ReachDiffView{Schema: "drover/v1/reach_diff", Items: []ReachDiffItem{}}
	v.From, v.To = MomentView{old.s.Generation, when(old.s.AsOf)}, MomentView{now.s.Generation, when(now.s.AsOf)}
	v.Age = now.age(now.Gaps())
	var only drover.Ref
	if id != "" {
		row, lerr := now.Lookup(id)
		if lerr == nil {
			only = now.Ref(row)
		} else if row, err := old.Lookup(id); err == nil {
			only = old.Ref(row)
		} else {
			return nil, lerr
		}
	}
	d, err := effective.Diff(ctx, old.Graph, now.Graph, effective.Options{})
	if err != nil {
		return nil, err
	}
	for _, c := range d.Changed {
		if only != "" && c.Ref != only {
			continue
		}
		item, err := diffItem(ctx, old, now, c)
		if err != nil {
			return nil, err
		}
		v.Items = append(v.Items, item)
	}
	v.More = d.More
	return v, nil
}

// compared makes the two graphs.
func (e *Engine) compared(ctx context.Context, req DiffRequest, with string) (old, now *Effects, err error) {
	if with != "" {
		if old, err = e.Effects(ctx, req.To); err != nil {
			return nil, nil, err
		}
		change, err := readChange(with)
		if err != nil {
			return nil, nil, err
		}
		now, err = e.effects(ctx, old.s, change)
		return old, now, err
	}
	if now, err = e.Effects(ctx, req.To); err != nil {
		return nil, nil, err
	}
	from := req.From
	if from.IsZero() {
		scans, err := e.store.Scans(ctx, e.scope, 1)
		if err != nil {
			return nil, nil, err
		}
		if len(scans) == 0 {
			return nil, nil, fmt.Errorf("nothing was ever scanned, so there is no reach to compare: %w", drover.ErrNotFound)
		}
		from = scans[0].Started.Add(-time.Microsecond)
	}
	old, err = e.Effects(ctx, from)
	return old, now, err
}

func diffItem(ctx context.Context, old, now *Effects, c effective.Changed) (ReachDiffItem, error) {
	x := ReachDiffItem{Change: "changed", Resources: [2]int{c.Resources.Before, c.Resources.After}, Identities: [2]int{c.Identities.Before, c.Identities.After},
		Tier0: [2]int{c.Tier0.Before, c.Tier0.After}, Tier0Gained: now.named(c.Tier0.Gained), Tier0Lost: old.named(c.Tier0.Lost)}
	switch {
	case c.New < 0:
		x.NodeView, x.Change = old.node(uint32(c.Old)), "removed"
	case c.Old < 0:
		x.NodeView, x.Change = now.node(uint32(c.New)), "added"
	default:
		x.NodeView = now.node(uint32(c.New))
	}
	if c.New >= 0 && len(c.Tier0.Gained) > 0 {
		if row, ok := now.row(c.Tier0.Gained[0]); ok {
			list, _ := now.Graph.Paths(ctx, []uint32{uint32(c.New)}, []uint32{row}, effective.Options{Limit: 1})
			if len(list) > 0 {
				p := now.path(list[0])
				x.Path = &p
			}
		}
	}
	return x, ctx.Err()
}

// row finds a ref, also of a node that only follows from others.
func (x *Effects) row(ref drover.Ref) (uint32, bool) {
	if i, ok := x.Input().Find(ref); ok {
		return uint32(i), true
	}
	for j, n := range x.Input().Extra() {
		if n.Ref == ref {
			return uint32(x.Input().Len() + j), true
		}
	}
	return 0, false
}

func (x *Effects) named(refs []drover.Ref) []NodeView {
	out := []NodeView{}
	for _, r := range refs {
		if row, ok := x.row(r); ok {
			out = append(out, x.node(row))
		}
	}
	return out
}
