package report

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// The fonts are parts of DejaVu Sans Condensed, see font/LICENSE.
//
//go:embed font/DejaVuSansCondensed.ttf
var regular []byte

//go:embed font/DejaVuSansCondensed-Bold.ttf
var bold []byte

// drawn are the characters that the fonts have; others are written as their
// number.
var drawn = &unicode.RangeTable{R16: []unicode.Range16{
	{0x20, 0x7e, 1}, {0xa0, 0x17f, 1}, {0x218, 0x21b, 1}, {0x370, 0x373, 1}, {0x37a, 0x37e, 1}, {0x384, 0x38a, 1}, {0x38c, 0x38c, 1}, {0x38e, 0x3a1, 1}, {0x3a3, 0x3ff, 1}, {0x400, 0x45f, 1}, {0x490, 0x491, 1},
	{0x2010, 0x2015, 1}, {0x2018, 0x201e, 1}, {0x2020, 0x2022, 1}, {0x2026, 0x2026, 1}, {0x2030, 0x2030, 1}, {0x2039, 0x203a, 1}, {0x20ac, 0x20ac, 1}, {0x2116, 0x2116, 1}, {0x2122, 0x2122, 1},
	{0x2190, 0x2195, 1}, {0x2212, 0x2212, 1}, {0x2260, 0x2260, 1}, {0x2264, 0x2265, 1}, {0x25a0, 0x25a1, 1}, {0x25b2, 0x25b2, 1}, {0x25c6, 0x25c6, 1}, {0x25cb, 0x25cb, 1}, {0x25cf, 0x25cf, 1},
}}

// A4 in millimetres, and what stands on it.
const (
	pageWidth, pageHeight = 210.0, 297.0
	margin                = 15.0
	bottom                = 18.0
	inside                = pageWidth - 2*margin
	lineHeight            = 4.4
	cellLines             = 40 // a cell of more lines is cut
)

// writePDF writes A4 pages with real text in them: it can be searched and read
// aloud, and the file is the same for the same report.
func writePDF(w io.Writer, r *Report) error {
	p := &paper{fpdf.New("P", "mm", "A4", "")}
	p.AddUTF8FontFromBytes("sans", "", regular)
	p.AddUTF8FontFromBytes("sans", "B", bold)
	p.SetMargins(margin, margin, margin)
	p.SetCellMargin(0)
	p.SetAutoPageBreak(false, bottom)
	p.SetCatalogSort(true)
	p.SetCreationDate(r.At.UTC())
	p.SetModificationDate(r.At.UTC())
	p.SetTitle(legible(r.Title), true)
	p.SetCreator("Drover "+legible(r.Tool), true)
	p.SetLang("en")
	p.SetFooterFunc(func() {
		p.SetY(pageHeight - 12)
		p.font("", 8, muted)
		p.CellFormat(inside/2, 5, legible(r.Title)+", as of "+moment(r.At), "", 0, "L", false, 0, "")
		p.CellFormat(inside/2, 5, fmt.Sprintf("Page %d", p.PageNo()), "", 0, "R", false, 0, "")
	})
	p.AddPage()
	p.font("B", 18, ink)
	p.paragraph(r.Title, 8)
	p.font("", 9, muted)
	p.paragraph("As of "+moment(r.At)+". Written by Drover "+r.Tool+". It holds no secret value. Unknown is never counted as fine.", lineHeight)
	for _, s := range r.sections() {
		p.section(&s)
	}
	if err := p.Error(); err != nil {
		return err
	}
	return p.Output(w)
}

// paper is a PDF under way.
type paper struct{ *fpdf.Fpdf }

type colour struct{ r, g, b int }

var (
	ink   = colour{0x14, 0x18, 0x1f}
	muted = colour{0x56, 0x60, 0x70}
	rule  = colour{0xb9, 0xc0, 0xca}
)

// fills are the colours of severities on paper: what is behind the word, and the
// word.
var fills = map[drover.Severity][2]colour{
	drover.Critical: {{0x86, 0x09, 0x3b}, {0xff, 0xff, 0xff}}, drover.High: {{0xc8, 0x44, 0x0a}, {0xff, 0xff, 0xff}}, drover.Medium: {{0xeb, 0xae, 0x14}, ink},
	drover.Low: {{0x9c, 0xc9, 0xf0}, ink}, drover.Info: {{0xe3, 0xe7, 0xec}, ink},
}

func (p *paper) font(style string, size float64, c colour) {
	p.SetFont("sans", style, size)
	p.SetTextColor(c.r, c.g, c.b)
}

// legible is a text that the fonts can show.
func legible(s string) string {
	s = export.Line(s)
	var b strings.Builder
	for _, r := range s {
		if unicode.Is(drawn, r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// room begins a new page where less than height is left on this one.
func (p *paper) room(height float64) bool {
	if p.GetY()+height <= pageHeight-bottom {
		return false
	}
	p.AddPage()
	return true
}

func (p *paper) lines(s string, width float64) []string {
	list := p.SplitText(legible(s), width)
	if len(list) > cellLines {
		list = append(list[:cellLines:cellLines], "…")
	}
	return list
}

func (p *paper) paragraph(s string, height float64) {
	for _, l := range p.lines(s, inside) {
		p.room(height)
		p.CellFormat(inside, height, l, "", 1, "L", false, 0, "")
	}
}

func (p *paper) section(s *section) {
	p.room(30)
	p.Ln(6)
	p.Bookmark(legible(s.title), 0, -1)
	p.font("B", 13, ink)
	p.paragraph(s.title, 6)
	p.Ln(1)
	p.font("", 9, ink)
	for _, t := range s.text {
		p.paragraph(t, lineHeight)
	}
	for i := 0; i < len(s.figures); i += 2 {
		p.boxes(s.figures[i:min(i+2, len(s.figures))])
	}
	if s.chart != nil {
		p.chart(s.chart)
	}
	if s.table != nil && len(s.table.rows) > 0 {
		p.table(s.table)
	}
	for i := range s.findings {
		p.finding(&s.findings[i])
	}
	if len(s.commands) > 0 {
		p.Ln(1)
		p.font("", 8, muted)
		p.paragraph(strings.Join(s.commands, "   "), lineHeight)
	}
}

// boxes draws one or two figures beside each other.
func (p *paper) boxes(list []figure) {
	const gap, pad = 4.0, 3.0
	width := (inside - gap) / 2
	height := 0.0
	notes := make([][]string, len(list))
	for i, f := range list {
		p.font("", 8, muted)
		notes[i] = p.lines(f.note, width-2*pad)
		height = max(height, 2*pad+6+lineHeight+float64(len(notes[i]))*3.8)
	}
	p.room(height + gap)
	top := p.GetY() + 1
	for i, f := range list {
		left := margin + float64(i)*(width+gap)
		p.SetDrawColor(rule.r, rule.g, rule.b)
		p.Rect(left, top, width, height, "D")
		p.SetXY(left+pad, top+pad)
		p.font("B", 13, ink)
		p.CellFormat(width-2*pad, 6, legible(f.value), "", 2, "L", false, 0, "")
		p.font("B", 9, ink)
		p.CellFormat(width-2*pad, lineHeight, legible(f.name), "", 2, "L", false, 0, "")
		p.font("", 8, muted)
		for _, l := range notes[i] {
			p.CellFormat(width-2*pad, 3.8, l, "", 2, "L", false, 0, "")
		}
	}
	p.SetXY(margin, top+height+gap-1)
}
