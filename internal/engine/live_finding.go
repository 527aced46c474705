package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/internal/store"
)

// findings are those of the present as they stand: what the runs found, and what
// was decided. They are shared and never written.
type findings struct {
	mark store.Mark
	s    *Snapshot // of the same moment
	raw  *rawFindings
	list []drover.Finding

	memos memos
}

// rawFindings are findings before decisions.
type rawFindings struct {
	list   []drover.Finding
	shapes map[string]string // by fingerprint
}

// current reports whether findings are as the store and the slot have them.
func (f *findings) current(l *memory, s *slot) bool {
	m, cur := l.mark.Load(), s.cur.Load()
	return (m == nil || m.Decisions == f.mark.Decisions && m.Runs == f.mark.Runs) && (cur == nil || cur == f.s)
}

// ask makes the findings of a slot anew in the background, once for all who want
// them; nil when the server stops.
func (s *slot) ask(l *memory) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asking == nil && l.ctx.Err() == nil {
		s.asking = l.start(func(ctx context.Context) error {
			f, err := s.e.nextFindings(ctx, s)
			if err == nil {
				s.found.Store(f)
			}
			return err
		}, func() { s.mu.Lock(); s.asking = nil; s.mu.Unlock() })
	}
	return s.asking
}

// findings are the shared findings of the present, for an engine.
func (l *memory) findings(ctx context.Context, e *Engine) ([]drover.Finding, error) {
	f, err := l.foundOf(ctx, e)
	if err != nil {
		return nil, err
	}
	return f.list, nil
}

func (l *memory) foundOf(ctx context.Context, e *Engine) (*findings, error) {
	s := l.slot(e)
	if f := s.found.Load(); f != nil {
		return f, nil
	}
	if err := s.ask(l).wait(ctx); err != nil {
		return nil, err
	}
	f := s.found.Load()
	if f == nil {
		return nil, errors.New("the server stops")
	}
	return f, nil
}

// picked is what a query keeps of findings.
type picked struct {
	list   []drover.Finding
	hidden int
}

// findingSize is how many numbers take as much memory as a finding.
const findingSize = 64

// keptFindings is what a query keeps of the present, filtered and ordered once.
func (e *Engine) keptFindings(ctx context.Context, q FindingQuery) ([]drover.Finding, int, error) {
	f, err := e.memory.foundOf(ctx, e)
	if err != nil {
		return nil, 0, err
	}
	size := func(p picked) int { return findingSize * len(p.list) }
	key := q.key()
	if p, err := filter.Parse(q.Filter, FindingFields, time.Time{}); err == nil {
		if p.Timed() { // what was found a month ago is another thing tomorrow
			key += e.o.Now().Truncate(time.Minute).String()
		}
		if p.Mentions("env") { // what it is of may have been tagged since
			s, err := e.Snapshot(ctx, time.Time{})
			if err != nil {
				return nil, 0, err
			}
			key += fmt.Sprint(" of ", s.Generation)
		}
	}
	p, err := memoised(ctx, &f.memos, key, size, func(ctx context.Context) (p picked, err error) {
		p.list, p.hidden, err = e.pickFindings(ctx, f.list, q)
		p.list = slices.Clip(p.list)
		return p, err
	})
	return p.list, p.hidden, err
}

// key tells queries of one moment apart.
func (q *FindingQuery) key() string {
	return fmt.Sprintf("%d %q %t %q", q.MinSeverity, q.Sort, q.anyState, q.Filter)
}

// nextFindings reads what is new. Where nothing was found since, only what was
// decided is applied again.
func (e *Engine) nextFindings(ctx context.Context, s *slot) (*findings, error) {
	mark, err := e.store.Mark(ctx)
	if err != nil {
		return nil, err
	}
	cur, err := e.memory.snapshot(ctx, e, time.Time{})
	if err != nil {
		return nil, err
	}
	before := s.found.Load()
	f := &findings{mark: mark, s: cur}
	switch {
	case before != nil && before.mark.Runs == mark.Runs && (e.sight.All() || before.s.Generation == cur.Generation):
		f.raw = before.raw
	case e.sight.All():
		f.raw, err = e.storedFindings(ctx)
	default:
		f.raw, err = e.narrowFindings(ctx)
	}
	if err != nil {
		return nil, err
	}
	f.list = slices.Clone(f.raw.list)
	if len(f.list) == 0 {
		return f, nil
	}
	if err := e.decided(ctx, f.list, f.raw.shapes, e.o.Now(), time.Time{}); err != nil {
		return nil, err
	}
	return f, e.doubt(ctx, f.list)
}

// storedFindings are what the runs of the checks kept.
func (e *Engine) storedFindings(ctx context.Context) (*rawFindings, error) {
	r := &rawFindings{shapes: map[string]string{}}
	err := e.store.EachFinding(ctx, func(f store.StoredFinding) error {
		r.list = append(r.list, f.Finding)
		r.shapes[f.Fingerprint()] = f.Shape
		return nil
	})
	return r, err
}

// narrowFindings are what the checks say of the part of the estate that a caller
// sees, with the history that is known of the same findings. What was found on the
// whole estate may rest on what the caller does not see, and is not told.
func (e *Engine) narrowFindings(ctx context.Context) (*rawFindings, error) {
	e, err := e.asking()
	if err != nil {
		return nil, err
	}
	x, err := e.Effects(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	ran, err := e.store.CheckRuns(ctx, 1)
	if err != nil || len(ran) == 0 {
		return &rawFindings{shapes: map[string]string{}}, err // nobody looked yet
	}
	checks, err := e.pick(nil)
	if err != nil {
		return nil, err
	}
	r := &CheckResult{Counts: map[string]int{}}
	run := &checkRun{e: e, x: x, r: r, at: x.s.now, exempt: map[[2]string]*ExemptGroup{}}
	if _, err := run.run(ctx, checks, nil); err != nil {
		return nil, err
	}
	out := &rawFindings{list: r.list, shapes: map[string]string{}}
	place := map[string]int{}
	for i := range out.list {
		key := out.list[i].Fingerprint()
		out.list[i].LastSeen = ran[0].At
		place[key], out.shapes[key] = i, store.FindingShape(&out.list[i])
	}
	err = e.store.EachFinding(ctx, func(f store.StoredFinding) error {
		if i, ok := place[f.Fingerprint()]; ok {
			out.list[i].FirstSeen, out.list[i].State = f.FirstSeen, f.State
			if f.State == drover.FindingFixed {
				out.list[i].State = drover.FindingOpen
			}
		}
		return nil
	})
	return out, err
}

// narrowAbout are the findings about some subjects that a caller sees.
func (e *Engine) narrowAbout(ctx context.Context, refs []drover.Ref) ([]drover.Finding, error) {
	all, err := e.findingsAt(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	out := []drover.Finding{}
	for i := range all {
		if slices.Contains(refs, all[i].Subject.Ref) {
			out = append(out, all[i])
		}
	}
	return out, nil
}
