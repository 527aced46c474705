package engine

import (
	"context"
	"errors"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// A Removal says since when a thing is no more, and which look found it gone.
type Removal struct {
	At         time.Time `json:"at"`
	Generation int64     `json:"generation"` // the first without it
	Sources    []string  `json:"sources"`    // that had it until then
}

// removed shows what is no more as it was last, with since when; nil where nothing
// that the caller may see was ever called so, or its history was compacted away.
func (e *Engine) removed(ctx context.Context, text string) (*Detail, error) {
	lo, hi, _ := graph.ParseShortID(text)
	gen, err := e.store.Removed(ctx, text, lo, hi)
	if errors.Is(err, drover.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// What the caller may see of then decides whether they are told.
	d, err := e.Show(ctx, text, gen.At.Add(-time.Microsecond))
	if errors.Is(err, drover.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d.Removed = &Removal{At: gen.At.UTC(), Generation: gen.ID, Sources: []string{}}
	seen := map[string]bool{}
	for _, m := range d.Members {
		for _, source := range m.Sources {
			if !seen[source] {
				seen[source] = true
				d.Removed.Sources = append(d.Removed.Sources, source)
			}
		}
	}
	return d, nil
}
