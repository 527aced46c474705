package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// staged is `scan --staged`: the hook before a commit. It opens no store. Exit
// code 10 says that something was found, or could not be searched.
func (a *app) staged(ctx context.Context, words []string, allowFile string) error {
	dir, err := oneFolder("--staged", words)
	if err != nil {
		return err
	}
	found, err := engine.Staged(ctx, engine.Options{Connectors: a.config.Connectors}, dir, allowFile)
	if err != nil {
		return err
	}
	return a.leaks(found, "Nothing that is staged looks like a secret.", "Take the secret out and rotate it if it was ever shared; a false alarm goes into .gitleaksignore.")
}

// pushed is `scan --pushed`: the hook before a push, with what git tells the hook on
// standard input. A push of nothing is empty input.
func (a *app) pushed(ctx context.Context, words []string, allowFile string, lines io.Reader) error {
	dir, err := oneFolder("--pushed", words)
	if err != nil {
		return err
	}
	found, err := engine.Pushed(ctx, engine.Options{Connectors: a.config.Connectors}, dir, allowFile, lines)
	if err != nil {
		return err
	}
	return a.leaks(found, "Nothing that is pushed looks like a secret.", "Take the secret out of these commits (git rebase) and rotate it if it was ever shared; a false alarm goes into .gitleaksignore.")
}

func oneFolder(flag string, words []string) (string, error) {
	switch len(words) {
	case 0:
		return ".", nil
	case 1:
		return words[0], nil
	}
	return "", fmt.Errorf("%s takes one folder: %w", flag, drover.ErrInvalid)
}

func (a *app) leaks(found []engine.StagedLeak, empty, advice string) error {
	get := func(f func(engine.StagedLeak) string) func(any) string {
		return func(i any) string { return f(i.(engine.StagedLeak)) }
	}
	err := a.list(listing{Schema: "drover/v1/staged", Total: len(found), Items: seq(found), Empty: empty, Columns: []column{
		{Name: "FILE", Get: get(func(f engine.StagedLeak) string {
			if f.Line == nil {
				return f.Path
			}
			return f.Path + ":" + strconv.Itoa(*f.Line)
		})},
		{Name: "COMMIT", Get: get(func(f engine.StagedLeak) string { return short(text(f.Commit)) })},
		{Name: "CLASS", Get: get(func(f engine.StagedLeak) string { return f.Class })},
		{Name: "RULE", Get: get(func(f engine.StagedLeak) string { return f.Rule })},
		{Name: "UNREAD", Get: get(func(f engine.StagedLeak) string { return text(f.Unread) })},
	}})
	if err != nil || len(found) == 0 {
		return err
	}
	a.hint("%s", advice)
	return errGate
}

// short is a commit as people write it.
func short(commit string) string { return commit[:min(len(commit), 12)] }
