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
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/graph/risk"
	"github.com/droverhq/drover/policy"
)

// scores keeps what the risk of one moment is computed from, for it costs a walk
// over the whole graph of effects.
type scores struct {
	model    lazy[*risk.Model]
	standing lazy[standing]
	rules    lazy[[]uint8] // of each row: the rotation rule that matches it, from 1
}

type standing = func(row int) (effective.Standing, bool)

// Risk makes the model that scores the identities of a moment.
func (e *Engine) Risk(ctx context.Context, x *Effects) (*risk.Model, error) {
	return x.scores.model.get(ctx, e.memory != nil, func(ctx context.Context) (*risk.Model, error) { return e.riskModel(ctx, x, nil) })
}

// riskModel makes a model that counts the worst finding of each row, where worst
// is not nil.
func (e *Engine) riskModel(ctx context.Context, x *Effects, worst func(row int) drover.Severity) (*risk.Model, error) {
	standing, err := x.scores.standing.get(ctx, e.memory != nil, func(ctx context.Context) (standing, error) { return risk.Standings(ctx, x.Graph) })
	if err != nil {
		return nil, err
	}
	in := risk.Input{Graph: x.s.Snapshot, Policy: e.policy, Now: x.s.now, Standing: standing, Worst: worst}
	in.Open = (&check.Estate{Graph: x.s.Snapshot, Policy: e.policy, Now: x.s.now}).Outside
	rules, err := x.scores.rules.get(ctx, e.memory != nil, func(ctx context.Context) ([]uint8, error) { return e.rotationRules(ctx, x.s, risk.New(in)) })
	if err != nil {
		return nil, err
	}
	if len(rules) > 0 {
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
	t.Columns["risk"] = riskColumn(s.Seen(), &kept, sync.OnceValues(func() ([]int64, error) { return riskInts(ctx, before) }))
	out := make([]uint8, s.Seen())
	for i, r := range rules[:min(len(rules), 255)] {
		match, err := judge.Matcher(r.Match, s.now)
		if err != nil {
			return nil, err
		}
		rows, err := match(s.Snapshot, &t)
		if err := errors.Join(err, kept.failed()); err != nil {
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

// riskColumn is the risk of each row, computed when it is asked for; kept says to
// whom it was said, and why nothing is known where it could not be computed.
func riskColumn(rows int, kept *snapshotRisk, ints func() ([]int64, error)) *filter.Column {
	return &filter.Column{Numbers: func() []int64 {
		of, err := ints()
		kept.mu.Lock()
		defer kept.mu.Unlock()
		if kept.err = err; err != nil {
			return slices.Repeat([]int64{filter.Unknown}, rows)
		}
		kept.of = of
		return of
	}}
}

// riskInts is the risk of each row, filter.Unknown where there is none.
func riskInts(ctx context.Context, m *risk.Model) ([]int64, error) {
	all, err := m.All(ctx)
	if err != nil {
		return nil, err
	}
	ints := make([]int64, len(all))
	for i, v := range all {
		if ints[i] = int64(v); v == risk.NoScore {
			ints[i] = filter.Unknown
		}
	}
	return ints, nil
}

// snapshotRisk is what a reader of a snapshot was told of its risk.
type snapshotRisk struct {
	mu  sync.Mutex
	of  []int64           // nil: nobody asked for that of every row
	one func(row int) int // of a row, -1: it has none; nil: nobody asked for it
	err error
}

func (r *snapshotRisk) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// AskRisk makes items tell their risk, as a filter or an order does that asks for it.
// Unless that of every row is known already, it is worked out for each item as that is
// made.
func (s *Snapshot) AskRisk(ctx context.Context) error {
	if s.AskedRisk() {
		return nil
	}
	all, known := s.held.risk.peek()
	if known {
		s.risk.mu.Lock()
		defer s.risk.mu.Unlock()
		s.risk.of = all
		return nil
	}
	x, err := s.held.effectsOf(ctx)
	if err != nil {
		return err
	}
	m, err := s.held.s.e.Risk(ctx, x)
	if err != nil {
		return err
	}
	s.risk.mu.Lock()
	defer s.risk.mu.Unlock()
	s.risk.one = func(row int) int {
		if !m.Scored(row) {
			return -1
		}
		return m.Total(row)
	}
	return nil
}

// listedRisk is the risk of row i where it was asked for.
func (s *Snapshot) listedRisk(i int) *int {
	s.risk.mu.Lock()
	of, one := s.risk.of, s.risk.one
	s.risk.mu.Unlock()
	n := -1
	switch {
	case i < len(of) && of[i] != filter.Unknown:
		n = int(of[i])
	case of == nil && one != nil:
		n = one(i)
	}
	if n < 0 {
		return nil
	}
	return &n
}

// AskedRisk reports whether somebody asked for risk: a filter, an order, or who reads.
func (s *Snapshot) AskedRisk() bool {
	s.risk.mu.Lock()
	defer s.risk.mu.Unlock()
	return s.risk.of != nil || s.risk.one != nil
}

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
