// Package sarif writes findings as SARIF 2.1.0 (OASIS Standard, 2020): what code
// hosts, editors and dashboards of static analysis read.
package sarif

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// Format is SARIF 2.1.0.
var Format = &export.Format{
	Name: "sarif",
	Doc: `SARIF 2.1.0. ` + "`ruleId`" + ` is the id of the check; ` + "`partialFingerprints`" + ` holds "droverFinding/v1", which is the same for a finding in every run and installation.
Where the subject, the fix or the proof is a line of a file there is a physical location, with repository and commit in its properties; every result has a logical location, the ref of its subject.
level: critical and high are error, medium is warning, the rest is note; ` + "`rank`" + ` is the risk of the subject, ` + "`security-severity`" + ` of a rule is its severity as a number.
Accepted findings carry a suppression with its reason. baselineState: new was found for the first time when it was last looked for, or came back; absent is fixed; all else is unchanged.
Checks that could not look are notifications of the invocation, and ` + "`executionSuccessful`" + ` is false. More than 25,000 results, which is what code hosts take in one run, are split into several runs of one file, each with an automationDetails.id of its own.`,
	MediaType: "application/sarif+json",
	Write:     write,
}

// perRun is how many results GitHub takes in one run ("SARIF support for code
// scanning", limits).
const perRun = 25_000

const (
	schemaURL = "https://json.schemastore.org/sarif-2.1.0.json"
	homeURL   = "https://github.com/droverhq/drover"
)

func write(ctx context.Context, w io.Writer, head export.Head, records iter.Seq2[drover.Record, error]) error {
	out := &writer{w: w, head: head, rules: newRules(head.Rules)}
	out.text(`{"$schema":"` + schemaURL + `","version":"2.1.0","runs":[`)
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
		if out.results == perRun {
			out.endRun()
		}
		if out.results == 0 {
			out.startRun()
		} else {
			out.text(",\n")
		}
		out.value(result(r.Finding, out.rules, out.repositories))
		out.results++
		if out.err != nil {
			return out.err
		}
	}
	if out.runs == 0 {
		out.startRun()
	}
	out.endRun()
	out.text("]}\n")
	return out.err
}

// A writer keeps the first error, and what a run needs to know at its end.
type writer struct {
	w    io.Writer
	err  error
	head export.Head

	runs, results int
	rules         *rules
	repositories  repositories
}

func (w *writer) text(s string) {
	if w.err == nil {
		_, err := io.WriteString(w.w, s)
		w.err = wrap(err)
	}
}

func (w *writer) value(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.err = wrap(err)
	}
	w.text(string(b))
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("write sarif: %w", err)
	}
	return nil
}

func (w *writer) startRun() {
	if w.runs > 0 {
		w.text(",\n")
	}
	w.runs++
	w.repositories = repositories{}
	w.rules.fresh()
	w.text(`{"results":[`)
}

// endRun writes what is known only when all results are: the rules they name and
// the repositories they lie in. The order of fields means nothing in JSON.
func (w *writer) endRun() {
	id := "drover/"
	if w.runs > 1 {
		id = fmt.Sprintf("drover-%d/", w.runs)
	}
	w.text(`],"automationDetails":`)
	w.value(map[string]string{"id": id})
	w.text(`,"columnKind":"utf16CodeUnits","tool":`)
	w.value(map[string]any{"driver": driver{Name: "Drover", FullName: "Drover: non-human identity posture", Version: w.head.Tool, InformationURI: homeURL, Rules: w.rules.list}})
	w.text(`,"invocations":`)
	w.value([]any{w.invocation()})
	if list := w.repositories.list(); len(list) > 0 {
		w.text(`,"originalUriBaseIds":`)
		w.value(w.repositories.bases())
		w.text(`,"versionControlProvenance":`)
		w.value(list)
	}
	w.text("}")
	w.results = 0
}

type driver struct {
	Name           string                `json:"name"`
	FullName       string                `json:"fullName"`
	Version        string                `json:"version,omitempty"`
	InformationURI string                `json:"informationUri"`
	Rules          []reportingDescriptor `json:"rules"`
}

type invocation struct {
	Successful    bool           `json:"executionSuccessful"`
	EndTime       string         `json:"endTimeUtc,omitempty"`
	Notifications []notification `json:"toolExecutionNotifications,omitempty"`
	Properties    map[string]any `json:"properties,omitempty"`
}

type notification struct {
	Level   string            `json:"level"`
	Message message           `json:"message"`
	Rule    map[string]string `json:"associatedRule,omitempty"`
}

func (w *writer) invocation() invocation {
	v := invocation{Successful: true, EndTime: stamp(w.head.Now)}
	if w.head.Subject != "" {
		v.Properties = map[string]any{"scope": export.Line(w.head.Subject)}
	}
	for _, gap := range w.head.Gaps {
		v.Notifications = append(v.Notifications, notification{Level: "warning", Message: plain(gap)})
	}
	for _, r := range w.head.Rules {
		if r.Failed != "" {
			v.Successful = false
			v.Notifications = append(v.Notifications, notification{Level: "error", Message: plain("The check could not look: " + r.Failed), Rule: map[string]string{"id": r.ID}})
		}
	}
	return v
}
