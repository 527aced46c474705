package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// A Hit is a secret that the next commit, or a push, would add. Its value is not
// in it.
type Hit struct {
	Path   string // as git names it: hostile text
	Line   int    // counted from 1; 0 where the file as a whole is the secret
	Rule   string
	Class  string
	Commit string // "" for what is staged

	// Unread says why the file could not be searched, or not to its end; the other
	// fields but Path are empty then. A hook that must not let anything through
	// treats it as a finding.
	Unread string
}

// leaks is Staged in the words of every connector.
func leaks(ctx context.Context, dir, allowFile string) ([]connector.Leak, error) {
	return asLeaks(Staged(ctx, dir, allowFile))
}

// pushedLeaks is Pushed in the words of every connector.
func pushedLeaks(ctx context.Context, dir, allowFile string, lines io.Reader) ([]connector.Leak, error) {
	return asLeaks(Pushed(ctx, dir, allowFile, lines))
}

func asLeaks(hits []Hit, err error) ([]connector.Leak, error) {
	var out []connector.Leak
	for _, h := range hits {
		out = append(out, connector.Leak{Path: h.Path, Commit: h.Commit, Line: h.Line, Rule: h.Rule, Class: h.Class, Unread: h.Unread})
	}
	return out, err
}

// maxStaged is the largest staged file that is searched.
const maxStaged = 16 << 20

// Staged returns the secrets that the next commit in the working tree at dir
// would add: those in staged files that differ from HEAD's, and are not in
// HEAD's version of the file already. Findings that the .gitleaksignore or the
// allow file (a path, or "") lists are left out; only those by place, for there
// is no fingerprint key here. It fails with drover.ErrNotFound outside a
// repository.
func Staged(ctx context.Context, dir, allowFile string) ([]Hit, error) {
	h, err := openHook(dir, allowFile)
	if err != nil {
		return nil, err
	}
	defer h.store.Close()
	changed, err := stagedChanges(ctx, h.repo, h.reader)
	if err != nil {
		return nil, err
	}
	var hits []Hit
	for _, ch := range changed {
		if err := ctx.Err(); err != nil {
			return hits, context.Cause(ctx)
		}
		hits = append(hits, h.counted(ch.hits(h.reader, h.rules))...)
	}
	return hits, nil
}

// A change is a file that gets new content.
type change struct {
	path     string
	old, new gitobj.ID // old is zero where there was none
}

func stagedChanges(ctx context.Context, repo *gitobj.Repo, r *gitobj.Reader) ([]change, error) {
	index, err := repo.Index()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing was ever added
	}
	if err != nil {
		return nil, fmt.Errorf("read what is staged: %w", err)
	}
	head, _, err := repo.Head()
	if err != nil {
		return nil, fmt.Errorf("read what is staged: %w", err)
	}
	w := &walker{r: r}
	var root gitobj.ID
	if !head.IsZero() {
		info, err := readCommit(r, head)
		if err != nil {
			return nil, fmt.Errorf("read what is staged: %w", err)
		}
		root = info.Tree
	}
	var changed []change
	folders := map[string]map[string]gitobj.ID{} // by folder of HEAD: its files
	for _, e := range index {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if e.Mode == gitobj.ModeGitlink || e.Mode == gitobj.ModeDir || e.Stage > 0 || e.ID.IsZero() {
			continue // a submodule, a folder of a sparse index, a conflict, what is only intended
		}
		i := strings.LastIndexByte(e.Path, '/')
		dir, name := e.Path[:max(0, i)], e.Path[i+1:]
		files, ok := folders[dir]
		if !ok {
			if files, err = w.files(root, dir); err != nil {
				return nil, fmt.Errorf("read what is staged: %w", err)
			}
			folders[dir] = files
		}
		if old := files[name]; old != e.ID {
			changed = append(changed, change{e.Path, old, e.ID})
		}
	}
	return changed, nil
}

// files lists the files of a folder of a tree; none if there is no such folder.
func (w *walker) files(root gitobj.ID, dir string) (map[string]gitobj.ID, error) {
	out := map[string]gitobj.ID{}
	if root.IsZero() {
		return out, nil
	}
	if dir != "" {
		var ok bool
		// The slash asks for a folder.
		if root, ok = w.lookupDir(root, dir); !ok {
			return out, nil
		}
	}
	data, err := w.tree(root)
	if err != nil {
		return out, err
	}
	entries, err := gitobj.ParseTree(data, root.Size())
	for _, e := range entries {
		if !e.Dir() {
			out[e.Name] = e.ID
		}
	}
	return out, err
}

func (w *walker) lookupDir(tree gitobj.ID, dir string) (gitobj.ID, bool) {
	for name := range strings.SplitSeq(dir, "/") {
		data, err := w.tree(tree)
		if err != nil {
			return tree, false
		}
		var ok bool
		if tree, ok = entryOf(data, tree.Size(), name, true); !ok {
			return tree, false
		}
	}
	return tree, true
}

// hits are the secrets that are in the new content and not in the old.
func (c change) hits(r *gitobj.Reader, rules *secret.Scanner) []Hit {
	found, err := scanBlob(r, rules, c.path, c.new)
	if err != nil {
		return []Hit{{Path: c.path, Unread: err.Error()}}
	}
	if len(found) == 0 {
		return nil
	}
	type value struct {
		rule string
		text drover.Secret
	}
	had := map[value]bool{}
	if !c.old.IsZero() {
		old, err := scanBlob(r, rules, c.path, c.old)
		if err == nil { // else all of them count as new
			for _, h := range old {
				had[value{h.Rule, h.Value}] = true
			}
		}
	}
	var out []Hit
	for _, h := range found {
		switch {
		case h.Class == secret.Unscanned:
			out = append(out, Hit{Path: c.path, Unread: fmt.Sprintf("lines %d to %d were not searched to the end: text made to be slow to search", h.Line, h.EndLine)})
		case !had[value{h.Rule, h.Value}]:
			out = append(out, Hit{Path: c.path, Line: h.Line, Rule: h.Rule, Class: h.Class})
		}
	}
	return out
}

func scanBlob(r *gitobj.Reader, rules *secret.Scanner, path string, id gitobj.ID) ([]secret.Hit, error) {
	typ, data, err := r.Read(id, maxStaged)
	if err != nil {
		return nil, err
	}
	if typ != gitobj.Blob {
		return nil, fmt.Errorf("a %s where a file should be: %w", typ, drover.ErrInvalid)
	}
	return rules.ScanInput(secret.Input{Path: path, Data: secret.Text(data)}), nil
}
