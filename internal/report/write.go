package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// Formats lists how a report can be written.
var Formats = []string{"txt", "md", "html", "pdf", "csv", "json"}

// Write writes a report in one of Formats. The error wraps drover.ErrInvalid for
// any other.
func Write(w io.Writer, format string, r *Report) error {
	var err error
	switch format {
	case "txt":
		err = writeText(w, r)
	case "md":
		err = writeMarkdown(w, r)
	case "html":
		err = writeHTML(w, r)
	case "pdf":
		err = writePDF(w, r)
	case "csv":
		err = writeCSV(w, r)
	case "json":
		err = writeJSON(w, r)
	default:
		return fmt.Errorf("a report cannot be written as %q; there are %s: %w", format, strings.Join(Formats, ", "), drover.ErrInvalid)
	}
	if err != nil {
		return fmt.Errorf("write report as %s: %w", format, err)
	}
	return nil
}

// Known reports whether a format is one of Formats.
func Known(format string) bool { return slices.Contains(Formats, format) }

func writeJSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
