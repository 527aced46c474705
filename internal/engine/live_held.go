package engine

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/judge"
)

// held is what all readers of one snapshot share: what follows from it, each made
// when it is first asked for.
type held struct {
	s *Snapshot // as it was made, no reader's view

	effects lazy[*Effects]
	risk    lazy[[]int64]
	naming  *filter.Column
	owned   *filter.Column

	mu     sync.Mutex
	orders map[string]*lazy[*order]
	sets   setCache
	masks  filter.Masks
	coded  map[string]*lazy[*filter.Column]
	valued map[string]*lazy[[]bitset] // the rows of each value
	refs   lazy[[]uint32]             // the place of each row in the order of refs

	lookups lazy[*lookups]
	summary lazy[Summary]
	memos   memos
	drawn   *drawnCache
	cuts    memos // best cuts, by whose
	tier0   lazy[[]uint32]
	cells   identityCells
}

func newHeld(s *Snapshot) *held {
	h := &held{s: s, drawn: &drawnCache{}, orders: map[string]*lazy[*order]{}, coded: map[string]*lazy[*filter.Column]{}, valued: map[string]*lazy[[]bitset]{}}
	h.naming, h.owned = s.namingColumn(), s.ownedColumn()
	return h
}

// apart reports whether what is shared is made apart from who asks first.
func (h *held) apart() bool { return h.s.e.memory != nil }

func (h *held) effectsOf(ctx context.Context) (*Effects, error) {
	return h.effects.get(ctx, h.apart(), func(ctx context.Context) (*Effects, error) { return h.s.e.makeEffects(ctx, h.s) })
}

// riskOf is the risk of each row.
func (h *held) riskOf(ctx context.Context) ([]int64, error) {
	return h.risk.get(ctx, h.apart(), func(ctx context.Context) ([]int64, error) {
		x, err := h.effectsOf(ctx)
		if err != nil {
			return nil, err
		}
		m, err := h.s.e.Risk(ctx, x)
		if err != nil {
			return nil, err
		}
		return riskInts(ctx, m)
	})
}

// timely are the fields that change with nothing but time.
var timely = []string{"lifecycle", "status", "owned", "risk"}

// again is the same estate at a later moment.
func (s *Snapshot) again(now time.Time) *Snapshot {
	var j *judge.Judge
	g, changed := s.Snapshot.Again(now, func(next *graph.Snapshot) func(i int) graph.Facts {
		j = judge.New(next, s.e.settings, now)
		return j.Facts
	})
	n := s.e.newSnapshot(g, now, j)
	if changed == 0 {
		n.key = s.key
	}
	n.held.carry(s.held, changed == 0)
	return n
}

// carry takes over what time does not change. The graph of effects changes only
// with the status of credentials.
func (h *held) carry(from *held, same bool) {
	if refs, ok := from.refs.peek(); ok {
		h.refs.put(refs)
	}
	if l, ok := from.lookups.peek(); ok {
		next := *l
		next.s = h.s
		h.lookups.put(&next)
	}
	if same {
		h.drawn = from.drawn
	}
	if x, ok := from.effects.peek(); ok && same {
		next := &Effects{Graph: x.Graph, s: h.s, scores: &scores{}}
		if st, ok := x.scores.standing.peek(); ok {
			next.scores.standing.put(st)
		}
		h.effects.put(next)
	}
	from.mu.Lock()
	defer from.mu.Unlock()
	for name, l := range from.orders {
		if o, ok := l.peek(); ok && !slices.Contains(timely, strings.TrimPrefix(name, "-")) {
			h.orders[name] = &lazy[*order]{}
			h.orders[name].put(o)
		}
	}
	if l := from.coded["naming"]; l != nil {
		h.coded["naming"] = l
	}
}

// warm makes what readers asked of the snapshot before, so that they need not wait
// for it when this one takes its place. What fails fails again for who asks.
func (h *held) warm(ctx context.Context, before *held) {
	v := h.s.view(ctx)
	if _, ok := before.lookups.peek(); ok {
		_, _ = h.lookupsOf(ctx)
		h.search(v)
	}
	if _, ok := before.effects.peek(); ok {
		_, _ = h.effectsOf(ctx)
	}
	if _, ok := before.risk.peek(); ok {
		_, _ = h.riskOf(ctx)
	}
	before.mu.Lock()
	orders, coded := slices.Collect(maps.Keys(before.orders)), slices.Collect(maps.Keys(before.coded))
	before.mu.Unlock()
	for _, by := range orders {
		_, _ = v.orderBy(ctx, by)
	}
	for _, name := range coded {
		_ = h.codes(name, v.Table().Columns[name])
	}
}

// warmUp makes what the first readers will ask for.
func (h *held) warmUp(ctx context.Context) {
	v := h.s.view(ctx)
	h.search(v)
	_, _ = h.s.Find("a/b/c/d") // makes what finds refs
	_, _ = h.lookupsOf(ctx)
	_, _ = h.effectsOf(ctx)
	_, _ = h.riskOf(ctx)
	_, _ = v.orderBy(ctx, "-risk")
	for i := range h.s.Rows(drover.KindIdentity) { // reads people and teams
		_ = h.s.ownerDetail(i)
		break
	}
	if v.Len() >= largeFrom {
		_, _ = h.s.e.Home(ctx, time.Time{})
	}
}

// search makes what searches go over; where that is much, with an index.
func (h *held) search(v *Snapshot) {
	for _, name := range v.Table().Searched {
		if t := v.Table().Columns[name].Folded(); v.Len() >= largeFrom {
			t.Index()
		}
	}
}
