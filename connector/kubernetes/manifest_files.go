package kubernetes

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
	"github.com/droverhq/drover/connector"
)

// A survey is what lies in the configured paths.
type survey struct {
	roots    []string // absolute, none inside of another
	files    []*manifestFile
	problems []problem
	notes    []drover.Note

	entries int
	held    int64 // bytes of objects that are kept between passes
}

// A manifestFile is one file to be read.
type manifestFile struct {
	root int
	path string // to open
	part string // of the section, and in proofs: below the configured path
	json bool

	namespace string // that its kustomization gives to objects without one
	patch     bool   // its kustomization takes it for a patch: no object of its own

	read     bool
	kept     bool // objects are all there is
	objects  []kept
	problems []problem
	others   int // documents that are no objects
	notRead  map[string]int
}

type kept struct {
	k *kind
	o *object
}

// A problem is something that was not read: lost, or beyond what is read.
type problem struct {
	root   int
	part   string
	where  string
	err    error
	unread bool
	note   bool
}

func (p problem) tell(out *connector.Out) {
	if p.part != "" {
		out = out.At(p.part)
	}
	switch {
	case p.note:
		out.Note(p.where, p.err.Error())
	case p.unread:
		out.Unread(p.where, p.err.Error())
	default:
		out.Lost(p.where, p.err)
	}
}

// Bounds on one folder.
const (
	maxEntries  = 500_000
	maxFolders  = 64      // deep
	maxFile     = 1 << 30 // bytes
	maxProblems = 100     // of one file
)

// look finds the files below the paths. Links are not followed, so that there are
// no loops and nothing outside is read.
func (v *survey) look(ctx context.Context, paths []string) error {
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err == nil {
			abs, err = filepath.EvalSymlinks(abs)
		}
		if err != nil {
			return fmt.Errorf("option path: %s: %w", cut(p, 1024), fileError(err))
		}
		v.roots = append(v.roots, abs)
	}
	slices.Sort(v.roots)
	v.roots = slices.Compact(v.roots)
	v.roots = slices.DeleteFunc(v.roots, func(p string) bool {
		return slices.ContainsFunc(v.roots, func(o string) bool { return o != p && strings.HasPrefix(p, strings.TrimSuffix(o, "/")+"/") })
	})
	for i, r := range v.roots {
		info, err := os.Stat(r)
		switch {
		case err != nil:
			return fmt.Errorf("option path: %s: %w", cut(r, 1024), fileError(err))
		case info.IsDir():
			v.walk(ctx, i, r, "", 0)
		default:
			v.files = append(v.files, &manifestFile{root: i, path: r, part: filepath.Base(r), json: strings.EqualFold(filepath.Ext(r), ".json")})
		}
	}
	v.kustomize()
	return ctx.Err()
}

// name is a path below a root as it stands in parts and proofs.
func (v *survey) name(root int, rel string) string {
	rel = filepath.ToSlash(rel)
	if len(v.roots) > 1 {
		return strings.TrimSuffix(filepath.ToSlash(v.roots[root])+"/"+rel, "/")
	}
	return rel
}

// notSearched are folders that hold no manifests of anybody's own.
var notSearched = []string{".git", ".hg", ".svn", "node_modules", ".terraform", "__pycache__"}

func (v *survey) walk(ctx context.Context, root int, dir, rel string, depth int) {
	list, err := os.ReadDir(dir)
	if err != nil {
		v.problems = append(v.problems, problem{root: root, part: v.name(root, rel), where: v.name(root, rel), err: fileError(err)})
		return
	}
	chart := slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == "Chart.yaml" })
	for _, e := range list {
		if ctx.Err() != nil {
			return
		}
		below := filepath.Join(rel, e.Name())
		unread := func(why string, args ...any) {
			v.problems = append(v.problems, problem{root: root, part: v.name(root, below), where: v.name(root, below), err: fmt.Errorf(why, args...), unread: true})
		}
		if v.entries++; v.entries > maxEntries {
			v.problems = append(v.problems, problem{root: root, where: v.name(root, below), err: fmt.Errorf("more than %d files and folders; name the folders that matter in the option path: %w", maxEntries, drover.ErrInvalid)})
			return
		}
		switch {
		case e.IsDir() && slices.Contains(notSearched, e.Name()):
		case e.IsDir() && chart && e.Name() == "templates":
			unread("%s", chartAdvice)
		case e.IsDir() && depth >= maxFolders:
			unread("not searched: more than %d folders deep", maxFolders)
		case e.IsDir():
			v.walk(ctx, root, filepath.Join(dir, e.Name()), below, depth+1)
		case !isManifestName(e.Name()) || chart && isChartFile(e.Name()):
		case e.Type()&fs.ModeSymlink != 0:
			v.linked(root, filepath.Join(dir, e.Name()), below)
		case !e.Type().IsRegular():
			unread("not read: it is no regular file")
		default:
			v.files = append(v.files, &manifestFile{root: root, path: filepath.Join(dir, e.Name()), part: v.name(root, below), json: strings.EqualFold(filepath.Ext(e.Name()), ".json")})
		}
	}
}

// linked says that a link was not followed, unless it leads to what is read anyway.
func (v *survey) linked(root int, path, rel string) {
	to, err := filepath.EvalSymlinks(path)
	if err == nil && strings.HasPrefix(to, v.roots[root]+string(filepath.Separator)) {
		return
	}
	v.problems = append(v.problems, problem{root: root, part: v.name(root, rel), where: v.name(root, rel), err: errors.New("not read: a link to what lies outside of the folder"), unread: true})
}

func isManifestName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// fileError is an error without the path, which stands beside it already.
func fileError(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("it may not be read: %w", drover.ErrPermission)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("it does not exist: %w", drover.ErrNotFound)
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
