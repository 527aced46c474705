package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// A reading is one repository being read.
type reading struct {
	*repository
	settings
	session *connector.Session
	out     *connector.Out
	rules   *secret.Scanner
	unsure  bool // some folder could not be read: it may hold another clone

	absent int // folders that a partial clone does not have
	graph  *graph
	reader *gitobj.Reader
	heads  []head
}

// A head is what one working tree, or a bare repository, has checked out.
type head struct {
	tree   *gitobj.Repo
	commit gitobj.ID
	root   gitobj.ID
}

func (r *reading) stores() []*gitobj.Store {
	var list []*gitobj.Store
	for _, c := range r.clones {
		list = append(list, c.store)
	}
	return list
}

func (r *reading) promised() bool {
	return slices.ContainsFunc(r.clones, func(c *clone) bool { return c.store.Promised })
}

// objects is the part of the section that holds what lies in the repository;
// each path is a part below it.
const objects = "tree"

func (r *reading) at(path string) *connector.Out { return r.out.At(objects + "/" + clip(path)) }

// show is a path as it is displayed, without secrets in it.
func (r *reading) show(path string) string { return clip(secret.RedactString(path)) }

// key is a path as it stands in refs: itself, and where it holds a secret what is
// left of it with a keyed hash of the whole.
func (r *reading) key(path string) string {
	if shown := secret.RedactString(path); shown != path {
		return shown + "~" + strings.TrimPrefix(string(r.session.Fingerprints.Of([]byte(path))), "hs256:")
	}
	return path
}

func (r *reading) run(ctx context.Context) error {
	for _, c := range r.clones {
		if err := c.open(); err != nil {
			return fmt.Errorf("repository %s: %w", clip(c.repo.Common), err)
		}
		defer c.close()
	}
	r.reader = gitobj.NewReader(2*readerMemory, r.stores()...)
	r.out.At("repository").Node(r.node())
	all := r.out.At(objects)
	for _, c := range r.clones {
		for _, err := range c.store.Faults {
			all.Lost(clip(c.repo.Common), err)
		}
	}
	r.graph = loadGraph(ctx, r.reader, r.clones, r.reflogs)
	for _, f := range r.graph.faults {
		all.Lost(f.where, f.err)
	}
	r.loadHeads(all)
	r.useRules(all)
	h, err := r.walk(ctx, all)
	if err != nil {
		return err
	}
	sc := &scanner{reading: r, h: h, further: h.further(), creds: map[drover.Ref]*credential{}}
	if err := sc.scan(ctx); err != nil {
		return err
	}
	sc.tell()
	r.confess(all, sc)
	if err := r.owners(ctx); err != nil {
		return err
	}
	ignore := append([]*allowed{r.allow}, r.ignoreFiles()...)
	kept, ignored := sc.fold(ignore)
	sc.emit(kept)
	if r.worktree {
		n, err := sc.uncommitted(ctx, ignore)
		ignored += n
		if err != nil {
			return err
		}
	}
	if ignored > 0 {
		all.Note("", fmt.Sprintf("%d secrets left out: listed in .gitleaksignore or the allow file", ignored))
	}
	return nil
}

func (r *reading) loadHeads(all *connector.Out) {
	for _, c := range r.clones {
		for _, tree := range c.trees {
			id, _, err := tree.Head()
			if err == nil && id.IsZero() {
				continue // no commit yet
			}
			var info gitobj.CommitInfo
			if err == nil {
				info, err = readCommit(r.reader, id)
			}
			if err != nil {
				all.Lost(clip(tree.GitDir)+": HEAD", err)
				continue
			}
			r.heads = append(r.heads, head{tree, id, info.Tree})
		}
	}
}

// walk lists the versions of files that are to be read.
func (r *reading) walk(ctx context.Context, all *connector.Out) (*history, error) {
	n := 0
	w := &walker{history: newHistory(), g: r.graph, r: r.reader, exclude: r.exclude, visits: map[gitobj.ID]int{},
		remark: func(where, text string) { all.Note(r.show(where), text) },
		fail: func(where string, err error) {
			if errors.Is(err, drover.ErrNotFound) && r.promised() {
				r.absent++
			} else if n++; n <= maxFaults {
				all.Lost(r.show(where), err)
			}
		}}
	if !r.headOnly {
		if err := w.walk(ctx, func(n int32) bool { return r.graph.times[n] >= r.since.Unix() || r.since.IsZero() }); err != nil {
			return nil, err
		}
	}
	for _, h := range r.heads {
		if err := w.all(ctx, h.root, before); err != nil {
			return nil, err
		}
	}
	if !r.headOnly {
		for _, id := range r.graph.tags {
			w.record(id, "tag "+id.String(), before)
		}
	}
	for _, id := range r.graph.direct {
		typ, _, err := r.reader.Read(id, maxTree)
		if err != nil {
			all.Lost("ref to "+id.String(), err)
		} else if typ == gitobj.Tree {
			err = w.all(ctx, id, before)
		} else {
			w.record(id, "ref to "+id.String(), before)
		}
		if ctx.Err() != nil {
			return nil, err
		}
	}
	return w.history, nil
}

// confess says what was not read although it may exist: nothing that is known
// of it from other scans is removed.
func (r *reading) confess(all *connector.Out, sc *scanner) {
	switch {
	case r.headOnly:
		all.Unread("", "only the checked-out version was read (history: none)")
	case !r.since.IsZero():
		all.Unread("", "commits before "+r.since.UTC().Format("2006-01-02")+" were not read (option history)")
	}
	if r.graph.cut > 0 {
		all.Unread("", fmt.Sprintf("a shallow clone: what lies before %d commits is not here; `git fetch --unshallow` gets it", r.graph.cut))
	}
	if n := sc.absent + r.absent; n > 0 {
		all.Unread("", fmt.Sprintf("a partial clone: %d versions of files and folders are with its remote only and were not read", n))
	}
	if sc.elsewhere > 0 {
		all.Unread("", fmt.Sprintf("%d versions of files are kept elsewhere by Git LFS and were not read", sc.elsewhere))
	}
	if r.unsure {
		all.Unread("", "a folder of this source could not be read: what is known of clones in it stays")
	}
}
