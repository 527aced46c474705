package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/droverhq/drover/graph/effective"
)

// chokesFrom is the size of an estate from which choke points, which take seconds
// there, are looked for only if asked for.
const chokesFrom = 100_000

// Cut answers `cut`: the single changes that keep most of from from reaching to.
// An empty from is any identity; an empty to what of tier 0 from reaches.
func (e *Engine) Cut(ctx context.Context, from, to string, asOf time.Time, o ReachOptions) (*CutView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	var a, b []uint32
	if from != "" {
		if a, err = x.Select(from); err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
		if len(a) == 0 && isName(from) {
			return nil, x.nameless("--from", from)
		}
	}
	if to != "" {
		if b, err = x.Select(to); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
		if len(b) == 0 && isName(to) {
			return nil, x.nameless("--to", to)
		}
	}
	v := &CutView{Schema: "drover/v1/cut", From: from, To: to, Options: []CutOption{}, Chokes: []ChokeView{}, Age: x.age(x.Gaps())}
	if from != "" && len(a) == 0 || to != "" && len(b) == 0 {
		return v, nil
	}
	list, err := x.Graph.Cut(ctx, a, b, effective.Options{Limit: o.Limit, MaxHops: o.MaxHops})
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		opt, err := x.option(c)
		if err != nil {
			return nil, err
		}
		v.Options = append(v.Options, opt)
	}
	if x.Len() >= chokesFrom && !o.Cut {
		return v, nil
	}
	chokes, err := x.Chokes(ctx, a, b, effective.Options{Limit: o.Limit, MaxHops: o.MaxHops})
	if err != nil {
		return nil, err
	}
	for _, c := range chokes {
		choke := ChokeView{Pairs: c.Pairs, Sources: c.Sources, Targets: c.Targets}
		if c.IsEdge {
			step := x.step(x.Edge(c.Edge))
			choke.Step = &step
		} else {
			node := x.node(c.Row)
			choke.Node = &node
		}
		v.Chokes = append(v.Chokes, choke)
	}
	return v, nil
}

func (x *Effects) option(c effective.CutOption) (CutOption, error) {
	change, err := json.Marshal(c.Change)
	if err != nil {
		return CutOption{}, fmt.Errorf("write the change of a cut: %w", err)
	}
	r := c.Removes
	v := CutOption{What: c.What, Change: []byte(change), Removes: CutRemoves{Span(r.Targets), Span(r.Tier0), Span(r.Resources), Span(r.Identities)}, Loses: []LoserView{}, More: c.More, Unknown: list(c.Unknown)}
	for _, l := range c.Loses {
		row, ok := x.row(l.Ref)
		if !ok {
			continue
		}
		v.Loses = append(v.Loses, LoserView{NodeView: x.node(row), Resources: l.Resources, Tier0: l.Tier0, Identities: l.Identities, LastUsed: when(l.Used), Never: l.Never})
	}
	return v, nil
}

// bestCut is the single change that helps most against what of tier 0 one thing
// reaches; nil: there is none. Each change is tried on a copy of the graph, so what was
// found is kept with it.
func (x *Effects) bestCut(ctx context.Context, row uint32, tier0 []uint32) (*CutOption, error) {
	key := fmt.Sprintf("best cut %d %d", row, tier0)
	return memoised(ctx, &x.s.held.memos, key, func(*CutOption) int { return 1 << 10 }, func(ctx context.Context) (*CutOption, error) {
		list, err := x.Graph.Cut(ctx, []uint32{row}, tier0, effective.Options{Limit: 1})
		if err != nil || len(list) == 0 {
			return nil, err
		}
		v, err := x.option(list[0])
		return &v, err
	})
}
