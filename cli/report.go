package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/report"
)

// reportTitles are the reports with what each is for.
var reportTitles = map[string]string{
	"inventory":      "what there is: every non-human identity, and counts by type, system, environment and state",
	"posture":        "what is wrong: findings by severity and area, the fixes that help most, exceptions",
	"executive":      "the four questions, the trend, what is due and what stops with it, the fixes that help most, exceptions, coverage",
	"four-questions": "how many there are, how many are monitored, owned, and may do no more than they need",
}

func (a *app) reportCmd() *cobra.Command {
	c := &cobra.Command{Use: "report", Short: "Write a report to read, to print or to hand on",
		Example: "  drover report four-questions\n  drover report executive -O board.pdf -O board.html\n  drover report inventory -O inventory.csv\n  drover report posture -o json --as-of 2026-09-30"}
	for _, name := range report.Names {
		c.AddCommand(a.oneReport(name))
	}
	c.AddCommand(a.ownerReportCmd())
	return c
}

func (a *app) oneReport(name string) *cobra.Command {
	title := reportTitles[name]
	return historic(shaped(shapeReport, &cobra.Command{
		Use: name, Short: strings.ToUpper(title[:1]) + title[1:], Args: cobra.NoArgs,
		Long: "Writes the report of " + title + ".\n\nThe ending of each -O FILE says its format: .html (one file that needs nothing else, ready to print), .pdf (A4, text that can be searched), .csv, .json, .md, .txt.\n" +
			"Without a file the text goes to standard output. Every number is n of N, and of how many it is not known; the command that lists what is counted stands beside it.",
		Example: "  drover report " + name + "\n  drover report " + name + " -O " + name + ".pdf -O " + name + ".html\n  drover report " + name + " -o json --as-of 30d",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), true, func(e estate) error { return a.runReport(cmd.Context(), e, name, cmd) })
		},
	}))
}

func (a *app) runReport(ctx context.Context, e estate, name string, cmd *cobra.Command) error {
	at, err := a.past(a.asOf)
	if err != nil {
		return err
	}
	r, err := e.Report(ctx, name, at)
	if err != nil {
		return err
	}
	r.Tool = Version
	a.before(at, r.Generation)
	for _, path := range a.outputs {
		format, err := reportFormat(path)
		if err != nil {
			return err
		}
		if err := toFile(path, func(w io.Writer) error { return a.reportTo(w, format, r) }); err != nil {
			return err
		}
		a.hint("Wrote the report to %s", safe(filepath.Clean(path)))
	}
	if len(a.outputs) > 0 && !cmd.Flags().Changed("format") && a.jq == "" {
		return nil
	}
	if a.format == "pdf" && terminal(a.out) {
		return fmt.Errorf("a terminal shows no PDF: write it into a file, -O %s.pdf: %w", name, drover.ErrInvalid)
	}
	b := bufio.NewWriterSize(a.out, 64<<10)
	format := a.format
	if format == "table" {
		format = "txt"
	}
	if err := a.reportTo(b, format, r); err != nil {
		return err
	}
	return b.Flush()
}

func (a *app) reportTo(w io.Writer, format string, r *report.Report) error {
	if slices.Contains(formatsOfJSON, format) {
		return a.objectTo(w, format, r, nil)
	}
	return report.Write(w, format, r)
}

// formatsOfReports are those of report.Formats, and what JSON can be besides.
func formatsOfReports() []string {
	return append([]string{"table", "ndjson", "yaml"}, report.Formats...)
}

// reportFormat is the format that the ending of a file names.
func reportFormat(path string) (string, error) {
	f := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	switch f {
	case "yml":
		f = "yaml"
	case "htm":
		f = "html"
	case "jsonl":
		f = "ndjson"
	case "table": // it is no ending
		f = ""
	}
	if !slices.Contains(formatsOfReports(), f) {
		return "", fmt.Errorf("-O %s: its ending says the format, one of %s: %w", path, strings.Join(report.Formats, ", "), drover.ErrInvalid)
	}
	return f, nil
}

// fitsReport checks the formats that were asked of a report.
func (a *app) fitsReport(command string) error {
	asked := []string{a.format}
	for _, path := range a.outputs {
		f, err := reportFormat(path)
		if err != nil {
			return err
		}
		asked = append(asked, f)
	}
	for _, f := range asked {
		if !slices.Contains(formatsOfReports(), f) {
			return fmt.Errorf("`%s` has no form %q; there are %s: %w", command, f, strings.Join(report.Formats, ", "), drover.ErrInvalid)
		}
		if a.jq != "" && !slices.Contains(formatsOfJSON, f) {
			return fmt.Errorf("--jq works on json, ndjson and yaml, not on %s: %w", f, drover.ErrInvalid)
		}
	}
	if len(a.fields) > 0 {
		return fmt.Errorf("--fields: `%s` prints no columns; use --jq with -o json: %w", command, drover.ErrInvalid)
	}
	return nil
}
