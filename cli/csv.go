package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/droverhq/drover/connector/rows"
)

// listCSV streams every column, or those of --fields.
func (a *app) listCSV(w io.Writer, l listing) error {
	cols, err := a.chosen(l, true)
	if err != nil {
		return err
	}
	c := csv.NewWriter(w)
	row := make([]string, len(cols))
	for i, col := range cols {
		row[i] = col.key()
	}
	if err := c.Write(row); err != nil {
		return err
	}
	for item := range l.Items {
		for i, col := range cols {
			row[i] = cell(col.Get(item))
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
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
