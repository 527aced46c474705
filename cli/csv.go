package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/droverhq/drover/connector/rows"
	"github.com/droverhq/drover/internal/engine"
)

// listCSV streams the usual cells of a list, or those of --fields: the same that the
// API streams. A list without cells has its columns.
func (a *app) listCSV(w io.Writer, l listing) error {
	sealed := engine.NewReceiver(w, l.Receipt)
	rows, err := a.rowsCSV(sealed, l)
	if err == nil && l.Failed != nil {
		err = l.Failed() // what is cut short gets no receipt
	}
	if err != nil {
		return err
	}
	return sealed.End(rows)
}

func (a *app) rowsCSV(w io.Writer, l listing) (n int, err error) {
	if l.Item == nil {
		return a.columnsCSV(w, l)
	}
	cells, err := engine.Cells(strings.TrimPrefix(l.Schema, "drover/v1/"), l.Item, a.fields)
	if err != nil {
		if cols, of := a.chosen(l, true); of == nil && len(cols) > 0 {
			return a.columnsCSV(w, l) // --fields names what the table has
		}
		return 0, fmt.Errorf("--fields: %w", err)
	}
	c := csv.NewWriter(w)
	row := make([]string, 0, len(cells))
	for _, cell := range cells {
		row = append(row, cell.Name)
	}
	if err := c.Write(row); err != nil {
		return n, err
	}
	for item := range l.Items {
		n++
		if err := c.Write(engine.Row(cells, item, row[:0])); err != nil {
			return n, err
		}
	}
	c.Flush()
	return n, c.Error()
}

// writes reports whether something is written in a format.
func (a *app) writes(format string) bool {
	return a.format == format || slices.ContainsFunc(a.outputs, func(path string) bool {
		of, err := formatOfFile(path)
		return err == nil && of == format
	})
}

func (a *app) columnsCSV(w io.Writer, l listing) (n int, err error) {
	cols, err := a.chosen(l, true)
	if err != nil {
		return n, err
	}
	c := csv.NewWriter(w)
	row := make([]string, len(cols))
	for i, col := range cols {
		row[i] = col.key()
	}
	if err := c.Write(row); err != nil {
		return n, err
	}
	for item := range l.Items {
		n++
		for i, col := range cols {
			row[i] = cell(col.Get(item))
		}
		if err := c.Write(row); err != nil {
			return n, err
		}
	}
	c.Flush()
	return n, c.Error()
}

// cell makes a text fit for a spreadsheet: what it would take for a formula
// begins with an apostrophe (OWASP, CSV Injection). A lone "-" is no formula.
func cell(s string) string {
	if s = safe(s); s == "-" {
		return s
	}
	return rows.Formula(s)
}

// escapes are what Markdown and the HTML in it would take for markup.
var escapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "\\`", "[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`, "~", `\~`, "!", `\!`)

// markdown writes a table; every cell is text and nothing else.
func markdown(w io.Writer, l listing, cols []column) error {
	var head []string
	for _, c := range cols {
		head = append(head, c.Name)
	}
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(cols)))
	row := make([]string, len(cols))
	for item := range l.Items {
		for i, c := range cols {
			row[i] = escapes.Replace(safe(c.Get(item)))
		}
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | ")); err != nil {
			return err
		}
	}
	return nil
}
