package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/graph/risk"
	"github.com/droverhq/drover/policy"
)

// scores keeps what the risk of one moment is computed from, for it costs a walk
// over the whole graph of effects.
type scores struct {
	mu    sync.Mutex
	model *risk.Model
	rules []uint8 // of each row: the rotation rule that matches it, from 1
}

// Risk makes the model that scores the identities of a moment.
func (e *Engine) Risk(ctx context.Context, x *Effects) (*risk.Model, error) {
	x.scores.mu.Lock()
	defer x.scores.mu.Unlock()
	if x.scores.model != nil {
		return x.scores.model, nil
	}
	m, err := e.riskModel(ctx, x, nil)
	if err != nil {
		return nil, err
	}
	x.scores.model = m
	return m, nil
}

// riskModel makes a model that counts the worst finding of each row, where worst
// is not nil.
func (e *Engine) riskModel(ctx context.Context, x *Effects, worst func(row int) drover.Severity) (*risk.Model, error) {
	standing, err := risk.Standings(ctx, x.Graph)
	if err != nil {
		return nil, err
	}
	in := risk.Input{Graph: x.s.Snapshot, Policy: e.policy, Now: x.s.now, Standing: standing, Worst: worst}
	in.Open = (&check.Estate{Graph: x.s.Snapshot, Policy: e.policy, Now: x.s.now}).Outside
	if x.scores.rules == nil {
		if x.scores.rules, err = e.rotationRules(ctx, x.s, risk.New(in)); err != nil {
			return nil, err
		}
	}
	if rules := x.scores.rules; len(rules) > 0 {
		in.Rule = func(row int) int {
			if row >= len(rules) {
				return 0
			}
			return int(rules[row])
		}
	}
	return risk.New(in), nil
}

// rotationRules finds which rule of the policy's rotation matches each row; the
// first counts. What a rule says of risk is asked of the scores without rules,
// since a score depends on how old a secret may become.
func (e *Engine) rotationRules(ctx context.Context, s *Snapshot, before *risk.Model) ([]uint8, error) {
	rules := e.policy.Rotation.Rules
	if len(rules) == 0 {
		return nil, nil
	}
	t := *s.Table()
	t.Columns = maps.Clone(t.Columns)
	var kept snapshotRisk
	t.Columns["risk"] = riskColumn(ctx, s.Seen(), &kept, func() (*risk.Model, error) { return before, nil })
	out := make([]uint8, s.Seen())
	for i, r := range rules[:min(len(rules), 255)] {
		match, err := judge.Matcher(r.Match, s.now)
		if err != nil {
			return nil, err
		}
		rows, err := match(s.Snapshot, &t)
		if err := errors.Join(err, kept.err); err != nil {
			return nil, err
		}
		for _, row := range rows {
			if out[row] == 0 {
				out[row] = uint8(i + 1)
			}
		}
	}
	return out, nil
}

// addRisk adds the column that `risk>=70` filters by. It is computed when it is
// asked for.
func (s *Snapshot) addRisk(ctx context.Context) {
	s.Table().Columns["risk"] = riskColumn(ctx, s.Seen(), &s.risk, func() (*risk.Model, error) {
		x, err := s.e.effects(ctx, s, nil)
		if err != nil {
			return nil, err
		}
		return s.e.Risk(ctx, x)
	})
}

// riskColumn is the risk of each row; where it could not be computed, nothing is
// known and kept says why.
func riskColumn(ctx context.Context, rows int, kept *snapshotRisk, model func() (*risk.Model, error)) *filter.Column {
	var ints []int64
	return &filter.Column{Numbers: func() []int64 {
		kept.mu.Lock()
		defer kept.mu.Unlock()
		if ints != nil {
			return ints
		}
		m, err := model()
		var all []uint8
		if err == nil {
			all, err = m.All(ctx)
		}
		if kept.err = err; err != nil {
			return slices.Repeat([]int64{filter.Unknown}, rows)
		}
		ints = make([]int64, rows)
		for i, v := range all {
			if ints[i] = int64(v); v == risk.NoScore {
				ints[i] = filter.Unknown
			}
		}
		kept.of = ints
		return ints
	}}
}

// snapshotRisk is what a snapshot keeps of its risk.
type snapshotRisk struct {
	mu  sync.Mutex
	of  []int64 // nil: nobody asked for it
	err error
}

// listedRisk is the risk of row i where a filter or an order asked for risk.
func (s *Snapshot) listedRisk(i int) *int {
	if of := s.risk.of; i < len(of) && of[i] != filter.Unknown {
		n := int(of[i])
		return &n
	}
	return nil
}

// AskedRisk reports whether a filter or an order asked for risk.
func (s *Snapshot) AskedRisk() bool { return s.risk.of != nil }

// riskOf gives the risk of rows.
type riskOf struct {
	of    func(row int) int
	model *risk.Model
	err   error
}

// risks prepares the risk of every row of an estate.
func (e *Engine) risks(ctx context.Context, x *Effects) *riskOf {
	m, err := e.Risk(ctx, x)
	if err != nil {
		e.o.Log.WarnContext(ctx, "risk was not computed", "err", err)
		return &riskOf{of: func(int) int { return 0 }, err: err}
	}
	return &riskOf{model: m, of: func(row int) int { return max(m.Total(row), 0) }}
}

// removed is how many points of risk an act takes away, and how that was counted.
func (r *riskOf) removed(x *Effects, f *FixItem) (int, string) {
	if r.model == nil {
		return 0, "risk was not computed"
	}
	var fixes []drover.Fix
	var rows []int
	for _, o := range f.Objects {
		fixes = append(fixes, drover.Fix{Action: f.Action, Object: o.Ref, Group: f.group, Text: o.Text})
		if row, ok := x.s.Find(o.Ref); ok {
			rows = append(rows, row)
		}
	}
	for _, c := range f.Closes {
		if row, ok := x.s.Find(c.subject); ok {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	return r.model.Removed(fixes, slices.Compact(rows), x.Graph)
}

// levels are the words of scores in this house.
func (e *Engine) levels() policy.Levels { return e.policy.Risk.Levels }
