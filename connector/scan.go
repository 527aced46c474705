package connector

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
)

// A Scan is one reading of a source.
type Scan struct {
	*Session

	// Only, when not empty, names the sections that were asked for; Section skips
	// the others.
	Only []string

	// AsOf is when what the next sections read was true; zero: now. Whoever reads
	// an old export sets it before Section, so that it does not overwrite newer facts.
	AsOf time.Time

	// Known lists the sections of this source that hold something, by a coverage
	// that begins so. Extensions call Gone, not this. Nil: nothing is known.
	Known func(ctx context.Context, prefix string) ([]drover.Section, error)

	// Open begins a section in the engine. Extensions call Section, not this.
	Open func(ctx context.Context, name, coverage string) (Sink, error)
}

// A Sink takes what one section sees. Its methods may be called from several
// goroutines. Put and Keep return an error when the scan cannot go on.
type Sink interface {
	Put(part string, r drover.Record) error
	Keep(part string) error
	Close(s drover.Section) error
}

// Section runs one part of a scan. Coverage is the key that absence speaks of,
// the same for every source that reads the same thing: "postgres:74239…/roles".
//
// What fn emits becomes visible when it returns, all at once. If fn returns nil,
// everything seen earlier under coverage and not now is gone. If fn returns an
// error, or called Lost, what it emitted is kept, nothing is removed where it
// failed, the failure is recorded, and the scan goes on. A panic in fn is that
// section's failure. If fn returns Skip before it emitted anything, nothing is
// changed and the scan is none the worse.
//
// Section returns an error only when the whole scan must end: ctx is done, or
// the results cannot be stored.
func (s *Scan) Section(ctx context.Context, name, coverage string, fn func(ctx context.Context, out *Out) error) error {
	if len(s.Only) > 0 && !contains(s.Only, name) {
		return nil
	}
	sink, err := s.Open(ctx, name, coverage)
	if err != nil {
		return fmt.Errorf("section %s: %w", name, err)
	}
	sctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := &Out{root: &outRoot{sink: sink, cancel: cancel}}
	err = protect(func() error { return fn(sctx, out) })
	r := out.root
	// Several goroutines note what they meet; two scans of one system say the same.
	slices.SortStableFunc(r.notes[:min(len(r.notes), maxNotes)], func(a, b drover.Note) int { return strings.Compare(a.Where, b.Where) })
	if r.failed != nil {
		return fmt.Errorf("section %s: %w", name, r.failed)
	}
	sec := drover.Section{Name: name, Coverage: coverage, Status: drover.StatusOK, Objects: r.objects, Notes: r.notes}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx) // fn ended early without saying so
	}
	var skipped *skip
	switch {
	case err != nil && r.objects == 0 && r.lost == 0 && ctx.Err() == nil && errors.As(err, &skipped):
		sec.Status, sec.Error = drover.StatusSkipped, skipped.reason
	case err != nil && r.objects == 0:
		sec.Status, sec.Error = drover.StatusFailed, err.Error()
	case err != nil:
		sec.Status, sec.Error = drover.StatusPartial, err.Error()
	case r.lost > 0:
		sec.Status = drover.StatusPartial
		sec.Error = fmt.Sprintf("%d of the places could not be read, see notes; nothing known there was removed", r.lost)
	}
	if err := sink.Close(sec); err != nil {
		return fmt.Errorf("section %s: %w", name, err)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("section %s: %w", name, context.Cause(ctx))
	}
	return nil
}

// Gone ends what is known under the coverages that begin with prefix and are not
// among alive: things that have sections of their own (repositories of a folder,
// accounts of an organization) and are no longer in the list of them. Call it only
// after that list was read to its end. Why says what it means that one is missing.
// A scan that was asked for some sections only ends nothing.
func (s *Scan) Gone(ctx context.Context, prefix string, alive []string, why string) error {
	if s.Known == nil || len(s.Only) > 0 {
		return nil
	}
	known, err := s.Known(ctx, prefix)
	if err != nil {
		return fmt.Errorf("list what is known of %s: %w", prefix, err)
	}
	for _, k := range known {
		if contains(alive, k.Coverage) {
			continue
		}
		if err := s.Section(ctx, k.Name, k.Coverage, func(_ context.Context, out *Out) error {
			out.Note(k.Name, why)
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// Skip is the error by which a section says that what it reads lies outside of
// what its source is meant to see, by its options or by what the other side has
// at all. The reason says what would be seen, and the option or grant that shows
// it. Where the source is meant to see it and may not, return another error.
func Skip(reason string) error { return &skip{reason} }

type skip struct{ reason string }

func (s *skip) Error() string { return s.reason }

func protect(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the connector panicked (a bug; please report it): %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}

// An Out takes what a section sees. Its methods may be called from several
// goroutines; a failure to store cancels the section's context.
type Out struct {
	root *outRoot
	part string
}

type outRoot struct {
	sink   Sink
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	failed  error
	objects int64
	notes   []drover.Note
	lost    int
}

// maxNotes bounds what one section says; the rest is counted.
const maxNotes = 1000

// At returns an Out for one part of the section, such as a file: absence is
// judged part by part, so that Lost and Unread can spare one of them; on the
// section's own Out they spare all of it. Parts form a path: a part lost spares
// the parts below it, after "/". A node emitted in several parts is one
// assertion for each, merged when read.
func (o *Out) At(part string) *Out { return &Out{o.root, part} }

// Node emits a node. The engine refuses one that is not valid and notes it.
func (o *Out) Node(n drover.Node) { o.put(drover.Record{Node: &n}) }

// Edge emits an edge.
func (o *Out) Edge(e drover.Edge) { o.put(drover.Record{Edge: &e}) }

// Evidence emits a volatile fact.
func (o *Out) Evidence(e drover.Evidence) { o.put(drover.Record{Evidence: &e}) }

// Document emits a document and returns its hash, for Attrs["document"].
func (o *Out) Document(d drover.Document) string {
	o.put(drover.Record{Document: &d})
	return d.Hash
}

// Record emits one record of any of the four kinds above.
func (o *Out) Record(r drover.Record) { o.put(r) }

func (o *Out) put(r drover.Record) {
	err := o.root.sink.Put(o.part, r)
	o.root.mu.Lock()
	defer o.root.mu.Unlock()
	switch {
	case err == nil:
		o.root.objects++
	case errors.Is(err, drover.ErrInvalid):
		// One bad record never costs the others, and it must not look like absence.
		o.root.note(drover.Note{Where: o.part, Text: err.Error(), Lost: true})
	case o.root.failed == nil:
		o.root.failed = err
		o.root.cancel(err)
	}
}

// Note records something worth knowing that does not weaken the section.
func (o *Out) Note(where, text string) {
	o.root.mu.Lock()
	defer o.root.mu.Unlock()
	o.root.note(drover.Note{Where: where, Text: text})
}

// Lost records that what lies at this part could not be read although it should
// have been: malformed, truncated, an error half-way. Nothing known there is
// removed and the section is partial.
func (o *Out) Lost(where string, err error) {
	o.Keep()
	o.root.mu.Lock()
	defer o.root.mu.Unlock()
	o.root.note(drover.Note{Where: where, Text: err.Error(), Lost: true})
}

// Unread records that this part lies outside what the scan may read, such as
// another user's folder. Nothing known there is removed; the section stays ok.
func (o *Out) Unread(where, text string) {
	o.Keep()
	o.root.mu.Lock()
	defer o.root.mu.Unlock()
	o.root.note(drover.Note{Where: where, Text: text, Unread: true})
}

// Keep spares this part and says nothing: another section of the scan says why
// it was not read.
func (o *Out) Keep() {
	err := o.root.sink.Keep(o.part)
	o.root.mu.Lock()
	defer o.root.mu.Unlock()
	if err != nil && o.root.failed == nil {
		o.root.failed = err
		o.root.cancel(err)
	}
}

func (r *outRoot) note(n drover.Note) {
	if n.Lost {
		r.lost++
	}
	if len(r.notes) < maxNotes {
		r.notes = append(r.notes, n)
	} else if len(r.notes) == maxNotes {
		r.notes = append(r.notes, drover.Note{Text: fmt.Sprintf("more than %d notes; the rest are not kept", maxNotes)})
	}
}
