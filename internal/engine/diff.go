package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// A DiffView is `diff`: what changed between two generations.
type DiffView struct {
	Schema  string       `json:"schema"`
	From    MomentView   `json:"from"`
	To      MomentView   `json:"to"`
	Added   int          `json:"added"` // of nodes, edges and tags together
	Changed int          `json:"changed"`
	Removed int          `json:"removed"`
	Nodes   ChangeCount  `json:"nodes"`
	Edges   ChangeCount  `json:"edges"`
	Tags    ChangeCount  `json:"tags"`
	Joins   ChangeCount  `json:"joins"` // refs that were found to be one thing with another, or no longer
	Items   []ChangeView `json:"items"`
}

// A MomentView is a generation and its time.
type MomentView struct {
	Generation int64      `json:"generation"`
	At         *time.Time `json:"at"`
}

// A ChangeCount counts the changes of nodes, of edges or of tags.
type ChangeCount struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
}

// A ChangeView is one changed node, edge or tag.
type ChangeView struct {
	Change string         `json:"change"`            // added, changed, removed
	What   string         `json:"what"`              // node, edge, tag, join
	Ref    drover.Ref     `json:"ref"`               // of an edge: where it begins; of a tag: what has it; of a join: what was joined
	To     drover.Ref     `json:"to,omitempty"`      // of a join: the thing that it is, by the first name it had
	ToName string         `json:"to_name,omitempty"` // what To is called, where that is known
	Kind   string         `json:"kind"`              // of a tag: its key
	Type   string         `json:"type,omitempty"`
	Name   string         `json:"name,omitempty"`
	Part   string         `json:"part,omitempty"`
	Fields map[string]Was `json:"fields,omitempty"` // what is different
}

// Was is one field before and after.
type Was struct {
	From any `json:"from"`
	To   any `json:"to"`
}

// DiffRequest says which two moments are compared, and for which node; an empty
// ID is the whole estate.
type DiffRequest struct {
	ID       string
	From, To time.Time // zero To: now; zero From: before the last change
	Limit    int       // of each kind of change, at most so many items, the first in order; 0: all. All are counted.
}

// Diff compares two moments.
func (e *Engine) Diff(ctx context.Context, req DiffRequest) (*DiffView, error) {
	to, err := e.store.Latest(ctx)
	if err == nil && !req.To.IsZero() {
		to, err = e.store.AsOf(ctx, req.To)
	}
	if err != nil {
		return nil, err
	}
	from, err := e.before(ctx, to, req.From)
	if err != nil {
		return nil, err
	}
	var only drover.Ref
	if req.ID != "" {
		if only, err = e.refOf(ctx, req.ID, req.To, req.From); err != nil {
			return nil, err
		}
	}
	if e.memory == nil || req.Limit <= 0 || !req.To.IsZero() {
		return e.diff(ctx, req, from, to, only)
	}
	// What lies between two generations stays what it is: pages ask for it again and again.
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("diff %d %d %d %s", from.ID, to.ID, req.Limit, only)
	return memoised(ctx, &s.held.memos, key, func(v *DiffView) int { return 32 * len(v.Items) }, func(ctx context.Context) (*DiffView, error) {
		return e.diff(ctx, req, from, to, only)
	})
}

func (e *Engine) diff(ctx context.Context, req DiffRequest, from, to store.Generation, only drover.Ref) (*DiffView, error) {
	v := &DiffView{Schema: "drover/v1/diff", From: MomentView{from.ID, when(from.At)}, To: MomentView{to.ID, when(to.At)}, Items: []ChangeView{}}
	shown, err := e.showsChanges(ctx, from, to)
	if err != nil {
		return nil, err
	}
	changes := e.store.Diff(ctx, from.ID, to.ID, e.scope)
	if only != "" {
		changes = e.store.DiffAbout(ctx, from.ID, to.ID, e.scope, only)
	}
	for c, err := range changes {
		if err != nil {
			return nil, err
		}
		if x := changeView(c); shown(x) {
			v.add(x, only)
			v.trim(req.Limit, 2*req.Limit)
		}
	}
	tags, err := e.tagChanges(ctx, from.ID, to.ID)
	if err != nil {
		return nil, err
	}
	joins, err := e.joinChanges(ctx, from.ID, to.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range append(tags, joins...) {
		if shown(x) {
			v.add(x, only)
		}
	}
	v.sort()
	v.trim(req.Limit, 0)
	return v, e.nameEnds(ctx, v, req.To)
}

// nameEnds says what the ends of edges, tags and joins are called at the later moment;
// what has gone by then is called as the change that took it says.
func (e *Engine) nameEnds(ctx context.Context, v *DiffView, at time.Time) error {
	s, err := e.Snapshot(ctx, at)
	if err != nil {
		return err
	}
	gone := map[drover.Ref]string{}
	for _, x := range v.Items {
		if x.What == "node" {
			gone[x.Ref] = x.Name
		}
	}
	name := func(ref drover.Ref) string {
		if row, ok := s.Find(ref); ok {
			return s.Name(row)
		}
		return gone[ref]
	}
	for i := range v.Items {
		x := &v.Items[i]
		x.Name = cmp.Or(x.Name, name(x.Ref))
		if x.To != "" {
			x.ToName = name(x.To)
		}
	}
	return nil
}

// sort puts the items in their order.
func (v *DiffView) sort() {
	slices.SortStableFunc(v.Items, func(a, b ChangeView) int {
		return strings.Compare(a.What+"\x00"+string(a.Ref)+"\x00"+a.Kind+"\x00"+string(a.To)+"\x00"+a.Part, b.What+"\x00"+string(b.Ref)+"\x00"+b.Kind+"\x00"+string(b.To)+"\x00"+b.Part)
	})
}

// trim keeps the first limit items of each kind, once there are more than slack over
// what the kinds can have together, so that a million changes are never held at once.
func (v *DiffView) trim(limit, slack int) {
	const kinds = 4
	if limit <= 0 || len(v.Items) <= slack+limit*kinds && slack > 0 {
		return
	}
	v.sort()
	kept := map[string]int{}
	v.Items = slices.DeleteFunc(v.Items, func(x ChangeView) bool {
		kept[x.What]++
		return kept[x.What] > limit
	})
}

// showsChanges reports whether the caller sees all that a change speaks of, before or
// after.
func (e *Engine) showsChanges(ctx context.Context, from, to store.Generation) (func(ChangeView) bool, error) {
	if e.sight.All() {
		return func(ChangeView) bool { return true }, nil
	}
	var either []*Snapshot
	for _, gen := range []store.Generation{from, to} {
		if gen.ID == 0 {
			continue
		}
		s, err := e.narrow(ctx, gen, e.o.Now())
		if err != nil {
			return nil, err
		}
		either = append(either, s)
	}
	sees := func(ref drover.Ref) bool {
		return slices.ContainsFunc(either, func(s *Snapshot) bool { _, ok := s.Find(ref); return ok })
	}
	return func(x ChangeView) bool { return sees(x.Ref) && (x.To == "" || sees(x.To)) }, nil
}

// add counts and keeps a change, of the one node that was asked for if any was.
func (v *DiffView) add(x ChangeView, only drover.Ref) {
	if only != "" && x.Ref != only && x.To != only {
		return
	}
	of := map[string]*ChangeCount{"node": &v.Nodes, "edge": &v.Edges, "tag": &v.Tags, "join": &v.Joins}[x.What]
	switch x.Change {
	case "added":
		v.Added++
		of.Added++
	case "changed":
		v.Changed++
		of.Changed++
	case "removed":
		v.Removed++
		of.Removed++
	}
	v.Items = append(v.Items, x)
}

// before is the generation to compare with: that of the moment, or else the one
// before the last scan.
func (e *Engine) before(ctx context.Context, to store.Generation, at time.Time) (store.Generation, error) {
	if !at.IsZero() {
		return e.store.AsOf(ctx, at)
	}
	scans, err := e.store.Scans(ctx, e.scope, 1)
	if err != nil || len(scans) == 0 {
		return store.Generation{}, err
	}
	return e.store.AsOf(ctx, scans[0].Started.Add(-time.Microsecond))
}
