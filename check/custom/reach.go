package custom

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/reach"
)

// asker answers the questions of one run over the graph of effects. What was
// asked once is kept, for an expression asks the same of every row.
type asker struct {
	ctx    context.Context
	estate *check.Estate
	risk   func(row int) int

	sets  map[ask]*reachers
	cans  map[ask]map[uint32]access.Verdict
	fails map[ask]error
}

// maxAsked bounds how many different questions one run may ask: arguments that
// differ from row to row would each cost a walk over the whole graph.
const maxAsked = 64

// maxImplicit bounds the targets that are no end of an edge, each of which is
// asked about by itself.
const maxImplicit = 20

// reachers are the rows from which a target is reached.
type reachers struct {
	targets  []uint32
	explicit *reach.Reach
	implicit map[uint32]bool // who may by permissions that are not written out as edges
	partial  string          // why a no is not sure: ""
}

func newAsker(ctx context.Context, e *check.Estate, risk func(row int) int) *asker {
	return &asker{ctx: ctx, estate: e, risk: risk, sets: map[ask]*reachers{}, cans: map[ask]map[uint32]access.Verdict{}, fails: map[ask]error{}}
}

// reaches answers reaches(target, level) for a row.
func (q *asker) reaches(row int, target, level string) ref.Val {
	g := q.estate.Effects
	if g == nil {
		return unknown("reaches")
	}
	set, err := q.set(ask{target, level})
	if err != nil {
		return types.NewErr("%s", strings.TrimSuffix(err.Error(), ": "+drover.ErrInvalid.Error()))
	}
	r := uint32(row)
	switch {
	case slices.Contains(set.targets, r):
		return types.Bool(q.others(r, set, level))
	case set.explicit.Has(r), set.implicit[r]:
		return types.True
	case set.partial != "":
		return unknown("reaches")
	}
	return types.False
}

// others reports whether a target reaches a target that is not itself.
func (q *asker) others(row uint32, set *reachers, level string) bool {
	l, _ := levelOf(level)
	to := slices.DeleteFunc(slices.Clone(set.targets), func(t uint32) bool { return t == row })
	if len(to) == 0 {
		return false
	}
	paths, _ := q.estate.Effects.Paths(q.ctx, []uint32{row}, to, effective.Options{Limit: 1, Level: l})
	return len(paths) > 0
}

// path is the best way from a row to a target, for the proof; no nodes: there is
// none to show.
func (q *asker) path(row int, a ask) (p effective.Path) {
	set, err := q.set(a)
	if q.estate.Effects == nil || err != nil {
		return p
	}
	l, _ := levelOf(a.level)
	to := slices.DeleteFunc(slices.Clone(set.targets), func(t uint32) bool { return int(t) == row })
	if paths, _ := q.estate.Effects.Paths(q.ctx, []uint32{uint32(row)}, to, effective.Options{Limit: 1, Level: l}); len(paths) > 0 {
		return paths[0]
	}
	return p
}

func (q *asker) set(a ask) (*reachers, error) {
	if s, ok := q.sets[a]; ok {
		return s, q.fails[a]
	}
	if len(q.sets)+len(q.cans) >= maxAsked {
		return nil, fmt.Errorf("more than %d different questions about reach in one run: write targets that are the same for every node: %w", maxAsked, drover.ErrInvalid)
	}
	s, err := q.find(a)
	q.sets[a], q.fails[a] = s, err
	return s, err
}

func (q *asker) find(a ask) (*reachers, error) {
	g := q.estate.Effects
	level, err := levelOf(a.level)
	if err != nil {
		return nil, err
	}
	s := &reachers{implicit: map[uint32]bool{}}
	if s.targets, err = targets(q.estate, a.target); err != nil {
		return nil, err
	}
	s.explicit = g.Reach().Reverse(s.targets, reach.Options{Level: level})
	n := 0
	for _, t := range s.targets {
		if !q.implicit(t) {
			continue
		}
		if n++; n > maxImplicit || level != "" {
			s.partial = "its targets are no ends of edges"
			return s, nil
		}
		question, err := g.Question(string(g.Ref(t)), "")
		if err != nil {
			return nil, err
		}
		holders, err := g.WhoCan(q.ctx, question, effective.Options{Limit: -1})
		if err != nil {
			return nil, err
		}
		for _, h := range holders {
			s.implicit[h.Row] = true
		}
	}
	return s, nil
}

// implicit reports whether a row may be reached without an edge that says so: of
// ordinary resources only those of tier 0 and those with a tag are ends of edges.
func (q *asker) implicit(row uint32) bool {
	g := q.estate.Effects
	return g.Kind(row) == drover.KindResource && !g.Tier0(row) && int(row) < q.estate.Graph.Seen() && len(q.estate.Graph.Labels(int(row))) == 0
}

// can answers can(action, resource) for a row. What depends on a condition that
// nobody here can know is unknown.
func (q *asker) can(row int, action, resource string) ref.Val {
	g, a := q.estate.Effects, ask{resource, action}
	if g == nil {
		return unknown("can")
	}
	who, ok := q.cans[a]
	if !ok {
		if len(q.sets)+len(q.cans) >= maxAsked {
			return types.NewErr("more than %d different questions about reach in one run", maxAsked)
		}
		who = map[uint32]access.Verdict{}
		question, err := g.Question(resource, action)
		if err == nil && !question.Known && action != "" {
			err = fmt.Errorf("no action is called %q there: %w", cut(action), drover.ErrInvalid)
		}
		var holders []effective.Holder
		if err == nil {
			holders, err = g.WhoCan(q.ctx, question, effective.Options{Limit: -1})
		}
		for _, h := range holders {
			if v := h.Decision.Verdict; who[h.Row] != access.Allow {
				who[h.Row] = v
			}
		}
		q.cans[a], q.fails[a] = who, err
	}
	if err := q.fails[a]; err != nil {
		return types.NewErr("can: %s", err)
	}
	switch who[uint32(row)] {
	case access.Allow:
		return types.True
	case access.Conditional:
		return unknown("can")
	}
	return types.False
}

// levelOf reads a level; "" is any.
func levelOf(text string) (access.Level, error) {
	l := access.Level(strings.ToLower(text))
	if text != "" && l.Rank() < 0 {
		return "", fmt.Errorf("level %q is none of %s%s: %w", cut(text), strings.Join(words(access.Levels), ", "), nearest(text, words(access.Levels)), drover.ErrInvalid)
	}
	return l, nil
}

// tierZero reports whether a text means what everything falls with.
func tierZero(text string) bool {
	switch strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text)), " ", "") {
	case "tier0", "tier-0", "tier=0", "tier:0", "tag:tier0", "tag=tier0":
		return true
	}
	return false
}

// isFilter reports whether a text is meant as a filter and not as the name of one
// thing: it begins with a field of the grammar and an operator.
func isFilter(text string) bool {
	if strings.HasPrefix(text, "arn:") {
		return false
	}
	text = strings.TrimLeft(strings.TrimPrefix(strings.TrimSpace(text), "-"), "( ")
	i := strings.IndexAny(text, ":=<>!")
	if i <= 0 {
		return strings.ContainsAny(text, " ") && !strings.Contains(text, "/")
	}
	name := strings.ToLower(strings.TrimPrefix(text[:i], "NOT "))
	return strings.HasPrefix(name, "attrs.") || slices.ContainsFunc(graph.Fields, func(f filter.Field) bool { return f.Name == name })
}

// validTarget checks what can be checked of a target before there is an estate.
func validTarget(text string, now time.Time) error {
	switch {
	case strings.TrimSpace(text) == "":
		return fmt.Errorf("a target is empty; write \"tier0\", a filter, or the name of one thing: %w", drover.ErrInvalid)
	case tierZero(text) || !isFilter(text):
		return nil
	}
	_, err := filter.Parse(text, graph.Fields, now)
	return err
}

// targets are the rows that a text means.
func targets(e *check.Estate, text string) ([]uint32, error) {
	if tierZero(text) {
		return e.Effects.Tier0Rows(), nil
	}
	if !isFilter(text) {
		row, err := e.Effects.Find(text)
		if errors.Is(err, drover.ErrNotFound) {
			return nil, fmt.Errorf("nothing is called %q: %w", cut(text), drover.ErrInvalid)
		}
		return []uint32{row}, err
	}
	rows, err := match(e, text)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(r uint32) bool { return e.Graph.IsMember(int(r)) }), nil
}

func match(e *check.Estate, text string) ([]uint32, error) {
	f, err := filter.Parse(text, graph.Fields, e.Now)
	if err != nil {
		return nil, err
	}
	return f.Eval(e.Graph.Table())
}
