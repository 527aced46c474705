// Package action defines remediation: from a target to a list of steps. An
// action is pure, it only plans; connectors act and the engine journals.
package action

import (
	"errors"
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// An Action is one way to change something safely.
type Action struct {
	ID, Title, Doc string

	// Plan returns the steps for a target. It reads nothing but the snapshot, so a
	// dry run is the plan printed.
	Plan func(g *graph.Snapshot, target drover.Ref) ([]Step, error)
}

// A Step asks the connector of the target for one verb.
type Step struct {
	Verb   string
	Target drover.Ref
}

// Validate reports what is wrong with the values of a list of actions.
func Validate(list []*Action) error {
	seen := map[string]bool{}
	var errs []error
	for _, a := range list {
		switch {
		case a.ID == "" || a.Title == "" || a.Doc == "" || a.Plan == nil:
			errs = append(errs, fmt.Errorf("action %q is incomplete: %w", a.ID, drover.ErrInvalid))
		case seen[a.ID]:
			errs = append(errs, fmt.Errorf("action %q is listed twice: %w", a.ID, drover.ErrInvalid))
		}
		seen[a.ID] = true
	}
	return errors.Join(errs...)
}
