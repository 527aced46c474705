package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/internal/store"
)

// An IdentityBatch tags many identities at once, or gives them an owner. What is
// refused for one does not keep the others from being changed.
type IdentityBatch struct {
	Action string   // tag, owner
	IDs    []string // maxBatch at most; or
	Filter string   // the identities that it keeps, where All is set
	All    bool
	Set    map[string]string // of tag
	Remove []string          // of tag
	Owner  OwnerDecision     // of owner
	Only   bool              // count and say what would be refused, and change nothing
}

// An undoTag is a tag that a batch set or ended, and what it was before.
type undoTag struct {
	Ref    drover.Ref `json:"ref"`
	ID     string     `json:"id"`
	Name   string     `json:"name"`
	Key    string     `json:"key"`
	Wrote  *string    `json:"wrote"`  // null: it was ended
	Before *string    `json:"before"` // null: it was not there
}

// BatchIdentities changes many identities at once. What it did can be taken back
// for ten minutes with Undo.
func (e *Engine) BatchIdentities(ctx context.Context, q IdentityBatch) (r *BatchResult, err error) {
	err = e.Retried(ctx, func(ctx context.Context) error {
		r, err = e.batchIdentities(ctx, q)
		return err
	})
	return r, err
}

func (e *Engine) batchIdentities(ctx context.Context, q IdentityBatch) (*BatchResult, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	r := &BatchResult{Schema: "drover/v1/batch", Action: q.Action, Preview: q.Only, Items: []BatchItem{}}
	rows, err := s.pickedRows(q, r)
	if err != nil {
		return nil, err
	}
	var set, end []store.Tag
	switch q.Action {
	case "tag":
		set, end, err = e.tagging(ctx, s, q, rows, r)
	case "owner":
		set, end, err = e.owning(ctx, s, q, rows, r)
	default:
		err = fmt.Errorf("action %.40q is none of tag, owner: %w", q.Action, drover.ErrInvalid)
	}
	if err != nil || q.Only || r.Done == 0 {
		return r, err
	}
	u, err := e.undoOfTags(ctx, s, set, end)
	if err != nil {
		return nil, err
	}
	a := &AuditEntry{Action: map[string]string{"tag": "tag.set", "owner": "owner.set"}[q.Action], Detail: map[string]any{"identities": r.Done, "things": tagged(set, end)}}
	if err := e.audited(ctx, a, func(ctx context.Context) error { _, err := e.store.SetTags(ctx, set, end); return err }); err != nil {
		return nil, err
	}
	return r, e.undoable(ctx, "identity."+q.Action, check.Count(r.Done, "identity"), r, u)
}

// pickedRows are the rows of a request; those that there are not it adds to the
// result.
func (s *Snapshot) pickedRows(q IdentityBatch, r *BatchResult) (rows []int, err error) {
	switch {
	case q.All && len(q.IDs) > 0:
		return nil, fmt.Errorf("ids or a filter, not both: %w", drover.ErrInvalid)
	case !q.All && len(q.IDs) == 0:
		return nil, fmt.Errorf("say which: ids, or a filter: %w", drover.ErrInvalid)
	case len(q.IDs) > maxBatch:
		return nil, fmt.Errorf("%d ids; name %d at most, or write a filter: %w", len(q.IDs), maxBatch, drover.ErrInvalid)
	}
	if q.All {
		noun, _ := LookupNoun("identities")
		found, err := s.List(Query{Noun: noun, Filter: q.Filter})
		if err == nil && len(found) > maxBatchAll {
			err = fmt.Errorf("the filter keeps %d identities, more than the %d that are changed at once; narrow it: %w", len(found), maxBatchAll, drover.ErrInvalid)
		}
		for _, i := range found {
			rows = append(rows, int(i))
		}
		return rows, err
	}
	seen := map[int]bool{}
	for _, id := range q.IDs {
		i, err := s.Lookup(id)
		if err != nil {
			r.add(id, "", err)
			continue
		}
		if !seen[i] {
			seen[i] = true
			rows = append(rows, i)
		}
	}
	return rows, nil
}

func (e *Engine) tagging(ctx context.Context, s *Snapshot, q IdentityBatch, rows []int, r *BatchResult) (set, end []store.Tag, err error) {
	if len(q.Set)+len(q.Remove) == 0 {
		return nil, nil, about("set", fmt.Errorf("say which tags to set or remove: %w", drover.ErrInvalid))
	}
	refuse, err := e.fitTags(ctx, q.Set, q.Remove)
	if err != nil {
		return nil, nil, about("set", err)
	}
	for _, row := range rows {
		if err := refuse(s.Ref(row)); err != nil {
			r.add(s.shortID(row), s.Name(row), err)
			continue
		}
		for _, k := range slices.Sorted(maps.Keys(q.Set)) {
			set = append(set, store.Tag{Ref: s.Ref(row), Key: k, Value: q.Set[k], Who: e.who()})
		}
		for _, k := range q.Remove {
			end = append(end, store.Tag{Ref: s.Ref(row), Key: k, Who: e.who()})
		}
		r.add(s.shortID(row), s.Name(row), nil)
	}
	return set, end, nil
}

func (e *Engine) owning(ctx context.Context, s *Snapshot, q IdentityBatch, rows []int, r *BatchResult) (set, end []store.Tag, err error) {
	w, err := e.ownerWrites(ctx, s, q.Owner, "set")
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		if s.Kind(row) == drover.KindHuman {
			err = fmt.Errorf("%s is a person, and nobody owns people: %w", s.Name(row), drover.ErrInvalid)
		} else {
			err = nil
			w.write(row)
		}
		r.add(s.shortID(row), s.Name(row), err)
	}
	return w.set, w.end, ctx.Err()
}

// undoOfTags notes what tags were before they are written.
func (e *Engine) undoOfTags(ctx context.Context, s *Snapshot, set, end []store.Tag) (*undo, error) {
	before, err := e.tagValues(ctx)
	if err != nil {
		return nil, err
	}
	u := &undo{}
	note := func(t store.Tag, wrote *string) {
		x := undoTag{Ref: t.Ref, Key: t.Key, Wrote: wrote}
		if row, ok := s.Find(t.Ref); ok {
			x.ID, x.Name = s.shortID(row), s.Name(row)
		}
		if v, ok := before[tagName{t.Ref, t.Key}]; ok {
			x.Before = &v
		}
		if wrote != nil || x.Before != nil {
			u.Tags = append(u.Tags, x)
		}
	}
	for _, t := range set {
		note(t, &t.Value)
	}
	for _, t := range end {
		note(t, nil)
	}
	return u, nil
}

// A tagName names one tag of one thing.
type tagName struct {
	ref drover.Ref
	key string
}

// tagValues are the tags as they stand.
func (e *Engine) tagValues(ctx context.Context) (map[tagName]string, error) {
	gen, err := e.store.Latest(ctx)
	if err != nil {
		return nil, err
	}
	tags, err := e.store.Tags(ctx, gen.ID, drover.ScopeAll)
	if err != nil {
		return nil, err
	}
	out := make(map[tagName]string, len(tags))
	for _, t := range tags {
		out[tagName{t.Ref, t.Key}] = t.Value
	}
	return out, nil
}

// undoTags sets tags as they were. What a thing was tagged with since is left: of
// it nothing is taken back.
func (e *Engine) undoTags(ctx context.Context, list []undoTag, r *BatchResult) error {
	if len(list) == 0 {
		return nil
	}
	now, err := e.tagValues(ctx)
	if err != nil {
		return err
	}
	changed := map[drover.Ref]bool{}
	for _, x := range list {
		v, ok := now[tagName{x.Ref, x.Key}]
		if ok != (x.Wrote != nil) || ok && v != *x.Wrote {
			changed[x.Ref] = true
		}
	}
	var set, end []store.Tag
	told := map[drover.Ref]bool{}
	for _, x := range list {
		if !told[x.Ref] {
			told[x.Ref] = true
			var err error
			if changed[x.Ref] {
				err = fmt.Errorf("it was changed since: %w", drover.ErrConflict)
			}
			r.add(x.ID, x.Name, err)
		}
		t := store.Tag{Ref: x.Ref, Key: x.Key, Who: e.who()}
		switch {
		case changed[x.Ref]:
		case x.Before != nil:
			t.Value = *x.Before
			set = append(set, t)
		default:
			end = append(end, t)
		}
	}
	a := &AuditEntry{Action: "operation.undo", Detail: map[string]any{"things": tagged(set, end)}}
	return e.audited(ctx, a, func(ctx context.Context) error { _, err := e.store.SetTags(ctx, set, end); return err })
}

// tagged names what tags are about in the audit log, the first of many.
func tagged(lists ...[]store.Tag) []string {
	const most = 200
	seen := map[drover.Ref]bool{}
	var out []string
	for _, list := range lists {
		for _, t := range list {
			if !seen[t.Ref] && len(out) < most {
				seen[t.Ref] = true
				out = append(out, string(t.Ref))
			}
		}
	}
	return out
}
