package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// writeText writes lines of at most some hundred columns for a terminal or a
// mail.
func writeText(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s\n%s\n", r.Title, strings.Repeat("=", utf8.RuneCountInString(r.Title)))
	fmt.Fprintf(b, "As of %s\n", moment(r.At))
	for _, s := range r.sections() {
		fmt.Fprintf(b, "\n%s\n%s\n", s.title, strings.Repeat("-", utf8.RuneCountInString(s.title)))
		for _, t := range s.text {
			fmt.Fprint(b, wrap(t, 110, ""))
		}
		if len(s.figures) > 0 {
			textFigures(b, s.figures)
		}
		if s.table != nil && len(s.table.rows) > 0 {
			textTable(b, s.table)
		}
		for i := range s.findings {
			textFinding(b, &s.findings[i])
		}
		for _, c := range s.commands {
			fmt.Fprintf(b, "  $ %s\n", c)
		}
	}
	return b.Flush()
}

func textFigures(b *bufio.Writer, list []figure) {
	wide := 0
	for _, f := range list {
		wide = max(wide, utf8.RuneCountInString(f.value))
	}
	for _, f := range list {
		fmt.Fprintf(b, "  %-*s  %s\n%s", wide, export.Line(f.value), export.Line(f.name), wrap(f.note, 110, strings.Repeat(" ", wide+4)))
	}
}

// textTable writes a table by columns where it fits, and a row below the other
// where a cell is a sentence.
func textTable(b *bufio.Writer, t *table) {
	const widest = 40
	shown, more := t.shown()
	width := make([]int, len(t.columns))
	for c, name := range t.columns {
		width[c] = utf8.RuneCountInString(name)
		for _, row := range shown {
			width[c] = max(width[c], utf8.RuneCountInString(export.Line(row[c])))
		}
	}
	flows := func(c int) bool { return width[c] > widest }
	fmt.Fprint(b, " ")
	for c, name := range t.columns {
		if !flows(c) {
			fmt.Fprintf(b, " %-*s ", width[c], strings.ToUpper(name))
		}
	}
	fmt.Fprint(b, "\n")
	for i, row := range shown {
		mark := " "
		if t.marks != nil {
			mark = export.Glyph(t.marks[i])
		}
		fmt.Fprint(b, mark)
		for c, cell := range row {
			cell = export.Line(cell)
			switch {
			case flows(c):
			case t.numbers[c]:
				fmt.Fprintf(b, " %s%s ", strings.Repeat(" ", width[c]-utf8.RuneCountInString(cell)), cell)
			default:
				fmt.Fprintf(b, " %s%s ", cell, strings.Repeat(" ", width[c]-utf8.RuneCountInString(cell)))
			}
		}
		fmt.Fprint(b, "\n")
		for c, cell := range row {
			if flows(c) && cell != "" {
				fmt.Fprint(b, wrap(t.columns[c]+": "+cell, 110, "    "))
			}
		}
	}
	if more != "" {
		fmt.Fprintf(b, "  %s\n", export.Line(more))
	}
}

func textFinding(b *bufio.Writer, f *drover.Finding) {
	fmt.Fprintf(b, "%s %s  %s\n", export.Glyph(f.Severity), f.ID(), export.Line(f.What))
	part := func(name, text string) {
		if text != "" {
			fmt.Fprint(b, wrap(name+": "+text, 110, "    "))
		}
	}
	part("Why", f.Why)
	for _, e := range f.Evidence {
		part("Evidence", e.Text+" ("+e.Source+", "+string(e.Grade)+")")
	}
	part("Fix", f.Fix.Text)
	if f.Fix.Command != "" {
		fmt.Fprintf(b, "    $ %s\n", export.Line(f.Fix.Command))
	}
	part("Breaks", f.Breaks.Text)
	for _, u := range f.Breaks.Unknowns {
		part("Unknown", u)
	}
}

// wrap breaks a text into lines of at most width columns, each after an indent.
func wrap(s string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(export.Line(s)) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
			b.WriteString(indent)
		case len(indent)+column+1+n > width:
			b.WriteString("\n" + indent)
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// writeMarkdown writes GitHub's Markdown.
func writeMarkdown(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	md := export.Markdown
	fmt.Fprintf(b, "# %s\n\nAs of %s\n", md(r.Title), moment(r.At))
	for _, s := range r.sections() {
		fmt.Fprintf(b, "\n## %s\n\n", md(s.title))
		for _, t := range s.text {
			fmt.Fprintf(b, "%s\n\n", md(t))
		}
		for _, f := range s.figures {
			fmt.Fprintf(b, "* **%s**: %s. %s\n", md(f.name), md(f.value), md(f.note))
		}
		if s.table != nil && len(s.table.rows) > 0 {
			markdownTable(b, s.table)
		}
		for i := range s.findings {
			f := &s.findings[i]
			fmt.Fprintf(b, "* %s **%s** `%s` %s *Fix*: %s *Breaks*: %s\n", export.Glyph(f.Severity), md(f.What), f.ID(), md(f.Why), md(f.Fix.Text), md(f.Breaks.Text))
		}
		for _, c := range s.commands {
			fmt.Fprintf(b, "\n%s\n", export.Code(c))
		}
	}
	return b.Flush()
}

func markdownTable(b *bufio.Writer, t *table) {
	rule := ""
	for c := range t.columns {
		rule += map[bool]string{true: "---:|", false: "---|"}[t.numbers[c]]
	}
	fmt.Fprintf(b, "\n| %s |\n|%s\n", strings.Join(t.columns, " | "), rule)
	shown, more := t.shown()
	for i, row := range shown {
		cells := make([]string, len(row))
		for c := range row {
			cells[c] = export.Markdown(row[c])
		}
		if t.marks != nil {
			cells[0] = export.Glyph(t.marks[i]) + " " + cells[0]
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	if more != "" {
		fmt.Fprintf(b, "\n%s\n", export.Markdown(more))
	}
}
