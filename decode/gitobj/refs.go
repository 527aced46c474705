package gitobj

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/droverhq/drover"
)

// A Ref is a name for an object.
type Ref struct {
	Name string // "refs/heads/main", "HEAD"; any bytes
	ID   ID
}

const (
	maxRefs     = 5_000_000
	maxPacked   = 1 << 30
	maxRefDepth = 32
)

// Refs lists what the repository keeps: packed and loose refs, and the HEAD of
// each of its working trees. A loose ref hides the packed one of its name. What
// could not be read is joined in the error, beside the rest.
func (r *Repo) Refs() ([]Ref, error) {
	l := refList{byName: map[string]ID{}, repo: r}
	l.packed(filepath.Join(r.Common, "packed-refs"))
	l.walk("refs", 0)
	l.head(r.Common, "HEAD")
	trees, _ := listDir(filepath.Join(r.Common, "worktrees"), maxDirEntries)
	for _, t := range trees {
		l.head(filepath.Join(r.Common, "worktrees", t.Name()), "worktrees/"+t.Name()+"/HEAD")
	}
	if r.GitDir != r.Common {
		l.head(r.GitDir, "HEAD@"+r.GitDir)
	}
	out := make([]Ref, 0, len(l.byName))
	for name, id := range l.byName {
		if !id.IsZero() {
			out = append(out, Ref{name, id})
		}
	}
	return out, errors.Join(l.errs...)
}

type refList struct {
	repo   *Repo
	byName map[string]ID
	errs   []error
}

func (l *refList) fail(what string, err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) && len(l.errs) < 100 {
		l.errs = append(l.errs, fmt.Errorf("ref %.200q: %w", what, err))
	}
}

func (l *refList) add(name string, id ID) {
	if len(l.byName) >= maxRefs {
		l.fail(name, fmt.Errorf("more than %d refs: %w", maxRefs, ErrTooLarge))
		return
	}
	l.byName[name] = id
}

func (l *refList) packed(path string) {
	raw, err := readFile(path, maxPacked)
	l.fail("packed-refs", err)
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' || line[0] == '^' {
			continue
		}
		hex, name, ok := strings.Cut(line, " ")
		id, err := ParseID(hex)
		if !ok || err != nil {
			l.fail("packed-refs", corrupt("a line that is no ref"))
			continue
		}
		l.add(name, id)
	}
}

// walk reads the loose refs below a folder. Links are not followed into folders.
func (l *refList) walk(name string, depth int) {
	dir := filepath.Join(l.repo.Common, filepath.FromSlash(name))
	list, err := listDir(dir, maxRefs)
	l.fail(name, err)
	for _, e := range list {
		sub := name + "/" + e.Name()
		if e.IsDir() {
			if depth < maxRefDepth {
				l.walk(sub, depth+1)
			} else {
				l.fail(sub, fmt.Errorf("folders in folders, more than %d deep: %w", maxRefDepth, ErrTooLarge))
			}
			continue
		}
		if strings.HasSuffix(e.Name(), ".lock") {
			continue
		}
		raw, err := readFile(filepath.Join(dir, e.Name()), 4096)
		l.fail(sub, err)
		if err != nil {
			continue
		}
		l.value(sub, string(raw))
	}
}

func (l *refList) head(gitDir, name string) {
	raw, err := readFile(filepath.Join(gitDir, "HEAD"), 4096)
	l.fail(name, err)
	if err == nil {
		l.value(name, string(raw))
	}
}

// value takes the text of a ref. A symbolic one names another, which is listed
// by itself.
func (l *refList) value(name, text string) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "ref:") {
		return
	}
	id, err := ParseID(text)
	if err != nil {
		l.fail(name, corrupt("neither an object name nor a symbolic ref"))
		return
	}
	l.add(name, id)
}

// Head returns the commit that is checked out, and the branch if there is one.
// Before the first commit the ID is zero.
func (r *Repo) Head() (ID, string, error) {
	raw, err := readFile(filepath.Join(r.GitDir, "HEAD"), 4096)
	if err != nil {
		return ID{}, "", fmt.Errorf("read HEAD: %w", err)
	}
	text := strings.TrimSpace(string(raw))
	name, symbolic := strings.CutPrefix(text, "ref:")
	if !symbolic {
		id, err := ParseID(text)
		return id, "", err
	}
	name = strings.TrimSpace(name)
	branch := strings.TrimPrefix(name, "refs/heads/")
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return ID{}, "", fmt.Errorf("HEAD names a ref outside the repository: %w", drover.ErrInvalid)
	}
	for range 5 { // symbolic refs of symbolic refs; git allows five
		raw, err := readFile(filepath.Join(r.Common, filepath.FromSlash(name)), 4096)
		if err != nil {
			return r.packedRef(name), branch, nil //nolint:nilerr // no file of its own: it is among the packed ones, or not born yet
		}
		next, symbolic := strings.CutPrefix(strings.TrimSpace(string(raw)), "ref:")
		if !symbolic {
			id, err := ParseID(strings.TrimSpace(string(raw)))
			return id, branch, err
		}
		if name = strings.TrimSpace(next); !filepath.IsLocal(filepath.FromSlash(name)) {
			break
		}
	}
	return ID{}, branch, fmt.Errorf("HEAD is a ref of a ref without end: %w", drover.ErrInvalid)
}

func (r *Repo) packedRef(name string) ID {
	l := refList{byName: map[string]ID{}, repo: r}
	if _, err := os.Stat(filepath.Join(r.Common, "packed-refs")); err == nil {
		l.packed(filepath.Join(r.Common, "packed-refs"))
	}
	return l.byName[name]
}
