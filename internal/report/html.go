package report

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/droverhq/drover/export/page"
)

//go:generate go tool -modfile=../../tools/go.mod templ generate -path .

func writeHTML(w io.Writer, r *Report) error {
	list := r.sections()
	h := page.Head{Title: r.Title, Now: r.At, Tool: r.Tool}
	for _, s := range list {
		h.Anchor = append(h.Anchor, page.Link{ID: s.id, Text: s.title})
	}
	return document(h, list).Render(context.Background(), w)
}

// The drawing of a chart, in the units of its own coordinates.
const (
	chartWidth, chartHeight = 720, 220
	chartLeft, chartBottom  = 48, 24
	chartTop, chartRight    = 12, 12
)

// scale returns where a value of a point lies; most is the highest value.
func (c *chart) scale() (x func(i int) float64, y func(v int) float64, most int) {
	for _, l := range c.lines {
		for _, v := range l.values {
			most = max(most, v)
		}
	}
	most = max(most, 1)
	steps := max(len(c.times)-1, 1)
	x = func(i int) float64 { return chartLeft + float64(i)*(chartWidth-chartLeft-chartRight)/float64(steps) }
	y = func(v int) float64 {
		return chartTop + (1-float64(v)/float64(most))*(chartHeight-chartTop-chartBottom)
	}
	return x, y, most
}

// points is a line as SVG has it.
func (c *chart) points(l line) string {
	x, y, _ := c.scale()
	var b strings.Builder
	for i, v := range l.values {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(coordinate(x(i)) + "," + coordinate(y(v)))
	}
	return b.String()
}

func coordinate(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// dash tells lines apart without colour.
func dash(i int) string { return []string{"", "8 3", "2 3", "8 3 2 3", "1 5"}[i%5] }

// dashes names what dash draws.
var dashes = []string{"solid", "dashed", "dotted", "dash and dot", "wide dots"}

func alignment(number bool) string {
	if number {
		return "n"
	}
	return ""
}
