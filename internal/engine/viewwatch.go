package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// Who watches a view is told when what it lists changes: by an event, a line on the
// first page, and the webhooks of the house. What is compared is what they see
// themselves, by the grants that they held when they asked and still hold, so that no
// count tells of what lies outside.

// ViewNews is what changed in a view that somebody watches.
type ViewNews struct {
	View    string     `json:"view"` // id
	Name    string     `json:"name"`
	Noun    string     `json:"noun"`
	Filter  string     `json:"filter"`
	Since   time.Time  `json:"since"`   // when they looked last
	Total   int        `json:"total"`   // that it lists
	Added   int        `json:"added"`   // since they looked
	Removed int        `json:"removed"` // since they looked
	Changed *time.Time `json:"changed"` // when it changed last; null: not since they looked
	Why     *string    `json:"why"`     // why it cannot be compared; null: it can
}

// A ViewChange is one change of a watched view, as events and webhooks tell it.
type ViewChange struct {
	View    string `json:"view"`
	Name    string `json:"name"`
	Who     string `json:"who"`     // id of who watches
	Added   int    `json:"added"`   // since the change before
	Removed int    `json:"removed"` // since the change before
	Total   int    `json:"total"`

	Shared bool `json:"-"` // everybody here may know what the view is called
}

const (
	maxWatches   = 50     // of one caller
	maxWatchRows = 50_000 // of a view that is compared
)

// watchBody is the part of a watch that has no column of its own.
type watchBody struct {
	Grants  []authz.Grant `json:"grants"` // with which they asked
	Total   int           `json:"total"`
	Added   int           `json:"added"`
	Removed int           `json:"removed"`
	Changes int64         `json:"changes"` // counts the changes
	Step    [2]int        `json:"step"`    // added and removed by the last one
	Why     string        `json:"why,omitempty"`
	Filter  string        `json:"filter"` // of the view when it was compared last
}

func bodyOfWatch(w *store.Watch) watchBody {
	var b watchBody
	if json.Unmarshal([]byte(w.Body), &b) != nil {
		return watchBody{}
	}
	return b
}

// WatchView tells the caller from now on when what a view lists changes; where they
// watch it already, they have looked, and what is new begins anew. The error wraps
// drover.ErrNotFound, drover.ErrInvalid for a view that cannot be compared, or
// drover.ErrPermission for a caller who has no account that could be told.
func (e *Engine) WatchView(ctx context.Context, text string) (*SavedView, error) {
	v, err := e.View(ctx, text)
	if err != nil {
		return nil, err
	}
	if _, err := e.watcher(ctx, e.caller.ID, e.caller.Grants); err != nil {
		return nil, fmt.Errorf("watch view %s: a workload or a session that looks on as another role has no account that could be told; sign in as a user: %w", v.ID, drover.ErrPermission)
	}
	if err := e.Refresh(ctx); err != nil {
		return nil, err
	}
	ids, err := e.viewIDs(ctx, v)
	if err != nil {
		return nil, err
	}
	if len(ids) > maxWatchRows {
		return nil, fmt.Errorf("view %s lists %d, and up to %d can be compared: save one with a narrower filter and watch that: %w", v.ID, len(ids), maxWatchRows, drover.ErrInvalid)
	}
	err = e.recorded(ctx, &AuditEntry{Action: "view.watch", Target: v.ID, Detail: map[string]any{"name": v.Name}}, func(ctx context.Context) error {
		return e.looked(ctx, v, ids)
	})
	v.Watched = err == nil
	return v, err
}

// looked begins a watch, or begins it anew.
func (e *Engine) looked(ctx context.Context, v *SavedView, ids []string) error {
	mine, err := e.store.Watches(ctx, e.caller.ID)
	if err != nil {
		return err
	}
	w := store.Watch{View: v.ID, Who: e.caller.ID}
	if i := slices.IndexFunc(mine, func(w store.Watch) bool { return w.View == v.ID }); i >= 0 {
		w = mine[i]
	} else if len(mine) >= maxWatches {
		return fmt.Errorf("you watch %d views; stop watching one first: %w", len(mine), drover.ErrInvalid)
	}
	set := setOf(ids)
	body, err := json.Marshal(watchBody{Grants: e.caller.Grants, Total: len(ids), Changes: bodyOfWatch(&w).Changes, Filter: v.asks()})
	if err != nil {
		return fmt.Errorf("watch view: %w", err)
	}
	w.Since, w.Changed, w.Body, w.Seen, w.Told = e.o.Now(), time.Time{}, string(body), set, set
	return e.store.PutWatch(ctx, w)
}

// UnwatchView ends a watch of the caller. The error wraps drover.ErrNotFound also
// where there is none.
func (e *Engine) UnwatchView(ctx context.Context, text string) (*SavedView, error) {
	v, err := e.View(ctx, text)
	if err != nil {
		return nil, err
	}
	if !v.Watched {
		return nil, fmt.Errorf("you do not watch view %s; `drover view list` says which: %w", v.ID, drover.ErrNotFound)
	}
	err = e.recorded(ctx, &AuditEntry{Action: "view.unwatch", Target: v.ID, Detail: map[string]any{"name": v.Name}}, func(ctx context.Context) error {
		return e.store.RemoveWatch(ctx, v.ID, e.caller.ID)
	})
	v.Watched = err != nil
	return v, err
}

// watcher is who watches, with those of the grants that they still hold.
func (e *Engine) watcher(ctx context.Context, who string, grants []authz.Grant) (authz.Caller, error) {
	if e.caller.Viewing != "" && e.caller.ID == who {
		return authz.Caller{}, fmt.Errorf("a look as %s: %w", e.caller.Viewing, drover.ErrPermission)
	}
	if name, ok := strings.CutPrefix(who, "local:"); ok {
		return authz.Local(name), nil
	}
	m, err := e.store.Member(ctx, who)
	if err != nil {
		return authz.Caller{}, err
	}
	c := callerOf(m, store.Credential{})
	c.Grants = slices.DeleteFunc(slices.Clone(grants), func(g authz.Grant) bool { return !covered(grantsOf(m.Grants), g) })
	return c, nil
}

// watcherNow is who watches, with all grants that they hold.
func (e *Engine) watcherNow(ctx context.Context, who string) (authz.Caller, error) {
	m, err := e.store.Member(ctx, who)
	if err != nil {
		return authz.Caller{}, err
	}
	return callerOf(m, store.Credential{}), nil
}

// asks is the question that a view puts.
func (v *SavedView) asks() string { return v.Noun + " " + v.Filter }

// viewIDs lists the ids of what a view lists, as the caller sees it.
func (e *Engine) viewIDs(ctx context.Context, v *SavedView) (ids []string, err error) {
	switch v.Noun {
	case "findings":
		list, _, err := e.Findings(ctx, FindingQuery{Filter: v.Filter})
		if err != nil {
			return nil, err
		}
		for i := range list {
			ids = append(ids, list[i].ID())
		}
	case "fixes":
		list, err := e.Fixes(ctx, FindingQuery{Filter: v.Filter})
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			ids = append(ids, f.ID)
		}
	default:
		noun, ok := LookupNoun(cmp.Or(map[string]string{"risks": "identities"}[v.Noun], v.Noun))
		if !ok {
			return nil, fmt.Errorf("view %s lists %s, whose rows have no id by which they could be compared: %w", v.ID, v.Noun, drover.ErrInvalid)
		}
		s, err := e.Snapshot(ctx, time.Time{})
		if err != nil {
			return nil, err
		}
		rows, err := s.List(Query{Noun: noun, Filter: v.Filter})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			ids = append(ids, string(s.Ref(int(row))))
		}
	}
	return ids, nil
}

// setOf is a set of ids, eight bytes of the hash of each, in order.
func setOf(ids []string) []byte {
	keys := make([]uint64, 0, len(ids))
	for _, id := range ids {
		sum := sha256.Sum256([]byte(id))
		keys = append(keys, binary.BigEndian.Uint64(sum[:]))
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	out := make([]byte, 0, 8*len(keys))
	for _, k := range keys {
		out = binary.BigEndian.AppendUint64(out, k)
	}
	return out
}

// compareSets counts what the second set has more and less than the first.
func compareSets(from, to []byte) (added, removed int) {
	for len(from) >= 8 || len(to) >= 8 {
		switch {
		case len(from) < 8:
			return added + len(to)/8, removed
		case len(to) < 8:
			return added, removed + len(from)/8
		}
		a, b := binary.BigEndian.Uint64(from), binary.BigEndian.Uint64(to)
		if a <= b {
			from = from[8:]
		}
		if b <= a {
			to = to[8:]
		}
		switch {
		case a < b:
			removed++
		case b < a:
			added++
		}
	}
	return added, removed
}

// CompareViews compares what the watched views list with what they listed before, and
// returns the changes that nobody was told of yet: of several processes that compare
// at once, one. A watch whose view or whose caller is gone is forgotten.
func (e *Engine) CompareViews(ctx context.Context) ([]ViewChange, error) {
	all, err := e.store.Watches(ctx, "")
	if err != nil {
		return nil, err
	}
	var out []ViewChange
	for i := range all {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		c, err := e.compareView(ctx, &all[i])
		switch {
		case errors.Is(err, drover.ErrConflict): // another process is at it
		case err != nil:
			e.o.Log.WarnContext(ctx, "a watched view could not be compared", "view", all[i].View, "err", err)
		case c != nil:
			out = append(out, *c)
		}
	}
	return out, nil
}

func (e *Engine) compareView(ctx context.Context, w *store.Watch) (*ViewChange, error) {
	b := bodyOfWatch(w)
	caller, err := e.watcher(ctx, w.Who, b.Grants)
	if errors.Is(err, drover.ErrNotFound) {
		return nil, e.store.RemoveWatch(ctx, w.View, w.Who)
	}
	if err != nil {
		return nil, err
	}
	if len(caller.Grants) == 0 {
		// None of the grants with which they asked is theirs any more. They are not left
		// without a word: the watch begins anew, with what they see now.
		if caller, err = e.watcherNow(ctx, w.Who); err != nil {
			return nil, err
		}
		b.Grants, b.Filter = caller.Grants, ""
	}
	of := e.For(caller)
	v, err := of.View(ctx, w.View)
	if errors.Is(err, drover.ErrNotFound) || len(caller.Grants) == 0 {
		return nil, e.store.RemoveWatch(ctx, w.View, w.Who)
	}
	if err != nil {
		return nil, err
	}
	if err := of.Refresh(ctx); err != nil {
		return nil, err
	}
	was := b
	b.Why = ""
	ids, err := of.viewIDs(ctx, v)
	if b.Total = len(ids); err != nil {
		b.Why = text(err.Error(), 300)
	} else if len(ids) > maxWatchRows {
		b.Why = fmt.Sprintf("it lists %d, and up to %d can be compared", len(ids), maxWatchRows)
	}
	if err := e.store.WatchSets(ctx, w); err != nil {
		return nil, err
	}
	var change *ViewChange
	if is := v.asks(); b.Why == "" && b.Filter != is {
		// Another question was put in its place, or by somebody who may see other things:
		// what it lists now is where it begins anew.
		set := setOf(ids)
		b.Filter, b.Added, b.Removed, b.Step = is, 0, 0, [2]int{}
		w.Since, w.Changed, w.Seen, w.Told = e.o.Now(), time.Time{}, set, set
	} else if b.Why == "" {
		set := setOf(ids)
		b.Step[0], b.Step[1] = compareSets(w.Told, set)
		b.Added, b.Removed = compareSets(w.Seen, set)
		if b.Step != [2]int{} {
			b.Changes++
			w.Changed, w.Told = e.o.Now(), set
			change = &ViewChange{View: v.ID, Name: v.Name, Who: w.Who, Added: b.Step[0], Removed: b.Step[1], Total: b.Total, Shared: v.Share == "org" || v.Share == "shipped"}
		} else {
			b.Step = was.Step
		}
	} else {
		b.Total = was.Total
	}
	if change == nil && b.Why == was.Why && b.Filter == was.Filter {
		return nil, nil
	}
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("compare view: %w", err)
	}
	w.Body = string(raw)
	return change, e.store.PutWatch(ctx, *w)
}

// TellViews tells those who listen of the changes of their views that have come since
// told, and returns how far that is: what nobody was listening for is not told again.
func (e *Engine) TellViews(ctx context.Context, told map[string]int64) (map[string]int64, error) {
	all, err := e.store.Watches(ctx, "")
	if err != nil {
		return told, err
	}
	next := make(map[string]int64, len(all))
	for i := range all {
		w, b := &all[i], bodyOfWatch(&all[i])
		key := w.Who + "\x00" + w.View
		next[key] = b.Changes
		if before, known := told[key]; told == nil || known && before >= b.Changes || !known && b.Changes == 0 {
			continue
		}
		name := w.View
		if caller, err := e.watcher(ctx, w.Who, b.Grants); err == nil { // a private view is there for them alone
			if v, err := e.For(caller).View(ctx, w.View); err == nil {
				name = v.Name
			}
		}
		e.live.hub.publish(Event{At: e.o.Now().UTC(), Kind: "view.changed", watcher: w.Who, grants: b.Grants}, ViewChange{View: w.View, Name: name, Who: w.Who, Added: b.Step[0], Removed: b.Step[1], Total: b.Total})
	}
	return next, nil
}

// watches are the caller's own, by the id of the view, as far as nothing of what they
// count lies outside of what the caller sees here.
func (e *Engine) watches(ctx context.Context) (map[string]store.Watch, error) {
	out := map[string]store.Watch{}
	if e.caller.ID == "" {
		return out, nil
	}
	list, err := e.store.Watches(ctx, e.caller.ID)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		if e.covers(bodyOfWatch(&w).Grants) {
			out[w.View] = w
		}
	}
	return out, nil
}

// covers reports whether the caller sees all that some grants show.
func (e *Engine) covers(grants []authz.Grant) bool {
	return len(grants) > 0 && !slices.ContainsFunc(grants, func(g authz.Grant) bool { return !covered(e.caller.Grants, g) })
}

// newsOf is what changed in a view. Without a server nobody compares it but who asks.
func (e *Engine) newsOf(ctx context.Context, v *SavedView, w store.Watch) *ViewNews {
	b := bodyOfWatch(&w)
	n := &ViewNews{View: v.ID, Name: v.Name, Noun: v.Noun, Filter: v.Filter, Since: w.Since.UTC(), Total: b.Total, Added: b.Added, Removed: b.Removed, Changed: when(w.Changed)}
	if e.memory == nil {
		ids, err := e.viewIDs(ctx, v)
		if err == nil {
			err = e.store.WatchSets(ctx, &w)
		}
		if err == nil {
			n.Total = len(ids)
			n.Added, n.Removed = compareSets(w.Seen, setOf(ids))
		} else {
			b.Why = text(err.Error(), 300)
		}
	}
	if b.Why != "" {
		n.Why = &b.Why
	}
	return n
}

// WatchedViews says of the views that the caller watches what changed since they
// looked, those with most that is new first.
func (e *Engine) WatchedViews(ctx context.Context) ([]ViewNews, error) {
	out := []ViewNews{}
	all, err := e.Views(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].News != nil {
			out = append(out, *all[i].News)
		}
	}
	slices.SortStableFunc(out, func(a, b ViewNews) int {
		return cmp.Or(cmp.Compare(b.Added, a.Added), cmp.Compare(b.Removed, a.Removed))
	})
	return out, nil
}

// A Mark names a state of the store: while it is the same, so is what views list, but
// for the time that goes on.
type Mark = store.Mark

// Mark is the mark of now; of a server, the one that it read last, half a second ago
// at most.
func (e *Engine) Mark(ctx context.Context) (Mark, error) {
	if e.memory != nil {
		if m := e.memory.mark.Load(); m != nil {
			return *m, nil
		}
	}
	return e.store.Mark(ctx)
}
