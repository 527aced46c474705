// Package check defines posture checks: questions asked of the whole estate at
// one moment. A check is a value; the engine runs it and keeps what it reports.
package check

import (
	"errors"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// A Check is one question.
type Check struct {
	ID       string // folder, package and doc page: "stalekey". Never changes.
	Title    string // no capital, no full stop, at most 60 letters
	Doc      string // Markdown: why it matters, how we know, how to fix it by hand
	Severity drover.Severity
	Controls []string // "OWASP-NHI7:2025"
	Fix      []string // ids of the actions that cure it

	// Run reports what holds. It must not keep the Pass.
	Run func(*Pass) error
}

// A Pass is one run of one check.
type Pass struct {
	Check *Check
	Graph *graph.Snapshot
	Now   time.Time

	Report func(drover.Finding)
}

// Run asks every check; one that fails or panics never silences the others.
func Run(g *graph.Snapshot, now time.Time, checks []*Check) ([]drover.Finding, error) {
	var found []drover.Finding
	var errs []error
	for _, c := range checks {
		p := &Pass{Check: c, Graph: g, Now: now, Report: func(f drover.Finding) { found = append(found, f) }}
		if err := protect(func() error { return c.Run(p) }); err != nil {
			errs = append(errs, fmt.Errorf("check %s: %w", c.ID, err))
		}
	}
	return found, errors.Join(errs...)
}

func protect(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panicked: %v", p)
		}
	}()
	return fn()
}

// Validate reports what is wrong with the values of a list of checks.
func Validate(list []*Check) error {
	seen := map[string]bool{}
	var errs []error
	for _, c := range list {
		switch {
		case c.ID == "" || c.Title == "" || c.Doc == "" || c.Severity == 0 || c.Run == nil:
			errs = append(errs, fmt.Errorf("check %q is incomplete: %w", c.ID, drover.ErrInvalid))
		case len(c.Title) > 60:
			errs = append(errs, fmt.Errorf("check %q: the title is longer than 60 letters: %w", c.ID, drover.ErrInvalid))
		case seen[c.ID]:
			errs = append(errs, fmt.Errorf("check %q is listed twice: %w", c.ID, drover.ErrInvalid))
		}
		seen[c.ID] = true
	}
	return errors.Join(errs...)
}
