package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/internal/authz"
)

// An Event is one thing that happened, for who watches. What is in it can be asked
// for again: an event that was missed loses nothing but time.
type Event struct {
	ID         string          `json:"id"` // rising, also over a restart; to who sees a part of the estate it tells nothing
	At         time.Time       `json:"at"`
	Kind       string          `json:"kind"` // one of EventKinds
	Source     string          `json:"source,omitempty"`
	Subject    drover.Ref      `json:"subject,omitempty"`
	Operation  string          `json:"operation,omitempty"`
	Generation int64           `json:"generation,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"` // its form depends on the kind
	actor      string          // whose operation it speaks of
	watcher    string          // of view.changed: id of who watches
	grants     []authz.Grant   // of view.changed: within which its numbers were counted
	n          int64           // ID as a number
}

// EventKinds are the kinds of events.
var EventKinds = []string{"reset", "generation", "operation", "scan.row", "scan.section", "scan.done", "scan.failed", "scan.recovered", "check.done", "finding.opened", "finding.closed", "finding.decided", "view.changed"}

// EventFields are the fields that events can be filtered by.
var EventFields = []filter.Field{
	{Name: "kind", Enum: true, Help: "generation, operation, scan.row, scan.section, scan.done, scan.failed, scan.recovered, check.done, finding.opened, finding.closed, finding.decided, view.changed"},
	{Name: "source", Enum: true, Help: "id of the source that it speaks of"},
	{Name: "subject", Help: "ref of what it speaks of"},
	{Name: "operation", Enum: true, Help: "id of the operation that it belongs to"},
}

// ringSize is how many events can be asked for again. At a few hundred bytes each they
// take a megabyte.
const ringSize = 4096

// A hub hands events on. Who publishes never waits: events go into a ring, from
// which each subscriber reads at its own speed. One that is so slow that the ring
// came round is told to begin anew.
type hub struct {
	mu   sync.Mutex
	ring []Event // the last events
	era  int64   // of this life of the hub; 0: nobody subscribed yet and nothing is kept
	seq  int64   // of the last event of the era
	wake chan struct{}
	gen  int64 // the last generation that was told

	places places
}

// eraShift leaves room for four billion events of each of two million eras in what
// a JavaScript number holds.
const eraShift = 32

// begin gives the hub its era; it keeps nothing before.
func (h *hub) begin(ctx context.Context, next func(context.Context) (int64, error)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.era > 0 {
		return nil
	}
	era, err := next(ctx)
	if err != nil {
		return err
	}
	h.era, h.wake = era, make(chan struct{})
	return nil
}

// publish adds an event. Without an era it does nothing: nobody listens.
func (h *hub) publish(v Event, data any) {
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			raw = []byte("null") // what cannot be written is asked for by who is interested
		}
		v.Data = raw
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(v)
}

func (h *hub) add(v Event) {
	if h.era == 0 {
		return
	}
	h.seq++
	v.n = h.era<<eraShift | h.seq
	v.ID = strconv.FormatInt(v.n, 10)
	if len(h.ring) == ringSize {
		copy(h.ring, h.ring[ringSize/4:]) // a quarter at a time: the copy is rare
		h.ring = h.ring[:ringSize-ringSize/4]
	}
	h.ring = append(h.ring, v)
	close(h.wake)
	h.wake = make(chan struct{})
}

// generation tells of a generation once.
func (h *hub) generation(id int64, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id > h.gen {
		h.gen = id
		h.add(Event{At: at, Kind: "generation", Generation: id})
	}
}

// since returns what came after an event, and what will be closed when more comes.
// ok is false where what came after is not known any more.
func (h *hub) since(after int64) (list []Event, wake <-chan struct{}, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	last := h.era<<eraShift | h.seq
	first := last - int64(len(h.ring)) // what came after this one is kept
	if after < first || after > last {
		return nil, h.wake, false
	}
	return append(list, h.ring[after-first:]...), h.wake, true
}

func (h *hub) last() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.era<<eraShift | h.seq
}

// A Subscription reads events in order. It is used by one goroutine.
type Subscription struct {
	e      *Engine
	after  int64
	reset  bool // tell of it first
	filter *filter.Filter
}

// Subscribe begins to read events: those after the one whose id is given, or those
// from now on for "". Where that one is not known any more, too old or of a life
// before, the first event is a reset: what is shown is to be asked for again. The
// filter is over EventFields; a reset passes it always. Errors wrap
// drover.ErrInvalid for a filter or an id that are none.
func (e *Engine) Subscribe(ctx context.Context, after, text string) (*Subscription, error) {
	f, err := filter.Parse(text, EventFields, e.o.Now())
	if err != nil {
		return nil, err
	}
	if e.o.ReadOnly {
		return nil, fmt.Errorf("the store is open to read only, and what happens is known by who writes: %w", drover.ErrConflict)
	}
	if err := e.live.hub.begin(ctx, e.store.NextEra); err != nil {
		return nil, err
	}
	s := &Subscription{e: e, filter: f, after: e.live.hub.last()}
	if after != "" {
		n, err := s.read(after)
		if err != nil {
			return nil, err
		}
		if _, _, ok := e.live.hub.since(n); ok {
			s.after = n
		} else {
			s.reset = true
		}
	}
	e.live.watch(e)
	return s, nil
}

// After is the id of the last event that Next went over, also of one that it did
// not tell.
func (s *Subscription) After() string { return s.id(s.after) }

// id is the id of a place as who listens is told it.
func (s *Subscription) id(n int64) string {
	if s.e.sight.All() {
		return strconv.FormatInt(n, 10)
	}
	return s.e.live.hub.places.seal(n)
}

// read is the place that an id names, -1 for one that means nothing to who listens:
// it was told to somebody who sees more, or less.
func (s *Subscription) read(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	sealed, ok := s.e.live.hub.places.open(id)
	switch {
	case ok && !s.e.sight.All():
		return sealed, nil
	case ok, err == nil && n >= 0 && !s.e.sight.All():
		return -1, nil
	case err == nil && n >= 0:
		return n, nil
	}
	return 0, fmt.Errorf("event %.40q is no id of an event: %w", id, drover.ErrInvalid)
}

// Next waits for events and returns those that there are. It returns the error of
// ctx when that ends first.
func (s *Subscription) Next(ctx context.Context) ([]Event, error) {
	for {
		list, wake, ok := s.e.live.hub.since(s.after)
		if !ok || s.reset {
			s.reset = false
			s.after = s.e.live.hub.last()
			return []Event{{At: s.e.o.Now().UTC(), Kind: "reset", ID: s.After(), n: s.after}}, nil
		}
		if len(list) > 0 {
			s.after = list[len(list)-1].n
			out, err := s.keep(ctx, list)
			if err != nil || len(out) > 0 {
				return out, err
			}
			continue
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// keep leaves what the filter keeps and who listens may know of.
func (s *Subscription) keep(ctx context.Context, list []Event) ([]Event, error) {
	text := func(get func(v *Event) string) *filter.Column {
		return &filter.Column{Text: func(i int) string { return get(&list[i]) }}
	}
	rows, err := s.filter.Eval(&filter.Table{Rows: len(list), Columns: map[string]*filter.Column{
		"kind":      text(func(v *Event) string { return v.Kind }),
		"source":    text(func(v *Event) string { return v.Source }),
		"subject":   text(func(v *Event) string { return string(v.Subject) }),
		"operation": text(func(v *Event) string { return v.Operation }),
	}, Words: func(i int) []string { return []string{list[i].Kind, list[i].Source, string(list[i].Subject)} }})
	if err != nil {
		return nil, err
	}
	var out []Event
	for _, i := range rows {
		if s.e.hears(ctx, &list[i]) {
			v := list[i]
			v.ID = s.id(v.n)
			out = append(out, v)
		}
	}
	return out, nil
}

// live is what an open engine does beside answering: it tells of events and works
// on operations. Engines that act for different callers share it.
type live struct {
	hub    hub
	jobs   jobs
	trials chan struct{} // a place for each copy of the graph that is made at once

	once sync.Once
	ctx  context.Context // ends with the engine
	stop context.CancelCauseFunc
	wg   sync.WaitGroup
}

func newLive() *live {
	l := &live{trials: make(chan struct{}, maxTrials)}
	l.ctx, l.stop = context.WithCancelCause(context.Background())
	l.jobs.init()
	return l
}

// errClosed is why work ends when the engine closes.
var errClosed = errors.New("drover is stopping")

// close ends what goes on and waits for it.
func (l *live) close() {
	l.stop(errClosed)
	l.wg.Wait()
}

// lookEvery is how often the store is asked for generations that others made.
const lookEvery = time.Second

// watch tells of generations, whoever made them, once somebody listens.
func (l *live) watch(e *Engine) {
	l.once.Do(func() {
		l.wg.Go(func() {
			t := time.NewTicker(lookEvery)
			defer t.Stop()
			for l.ctx.Err() == nil {
				if gen, err := e.store.Latest(l.ctx); err == nil {
					l.hub.generation(gen.ID, gen.At)
				}
				select {
				case <-t.C:
				case <-l.ctx.Done():
				}
			}
		})
	})
}
