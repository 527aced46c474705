package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/secret"
)

// A ScanRequest says what to scan.
type ScanRequest struct {
	Words    []string // sources, connectors, paths; empty: everything configured
	Only     []string // names of sections; empty: all
	Rows     int      // how many of the first identities and credentials Progress tells of
	Progress func(Progress)

	lease *store.Lease // in whose name it writes; nil: nobody's
	begun bool         // that it begins is recorded already
}

// Progress is one thing that happened during a scan.
type Progress struct {
	Source string
	First  *drover.Node    // the first identity that the scan saw
	Row    *drover.Node    // one of the first rows
	Done   *drover.Section // a section that ended
	Seen   int64           // records so far, of all sources
	Says   string          // of a scan by another process: how far it is, in words
}

// A ScanResult is what `drover scan` prints.
type ScanResult struct {
	Schema     string       `json:"schema"`
	ID         string       `json:"id"`
	Generation int64        `json:"generation"`
	Started    time.Time    `json:"started"`
	Seconds    float64      `json:"seconds"`
	Status     string       `json:"status"`
	Sources    []ScanSource `json:"sources"`
	Counts     ScanCounts   `json:"counts"`
	Changes    ScanChanges  `json:"changes"`

	// OwnerTasks counts what must be done about owners after the scan; null: it was
	// not counted, see `drover owner tasks`.
	OwnerTasks *int `json:"owner_tasks"`
}

// ScanSource is how the scan of one source went.
type ScanSource struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"`
	Status   drover.Status  `json:"status"`
	Error    string         `json:"error,omitempty"`
	Sections []SectionState `json:"sections"`
}

// SectionState is one section as scan prints it.
type SectionState struct {
	Name     string        `json:"name"`
	Coverage string        `json:"coverage"`
	Status   drover.Status `json:"status"`
	Objects  int64         `json:"objects"`
	Error    *string       `json:"error"`
	Notes    []drover.Note `json:"notes,omitempty"`
}

// ScanCounts is the estate after the scan.
type ScanCounts struct {
	Identities  int `json:"identities"`
	Credentials int `json:"credentials"`
	Humans      int `json:"humans"`
	Resources   int `json:"resources"`
	Edges       int `json:"edges"`
	Unseen      int `json:"unseen"`
}

// Large reports whether a list of the estate takes seconds the first time.
func (c ScanCounts) Large() bool {
	return c.Identities+c.Credentials+c.Humans+c.Resources+c.Unseen >= largeFrom
}

// ScanChanges counts the nodes and the edges that the scan changed.
type ScanChanges struct {
	Added        int64 `json:"added"`
	Changed      int64 `json:"changed"`
	Removed      int64 `json:"removed"`
	EdgesAdded   int64 `json:"edges_added"`
	EdgesChanged int64 `json:"edges_changed"`
	EdgesRemoved int64 `json:"edges_removed"`

	// Joined counts the nodes that became members of another's entity, since they
	// turned out to be the same thing; Parted those that left one.
	Joined int64 `json:"joined"`
	Parted int64 `json:"parted"`
}

// parallel is how many sources are read at a time.
const parallel = 4

// Scan reads sources into the store. A source that fails does not end the
// others: the result says how each went. The error is about the scan as a whole:
// a word that names nothing, a store that cannot be written, ctx. On a cancelled
// ctx the result is returned beside the error, stored as partial. The error wraps
// drover.ErrConflict where one of the sources is being scanned.
func (e *Engine) Scan(ctx context.Context, req ScanRequest) (*ScanResult, error) {
	sources, err := e.scannable(ctx, req)
	if err != nil {
		return nil, err
	}
	release, err := e.live.jobs.claim(claimsOf(sources), "another scan")
	if err != nil {
		return nil, err
	}
	defer release()
	return e.scanSources(ctx, sources, req)
}

// scannable are the sources that a request means.
func (e *Engine) scannable(ctx context.Context, req ScanRequest) ([]Source, error) {
	sources, err := e.Resolve(ctx, req.Words)
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("every configured source is disabled: %w", drover.ErrInvalid)
	}
	return sources, e.sectionsExist(ctx, sources, req.Only)
}

func (e *Engine) scanSources(ctx context.Context, sources []Source, req ScanRequest) (*ScanResult, error) {
	started := e.o.Now()
	if !req.begun {
		if err := e.auditScan(ctx, sources, req, nil, nil); err != nil {
			return nil, err
		}
	}
	run, err := e.store.BeginScan(ctx, store.ScanStart{Started: started, Lease: req.lease})
	if err != nil {
		return nil, err
	}
	res := &ScanResult{Schema: "drover/v1/scan", ID: run.ID, Started: started.UTC().Truncate(time.Second), Sources: make([]ScanSource, len(sources))}
	w := &watch{progress: req.Progress, rows: req.Rows}
	var g errgroup.Group
	g.SetLimit(parallel)
	for i, s := range sources {
		g.Go(func() error {
			var err error
			res.Sources[i], err = e.scanSource(ctx, run, s, req.Only, w)
			return err
		})
	}
	err = errors.Join(g.Wait(), unknownSections(req.Only, res.Sources))
	res.Status = worst(res.Sources)
	if ctx.Err() != nil {
		res.Status = string(drover.StatusPartial) // not done, whatever came of it
	}
	res.Changes = w.changes
	bg := context.WithoutCancel(ctx)
	end := store.ScanEnd{Status: drover.Status(res.Status)}
	for _, s := range res.Sources {
		end.Sources = append(end.Sources, store.ScanSource{ID: s.ID, Kind: s.Kind, Status: s.Status, Error: s.Error})
	}
	err = errors.Join(err, run.End(bg, end), e.noteOwn(bg))
	var serr error
	res.Generation, res.Counts, serr = e.settle(bg, &res.Changes)
	if serr == nil && ctx.Err() == nil {
		e.changed(bg)
		res.OwnerTasks = e.countTasks(bg, res)
	}
	res.Seconds = e.o.Now().Sub(started).Seconds()
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	err = errors.Join(err, serr)
	return res, errors.Join(err, e.auditScan(bg, sources, req, res, err))
}

// auditScan records that a scan begins, or with a result how it ended.
func (e *Engine) auditScan(ctx context.Context, sources []Source, req ScanRequest, res *ScanResult, err error) error {
	a := AuditEntry{Action: "scan.run", Outcome: AuditStarted, Detail: map[string]any{}}
	var ids []string
	for _, s := range sources {
		ids = append(ids, s.ID)
	}
	if len(ids) == 1 {
		a.Target = ids[0]
	}
	const most = 100
	a.Detail["sources"] = ids[:min(most, len(ids))]
	if len(req.Only) > 0 {
		a.Detail["sections"] = req.Only[:min(most, len(req.Only))]
	}
	if res != nil {
		a.Outcome = map[string]string{string(drover.StatusPartial): AuditPartial, string(drover.StatusFailed): AuditFailed}[res.Status]
		a.Detail["scan"], a.Detail["status"], a.Detail["generation"] = res.ID, res.Status, res.Generation
	}
	if err != nil {
		a.Outcome, a.Detail["error"] = AuditFailed, scrubbed(err)
	}
	return e.Audit(ctx, a)
}

// unread says why each source could not be read.
func (r *ScanResult) unread() error {
	var list []error
	for _, s := range r.Sources {
		why := s.Error
		for i := range s.Sections {
			if why == "" && s.Sections[i].Error != nil {
				why = *s.Sections[i].Error
			}
		}
		list = append(list, fmt.Errorf("%s: %s", s.ID, cmp.Or(why, "no section could be read")))
	}
	return errors.Join(list...)
}

// unknownSections refuses a --section that no source has, since it read nothing.
func unknownSections(only []string, sources []ScanSource) error {
	for _, name := range only {
		ran := slices.ContainsFunc(sources, func(s ScanSource) bool {
			return s.Error != "" || slices.ContainsFunc(s.Sections, func(x SectionState) bool { return x.Name == name })
		})
		if !ran {
			return fmt.Errorf("no source has a section called %q; `drover scan --dry-run` lists them: %w", name, drover.ErrInvalid)
		}
	}
	return nil
}

func worst(sources []ScanSource) string {
	ok := 0
	for _, s := range sources {
		if s.Status == drover.StatusOK {
			ok++
		}
	}
	switch {
	case ok == len(sources):
		return string(drover.StatusOK)
	case slices.ContainsFunc(sources, func(s ScanSource) bool { return s.Status != drover.StatusFailed }):
		return string(drover.StatusPartial)
	}
	return string(drover.StatusFailed)
}

// scanSource reads one source. Its error is about the store, never the source.
func (e *Engine) scanSource(ctx context.Context, run *store.ScanRun, s Source, only []string, w *watch) (out ScanSource, fatal error) {
	out = ScanSource{ID: s.ID, Kind: s.Kind, Sections: []SectionState{}}
	now := e.o.Now().UTC()
	sess, err := e.session(s, now)
	if err != nil {
		out.Status, out.Error = drover.StatusFailed, scrubbed(err)
		return out, nil
	}
	var mu sync.Mutex
	var sections []drover.Section
	var sinks []*sink
	var failed error
	var scan *connector.Scan
	scan = &connector.Scan{Session: sess, Only: only, Open: func(ctx context.Context, name, coverage string) (connector.Sink, error) {
		observed := now
		if !scan.AsOf.IsZero() && scan.AsOf.Before(now) {
			observed = scan.AsOf
		}
		stage, err := run.Stage(ctx, store.StageInfo{Source: s.ID, Name: sectionName(name), Coverage: keyText(coverage), Observed: observed})
		if err != nil {
			mu.Lock()
			failed = err
			mu.Unlock()
			return nil, err
		}
		k := &sink{stage: stage, seen: func(r drover.Record) { w.saw(s.ID, r) }, done: func(r store.SectionResult) {
			mu.Lock()
			sections = append(sections, r.Section)
			mu.Unlock()
			w.ended(s.ID, r)
		}}
		mu.Lock()
		sinks = append(sinks, k)
		mu.Unlock()
		return k, nil
	}}
	scan.Known = func(ctx context.Context, prefix string) ([]drover.Section, error) { return e.known(ctx, s.ID, prefix) }
	err = guarded(s.Connector, func() error { return s.Connector.Discover(ctx, scan) })
	for _, k := range sinks {
		k.abort()
	}
	slices.SortStableFunc(sections, func(a, b drover.Section) int {
		return strings.Compare(a.Name+"\x00"+a.Coverage, b.Name+"\x00"+b.Coverage)
	})
	for _, sec := range sections {
		st := SectionState{Name: sec.Name, Coverage: sec.Coverage, Status: sec.Status, Objects: sec.Objects, Notes: sec.Notes}
		if sec.Status == drover.StatusStale && sec.Error == "" {
			sec.Error = "what was read is older than what is known from a newer look; nothing was changed"
		}
		if sec.Error != "" {
			st.Error = &sec.Error
		}
		out.Sections = append(out.Sections, st)
	}
	out.Status = status(err, sections)
	if err != nil {
		out.Error = scrubbed(err)
		if ctx.Err() == nil && failed == nil && storeFailed(err) {
			failed = err
		}
	}
	if ctx.Err() != nil {
		failed = nil // the caller reports the cancellation
	}
	return out, failed
}

// known lists the sections of a source that hold something, by the beginning of
// their coverage.
func (e *Engine) known(ctx context.Context, source, prefix string) ([]drover.Section, error) {
	last, err := e.store.LastSections(ctx, e.scope)
	if err != nil {
		return nil, err
	}
	var out []drover.Section
	for _, l := range last {
		empty := l.Section.Status == drover.StatusOK && l.Section.Objects == 0
		if l.Source == source && strings.HasPrefix(l.Section.Coverage, prefix) && !empty {
			out = append(out, l.Section)
		}
	}
	return out, nil
}

// storeFailed reports whether a scan ended because its results could not be kept.
func storeFailed(err error) bool { return errors.Is(err, drover.ErrConflict) }

func scrubbed(err error) string { return text(secret.RedactString(err.Error()), maxNote) }

// guarded runs what a connector does; a panic in it is its failure. The value of
// a panic can hold whatever the connector had in hand, so it is not told.
func guarded(c *connector.Connector, run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			what := fmt.Sprintf("%T", p)
			if r, ok := p.(runtime.Error); ok {
				what = r.Error()
			}
			err = fmt.Errorf("connector %s panicked (a bug; please report it): %s", c.Name, what)
		}
	}()
	return run()
}

// watch counts what all sources see and tells the caller.
type watch struct {
	progress func(Progress)

	mu      sync.Mutex
	first   bool
	rows    int // that are still to be told
	seen    int64
	changes ScanChanges
}

func (w *watch) saw(source string, r drover.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen++
	if w.progress != nil && !w.first && r.Node != nil && r.Node.Kind == drover.KindIdentity {
		w.first = true
		w.progress(Progress{Source: source, First: r.Node, Seen: w.seen})
	}
	if w.progress != nil && w.rows > 0 && r.Node != nil && (r.Node.Kind == drover.KindIdentity || r.Node.Kind == drover.KindCredential) {
		w.rows--
		w.progress(Progress{Source: source, Row: r.Node, Seen: w.seen})
	}
}

func (w *watch) ended(source string, r store.SectionResult) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes.Added += r.Added
	w.changes.Changed += r.Changed
	w.changes.Removed += r.Removed
	w.changes.EdgesAdded += r.EdgesAdded
	w.changes.EdgesChanged += r.EdgesChanged
	w.changes.EdgesRemoved += r.EdgesRemoved
	if w.progress != nil {
		w.progress(Progress{Source: source, Done: &r.Section, Seen: w.seen})
	}
}

// A PlannedRead is one line of `scan --dry-run`.
type PlannedRead struct {
	Source string `json:"source"`
	What   string `json:"what"`
	Where  string `json:"where"`
	Found  bool   `json:"found"`
}

// DryRun lists what a scan would read, reading nothing.
func (e *Engine) DryRun(ctx context.Context, words []string, emit func(PlannedRead)) error {
	sources, err := e.Resolve(ctx, words)
	if err != nil {
		return err
	}
	for _, s := range sources {
		sess, err := e.session(s, e.o.Now())
		if err != nil {
			return err
		}
		emit := func(r connector.Read) { emit(PlannedRead{s.ID, r.What, secret.RedactString(r.Where), r.Found}) }
		if err := guarded(s.Connector, func() error { return s.Connector.Reads(ctx, sess, emit) }); err != nil {
			return fmt.Errorf("source %s: %w", s.ID, err)
		}
	}
	return nil
}

// TestSource checks that a source can be reached and read. That it was tried is
// recorded.
func (e *Engine) TestSource(ctx context.Context, id string) error {
	return e.tried(ctx, AuditEntry{Action: "source.test", Target: id}, e.testSource(ctx, id))
}

// tried records something that changes nothing, with how it went, and returns err.
func (e *Engine) tried(ctx context.Context, a AuditEntry, err error) error {
	if err != nil {
		a.Outcome = AuditFailed
		if errors.Is(err, drover.ErrPermission) {
			a.Outcome = AuditRefused
		}
		detail := map[string]any{"error": scrubbed(err)}
		for k, v := range a.Detail {
			detail[k] = v
		}
		a.Detail = detail
	}
	return errors.Join(err, e.Audit(ctx, a))
}

func (e *Engine) testSource(ctx context.Context, id string) error {
	list, err := e.Resolve(ctx, []string{id})
	if err != nil {
		return err
	}
	for _, s := range list {
		sess, err := e.session(s, e.o.Now())
		if err != nil {
			return err
		}
		if err := guarded(s.Connector, func() error { return s.Connector.Probe(ctx, sess) }); err != nil {
			return fmt.Errorf("source %s: %w", s.ID, redactedError{err})
		}
	}
	return nil
}

// redactedError hides what looks like a secret in an error's text and keeps what
// can be asked of it.
type redactedError struct{ err error }

func (r redactedError) Error() string { return scrubbed(r.err) }
func (r redactedError) Unwrap() error { return r.err }
