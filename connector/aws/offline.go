package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// Bounds of a folder that is searched for exports.
const (
	maxDepth    = 12
	maxEntries  = 500_000
	maxFiles    = 20_000
	maxFileSize = 4 << 30
)

// A lot is what a path holds.
type lot struct {
	exports []*export // newest first
	passed  []string  // files of which nothing is IAM's
	damage  []problem
}

// find reads the file, or the files of the folder, at path.
func find(ctx context.Context, path string) (*lot, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fileFault(path, err)
	}
	l := &lot{}
	if !info.IsDir() {
		l.read(path, path)
		if len(l.exports) == 0 && len(l.damage) == 0 {
			return nil, fmt.Errorf("%s: neither account authorization details, nor a credential report, nor another answer of IAM as the AWS CLI prints it: %w", path, drover.ErrInvalid)
		}
		return l, nil
	}
	entries := 0
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rel, _ := filepath.Rel(path, p)
		if err != nil {
			l.damage = append(l.damage, problem{where: rel, err: fileFault(rel, err)})
			return nil
		}
		if entries++; entries > maxEntries {
			return fmt.Errorf("%s: more than %d files: name the folder of the exports: %w", path, maxEntries, drover.ErrInvalid)
		}
		if d.IsDir() {
			if strings.Count(rel, string(filepath.Separator)) >= maxDepth {
				l.damage = append(l.damage, problem{where: rel, err: fmt.Errorf("deeper than %d folders: not read: %w", maxDepth, drover.ErrInvalid)})
				return fs.SkipDir
			}
			if d.Name() == ".git" || d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && candidate(p) {
			l.read(p, rel)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(l.exports) == 0 && len(l.damage) == 0 {
		return nil, fmt.Errorf("%s: no answer of IAM as the AWS CLI prints it lies in it: %w", path, drover.ErrNotFound)
	}
	// Of two that describe one thing differently the newer is believed.
	slices.SortStableFunc(l.exports, func(a, b *export) int { return cmp.Or(b.at.Compare(a.at), strings.Compare(a.path, b.path)) })
	return l, nil
}

// candidate reports whether a file of a folder is looked into: JSON and CSV, and
// the files without an ending that collectors keep in a folder for each call.
func candidate(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json", ".csv":
		return true
	}
	return strings.HasPrefix(filepath.Base(filepath.Dir(path)), "iam-")
}

func (l *lot) read(path, shown string) {
	f, err := open(path)
	if err != nil {
		l.damage = append(l.damage, problem{where: shown, err: fileFault(shown, err)})
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		l.damage = append(l.damage, problem{where: shown, err: fileFault(shown, err)})
		return
	}
	if info.Size() > maxFileSize || len(l.exports) >= maxFiles {
		l.damage = append(l.damage, problem{where: shown, err: fmt.Errorf("past the bound of %d files of %d GiB: not read: %w", maxFiles, maxFileSize>>30, drover.ErrInvalid)})
		return
	}
	e := readExport(f, shown)
	if !e.ours() {
		// Some other file; but one that breaks off may have been an answer of IAM.
		if len(e.damage) > 0 && (e.json || shown == path || named(path)) {
			l.damage = append(l.damage, e.damage...)
		} else {
			l.passed = append(l.passed, shown)
		}
		return
	}
	e.at = info.ModTime().UTC().Truncate(time.Second)
	l.exports = append(l.exports, e)
}

// named reports whether a file calls itself an export of IAM.
func named(path string) bool {
	name := strings.ToLower(filepath.Base(path))
	for _, word := range []string{"authorization-details", "authorization_details", "authz-details", "authz_details", "gaad", "credential-report", "credential_report", "iam-"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func fileFault(where string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: it does not exist: %w", where, drover.ErrNotFound)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: it may not be read: %w", where, drover.ErrPermission)
	}
	return fmt.Errorf("%s: %w", where, err)
}

// open opens a regular file; a pipe that took its place does not block it.
func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.Join(err, fmt.Errorf("not a regular file: %w", drover.ErrInvalid))
	}
	return f, nil
}

// discoverFiles reads every account that the path holds something of.
func discoverFiles(ctx context.Context, s *connector.Scan) error {
	path := s.Config.Get("path")
	l, err := find(ctx, path)
	if err != nil {
		return err
	}
	defer func() { s.AsOf = time.Time{} }()
	for _, f := range l.accounts(s) {
		if err := f.read(ctx); err != nil {
			return err
		}
	}
	s.AsOf = time.Time{}
	return s.Section(ctx, "files", "aws:"+s.Source+"/files", func(_ context.Context, out *connector.Out) error {
		for _, p := range l.damage {
			out.Lost(p.where, p.err)
		}
		if n := len(l.passed); n > 0 {
			out.Note(l.passed[0], fmt.Sprintf("%d of the files hold no answer of IAM, this one the first; they are passed over", n))
		}
		return nil
	})
}

// accounts groups the exports by account. One that does not say belongs to the
// account of its folder, of a folder above, or of all the others.
func (l *lot) accounts(s *connector.Scan) []*dossier {
	byFolder, all := map[string]string{}, map[string]bool{}
	for _, e := range l.exports {
		if e.account == "" {
			continue
		}
		all[e.account] = true
		dir := filepath.Dir(e.path)
		if other, ok := byFolder[dir]; ok && other != e.account {
			byFolder[dir] = "" // several: it says nothing
		} else {
			byFolder[dir] = e.account
		}
	}
	given, only := s.Config.Get("account"), ""
	for id := range all {
		if only = id; len(all) > 1 {
			only = ""
			break
		}
	}
	byAccount := map[string]*dossier{}
	var order []*dossier
	of := func(id string) *dossier {
		d := byAccount[id]
		if d == nil {
			d = newDossier(s, id)
			byAccount[id] = d
			order = append(order, d)
		}
		return d
	}
	for _, e := range l.exports {
		id := firstOf(e.account, given, folderAccount(byFolder, e.path), only)
		if !e.bare() {
			d := of(id)
			d.exports = append(d.exports, e)
		}
		for _, r := range e.resources {
			d := of(firstOf(r.accountID(), id))
			d.resources = append(d.resources, listedResource{r, e})
		}
	}
	slices.SortFunc(order, func(a, b *dossier) int { return strings.Compare(a.id, b.id) })
	return order
}

func folderAccount(byFolder map[string]string, path string) string {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if id := firstOf(byFolder[dir], digits(filepath.Base(dir))); id != "" {
			return id
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}
