package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/rows"
)

// maxFiles bounds what the patterns of one source may match.
const maxFiles = 10_000

// A found is a file of a source, or why it cannot be read.
type found struct {
	path string
	info fs.FileInfo
	err  error
}

// find expands the paths, oldest file first, so that of two that say different
// things the newer is heard last.
func find(paths []string) []found {
	var out []found
	seen := map[string]bool{}
	add := func(path string, inside string) {
		if seen[path] {
			return
		}
		seen[path] = true
		f := found{path: path}
		f.info, f.err = look(path, inside)
		out = append(out, f)
	}
	for _, p := range paths {
		path := expand(p)
		if !strings.ContainsAny(path, "*?[") {
			add(path, "")
			continue
		}
		if slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "..") {
			out = append(out, found{path: p, err: fmt.Errorf("%s: a pattern must not hold ..: %w", p, drover.ErrInvalid)})
			continue
		}
		matches, err := filepath.Glob(path)
		switch {
		case err != nil:
			err = fmt.Errorf("%s: not a pattern: %w", p, drover.ErrInvalid)
		case len(matches) == 0:
			err = fmt.Errorf("%s: no file matches: %w", p, drover.ErrNotFound)
		case len(matches) > maxFiles:
			err = fmt.Errorf("%s: matches %d files, more than %d: %w", p, len(matches), maxFiles, drover.ErrInvalid)
		}
		if err != nil {
			out = append(out, found{path: p, err: err})
			continue
		}
		for _, m := range matches {
			add(m, fixed(path))
		}
	}
	slices.SortStableFunc(out, func(a, b found) int {
		if a.err != nil || b.err != nil {
			return 0
		}
		return a.info.ModTime().Compare(b.info.ModTime())
	})
	return out
}

// fixed is the folder that a pattern names before its first wildcard.
func fixed(pattern string) string {
	i := strings.IndexAny(pattern, "*?[")
	return filepath.Dir(pattern[:i] + "x")
}

// look says whether path is a file to read. What a pattern matched must lie
// inside the pattern's folder when links are followed: who may write there must
// not choose what else is read.
func look(path, inside string) (fs.FileInfo, error) {
	if inside != "" {
		real, err := filepath.EvalSymlinks(path)
		root, err2 := filepath.EvalSymlinks(inside)
		if err := errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("%s: %w", path, plainError(err))
		}
		if rel, err := filepath.Rel(root, real); err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return nil, fmt.Errorf("%s: a link that leads out of %s is not followed; name the file itself: %w", path, inside, drover.ErrPermission)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plainError(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, errFile)
	}
	return info, nil
}

// plainError gives errors of the file system the sentinels of the house.
func plainError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("it does not exist: %w", drover.ErrNotFound)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("it may not be read: %w", drover.ErrPermission)
	}
	return err
}

// input is the file as rows reads it. The file is opened anew each time; one
// that changed since it was found is not taken for complete.
func (f found) input(format rows.Format) rows.Input {
	if format == rows.FormatAuto || format == "" {
		format = rows.FormatOf(f.path)
	}
	return rows.Input{
		Place: f.path, Format: format, AsOf: f.info.ModTime().UTC().Truncate(time.Second),
		Open: func() (io.ReadCloser, error) { return open(f.path) },
		Check: func() error {
			now, err := os.Stat(f.path)
			if err != nil {
				return fmt.Errorf("%s: %w", f.path, plainError(err))
			}
			if now.Size() != f.info.Size() || !now.ModTime().Equal(f.info.ModTime()) || !os.SameFile(now, f.info) {
				return fmt.Errorf("%s changed while it was read: %w", f.path, drover.ErrTransient)
			}
			return nil
		},
	}
}

// open opens a regular file; a pipe that took its place does not block it.
func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, plainError(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errFile
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// expand undoes a leading ~.
func expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}
