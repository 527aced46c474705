// Package export turns a stream of records into a format that somebody else
// reads. Where the bytes go is not its business.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Format is a function from records to bytes.
type Format struct {
	Name      string // folder and -o value: "jsonl"
	Doc       string // Markdown: what a reader can rely on
	MediaType string
	Ending    string // of a file that holds it, with the dot; empty: "." and the name

	// Write writes every record it can express and stops at the first error of
	// the stream, which it returns. It never holds the whole stream in memory: a
	// format that ranks keeps the worst and counts the rest, see [Ranking].
	Write func(ctx context.Context, w io.Writer, head Head, records iter.Seq2[drover.Record, error]) error
}

// A Head is what a document says of itself beside its records. The zero value
// is that of a bare stream: everything in it may be unknown.
type Head struct {
	Tool    string    // the version of drover
	Kind    string    // of record, as Record.Kind names it: says which columns an empty table has
	Title   string    // "" where the format has a usual one
	Now     time.Time // the moment that the records are about; times say how long ago from here
	Subject string    // which part of the estate: the filter, the sources; "": all of it
	Gaps    []string  // what could not be looked at, one sentence each
	Rules   []Rule    // the checks that were asked, also those that found nothing

	// Fixes are the acts that end the findings, the one that helps most first, for
	// formats that group; FixOf names the one of a finding, "" where it is none of
	// them. Both nil: a format groups by what the findings themselves say.
	Fixes []Fix
	FixOf func(f *drover.Finding) string
}

// A Fix is one act and what it comes to.
type Fix struct {
	ID          string // as FixOf gives it
	Title       string // in the imperative
	Ends        int    // findings
	RiskRemoved int    // points
}

// A Rule is a check or a detection rule as readers of findings know it.
type Rule struct {
	ID         string
	Title      string
	Area       string
	Severity   drover.Severity
	Controls   []string
	Why        string // Markdown, as How and False
	How        string
	False      string
	References []string
	URL        string // of its page
	Detection  bool   // it looks at events, not at a state
	Failed     string // why it could not look; "": it looked at everything that it applies to
}

// FileEnding is the ending of a file that holds the format, with its dot.
func (f *Format) FileEnding() string {
	if f.Ending != "" {
		return f.Ending
	}
	return "." + f.Name
}

// Validate reports what is wrong with the values of a list of formats.
func Validate(list []*Format) error {
	seen := map[string]bool{}
	var errs []error
	for _, f := range list {
		switch {
		case f.Name == "" || f.Doc == "" || f.MediaType == "" || f.Write == nil:
			errs = append(errs, fmt.Errorf("format %q is incomplete: %w", f.Name, drover.ErrInvalid))
		case f.Ending != "" && !strings.HasPrefix(f.Ending, "."):
			errs = append(errs, fmt.Errorf("format %q: the ending %q has no dot: %w", f.Name, f.Ending, drover.ErrInvalid))
		case seen[f.Name]:
			errs = append(errs, fmt.Errorf("format %q is listed twice: %w", f.Name, drover.ErrInvalid))
		}
		seen[f.Name] = true
	}
	return errors.Join(errs...)
}
