package rows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/droverhq/drover"
)

// A Stream is a JSON Lines stream of records, ready to be replayed section by
// section. See drover.Record for how section records divide it.
type Stream struct {
	Input    Input
	Limit    int64  // plain bytes; zero: unlimited
	Coverage string // of what stands after the last section record
	Declared bool   // people say so: see Mapping.Declared

	// Claims counts the sections under each coverage key. The streams of one scan
	// share it, and all are planned before one is replayed.
	Claims map[string]int

	plan []planned
}

// planned is what the first pass learns of a section: its records are the lines
// up to its own.
type planned struct {
	name, coverage string
	line           int64 // of the section record; 0: the records after the last one
}

// Plan reads the stream once to learn its sections, for a section is named at
// its end. Under a coverage key that appears more than once absence proves
// nothing. The error says that nothing can be replayed.
func (s *Stream) Plan(ctx context.Context) error {
	if s.Claims == nil {
		s.Claims = map[string]int{}
	}
	rest := false
	err := s.lines(ctx, func(_ *lineReader, line []byte, lerr error, n int64) error {
		if lerr == nil && len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		rest = true
		// A key may be spelled with escapes; replay would take it for a section.
		if lerr != nil || !bytes.Contains(line, []byte(`"section"`)) && !bytes.Contains(line, []byte(`\u`)) {
			return nil //nolint:nilerr // the reading that follows meets it again, and says so
		}
		r, err := DecodeRecord(line)
		if err != nil || r.Section == nil {
			return nil //nolint:nilerr // as above
		}
		if len(s.plan) >= maxPlan {
			return fmt.Errorf("%s: more than %d section records: %w", s.Input.Place, maxPlan, drover.ErrInvalid)
		}
		s.plan = append(s.plan, planned{name: r.Section.Name, coverage: r.Section.Coverage, line: n})
		rest = false
		return nil
	})
	if errors.Is(err, errOpen) || ctx.Err() != nil {
		return err
	}
	if rest || len(s.plan) == 0 || err != nil {
		s.plan = append(s.plan, planned{name: "records", coverage: s.Coverage})
	}
	for _, p := range s.plan {
		s.Claims[p.coverage]++
	}
	return nil
}

var errOpen = errors.New("cannot be opened")

// lines calls fn for every line; lerr is errLong for one that was dropped.
func (s *Stream) lines(ctx context.Context, fn func(l *lineReader, line []byte, lerr error, n int64) error) error {
	f, err := s.Input.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", errOpen, err)
	}
	defer f.Close()
	p, err := Plain(f, s.Limit)
	if err != nil {
		return err
	}
	defer p.Close()
	l := newLineReader(p)
	for {
		if l.n&1023 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, errLong) {
			return err
		}
		if err := fn(l, line, err, l.n); err != nil {
			return err
		}
	}
}

// errSectionEnd stops the reading of one section.
var errSectionEnd = errors.New("end of section")

// Replay runs every planned section. Plan must have been called.
func (s *Stream) Replay(ctx context.Context, section Section) error {
	f, err := s.Input.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", errOpen, err)
	}
	defer f.Close()
	p, openErr := Plain(f, s.Limit)
	l := newLineReader(bytes.NewReader(nil))
	if openErr == nil {
		defer p.Close()
		l = newLineReader(p)
	}
	var from int64 // lines up to here belong to earlier sections
	for i, plan := range s.plan {
		last := i == len(s.plan)-1
		err := section(ctx, plan.name, plan.coverage, func(ctx context.Context, out Sink) error {
			if openErr != nil {
				return openErr
			}
			rd := replay{s: s, plan: plan, out: out, l: l}
			err := rd.run(ctx, from)
			if last && s.Input.Check != nil {
				err = errors.Join(err, s.Input.Check())
			}
			return err
		})
		if err != nil {
			return err
		}
		from = plan.line
	}
	return nil
}

// A replay is the reading of one section of a stream.
type replay struct {
	s       *Stream
	plan    planned
	out     Sink
	l       *lineReader
	seen    int64 // records of the section, those that could not be read left out
	passed  int64 // events and findings: a writer may count them or not
	dropped map[string]int
}

func (r *replay) run(ctx context.Context, from int64) error {
	place := r.s.Input.Place
	switch {
	case r.plan.line == 0:
		r.out.Unread(place, "no section record ends these records, so what is missing here may still exist; nothing was removed")
	case r.s.Claims[r.plan.coverage] > 1:
		r.out.Unread(place, "another part of the same input covers "+cut(r.plan.coverage, 200)+" too; nothing was removed")
	}
	r.dropped = map[string]int{}
	defer r.noteDropped()
	for {
		if r.l.n&255 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, err := r.l.next()
		switch {
		case errors.Is(err, io.EOF) && r.plan.line == 0:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%s ends before its section record on line %d: it changed while it was read", place, r.plan.line)
		case r.l.n <= from && (err == nil || errors.Is(err, errLong)):
			continue // of a section that was not asked for
		case errors.Is(err, errLong):
			r.out.Lost(at(place, r.l.n), err)
		case err != nil:
			return fmt.Errorf("%s: after line %d: %w", place, r.l.n, err)
		case len(bytes.TrimSpace(line)) > 0:
			if err := r.line(line); errors.Is(err, errSectionEnd) {
				return r.end(line)
			}
		}
		if r.plan.line > 0 && r.l.n >= r.plan.line {
			return fmt.Errorf("%s:%d is no section record any more: it changed while it was read", place, r.l.n)
		}
	}
}

func (r *replay) line(line []byte) error {
	rec, err := DecodeRecord(line)
	if err != nil {
		r.out.Lost(at(r.s.Input.Place, r.l.n), err)
		return nil
	}
	switch kind := rec.Kind(); kind {
	case "section":
		if r.l.n != r.plan.line {
			r.out.Lost(at(r.s.Input.Place, r.l.n), errors.New("a section record that was not there before: the input changed while it was read"))
			return nil
		}
		return errSectionEnd
	case "event", "finding":
		r.dropped[kind]++
		r.passed++
	default:
		r.seen++
		if r.s.Declared {
			declare(r.out, rec, "file", r.s.Input.AsOf)
			return nil
		}
		r.out.Record(rec)
	}
	return nil
}

// end hands on how the section that is replayed had gone: what was partial
// where it was read is partial here.
func (r *replay) end(line []byte) error {
	rec, err := DecodeRecord(line)
	if err != nil || rec.Section == nil {
		return fmt.Errorf("%s:%d changed while it was read", r.s.Input.Place, r.l.n)
	}
	sec := rec.Section
	for _, n := range sec.Notes {
		if n.Lost {
			r.out.Lost(n.Where, errors.New(n.Text))
		} else {
			r.out.Note(n.Where, n.Text)
		}
	}
	switch sec.Status {
	case drover.StatusOK:
		// Lines may be lost between the writer and us; what they named is not gone.
		if sec.Objects != 0 && sec.Objects != r.seen && sec.Objects != r.seen+r.passed {
			return fmt.Errorf("%s:%d says %s, %s read; nothing was removed", r.s.Input.Place, r.l.n, objects(sec.Objects), wasRead(r.seen))
		}
		return nil
	case drover.StatusPartial, drover.StatusFailed, drover.StatusStale, drover.StatusSkipped:
		why := sec.Error
		if why == "" {
			why = "no reason is given"
		}
		return fmt.Errorf("%s:%d says the section was %s: %s", r.s.Input.Place, r.l.n, sec.Status, cut(why, 2000))
	}
	return fmt.Errorf("%s:%d: status %q is none of ok, partial, failed, stale, skipped: %w", r.s.Input.Place, r.l.n, cut(string(sec.Status), 40), drover.ErrInvalid)
}

func objects(n int64) string {
	if n == 1 {
		return "1 object"
	}
	return fmt.Sprintf("%d objects", n)
}

func wasRead(n int64) string {
	if n == 1 {
		return "1 was"
	}
	return fmt.Sprintf("%d were", n)
}

func (r *replay) noteDropped() {
	for _, kind := range []string{"event", "finding"} {
		if n := r.dropped[kind]; n > 0 {
			r.out.Note(r.s.Input.Place, fmt.Sprintf("%d %s records were not read: a source brings nodes, edges, evidence and documents", n, kind))
		}
	}
}
