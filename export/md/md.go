// Package md writes findings as Markdown for the comment of a pull request.
package md

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// Format is Markdown as GitHub and GitLab render it.
var Format = &export.Format{
	Name: "md",
	Doc: `Markdown for the comment of a pull request: what was found, by fix, the most urgent first; the findings of a fix unfold. It is never longer than 60,000 bytes, which is what a comment holds: what does not fit is counted and named.
Text of scanned systems is text and nothing else: no markup, no link, no mention of a person.`,
	MediaType: "text/markdown; charset=utf-8; variant=GFM",
	Write:     write,
}

const (
	most = 60_000 // bytes: GitHub takes 65,536 characters
	kept = 300    // findings that could fit
)

func write(ctx context.Context, w io.Writer, head export.Head, records iter.Seq2[drover.Record, error]) error {
	r, err := export.Rank(ctx, &head, records, kept)
	if err != nil {
		return err
	}
	var b strings.Builder
	title(&b, r, &head)
	tail := closing(&head)
	fixes, shown := 0, 0
	for _, g := range r.Groups {
		text, n := group(g, most-200-b.Len()-len(tail))
		if text == "" {
			break
		}
		b.WriteString(text)
		fixes, shown = fixes+1, shown+n
	}
	if shown < r.Total {
		fmt.Fprintf(&b, "\nThis shows %s of %s and %s of %s. All of them: `drover finding list`\n", export.Thousands(fixes), export.Number(r.Fixes, "fix", "fixes"), export.Thousands(shown), export.Number(r.Total, "finding", "findings"))
	}
	b.WriteString(tail)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write md: %w", err)
	}
	return nil
}

func title(b *strings.Builder, r *export.Ranking, head *export.Head) {
	name := cmp.Or(head.Title, "Drover")
	if r.Total == 0 {
		fmt.Fprintf(b, "## %s: nothing found\n\n", export.Markdown(name))
		if n := len(head.Rules); n > 0 {
			fmt.Fprintf(b, "%s looked.\n", export.Number(n-failed(head), "check", "checks"))
		}
	} else {
		fmt.Fprintf(b, "## %s: %s, ended by %s\n\n%s\n", export.Markdown(name), export.Number(r.Total, "finding", "findings"), export.Number(r.Fixes, "fix", "fixes"), strings.Join(r.Counted(), " · "))
	}
	if beside := r.Beside(); len(beside) > 0 {
		fmt.Fprintf(b, "\n%s\n", strings.Join(beside, " · "))
	}
	if head.Subject != "" {
		fmt.Fprintf(b, "\nOf %s\n", export.Code(head.Subject))
	}
}

func failed(head *export.Head) (n int) {
	for _, r := range head.Rules {
		if r.Failed != "" {
			n++
		}
	}
	return n
}

// closing says what was not looked at.
func closing(head *export.Head) string {
	var lines []string
	for _, gap := range head.Gaps {
		lines = append(lines, export.Markdown(gap))
	}
	for _, r := range head.Rules {
		if r.Failed != "" {
			lines = append(lines, export.Code(r.ID)+" could not look: "+export.Markdown(r.Failed))
		}
	}
	const few = 20
	more := ""
	if len(lines) > few {
		more = fmt.Sprintf("* and %d more\n", len(lines)-few)
		lines = lines[:few]
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n**Not looked at**\n\n* " + export.Visible(strings.Join(lines, "\n* "), 8_000, true) + "\n" + more
}

// group is one fix with its findings, in at most room bytes; "" where not even
// its worst finding fits.
func group(g export.Group, room int) (text string, shown int) {
	f := &g.Findings[0]
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s %s %s\n\nEnds %s.", export.Glyph(g.Worst), strings.ToUpper(g.Worst.String()), export.Markdown(export.Visible(g.Title(), 300, false)), export.Number(g.Ends, "finding", "findings"))
	if g.RiskRemoved > 0 {
		b.WriteString(" Removes " + export.Number(g.RiskRemoved, "point", "points") + " of risk.")
	}
	if g.Ends == 1 && f.Breaks.Text != "" {
		b.WriteString(" " + export.Markdown(f.Breaks.Text))
	}
	b.WriteString("\n")
	if c := strings.TrimSpace(export.Line(g.Fix.Command)); c != "" {
		fence := "```"
		for strings.Contains(c, fence) {
			fence += "`"
		}
		b.WriteString("\n" + fence + "sh\n" + c + "\n" + fence + "\n")
	}
	b.WriteString("\n<details><summary>What, why, evidence, what breaks</summary>\n\n")
	const end = "\n</details>\n"
	for i := range g.Findings {
		s := finding(&g.Findings[i])
		if b.Len()+len(s)+len(end) > room {
			break
		}
		b.WriteString(s)
		shown++
	}
	if shown == 0 {
		return "", 0
	}
	if shown < g.Ends {
		more := fmt.Sprintf("* and %s more\n", export.Thousands(g.Ends-shown))
		b.WriteString(more)
	}
	return b.String() + end, shown
}

func finding(f *drover.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "* %s **%s** `%s` `%s`\n", export.Glyph(f.Severity), short(f.What), f.ID(), strings.Trim(export.Code(f.Check), "` "))
	if f.State == drover.FindingAccepted {
		b.WriteString("  *" + cmp.Or(short(f.Exception), "Accepted until a date") + "*\n")
	}
	part := func(name, text string) {
		if text != "" {
			b.WriteString("  * " + name + ": " + text + "\n")
		}
	}
	part("Why", short(f.Why))
	for _, e := range f.Evidence {
		part("Evidence", short(e.Text)+" ("+short(e.Source)+", "+string(cmp.Or(e.Grade, drover.GradeProven))+")")
	}
	part("Breaks", short(f.Breaks.Text))
	for _, u := range f.Breaks.Unknowns {
		part("Unknown", short(u))
	}
	return b.String()
}

// short is a text of at most 600 bytes before it is escaped.
func short(s string) string { return export.Markdown(export.Visible(s, 600, false)) }
