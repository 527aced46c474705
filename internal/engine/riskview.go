package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/risk"
)

// A RiskView is `risk ID`: one score, with its reasons and how it came to be.
type RiskView struct {
	Schema  string      `json:"schema"`
	Subject NodeView    `json:"subject"`
	Of      *NodeView   `json:"of"` // the identity whose score it is, where the subject is none; null: its own
	Score   risk.Score  `json:"score"`
	History []RiskPoint `json:"history"` // with --since: the score at earlier moments, the oldest first
	Age     Age         `json:"age"`
}

// A RiskPoint is a score at a moment.
type RiskPoint struct {
	At    time.Time    `json:"at"`
	Total *int         `json:"total"` // null: it was not known then
	Parts []PointsView `json:"parts"`
}

// PointsView are the points of one part.
type PointsView struct {
	Name   string `json:"name"`
	Points int    `json:"points"`
}

// A RiskItem is one identity of `risk`, or one group of `risk --by`.
type RiskItem struct {
	NodeView
	Owner   *string      `json:"owner"`
	Total   int          `json:"total"`
	Level   string       `json:"level"`
	Because string       `json:"because"` // the parts with most points
	Parts   []PointsView `json:"parts"`
}

// A RiskGroup is one line of `risk --by`.
type RiskGroup struct {
	Name       string         `json:"name"` // "": none is known
	Identities int            `json:"identities"`
	Sum        int            `json:"sum"`
	Median     int            `json:"median"`
	P90        int            `json:"p90"` // nine of ten score this or less
	Max        int            `json:"max"`
	Worst      string         `json:"worst"` // name of the identity with the highest score
	Levels     map[string]int `json:"levels"`
	History    []RiskSum      `json:"history"` // with --since, the oldest first; moments before the first scan are left out
}

// A RiskSum is what a group summed up to at a moment.
type RiskSum struct {
	At         time.Time `json:"at"`
	Sum        int       `json:"sum"`
	Identities int       `json:"identities"`
}

// RiskOptions narrow what `risk` answers.
type RiskOptions struct {
	AsOf  time.Time
	Since time.Duration // also at earlier moments, this far back; 0: only then
	Limit int           // 0: all
}

// maxPoints is at how many moments a history is computed: each costs a graph.
const maxPoints = 4

// RiskOf says the score of one thing.
func (e *Engine) RiskOf(ctx context.Context, text string, o RiskOptions) (*RiskView, error) {
	x, err := e.asked(ctx, o.AsOf, ReachOptions{})
	if err != nil {
		return nil, err
	}
	row, err := x.Lookup(text)
	if err != nil {
		return nil, err
	}
	m, err := e.countedRisk(ctx, x, o.AsOf)
	if err != nil {
		return nil, err
	}
	s, ok := m.At(int(row))
	if !ok {
		return nil, fmt.Errorf("%s is a %s, which scores nothing, and it proves or gives away no identity that does: %w", x.Ref(row), x.Kind(row), drover.ErrNotFound)
	}
	v := &RiskView{Schema: "drover/v1/risk", Subject: x.node(row), Score: s, History: []RiskPoint{}, Age: x.age(x.Gaps())}
	if of := m.Subject(int(row)); of != int(row) {
		n := x.node(uint32(of))
		v.Of = &n
	}
	for _, at := range moments(x.s.now, o.Since) {
		p, err := e.riskPoint(ctx, x.Ref(row), at)
		if err != nil {
			return nil, err
		}
		v.History = append(v.History, p)
	}
	return v, nil
}

// countedRisk is the model of a moment, with findings where the policy weighs them.
func (e *Engine) countedRisk(ctx context.Context, x *Effects, asOf time.Time) (*risk.Model, error) {
	if e.policy.Risk.Weights.Findings == 0 || !asOf.IsZero() {
		return e.Risk(ctx, x)
	}
	list, _, err := e.Findings(ctx, FindingQuery{})
	if err != nil {
		return nil, err
	}
	worst := map[int]drover.Severity{}
	for i := range list {
		if row, ok := x.s.Find(list[i].Subject.Ref); ok {
			row = x.s.Head(row)
			worst[row] = max(worst[row], list[i].Severity)
		}
	}
	return e.riskModel(ctx, x, func(row int) drover.Severity { return worst[row] })
}

// moments are the times of a history, the oldest first; now is not among them.
func moments(now time.Time, since time.Duration) (out []time.Time) {
	if since <= 0 {
		return nil
	}
	for i := maxPoints; i > 0; i-- {
		out = append(out, now.Add(-since*time.Duration(i)/maxPoints).UTC().Truncate(time.Second))
	}
	return out
}

func (e *Engine) riskPoint(ctx context.Context, ref drover.Ref, at time.Time) (RiskPoint, error) {
	p := RiskPoint{At: at, Parts: []PointsView{}}
	x, err := e.Effects(ctx, at)
	if err != nil {
		return p, err
	}
	row, ok := x.s.Find(ref)
	if !ok || x.s.Generation == 0 {
		return p, nil
	}
	m, err := e.Risk(ctx, x)
	if err != nil {
		return p, err
	}
	if s, ok := m.At(row); ok {
		p.Total, p.Parts = &s.Total, pointsOf(s)
	}
	return p, nil
}

func pointsOf(s risk.Score) []PointsView {
	out := []PointsView{}
	for _, p := range s.Parts {
		if p.Points > 0 {
			out = append(out, PointsView{p.Name, p.Points})
		}
	}
	return out
}

// A RisksView is `risk` without an ID.
type RisksView struct {
	Items      []RiskItem
	Total      int
	Generation int64
	Age
}

// Risks lists the scores of what a filter keeps, the highest first.
func (e *Engine) Risks(ctx context.Context, filter string, o RiskOptions) (*RisksView, error) {
	l, err := e.RiskListing(ctx, filter, o)
	if err != nil {
		return nil, err
	}
	v := &RisksView{Items: []RiskItem{}, Total: l.Total, Generation: l.Generation, Age: l.Age}
	n := l.Total
	if o.Limit > 0 {
		n = min(n, o.Limit)
	}
	for i := range n {
		v.Items = append(v.Items, l.Item(i))
	}
	return v, nil
}

// A RiskListing is a RisksView whose items are made when they are asked for. It is
// shared, and must not be changed.
type RiskListing struct {
	Total      int
	Generation int64
	Age

	x    *Effects
	m    *risk.Model
	rows []uint32
}

// RiskListing is Risks, whatever its limit.
func (e *Engine) RiskListing(ctx context.Context, filter string, o RiskOptions) (*RiskListing, error) {
	if !o.AsOf.IsZero() || e.memory == nil {
		return e.riskListing(ctx, filter, o)
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	var f *findings // that scores count
	if e.policy.Risk.Weights.Findings != 0 {
		if f, err = e.memory.foundOf(ctx, e); err != nil {
			return nil, err
		}
	}
	size := func(l *RiskListing) int { return l.Total }
	return memoised(ctx, &s.held.memos, fmt.Sprintf("risks %p %q", f, filter), size, func(ctx context.Context) (*RiskListing, error) { return e.riskListing(ctx, filter, o) })
}

func (e *Engine) riskListing(ctx context.Context, filter string, o RiskOptions) (*RiskListing, error) {
	x, m, rows, err := e.scored(ctx, filter, o.AsOf)
	if err != nil {
		return nil, err
	}
	type scoredRow struct{ row, total int } // a total is worked out each time that it is asked for
	list := make([]scoredRow, len(rows))
	for i, row := range rows {
		list[i] = scoredRow{row, m.Total(row)}
	}
	slices.SortFunc(list, func(a, b scoredRow) int {
		return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(x.s.Ref(a.row), x.s.Ref(b.row)))
	})
	l := &RiskListing{Total: len(rows), Generation: x.s.Generation, Age: x.age(x.Gaps()), x: x, m: m, rows: make([]uint32, len(rows))}
	for i, r := range list {
		l.rows[i] = uint32(r.row)
	}
	return l, nil
}

// Item makes an item, 0 to Total-1.
func (l *RiskListing) Item(i int) RiskItem {
	row := l.rows[i]
	s, _ := l.m.At(int(row))
	item := RiskItem{NodeView: l.x.node(row), Owner: known(l.x.s.Facts(int(row)).Owner), Total: s.Total, Level: s.Level, Parts: pointsOf(s)}
	for i, p := range item.Parts {
		if i == 3 {
			break
		}
		if i > 0 {
			item.Because += " + "
		}
		item.Because += fmt.Sprintf("%d %s", p.Points, p.Name)
	}
	return item
}

// scored are the rows that a filter keeps and that have a score.
func (e *Engine) scored(ctx context.Context, filter string, asOf time.Time) (*Effects, *risk.Model, []int, error) {
	x, err := e.asked(ctx, asOf, ReachOptions{})
	if err != nil {
		return nil, nil, nil, err
	}
	keep, err := x.s.Match(filter)
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := e.countedRisk(ctx, x, asOf)
	if err != nil {
		return nil, nil, nil, err
	}
	var rows []int
	for _, row := range keep {
		if m.Scored(int(row)) && x.s.Facts(int(row)).Verdict != drover.VerdictHuman {
			rows = append(rows, int(row))
		}
	}
	return x, m, rows, ctx.Err()
}

// RiskGroups are the keys of `risk --by`.
var RiskGroups = []string{"owner", "source", "env", "type", "system", "business_unit"}

// RiskBy sums up scores by owner, source and the like, the highest sum first. An
// identity of several sources counts in each.
func (e *Engine) RiskBy(ctx context.Context, by, filter string, o RiskOptions) ([]RiskGroup, int64, error) {
	if !slices.Contains(RiskGroups, by) {
		return nil, 0, fmt.Errorf("--by %s: write one of %v: %w", by, RiskGroups, drover.ErrInvalid)
	}
	x, m, rows, err := e.scored(ctx, filter, o.AsOf)
	if err != nil {
		return nil, 0, err
	}
	groups := groupRisk(x.s, m, rows, by)
	for _, at := range moments(x.s.now, o.Since) {
		past, pm, prows, err := e.scored(ctx, filter, at)
		if errors.Is(err, drover.ErrNotFound) {
			continue // nothing had been scanned by then
		}
		if err != nil {
			return nil, 0, err
		}
		then := map[string]RiskGroup{}
		for _, g := range groupRisk(past.s, pm, prows, by) {
			then[g.Name] = g
		}
		for i := range groups {
			g := then[groups[i].Name]
			groups[i].History = append(groups[i].History, RiskSum{at, g.Sum, g.Identities})
		}
	}
	return groups, x.s.Generation, nil
}

func groupRisk(s *Snapshot, m *risk.Model, rows []int, by string) []RiskGroup {
	totals := map[string][]int{}
	worst := map[string]int{}
	levels := map[string]map[string]int{}
	for _, row := range rows {
		t := m.Total(row)
		for _, k := range groupKeys(s, row, by) {
			if w, ok := worst[k]; !ok || t > m.Total(w) {
				worst[k] = row
			}
			if levels[k] == nil {
				levels[k] = map[string]int{}
			}
			totals[k] = append(totals[k], t)
			levels[k][s.e.levels().Word(t)]++
		}
	}
	out := make([]RiskGroup, 0, len(totals))
	for k, list := range totals {
		slices.Sort(list)
		g := RiskGroup{Name: k, Identities: len(list), Median: percentile(list, 50), P90: percentile(list, 90), Max: list[len(list)-1], Worst: s.Name(worst[k]), Levels: levels[k], History: []RiskSum{}}
		for _, t := range list {
			g.Sum += t
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b RiskGroup) int { return cmp.Or(cmp.Compare(b.Sum, a.Sum), cmp.Compare(a.Name, b.Name)) })
	return out
}

// percentile is the nearest rank: the smallest of which at least p percent are as
// small.
func percentile(sorted []int, p int) int {
	return sorted[max((len(sorted)*p+99)/100-1, 0)]
}

func groupKeys(s *Snapshot, row int, by string) []string {
	f := s.Facts(row)
	switch by {
	case "source":
		if src := s.Row(row).Sources; len(src) > 0 {
			return src
		}
		return []string{""}
	case "env":
		return []string{f.Env}
	case "type":
		return []string{s.Type(row)}
	case "system":
		return []string{s.Ref(row).System()}
	case "business_unit":
		return []string{f.BusinessUnit}
	}
	return []string{f.Owner}
}
