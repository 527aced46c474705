package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/gitobj"
)

// A survey is what lies in the configured folders.
type survey struct {
	found []string // repositories, sorted
	lost  []fault
	notes []remark

	seen    map[string]bool
	folders int
	full    bool
}

type fault struct {
	where string
	err   error
}

type remark struct{ where, text string }

// maxRepositories bounds what one source holds open at a time.
const maxRepositories = 20000

// look searches the folders. Links are not followed, so that there are no loops;
// a repository's own working tree is searched for others in it (submodules have
// a .git of their own), its folder of objects is not.
func look(ctx context.Context, o settings) *survey {
	v := &survey{seen: map[string]bool{}}
	for _, p := range o.paths {
		abs, err := filepath.Abs(p)
		if err == nil {
			abs, err = filepath.EvalSymlinks(abs)
		}
		if err != nil {
			v.lost = append(v.lost, fault{clip(p), plainError(err)})
			continue
		}
		v.walk(ctx, abs, 0, o)
	}
	slices.Sort(v.found)
	v.found = slices.Compact(v.found)
	return v
}

// accepts takes a repository, and a folder that has some right in it.
func accepts(path string, dir bool) (option string, ok bool) {
	option = "paths"
	if !dir || gitobj.IsRepo(path) {
		return option, dir
	}
	list, err := os.ReadDir(path)
	return option, err == nil && slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.IsDir() && gitobj.IsRepo(filepath.Join(path, e.Name())) })
}

func (v *survey) walk(ctx context.Context, dir string, depth int, o settings) {
	if ctx.Err() != nil || v.seen[dir] {
		return
	}
	v.seen[dir] = true
	if v.folders++; v.folders > o.maxFolders || len(v.found) >= maxRepositories {
		if !v.full {
			v.full = true
			v.lost = append(v.lost, fault{clip(dir), fmt.Errorf("more than %d folders or %d repositories; name the ones that matter in paths: %w", o.maxFolders, maxRepositories, drover.ErrInvalid)})
		}
		return
	}
	repo := gitobj.IsRepo(dir)
	if repo {
		v.found = append(v.found, dir)
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err != nil {
			return // bare: nothing else lies in it
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			v.lost = append(v.lost, fault{clip(dir), plainError(err)})
		}
		return
	}
	for _, e := range list {
		if !e.IsDir() || e.Name() == ".git" || e.Name() == "node_modules" {
			continue
		}
		sub := filepath.Join(dir, e.Name())
		if o.exclude.match(strings.TrimPrefix(filepath.ToSlash(sub), "/")) || o.exclude.match(e.Name()) {
			continue
		}
		if depth >= o.maxDepth {
			v.notes = append(v.notes, remark{clip(dir), fmt.Sprintf("not searched for repositories below here: %d folders deep (max_depth)", o.maxDepth)})
			return
		}
		v.walk(ctx, sub, depth+1, o)
	}
}

// plainError is an error without its path, which stands beside it already.
func plainError(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("it may not be read: %w", drover.ErrPermission)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("it does not exist: %w", drover.ErrNotFound)
	}
	return err
}
