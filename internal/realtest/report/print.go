package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// print writes the table of suites, what did not run, and the closing line.
func (r *run) print(w io.Writer) {
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "SUITE\tPASSED\tFAILED\tSKIPPED\tSECONDS\tAGAINST")
	var untested []string
	for _, name := range slices.Sorted(maps.Keys(r.suites)) {
		s := r.suites[name]
		if s.noTests {
			untested = append(untested, name)
			continue
		}
		against := strings.Join(slices.Sorted(maps.Keys(s.against)), ", ")
		if against == "" {
			against = "-"
		}
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%.1f\t%s\n", name, s.passed, s.failed, s.skipped, s.seconds, against)
	}
	tw.Flush()
	list(w, "NO TESTS", untested)
	list(w, "SKIPPED", r.skips)
	list(w, "PUBLIC DATA NOT HERE", r.noData)
	list(w, "NOT RUN", r.notRun)
	passed, failed, skipped := r.totals()
	fmt.Fprintf(w, "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped)
}

func list(w io.Writer, title string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for _, item := range items {
		fmt.Fprintf(w, "  %s\n", item)
	}
}
