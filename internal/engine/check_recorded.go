package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// A RecordedRun is what a run of the checks said when it was run, by the checks and
// the policy of that day. Asking the checks of today about the same moment may say
// otherwise.
type RecordedRun struct {
	At       time.Time      `json:"at"`
	Counts   map[string]int `json:"counts"`   // findings that held, accepted ones included, by severity
	Findings int            `json:"findings"` // all of them
}

// held counts what holds after a run, by severity: what the run found, and what
// earlier runs found of checks that did not run to their end now.
func (c *checkRun) held(ctx context.Context, ran []string) (map[string]int, error) {
	counts := map[string]int{}
	seen := make(map[string]bool, len(c.r.list))
	for i := range c.r.list {
		if key := c.r.list[i].Fingerprint(); !seen[key] {
			seen[key] = true
			counts[c.r.list[i].Severity.String()]++
		}
	}
	err := c.e.store.EachFinding(ctx, func(f store.StoredFinding) error {
		if f.State != drover.FindingFixed && !slices.Contains(ran, f.Check) && !seen[f.Fingerprint()] {
			counts[f.Severity.String()]++
		}
		return nil
	})
	return counts, err
}

// NeverChecked reports whether something was scanned and no check ever looked at it.
func (e *Engine) NeverChecked(ctx context.Context) (bool, error) {
	gen, err := e.store.Latest(ctx)
	if err != nil || gen.ID == 0 {
		return false, err
	}
	runs, err := e.store.CheckRuns(ctx, 1)
	return err == nil && len(runs) == 0, err
}

// recordedRuns lists what the runs recorded, the oldest first. Runs that were kept
// before counts were are left to the history of the findings.
func (e *Engine) recordedRuns(ctx context.Context) ([]RecordedRun, error) {
	if !e.sight.All() {
		return nil, nil // they count what the caller may not see
	}
	runs, err := e.store.CheckRuns(ctx, 0)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	slices.Reverse(runs)
	out := make([]RecordedRun, 0, len(runs))
	var spans []store.FindingSpan
	for _, run := range runs {
		var body struct {
			Held map[string]int `json:"held"`
		}
		if err := json.Unmarshal([]byte(run.Body), &body); err != nil {
			return nil, fmt.Errorf("the run of checks of %s: %w", run.At.UTC().Format(time.RFC3339), err)
		}
		if body.Held == nil {
			if spans == nil {
				if spans, err = e.store.FindingSpans(ctx); err != nil {
					return nil, err
				}
			}
			body.Held = heldBySpans(spans, run.At)
		}
		r := RecordedRun{At: run.At.UTC(), Counts: body.Held}
		for _, n := range body.Held {
			r.Findings += n
		}
		// Generations of one moment are told apart by microseconds: the last one that
		// the run looked at may be a little later than its clock said.
		if gen, err := e.store.Generation(ctx, run.Generation); err == nil && gen.At.After(r.At) {
			r.At = gen.At.UTC()
		}
		out = append(out, r)
	}
	return out, nil
}

// heldBySpans counts what held at a moment, of the severity that each finding had
// when it was last seen.
func heldBySpans(spans []store.FindingSpan, at time.Time) map[string]int {
	counts := map[string]int{}
	for _, x := range spans {
		if !x.From.After(at) && (x.To.IsZero() || x.To.After(at)) {
			counts[x.Severity.String()]++
		}
	}
	return counts
}

// recordedAt is what the last run until a moment recorded, nil where there was none.
func (e *Engine) recordedAt(ctx context.Context, at time.Time) (*RecordedRun, error) {
	runs, err := e.recordedRuns(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Backward(runs) {
		if !r.At.After(at) {
			return &r, nil
		}
	}
	return nil, nil
}
