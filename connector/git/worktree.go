package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// ignoreFiles reads the .gitleaksignore of each working tree.
func (r *reading) ignoreFiles() []*allowed {
	var list []*allowed
	for _, c := range r.clones {
		for _, tree := range c.trees {
			if tree.WorkTree == "" {
				continue
			}
			path := filepath.Join(tree.WorkTree, ".gitleaksignore")
			if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxAllowFile {
				continue
			}
			if a, err := readAllowFile(path); err == nil {
				list = append(list, a)
			}
		}
	}
	return list
}

const (
	maxWorkFiles = 2_000_000
	maxWorkDepth = 256
)

// A desk is a working tree being searched for what no commit holds yet.
type desk struct {
	*scanner
	root    string
	out     *connector.Out
	index   map[string]gitobj.IndexEntry
	dirs    map[string]bool // folders that hold files of the index
	hash    int
	ignore  []*allowed
	known   map[presence]bool // secrets of the history, by path
	ignored int
	files   int
}

// uncommitted scans files that were changed or added since the last commit, and
// each repository's own configuration, in whose URLs passwords lie.
func (sc *scanner) uncommitted(ctx context.Context, ignore []*allowed) (ignored int, err error) {
	known := map[presence]bool{}
	for _, f := range sc.findings {
		known[presence{f.path, f.cred}] = true
	}
	for _, c := range sc.clones {
		config := &desk{scanner: sc, root: c.repo.Common, ignore: ignore, known: known, out: sc.out.At("config/" + clip(c.repo.Common))}
		config.file("config", nil)
		for _, tree := range c.trees {
			if tree.WorkTree == "" {
				continue
			}
			d := &desk{scanner: sc, root: tree.WorkTree, ignore: ignore, known: known, out: sc.out.At("worktree/" + clip(tree.WorkTree)), index: map[string]gitobj.IndexEntry{}, dirs: map[string]bool{}, hash: tree.HashSize}
			list, err := tree.Index()
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				d.out.Lost(clip(tree.GitDir)+"/index", err)
			}
			d.tracks(list)
			d.submodules(list)
			if err := d.walk(ctx, "", excludes(tree.Common), false, 0); err != nil {
				return ignored, err
			}
			ignored += d.ignored
		}
	}
	return ignored, nil
}

// maxSubmodules is how many are named one by one.
const maxSubmodules = 50

// submodules says which repositories belong into this working tree but do not lie
// there: what was seen in them when they did is not gone.
func (d *desk) submodules(list []gitobj.IndexEntry) {
	n := 0
	for _, e := range list {
		if e.Mode != gitobj.ModeGitlink || d.exclude.match(e.Path) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(d.root, filepath.FromSlash(e.Path), ".git")); !errors.Is(err, fs.ErrNotExist) {
			continue // a repository of its own
		}
		if n++; n <= maxSubmodules {
			d.out.At(clip(e.Path)).Unread(d.show(e.Path), "a submodule that is not checked out; `git submodule update --init` gets it")
		}
	}
	if n > maxSubmodules {
		d.out.Note("", fmt.Sprintf("%d more submodules are not checked out and were not read", n-maxSubmodules))
	}
}

// walk reads a folder. Links are not followed; a repository in it is read as one
// of its own. In an ignored folder only what was added all the same is read.
func (d *desk) walk(ctx context.Context, rel string, ignores ignoreList, ignored bool, depth int) error {
	dir := filepath.Join(d.root, filepath.FromSlash(rel))
	list, err := os.ReadDir(dir)
	if err != nil {
		d.out.Lost(d.show(dir), plainError(err))
		return nil
	}
	ignores = ignores.with(filepath.Join(dir, ".gitignore"), rel)
	for _, e := range list {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		path := rel + e.Name()
		entry, tracked := d.index[path]
		left := ignored || ignores.ignores(path, e.IsDir())
		switch {
		case rel == "" && e.Name() == ".git", d.exclude.match(path), left && !tracked && !(e.IsDir() && d.dirs[path]):
		case e.IsDir():
			if _, err := os.Lstat(filepath.Join(dir, e.Name(), ".git")); err == nil {
				continue
			}
			if depth >= maxWorkDepth {
				d.out.Lost(d.show(path), fmt.Errorf("folders in folders, more than %d deep: %w", maxWorkDepth, drover.ErrInvalid))
				continue
			}
			if err := d.walk(ctx, path+"/", ignores, left, depth+1); err != nil {
				return err
			}
		case e.Type().IsRegular():
			if d.files++; d.files > maxWorkFiles {
				return fmt.Errorf("more than %d files in working tree %s; leave folders out (option exclude): %w", maxWorkFiles, d.show(d.root), drover.ErrInvalid)
			}
			if tracked {
				d.file(path, &entry)
			} else {
				d.file(path, nil)
			}
		}
	}
	return nil
}

// tracks fills index and the folders that hold something of it: files below an
// ignored folder may have been added all the same.
func (d *desk) tracks(list []gitobj.IndexEntry) {
	for _, e := range list {
		d.index[e.Path] = e
		for dir := path.Dir(e.Path); dir != "." && dir != "/" && !d.dirs[dir]; dir = path.Dir(dir) {
			d.dirs[dir] = true
		}
	}
}

// file scans a file unless the history has its content.
func (d *desk) file(path string, entry *gitobj.IndexEntry) {
	full := filepath.Join(d.root, filepath.FromSlash(path))
	info, err := os.Lstat(full)
	if err != nil || !info.Mode().IsRegular() {
		return // gone meanwhile
	}
	if entry != nil && d.committed(entry.ID, path) && unchanged(entry, info) {
		return
	}
	if info.Size() > d.maxBlob {
		d.out.Unread(d.show(full), fmt.Sprintf("not read: larger than %d bytes (max_blob_size)", d.maxBlob))
		return
	}
	data, err := os.ReadFile(full)
	if err != nil {
		d.out.Lost(d.show(full), plainError(err))
		return
	}
	if d.hash > 0 && d.committed(gitobj.HashBlob(data, d.hash), path) {
		return
	}
	text := secret.Text(data) // of none, rules for names of files still apply
	for _, hit := range d.rules.ScanInput(secret.Input{Path: path, Data: text}) {
		d.hit(path, full, hit, data, text)
	}
}

// unchanged is how git itself tells that a file is as it was added (racy
// entries, of size 0, are read).
func unchanged(e *gitobj.IndexEntry, info fs.FileInfo) bool {
	t := info.ModTime()
	return e.Size != 0 && e.Size == uint32(info.Size()) && e.Seconds == uint32(t.Unix()) && (e.Nanos == 0 || e.Nanos == uint32(t.Nanosecond()))
}

// committed reports whether the history has the content at the path.
func (d *desk) committed(id gitobj.ID, path string) bool {
	b, ok := d.h.blobIndex[id]
	p, there := d.h.pathIndex[path]
	if !ok || !there {
		return false
	}
	_, more := d.h.more[uint64(b)<<32|uint64(p)]
	return more || d.h.first[b].path == p
}

func (d *desk) hit(path, full string, hit secret.Hit, data, text []byte) {
	if hit.Class == secret.Unscanned {
		d.out.Lost(d.show(full), fmt.Errorf("lines %d to %d were not searched to the end: text made to be slow to search: %w", hit.Line, hit.EndLine, drover.ErrInvalid))
		return
	}
	if hit.Value == "" {
		hit.Value = drover.Secret(data)
	}
	c := d.credential(hit.Class, hit.Value)
	if p, ok := d.h.pathIndex[path]; ok && d.hash > 0 && d.known[presence{p, c.node.Ref}] {
		return
	}
	for _, a := range d.ignore {
		if a.names("", path, hit.Rule, hit.Line, c.print) {
			d.ignored++
			return
		}
	}
	shown := d.show(full)
	attrs := map[string]any{"path": d.show(path), "file": shown, "line": hit.Line, "exposure": "internal", "exposure_because": "not committed", "repository": d.name, "committed": false}
	// A line that is not committed moves: what names the place is the secret in it.
	id := fmt.Sprintf("%s#%s", d.key(full), strings.TrimPrefix(string(c.print), "hs256:")[:12])
	d.place(d.out, spot{f: finding{rule: hit.Rule, line: hit.Line, decoded: hit.Decoded, cred: c.node.Ref, print: c.print, opens: loginAround(text, hit)}, path: path, id: id,
		name: fmt.Sprintf("%s:%d", shown, hit.Line), proof: fmt.Sprintf("%s:%d", shown, hit.Line), attrs: attrs})
}
