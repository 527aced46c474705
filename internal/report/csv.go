package report

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/droverhq/drover/connector/rows"
	"github.com/droverhq/drover/export"
)

// writeCSV writes all tables of a report as one: a row for each cell, which says
// the section, the row and the column that it is of. Figures are rows of their
// section too.
func writeCSV(w io.Writer, r *Report) error {
	out := csv.NewWriter(w)
	write := func(cells ...string) error {
		for i := range cells {
			cells[i] = rows.Formula(export.Visible(cells[i], 32_000, false))
		}
		return out.Write(cells)
	}
	if err := write("section", "row", "item", "column", "value"); err != nil {
		return err
	}
	if err := write("report", "1", r.Title, "as of", r.At.UTC().Format("2006-01-02T15:04:05Z")); err != nil {
		return err
	}
	for _, s := range r.sections() {
		for i, f := range s.figures {
			if err := write(s.id, strconv.Itoa(i+1), f.name, "answer", f.value); err != nil {
				return err
			}
		}
		for i, t := range s.text {
			if err := write(s.id, strconv.Itoa(i+1), "text", "text", t); err != nil {
				return err
			}
		}
		if s.table == nil {
			continue
		}
		for i, row := range s.table.rows {
			for c, cell := range row {
				if err := write(s.id, strconv.Itoa(i+1), row[0], s.table.columns[c], cell); err != nil {
					return err
				}
			}
		}
	}
	out.Flush()
	return out.Error()
}
