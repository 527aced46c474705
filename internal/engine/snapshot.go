package engine

import (
	"context"
	"maps"
	"time"

	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/internal/store"
)

// A Snapshot is the estate at one generation, classified. It is immutable, but for
// what it remembers of its reader: whether they asked for risk.
type Snapshot struct {
	*graph.Snapshot

	e     *Engine
	now   time.Time
	judge *judge.Judge
	table *filter.Table
	held  *held

	key  string // under which it may be kept; "": it may not
	risk snapshotRisk

	early bool // evidence was passed over because its moment has not come: not to be kept
}

// Snapshot returns the snapshot of a moment; the zero time is now. What the store
// knew at that moment counts, and ages are measured from it. With Options.Keep the
// one of now may be of a moment ago: see Refresh.
func (e *Engine) Snapshot(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	if e.memory != nil {
		s, err := e.memory.snapshot(ctx, e, asOf)
		if err != nil {
			return nil, err
		}
		return s.view(ctx), nil
	}
	made := e.make
	if !e.sight.All() {
		made = e.makeNarrow
	}
	s, err := made(ctx, asOf)
	if err != nil {
		return nil, err
	}
	return s.view(ctx), nil
}

// make makes a snapshot of a moment, from its file or from the store.
func (e *Engine) make(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	gen, err := e.store.Latest(ctx)
	now := e.o.Now()
	if !asOf.IsZero() {
		gen, err = e.store.AsOf(ctx, asOf)
		now = asOf
	}
	if err != nil {
		return nil, err
	}
	return e.makeOf(ctx, gen, asOf, now)
}

func (e *Engine) makeOf(ctx context.Context, gen store.Generation, asOf, now time.Time) (*Snapshot, error) {
	key, keep := e.savedKey(gen, asOf)
	if keep {
		if s := e.saved(ctx, key, now); s != nil {
			s.key = key
			return s, nil
		}
	}
	s, err := e.build(ctx, gen, now)
	if err != nil {
		return nil, err
	}
	if keep && !s.early {
		s.key = key
		e.save(ctx, s, key)
	}
	return s, nil
}

// newSnapshot is the snapshot of an estate that was concluded.
func (e *Engine) newSnapshot(g *graph.Snapshot, now time.Time, j *judge.Judge) *Snapshot {
	s := &Snapshot{Snapshot: g, e: e, now: now, judge: j}
	s.held = newHeld(s)
	return s
}

// view is the snapshot for one reader.
func (s *Snapshot) view(ctx context.Context) *Snapshot {
	v := &Snapshot{Snapshot: s.Snapshot, e: s.e, now: s.now, judge: s.judge, key: s.key, early: s.early, held: s.held}
	t := *s.Snapshot.Table()
	t.Columns = maps.Clone(t.Columns)
	t.Columns["naming"], t.Columns["owned"] = s.held.naming, s.held.owned
	t.Columns["risk"] = riskColumn(s.Seen(), &v.risk, func() ([]int64, error) { return s.held.riskOf(ctx) })
	t.Masks = &s.held.masks
	v.table = &t
	return v
}

// Table returns the rows that a source asserts as columns for filters.
func (s *Snapshot) Table() *filter.Table {
	if s.table == nil {
		return s.Snapshot.Table()
	}
	return s.table
}

// build reads the store and concludes.
func (e *Engine) build(ctx context.Context, gen store.Generation, now time.Time) (*Snapshot, error) {
	b := graph.NewBuilder(gen.ID, gen.At)
	for f, err := range e.store.Nodes(ctx, gen.ID, e.scope) {
		if err != nil {
			return nil, err
		}
		b.Node(graph.Row{ID: f.ID, Entity: f.Entity, Node: f.Node, Sources: f.Sources, FirstSeen: f.FirstSeen, Observed: f.Observed})
	}
	if err := e.edges(ctx, gen.ID, b); err != nil {
		return nil, err
	}
	early, err := e.evidence(ctx, gen.ID, now, b)
	if err != nil {
		return nil, err
	}
	tags, err := e.store.Tags(ctx, gen.ID, e.scope)
	if err != nil {
		return nil, err
	}
	for _, t := range tags {
		for _, v := range judge.TagValues(t.Key, t.Value) {
			b.Label(e.store.RefID(t.Ref), classify.Label{Key: t.Key, Value: v, By: t.Who})
		}
	}
	g := b.Index()
	j := judge.New(g, e.settings, now)
	if err := j.Apply(b); err != nil {
		return nil, err
	}
	b.Build(now, j.Facts)
	s := e.newSnapshot(g, now, j)
	s.early = early
	return s, nil
}

// Now is the moment that ages in this snapshot are measured from.
func (s *Snapshot) Now() time.Time { return s.now }

// evidence sums up what the store knows of each node's use. Early is true when
// some of it speaks of a moment that has not come.
func (e *Engine) evidence(ctx context.Context, gen int64, now time.Time, b *graph.Builder) (early bool, err error) {
	var id int64
	var u graph.Use
	for v, err := range e.store.Evidence(ctx, gen, e.scope) {
		if err != nil {
			return false, err
		}
		if v.ID != id && id != 0 {
			b.Use(id, u)
			u = graph.Use{}
		}
		id = v.ID
		if judge.AddEvidence(&u, v.Evidence, v.Observed, now) {
			early = true
		}
	}
	if id != 0 {
		b.Use(id, u)
	}
	return early, nil
}

// Classify concludes everything about row i again, with its reasons.
func (s *Snapshot) Classify(i int) classify.Result { return s.judge.Classify(i) }
