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
	done, err := e.trial(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
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
// found is kept with it. Who asked first and gives up ends the work.
func (e *Engine) bestCut(ctx context.Context, x *Effects, row uint32, tier0 []uint32, o ReachOptions) (*CutOption, error) {
	o.Limit = 1
	kept := x.s.held.cuts.of(fmt.Sprintf("%d %d %s", row, o.MaxHops, o.Level))
	v, err := kept.v.get(ctx, false, func(ctx context.Context) (any, error) {
		done, err := e.trial(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		list, err := x.Graph.Cut(ctx, []uint32{row}, tier0, o.effective())
		if err != nil || len(list) == 0 {
			return (*CutOption)(nil), err
		}
		v, err := x.option(list[0])
		return &v, err
	})
	if err != nil {
		return nil, err
	}
	return v.(*CutOption), nil
}

// maxTrials bounds the copies of the graph that are made at once to see what a change
// would do: each takes as much memory as the graph.
const maxTrials = 2

// trial waits for leave to make such copies; done gives it back.
func (e *Engine) trial(ctx context.Context) (done func(), err error) {
	select {
	case e.live.trials <- struct{}{}:
		return func() { <-e.live.trials }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
