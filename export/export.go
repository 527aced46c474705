// Package export turns a stream of records into a format that somebody else
// reads. Where the bytes go is not its business.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/droverhq/drover"
)

// A Format is a function from records to bytes.
type Format struct {
	Name      string // folder and -o value: "jsonl"
	Doc       string // Markdown: what a reader can rely on
	MediaType string

	// Write writes every record it can express, in the order given, and stops at
	// the first error of the stream, which it returns. It never holds the whole
	// stream in memory.
	Write func(ctx context.Context, w io.Writer, records iter.Seq2[drover.Record, error]) error
}

// Validate reports what is wrong with the values of a list of formats.
func Validate(list []*Format) error {
	seen := map[string]bool{}
	var errs []error
	for _, f := range list {
		switch {
		case f.Name == "" || f.Doc == "" || f.MediaType == "" || f.Write == nil:
			errs = append(errs, fmt.Errorf("format %q is incomplete: %w", f.Name, drover.ErrInvalid))
		case seen[f.Name]:
			errs = append(errs, fmt.Errorf("format %q is listed twice: %w", f.Name, drover.ErrInvalid))
		}
		seen[f.Name] = true
	}
	return errors.Join(errs...)
}
