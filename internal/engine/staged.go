package engine

import (
	"context"
	"fmt"

	"github.com/droverhq/drover"
)

// A StagedLeak is one item of `scan --staged`.
type StagedLeak struct {
	Path   string  `json:"path"`
	Line   *int    `json:"line"` // null: the file as a whole
	Rule   string  `json:"rule"`
	Class  string  `json:"class"`
	Unread *string `json:"unread"` // why the file could not be searched to its end
}

// Staged searches what is about to be committed in a working tree. It needs no
// store and remembers nothing.
func Staged(ctx context.Context, o Options, dir, allowFile string) ([]StagedLeak, error) {
	for _, c := range o.Connectors {
		if c.Staged == nil {
			continue
		}
		found, err := c.Staged(ctx, dir, allowFile)
		if err != nil {
			return nil, fmt.Errorf("search what is staged in %s: %w", dir, err)
		}
		out := []StagedLeak{}
		for _, l := range found {
			v := StagedLeak{Path: text(l.Path, maxNote), Rule: l.Rule, Class: l.Class, Unread: known(l.Unread)}
			if l.Line > 0 {
				v.Line = &l.Line
			}
			out = append(out, v)
		}
		return out, nil
	}
	return nil, fmt.Errorf("this binary has no connector that knows what is staged: %w", drover.ErrInvalid)
}
