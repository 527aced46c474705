package engine

import (
	"context"
	"time"

	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/internal/store"
)

// A Snapshot is the estate at one generation, classified. It is immutable.
type Snapshot struct {
	*graph.Snapshot

	e     *Engine
	now   time.Time
	judge *judge.Judge

	key  string // under which it may be kept; "": it may not
	risk snapshotRisk

	early bool // evidence was passed over because its moment has not come: not to be kept
}

// Snapshot makes the snapshot of a moment; the zero time is now. What the store
// knew at that moment counts, and ages are measured from it.
func (e *Engine) Snapshot(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	gen, err := e.store.Latest(ctx)
	now := e.o.Now()
	if !asOf.IsZero() {
		gen, err = e.store.AsOf(ctx, asOf)
		now = asOf
	}
	if err != nil {
		return nil, err
	}
	key, keep := e.savedKey(gen, asOf)
	if keep {
		if s := e.saved(ctx, key, now); s != nil {
			s.key = key
			s.addNaming()
			s.addOwned()
			s.addRisk(ctx)
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
	s.addNaming()
	s.addOwned()
	s.addRisk(ctx)
	return s, nil
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
	s := &Snapshot{e: e, now: now, early: early}
	s.Snapshot = b.Index()
	s.judge = judge.New(s.Snapshot, e.settings, now)
	if err := s.judge.Apply(b); err != nil {
		return nil, err
	}
	b.Build(now, s.judge.Facts)
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
