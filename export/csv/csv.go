// Package csv writes nodes as a table that people open in a spreadsheet.
package csv

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/rows"
	"github.com/droverhq/drover/export"
)

// Columns is the header; columns are only ever added at its end.
var Columns = []string{"ref_system", "ref_tenant", "ref_type", "ref_id", "kind", "type", "name", "aliases", "created", "rotated", "expires", "attrs"}

var Format = &export.Format{
	Name: "csv",
	Doc: `One row a node, after a header: the four decoded segments of its ref, kind, type, name, aliases (one a line), created, rotated and expires (RFC 3339, empty: unknown) and attrs (JSON).
Edges, evidence and the rest are passed over; jsonl has them. A cell that a spreadsheet would run as a formula, or that begins with ', has one ' before it; the mapping drover takes it off again.
Control characters, characters that turn the direction of text, and bytes that are not UTF-8 are written as \u{...}; cells are cut at 32,000 bytes, which is what spreadsheets hold.`,
	MediaType: "text/csv; charset=utf-8; header=present",
	Write:     write,
}

func write(ctx context.Context, w io.Writer, records iter.Seq2[drover.Record, error]) error {
	out := csv.NewWriter(w)
	if err := out.Write(Columns); err != nil {
		return fmt.Errorf("write header: %w", err)
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if r.Node == nil {
			continue
		}
		if err := out.Write(row(r.Node)); err != nil {
			return fmt.Errorf("write row: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

func row(n *drover.Node) []string {
	system, tenant, typ, id, _ := n.Ref.Parts()
	row := []string{system, tenant, typ, id, string(n.Kind), n.Type, n.Name, aliases(n.Aliases), stamp(n.Created), stamp(n.Rotated), stamp(n.Expires), string(n.Attrs)}
	for i := range row {
		row[i] = rows.Formula(visible(row[i], i == 7))
	}
	return row
}

// aliases are joined by newlines, which visible leaves; those inside one alias
// are made visible first.
func aliases(list []string) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = visible(a, false)
	}
	return strings.Join(out, "\n")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

const maxCell = 32_000

// visible writes out what a reader cannot see or a program might obey.
func visible(s string, newlines bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if b.Len() > maxCell {
			b.WriteString("…")
			break
		}
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x{%02x}`, s[i])
		case c == '\n' && newlines:
			b.WriteByte('\n')
		case c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x200b && c <= 0x200f || c >= 0x2028 && c <= 0x202e || c >= 0x2060 && c <= 0x206f || c == 0xfeff:
			fmt.Fprintf(&b, `\u{%x}`, c)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}
