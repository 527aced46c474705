// Package csv writes nodes or findings as a table that people open in a
// spreadsheet.
package csv

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/rows"
	"github.com/droverhq/drover/export"
)

// Columns is the header of nodes; columns are only ever added at its end.
var Columns = []string{"ref_system", "ref_tenant", "ref_type", "ref_id", "kind", "type", "name", "aliases", "created", "rotated", "expires", "attrs"}

// Format is the table.
var Format = &export.Format{
	Name: "csv",
	Doc: `One row a node, after a header: the four decoded segments of its ref, kind, type, name, aliases (one a line), created, rotated and expires (RFC 3339, empty: unknown) and attrs (JSON).
A stream of findings is a table of findings: id, fingerprint, check, severity, state, the subject, the five parts (evidence, unknowns and controls one a line), times, owner, risk.
What a stream is of, its first node or finding says; edges, evidence and the rest are passed over; jsonl has them. A cell that a spreadsheet would run as a formula, or that begins with ', has one ' before it; the mapping drover takes it off again.
Control characters, characters that turn the direction of text, and bytes that are not UTF-8 are written as \u{...}; cells are cut at 32,000 bytes, which is what spreadsheets hold.`,
	MediaType: "text/csv; charset=utf-8; header=present",
	Write:     write,
}

func write(ctx context.Context, w io.Writer, head export.Head, records iter.Seq2[drover.Record, error]) error {
	out := csv.NewWriter(w)
	kind := ""
	header := func(k string) error {
		kind = k
		columns := Columns
		if kind == "finding" {
			columns = FindingColumns
		}
		if err := out.Write(columns); err != nil {
			return fmt.Errorf("write header: %w", err)
		}
		return nil
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if k := r.Kind(); kind == "" && (k == "node" || k == "finding") {
			if err := header(k); err != nil {
				return err
			}
		}
		var cells []string
		switch {
		case kind == "node" && r.Node != nil:
			cells = row(r.Node)
		case kind == "finding" && r.Finding != nil:
			cells = findingRow(r.Finding)
		default:
			continue
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("write row: %w", err)
		}
	}
	if kind == "" {
		if err := header(head.Kind); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func row(n *drover.Node) []string {
	system, tenant, typ, id, _ := n.Ref.Parts()
	return safe([]string{system, tenant, typ, id, string(n.Kind), n.Type, n.Name, lines(n.Aliases), stamp(n.Created), stamp(n.Rotated), stamp(n.Expires), string(n.Attrs)}, 7)
}

// safe makes cells fit for a spreadsheet; those at the places named keep their
// line feeds.
func safe(row []string, joined ...int) []string {
	for i := range row {
		keep := false
		for _, j := range joined {
			keep = keep || i == j
		}
		row[i] = rows.Formula(export.Visible(row[i], maxCell, keep))
	}
	return row
}

const maxCell = 32_000

// lines joins texts by line feeds, which safe leaves; those inside one text are
// made visible first.
func lines(list []string) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = export.Visible(a, maxCell, false)
	}
	return strings.Join(out, "\n")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
