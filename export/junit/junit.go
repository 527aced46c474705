// Package junit writes findings as JUnit XML: what continuous integration shows as
// a table of tests.
package junit

import (
	"context"
	"io"
	"iter"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// Format is the JUnit XML of Ant and Jenkins.
var Format = &export.Format{
	Name: "junit",
	Doc: `JUnit XML that keeps both the schema of Apache Ant's reports and that of Jenkins. One testsuite a check, one testcase a finding, named by its subject; a check with very many findings has several suites.
A finding that holds is a failure with its five parts; an accepted one is skipped, with the reason; a fixed one passes; one that could not be looked at again is an error.
In a document of all findings a check that found nothing is one testcase that passes; one that could not look is one that errs: absence is a pass only where the look succeeded.`,
	MediaType: "application/xml",
	Ending:    ".junit.xml",
	Write:     write,
}

func write(ctx context.Context, w io.Writer, head export.Head, records iter.Seq2[drover.Record, error]) error {
	out := &writer{w: w, head: head, open: map[string]*suite{}, met: map[string]bool{}}
	out.text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n")
	for r, err := range records {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if r.Finding != nil {
			out.add(r.Finding)
		}
		if out.err != nil {
			return out.err
		}
	}
	out.rest()
	out.text("</testsuites>\n")
	return out.err
}
