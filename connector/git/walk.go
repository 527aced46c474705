package git

import (
	"bytes"
	"context"
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/gitobj"
)

// A history says which commit brought which content to which path: for every
// blob, the first commit in the order of the graph that has it at that path.
type history struct {
	paths     []string
	blobs     []gitobj.ID
	first     []origin         // by blob: where it came in
	more      map[uint64]int32 // blob<<32|path -> commit, for its further paths
	pathIndex map[string]uint32
	blobIndex map[gitobj.ID]uint32
}

type origin struct {
	path   uint32
	commit int32 // number in the graph; before: earlier than what was read
}

// before stands for a commit that was not read.
const before = -1

func newHistory() *history {
	return &history{more: map[uint64]int32{}, pathIndex: map[string]uint32{}, blobIndex: map[gitobj.ID]uint32{}}
}

const (
	maxTree      = 256 << 20
	maxTreeDepth = 1024
	maxPath      = 1 << 16
	maxOrigins   = 100_000_000
	// maxSame is in how many places of one commit the same folder is looked into.
	// A tree that names itself many times over on each of its levels has more paths
	// than there are atoms.
	maxSame = 1000
)

// A walker fills a history.
type walker struct {
	*history
	g       *graph
	r       *gitobj.Reader
	exclude globs

	cache     map[uint64]folder // by the short form of the name
	cacheRoom int
	levels    []*level
	visits    map[gitobj.ID]int // how often a folder was entered in this commit

	fail   func(where string, err error)
	remark func(where, text string)
}

// walk goes through the commits in order. Those for which in is false are taken
// as known: only what later commits change is looked at.
func (w *walker) walk(ctx context.Context, in func(n int32) bool) error {
	for _, n := range w.g.order {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if !in(n) {
			continue
		}
		var parents []gitobj.ID
		for _, p := range w.g.parents[n] {
			parents = append(parents, w.g.trees[p])
		}
		clear(w.visits)
		if err := w.diff(ctx, "", w.g.trees[n], parents, n, 0); err != nil {
			return err
		}
	}
	return nil
}

// all takes every file of a tree as being there, from commit n or before.
func (w *walker) all(ctx context.Context, tree gitobj.ID, n int32) error {
	clear(w.visits)
	return w.diff(ctx, "", tree, nil, n, 0)
}

// diff records what the tree has and none of the parents' trees has.
func (w *walker) diff(ctx context.Context, prefix string, tree gitobj.ID, parents []gitobj.ID, n int32, depth int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, p := range parents {
		if p == tree {
			return nil
		}
	}
	if depth > maxTreeDepth {
		w.fail(prefix, fmt.Errorf("folders in folders, more than %d deep: %w", maxTreeDepth, drover.ErrInvalid))
		return nil
	}
	if w.visits[tree]++; w.visits[tree] > maxSame {
		if w.visits[tree] == maxSame+1 {
			w.remark(prefix, fmt.Sprintf("the same folder lies in more than %d places of one commit; the others are not listed", maxSame))
		}
		return nil
	}
	here, err := w.tree(tree)
	if err != nil {
		w.fail(prefix, err)
	}
	if depth >= len(w.levels) {
		w.levels = append(w.levels, &level{})
	}
	lv := w.levels[depth]
	old, below := lv.old[:0], lv.below[:0]
	defer func() { lv.old, lv.below = old[:0], below[:0] }()
	for _, p := range parents {
		// A parent's tree that cannot be read was said when it was its turn.
		data, _ := w.tree(p)
		old = append(old, side{data: data, hash: p.Size()})
	}
	for {
		for i := range old {
			here = old[i].skip(here)
		}
		if len(here) == 0 {
			break
		}
		e, rest, err := gitobj.NextEntry(here, tree.Size())
		if err != nil {
			w.fail(prefix, fmt.Errorf("object %s: %w", tree, err))
			break
		}
		here, below = rest, below[:0]
		same := false
		for i := range old {
			id := old[i].find(e)
			same = same || id != nil && bytes.Equal(id, e.ID)
			if id != nil && !same && e.Dir() {
				below = append(below, gitobj.RawID(id))
			}
		}
		if same || e.Mode == gitobj.ModeGitlink {
			continue
		}
		path := prefix + string(e.Name)
		if len(path) > maxPath {
			w.fail(prefix, fmt.Errorf("a path of more than %d bytes: %w", maxPath, drover.ErrInvalid))
			continue
		}
		if w.exclude.match(path) {
			continue
		}
		if !e.Dir() {
			w.record(gitobj.RawID(e.ID), path, n)
			continue
		}
		if err := w.diff(ctx, path+"/", gitobj.RawID(e.ID), below, n, depth+1); err != nil {
			return err
		}
	}
	if len(w.first)+len(w.more) > maxOrigins {
		return fmt.Errorf("more than %d versions of files; read a part of the history (option history): %w", maxOrigins, drover.ErrInvalid)
	}
	return nil
}

// A level is what diff uses at one depth, and again for the next folder there.
type level struct {
	old   []side
	below []gitobj.ID
}

// A side is a parent's folder, gone through in step with the child's.
type side struct {
	data []byte // from next on, if there is one
	rest []byte // behind next
	hash int
	next gitobj.RawEntry
	has  bool
}

// skip returns here from the first entry on that is not at the same turn here and
// on the side: mostly only one is another.
func (s *side) skip(here []byte) []byte {
	n := prefix(here, s.data)
	if n == len(here) {
		return nil
	}
	end := 0
	for end < n {
		name := bytes.IndexByte(here[end:n], 0)
		if name < 0 || end+name+1+s.hash > n {
			break
		}
		end += name + 1 + s.hash
	}
	if end > 0 {
		here, s.data, s.has = here[end:], s.data[end:], false
	}
	return here
}

// find returns the object of the entry with the same name and sort; nil if there
// is none. Both lists are in git's order, in which a folder's name ends in a slash;
// out of order, as no git writes them, entries count as new.
func (s *side) find(e gitobj.RawEntry) []byte {
	for {
		if !s.has {
			next, rest, err := gitobj.NextEntry(s.data, s.hash)
			if err != nil {
				s.data = nil
				return nil
			}
			s.next, s.rest, s.has = next, rest, true
		}
		switch c := compareEntries(s.next, e); {
		case c > 0:
			return nil
		case c == 0 && s.next.Dir() == e.Dir():
			return s.next.ID
		}
		s.data, s.has = s.rest, false
	}
}

func compareEntries(a, b gitobj.RawEntry) int {
	n := min(len(a.Name), len(b.Name))
	if c := bytes.Compare(a.Name[:n], b.Name[:n]); c != 0 {
		return c
	}
	return int(after(a, n)) - int(after(b, n))
}

func after(e gitobj.RawEntry, n int) byte {
	switch {
	case n < len(e.Name):
		return e.Name[n]
	case e.Dir():
		return '/'
	}
	return 0
}

// A folder is a tree that has been read.
type folder struct {
	id   gitobj.ID
	data []byte
}

// tree reads a folder, mostly one of those read last.
func (w *walker) tree(id gitobj.ID) ([]byte, error) {
	if f, ok := w.cache[id.Short()]; ok && f.id == id {
		return f.data, nil
	}
	typ, data, err := w.r.Read(id, maxTree)
	if err != nil {
		return nil, err
	}
	if typ != gitobj.Tree {
		return nil, fmt.Errorf("object %s: a %s where a folder should be: %w", id, typ, drover.ErrInvalid)
	}
	const room = 32 << 20
	if w.cacheRoom -= len(data) + 100; w.cacheRoom < 0 || w.cache == nil {
		w.cache, w.cacheRoom = map[uint64]folder{}, room-len(data)
	}
	w.cache[id.Short()] = folder{id, data}
	return data, nil
}

// record notes that content came to a path. The first commit stands.
func (h *history) record(blob gitobj.ID, path string, commit int32) {
	p, ok := h.pathIndex[path]
	if !ok {
		p = uint32(len(h.paths))
		h.pathIndex[path] = p
		h.paths = append(h.paths, path)
	}
	b, ok := h.blobIndex[blob]
	if !ok {
		h.blobIndex[blob] = uint32(len(h.blobs))
		h.blobs, h.first = append(h.blobs, blob), append(h.first, origin{p, commit})
		return
	}
	if h.first[b].path == p {
		return
	}
	key := uint64(b)<<32 | uint64(p)
	if _, ok := h.more[key]; !ok {
		h.more[key] = commit
	}
}

// further lists the other paths that each blob came to.
func (h *history) further() map[uint32][]origin {
	list := map[uint32][]origin{}
	for key, commit := range h.more {
		list[uint32(key>>32)] = append(list[uint32(key>>32)], origin{uint32(key), commit})
	}
	return list
}
