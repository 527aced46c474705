package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
)

// nothingThere says of a word of `drover scan` what it is not, and what to do: of
// what is written as a path, which part of it there is; of another word, which
// source or connector is called nearly so. err is why it could not be looked at.
func (e *Engine) nothingThere(word string, all []Source, err error) error {
	said := check.Clean(clip(word, 200))
	if strings.ContainsAny(word, `/\`) || filepath.Ext(word) != "" {
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%s cannot be read: run drover as somebody who may read it, or copy it to where you may: %w", said, drover.ErrPermission)
		}
		return fmt.Errorf("there is no file or folder %s: %s: %w", said, missing(word), drover.ErrNotFound)
	}
	names, configured := e.kinds(), ""
	for _, s := range all {
		names = append(names, s.ID)
	}
	if len(all) > 0 {
		configured = " (" + strings.Join(names[len(names)-len(all):], ", ") + ")"
	}
	next := "`drover source list` lists the sources that are configured, `drover source add --help` says how to add one"
	if near := nearName(word, names); near != "" {
		next = "did you mean " + near + "?"
	}
	return fmt.Errorf("%q is no source%s, no connector (%s) and no path that can be read: %s: %w", said, configured, strings.Join(e.kinds(), ", "), next, drover.ErrNotFound)
}

// missing says how far a path can be followed, and what is called nearly as its rest.
func missing(word string) string {
	abs, err := filepath.Abs(word)
	if err != nil {
		return "check the path"
	}
	dir, base := filepath.Dir(abs), filepath.Base(abs)
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir, base = filepath.Dir(dir), filepath.Base(dir)
	}
	if near := nearName(base, namesIn(dir)); near != "" {
		return "did you mean " + check.Clean(clip(filepath.Join(dir, near), 200)) + "?"
	}
	return "check the path; " + check.Clean(clip(dir, 200)) + " is there, and has no " + check.Clean(clip(base, 80))
}

// namesIn are the names in a folder, a thousand at most.
func namesIn(dir string) []string {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(1000) // what could not be listed is not suggested
	slices.Sort(names)
	return names
}

func nearName(word string, names []string) string {
	near, best := "", max(2, len(word)/4)+1
	for _, n := range names {
		if d := filter.Distance(strings.ToLower(n), strings.ToLower(word)); d < best {
			near, best = n, d
		}
	}
	return near
}

// nothingReads says of a path that no connector takes what it is, as far as its name
// tells, and how it is read.
func (e *Engine) nothingReads(word, abs string, dir bool) error {
	said := check.Clean(clip(word, 200))
	for _, c := range e.o.Connectors {
		if c.Within == nil || dir {
			continue
		}
		if what := c.Within(abs); what != "" {
			return fmt.Errorf("%s is by its name of the %s, which the %s connector reads with their folder: run `drover scan %s`: %w", said, what, c.Name, check.Clean(clip(filepath.Dir(abs), 300)), drover.ErrInvalid)
		}
	}
	sort := "a file"
	if ext := filepath.Ext(abs); ext != "" && len(ext) <= 12 && !dir {
		sort = check.Clean(ext) + " files"
	}
	return fmt.Errorf("nothing here reads %s: no connector takes %s by itself; its folder can be scanned (`drover scan %s`), and an export as CSV or JSON lines is read by the file connector (`drover source add NAME file --help` says how its columns are named): %w",
		said, sort, check.Clean(clip(filepath.Dir(abs), 300)), drover.ErrInvalid)
}
