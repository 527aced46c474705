package git

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// Pushed returns the secrets that a push would publish: those that come in with
// commits which no remote-tracking branch has. Lines are what git writes to a
// pre-push hook, "<local ref> <local object> <remote ref> <remote object>"
// (githooks(5)). A secret that a later commit of the push takes out again is found
// all the same: it is published. What is listed is left out as by [Staged].
func Pushed(ctx context.Context, dir, allowFile string, lines io.Reader) ([]Hit, error) {
	h, err := openHook(dir, allowFile)
	if err != nil {
		return nil, err
	}
	defer h.store.Close()
	fresh, known, err := parsePush(lines)
	if err != nil {
		return nil, err
	}
	refs, err := h.repo.Refs()
	if err != nil {
		return nil, fmt.Errorf("read what the remote has: %w", err)
	}
	for _, ref := range refs {
		if strings.HasPrefix(ref.Name, "refs/remotes/") {
			known = append(known, ref.ID)
		}
	}
	commits, err := unpublished(ctx, h.reader, fresh, known)
	if err != nil {
		return nil, err
	}
	var hits []Hit
	for _, c := range commits {
		found, err := c.hits(ctx, h.reader, h.rules)
		if err != nil {
			return hits, err
		}
		hits = append(hits, h.counted(found)...)
	}
	return hits, nil
}

func parsePush(lines io.Reader) (fresh, known []gitobj.ID, err error) {
	s := bufio.NewScanner(io.LimitReader(lines, 64<<20))
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) == 0 {
			continue
		}
		if len(f) != 4 {
			return nil, nil, fmt.Errorf("a line of a pre-push hook has four words, not %d: %w", len(f), drover.ErrInvalid)
		}
		for i, to := range map[int]*[]gitobj.ID{1: &fresh, 3: &known} {
			id, err := gitobj.ParseID(f[i])
			if err != nil {
				return nil, nil, fmt.Errorf("a line of a pre-push hook: %w", err)
			}
			if !id.IsZero() { // zeros: a branch to be removed, or one that is new there
				*to = append(*to, id)
			}
		}
	}
	return fresh, known, s.Err()
}

// A commit to be published.
type unpublishedCommit struct {
	id   gitobj.ID
	info gitobj.CommitInfo
}

// A frontier goes from both sides down the history, latest commits first.
type frontier struct {
	list  []unpublishedCommit
	known map[gitobj.ID]bool // by commit that was met: whether the remote has it
	fresh int                // in list, not known
}

// unpublished lists the commits that fresh reaches and known does not, oldest
// first. With clocks that go wrong it may list more, never fewer.
func unpublished(ctx context.Context, r *gitobj.Reader, fresh, known []gitobj.ID) ([]unpublishedCommit, error) {
	f := &frontier{known: map[gitobj.ID]bool{}}
	for i, tips := range [][]gitobj.ID{known, fresh} {
		for _, id := range (&graph{}).tips(ctx, r, tips) {
			// What the remote has and we cannot read only makes the list longer. What
			// would be pushed and cannot be read must not pass.
			if err := f.meet(r, id, i == 0); err != nil && i == 1 {
				return nil, err
			}
		}
	}
	var out []unpublishedCommit
	for len(f.list) > 0 && f.fresh > 0 {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		c, _ := heap.Pop(f).(unpublishedCommit)
		old := f.known[c.id]
		if !old {
			f.fresh--
			out = append(out, c)
		}
		for _, p := range c.info.Parents {
			if err := f.meet(r, p, old); err != nil && !old {
				return nil, fmt.Errorf("commit %s: its parent cannot be read: %w", c.id, err)
			}
		}
	}
	out = slices.DeleteFunc(out, func(c unpublishedCommit) bool { return f.known[c.id] })
	slices.Reverse(out)
	return out, nil
}

// meet takes a commit up; that the remote has it may become known later. A
// commit at which a shallow clone ends, and what the remote has and this clone
// has not, is passed over.
func (f *frontier) meet(r *gitobj.Reader, id gitobj.ID, known bool) error {
	was, met := f.known[id]
	if met && (was || !known) {
		return nil
	}
	info, err := readCommit(r, id)
	if err != nil {
		return err
	}
	f.known[id] = known
	if met { // it may wait in the list, or be through; either way its parents are to hear
		for _, c := range f.list {
			if c.id == id {
				f.fresh--
			}
		}
	}
	if !known {
		f.fresh++
	}
	heap.Push(f, unpublishedCommit{id, info})
	return nil
}

func (f *frontier) Len() int { return len(f.list) }
func (f *frontier) Less(i, j int) bool {
	return f.list[i].info.Committer.Time.After(f.list[j].info.Committer.Time)
}
func (f *frontier) Swap(i, j int) { f.list[i], f.list[j] = f.list[j], f.list[i] }

// Push and Pop are what package container/heap asks for.
func (f *frontier) Push(x any) {
	if c, ok := x.(unpublishedCommit); ok {
		f.list = append(f.list, c)
	}
}

// Pop takes the last commit off the list.
func (f *frontier) Pop() any {
	c := f.list[len(f.list)-1]
	f.list = f.list[:len(f.list)-1]
	return c
}

// hits are the secrets that the commit has and none of its parents has at the
// same path.
func (c unpublishedCommit) hits(ctx context.Context, r *gitobj.Reader, rules *secret.Scanner) ([]Hit, error) {
	var failed error
	w := &walker{history: newHistory(), g: &graph{}, r: r, visits: map[gitobj.ID]int{}, remark: func(string, string) {},
		fail: func(where string, err error) { failed = fmt.Errorf("commit %s: %w", c.id, err) }}
	var parents []gitobj.ID
	for _, p := range c.info.Parents {
		info, err := readCommit(r, p)
		if err != nil {
			continue // where a shallow clone ends: all of the commit counts as new
		}
		parents = append(parents, info.Tree)
	}
	if err := w.diff(ctx, "", c.info.Tree, parents, 0, 0); err != nil || failed != nil {
		return nil, cmp.Or(err, failed)
	}
	further := w.further()
	var out []Hit
	for b, id := range w.blobs {
		for _, o := range append([]origin{w.first[b]}, further[uint32(b)]...) {
			ch := change{path: w.paths[o.path], new: id}
			for _, p := range parents {
				if old, ok := w.lookup(p, ch.path); ok {
					ch.old = old
				}
			}
			for _, h := range ch.hits(r, rules) {
				h.Commit = c.id.String()
				out = append(out, h)
			}
		}
	}
	return out, nil
}
