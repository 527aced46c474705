// Package rows reads what any system can write down: a stream of our own
// records (JSON Lines), or rows (CSV, JSON, JSON Lines, LDIF) with a mapping
// that says which column becomes which field. It is the shared half of the file
// and exec connectors and of the interview: bytes come in, records and notes go
// out.
//
// Everything is streamed. A line, a row and a decompressed stream have a size
// past which they are refused; what is refused is said with its place, and the
// rest goes on.
package rows

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/droverhq/drover"
)

// The bounds of what is read. What exceeds one is Lost with its place.
const (
	MaxLine    = 16 << 20 // bytes of one line, row, LDIF entry or JSON item
	maxColumns = 1 << 17  // columns of a row
	maxLines   = 1 << 16  // physical lines of one quoted CSV row or folded LDIF line
	maxItems   = 1 << 16  // values that one expression or JSON path may give
	maxDepth   = 64       // nesting of a mapping file and of a path
	maxPlan    = 100_000  // section records of one stream
	maxSeen    = 1 << 20  // nodes of which a section remembers that they were emitted
)

// A Sink takes what a section reads; *connector.Out is one.
type Sink interface {
	Record(r drover.Record)
	Note(where, text string)
	Lost(where string, err error)
	Unread(where, text string)
}

// A Section runs fn as one part of a scan and records how it went, with the
// promises of connector.Scan.Section. It returns an error only when the whole
// scan must end.
type Section func(ctx context.Context, name, coverage string, fn func(ctx context.Context, out Sink) error) error

// An Input is one stream of bytes.
type Input struct {
	Place  string                        // as notes name it: a path, a command; no secret
	Format Format                        // FormatAuto: by name and first bytes
	AsOf   time.Time                     // when its content was true; zero: unknown
	Open   func() (io.ReadCloser, error) // may be called more than once; the caller closes
	// Check, if set, is called after the last byte. Its error (the file changed
	// while read, the command failed) makes what was read partial.
	Check func() error
}

// Format is how the bytes of an Input are laid out.
type Format string

const (
	FormatAuto  Format = "auto"
	FormatJSONL Format = "jsonl" // records; with a mapping, one JSON object a line
	FormatCSV   Format = "csv"
	FormatTSV   Format = "tsv"
	FormatJSON  Format = "json" // rows at the mapping's items path
	FormatLDIF  Format = "ldif"
)

// Formats lists every Format.
var Formats = []Format{FormatAuto, FormatJSONL, FormatCSV, FormatTSV, FormatJSON, FormatLDIF}

func at(place string, line int64) string {
	if line <= 0 {
		return place
	}
	return fmt.Sprintf("%s:%d", place, line)
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
