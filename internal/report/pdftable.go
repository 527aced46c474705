package report

import (
	"cmp"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

const (
	tableSize = 8.0
	rowLine   = 3.8
	cellPad   = 1.2
	markWidth = 21.0
)

// table draws rows that break their texts into lines; its head stands on each
// page.
func (p *paper) table(t *table) {
	width := p.widths(t)
	p.Ln(1)
	p.font("", 8, muted)
	p.paragraph(t.caption, lineHeight)
	p.head(t, width)
	shown, more := t.shown()
	for i, row := range shown {
		cells := make([][]string, len(row))
		tall := 1
		p.font("", tableSize, ink)
		for c, cell := range row {
			if c > 0 || t.marks == nil {
				cells[c] = p.lines(cell, width[c]-2*cellPad)
				tall = max(tall, len(cells[c]))
			}
		}
		height := float64(tall)*rowLine + 2*cellPad
		if p.room(height) {
			p.head(t, width)
			p.font("", tableSize, ink)
		}
		p.row(t, i, cells, width, height)
	}
	if more != "" {
		p.font("", 8, muted)
		p.paragraph(more, lineHeight)
	}
}

func (p *paper) head(t *table, width []float64) {
	p.font("B", tableSize, ink)
	tall := 1
	names := make([][]string, len(t.columns))
	for c, name := range t.columns {
		names[c] = p.lines(name, width[c]-2*cellPad)
		tall = max(tall, len(names[c]))
	}
	height := float64(tall)*rowLine + 2*cellPad
	p.room(height + 12)
	p.cells(t, names, width, height, false)
}

func (p *paper) row(t *table, i int, cells [][]string, width []float64, height float64) {
	if t.marks != nil {
		p.mark(t.marks[i], margin, p.GetY()+cellPad)
		p.font("", tableSize, ink)
	}
	p.cells(t, cells, width, height, true)
}

// cells draws one row and moves below it.
func (p *paper) cells(t *table, cells [][]string, width []float64, height float64, thin bool) {
	top, left := p.GetY(), margin
	for c, lines := range cells {
		align := "L"
		if t.numbers[c] {
			align = "R"
		}
		for n, l := range lines {
			p.SetXY(left+cellPad, top+cellPad+float64(n)*rowLine)
			p.CellFormat(width[c]-2*cellPad, rowLine, l, "", 0, align, false, 0, "")
		}
		left += width[c]
	}
	line := muted
	if thin {
		line = rule
	}
	p.SetDrawColor(line.r, line.g, line.b)
	p.Line(margin, top+height, margin+inside, top+height)
	p.SetXY(margin, top+height)
}

// mark draws a severity: shape, word and colour.
func (p *paper) mark(s drover.Severity, x, y float64) {
	c := fills[s]
	p.SetFillColor(c[0].r, c[0].g, c[0].b)
	p.SetXY(x+cellPad, y)
	p.font("B", 7, c[1])
	p.CellFormat(markWidth-2*cellPad, rowLine, export.Glyph(s)+" "+s.String(), "", 0, "C", true, 0, "")
	p.SetXY(margin, y-cellPad)
}

// widths gives each column what its longest cell needs; where that is too much,
// the wide ones share what is left once each has room for some words.
func (p *paper) widths(t *table) []float64 {
	const words, widest = 19.0, 130.0
	need, width := make([]float64, len(t.columns)), make([]float64, len(t.columns))
	sum, more := 0.0, 0.0
	shown, _ := t.shown()
	for c, name := range t.columns {
		p.font("B", tableSize, ink)
		need[c] = min(p.GetStringWidth(legible(name)), 20)
		p.font("", tableSize, ink)
		for i := range min(len(shown), 500) {
			need[c] = max(need[c], p.GetStringWidth(legible(export.Visible(shown[i][c], 400, false))))
		}
		need[c] = min(need[c]+2*cellPad+0.5, widest)
		if c == 0 && t.marks != nil {
			need[c] = markWidth
		}
		width[c] = min(need[c], words)
		sum += width[c]
		more += need[c] - width[c]
	}
	left := inside - sum
	for c := range width {
		switch {
		case left < 0:
			width[c] *= inside / sum
		case more == 0 || more <= left:
			width[c] = need[c] + (left-more)/float64(len(width))
		default:
			width[c] += left * (need[c] - width[c]) / more
		}
	}
	return width
}

// chart draws lines over time, told apart by dashes and colour; the numbers are
// in the table beside it.
func (p *paper) chart(c *chart) {
	const height = 48.0
	p.room(height + 8)
	x, y, most := c.scale()
	top := p.GetY() + 2
	at := func(i, v int) (float64, float64) {
		return margin + x(i)*inside/chartWidth, top + y(v)*height/chartHeight
	}
	p.SetDrawColor(muted.r, muted.g, muted.b)
	p.SetLineWidth(0.2)
	x0, y0 := at(0, 0)
	x1, _ := at(len(c.times)-1, 0)
	_, ytop := at(0, most)
	p.Line(x0, ytop, x0, y0)
	p.Line(x0, y0, max(x1, x0+20), y0)
	for i, l := range c.lines {
		fill := fills[l.severity][0]
		p.SetDrawColor(fill.r, fill.g, fill.b)
		p.SetLineWidth(0.6)
		p.SetDashPattern([][]float64{{}, {3, 1.2}, {0.8, 1.2}, {3, 1.2, 0.8, 1.2}, {0.5, 2}}[i%5], 0)
		for n := 1; n < len(l.values); n++ {
			ax, ay := at(n-1, l.values[n-1])
			bx, by := at(n, l.values[n])
			p.Line(ax, ay, bx, by)
		}
	}
	p.SetDashPattern([]float64{}, 0)
	p.SetLineWidth(0.2)
	p.font("", 7, muted)
	p.SetXY(x0-12, ytop-2)
	p.CellFormat(11, 4, export.Thousands(most), "", 0, "R", false, 0, "")
	p.SetXY(x0-12, y0-2)
	p.CellFormat(11, 4, "0", "", 0, "R", false, 0, "")
	p.SetXY(x0, y0+1)
	p.CellFormat(30, 4, day(c.times[0]), "", 0, "L", false, 0, "")
	p.SetXY(x1-30, y0+1)
	p.CellFormat(30, 4, day(c.times[len(c.times)-1]), "", 0, "R", false, 0, "")
	p.SetXY(margin, y0+6)
	var names []string
	for i, l := range c.lines {
		names = append(names, export.Glyph(l.severity)+" "+l.severity.String()+" "+dashes[i%5])
	}
	p.paragraph(c.title+": "+strings.Join(names, ", "), rowLine)
}

// finding draws one finding with its five parts.
func (p *paper) finding(f *drover.Finding) {
	p.room(28)
	p.Ln(2)
	p.mark(f.Severity, margin-cellPad, p.GetY())
	p.SetX(margin + markWidth)
	p.font("", 8, muted)
	p.CellFormat(inside-markWidth, rowLine, legible(f.ID()+"   "+f.Check), "", 1, "L", false, 0, "")
	p.font("B", 9, ink)
	p.paragraph(f.What, lineHeight)
	part := func(name, text string) {
		if text == "" {
			return
		}
		const label = 24.0
		p.font("", 8.5, ink)
		for n, l := range p.lines(text, inside-label) {
			p.room(rowLine)
			if n == 0 {
				p.font("B", 8.5, muted)
				p.CellFormat(label, rowLine, name, "", 0, "L", false, 0, "")
				p.font("", 8.5, ink)
			} else {
				p.SetX(margin + label)
			}
			p.CellFormat(inside-label, rowLine, l, "", 1, "L", false, 0, "")
		}
	}
	part("Why it matters", f.Why)
	for _, e := range f.Evidence {
		part("Evidence", e.Text+" ("+e.Source+", "+string(e.Grade)+")")
	}
	part("How to fix", f.Fix.Text)
	part("Command", f.Fix.Command)
	part("What breaks", f.Breaks.Text)
	for _, u := range f.Breaks.Unknowns {
		part("Unknown", u)
	}
	part("Owner", cmp.Or(f.Owner, "nobody"))
}
