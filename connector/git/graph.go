package git

import (
	"container/heap"
	"context"
	"errors"
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/gitobj"
)

// A graph holds the commits of a repository that refs reach, about 150 bytes for
// each.
type graph struct {
	ids     []gitobj.ID
	parents [][]int32 // those that are there
	trees   []gitobj.ID
	times   []int64     // when committed, in seconds
	order   []int32     // parents before children, else by time and name
	rank    []int32     // the place of each commit in order
	tags    []gitobj.ID // annotated tags: their messages are text that people write
	direct  []gitobj.ID // trees and blobs that refs name without a commit

	faults  []fault // commits and refs that could not be read
	reached int32   // commits from this number on are reached by reflogs only
	cut     int     // commits whose parents a shallow clone does not have
}

const (
	maxCommit   = 16 << 20
	maxTagDepth = 16
	maxFaults   = 200
)

// loadGraph reads all commits that the clones' refs reach, and if wanted those
// that only their reflogs do.
func loadGraph(ctx context.Context, r *gitobj.Reader, clones []*clone, reflogs bool) *graph {
	g := &graph{}
	index := map[gitobj.ID]int32{}
	shallow := map[gitobj.ID]bool{}
	var todo []gitobj.ID
	for _, c := range clones {
		for _, id := range c.repo.Shallow {
			shallow[id] = true
		}
		for _, tree := range c.trees {
			refs, err := tree.Refs()
			if err != nil {
				g.fail("refs", err)
			}
			for _, ref := range refs {
				todo = append(todo, ref.ID)
			}
		}
	}
	todo = g.tips(ctx, r, todo)
	var named [][]gitobj.ID
	dropped := false // whether commits may be gone
	for ctx.Err() == nil {
		if len(todo) == 0 && reflogs {
			g.reached, reflogs, dropped = int32(len(g.ids)), false, true
			todo = g.logged(r, clones)
			continue
		}
		if len(todo) == 0 {
			break
		}
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, ok := index[id]; ok {
			continue
		}
		index[id] = -1
		info, err := readCommit(r, id)
		if err != nil {
			if !dropped || !errors.Is(err, drover.ErrNotFound) {
				g.fail("commit "+id.String(), err)
			}
			continue
		}
		if shallow[id] {
			info.Parents = g.cutParents(r, info.Parents)
		}
		index[id] = int32(len(g.ids))
		g.ids, g.trees, named = append(g.ids, id), append(g.trees, info.Tree), append(named, info.Parents)
		seconds := int64(0)
		if !info.Committer.Time.IsZero() {
			seconds = info.Committer.Time.Unix()
		}
		g.times = append(g.times, seconds)
		todo = append(todo, info.Parents...)
	}
	if !dropped {
		g.reached = int32(len(g.ids))
	}
	g.parents = make([][]int32, len(named))
	for i, list := range named {
		for _, p := range list {
			if n, ok := index[p]; ok && n >= 0 {
				g.parents[i] = append(g.parents[i], n)
			}
		}
	}
	g.sort()
	return g
}

// logged lists the commits of reflogs. What was pruned meanwhile is not missed.
func (g *graph) logged(r *gitobj.Reader, clones []*clone) []gitobj.ID {
	var list []gitobj.ID
	for _, c := range clones {
		ids, err := c.repo.Reflogs()
		if err != nil {
			g.fail("reflogs", err)
		}
		for _, id := range ids {
			if typ, _, err := r.Read(id, maxCommit); typ == gitobj.Commit && err == nil {
				list = append(list, id)
			}
		}
	}
	return list
}

// tips follows annotated tags to what they name.
func (g *graph) tips(ctx context.Context, r *gitobj.Reader, ids []gitobj.ID) []gitobj.ID {
	seen := map[gitobj.ID]bool{}
	var commits []gitobj.ID
	for _, id := range ids {
		for depth := 0; !seen[id] && ctx.Err() == nil; depth++ {
			seen[id] = true
			typ, data, err := r.Read(id, maxCommit)
			if typ == gitobj.Commit && err == nil {
				commits = append(commits, id)
			} else if typ == gitobj.Tree || typ == gitobj.Blob {
				g.direct = append(g.direct, id)
			} else if err == nil && depth < maxTagDepth {
				g.tags = append(g.tags, id)
				if id, _, err = gitobj.ParseTag(data); err == nil {
					continue
				}
			}
			if err != nil && typ != gitobj.Tree && typ != gitobj.Blob {
				g.fail("ref to "+id.String(), err)
			}
			break
		}
	}
	return commits
}

// cutParents leaves out the parents that a shallow clone does not have; another
// clone of the same repository may have them.
func (g *graph) cutParents(r *gitobj.Reader, parents []gitobj.ID) []gitobj.ID {
	var there []gitobj.ID
	for _, p := range parents {
		if _, _, err := r.Read(p, maxCommit); err == nil {
			there = append(there, p)
		}
	}
	if len(there) < len(parents) {
		g.cut++
	}
	return there
}

func (g *graph) fail(where string, err error) {
	if len(g.faults) < maxFaults {
		g.faults = append(g.faults, fault{where, err})
	}
}

func readCommit(r *gitobj.Reader, id gitobj.ID) (gitobj.CommitInfo, error) {
	typ, data, err := r.Read(id, maxCommit)
	if err != nil {
		return gitobj.CommitInfo{}, err
	}
	if typ != gitobj.Commit {
		return gitobj.CommitInfo{}, fmt.Errorf("a %s where a commit should be", typ)
	}
	return gitobj.ParseCommit(data)
}

// sort puts parents before children. Of those that may come next the one that
// was committed first does, so that of two branches which both brought a file
// the earlier has brought it; equal times go by name.
func (g *graph) sort() {
	waits := make([]int32, len(g.ids))
	children := make([][]int32, len(g.ids))
	ready := &readyCommits{g: g}
	for i, parents := range g.parents {
		waits[i] = int32(len(parents))
		for _, p := range parents {
			children[p] = append(children[p], int32(i))
		}
		if len(parents) == 0 {
			ready.list = append(ready.list, int32(i))
		}
	}
	heap.Init(ready) // commits of reflogs come last, so that what refs reach is told by them
	g.rank = make([]int32, len(g.ids))
	for len(ready.list) > 0 {
		n, _ := heap.Pop(ready).(int32)
		g.rank[n] = int32(len(g.order))
		g.order = append(g.order, n)
		for _, c := range children[n] {
			if waits[c]--; waits[c] == 0 {
				heap.Push(ready, c)
			}
		}
	}
}

type readyCommits struct {
	g    *graph
	list []int32
}

func (r *readyCommits) Len() int { return len(r.list) }
func (r *readyCommits) Less(i, j int) bool {
	a, b := r.list[i], r.list[j]
	if x, y := a >= r.g.reached, b >= r.g.reached; x != y {
		return y
	}
	if r.g.times[a] != r.g.times[b] {
		return r.g.times[a] < r.g.times[b]
	}
	return r.g.ids[a].String() < r.g.ids[b].String()
}
func (r *readyCommits) Swap(i, j int) { r.list[i], r.list[j] = r.list[j], r.list[i] }

// Push and Pop are what package container/heap asks for.
func (r *readyCommits) Push(x any) {
	if n, ok := x.(int32); ok {
		r.list = append(r.list, n)
	}
}

// Pop takes the last commit off the list.
func (r *readyCommits) Pop() any {
	n := r.list[len(r.list)-1]
	r.list = r.list[:len(r.list)-1]
	return n
}

// firstRoot is the earliest commit without parents, by which a repository that
// has no remote is known: it stays when others are added or grafted in. A clone
// that is cut has none.
func firstRoot(ctx context.Context, c *clone) (gitobj.ID, bool) {
	if len(c.repo.Shallow) > 0 || c.open() != nil {
		return gitobj.ID{}, false
	}
	defer c.close()
	g := loadGraph(ctx, gitobj.NewReader(readerMemory, c.store), []*clone{c}, false)
	for _, n := range g.order {
		if len(g.parents[n]) == 0 && len(g.faults) == 0 {
			return g.ids[n], true
		}
	}
	return gitobj.ID{}, false
}

// readerMemory is what one reader keeps of the bases of deltas, in bytes.
const readerMemory = 48 << 20
