package engine

import (
	"context"
	"fmt"
	"io"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A StagedLeak is one item of `scan --staged` and `scan --pushed`.
type StagedLeak struct {
	Path   string  `json:"path"`
	Commit *string `json:"commit"` // that brings it; null for what is staged
	Line   *int    `json:"line"`   // null: the file as a whole
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
		return stagedLeaks(found), nil
	}
	return nil, fmt.Errorf("this binary has no connector that knows what is staged: %w", drover.ErrInvalid)
}

// Pushed searches what a push would publish; lines are what git writes to a hook
// before a push. It needs no store and remembers nothing.
func Pushed(ctx context.Context, o Options, dir, allowFile string, lines io.Reader) ([]StagedLeak, error) {
	for _, c := range o.Connectors {
		if c.Pushed == nil {
			continue
		}
		found, err := c.Pushed(ctx, dir, allowFile, lines)
		if err != nil {
			return nil, fmt.Errorf("search what is pushed from %s: %w", dir, err)
		}
		return stagedLeaks(found), nil
	}
	return nil, fmt.Errorf("this binary has no connector that knows what is pushed: %w", drover.ErrInvalid)
}

func stagedLeaks(found []connector.Leak) []StagedLeak {
	out := []StagedLeak{}
	for _, l := range found {
		v := StagedLeak{Path: text(l.Path, maxNote), Commit: known(l.Commit), Rule: l.Rule, Class: l.Class, Unread: known(l.Unread)}
		if l.Line > 0 {
			v.Line = &l.Line
		}
		out = append(out, v)
	}
	return out
}
