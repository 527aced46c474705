package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// staged is `scan --staged`: the hook before a commit. It opens no store. Exit
// code 10 says that something was found, or could not be searched.
func (a *app) staged(ctx context.Context, words []string, allowFile string) error {
	dir := "."
	switch {
	case len(words) == 1:
		dir = words[0]
	case len(words) > 1:
		return fmt.Errorf("--staged takes one folder: %w", drover.ErrInvalid)
	}
	found, err := engine.Staged(ctx, engine.Options{Connectors: a.config.Connectors}, dir, allowFile)
	if err != nil {
		return err
	}
	get := func(f func(engine.StagedLeak) string) func(any) string {
		return func(i any) string { return f(i.(engine.StagedLeak)) }
	}
	err = a.list(listing{Schema: "drover/v1/staged", Total: len(found), Items: seq(found), Empty: "Nothing that is staged looks like a secret.", Columns: []column{
		{Name: "FILE", Get: get(func(f engine.StagedLeak) string {
			if f.Line == nil {
				return f.Path
			}
			return f.Path + ":" + strconv.Itoa(*f.Line)
		})},
		{Name: "CLASS", Get: get(func(f engine.StagedLeak) string { return f.Class })},
		{Name: "RULE", Get: get(func(f engine.StagedLeak) string { return f.Rule })},
		{Name: "UNREAD", Get: get(func(f engine.StagedLeak) string { return text(f.Unread) })},
	}})
	if err != nil || len(found) == 0 {
		return err
	}
	a.hint("Take the secret out and rotate it if it was ever shared; a false alarm goes into .gitleaksignore.")
	return errGate
}
