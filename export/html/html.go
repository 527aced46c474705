// Package html writes findings as one self-contained page to read and to print.
package html

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/export/page"
)

// Format is the page.
var Format = &export.Format{
	Name: "html",
	Doc: `One HTML file that needs nothing else: no script, no request, light and dark, ready for A4 paper. Findings are grouped by the fix that ends them, the most urgent first, each with its five parts.
The 1,000 most urgent are shown whole and all are counted: csv and json have them all. A content security policy lets nothing run or load.`,
	MediaType: "text/html; charset=utf-8",
	Write:     write,
}

// kept is how many findings are shown: more is nothing that a person reads.
const kept = 1_000

// listed is how many fixes the table of contents has.
const listed = 20

//go:generate go tool -modfile=../../tools/go.mod templ generate -path .

func write(ctx context.Context, w io.Writer, head export.Head, records iter.Seq2[drover.Record, error]) error {
	r, err := export.Rank(ctx, &head, records, kept)
	if err != nil {
		return err
	}
	h := page.Head{Title: cmp.Or(head.Title, "Findings"), Lead: lead(r, &head), Now: head.Now, Tool: head.Tool, Scope: head.Subject, Gaps: head.Gaps}
	for i := range r.Groups[:min(len(r.Groups), listed)] {
		g := &r.Groups[i]
		h.Anchor = append(h.Anchor, page.Link{ID: anchor(i), Text: export.Visible(g.Title(), 120, false) + " (" + export.Number(g.Ends, "finding", "findings") + ")"})
	}
	for _, x := range head.Rules {
		if x.Failed != "" {
			h.Gaps = append(h.Gaps, "Check "+x.ID+" could not look: "+x.Failed)
		}
	}
	if err := document(h, r).Render(ctx, w); err != nil {
		return fmt.Errorf("write html: %w", err)
	}
	return nil
}

func lead(r *export.Ranking, head *export.Head) string {
	if r.Total > 0 {
		return export.Number(r.Total, "finding", "findings") + ", ended by " + export.Number(r.Fixes, "fix", "fixes") + "."
	}
	looked := 0
	for _, x := range head.Rules {
		if x.Failed == "" {
			looked++
		}
	}
	return "Nothing found. " + export.Number(looked, "check", "checks") + " looked."
}

func anchor(i int) string { return "fix-" + strconv.Itoa(i+1) }
