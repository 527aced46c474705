// Package ocsf writes findings in the Open Cybersecurity Schema Framework: one
// JSON object a line, as data lakes and SIEMs take them in.
package ocsf

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// Format is OCSF as JSON lines.
var Format = &export.Format{
	Name: "ocsf",
	Doc: `One event a line in OCSF ` + version + `, using only what later 1.x versions keep. A finding that maps to controls is a Compliance Finding (2003), one that maps to none or that speaks of events is a Detection Finding (2004).
` + "`finding_info.uid`" + ` is the fingerprint, the same in every run. ` + "`time`" + ` is the moment of this observation: when it was last seen, or seen fixed; ` + "`start_time`" + ` and ` + "`finding_info.first_seen_time`" + ` say since when it is known. activity and status go together: Create and New when the last look found it for the first time, Update and In Progress when it was found again,
Update and Suppressed where an exception covers it, Close and Resolved when fixed, Update and Unknown when the check could not look again. confidence is that of the weakest fact it rests on. Times are milliseconds. What OCSF has no field for is under ` + "`unmapped.drover`" + `, in the words of our own JSON.`,
	MediaType: "application/x-ndjson",
	Ending:    ".ocsf.jsonl",
	Write:     write,
}

const version = "1.5.0"

func write(ctx context.Context, w io.Writer, head export.Head, records iter.Seq2[drover.Record, error]) error {
	rules := map[string]*export.Rule{}
	for i := range head.Rules {
		rules[head.Rules[i].ID] = &head.Rules[i]
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if r.Finding == nil {
			continue
		}
		line, err := json.Marshal(event(r.Finding, rules[r.Finding.Check], &head))
		if err != nil {
			return fmt.Errorf("write ocsf: %w", err)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("write ocsf: %w", err)
		}
	}
	return nil
}
