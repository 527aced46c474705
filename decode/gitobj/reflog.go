package gitobj

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

const maxReflogLines = 5_000_000

// Reflogs lists what refs have named before, as far as their logs tell: commits
// that were amended, rebased or dropped, and older stashes. Objects of the list may
// be gone. What could not be read is joined in the error, beside the rest.
// (git-reflog; the form of a line is "OLD NEW NAME <MAIL> TIME ZONE\tMESSAGE".)
func (r *Repo) Reflogs() ([]ID, error) {
	l := reflogs{seen: map[ID]bool{}}
	dirs := []string{filepath.Join(r.Common, "logs")}
	trees, _ := listDir(filepath.Join(r.Common, "worktrees"), maxDirEntries)
	for _, t := range trees {
		dirs = append(dirs, filepath.Join(r.Common, "worktrees", t.Name(), "logs"))
	}
	for _, dir := range dirs {
		l.walk(dir, 0)
	}
	return l.list, errors.Join(l.errs...)
}

type reflogs struct {
	seen  map[ID]bool
	list  []ID
	lines int
	errs  []error
}

func (l *reflogs) fail(what string, err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) && len(l.errs) < 100 {
		l.errs = append(l.errs, fmt.Errorf("reflog %.200q: %w", what, err))
	}
}

func (l *reflogs) walk(dir string, depth int) {
	list, err := listDir(dir, maxDirEntries)
	l.fail(dir, err)
	for _, e := range list {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir() && depth < maxRefDepth:
			l.walk(path, depth+1)
		case e.IsDir():
			l.fail(path, fmt.Errorf("folders in folders, more than %d deep: %w", maxRefDepth, ErrTooLarge))
		case e.Type().IsRegular():
			raw, err := readFile(path, maxPacked)
			l.fail(path, err)
			l.parse(string(raw))
		}
	}
}

func (l *reflogs) parse(text string) {
	for line := range strings.Lines(text) {
		if l.lines++; l.lines > maxReflogLines {
			l.fail("", fmt.Errorf("more than %d lines: %w", maxReflogLines, ErrTooLarge))
			return
		}
		old, rest, _ := strings.Cut(line, " ")
		next, _, _ := strings.Cut(rest, " ")
		for _, word := range []string{next, old} {
			if id, err := ParseID(word); err == nil && !id.IsZero() && !l.seen[id] {
				l.seen[id] = true
				l.list = append(l.list, id)
			}
		}
	}
}
