// Package jsonl writes records one JSON object a line: the form that the file
// and exec connectors read back without loss.
package jsonl

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

var Format = &export.Format{
	Name: "jsonl",
	Doc: `One record a line as a JSON object with one field, its kind: node, edge, evidence, document, event, finding or section. Names are lower snake_case, times RFC 3339,
durations nanoseconds; what is unknown is left out. A section record ends its section. The file connector reads it back as it was; bytes that are not UTF-8 become U+FFFD.`,
	MediaType: "application/x-ndjson",
	Write:     write,
}

var options = json.JoinOptions(jsonv1.FormatDurationAsNano(true), jsontext.AllowInvalidUTF8(true), jsontext.EscapeForJS(true), json.Deterministic(true))

func write(ctx context.Context, w io.Writer, _ export.Head, records iter.Seq2[drover.Record, error]) error {
	n := 0
	for r, err := range records {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		n++
		kind := r.Kind()
		if kind == "" {
			return fmt.Errorf("write record %d: not exactly one of its fields is set: %w", n, drover.ErrInvalid)
		}
		line, err := json.Marshal(r, options)
		if err != nil {
			return fmt.Errorf("write record %d, a %s: %w", n, kind, err)
		}
		if len(line) > maxLine {
			return fmt.Errorf("write record %d, a %s: %d bytes are more than a reader takes, %d: %w", n, kind, len(line), maxLine, drover.ErrInvalid)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("write record %d: %w", n, err)
		}
	}
	return nil
}

// maxLine is what the file connector reads in one line.
const maxLine = 16 << 20
